"""The plan of a city: its timeline as it stands, and as it would be if systems moved in another order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo

from gateway.agenda import cutover_name
from gateway.config import Freeze, Gate, Route, System
from gateway.cutover import DRAINED, Condition, EndFormat, RouteFormat
from gateway.journal import Journal
from gateway.journal.switching import Side
from gateway.load import City
from gateway.load.city import route_format
from gateway.model import Format, StandardFrom
from gateway.planning.course import Course, EndCourse, History
from gateway.spelling import instead
from gateway.timeline import (
    Frozen,
    Origin,
    PlannedEnd,
    PlannedRoute,
    Relocation,
    Timeline,
    Turn,
    WaveLine,
    timeline,
)

_DAY = timedelta(days=1)
_AHEAD = timedelta(days=180)
_BEFORE = timedelta(days=31)


class UnknownMove(ValueError):
    """Something is to move that is no system or wave."""


@dataclass(frozen=True, kw_only=True)
class Planner:
    """Lays out the routes of a city: what the journal remembers, then what is planned.

    Attributes:
        history: None where no gateway ever ran.
    """

    city: City
    history: History | None = None

    def timeline(
        self, start: datetime, end: datetime, moves: Mapping[str, StandardFrom] | None = None
    ) -> Timeline:
        """The timeline between two instants. ``moves``: other dates of systems or waves.

        Raises:
            UnknownMove: a name is neither a system nor a wave.
        """
        zone = self.city.installation.zone
        expanded = self._expanded(moves or {})
        return timeline(
            self._routes(expanded),
            start,
            end,
            freezes=[_frozen(freeze, zone) for freeze in self.city.freezes],
            waves=[
                WaveLine(name=name, at=at.astimezone(UTC))
                for name, wave in self.city.waves.items()
                if isinstance(at := (moves or {}).get(name, wave.at), datetime)
            ],
            relocations=[*self._moves_of_ends(), *self._moves_of_endpoints()],
            now=self.history.now if self.history else None,
        )

    def usual(
        self, now: datetime, moves: Mapping[str, StandardFrom] | None = None
    ) -> tuple[datetime, datetime]:
        """A time worth showing: whole months, from about one before now until about one after the last cutover."""
        zone = self.city.installation.zone
        both = [route for order in ({}, self._expanded(moves or {})) for route in self._routes(order)]
        coming = [turn for route in both for turn in route.formats.turns() if turn >= now]
        last = max([*(turn + _BEFORE for turn in coming), now + _AHEAD])
        start, end = (now - _BEFORE).astimezone(zone), last.astimezone(zone)
        return _month(start), _month(_month(end) + 32 * _DAY)

    def _moves_of_ends(self) -> Iterator[Relocation]:
        """The ends that go to another place while they keep their format."""
        for name, route in sorted(self.city.routes.items()):
            course = self.course(route)
            for end, planned in ((route.source, course.source), (route.to, course.to)):
                for format_ in Format:
                    for place in end.places(format_):
                        if place.start is not None and planned.at(place.start) is format_:
                            at = place.start.astimezone(UTC)
                            yield Relocation(at=at, what=place.endpoint, routes=(name,))

    def _moves_of_endpoints(self) -> Iterator[Relocation]:
        """The endpoints that get other addresses or logins."""
        for name, endpoint in self.city.endpoints.items():
            for start in (variant.start for variant in endpoint.variants):
                if start is not None:
                    users = tuple(
                        sorted(one for one, route in self.city.routes.items() if name in _used(route))
                    )
                    yield Relocation(at=start.astimezone(UTC), what=name, routes=users)

    def gate_seen(self, turn: Turn) -> tuple[Condition, ...]:
        """The conditions of a cutover's gate as they were found last; none if nobody looked yet."""
        subject = f"wave:{turn.end.wave}" if turn.end.wave else turn.route
        name = cutover_name(subject, turn.waits_since or turn.at)
        seen = self.history.gates.get(name) if self.history else None
        return seen.conditions if seen else ()

    def planned(self, route: Route) -> PlannedRoute:
        """One route as it stands."""
        return self._planned(route.name, self.city.systems, {})

    def course(
        self,
        route: Route,
        systems: Mapping[str, System] | None = None,
        moves: Mapping[str, StandardFrom] | None = None,
    ) -> Course:
        """What a route's ends did, and what is planned for them; ``systems`` and ``moves`` have other dates."""
        dated = route_format(route, systems or self.city.systems)
        dated = RouteFormat(
            source=self._moved(route, "from", dated.source, moves or {}),
            to=self._moved(route, "to", dated.to, moves or {}),
        )
        if self.history is None:
            return Course(source=EndCourse(dated=dated.source), to=EndCourse(dated=dated.to))
        return self.history.course(route, dated)

    def _moved(
        self, route: Route, side: Side, dated: EndFormat, moves: Mapping[str, StandardFrom]
    ) -> EndFormat:
        """The dates of an end that goes by a wave, if that moves."""
        wave = self._tied(route, side)
        return replace(dated, end=moves[_wave(wave)]) if _wave(wave) in moves else dated

    def _tied(self, route: Route, side: Side) -> str:
        """The wave by which an end goes that does not go by its system's date; empty if by none."""
        end = route.end(side)
        if end.follows is not None:
            return end.follows
        mine = (
            name
            for name, wave in self.city.waves.items()
            if route.name in wave.members and end.own_date == wave.at
        )
        return next(mine, "")

    def _routes(self, moves: Mapping[str, StandardFrom]) -> list[PlannedRoute]:
        systems = {
            name: system.model_copy(update={"written": moves[name]}) if name in moves else system
            for name, system in self.city.systems.items()
        }
        return [self._planned(name, systems, moves) for name in sorted(self.city.routes)]

    def _planned(
        self, name: str, systems: Mapping[str, System], moves: Mapping[str, StandardFrom]
    ) -> PlannedRoute:
        route = self.city.routes[name]
        course = self.course(route, systems, moves)
        return PlannedRoute(
            name=name,
            title=route.title,
            vendor=route.vendor,
            source=self._end(route, "from", course.source, moves),
            to=self._end(route, "to", course.to, moves),
            formats=course,
        )

    def _end(self, route: Route, side: Side, end: EndCourse, moves: Mapping[str, StandardFrom]) -> PlannedEnd:
        system = route.end(side).system
        wave = self._wave(system, route.name, end.dated)
        gate: Gate = self.city.waves[wave] if wave else self.city.systems[system].gate
        follows = route.end(side).follows
        return PlannedEnd(
            system=system,
            origin=_origin(end.dated, moved=self._is_moved(route, side, moves), wave=wave),
            wave=wave,
            conditions=(*conditions(gate, side), *((f"wave {follows} has switched",) if follows else ())),
            said=frozenset(one.holds_from.astimezone(UTC) for one in end.dated.overrides),
            passed=frozenset(at.astimezone(UTC) for at in end.passed),
            waits_since=end.waits_since,
        )

    def _is_moved(self, route: Route, side: Side, moves: Mapping[str, StandardFrom]) -> bool:
        end = route.end(side)
        by_system = end.own_date is None and end.system in moves
        return by_system or _wave(self._tied(route, side)) in moves

    def _wave(self, system: str, route: str, end: EndFormat) -> str:
        """The wave that an end turns with: it has the wave's instant, and its route is a member, or its system is.

        A system's membership says nothing of an end with a date of its own.
        """
        mine = {route} if end.end is not None else {system, route}
        found = (
            name
            for name, wave in self.city.waves.items()
            if mine & set(wave.members) and end.standard_from == wave.at
        )
        return next(found, "")

    def _expanded(self, moves: Mapping[str, StandardFrom]) -> dict[str, StandardFrom]:
        """The dates of systems, where those of waves are given, and those of waves."""
        found: dict[str, StandardFrom] = {}
        for name, at in moves.items():
            wave = self.city.waves.get(name)
            if wave is None and name not in self.city.systems:
                known = [*self.city.systems, *self.city.waves]
                raise UnknownMove(f"no system or wave is called {name}; {instead(name, known)}")
            members = [name] if wave is None else wave.members
            found |= {member: at for member in members if member in self.city.systems}
            found |= {_wave(name): at} if wave is not None else {}
        return found


