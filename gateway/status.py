"""What a person wants to know about each route at a glance, out of configuration and journal. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.journal import RunRecord, Transfer
from gateway.lifecycle import State
from gateway.load import City
from gateway.model import Format, Phase
from gateway.schedule import next_after

PHASES_JA = {Phase.CURRENT: "現行", Phase.TRANSITION: "過渡期", Phase.STANDARD: "標準化後"}


@dataclass(frozen=True, kw_only=True)
class RouteStatus:
    """One row. ``state`` is running or rejected; ``oldest`` the age of the oldest pending file."""

    route: str
    title: str
    vendor: str
    state: str
    phase: Phase | None = None
    from_format: Format | None = None
    to_format: Format | None = None
    next_cutover: datetime | None = None
    last_run: datetime | None = None
    last_success: datetime | None = None
    next_run: datetime | None = None
    last_error: str = ""
    pending: int = 0
    held: int = 0
    oldest: timedelta | None = None


def route_statuses(
    city: City, runs: Mapping[str, RunRecord], opened: Sequence[Transfer], now: datetime
) -> list[RouteStatus]:
    """A row for each accepted route, then one for each rejected."""
    accepted = [
        _status(city, name, runs.get(name, RunRecord(route=name)), opened, now) for name in city.routes
    ]
    rejected = [
        RouteStatus(route=name, title="", vendor="", state="rejected", last_error=str(faults[0]))
        for name, faults in city.rejected.items()
    ]
    return accepted + rejected


def _status(city: City, name: str, run: RunRecord, opened: Sequence[Transfer], now: datetime) -> RouteStatus:
    route, formats = city.routes[name], city.formats(city.routes[name])
    mine = [transfer for transfer in opened if transfer.route == name]
    pending = [transfer for transfer in mine if transfer.state is not State.HELD]
    from_format, to_format = formats.at(now)
    return RouteStatus(
        route=name,
        title=route.title,
        vendor=route.vendor,
        state="running",
        phase=formats.phase_at(now),
        from_format=from_format,
        to_format=to_format,
        next_cutover=min((turn for turn in formats.turns() if turn > now), default=None),
        last_run=run.last_run,
        last_success=run.last_success,
        next_run=next_after(route.schedule, now, city.installation.zone),
        last_error=run.last_error,
        pending=len(pending),
        held=len(mine) - len(pending),
        oldest=now - min(transfer.admitted_at for transfer in pending) if pending else None,
    )
