"""What a route must say where bad records leave their files and follow later. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.config import Place, Route
from gateway.load.fault import Complaint, Severity
from gateway.load.spots import Spot, spots
from gateway.naming import DestinationName, TemplateFault

_NAMED_APART = ("seq", "time", "revision")


def diverting(route: Route) -> Iterator[Complaint]:
    """Files that may not go without some of their records, and names that corrected ones could not have."""
    if route.bad_records != "divert":
        return
    for spot in spots(route):
        if spot.at != ("shadow",):
            yield from _at(spot)
    if route.delta is not None:
        message = "bad_records may not be divert with delta: rows that are taken out would count as gone; write hold"
        yield Complaint(at=("bad_records",), message=message)
    differential = any(spot.place.content == "differential" for spot in spots(route))
    if route.order is not None or differential:
        message = (
            "bad_records: divert lets corrected records come after later files, which may hold newer changes of the "
            "same rows; write hold where that matters"
        )
        yield Complaint(at=("bad_records",), message=message, severity=Severity.WARNING)


def _at(spot: Spot) -> Iterator[Complaint]:
    place = spot.place
    if place.content == "full":
        message = (
            "content may not be full with bad_records: divert: rows that are taken out would count as gone; "
            "write bad_records: hold"
        )
        yield Complaint(at=(*spot.at, "content"), message=message)
    if spot.side == "to" and place.exists == "refuse" and not _names_apart(place):
        message = (
            "path gives corrected records (bad_records: divert) the name that their file has already; "
            "write {seq}, {time} or {revision} in it"
        )
        yield Complaint(at=(*spot.at, "path"), message=message)


def _names_apart(place: Place) -> bool:
    try:
        name = DestinationName.compile(place.path)
    except TemplateFault:
        return True
    return any(map(name.uses, _NAMED_APART))
