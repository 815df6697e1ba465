"""Which cutovers are due or coming: the ends of all routes, grouped as they must change together. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from gateway.config import Compared, Gate
from gateway.cutover import Change, EndPlan, Override, Stand, Verdict, coming, contradiction, due
from gateway.journal.switching import End, GateSeen, Said, Side
from gateway.load import City
from gateway.model import Format

SIDES: tuple[Side, Side] = ("from", "to")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What a cutover's gate asks for; of several systems the strictest of each."""

    require: frozenset[str]
    compared: int
    announce: timedelta
    settle: timedelta
    go: bool
    manual: bool


@dataclass(frozen=True, kw_only=True)
class Cutover:
    """Ends that change together, at one instant, through one gate."""

    subject: str  # wave:NAME, or a route's name
    planned: datetime
    changes: Mapping[End, Change]
    rule: Rule

    @property
    def name(self) -> str:
        """What people's rulings and the journal call it: the subject and its instant in UTC."""
        return cutover_name(self.subject, self.planned)

    @property
    def back(self) -> bool:
        """Whether it is a way back, for which no gate stands."""
        return any(change.back for change in self.changes.values())

    @property
    def routes(self) -> tuple[str, ...]:
        """The routes concerned, in order of name."""
        return tuple(sorted({route for route, _ in self.changes}))


def cutover_name(subject: str, planned: datetime) -> str:
    """The name of a cutover; see ``Cutover.name``."""
    return f"{subject}@{planned.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True, kw_only=True)
class Agenda:
    """What there is to do about switching at an instant."""

    due: tuple[Cutover, ...]
    coming: tuple[Cutover, ...]
    contradicted: tuple[End, ...]
    unplaced: tuple[End, ...]


Plans = Mapping[End, EndPlan]


def words(said: Iterable[Said]) -> dict[str, tuple[Override, ...]]:
    """People's overrides by scope, in the order of their making."""
    found: dict[str, tuple[Override, ...]] = {}
    for one in said:
        found[one.scope] = (*found.get(one.scope, ()), one.override)
    return found


def plans_of(city: City, said: Iterable[Said]) -> dict[End, EndPlan]:
    """All that decides where each end of each accepted route is to stand."""
    by_scope = words(said)
    return {
        (route, side): plan for route in city.routes for side, plan in city.plans(route, by_scope).items()
    }


def waiting(gates: Mapping[str, GateSeen]) -> dict[str, datetime]:
    """By subject, the instant of the cutover whose gate was found closed last."""
    closed = [one for one in gates.values() if one.verdict in (Verdict.CLOSED, Verdict.DRAINING)]
    names = (one.cutover.rpartition("@") for one in sorted(closed, key=lambda one: one.looked_at))
    return {subject: datetime.fromisoformat(at) for subject, _, at in names}


def agenda(
    city: City,
    plans: Plans,
    stands: Mapping[End, Stand],
    now: datetime,
    gates: Mapping[str, GateSeen] | None = None,
) -> Agenda:
    """The cutovers that are due by ``now``, and the next one of every end.

    By ``gates`` one for which no instant is written keeps the instant at which it was seen first.
    """
    since = waiting(gates or {})
    unplaced = tuple(end for end, plan in plans.items() if end in stands and not is_placed(plan, now))
    placed = {end: plan for end, plan in plans.items() if end in stands and end not in unplaced}
    return Agenda(
        due=_grouped(city, placed, stands, lambda plan, stand: due(plan, stand, now), since),
        coming=_grouped(city, placed, stands, lambda plan, stand: _next(plan, stand, now), since),
        contradicted=tuple(end for end, plan in placed.items() if contradiction(plan, stands[end], now)),
        unplaced=unplaced,
    )


def gathered(near: Iterable[Cutover], bound: Mapping[str, str], leader: str) -> dict[str, str]:
    """Where several nodes share the routes: those that one must carry for cutovers, with that node.

    All ends flip in one go, so it carries all of a cutover's routes: the node to which one of them is bound, else the
    one that leads (empty: none does now).
    """
    found: dict[str, str] = {}
    for cutover in near:
        node = next((bound[route] for route in cutover.routes if route in bound), leader)
        if node:
            found |= dict.fromkeys(cutover.routes, node)
    return found


def is_placed(plan: EndPlan, now: datetime) -> bool:
    """Whether the end has a place in the format that it is to speak."""
    try:
        plan.wanted(now)
    except LookupError:
        return False
    return True


