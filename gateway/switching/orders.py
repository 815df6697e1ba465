"""What people order about cutovers, from a terminal or from the page: switch, go back, take back, decide on a gate.

An order is checked against the configuration and the journal, and written into the journal; a running gateway follows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from gateway.agenda import SIDES, Cutover, plans_of
from gateway.config.gates import Condition
from gateway.cutover import FROZEN, Override, Stand, format_at
from gateway.errors import GatewayError, WrongUse
from gateway.formats import FormatFaults
from gateway.journal import Journal
from gateway.journal.switching import End, Flip, Ruling, RulingKind, Said, Side
from gateway.load import City, NoConversion
from gateway.model import FORMATS_JA, Format, Wording
from gateway.spelling import instead
from gateway.switching.gate import COMPLETE, REOPENED, WAVE
from gateway.switching.outlook import Outlook, outlook
from gateway.switching.rollback import Undo, Way, undo
from gateway.times.clock import Clock

WAIVABLE = (*get_args(Condition), "compared", WAVE, COMPLETE, REOPENED)
"""The conditions that a person may pass over."""

SLOW_TYPING = timedelta(minutes=10)
"""An instant that is longer past than this was not meant as now."""

RULINGS_JA: dict[RulingKind, str] = {
    "waive": "条件を免除",
    "approve": "承認",
    "baseline": "基準の全件を確認",
    "reopen": "再判定を許可",
}
_SIDES_JA = {"from": "送信元", "to": "送信先"}

Verb = Literal["to", "back", "clear", "without", "waive", "approve", "baseline", "reopen"]


class NothingToDo(GatewayError):
    """There is nothing that the order could change now. Nothing was written."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a person wants done with the cutovers of some ends.

    Attributes:
        ends: systems, routes (both ends), or ``ROUTE:from`` and ``ROUTE:to``.
        wave: all systems and routes of this wave as well; or, with ``without``, the wave that they leave.
        to: the format that the ends are to speak.
        at: from when on, with ``to``; empty for at once.
        waive: the condition that is passed over.
        only_planned: nothing is written; the lines say what would be.
    """

    verb: Verb
    city: City
    clock: Clock
    who: str
    reason: str = ""
    ends: tuple[str, ...] = ()
    wave: str = ""
    to: Format | None = None
    at: str = ""
    waive: str = ""
    only_planned: bool = False

    def check(self) -> None:
        """Raises ``WrongUse`` where the order makes no sense."""
        if not self.ends and not self.wave:
            raise WrongUse("name a system, a route, ROUTE:from, ROUTE:to, or --wave")
        if self.wave and self.wave not in self.city.waves:
            raise WrongUse(f"there is no wave {self.wave}; {instead(self.wave, self.city.waves)}")
        if not self.reason and not self.only_planned:
            raise WrongUse("say why: --reason TEXT")
        if self.verb == "waive" and self.waive not in WAIVABLE:
            known = instead(self.waive, WAIVABLE)
            if self.waive == FROZEN:
                raise WrongUse(f"a freeze cannot be waived; {known}")
            raise WrongUse(f"no gate has a condition {self.waive}; {known}")
        if not self._scopes():
            raise WrongUse(
                "no end of these has a place in both formats; write legacy: and standard: at the end that is to change"
            )

    async def carry_out(self, journal: Journal) -> list[Wording]:
        """Do it; gives lines that say what was done or, with --plan, what would be."""
        found = await outlook(self.city, journal, self.clock)
        match self.verb:
            case "to":
                return await self._go(journal, found)
            case "back":
                return await self._go_back(journal, found)
            case "clear":
                scopes = [*self._scopes(), *(f"end:{route}:{side}" for route, side in self._ends())]
                meant = list(dict.fromkeys(scopes))
                count = await journal.switching.cleared(meant, who=self.who, reason=self.reason)
                return [Wording(text=f"{count} words taken back", text_ja=f"指示 {count} 件を取り消しました")]
            case "without":
                return await self._leave_wave(journal, found)
            case "waive" | "approve" | "baseline" | "reopen" as kind:
                return await self._rule(journal, found, kind)

    async def _go(self, journal: Journal, found: Outlook) -> list[Wording]:
        format_, at = self.to, self._instant(found.now)
        assert format_ is not None
        if format_ is Format.LEGACY:
            return await self._stay(journal, found, at)
        self._refuse_frozen(at)
        self._refuse_needless(found, format_)
        self._refuse_unprepared(found, format_)
        override = Override(format=format_, holds_from=at)
        await self._say(journal, found, list(self._scopes()), override)
        when, scopes = at.astimezone(self.city.installation.zone), list(self._scopes())
        said = f"{', '.join(scopes)}: {format_} from {self._written(when)}, when the gate is open"
        spoken = FORMATS_JA[format_]
        said_ja = f"{_in_japanese(scopes)}：{when:%Y-%m-%d %H:%M:%S} から、切替条件を満たした時点で{spoken}"
        return [Wording(text=said, text_ja=said_ja), *self._with_own_dates()]

    def _with_own_dates(self) -> Iterator[Wording]:
        """The ends that have dates of their own, and go by what was said of their system all the same."""
        named = set(self._scopes())
        for route, side in self._ends():
            scope = f"end:{route}:{side}"
            if scope in named or self.city.routes[route].end(side).own_date is None:
                continue
            yield Wording(
                text=f"{route}:{side} has a date of its own, and goes by this word all the same; to leave it out: "
                f"switch {route}:{side} --to legacy",
                text_ja=f"{_scope_ja(scope)}には独自の移行日がありますが、この指示に従います。"
                f"除外するには switch {route}:{side} --to legacy",
            )

    async def _stay(self, journal: Journal, found: Outlook, at: datetime) -> list[Wording]:
        """Keep ends that have not passed yet in the legacy format, whatever their dates say."""
        stands = {end: self._stand(found, *end, None) for end in self._ends()}
        passed = [f"{route}:{side}" for (route, side), one in stands.items() if one.format is Format.STANDARD]
        if passed:
            raise WrongUse(f"{', '.join(passed)} speaks standard; going back to legacy is --back")
        await self._say(journal, found, list(self._scopes()), Override(format=Format.LEGACY, holds_from=at))
        return [_stays(list(self._scopes()))]

    def _instant(self, now: datetime) -> datetime:
        if not self.at:
            return now
        try:
            at = datetime.fromisoformat(self.at)
        except ValueError:
            raise WrongUse(f"--at {self.at} is no instant; write it as 2027-03-01T00:00") from None
        at = at if at.tzinfo else at.replace(tzinfo=self.city.installation.zone)
        if at < now - SLOW_TYPING:
            raise WrongUse(f"--at {self.at} is past; write an instant to come, or leave --at out for at once")
        return at

    def _refuse_needless(self, found: Outlook, format_: Format) -> None:
        """Ends that speak the format, of which nobody said anything else that is still to come."""
        plans, ends = plans_of(self.city, found.said), self._ends()
        stands = [found.stands[end].stand.format for end in ends if end in found.stands]
        wanted = [plans[end].formats.override_at(datetime.max.replace(tzinfo=UTC)) for end in ends]
        settled = all(one is None or one.format is format_ for one in wanted)
        if len(stands) == len(ends) and settled and set(stands) == {format_}:
            raise NothingToDo(f"all of these speak {format_} already")

    def _refuse_frozen(self, at: datetime) -> None:
        day = at.astimezone(self.city.installation.zone)
        freeze = next((one for one in self.city.freezes if one.covers(day)), None)
        if freeze is not None:
            why = f" ({freeze.reason})" if freeze.reason else ""
            raise WrongUse(f"a freeze holds from {freeze.start} to {freeze.end}{why}; choose another instant")

    def _refuse_unprepared(self, found: Outlook, format_: Format) -> None:
        """Ends that offer no place in the format, or routes without a conversion for it."""
        moving = set(self._ends())
        for name in {route for route, _ in moving}:
            source, target = (
                self._stand(found, name, side, format_ if (name, side) in moving else None) for side in SIDES
            )
            route = self.city.routes[name]
            pair = [
                (one.format, end.place_of(one)) for one, end in ((source, route.source), (target, route.to))
            ]
            try:
                self.city.conversion(route, pair[0], pair[1])
            except (NoConversion, FormatFaults) as error:
                raise WrongUse(f"{name}: {error}") from None

    def _stand(self, found: Outlook, route: str, side: Side, format_: Format | None) -> Stand:
        plan = self.city.plans(route, {})[side]
        flip = found.stands.get((route, side))
        now = plan.wanted(found.now) if flip is None else plan.present(flip.stand, found.now)
        if format_ is None or now.format is format_:
            return now
        if not plan.places.get(format_):
            raise WrongUse(f"{route} has no {format_}: place on its side {side}; add it to the route")
        return Stand(format=format_, place=plan.places[format_][-1].place)

    async def _go_back(self, journal: Journal, found: Outlook) -> list[Wording]:
        passed = [flip for end in self._ends() if (flip := self._returns(found, end)) is not None]
        if not passed:
            raise NothingToDo(
                "none of these ends speaks standard and has a legacy place; there is nothing to go back from"
            )
        undone = [await undo(self.city, journal, flip) for flip in passed]
        lines = [
            Wording(
                text=f"{one.route}/{one.side}: {one.says.text}",
                text_ja=f"{_in_japanese([f'end:{one.route}:{one.side}'])}：{one.says.text_ja}",
                facts=one.facts,
            )
            for one in undone
        ]
        if self.only_planned:
            return lines
        override = Override(format=Format.LEGACY, holds_from=found.now, back=True)
        await self._say(journal, found, [f"end:{flip.route}:{flip.side}" for flip in passed], override)
        return [*lines, *self._after_back(undone)]

    def _after_back(self, undone: Sequence[Undo]) -> Iterator[Wording]:
        if any(one.discard for one in undone):
            folder = self.city.installation.gateway.state_dir / "rollbacks"
            yield Wording(
                text=f"lists of what the consumers must discard: {folder}",
                text_ja=f"受け手が破棄すべきファイルの一覧：{folder}",
            )
        if any(one.way is Way.IMPOSSIBLE for one in undone):
            yield Wording(
                text="what cannot be undone by files needs a full extraction before the next differences",
                text_ja="ファイルでは元に戻せない経路は、次の差分の前に全件の抽出が必要です",
            )

    def _returns(self, found: Outlook, end: End) -> Flip | None:
        """The flip from which an end can go back: it speaks standard, and has a legacy place."""
        flip = found.stands.get(end)
        plan = self.city.plans(end[0], {})[end[1]]
        if flip is None or flip.stand.format is not Format.STANDARD:
            return None
        return flip if plan.places.get(Format.LEGACY) else None

    async def _leave_wave(self, journal: Journal, found: Outlook) -> list[Wording]:
        leaving = [
            end
            for cutover in found.cutovers
            for end in cutover.changes
            if cutover.subject == f"wave:{self.wave}" and end[0] in self.ends
        ]
        if not leaving:
            wave = self.wave or "(name it: --wave)"
            raise WrongUse(f"none of these routes is in the coming cutover of wave {wave}")
        if strangers := sorted({*self.ends} - {route for route, _ in leaving}):
            raise WrongUse(f"{', '.join(strangers)}: not a route in the coming cutover of wave {self.wave}")
        said = [f"end:{route}:{side}" for route, side in leaving]
        stays = Override(format=Format.LEGACY, holds_from=found.now)
        await self._say(journal, found, said, stays)
        return [_stays(said)]

    async def _say(self, journal: Journal, found: Outlook, scopes: Sequence[str], override: Override) -> None:
        if self.only_planned:
            return
        said = [
            Said(scope=scope, override=override, who=self.who, reason=self.reason, made_at=found.now)
            for scope in scopes
        ]
        await journal.switching.overridden(said)

    async def _rule(self, journal: Journal, found: Outlook, kind: RulingKind) -> list[Wording]:
        meant = [one for one in found.cutovers if one.subject in self._subjects()]
        if not meant:
            routes = {route for route, _ in self._ends()}
            waves = {one.subject for one in found.cutovers if routes & set(one.routes)}
            named = ", ".join(f"--wave {one.removeprefix('wave:')}" for one in sorted(waves))
            why = f"its cutover is that of a wave: {named}" if named else "see linkage-gateway switch --show"
            raise NothingToDo(f"none of these has a cutover of its own that is due or coming; {why}")
        self._refuse_unasked(meant, kind)
        if self.only_planned:
            return [
                Wording(
                    text=f"{kind} {one.subject}", text_ja=f"{RULINGS_JA[kind]}：{_subject_ja(one.subject)}"
                )
                for one in meant
            ]
        for one in meant:
            for subject in [self.waive] if kind == "waive" else one.routes:
                ruling = Ruling(
                    cutover=one.name, kind=kind, subject=subject, who=self.who, reason=self.reason
                )
                await journal.switching.ruled(ruling)
        return [
            Wording(
                text=f"{kind}: {one.subject}, planned {self._written(one.planned)}",
                text_ja=f"{RULINGS_JA[kind]}：{_subject_ja(one.subject)}（予定 {one.planned:%Y-%m-%d %H:%M}）",
            )
            for one in meant
        ]

    def _refuse_unasked(self, meant: Sequence[Cutover], kind: RulingKind) -> None:
        """A condition that a gate does not look at is not passed over: another one was meant, or another cutover."""
        for one in meant if kind == "waive" else ():
            if self.waive not in {*one.rule.require, WAVE, COMPLETE, REOPENED}:
                asked = ", ".join(sorted(one.rule.require)) or "nothing"
                raise WrongUse(
                    f"the gate of {one.subject} does not look at {self.waive}; it requires: {asked}"
                )

    def _written(self, instant: datetime) -> str:
        return instant.astimezone(self.city.installation.zone).isoformat(timespec="seconds")

    def _subjects(self) -> set[str]:
        routes = {route for route, _ in self._ends()}
        return routes | ({f"wave:{self.wave}"} if self.wave else set())

    def _scopes(self) -> list[str]:
        """What an override is said of: systems as such, and single ends."""
        members = self.city.waves[self.wave].members if self.wave and self.verb != "without" else ()
        running = [
            name for name in members if name not in self.city.rejected
        ]  # the others have no ends that are known
        return [scope for name in (*self.ends, *running) for scope in self._scopes_of(name)]

    def _scopes_of(self, name: str) -> list[str]:
        route, colon, side = name.partition(":")
        if colon and route in self.city.routes and side in SIDES:
            return [f"end:{route}:{side}"]
        if name in self.city.systems:
            return [f"system:{name}"]
        if name in self.city.routes:
            rules = self.verb in get_args(RulingKind)  # on a gate, which a mere change of place has as well
            return [f"end:{name}:{side}" for side in SIDES if rules or self._may_change(name, side)]
        known = sorted({*self.city.systems, *self.city.routes})
        raise WrongUse(f"there is no system or route {name}; {instead(name, known)}")

    def _may_change(self, route: str, side: Side) -> bool:
        """Whether an end has a place in both formats: the other end of a route that is named stays as it is."""
        plan = self.city.plans(route, {})[side]
        return all(plan.places.get(format_) for format_ in Format)

    def _goes_with_its_system(self, route: str, side: Side) -> bool:
        """Whether what is said of a system concerns one of its ends: a person's word goes before its own date too."""
        plan = self.city.plans(route, {})[side]
        if plan.formats.end is None:
            return True
        if self.verb == "back":  # what its own date has switched stays
            return format_at(plan.formats, self.clock.now()) is Format.LEGACY
        return self.verb == "to" and self._may_change(route, side)

    def _ends(self) -> list[End]:
        """Every end that is concerned."""
        found: list[End] = []
        for scope in self._scopes():
            kind, _, name = scope.partition(":")
            if kind == "end":
                route, _, side = name.rpartition(":")
                found.append((route, "from" if side == "from" else "to"))
                continue
            found += [
                (route, side)
                for route, one in self.city.routes.items()
                for side in SIDES
                if one.end(side).system == name and self._goes_with_its_system(route, side)
            ]
        return list(dict.fromkeys(found))


def _stays(scopes: Sequence[str]) -> Wording:
    return Wording(
        text=f"{', '.join(scopes)} stay legacy until switched by hand or cleared",
        text_ja=f"{_in_japanese(scopes)}：手動で切り替えるか指示を取り消すまで、現行形式のまま",
    )


def _in_japanese(scopes: Sequence[str]) -> str:
    """Systems and ends as staff call them."""
    return "、".join(_scope_ja(scope) for scope in scopes)


def _scope_ja(scope: str) -> str:
    kind, _, name = scope.partition(":")
    route, _, side = name.rpartition(":")
    return f"業務システム {name}" if kind == "system" else f"経路 {route} の{_SIDES_JA[side]}"


def _subject_ja(subject: str) -> str:
    wave = subject.removeprefix("wave:")
    return f"経路 {subject}" if wave == subject else f"一斉切替 {wave}"
