"""What the move of one system changes, and therefore needs a test; and what provably stays as it is, with the proof.

A route stays if both its ends have the same place and a form of the same fingerprint before and after the move, and
the same conversion between them: then the same bytes in give the same bytes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from gateway.config import Place, Route
from gateway.formats import FormatFaults
from gateway.load import City, NoConversion
from gateway.load.city import route_format
from gateway.model import Format, StandardFrom
from gateway.planning.course import History

_INSTANT = timedelta(microseconds=1)
_SHOWN = 12


@dataclass(frozen=True, kw_only=True)
class EndState:
    """One end of a route on one side of the move.

    Attributes:
        place: endpoint and path; empty if the end offers none in that format.
        layout: name of layout and profile; empty where bytes are never converted.
        fingerprint: of the form; empty where there is no layout.
    """

    system: str
    format: Format
    endpoint: str = ""
    place: str = ""
    layout: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, kw_only=True)
class RouteState:
    """A route on one side of the move; ``mapping`` is empty where bytes pass unchanged."""

    source: EndState
    to: EndState
    mapping: str = ""


@dataclass(frozen=True, kw_only=True)
class RouteImpact:
    """What the move does to one route."""

    route: str
    title: str
    vendor: str
    before: RouteState
    after: RouteState
    touches: bool
    own_dates: tuple[str, ...] = ()

    @property
    def needs_test(self) -> bool:
        """Whether anything differs before and after."""
        return self.before != self.after

    @property
    def changes(self) -> tuple[str, ...]:
        """What differs, in words."""
        found = [*_changed("from", self.before.source, self.after.source)]
        found += _changed("to", self.before.to, self.after.to)
        if self.before.mapping != self.after.mapping:
            found.append(f"conversion {self.before.mapping or 'none'} → {self.after.mapping or 'none'}")
        return tuple(found)

    @property
    def proof(self) -> tuple[str, ...]:
        """Why nothing differs, in words; empty where something does."""
        if self.needs_test:
            return ()
        why = [] if self.touches else ["neither end is of this system"]
        why += [f"{side} keeps a date of its own" for side in self.own_dates]
        ends = (("from", self.before.source), ("to", self.before.to))
        why += [f"{side} {_same(end)}" for side, end in ends]
        return (*why, f"conversion {self.before.mapping or 'none'} before and after")


@dataclass(frozen=True, kw_only=True)
class Impact:
    """The scope of the linkage tests for one system's move.

    Attributes:
        at: the instant looked at: that of the move, or now for a system that never moves or has always been moved.
        moved: the system's date.
        together: other systems that move at the same instant; what they change on this system's routes is counted.
    """

    system: str
    at: datetime
    moved: StandardFrom
    together: tuple[str, ...]
    routes: tuple[RouteImpact, ...]

    @property
    def needing_test(self) -> tuple[RouteImpact, ...]:
        """The routes that something changes on."""
        return tuple(one for one in self.routes if one.needs_test)

    @property
    def staying(self) -> tuple[RouteImpact, ...]:
        """The routes that provably stay."""
        return tuple(one for one in self.routes if not one.needs_test)

    @property
    def partners(self) -> dict[str, bool]:
        """The systems at the other ends of changed routes, and whether the form of their own files changes too."""
        found: dict[str, bool] = {}
        for one in self.needing_test:
            for before, after in ((one.before.source, one.after.source), (one.before.to, one.after.to)):
                if before.system != self.system:
                    changed = before.fingerprint != after.fingerprint
                    found[before.system] = found.get(before.system, False) or changed
        return dict(sorted(found.items()))

    def things(self, kind: Literal["layouts", "mappings", "endpoints"]) -> dict[str, str]:
        """The layouts, mappings or endpoints of changed routes: whether each is new, no longer used, or still used."""
        before = set(_things(kind, (one.before for one in self.needing_test)))
        after = set(_things(kind, (one.after for one in self.needing_test)))
        return {name: _use(name in before, name in after) for name in sorted(before | after)}


def _use(before: bool, after: bool) -> str:  # noqa: FBT001 - the two sides of the move
    return "still used" if before and after else "new" if after else "no longer used"


def _things(kind: str, states: Iterable[RouteState]) -> Iterator[str]:
    for state in states:
        named = {
            "layouts": (state.source.layout, state.to.layout),
            "mappings": (state.mapping,),
            "endpoints": (state.source.endpoint, state.to.endpoint),
        }
        yield from filter(None, named[kind])


def impact(city: City, system: str, now: datetime, *, history: History | None = None) -> Impact:
    """Compare every route just before and just after the move of a system that the city has.

    People's word on ends counts (``history``); what ends did already does not: a move is looked at as if it came.
    """
    moved = city.systems[system].standard_from
    at = now if isinstance(moved, str) else moved
    return Impact(
        system=system,
        at=at,
        moved=moved,
        together=tuple(
            name
            for name, one in city.systems.items()
            if name != system and not isinstance(moved, str) and one.standard_from == moved
        ),
        routes=tuple(
            _route(city, city.routes[name], system, at, history or History(now=now))
            for name in sorted(city.routes)
        ),
    )


def _route(city: City, route: Route, system: str, at: datetime, history: History) -> RouteImpact:
    own = city.systems[system]
    still = {**city.systems, system: own.model_copy(update={"written": "never"})}
    gone = {**city.systems, system: own.model_copy(update={"written": "always"})}
    touches = system in (route.source.system, route.to.system)
    earlier = at - _INSTANT if touches else at
    ends = (("from", route.source), ("to", route.to))
    return RouteImpact(
        route=route.name,
        title=route.title,
        vendor=route.vendor,
        before=_state(city, route, history.spoken(route, route_format(route, still)).at(earlier), earlier),
        after=_state(city, route, history.spoken(route, route_format(route, gone)).at(at), at),
        touches=touches,
        own_dates=tuple(side for side, end in ends if end.system == system and end.own_date is not None),
    )


def _state(city: City, route: Route, formats: tuple[Format, Format], at: datetime) -> RouteState:
    source, to = route.place("from", formats[0], at), route.place("to", formats[1], at)
    return RouteState(
        source=_end(city, route.source.system, formats[0], source, at),
        to=_end(city, route.to.system, formats[1], to, at),
        mapping=_mapping(city, route, (formats[0], source), (formats[1], to), at),
    )


def _end(city: City, system: str, format_: Format, place: Place | None, at: datetime) -> EndState:
    if place is None:
        return EndState(system=system, format=format_)
    form = city.conversions.form(place, at.astimezone(city.installation.zone).date())
    return EndState(
        system=system,
        format=format_,
        endpoint=place.endpoint,
        place=f"{place.endpoint}: {place.path}",
        layout="" if form is None else form.layout.name,
        fingerprint="" if form is None else form.fingerprint,
    )


def _mapping(
    city: City,
    route: Route,
    source: tuple[Format, Place | None],
    to: tuple[Format, Place | None],
    at: datetime,
) -> str:
    if source[1] is None or to[1] is None:
        return ""
    on = at.astimezone(city.installation.zone).date()
    try:
        found = city.conversion(route, (source[0], source[1]), (to[0], to[1]), on)
    except (NoConversion, FormatFaults):
        return "missing"
    return "" if found is None else found.mapping.name


def _changed(side: str, before: EndState, after: EndState) -> Iterator[str]:
    if before.format is not after.format:
        yield f"{side} speaks {after.format}"
    if before.place != after.place:
        yield f"{side} {before.place or 'nowhere'} → {after.place or 'nowhere'}"
    if before.fingerprint != after.fingerprint:
        yield f"{side} layout {before.layout or 'none'} → {after.layout or 'none'}"


def _same(end: EndState) -> str:
    if not end.fingerprint:
        return f"stays at {end.place}, bytes without a layout"
    return f"stays at {end.place}, form {end.layout} ({end.fingerprint[:_SHOWN]}) before and after"
