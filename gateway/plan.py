"""The plan of a city: its timeline as it stands, and as it would be if systems moved in another order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from gateway.config import Freeze, Route, System, Wave
from gateway.cutover import EndFormat, RouteFormat
from gateway.load import City
from gateway.load.city import route_format
from gateway.model import StandardFrom
from gateway.spelling import instead
from gateway.timeline import Frozen, Origin, PlannedEnd, PlannedRoute, Timeline, WaveLine, timeline

FormatsOf = Callable[[Route, Mapping[str, System]], RouteFormat]
"""What decides the formats of a route, once its systems are known."""

_DAY = timedelta(days=1)
_AHEAD = timedelta(days=180)
_BEFORE = timedelta(days=31)


class UnknownMove(ValueError):
    """Something is to move that is no system or wave."""


@dataclass(frozen=True, kw_only=True)
class Planner:
    """Lays out the routes of a city.

    Attributes:
        formats_of: decides the formats of a route's ends, with whatever people decided besides the configuration.
    """

    city: City
    formats_of: FormatsOf = route_format

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

    def ends(self, route: Route) -> tuple[PlannedEnd, PlannedEnd]:
        """Where the dates of a route's two ends come from."""
        planned = self._planned(route.name, self.city.systems, {})
        return planned.source, planned.to

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
        formats = self.formats_of(route, systems)
        return PlannedRoute(
            name=name,
            title=route.title,
            vendor=route.vendor,
            source=self._end(route.source.system, name, formats.source, moves),
            to=self._end(route.to.system, name, formats.to, moves),
            formats=formats,
        )

    def _end(self, system: str, route: str, end: EndFormat, moves: Mapping[str, StandardFrom]) -> PlannedEnd:
        wave = self._wave(system, route, end)
        return PlannedEnd(
            system=system,
            origin=_origin(end, moved=system in moves, wave=wave),
            wave=wave,
            conditions=conditions(self.city.waves[wave]) if wave else (),
        )

    def _wave(self, system: str, route: str, end: EndFormat) -> str:
        """The wave that an end turns with: its system or its route is a member, and it has the wave's instant."""
        found = (
            name
            for name, wave in self.city.waves.items()
            if {system, route} & set(wave.members) and end.standard_from == wave.at
        )
        return next(found, "")

    def _expanded(self, moves: Mapping[str, StandardFrom]) -> dict[str, StandardFrom]:
        """The dates of systems, where those of waves are given."""
        found: dict[str, StandardFrom] = {}
        for name, at in moves.items():
            wave = self.city.waves.get(name)
            if wave is None and name not in self.city.systems:
                known = [*self.city.systems, *self.city.waves]
                raise UnknownMove(f"no system or wave is called {name}; {instead(name, known)}")
            members = [name] if wave is None else wave.members
            found |= {member: at for member in members if member in self.city.systems}
        return found


def _origin(end: EndFormat, *, moved: bool, wave: str) -> Origin:
    if end.end is not None:
        return Origin.END
    if moved:
        return Origin.MOVE
    return Origin.WAVE if wave else Origin.SYSTEM


def conditions(wave: Wave) -> tuple[str, ...]:
    """The conditions of a wave's gate, in words."""
    return tuple(one if isinstance(one, str) else f"compared {one.compared}" for one in wave.require)


def _frozen(freeze: Freeze, zone: tzinfo) -> Frozen:
    return Frozen(
        start=datetime.combine(freeze.start, time(), zone).astimezone(UTC),
        end=datetime.combine(freeze.end + _DAY, time(), zone).astimezone(UTC),
        reason=freeze.reason,
    )


def _month(instant: datetime) -> datetime:
    """The beginning of the month that an instant falls in."""
    return instant.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
