"""Dates that routes state for their own ends: accepted by an operator, and outside freezes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from gateway.config import Accepted, Freeze, Route, System
from gateway.load.fault import Complaint, Severity
from gateway.model import StandardFrom
from gateway.spelling import instead

Side = Literal["from", "to"]
_SIDES: tuple[Side, ...] = ("from", "to")


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """What operators said of dates.

    Attributes:
        now: tells cutovers to come from those of the past.
    """

    now: datetime
    accepted: tuple[Accepted, ...] = ()
    freezes: tuple[Freeze, ...] = ()


def own_dates(route: Route, systems: Mapping[str, System], agreed: Agreed) -> Iterator[Complaint]:
    """Own dates that differ from their systems' and that nobody accepted, or that fall within a freeze."""
    for side in _SIDES:
        end = route.end(side)
        own, system = end.own_date, systems.get(end.system)
        if own is None or system is None:
            continue
        at = (side, "standard_from")
        if own != system.standard_from and (reason := _why_not_accepted(route.name, side, own, agreed)):
            yield Complaint(at=at, message=f"{_differs(end.system, system)}, and {reason}")
        if reason := why_frozen(own, agreed.freezes, agreed.now):
            yield Complaint(at=at, message=reason)


def _differs(name: str, system: System) -> str:
    return f"standard_from differs from {name}'s ({written(system.standard_from)})"


def written(moved: StandardFrom) -> str:
    """A date as it is written."""
    return moved if isinstance(moved, str) else moved.isoformat()


def _why_not_accepted(route: str, side: Side, own: StandardFrom, agreed: Agreed) -> str:
    found = [one.written for one in agreed.accepted if (one.route, one.end) == (route, side)]
    if own in found:
        return ""
    if found:
        return (
            f"{written(found[0])} was accepted in systems.yaml; write that, or ask for {written(own)} there"
        )
    entry = f"{{route: {route}, end: {side}, standard_from: {written(own)}, reason: ...}}"
    return (
        f"no operator has accepted it; remove it, or ask for this in systems.yaml, below accepted: - {entry}"
    )


def why_frozen(moved: StandardFrom, freezes: Sequence[Freeze], now: datetime) -> str:
    """Why a date to come cannot be: it falls on a frozen day; else an empty string."""
    if isinstance(moved, str) or moved <= now:
        return ""
    freeze = next((freeze for freeze in freezes if freeze.covers(moved)), None)
    if freeze is None:
        return ""
    days = f"{freeze.start} to {freeze.end}{f', {freeze.reason}' if freeze.reason else ''}"
    return f"standard_from falls within a freeze ({days}); move it outside, or change the freeze"


def needless(
    accepted: Sequence[Accepted],
    routes: Mapping[str, Route],
    names: frozenset[str],
    systems: Mapping[str, System],
) -> Iterator[Complaint]:
    """Acceptances that accept nothing: of a route that is not there, or of an end that follows its system."""
    for index, one in enumerate(accepted):
        at = ("accepted", index, "route")
        if one.route not in names:
            message = f"no route is called {one.route}; {instead(one.route, names)}"
            yield Complaint(at=at, message=message, severity=Severity.WARNING)
        elif one.route in routes:
            end = routes[one.route].end(one.end)
            system = systems.get(end.system)
            if system is not None and end.own_date in (None, system.standard_from):
                message = f"{one.route} has no date of its own at its {one.end}; remove this line"
                yield Complaint(at=at, message=message, severity=Severity.WARNING)
