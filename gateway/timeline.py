"""The timeline of a migration: in which phase each route is when, and what an order of moves costs. Pure.

A route in transition is one *transitional conversion*: its ends speak different formats, so every file is
converted. The cost of an order is counted in conversion-days: each such route, for each day that it is one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Literal, Protocol

from gateway.cutover import phase
from gateway.model import Format, Phase

Side = Literal["from", "to"]
_INSTANT = timedelta(microseconds=1)


class Formats(Protocol):
    """What decides the formats of a route's two ends; ``gateway.cutover.RouteFormat`` is one."""

    def at(self, instant: datetime) -> tuple[Format, Format]:
        """The formats of the two ends at an instant."""

    def turns(self) -> tuple[datetime, ...]:
        """Every instant at which an end changes its format, in order."""


class Origin(StrEnum):
    """Where the date of an end comes from, the weightiest first."""

    MOVE = "move"
    OVERRIDE = "override"
    OUTCOME = "outcome"
    END = "route end"
    WAVE = "wave"
    SYSTEM = "system"


@dataclass(frozen=True, kw_only=True)
class PlannedEnd:
    """One end of a route, as far as its cutover goes.

    Attributes:
        origin: where its date comes from.
        wave: the wave that it turns with; empty if with none.
        conditions: the gate's conditions, in words.
        said: the instants of people's word, which weighs more than any date.
        passed: the instants at which it did turn.
        waits_since: the instant of a cutover that is due and that its closed gate holds.
    """

    system: str
    origin: Origin = Origin.SYSTEM
    wave: str = ""
    conditions: tuple[str, ...] = ()
    said: frozenset[datetime] = frozenset()
    passed: frozenset[datetime] = frozenset()
    waits_since: datetime | None = None

    def origin_of(self, turn: datetime) -> Origin:
        """Where the instant of one of its turns comes from."""
        if turn in self.passed:
            return Origin.OUTCOME
        return Origin.OVERRIDE if turn in self.said else self.origin


@dataclass(frozen=True, kw_only=True)
class PlannedRoute:
    """One route of the plan."""

    name: str
    title: str = ""
    vendor: str = ""
    source: PlannedEnd
    to: PlannedEnd
    formats: Formats

    @property
    def systems(self) -> tuple[str, str]:
        """The systems of its two ends."""
        return self.source.system, self.to.system


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """A time in which nothing goes forward, its end excluded."""

    start: datetime
    end: datetime
    reason: str = ""

    def covers(self, instant: datetime) -> bool:
        """Whether the instant falls within."""
        return self.start <= instant < self.end


@dataclass(frozen=True, kw_only=True)
class WaveLine:
    """A wave and its instant."""

    name: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Span:
    """A time in which both ends of a route keep their formats, its end excluded."""

    start: datetime
    end: datetime
    source: Format
    to: Format

    @property
    def phase(self) -> Phase:
        """The route's phase then."""
        return phase(self.source, self.to)

    @property
    def length(self) -> timedelta:
        """How long it lasts."""
        return self.end - self.start


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One end of a route changes its format.

    Attributes:
        becomes: the format from then on.
        frozen: why nothing may go forward at that instant; None if it may.
        waits_since: the gate holds it since then, and it may come at any time.
    """

    at: datetime
    route: str
    side: Side
    end: PlannedEnd
    becomes: Format
    frozen: str | None = None
    waits_since: datetime | None = None

    @property
    def origin(self) -> Origin:
        """Where its instant comes from."""
        return self.end.origin_of(self.at)


@dataclass(frozen=True, kw_only=True)
class Relocation:
    """A place changes and no format does: an end goes elsewhere, or an endpoint gets another address or login.

    Attributes:
        what: the endpoint that changes, or the one that an end goes to.
        routes: those that it concerns.
    """

    at: datetime
    what: str
    routes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Step:
    """From this instant on so many routes are in transition."""

    at: datetime
    count: int


@dataclass(frozen=True, kw_only=True)
class Row:
    """A route and its spans, which cover the timeline without a gap."""

    route: PlannedRoute
    spans: tuple[Span, ...]

    @property
    def in_transition(self) -> timedelta:
        """How long the route is in transition."""
        return sum((span.length for span in self.spans if span.phase is Phase.TRANSITION), timedelta())


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """Every route from ``start`` until ``end``, with the frozen times, the waves and the relocations within."""

    start: datetime
    end: datetime
    rows: tuple[Row, ...]
    turns: tuple[Turn, ...]
    freezes: tuple[Frozen, ...] = ()
    waves: tuple[WaveLine, ...] = ()
    relocations: tuple[Relocation, ...] = ()

    @property
    def conversion_days(self) -> float:
        """Transitional conversions times days."""
        return sum((row.in_transition for row in self.rows), timedelta()) / timedelta(days=1)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The number of transitional conversions over time: the first at ``start``, then each change."""
        change: Counter[datetime] = Counter()
        for span in (span for row in self.rows for span in row.spans if span.phase is Phase.TRANSITION):
            change[span.start] += 1
            change[span.end] -= 1
        count = change.pop(self.start, 0)
        found = [Step(at=self.start, count=count)]
        for at in sorted(at for at, by in change.items() if by and at < self.end):
            count += change[at]
            found.append(Step(at=at, count=count))
        return tuple(found)

    @property
    def most(self) -> int:
        """The highest number of transitional conversions at one time."""
        return max(step.count for step in self.steps)

    @property
    def periods(self) -> tuple[tuple[datetime, datetime], ...]:
        """The times between the turns, in each of which every route keeps its phase."""
        edges = sorted({self.start, self.end, *(turn.at for turn in self.turns)})
        return tuple(pairwise(edges))


