"""Business days of a city: weekdays that are no public holiday and not closed by the city itself. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import jpholiday

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, kw_only=True)
class BusinessDays:
    """A city's calendar.

    Attributes:
        holidays: whether Japan's public holidays are closed.
        closed: further closed days: "12-29", "12-29/01-03" every year, or with a year.
        open: days that are open whatever else says that they are not.
    """

    holidays: bool = True
    closed: tuple[str, ...] = ()
    open: tuple[str, ...] = ()

    def is_open(self, day: date) -> bool:
        """Whether it is a business day."""
        if any(_covers(span, day) for span in self.open):
            return True
        if day.weekday() >= _SATURDAY or any(_covers(span, day) for span in self.closed):
            return False
        return not (self.holidays and jpholiday.is_holiday(day))

    def is_last_of_month(self, day: date) -> bool:
        """Whether it is the month's last business day."""
        if not self.is_open(day):
            return False
        following = day + _DAY
        while following.month == day.month:
            if self.is_open(following):
                return False
            following += _DAY
        return True


def _covers(span: str, day: date) -> bool:
    first, _, last = span.partition("/")
    last = last or first
    shown = day.isoformat()
    if len(first) != len(last):  # 2026-12-29/01-03: the end is in the year of the beginning or the next
        year = int(first[:4])
        last = f"{year if last >= first[5:] else year + 1:04}-{last}"
    shown = shown[-len(first) :]
    return first <= shown <= last if first <= last else shown >= first or shown <= last
