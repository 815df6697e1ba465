"""Where a route reaches beyond what operators let its vendor use: places, names, times. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.units import format_duration
from gateway.config import MayUse, Route
from gateway.load.fault import Complaint, Location
from gateway.load.shelves import own_name
from gateway.load.spots import Spot, spots
from gateway.times.schedule import least_gap
from gateway.times.timetable import Window


def bounds(route: Route, allowed: MayUse) -> Iterator[Complaint]:
    """Everything in which a route goes beyond its vendor's ``may_use``."""
    for spot in spots(route):
        yield from _placed(route, spot, allowed)
        for at, path in _paths(spot):
            yield from _prefixed(route, path, at, allowed)
    if route.after.to is not None:
        yield from _prefixed(route, route.after.to, ("after", "move_to"), allowed)
    yield from _too_often(route, allowed)
    yield from _outside(route, allowed)
    yield from _tolerating(route, allowed)


def _placed(route: Route, spot: Spot, allowed: MayUse) -> Iterator[Complaint]:
    name = spot.place.endpoint
    if allowed.endpoints is not None and name not in allowed.endpoints:
        known = ", ".join(allowed.endpoints)
        may = f"it may use {known}" if known else "it may use none"
        yield Complaint(
            at=(*spot.at, "endpoint"), message=f"{route.vendor} may not use endpoint {name}; {may}"
        )


def _paths(spot: Spot) -> Iterator[tuple[Location, str]]:
    """The names at a place that count from its top; markers and lists stand beside what they tell of."""
    place = spot.place
    yield (*spot.at, "path"), place.path
    receipt = place.taken.receipt
    if receipt is not None and "/" in receipt.path:
        yield (*spot.at, "taken", "receipt", "path"), receipt.path
    if place.listing.sentinel is not None:
        yield (*spot.at, "listing", "sentinel"), place.listing.sentinel


def _prefixed(route: Route, path: str, at: Location, allowed: MayUse) -> Iterator[Complaint]:
    if allowed.prefixes is not None and not path.startswith(allowed.prefixes):
        message = f"{route.vendor} may not use this path; it must begin with one of its prefixes: "
        yield Complaint(at=at, message=message + (", ".join(allowed.prefixes) or "it has none"))


def _too_often(route: Route, allowed: MayUse) -> Iterator[Complaint]:
    schedule = route.schedule
    gap = least_gap(schedule)
    if allowed.every is None or gap is None or gap >= allowed.every:
        return
    key = "poll" if schedule.watch else "cron" if schedule.cron else "every"
    least = format_duration(allowed.every)
    message = f"looks more often than {route.vendor} may, which is every {least}; write {least} or longer"
    yield Complaint(at=("schedule", key), message=message)


def _outside(route: Route, allowed: MayUse) -> Iterator[Complaint]:
    """Windows are compared by their ends: each of the route's must lie in one of the vendor's."""
    if not allowed.windows:
        return
    known = ", ".join(allowed.windows)
    advice = f"{route.vendor} may run at {known} only; write windows: within that"
    if not route.schedule.windows:
        yield Complaint(at=("schedule",), key=True, message=f"has no windows, and {advice}")
    for index, window in enumerate(route.schedule.windows):
        if not any(Window.of(other).holds(Window.of(window)) for other in allowed.windows):
            yield Complaint(at=("schedule", "windows", index), message=f"is outside; {advice}")


def _tolerating(route: Route, allowed: MayUse) -> Iterator[Complaint]:
    """Registers of the vendor's own: that a difference does not count is the city's decision, not the vendor's."""
    names = route.compare.tolerances if route.compare is not None and not allowed.tolerances else ()
    for index, name in enumerate(names):
        if "/" in name:
            message = (
                f"{route.vendor} may not tolerate differences by itself; have {own_name(name)} put into tolerances/, "
                f"or operators write may_use: {{tolerances: true}} for {route.vendor}"
            )
            yield Complaint(at=("compare", "tolerances", index), message=message)
