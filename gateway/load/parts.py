"""What a route must say where its files may be split at the destination. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.config import Place, Route
from gateway.load.fault import Complaint
from gateway.load.spots import Spot, spots
from gateway.naming import PARTED, DestinationName, TemplateFault


def splitting(route: Route) -> Iterator[Complaint]:
    """Places whose files cannot be taken apart, or whose parts would get one name."""
    limits = route.limits
    asked = [key for key in ("records_per_file", "bytes_per_file") if getattr(limits, key) is not None]
    for spot in spots(route) if asked else ():
        if spot.side == "to" and spot.at != ("shadow",):
            yield from _split_at(spot, f"limits.{asked[0]}")


def _split_at(spot: Spot, limit: str) -> Iterator[Complaint]:
    place = spot.place
    if place.layout is None:
        message = (
            f"has no layout, and {limit} needs to know what a record is; add layout, or remove the limit"
        )
        yield Complaint(at=spot.at, key=True, message=f"{spot.at[1]} {message}")
    if not _tells_parts_apart(place):
        message = f"path gives every part of a split file ({limit}) one name; write {{part}} in it, such as {{part:02}}"
        yield Complaint(at=(*spot.at, "path"), message=message)
    if place.exists == "replace" and place.manifest is None:
        message = (
            f"exists may not be replace where files are split ({limit}): of a longer file before, the last parts would "
            "stay; add manifest, so that the consumer reads what it lists, or write refuse or wait"
        )
        yield Complaint(at=(*spot.at, "exists"), message=message)


def _tells_parts_apart(place: Place) -> bool:
    try:
        name = DestinationName.compile(place.path)
    except TemplateFault:
        return True
    return any(map(name.uses, PARTED))