def timeline(
    routes: Iterable[PlannedRoute],
    start: datetime,
    end: datetime,
    *,
    freezes: Sequence[Frozen] = (),
    waves: Sequence[WaveLine] = (),
    relocations: Sequence[Relocation] = (),
    now: datetime | None = None,
) -> Timeline:
    """Lay out the routes from ``start`` until ``end`` (aware; ``end`` is later). All instants come back in UTC.

    ``now`` is when cutovers that wait at their gates are shown.
    """
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    rows = tuple(Row(route=route, spans=tuple(spans(route.formats, start, end))) for route in routes)
    found = (turn for row in rows for turn in _turns(row.route, start, end, freezes, now))
    return Timeline(
        start=start,
        end=end,
        rows=rows,
        turns=tuple(sorted(found, key=lambda turn: (turn.at, turn.route, turn.side))),
        freezes=tuple(one for one in freezes if one.start < end and one.end > start),
        waves=tuple(sorted((one for one in waves if start <= one.at < end), key=lambda one: one.at)),
        relocations=tuple(
            sorted((one for one in relocations if start <= one.at < end), key=lambda one: (one.at, one.what))
        ),
    )


def spans(formats: Formats, start: datetime, end: datetime) -> Iterator[Span]:
    """The times in which both ends keep their formats, from ``start`` until ``end``, without a gap."""
    edges = [start, *sorted({at.astimezone(UTC) for at in formats.turns() if start < at < end}), end]
    begun, speaking = start, formats.at(start)
    for edge in edges[1:]:
        now = formats.at(edge) if edge < end else None
        if now != speaking:
            yield Span(start=begun, end=edge, source=speaking[0], to=speaking[1])
            begun, speaking = edge, now or speaking


def _turns(
    route: PlannedRoute, start: datetime, end: datetime, freezes: Sequence[Frozen], now: datetime | None
) -> Iterator[Turn]:
    ends: tuple[tuple[Side, PlannedEnd], ...] = (("from", route.source), ("to", route.to))
    for at in (at.astimezone(UTC) for at in route.formats.turns() if start <= at < end):
        pairs = zip(ends, route.formats.at(at - _INSTANT), route.formats.at(at), strict=True)
        reason = next((one.reason for one in freezes if one.covers(at)), None)
        for (side, planned), before, becomes in pairs:
            if before is not becomes:
                stopped = becomes is Format.STANDARD and at not in planned.passed
                yield Turn(
                    at=at,
                    route=route.name,
                    side=side,
                    end=planned,
                    becomes=becomes,
                    frozen=reason if stopped else None,
                    waits_since=planned.waits_since if at == now else None,
                )


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many routes of a group are in each phase in one period."""

    group: str
    start: datetime
    end: datetime
    phases: tuple[tuple[Phase, int], ...]


def tally(shown: Timeline, groups: Callable[[PlannedRoute], Iterable[str]]) -> tuple[Tally, ...]:
    """The routes of each group by phase, for each period; a route may be of several groups."""
    members: dict[str, list[Row]] = {}
    for row in shown.rows:
        for group in dict.fromkeys(groups(row.route)):
            members.setdefault(group, []).append(row)
    return tuple(
        _counted(group, rows, start, end)
        for group, rows in sorted(members.items())
        for start, end in shown.periods
    )


def _counted(group: str, rows: Sequence[Row], start: datetime, end: datetime) -> Tally:
    count = Counter(phase(*row.route.formats.at(start)) for row in rows)
    return Tally(group=group, start=start, end=end, phases=tuple((one, count[one]) for one in Phase))


@dataclass(frozen=True, kw_only=True)
class Changed:
    """A route that another order changes: its days in transition before and after, and its turns."""

    route: str
    days_before: float
    days_after: float
    turns_before: tuple[Turn, ...]
    turns_after: tuple[Turn, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two orders of one city over the same time."""

    before: Timeline
    after: Timeline

    @property
    def changed(self) -> tuple[Changed, ...]:
        """The routes whose spans differ, in the order of the plan."""
        pairs = zip(self.before.rows, self.after.rows, strict=True)
        return tuple(self._changed(one, other) for one, other in pairs if one.spans != other.spans)

    def _changed(self, one: Row, other: Row) -> Changed:
        name, day = one.route.name, timedelta(days=1)
        return Changed(
            route=name,
            days_before=one.in_transition / day,
            days_after=other.in_transition / day,
            turns_before=tuple(turn for turn in self.before.turns if turn.route == name),
            turns_after=tuple(turn for turn in self.after.turns if turn.route == name),
        )
