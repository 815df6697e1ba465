"""Shadow places: apart from everything that routes deliver to or take from, whatever is written. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product
from posixpath import normpath
from typing import Any

from gateway.config import Endpoint, Route
from gateway.formats import FormatFaults
from gateway.load.checks import Surroundings
from gateway.load.conversions import NoConversion
from gateway.load.fault import Complaint
from gateway.load.spots import Spot, spots
from gateway.model import Format
from gateway.naming import DestinationName, TemplateFault

_WHERE, _TOP = ("host", "port", "bucket", "endpoint_url"), ("root", "prefix")
_OWN = "a shadow has an endpoint of its own, so that it reaches no production folder and takes no connection from it"


def shadows(route: Route, others: Mapping[str, Route], known: Surroundings) -> Iterator[Complaint]:
    """What keeps a shadow from being one, and routes from the shadows of others."""
    yield from _met(route, route, known.endpoints)
    for other in others.values():
        yield from _met(route, other, known.endpoints)
        yield from _meeting(route, other, known.endpoints)
    yield from _unmakeable(route, known)


def _met(route: Route, other: Route, endpoints: Mapping[str, Endpoint]) -> Iterator[Complaint]:
    """The route's shadow within a place of a route."""
    if route.shadow is None:
        return
    own = Spot(at=("shadow",), side="to", place=route.shadow)
    for spot in _ends(other):
        if key := _meets(own, spot, endpoints):
            message = f"{other.name} has its {'.'.join(map(str, spot.at))} there; {_OWN}"
            yield Complaint(at=("shadow", key), message=message)
            return


def _meeting(route: Route, other: Route, endpoints: Mapping[str, Endpoint]) -> Iterator[Complaint]:
    """A place of the route within another's shadow."""
    if other.shadow is None:
        return
    theirs = Spot(at=("shadow",), side="to", place=other.shadow)
    for spot in _ends(route):
        if key := _meets(theirs, spot, endpoints):
            yield Complaint(at=(*spot.at, key), message=f"{other.name} has its shadow there; {_OWN}")


def _ends(route: Route) -> Iterator[Spot]:
    return (spot for spot in spots(route) if spot.at != ("shadow",))


def _meets(shadow: Spot, spot: Spot, endpoints: Mapping[str, Endpoint]) -> str:
    """The key by which a shadow could reach a place, or an empty string."""
    if shadow.place.endpoint == spot.place.endpoint:
        return "endpoint"
    if {shadow.place.endpoint, spot.place.endpoint} - endpoints.keys():
        return ""
    reached, taken = (
        [_fixed(place.place.path, kind, options) for kind, options in _at_any_time(endpoints, place)]
        for place in (shadow, spot)
    )
    return "path" if any(_overlap(one, other) for one, other in product(reached, taken)) else ""


def _at_any_time(endpoints: Mapping[str, Endpoint], spot: Spot) -> Iterator[tuple[str, Any]]:
    """The adapter of a place and what it needs, now and by each of its variants."""
    endpoint = endpoints[spot.place.endpoint]
    for options in (endpoint.options, *(variant.options for variant in endpoint.variants)):
        yield endpoint.adapter, options


def _overlap(one: tuple[tuple[str, ...], str], other: tuple[tuple[str, ...], str]) -> bool:
    """Whether one folder is within the other, at one place."""
    return one[0] == other[0] and (one[1].startswith(other[1]) or other[1].startswith(one[1]))


def _fixed(path: str, adapter: str, options: Any) -> tuple[tuple[str, ...], str]:
    """Where a place stands, and the folder that is the same for every name of a path, however they are written."""
    where = (adapter, *(str(getattr(options, key, "")).lower().rstrip("/") for key in _WHERE))
    top = [str(getattr(options, key, "") or "") for key in _TOP]
    folder = re.split("[{*?]", path)[0].rpartition("/")[0]
    return where, f"{normpath('/'.join(['', *top, folder]))}/".replace("//", "/")


def _unmakeable(route: Route, known: Surroundings) -> Iterator[Complaint]:
    """A shadow that cannot be made out of the route's files, or named."""
    place = route.shadow
    if place is None or place.endpoint not in known.endpoints:
        return
    with_numbers = False
    try:
        with_numbers = DestinationName.compile(place.path).uses("seq")
    except TemplateFault:
        return
    if with_numbers:
        message = "a shadow has no counter; write {date} and {time}, or {name}, instead of {seq}"
        yield Complaint(at=("shadow", "path"), message=message)
    for format_ in Format:
        for source in route.places("from", format_):
            try:
                known.conversions.between(route, (format_, source), (_other(format_), place))
            except NoConversion as reason:
                yield Complaint(at=("shadow",), key=True, message=str(reason))
            except FormatFaults:
                continue


def _other(format_: Format) -> Format:
    return Format.LEGACY if format_ is Format.STANDARD else Format.STANDARD
