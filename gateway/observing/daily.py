"""The day on one page: what came, went and was taken, what is held, what is wrong, and which cutovers come. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from gateway.evidence.ledger import Line
from gateway.journal import Alarm, Transfer
from gateway.lifecycle import State
from gateway.load import City
from gateway.status import RouteStatus

AHEAD = timedelta(days=14)
"""How far ahead cutovers are listed."""


@dataclass(frozen=True, kw_only=True)
class DayRow:
    """One route's day. ``taken`` is None where it is not observed; ``balances`` says whether its ledger does."""

    route: str
    title: str
    vendor: str
    state: str
    arrived: int = 0
    arrived_records: int = 0
    delivered: int = 0
    delivered_records: int = 0
    taken: int | None = None
    pending: int = 0
    held: int = 0
    balances: bool = True


@dataclass(frozen=True, kw_only=True)
class Daily:
    """One business day; ``cutovers`` are those of the next ``AHEAD``, by instant."""

    day: date
    made_at: datetime
    rows: tuple[DayRow, ...]
    held: tuple[Transfer, ...]
    alarms: tuple[Alarm, ...]
    cutovers: tuple[tuple[datetime, str], ...]


def business_day(city: City, now: datetime) -> date:
    """The business day of an instant."""
    starts = city.installation.gateway.business_day_starts
    local = now.astimezone(city.installation.zone)
    return (local - timedelta(hours=starts.hour, minutes=starts.minute)).date()


def daily(
    day: date,
    statuses: Sequence[RouteStatus],
    *,
    lines: Iterable[Line],
    opened: Iterable[Transfer],
    alarms: Iterable[Alarm],
    now: datetime,
) -> Daily:
    """The day of these routes; what concerns others is left out, and so are the lines of other days."""
    names = {row.route for row in statuses}
    by_route = {line.route: line for line in lines if line.day == day}
    coming = [
        (row.next_cutover, row.route)
        for row in statuses
        if row.next_cutover is not None and row.next_cutover <= now + AHEAD
    ]
    return Daily(
        day=day,
        made_at=now,
        rows=tuple(_row(row, by_route.get(row.route)) for row in statuses),
        held=tuple(one for one in opened if one.state is State.HELD and one.route in names),
        alarms=tuple(one for one in alarms if not one.route or one.route in names),
        cutovers=tuple(sorted(coming)),
    )


def _row(row: RouteStatus, line: Line | None) -> DayRow:
    known = DayRow(route=row.route, title=row.title, vendor=row.vendor, state=row.state)
    if line is None:
        return known
    return replace(
        known,
        arrived=line.arrived.files,
        arrived_records=line.arrived.records,
        delivered=line.parts["delivered"].files,
        delivered_records=line.parts["delivered"].records,
        taken=line.taken.files if line.taken is not None else None,
        pending=line.parts["pending"].files,
        held=line.parts["held"].files,
        balances=line.balances,
    )
