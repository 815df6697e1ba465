"""The loss list of every route: what its conversions do not carry, do not bring back, or may change as declared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from gateway.formats import Converter
from gateway.load.city import City
from gateway.model import Format


@dataclass(frozen=True, kw_only=True)
class RouteLosses:
    """What one conversion of a route leaves behind, by the items' names: the list that a city approves."""

    route: str
    from_layout: str
    to_layout: str
    not_carried: tuple[str, ...]
    one_way: tuple[str, ...]
    declared: tuple[str, ...]

    def __str__(self) -> str:
        """One line for people."""
        told = {"not carried": self.not_carried, "one way": self.one_way, "declared": self.declared}
        said = "; ".join(f"{what}: {', '.join(items)}" for what, items in told.items() if items)
        return f"{self.route}: {self.from_layout} -> {self.to_layout}: {said}"


def loss_list(city: City) -> tuple[RouteLosses, ...]:
    """The conversions of all accepted routes that lose anything, in the order of routes, each once."""
    if not city.usable:
        return ()  # without systems nothing says which formats a route meets
    found = (
        losses for name in sorted(city.routes) for pair in city.formats(city.routes[name]).pairs_met()
        for losses in _of(city, name, *pair)
    )  # fmt: skip
    return tuple(dict.fromkeys(found))


def _of(city: City, name: str, source: Format, target: Format) -> Iterator[RouteLosses]:
    route = city.routes[name]
    for one, other in product(route.places("from", source), route.places("to", target)):
        converter = city.conversions.between(route, (source, one), (target, other))
        losses = None if converter is None else _losses(name, converter)
        if losses is not None and (losses.not_carried or losses.one_way or losses.declared):
            yield losses


def _losses(name: str, converter: Converter) -> RouteLosses:
    return RouteLosses(
        route=name,
        from_layout=converter.source.layout.name,
        to_layout=converter.target.layout.name,
        not_carried=converter.not_carried,
        one_way=converter.one_way,
        declared=converter.declared,
    )
