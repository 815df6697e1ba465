"""What ``check`` says of the way back before a cutover is made: where files could not undo it, and for how long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from gateway.config import Place, Route, System
from gateway.load.fault import Complaint, Severity
from gateway.model import Format


def way_back(
    route: Route, systems: Mapping[str, System], *, originals: timedelta, now: datetime
) -> Iterator[Complaint]:
    """Warnings for a destination that is still to switch.

    It gets changes only, or nobody says what; or the originals that would be sent again are erased before the time
    in which its cutover may be undone is over.
    """
    system = systems.get(route.to.system)
    moves = route.to.own_date or (system.standard_from if system else "never")
    if system is None or isinstance(moves, str) or moves <= now:
        return
    at = ("to", "standard")
    contents = {_content(route, place) for place in route.to.places(Format.STANDARD)}
    if route.delta is None and contents != {"full"}:
        gets, advice = (
            ("gets changes alone", "plan for it, or have full files sent")
            if contents == {"differential"}
            else ("is not said to get full files", "write content: full if that is what it gets")
        )
        message = (
            f"standard {gets}, so this cutover could not be undone by files: switch --back would need a full "
            f"extraction from {route.source.system}; {advice}"
        )
        yield Complaint(at=at, key=True, message=message, severity=Severity.WARNING)
    elif originals < system.gate.undo:
        message = (
            f"standard may be switched back for {system.gate.undo.days} days (gate.undo of {route.to.system}), and "
            f"originals are kept for {originals.days}; set retention.originals to as many"
        )
        yield Complaint(at=at, key=True, message=message, severity=Severity.WARNING)


def _content(route: Route, place: Place) -> str | None:
    sources = {one.content for one in route.source.all_places}
    return place.content or (next(iter(sources)) if len(sources) == 1 else None)
