"""Whether a place can have the names that a route writes there. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from gateway.config import Endpoint, Route
from gateway.load.fault import Complaint
from gateway.load.spots import spots
from gateway.naming import DestinationName, NameValues, TemplateFault

_SAMPLE = NameValues(date=date(2027, 1, 4), time=datetime(2027, 1, 4), name="A", seq=1)  # noqa: DTZ001 - only its text is used
"""A file with the plainest of names: what is wrong then is wrong with every file."""


def namable(route: Route, endpoints: Mapping[str, Endpoint]) -> Iterator[Complaint]:
    """A fault for each name of a destination that its place cannot have, whatever the file is called."""
    for spot in spots(route):
        options = getattr(endpoints.get(spot.place.endpoint), "options", None)  # none where they have faults
        path = _sample(spot.place.path) if spot.side == "to" else ""
        if path and options is not None and (why := options.why_unnamable(path)):
            yield Complaint(at=(*spot.at, "path"), message=f"at {spot.place.endpoint}, {why}")


def _sample(template: str) -> str:
    try:
        return DestinationName.compile(template).render(_SAMPLE)
    except TemplateFault:
        return ""  # said elsewhere