def _wave(name: str) -> str:
    """How a wave is called among systems that move."""
    return f"wave:{name}"


def _used(route: Route) -> set[str]:
    """The endpoints of a route, in any format."""
    ends = (route.source, route.to)
    return {place.endpoint for end in ends for format_ in Format for place in end.places(format_)}


def _origin(end: EndFormat, *, moved: bool, wave: str) -> Origin:
    if moved:
        return Origin.MOVE
    if wave:
        return Origin.WAVE
    return Origin.SYSTEM if end.end is None else Origin.END


def conditions(gate: Gate, side: Side) -> tuple[str, ...]:
    """The conditions that a gate asks for, in words; nothing is drained where a destination turns."""
    asked = (one if isinstance(one, str) else f"compared {one.compared}" for one in gate.require)
    return tuple(one for one in asked if side == "from" or one != DRAINED)


def _frozen(freeze: Freeze, zone: tzinfo) -> Frozen:
    return Frozen(
        start=datetime.combine(freeze.start, time(), zone).astimezone(UTC),
        end=datetime.combine(freeze.end + _DAY, time(), zone).astimezone(UTC),
        reason=freeze.reason,
    )


def _month(instant: datetime) -> datetime:
    """The beginning of the month that an instant falls in."""
    return instant.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


async def remembered(journal: Journal, now: datetime) -> History:
    """What the journal remembers of switching."""
    return History(
        now=now,
        said=await journal.switching.overrides(),
        flips=await journal.switching.every_flip(),
        gates=await journal.switching.gates(),
        by_hand=await journal.switching.instants_by_hand(),
    )
