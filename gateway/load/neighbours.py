"""What a route would do to those accepted before it, and they to it. Pure: complaints about the new route alone."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from gateway.config import Route
from gateway.load.fault import Complaint
from gateway.load.overlap import may_meet
from gateway.load.spots import Spot, spots
from gateway.naming import DestinationName, SourcePattern, TemplateFault
from gateway.spelling import instead

Name = TypeVar("Name", SourcePattern, DestinationName)
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """A place that a route reads."""

    spot: Spot
    pattern: SourcePattern


@dataclass(frozen=True, kw_only=True)
class _Writer:
    """A place that a route writes."""

    spot: Spot
    name: DestinationName


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """A route, with the names that it reads and writes."""

    route: Route
    reads: tuple[_Reader, ...] = field(repr=False)
    writes: tuple[_Writer, ...] = field(repr=False)

    @classmethod
    def of(cls, route: Route) -> Neighbour:
        """A route as its neighbours see it. Names that cannot be understood are left out."""
        reads = [(spot, _compiled(SourcePattern, spot)) for spot in spots(route) if spot.side == "from"]
        writes = [(spot, _compiled(DestinationName, spot)) for spot in spots(route) if spot.side == "to"]
        return cls(
            route=route,
            reads=tuple(
                _Reader(spot=spot, pattern=pattern) for spot, pattern in reads if pattern is not None
            ),
            writes=tuple(_Writer(spot=spot, name=name) for spot, name in writes if name is not None),
        )

    def feeds(self, other: Neighbour) -> bool:
        """Whether the other route may take what this one writes."""
        return any(
            out.spot.place.endpoint == into.spot.place.endpoint and may_meet(out.name, into.pattern)
            for out in self.writes
            for into in other.reads
        )


class Nearby(Generic[T]):
    """Things by the literal beginnings of their paths: two paths meet only if one begins as the other does."""

    def __init__(self) -> None:
        self._things: dict[str, list[T]] = {}
        self._beginnings: list[str] = []

    def add(self, path: str, thing: T) -> None:
        """Put a thing under the beginning of its path."""
        beginning = _beginning(path)
        if beginning not in self._things:
            insort(self._beginnings, beginning)
        self._things.setdefault(beginning, []).append(thing)

    def remove(self, path: str, unwanted: Callable[[T], bool]) -> None:
        """Take things away from under the beginning of a path."""
        beginning = _beginning(path)
        left = [thing for thing in self._things.get(beginning, ()) if not unwanted(thing)]
        if left:
            self._things[beginning] = left
        elif self._things.pop(beginning, None) is not None:
            self._beginnings.remove(beginning)

    def near(self, path: str) -> Iterator[T]:
        """Everything that a path may meet, the one put there first before the others of its beginning."""
        own = _beginning(path)
        for length in range(len(own)):
            yield from self._things.get(own[:length], ())
        for beginning in self._beginnings[bisect_left(self._beginnings, own) :]:
            if not beginning.startswith(own):
                return
            yield from self._things[beginning]


def _beginning(path: str) -> str:
    """What stands before the first key or wildcard."""
    return re.split(r"[{*?\[]", path, maxsplit=1)[0]


class Neighbourhood:
    """The accepted routes, by what they read and write, so that thousands can be looked at."""

    def __init__(self) -> None:
        self.routes: dict[str, Neighbour] = {}
        self.names: dict[tuple[str, str], str] = {}
        self._reads: dict[str, Nearby[tuple[Neighbour, _Reader]]] = {}

    def add(self, route: Neighbour) -> None:
        """One more route."""
        self.routes[route.route.name] = route
        for into in route.reads:
            nearby = self._reads.setdefault(into.spot.place.endpoint, Nearby())
            nearby.add(into.spot.place.path, (route, into))
        for out in route.writes:
            if not (out.name.uses("name") or out.name.uses("stem")):
                self.names[out.spot.place.endpoint, out.name.text] = route.route.name

    def remove(self, name: str) -> None:
        """One route less."""
        gone = self.routes.pop(name)
        for into in gone.reads:
            self._reads[into.spot.place.endpoint].remove(into.spot.place.path, lambda one: one[0] is gone)
        self.names = {key: owner for key, owner in self.names.items() if owner != name}

    def readers(self, spot: Spot) -> list[tuple[Neighbour, _Reader]]:
        """Who reads at the place of a spot what may be there, in the order of the routes' acceptance."""
        nearby = self._reads.get(spot.place.endpoint)
        found = list(nearby.near(spot.place.path)) if nearby else []
        order = {name: index for index, name in enumerate(self.routes)} if len(found) > 1 else {}
        return sorted(found, key=lambda one: order.get(one[0].route.name, 0))

    def fed_by(self, route: Neighbour) -> list[Neighbour]:
        """The routes that may take what a route writes."""
        fed = {
            reader.route.name: reader
            for out in route.writes
            for reader, into in self.readers(out.spot)
            if may_meet(out.name, into.pattern)
        }
        return list(fed.values())


