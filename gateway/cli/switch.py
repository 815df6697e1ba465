"""``switch``: cutovers by hand, the way back, and what people say of a gate; beside a running gateway too."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from gateway.agenda import SIDES, Cutover, agenda, plans_of
from gateway.cli.beside import with_journal
from gateway.cli.output import FAILED, WRONG, as_json, city_of, local, print_json, print_table, stop_with
from gateway.clock import SystemClock
from gateway.cutover import Override, Stand
from gateway.formats import FormatFaults
from gateway.journal import Journal
from gateway.journal.switching import End, Flip, GateSeen, Ruling, RulingKind, Said, Side
from gateway.load import City, NoConversion
from gateway.model import Format
from gateway.rollback import Undo, Way, undo
from gateway.spelling import instead

FORMATS = click.Choice([format_.value for format_ in Format])
RULINGS: tuple[tuple[RulingKind, str], ...] = (
    ("approve", "Approve the coming cutover."),
    ("baseline", "Say that the consumer holds the state before the first changes."),
    ("reopen", "Let a gate that was closed open again (reopen: manual)."),
)


@dataclass(frozen=True, kw_only=True)
class Board:
    """What the journal and the configuration say of switching."""

    stands: Mapping[End, Flip]
    said: Sequence[Said]
    gates: Mapping[str, GateSeen]
    cutovers: tuple[Cutover, ...]
    now: datetime


async def board(city: City, journal: Journal) -> Board:
    """See ``Board``; due cutovers come first."""
    now = SystemClock().now()
    switching = journal.switching
    stands, said = await switching.stands(), await switching.overrides()
    plans = plans_of(city, said)
    found = agenda(city, plans, {end: flip.stand for end, flip in stands.items()}, now)
    return Board(
        stands=stands,
        said=said,
        gates=await switching.gates(),
        cutovers=(*found.due, *found.coming),
        now=now,
    )


@click.command()
@click.argument("ends", nargs=-1, metavar="END...")
@click.option("--wave", help="All systems and routes of this wave.")
@click.option("--to", "format_", type=FORMATS, help="The format that they are to speak.")
@click.option("--at", help="From this instant on, such as 2027-03-01T00:00; absent: at once.")
@click.option("--back", is_flag=True, help="Return to the legacy format now; no gate, no freeze stops it.")
@click.option("--clear", is_flag=True, help="Take back what was said by hand and has not been made yet.")
@click.option("--without", is_flag=True, help="Take these routes out of their wave, before its instant.")
@click.option("--waive", metavar="CONDITION", help="Pass over this condition of the coming cutover.")
@click.option("--approve", is_flag=True, help=RULINGS[0][1])
@click.option("--baseline", is_flag=True, help=RULINGS[1][1])
@click.option("--reopen", is_flag=True, help=RULINGS[2][1])
@click.option("--plan", is_flag=True, help="Only show what it would mean.")
@click.option("--show", is_flag=True, help="Show the cutovers that are due or coming, with their gates.")
@click.option("--reason", help="Why; kept in the audit log with your name.")
@as_json
@click.pass_context
def switch(context: click.Context, /, ends: Sequence[str], **given: object) -> None:
    """Switch ENDs by hand, decide on a gate, or show what is coming.

    An END is a system, a route (both ends), or ROUTE:from, ROUTE:to. Going forward passes the gate at its instant;
    --back does not. A running gateway follows within seconds.
    """
    city = city_of(context.obj, quiet=True)
    order = Order(city, ends, given)
    if given["show"] or not order.verb:
        with_board(city, as_json=bool(given["as_json"]))
        return
    order.check()
    done = with_journal(city, order.carry_out, write=not given["plan"])
    if given["as_json"]:
        print_json(done)
    else:
        for line in done:
            click.echo(line)


def with_board(city: City, *, as_json: bool) -> None:
    """Show every cutover that is due or coming, with its gate as last seen."""
    found = with_journal(city, lambda journal: board(city, journal), write=False)
    if as_json:
        print_json([_document(city, found, one) for one in found.cutovers])
        return
    rows = [_row(city, found, one) for one in found.cutovers]
    print_table(("cutover", "planned", "ends", "gate", "conditions not met"), rows)
    for said in found.said:
        since = local(said.override.holds_from, city)
        click.echo(
            f"by hand: {said.scope} speaks {said.override.format} from {since} ({said.who}: {said.reason})"
        )


def _document(city: City, found: Board, one: Cutover) -> dict[str, object]:
    seen = found.gates.get(one.name)
    return {
        "cutover": one.subject,
        "planned": one.planned.astimezone(city.installation.zone),
        "due": one.planned <= found.now,
        "ends": {"/".join(end): change.after.format for end, change in one.changes.items()},
        "requires": sorted(one.rule.require),
        "gate": seen.verdict if seen else None,
        "conditions": [
            {"name": each.name, "met": each.met, "waived": each.waived, "says": each.says}
            for each in (seen.conditions if seen else ())
        ],
    }


def _row(city: City, found: Board, one: Cutover) -> tuple[str, ...]:
    seen = found.gates.get(one.name)
    unmet = [f"{each.name}: {each.says}" for each in (seen.conditions if seen else ()) if not each.passes]
    ends = ", ".join(f"{'/'.join(end)} → {change.after.format}" for end, change in one.changes.items())
    gate = seen.verdict if seen else ", ".join(sorted(one.rule.require))
    return (one.subject, local(one.planned, city), ends, gate, "; ".join(unmet))


class Order:
    """What a person asked for."""

    def __init__(self, city: City, ends: Sequence[str], given: Mapping[str, object]) -> None:
        self.city = city
        self.ends = tuple(ends)
        self.given = given
        self.wave = str(given["wave"] or "")
        self.reason = str(given["reason"] or "")
        self.who = getpass.getuser()

    @property
    def verb(self) -> str:
        """Which of the things one can do is meant; empty if none."""
        verbs = ("back", "clear", "without", "waive", "approve", "baseline", "reopen")
        found = [verb for verb in verbs if self.given[verb]] + (["to"] if self.given["format_"] else [])
        if len(found) > 1:
            stop_with(f"one thing at a time: {' and '.join(found)}", WRONG)
        return found[0] if found else ""

    def check(self) -> None:
        """End with exit code 2 where the order makes no sense."""
        if not self.ends and not self.wave:
            stop_with("name a system, a route, ROUTE:from, ROUTE:to, or --wave", WRONG)
        if self.wave and self.wave not in self.city.waves:
            stop_with(f"there is no wave {self.wave}; {instead(self.wave, self.city.waves)}", WRONG)
        if not self.reason and not self.given["plan"]:
            stop_with("say why: --reason TEXT", WRONG)
        list(self._scopes())

    async def carry_out(self, journal: Journal) -> list[str]:
        """Do it; gives lines that say what was done or, with --plan, what would be."""
        found = await board(self.city, journal)
        match self.verb:
            case "to":
                return await self._go(journal, found)
            case "back":
                return await self._go_back(journal, found)
            case "clear":
                scopes = [*self._scopes(), *(f"end:{route}:{side}" for route, side in self._ends())]
                meant = list(dict.fromkeys(scopes))
                count = await journal.switching.cleared(meant, who=self.who, reason=self.reason)
                return [f"{count} words taken back"]
            case "without":
                return await self._leave_wave(journal, found)
            case verb:
                return await self._rule(journal, found, verb)

    async def _go(self, journal: Journal, found: Board) -> list[str]:
        format_, at = Format(str(self.given["format_"])), self._instant(found.now)
        if format_ is Format.LEGACY:
            stop_with("going back to legacy is --back", WRONG)
        self._refuse_frozen(at)
        self._refuse_unprepared(found, format_)
        override = Override(format=format_, holds_from=at)
        await self._say(journal, found, list(self._scopes()), override)
        when = at.astimezone(self.city.installation.zone).isoformat(timespec="seconds")
        return [f"{', '.join(self._scopes())}: {format_} from {when}, when the gate is open"]

    def _instant(self, now: datetime) -> datetime:
        zone: ZoneInfo = self.city.installation.zone
        text = self.given["at"]
        if text is None:
            return now
        try:
            at = datetime.fromisoformat(str(text))
        except ValueError:
            stop_with(f"--at {text} is no instant; write it as 2027-03-01T00:00", WRONG)
        return at if at.tzinfo else at.replace(tzinfo=zone)

    def _refuse_frozen(self, at: datetime) -> None:
        day = at.astimezone(self.city.installation.zone)
        freeze = next((one for one in self.city.freezes if one.covers(day)), None)
        if freeze is not None:
            why = f" ({freeze.reason})" if freeze.reason else ""
            stop_with(
                f"a freeze holds from {freeze.start} to {freeze.end}{why}; choose another instant", WRONG
            )

    def _refuse_unprepared(self, found: Board, format_: Format) -> None:
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
                stop_with(f"{name}: {error}", WRONG)

    def _stand(self, found: Board, route: str, side: Side, format_: Format | None) -> Stand:
        plan = self.city.plans(route, {})[side]
        flip = found.stands.get((route, side))
        now = plan.wanted(found.now) if flip is None else plan.present(flip.stand, found.now)
        if format_ is None or now.format is format_:
            return now
        if not plan.places.get(format_):
            stop_with(f"{route} has no {format_}: place on its side {side}; add it to the route", WRONG)
        return Stand(format=format_, place=plan.places[format_][-1].place)

    async def _go_back(self, journal: Journal, found: Board) -> list[str]:
        passed = [flip for end in self._ends() if (flip := self._returns(found, end)) is not None]
        if not passed:
            stop_with(
                "none of these ends passed from legacy to standard; there is nothing to go back from", FAILED
            )
        undone = [await undo(self.city, journal, flip) for flip in passed]
        lines = [f"{one.route}/{one.side}: {one.says}" for one in undone]
        if self.given["plan"]:
            return lines
        override = Override(format=Format.LEGACY, holds_from=found.now, back=True)
        await self._say(journal, found, [f"end:{flip.route}:{flip.side}" for flip in passed], override)
        return [*lines, *self._after_back(undone)]

    def _after_back(self, undone: Sequence[Undo]) -> Iterator[str]:
        if any(one.discard for one in undone):
            folder = self.city.installation.gateway.state_dir / "rollbacks"
            yield f"lists of what the consumers must discard: {folder}"
        if any(one.way is Way.IMPOSSIBLE for one in undone):
            yield "what cannot be undone by files needs a full extraction before the next differences"

    def _returns(self, found: Board, end: End) -> Flip | None:
        """The flip from which an end can go back: it speaks standard, and has a legacy place."""
        flip = found.stands.get(end)
        plan = self.city.plans(end[0], {})[end[1]]
        if flip is None or flip.stand.format is not Format.STANDARD or flip.planned is None:
            return None
        return flip if plan.places.get(Format.LEGACY) else None

    async def _leave_wave(self, journal: Journal, found: Board) -> list[str]:
        leaving = [
            end
            for cutover in found.cutovers
            for end in cutover.changes
            if cutover.subject == f"wave:{self.wave}" and end[0] in self.ends
        ]
        if not leaving:
            wave = self.wave or "(name it: --wave)"
            stop_with(f"none of these routes is in the coming cutover of wave {wave}", WRONG)
        said = [f"end:{route}:{side}" for route, side in leaving]
        stays = Override(format=Format.LEGACY, holds_from=found.now)
        await self._say(journal, found, said, stays)
        return [f"{', '.join(said)} stay legacy until switched by hand or cleared"]

    async def _say(self, journal: Journal, found: Board, scopes: Sequence[str], override: Override) -> None:
        if self.given["plan"]:
            return
        said = [
            Said(scope=scope, override=override, who=self.who, reason=self.reason, made_at=found.now)
            for scope in scopes
        ]
        await journal.switching.overridden(said)

    async def _rule(self, journal: Journal, found: Board, verb: str) -> list[str]:
        kind: RulingKind = next((kind for kind, _ in RULINGS if kind == verb), "waive")
        meant = [one for one in found.cutovers if one.subject in self._subjects()]
        if not meant:
            stop_with(
                "none of these has a cutover that is due or coming; linkage-gateway switch --show", FAILED
            )
        if self.given["plan"]:
            return [f"{kind} {one.subject}" for one in meant]
        for one in meant:
            for subject in [str(self.given["waive"])] if kind == "waive" else one.routes:
                ruling = Ruling(
                    cutover=one.name, kind=kind, subject=subject, who=self.who, reason=self.reason
                )
                await journal.switching.ruled(ruling)
        return [f"{kind}: {one.subject}, planned {one.planned.isoformat()}" for one in meant]

    def _subjects(self) -> set[str]:
        routes = {route for route, _ in self._ends()}
        return routes | ({f"wave:{self.wave}"} if self.wave else set())

    def _scopes(self) -> list[str]:
        """What an override is said of: systems as such, and single ends."""
        named = [
            *self.ends,
            *(self.city.waves[self.wave].members if self.wave and not self.given["without"] else ()),
        ]
        return [scope for name in named for scope in self._scopes_of(name)]

    def _scopes_of(self, name: str) -> list[str]:
        route, colon, side = name.partition(":")
        if colon and route in self.city.routes and side in SIDES:
            return [f"end:{route}:{side}"]
        if name in self.city.systems:
            return [f"system:{name}"]
        if name in self.city.routes:
            return [f"end:{name}:{side}" for side in SIDES if self._may_change(name, side)]
        known = [*self.city.systems, *self.city.routes]
        return stop_with(f"there is no system or route {name}; {instead(name, known)}", WRONG)

    def _may_change(self, route: str, side: Side) -> bool:
        """Whether an end has a place in both formats: the other end of a route that is named stays as it is."""
        plan = self.city.plans(route, {})[side]
        return all(plan.places.get(format_) for format_ in Format)

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
                if one.end(side).system == name and one.end(side).own_date is None
            ]
        return list(dict.fromkeys(found))
