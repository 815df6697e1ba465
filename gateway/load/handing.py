"""Where one side could see what the other is not done with: what a route must say about it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.config import Endpoint, Route
from gateway.load.fault import Complaint
from gateway.load.spots import Spot, spots


def handing_over(route: Route, endpoints: Mapping[str, Endpoint]) -> Iterator[Complaint]:
    """What is missing or contradicts itself at places that cannot rename, and about markers."""
    for spot in spots(route):
        endpoint = endpoints.get(spot.place.endpoint)
        publish = getattr(getattr(endpoint, "options", None), "publish", "")
        if publish in ("direct", "work_then_trigger") and spot.side == "from":
            yield from _from_direct(route, spot, publish)
        elif publish == "direct":
            yield from _to_direct(spot)
        elif publish == "work_then_trigger":
            yield from _to_trigger(spot)
        if spot.side == "to" and spot.place.complete_by == "marker" and spot.place.marker is None:
            message = "is marker, and no marker is written; add marker, such as {name}.done"
            yield Complaint(at=(*spot.at, "complete_by"), message=f"complete_by {message}")


def _to_direct(spot: Spot) -> Iterator[Complaint]:
    if spot.place.complete_by is None:
        message = (
            f"at {spot.place.endpoint} (publish: direct) the consumer can see a file before it is complete; "
            "write complete_by: trailer, count or marker, as the consumer tells"
        )
        yield Complaint(at=(*spot.at, "endpoint"), message=message)


def _to_trigger(spot: Spot) -> Iterator[Complaint]:
    if spot.place.taken.by in ("removed", "renamed"):
        message = (
            f"is {spot.place.taken.by}, and at {spot.place.endpoint} (publish: work_then_trigger) nobody sees when the "
            "host's job gives a file its final name; write by: receipt or none"
        )
        yield Complaint(at=(*spot.at, "taken", "by"), message=message)


def _from_direct(route: Route, spot: Spot, publish: str) -> Iterator[Complaint]:
    after = route.after.action
    if after in ("archive", "move"):
        message = f"{spot.place.endpoint} (publish: {publish}) cannot rename; write after: keep or delete"
        yield Complaint(at=("after",), message=message)
    elif after == "delete" and spot.place.handover != "exclusive":
        message = (
            f"at {spot.place.endpoint} (publish: {publish}) a file that is written anew at that moment would be "
            "removed; write handover: exclusive if the source waits until the file is gone, or after: keep"
        )
        yield Complaint(at=(*spot.at, "endpoint"), message=message)
