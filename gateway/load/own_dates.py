"""Dates that routes state for their own ends: accepted by an operator, and outside freezes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from gateway.config import Accepted, End, Freeze, Route, System, Wave
from gateway.config.words import AfterWave
from gateway.load.fault import Complaint, Severity
from gateway.model import Format, StandardFrom
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
    waves: Mapping[str, Wave] = field(default_factory=dict)


def own_dates(route: Route, systems: Mapping[str, System], agreed: Agreed) -> Iterator[Complaint]:
    """Own dates that differ from their systems' and that nobody accepted, or that fall within a freeze."""
    for side in _SIDES:
        end = route.end(side)
        own, system = end.own_date, systems.get(end.system)
        if own is None or system is None:
            continue
        at = (side, "standard_from")
        if own != system.standard_from and (reason := _why_not_accepted(route, side, agreed)):
            yield Complaint(at=at, message=f"{_differs(end.system, system)}, and {reason}")
        if not _is_by_wave(route, end, agreed) and (reason := why_frozen(own, agreed.freezes, agreed.now)):
            yield Complaint(at=at, message=reason)


def _differs(name: str, system: System) -> str:
    return f"standard_from differs from {name}'s ({written(system.standard_from)})"


def written(moved: StandardFrom | AfterWave) -> str:
    """A date as it is written."""
    if isinstance(moved, AfterWave):
        return f"{{after: {moved.wave}}}"
    return moved if isinstance(moved, str) else moved.isoformat()


def _why_not_accepted(route: Route, side: Side, agreed: Agreed) -> str:
    end = route.end(side)
    if _is_by_wave(route, end, agreed):
        return ""
    found = [one for one in agreed.accepted if (one.route, one.end) == (route.name, side)]
    if any(one.covers(end) for one in found):
        return ""
    own = written(end.standard_from)
    if found:
        return f"{written(found[0].written)} was accepted in systems.yaml; write that, or ask for {own} there"
    entry = f"{{route: {route.name}, end: {side}, standard_from: {own}, reason: ...}}"
    return (
        f"no operator has accepted it; remove it, or ask for this in systems.yaml, below accepted: - {entry}"
    )


def _is_by_wave(route: Route, end: End, agreed: Agreed) -> bool:
    """Whether the date is that of a wave of which the route is a member: operators wrote it."""
    return any(route.name in wave.members and end.own_date == wave.at for wave in agreed.waves.values())


def with_waves(route: Route, waves: Mapping[str, Wave]) -> tuple[Route, tuple[Complaint, ...]]:
    """The route with the instants of waves: of those that its ends follow, and of those of which it is a member."""
    ends: dict[Side, End] = {}
    found: list[Complaint] = []
    for side in _SIDES:
        end = route.end(side)
        try:
            ends[side] = _timed(route, end, waves)
        except ValueError as reason:
            found.append(Complaint(at=(side, "standard_from"), message=str(reason)))
    source, to = ends.get("from", route.source), ends.get("to", route.to)
    return route.model_copy(update={"source": source, "to": to}), tuple(found)


def _timed(route: Route, end: End, waves: Mapping[str, Wave]) -> End:
    """The end with the instant of the wave that it goes by, if it does; raises ``ValueError``."""
    if end.follows is not None and end.follows not in waves:
        raise ValueError(f"no wave is called {end.follows}; {instead(end.follows, waves)}")
    if end.follows is not None:
        timed = AfterWave(wave=end.follows, at=waves[end.follows].at)
        return end.model_copy(update={"standard_from": timed})
    name, wave = next(((n, w) for n, w in waves.items() if route.name in w.members), ("", None))
    if wave is None or not all(end.places(format_) for format_ in Format):
        return end
    if end.own_date not in (None, wave.at):
        raise ValueError(
            f"standard_from differs from wave {name} ({wave.at.isoformat()}), of which this route is a member; "
            "remove it"
        )
    return end.model_copy(update={"standard_from": wave.at})


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
