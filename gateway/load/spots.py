"""The places of a route, and where each stands in the route's file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from gateway.config import Place, Route
from gateway.load.fault import Location
from gateway.model import Format

Side = Literal["from", "to"]
SIDES: tuple[Side, ...] = ("from", "to")


_FORMATS = tuple(Format)


class Spot(NamedTuple):
    """A place of a route, and where it stands in the route's file. A tuple: every check goes through all of them."""

    at: Location
    side: Side
    place: Place


def spots(route: Route) -> Iterator[Spot]:
    """Every place of a route."""
    for side in SIDES:
        end = route.end(side)
        for format_ in _FORMATS:
            places = end.places(format_)
            for index, place in enumerate(places):
                at: Location = (side, format_.value) if len(places) == 1 else (side, format_.value, index)
                yield Spot(at=at, side=side, place=place)
    if route.shadow is not None:
        yield Spot(at=("shadow",), side="to", place=route.shadow)