def _next(plan: EndPlan, stand: Stand, now: datetime) -> Change | None:
    try:
        return None if due(plan, stand, now) else coming(plan, stand, now)
    except LookupError:
        return None


def _grouped(
    city: City,
    plans: Plans,
    stands: Mapping[End, Stand],
    change_of: Callable[[EndPlan, Stand], Change | None],
    since: Mapping[str, datetime],
) -> tuple[Cutover, ...]:
    groups: dict[tuple[str, datetime], dict[End, Change]] = {}
    for end, plan in plans.items():
        change = change_of(plan, stands[end])
        if change is not None:
            subject = subject_of(city, end, plan, change)
            change = kept(change, since.get(subject))
            groups.setdefault((subject, change.planned), {})[end] = change
    cutovers = [_cutover(city, subject, planned, changes) for (subject, planned), changes in groups.items()]
    return tuple(sorted(cutovers, key=lambda one: (one.planned, one.subject)))


def _cutover(city: City, subject: str, planned: datetime, changes: Mapping[End, Change]) -> Cutover:
    """What people send back at one instant goes back as one, if it is of one wave; a single route is no wave."""
    routes = {route for route, _ in changes}
    if len(routes) == 1 and any(change.back for change in changes.values()):
        subject = routes.pop()
    return Cutover(subject=subject, planned=planned, changes=changes, rule=_rule(city, subject, [*changes]))


def kept(change: Change, since: datetime | None) -> Change:
    """A change for which no instant is written, due since it was seen first."""
    return change if change.dated or since is None else replace(change, planned=since)


def subject_of(city: City, end: End, plan: EndPlan, change: Change) -> str:
    """The wave to which an end's change belongs, else its route: a date or a word of the end's own leaves the wave.

    A way back is a word on each end, so its own words do not part it from its wave.
    """
    route = city.routes[end[0]]
    own = plan.formats.end is not None or change.is_move
    members = {end[0]} if own else {end[0], route.end(end[1]).system}
    waves = (name for name, wave in city.waves.items() if members & set(wave.members))
    wave = next(waves, None)
    if wave is None or (_is_taken_out(plan, change) and not change.back):
        return end[0]
    return f"wave:{wave}"


def names_of(route: str, subject: str, planned: datetime) -> tuple[str, str]:
    """What the journal may call the cutover of a route's end: of a wave, one route that goes back alone has its own."""
    return cutover_name(subject, planned), cutover_name(route, planned)


def members(city: City, wave: str) -> tuple[End, ...]:
    """The ends that a wave switches: of its routes, and of its systems where the end has no date of its own."""
    named = set(city.waves[wave].members)
    ends = [(name, side) for name in city.routes for side in SIDES]
    return tuple(end for end in ends if _is_of(city, end, named))


def _is_of(city: City, end: End, named: set[str]) -> bool:
    route, name = city.routes[end[0]], end[0]
    own = route.end(end[1])
    offers = all(own.places(format_) for format_ in Format)
    return offers and (name in named or (own.own_date is None and own.system in named))


def _is_taken_out(plan: EndPlan, change: Change) -> bool:
    """Whether a word on this end alone decides: those of the end stand behind those of its system."""
    override = plan.formats.override_at(change.planned)
    return override is not None and override.own


def _rule(city: City, subject: str, ends: Iterable[End]) -> Rule:
    if subject.startswith("wave:"):
        gates: list[Gate] = [city.waves[subject.removeprefix("wave:")]]
    else:
        gates = [city.systems[city.routes[route].end(side).system].gate for route, side in ends]
    asked = [condition for gate in gates for condition in gate.require]
    return Rule(
        require=frozenset(one if isinstance(one, str) else "compared" for one in asked),
        compared=max((one.compared for one in asked if isinstance(one, Compared)), default=0),
        announce=max(gate.announce for gate in gates),
        settle=max(gate.settle for gate in gates),
        go=all(gate.if_closed == "go" for gate in gates),
        manual=any(gate.reopen == "manual" for gate in gates),
    )


def first_files(city: City, cutover: Cutover) -> dict[str, str]:
    """By route whose source changes, the first early file that counts, where its vendor states one."""
    stated = {
        route: city.routes[route].source.first_counted for route, side in cutover.changes if side == "from"
    }
    return {
        route: ", ".join(f"{key} {value}" for key, value in vars(first).items() if value is not None)
        for route, first in stated.items()
        if first is not None
    }
