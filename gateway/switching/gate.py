"""The conditions of a cutover as they are found now: values that a person can be shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from adapters.errors import AdapterError
from gateway.agenda import Cutover, members
from gateway.carrying.standing import Standing
from gateway.config import Place
from gateway.cutover import DRAINED, FINISHED, FROZEN, Change, Condition
from gateway.findings import in_japanese
from gateway.formats import FormatFaults, run_golden
from gateway.journal import Journal, Transfer
from gateway.journal.switching import End, Ruling
from gateway.lifecycle import State
from gateway.load import City, NoConversion
from gateway.model import Format, Wording
from gateway.reaching.places import Places
from gateway.reaching.probe import why_unreadable, why_unwritable
from gateway.times.clock import Clock

UNDER_WAY = frozenset({State.CLAIMED, State.PUBLISHING})
REOPENED, WAVE, COMPLETE = "reopened", "wave", "complete"


@dataclass(frozen=True, kw_only=True)
class Gatekeeper:
    """Looks at the conditions of cutovers."""

    city: City
    journal: Journal
    places: Places
    standings: Mapping[str, Standing]
    clock: Clock

    async def conditions(self, cutover: Cutover) -> tuple[Condition, ...]:
        """Every condition but ``finished``, as it is found now, with people's rulings.

        Before the instant the old place still gets files: nobody asks yet whether it is drained.
        """
        if cutover.back:
            return ()
        rulings = await self._rulings(cutover)
        looks: dict[str, Callable[[Cutover, Sequence[Ruling]], Awaitable[Condition | None]]] = {
            DRAINED: self._drained,
            "reachable": self._reachable,
            "compared": self._compared,
            "round-trip": self._round_trip,
            "baseline": self._baseline,
            "approved": self._approved,
        }
        if self.clock.now() < cutover.planned:
            del looks[DRAINED]
        found = [await look(cutover, rulings) for name, look in looks.items() if name in cutover.rule.require]
        found += [
            await self._after(cutover),
            await self._complete(cutover),
            self._not_frozen(cutover),
            await self._reopened(cutover, rulings),
        ]
        waived = {one.subject for one in rulings if one.kind == "waive"}
        return tuple(replace(one, waived=one.name in waived) for one in found if one is not None)

    async def _rulings(self, cutover: Cutover) -> Sequence[Ruling]:
        """What people said of this cutover; what they said before one of its ends went back was of the former try."""
        went_back = [await self.journal.switching.went_back(end) for end in cutover.changes]
        since = max((instant for instant in went_back if instant is not None), default=None)
        said = await self.journal.switching.rulings(cutover.name)
        return [one for one in said if since is None or one.at is None or one.at > since]

    async def finished(self, cutover: Cutover) -> Condition:
        """Whether every delivery that was claimed in the old format has come to its end."""
        opened = [t for route in cutover.routes for t in await self.journal.open_transfers(route)]
        under_way = sum(_is_under_way(one) for one in opened)
        if not under_way:
            return Condition(name=FINISHED, met=True)
        says = f"{under_way} claimed deliveries are not at their end"
        return Condition(
            name=FINISHED, met=False, says=says, says_ja=f"送信中のファイルが {under_way} 件あります"
        )

    async def _drained(self, cutover: Cutover, _rulings: Sequence[Ruling]) -> Condition | None:
        """Every file of the old place is settled; asked only of routes whose source changes."""
        routes = [route for route, side in cutover.changes if side == "from"]
        if not routes:
            return None
        at = self.clock.monotonic() - (self.clock.now() - cutover.planned).total_seconds()
        unmet = [route for route in routes if not _is_drained(self.standings[route], at)]
        if not unmet:
            return Condition(name=DRAINED, met=True)
        says = f"not every file of the old place is settled: {', '.join(unmet)}"
        says_ja = f"旧置場に、処理の終わっていないファイルがあります：{'、'.join(unmet)}"
        return Condition(name=DRAINED, met=False, says=says, says_ja=says_ja)

    async def _reachable(self, cutover: Cutover, _rulings: Sequence[Ruling]) -> Condition:
        said = [why for end, change in cutover.changes.items() if (why := await self._why_away(end, change))]
        texts, texts_ja = ("; ".join(one.text for one in said), "；".join(one.text_ja for one in said))
        return Condition(name="reachable", met=not said, says=texts, says_ja=texts_ja)

    async def _why_away(self, end: End, change: Change) -> Wording | None:
        place = self._place(end, change)
        try:
            adapter = await self.places.reach(place.endpoint)
            if end[1] == "from":
                why = await why_unreadable(adapter, place)
            else:
                why = await why_unwritable(adapter, place, self.clock.now())
        except AdapterError as error:
            why = error.message
        if not why:
            return None
        whose, side = end[0], "送信元" if end[1] == "from" else "送信先"
        return Wording(
            text=f"{whose} {end[1]} ({place.endpoint}): {why}",
            text_ja=f"{whose} の{side}（{place.endpoint}）：{in_japanese(why)}",
        )

    async def _compared(self, cutover: Cutover, _rulings: Sequence[Ruling]) -> Condition:
        """So many clean comparisons in a row of each route whose end changes."""
        asked = cutover.rule.compared
        counts = {route: await self.journal.comparisons.clean_in_a_row(route) for route, _ in cutover.changes}
        short = {route: count for route, count in counts.items() if count < asked}
        said = [
            f"{route} has {count} clean comparisons in a row of {asked}" for route, count in short.items()
        ]
        said_ja = [f"{route}：連続した一致は {asked} 回のうち {count} 回" for route, count in short.items()]
        return Condition(name="compared", met=not short, says="; ".join(said), says_ja="、".join(said_ja))

    async def _round_trip(self, cutover: Cutover, _rulings: Sequence[Ruling]) -> Condition:
        said = {route: why for route in cutover.routes if (why := self._why_no_way_back(route, cutover))}
        return Condition(
            name="round-trip",
            met=not said,
            says="; ".join(f"{route}: {why}" for route, why in said.items()),
            says_ja="；".join(
                f"{route}：対応表の検証例が往復で一致しません（{why}）" for route, why in said.items()
            ),
        )

    def _why_no_way_back(self, route: str, cutover: Cutover) -> str:
        """Why the golden cases of the mapping that the route will use do not come out both ways."""
        source, target = (self._stands_after(route, side, cutover) for side in ("from", "to"))
        try:
            converter = self.city.conversion(self.city.routes[route], source, target)
            faults = () if converter is None else run_golden(converter)
        except (NoConversion, FormatFaults) as error:
            return str(error)
        if converter is not None and not converter.mapping.golden:
            return f"mapping {converter.mapping.name} has no golden case"
        return str(faults[0]) if faults else ""

    def _stands_after(self, route: str, side: str, cutover: Cutover) -> tuple[Format, Place]:
        standing = self.standings[route]
        change = next((one for end, one in cutover.changes.items() if end == (route, side)), None)
        now = standing.source if side == "from" else standing.to
        stand = now if change is None else change.after
        end = self.city.routes[route].end("from" if side == "from" else "to")
        return stand.format, end.place_of(stand)

    async def _baseline(self, cutover: Cutover, rulings: Sequence[Ruling]) -> Condition:
        """Where the new side holds changes only: its consumer has a full file, or a person says that it has.

        A consumer that moves as well got its full files in another format: of it a person has to say so.
        """
        confirmed = {one.subject for one in rulings if one.kind == "baseline"}
        lacking = []
        for end, change in cutover.changes.items():
            place, (route, side) = self._place(end, change), end
            if place.content != "differential" or route in confirmed:
                continue
            if side == "to" or not await self._has_full(route):
                lacking.append(route)
        if not lacking:
            return Condition(name="baseline", met=True)
        says = f"nobody confirmed that the consumer holds the state before the changes: {', '.join(lacking)}"
        says_ja = f"受け手が差分の前の全件を持っていることを、まだ誰も確認していません：{'、'.join(lacking)}"
        return Condition(name="baseline", met=False, says=says, says_ja=says_ja)

    async def _has_full(self, route: str) -> bool:
        """Whether what the consumer of a route got last was all of a full file."""
        newest = await self.journal.switching.newest_delivered(route)
        places = self.city.routes[route].source.places(newest) if newest else ()
        return bool(places) and all(place.content == "full" for place in places)

    async def _approved(self, _cutover: Cutover, rulings: Sequence[Ruling]) -> Condition:
        by = next((one.who for one in rulings if one.kind == "approve"), "")
        if not by:
            nobody, nobody_ja = "nobody approved it yet", "まだ承認されていません"
            return Condition(name="approved", met=False, says=nobody, says_ja=nobody_ja)
        return Condition(name="approved", met=True, says=f"by {by}", says_ja=f"承認者：{by}")

    async def _after(self, cutover: Cutover) -> Condition | None:
        """Every wave after which one of the ends switches has passed; asked of ends that follow one."""
        ends = [self.city.routes[route].end(side) for route, side in cutover.changes]
        waves = dict.fromkeys(end.follows for end in ends if end.follows)
        if not waves:
            return None
        stands = await self.journal.switching.stands()
        behind = [
            (wave, f"{route}/{side}")
            for wave in waves
            for route, side in members(self.city, wave)
            if (flip := stands.get((route, side))) and flip.stand.format is not Format.STANDARD
        ]
        said = [f"wave {wave} has not switched {end}" for wave, end in behind]
        said_ja = [f"一斉切替 {wave} の {end} がまだ切り替わっていません" for wave, end in behind]
        return Condition(name=WAVE, met=not behind, says="; ".join(said), says_ja="、".join(said_ja))

    async def _complete(self, cutover: Cutover) -> Condition | None:
        """No member of a wave is kept from running by its file: it would stay behind, and the wave be half."""
        kind, _, wave = cutover.subject.partition(":")
        if kind != "wave":
            return None
        stands = await self.journal.switching.stands()
        legacy = {route for (route, _), flip in stands.items() if flip.stand.format is Format.LEGACY}
        behind = [name for name in self.city.rejected if name in legacy and self._may_be_of(name, wave)]
        if not behind:
            return None
        says = f"these routes have faults and would stay behind; check says which: {', '.join(behind)}"
        says_ja = f"設定不備のため切り替わらない経路があります（check で確認）：{'、'.join(behind)}"
        return Condition(name=COMPLETE, met=False, says=says, says_ja=says_ja)

    def _may_be_of(self, rejected: str, wave: str) -> bool:
        """Whether a rejected route switches with a wave; one of which nothing could be read may."""
        members, systems = set(self.city.waves[wave].members), self.city.systems_of_rejected.get(rejected)
        return rejected in members or systems is None or bool(systems & members)

    def _not_frozen(self, cutover: Cutover) -> Condition | None:
        today = max(self.clock.now(), cutover.planned).astimezone(self.city.installation.zone)
        freeze = next((one for one in self.city.freezes if one.covers(today)), None)
        if freeze is None:
            return None
        why = f" ({freeze.reason})" if freeze.reason else ""
        says = f"a freeze holds from {freeze.start} to {freeze.end}{why}"
        says_ja = f"{freeze.start} から {freeze.end} まで切替凍結期間です{why}"
        return Condition(name=FROZEN, met=False, says=says, says_ja=says_ja)

    async def _reopened(self, cutover: Cutover, rulings: Sequence[Ruling]) -> Condition | None:
        """A gate that was closed and is to be opened by a person."""
        if not cutover.rule.manual:
            return None
        seen = (await self.journal.switching.gates()).get(cutover.name)
        if seen is None or seen.verdict != "closed":
            return None
        met = any(one.kind == "reopen" for one in rulings)
        if met:
            return Condition(name=REOPENED, met=True)
        says = "the gate was closed, and opens by a person's word: switch --reopen"
        says_ja = "条件を満たさず一度閉じています。再判定には操作者の許可（switch --reopen）が必要です"
        return Condition(name=REOPENED, met=False, says=says, says_ja=says_ja)

    def _place(self, end: End, change: Change) -> Place:
        return self.city.routes[end[0]].end(end[1]).place_of(change.after)


def _is_under_way(transfer: Transfer) -> bool:
    state = transfer.held_from if transfer.state is State.HELD else transfer.state
    streamed = state is State.ADMITTED and transfer.output is not None and bool(transfer.output.path)
    return state in UNDER_WAY or streamed


def _is_drained(standing: Standing, at: float) -> bool:
    return standing.drained_at is not None and standing.drained_at >= at