def _compiled(kind: type[Name], spot: Spot) -> Name | None:
    try:
        return kind.compile(spot.place.path)
    except TemplateFault:
        return None


def quarrels(route: Neighbour, others: Neighbourhood, names: frozenset[str]) -> Iterator[Complaint]:
    """Everything in which a route and the others cannot both run. ``names`` are those of all routes there are."""
    yield from _same_names(route, others)
    yield from _same_sources(route, others)
    yield from _followed(route.route, others.routes, names)
    yield from _circle(route, others)


def _same_names(route: Neighbour, others: Neighbourhood) -> Iterator[Complaint]:
    for out in route.writes:
        other = others.names.get((out.spot.place.endpoint, out.name.text))
        if other is not None:
            message = (
                f"the route {other} writes this name too; write another, or {{date}} {{time}} {{seq}} in it"
                if out.name.constant
                else f"the route {other} writes names of this form too, and nobody could tell whose they are; "
                "write another name or folder"
            )
            yield Complaint(at=(*out.spot.at, "path"), message=message)


def _same_sources(route: Neighbour, others: Neighbourhood) -> Iterator[Complaint]:
    for into in route.reads:
        told: set[str] = set()
        for other, theirs in others.readers(into.spot):
            name = other.route.name
            keeps = {route.route.after.action, other.route.after.action} == {"keep"}
            if not keeps and name not in told and may_meet(into.pattern, theirs.pattern):
                told.add(name)
                message = (
                    f"the route {name} may take the same files, and one of the two puts them away before the other "
                    "has taken them; write after: keep in both, or a pattern that is no other route's"
                )
                yield Complaint(at=(*into.spot.at, "path"), message=message)


def _followed(route: Route, others: Mapping[str, Neighbour], names: frozenset[str]) -> Iterator[Complaint]:
    for index, name in enumerate(route.schedule.after):
        at = ("schedule", "after", index)
        if name == route.name:
            yield Complaint(at=at, message="a route cannot run after itself; name another one")
        elif name not in names:
            message = f"unknown route {name}; {instead(name, names - {route.name})}"
            yield Complaint(at=at, message=message)
        elif waiting := _way_back(name, route.name, others):
            circle = " -> ".join((route.name, *waiting))
            message = f"these routes wait for one another ({circle}), and none would ever run; take one out"
            yield Complaint(at=at, message=message)


def _way_back(start: str, end: str, others: Mapping[str, Neighbour]) -> tuple[str, ...]:
    """The names from one route to another along ``schedule.after``; none if there is no such way."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    while ways:
        way = ways.pop(0)
        after = others[way[-1]].route.schedule.after if way[-1] in others else ()
        if end in after:
            return (*way, end)
        ways += [(*way, name) for name in after if name not in seen]
        seen |= set(after)
    return ()


def _circle(route: Neighbour, others: Neighbourhood) -> Iterator[Complaint]:
    """Files that would come back to the route that sent them."""
    way = _fed(route, others)
    if way:
        around = " -> ".join((route.route.name, *way))
        message = (
            f"what this route writes would come back to it ({around}), again and again; "
            "write another name or folder"
        )
        yield Complaint(at=(*route.writes[0].spot.at, "path"), message=message)


def _fed(route: Neighbour, others: Neighbourhood) -> tuple[str, ...]:
    """The names of the routes along which a file comes back; none if it does not."""
    ways: list[tuple[Neighbour, ...]] = [(route,)]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        if way[-1].feeds(route):
            return tuple(one.route.name for one in (*way[1:], route))
        fresh = [one for one in others.fed_by(way[-1]) if one.route.name not in seen]
        seen |= {one.route.name for one in fresh}
        ways += [(*way, one) for one in fresh]
    return ()
