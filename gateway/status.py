"""What a person wants to know about each route at a glance, out of configuration and journal. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from gateway.agenda import SIDES, Plans, kept, names_of, plans_of, subject_of, waiting
from gateway.config import End as RouteEnd
from gateway.config import Route
from gateway.cutover import Change, Condition, EndPlan, Stand, coming, due, phase
from gateway.journal import Backlog, Pause, RunRecord
from gateway.journal.switching import End, Flip, GateSeen, Said, Side
from gateway.load import City
from gateway.model import Format, Phase
from gateway.standstill import Spell, Standstill, standstill
from gateway.timeline import Origin

PHASES_JA = {Phase.CURRENT: "現行", Phase.TRANSITION: "過渡期", Phase.STANDARD: "標準化後"}
STATES_JA = {"running": "稼働", "paused": "一時停止", "rejected": "設定不備", "waiting": "待機"}

LATE_AFTER = timedelta(minutes=5)
"""How long after a slot its run may still be going before the route counts as overdue."""


@dataclass(frozen=True, kw_only=True)
class ByHand:
    """What a person said of an end: the format that it speaks from an instant on (in the gateway's zone)."""

    end: Side
    format: Format
    since: datetime
    who: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class RouteStatus:
    """One row.

    Attributes:
        state: running, paused (by a person), waiting (for a place's maintenance, behind a held file, for a
            number that is missing, or at the closed gate of its cutover, in the old format) or rejected (by its YAML).
        still: why it stands still, if it does.
        last_success: the end of the last run in which no place failed.
        overdue_since: when a run should have ended well and none has; None if the route is in time.
        oldest_since: since when the oldest pending file waits.
        early: pending files that came early, to where the source will put its files after its cutover.
        retrying: pending files that have failed at least once.
        missing: the number that the files wait for, where one did not come.
        next_cutover: the instant of the one that comes, or of one whose instant is past and which was not made.
        cutover_due: whether its instant is past.
        cutover_by: where that instant comes from: a person's word, the route's end, a wave or its system.
        cutover_wave: the wave, with ``cutover_by`` wave.
        unmet: the conditions of its gate that were not met when it was looked at last.
        by_hand: what people said of its ends, with who and why.
    """

    route: str
    title: str = ""
    vendor: str = ""
    systems: tuple[str, str] = ("", "")
    endpoints: tuple[str, str] = ("", "")
    state: str = "running"
    still: Standstill | None = None
    phase: Phase | None = None
    from_format: Format | None = None
    to_format: Format | None = None
    next_cutover: datetime | None = None
    cutover_due: bool = False
    cutover_by: Origin | None = None
    cutover_wave: str = ""
    unmet: tuple[Condition, ...] = ()
    by_hand: tuple[ByHand, ...] = ()
    last_run: datetime | None = None
    last_success: datetime | None = None
    next_run: datetime | None = None
    watching: bool = False
    overdue_since: datetime | None = None
    last_error: str = ""
    pending: int = 0
    early: int = 0
    held: int = 0
    retrying: int = 0
    bytes: int = 0
    oldest_since: datetime | None = None
    missing: str = ""

    @property
    def gate(self) -> tuple[str, ...]:
        """What its gate lacks, in words."""
        return tuple(f"{one.name}: {one.says}" for one in self.unmet)

    @property
    def why(self) -> str:
        """What it waits for or who paused it; empty while it runs."""
        if self.still is not None:
            return str(self.still)
        if self.state != "waiting":
            return ""
        if self.missing:
            return f"number {self.missing} is missing, and the files after it wait"
        return "a held file lets none pass it" if self.held else f"its cutover waits: {'; '.join(self.gate)}"

    @property
    def wrong(self) -> bool:
        """Whether somebody should look at it."""
        return bool(self.held or self.overdue_since or self.state == "rejected" or self.last_error)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the journal says of the routes, and ``plans``, where people's word and the dates want their ends.

    ``gates``: as they were found last, by cutover. ``said``: people's words, by scope.
    """

    runs: Mapping[str, RunRecord]
    backlogs: Mapping[str, Backlog]
    pauses: Sequence[Pause] = ()
    flips: Mapping[End, Flip]
    plans: Plans
    gates: Mapping[str, GateSeen] = field(default_factory=dict)
    said: Mapping[str, Sequence[Said]] = field(default_factory=dict)


def by_scope(said: Iterable[Said]) -> dict[str, list[Said]]:
    """People's words by what they are said of, in the order of their making."""
    found: dict[str, list[Said]] = {}
    for one in said:
        found.setdefault(one.scope, []).append(one)
    return found


def unseen(city: City) -> Seen:
    """What is known of routes that never ran."""
    return Seen(runs={}, backlogs={}, flips={}, plans=plans_of(city, ()))


def route_statuses(city: City, seen: Seen, now: datetime) -> list[RouteStatus]:
    """A row for each accepted route, then one for each rejected."""
    return [route_status(city, name, seen, now) for name in city.routes] + rejected(city)


def rejected(city: City) -> list[RouteStatus]:
    """A row for each route that its YAML keeps from running."""
    return [
        RouteStatus(route=name, state="rejected", vendor=city.vendor_of(name), last_error=str(faults[0]))
        for name, faults in city.rejected.items()
    ]


def route_status(city: City, name: str, seen: Seen, now: datetime) -> RouteStatus:
    """The row of an accepted route."""
    route = city.routes[name]
    run = seen.runs.get(name, RunRecord(route=name))
    backlog = seen.backlogs.get(name, Backlog(route=name))
    source, to = stand_of(seen, (name, "from"), now), stand_of(seen, (name, "to"), now)
    still = standing_still(city, route, (source, to), seen.pauses, now)
    turn = _turn(city, seen, name, (source, to), now)
    return RouteStatus(
        route=name,
        title=route.title,
        vendor=route.vendor,
        systems=(route.source.system, route.to.system),
        endpoints=(endpoint_of(source), endpoint_of(to)),
        state=_state(route, backlog, still, turn),
        still=still,
        phase=phase(source.format, to.format),
        from_format=source.format,
        to_format=to.format,
        next_cutover=turn.planned,
        cutover_due=turn.due,
        cutover_by=turn.origin,
        cutover_wave=turn.wave,
        unmet=turn.unmet,
        by_hand=tuple(_by_hand(city, route, seen, now)),
        last_run=run.last_run,
        last_success=run.last_success,
        next_run=city.timetable(route).next_after(now),
        watching=route.schedule.watch,
        overdue_since=None if still else _overdue_since(city, route, run, now),
        last_error=run.last_error,
        pending=backlog.pending,
        early=backlog.early,
        held=backlog.held,
        retrying=backlog.retrying,
        bytes=backlog.bytes,
        oldest_since=backlog.oldest,
        missing=_missing(route, backlog),
    )


def stand_of(seen: Seen, end: End, now: datetime) -> Stand:
    """Where an end stands: as the journal shows it, or as its dates want it if it was never seen."""
    flip, plan = seen.flips.get(end), seen.plans[end]
    if flip is not None:
        return plan.present(flip.stand, now)
    try:
        return plan.wanted(now)
    except LookupError as missing:  # it has no place in that format: it stands in the other
        (format_,) = missing.args
        others = [one for one in Format if one is not format_]
        return Stand(format=others[0], place=plan.places[others[0]][0].place)


@dataclass(frozen=True, kw_only=True)
class _Turn:
    """The next change of a route's ends, or one that is due; ``planned`` is None where there is none."""

    planned: datetime | None = None
    due: bool = False
    unmet: tuple[Condition, ...] = ()
    origin: Origin | None = None
    wave: str = ""


def _turn(city: City, seen: Seen, name: str, stands: tuple[Stand, Stand], now: datetime) -> _Turn:
    found: list[tuple[End, Change]] = []
    for side, stand in zip(SIDES, stands, strict=True):
        plan = seen.plans[name, side]
        try:
            change = due(plan, stand, now) or coming(plan, stand, now)
        except LookupError:  # an end without a place in its coming format: the switch reports it
            change = None
        found += [((name, side), change)] if change else []
    if not found:
        return _Turn()
    end, change = min(found, key=lambda one: one[1].planned)
    subject = subject_of(city, end, seen.plans[end], change)
    if not change.dated:
        change = kept(change, waiting(seen.gates).get(subject))
    called = names_of(name, subject, change.planned)
    gate = next((seen.gates[one] for one in called if one in seen.gates), None)
    unmet = (one for one in (gate.conditions if gate else ()) if not one.passes)
    origin, wave = _origin(city.routes[name].end(end[1]), seen.plans[end], change, subject)
    return _Turn(
        planned=change.planned,
        due=change.planned <= now,
        unmet=tuple(unmet),
        origin=origin,
        wave=wave,
    )


def _origin(end: RouteEnd, plan: EndPlan, change: Change, subject: str) -> tuple[Origin, str]:
    """Where the instant of a change comes from, and the wave if it is one's."""
    said = plan.formats.override_at(change.planned)
    if said is not None and said.holds_from == change.planned:
        return Origin.OVERRIDE, ""
    wave = subject.removeprefix("wave:") if subject.startswith("wave:") else end.follows or ""
    if wave and not change.is_move:
        return Origin.WAVE, wave
    return (Origin.END if change.is_move or plan.formats.end is not None else Origin.SYSTEM), ""


def _by_hand(city: City, route: Route, seen: Seen, now: datetime) -> Iterator[ByHand]:
    """Of each end the word that decides now, and those that come; earlier ones decide nothing any more."""
    for side in SIDES:
        scopes = f"system:{route.end(side).system}", f"end:{route.name}:{side}"
        words = [one for scope in scopes for one in seen.said.get(scope, ())]
        holding = [one for one in words if one.override.holds_from <= now][-1:]
        for said in (*holding, *(one for one in words if one.override.holds_from > now)):
            yield ByHand(
                end=side,
                format=said.override.format,
                since=said.override.holds_from.astimezone(city.installation.zone),
                who=said.who,
                reason=said.reason,
            )


def endpoint_of(stand: Stand) -> str:
    """The endpoint of the place at which an end stands."""
    return stand.place.partition(":")[0]


def standing_still(
    city: City, route: Route, stands: Sequence[Stand], pauses: Sequence[Pause], now: datetime
) -> Standstill | None:
    """Why nothing may be done for a route now; None if it may."""
    used = [endpoint_of(stand) for stand in stands]
    spells = {name: [*_spells(city, name)] for name in used}
    names = {"route": (route.name,), "vendor": (route.vendor,), "endpoint": used}
    return standstill(names, pauses, spells, now, city.installation.zone)


def _spells(city: City, endpoint: str) -> Iterator[Spell]:
    is_open = city.business_days.is_open
    days: dict[str, Callable[[date], bool]] = {
        "every-day": lambda _day: True,
        "business-days": is_open,
        "closed-days": lambda day: not is_open(day),
    }
    for one in city.endpoints[endpoint].maintenance:
        yield from (Spell(window=window, holds_on=days[one.calendar]) for window in one.windows)


def _state(route: Route, backlog: Backlog, still: Standstill | None, turn: _Turn) -> str:
    if still is not None:
        return "waiting" if still.kind == "maintenance" else "paused"
    behind = backlog.held and route.order is not None and not route.per_key
    waits = behind or _missing(route, backlog) or (turn.due and turn.unmet)
    return "waiting" if waits else "running"


def _missing(route: Route, backlog: Backlog) -> str:
    """The number that a route's files wait for; empty where none is missing, or files go on without it."""
    return backlog.missing if route.order is not None and route.order.on_gap == "hold" else ""


def _overdue_since(city: City, route: Route, run: RunRecord, now: datetime) -> datetime | None:
    """The first slot after the last success, once it lies so far back that its run should have ended well."""
    known = run.last_success or run.last_run
    if known is None:
        return None
    slot = city.timetable(route).next_after(known)
    return slot if slot is not None and now > slot + LATE_AFTER else None


def backed_up(route: Route, row: RouteStatus, now: datetime) -> str:
    """How much of a route is on its way, where that is more than its ``backlog`` allows; else an empty text.

    What nobody may carry, since the route stands still by a person's word or a place's maintenance, counts for nothing.
    """
    if row.still is not None or row.oldest_since is None:
        return ""
    if now - row.oldest_since <= route.backlog.age and row.pending <= route.backlog.files:
        return ""
    return f"{row.pending} on their way since {row.oldest_since:%Y-%m-%dT%H:%MZ}"
