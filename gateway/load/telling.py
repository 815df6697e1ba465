"""Whether a place tells a file that was written anew from the one before it, as far as a route relies on that. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gateway.config import Endpoint, Route
from gateway.load.fault import Complaint, Severity
from gateway.load.spots import Spot, spots

MINUTE, DAY = 60.0, 86400.0
NEGLIGIBLE = 0.1
"""Seconds within which nobody writes one file twice and has it looked at in between."""

_ONCE = re.compile(r"\{(seq|time)\b|\([+-]?\d+\)$|\.G\*V\*$")
"""What makes a name come once: a number, a time of day, a generation of a dataset."""


def telling_apart(route: Route, endpoints: Mapping[str, Endpoint]) -> Iterator[Complaint]:
    """A warning for each place whose listing cannot tell contents apart that may come under one name, or their ends.

    Where files are put away once they were delivered, whatever is there is new.
    """
    for spot in spots(route):
        options = getattr(endpoints.get(spot.place.endpoint), "options", None)
        if spot.side == "from" and spot.place.identity == "listing" and options is not None:
            message = (
                _mistaken(spot, options.mtime_precision, gives_sizes=options.gives_sizes)
                if route.after.action == "keep"
                else _cut_short(spot, gives_sizes=options.gives_sizes)
            )
            if message:
                yield Complaint(at=(*spot.at, "path"), message=message, severity=Severity.WARNING)


def _cut_short(spot: Spot, *, gives_sizes: bool) -> str:
    """What may happen where nothing tells where a file ends."""
    if gives_sizes or spot.place.ready.manifest or spot.place.ready.trailer:
        return ""
    return (
        f"{spot.place.endpoint} tells no size in bytes, so that a reading that is ended early on the way looks whole, "
        "and the file is put away after it; write identity: content, which reads twice and compares"
    )


def _mistaken(spot: Spot, precision: float, *, gives_sizes: bool) -> str:
    why = _why_alike(spot, precision, gives_sizes=gives_sizes)
    return why and (
        f"{why}, so that a file written anew under its name may pass for the one before it and not be sent; "
        "write identity: content, or after: delete or archive"
    )


def _why_alike(spot: Spot, precision: float, *, gives_sizes: bool) -> str:
    place = spot.place
    if _ONCE.search(place.path):
        return ""
    if precision >= MINUTE or not gives_sizes:
        told = "the day" if precision >= DAY else "no size in bytes"
        return f"{place.endpoint} tells {told} of a file and no more"
    quiet = place.ready.stable.quiet.total_seconds() if place.ready.stable else 0.0
    if quiet < precision > NEGLIGIBLE and not re.search(r"[*?{]", place.path):
        return f"{place.endpoint} tells times to {precision:g} s, and files are taken earlier than that"
    return ""
