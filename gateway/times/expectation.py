"""What a source should have sent by now, and how long it has been silent. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Literal, Protocol, Self
from zoneinfo import ZoneInfo

from gateway.times.businessdays import BusinessDays
from gateway.times.timetable import Window, every_day

_DAY = timedelta(days=1)
LONGEST = 60
"""Days of silence that are counted at most, and for which a delivery that has not come is waited for."""


class Expect(Protocol):
    """What is expected; ``gateway.config.Expect`` is one."""

    @property
    def by(self) -> time | None:
        """The time of day."""

    @property
    def on(self) -> Literal["every-day", "business-days", "month-end"]:
        """The days."""

    @property
    def parts(self) -> Literal["manifest"] | int:
        """Files of one delivery."""

    @property
    def none(self) -> Literal["allowed", "refused"]:
        """Whether no file may be right."""

    @property
    def warn(self) -> timedelta:
        """How long before the deadline people are warned."""

    @property
    def dated(self) -> Literal["same-day", "day-before"]:
        """The business date of the files that are meant."""


class Verdict(StrEnum):
    """How a delivery stands."""

    MET = "met"
    OPEN = "open"
    SOON = "soon"
    MISSING = "missing"


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One delivery that is expected on a ``day``: ``wanted`` files of a business date by a deadline."""

    day: date
    business_date: date
    warn_at: datetime
    deadline: datetime
    wanted: int

    def verdict(self, arrived: int, now: datetime) -> Verdict:
        """How it stands when so many of its files have come."""
        if arrived >= self.wanted:
            return Verdict.MET
        if now >= self.deadline:
            return Verdict.MISSING
        return Verdict.SOON if now >= self.warn_at else Verdict.OPEN

    def put_off(self, until: datetime) -> Self:
        """The same delivery where nobody could look until then: warned of at once, missing ``warn`` later."""
        return replace(self, warn_at=until, deadline=until + (self.deadline - self.warn_at))


def expected_days(expect: Expect, days: BusinessDays) -> Callable[[date], bool]:
    """Whether a file is expected on a day."""
    if expect.on == "every-day":
        return every_day
    return days.is_open if expect.on == "business-days" else days.is_last_of_month


def delivery_on(day: date, expect: Expect, days: BusinessDays, zone: ZoneInfo) -> Delivery | None:
    """The delivery that is expected on a day; None if none is, or no time is said."""
    if expect.by is None or not expected_days(expect, days)(day):
        return None
    deadline = datetime.combine(day, expect.by, zone)
    return Delivery(
        day=day,
        business_date=day if expect.dated == "same-day" else day - _DAY,
        warn_at=deadline - expect.warn,
        deadline=deadline,
        wanted=1 if expect.parts == "manifest" else expect.parts,
    )


def silent_for(
    since: datetime, now: datetime, *, during: Window | None, is_open: Callable[[date], bool], zone: ZoneInfo
) -> timedelta:
    """How long nothing has come since an instant, counting the time of ``during`` on open days alone."""
    first, last = since.astimezone(zone).date(), now.astimezone(zone).date()
    first = max(first, last - LONGEST * _DAY)
    silent, day = timedelta(0), first - _DAY
    while day <= last:
        if is_open(day):
            start, end = _span(day, during, zone)
            silent += max(min(end, now) - max(start, since), timedelta(0))
        day += _DAY
    return silent


def _span(day: date, during: Window | None, zone: ZoneInfo) -> tuple[datetime, datetime]:
    start, end = (time(0), time(0)) if during is None else (during.start, during.end)
    last = day if start < end else day + _DAY
    return datetime.combine(day, start, zone), datetime.combine(last, end, zone)
