"""Time as a line: where an instant stands, and the marks below it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from gateway.drawing.palette import Language

_ROOM = 40.0
"""The least distance between two marks."""

_DAYS = 31
_YEAR = 12
_MONTHS = (1, 2, 3, 6, 12, 24, 60)
_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, kw_only=True)
class Axis:
    """The time from ``start`` until ``end``, drawn from ``left`` over ``width``."""

    start: datetime
    end: datetime
    left: float
    width: float
    zone: tzinfo

    def x(self, instant: datetime) -> float:
        """Where an instant stands; one outside stands at the edge."""
        share = (instant - self.start) / (self.end - self.start)
        return self.left + self.width * min(max(share, 0.0), 1.0)

    def marks(self, language: Language) -> Iterator[Mark]:
        """Marks at the beginnings of days, months or years, as there is room for."""
        first, last = self.start.astimezone(self.zone).date(), self.end.astimezone(self.zone).date()
        days = list(_days(first, last)) if (last - first).days <= _DAYS else list(self._months(first, last))
        for number, on in enumerate(days):
            at = datetime.combine(on, time(), self.zone)
            if self.start <= at < self.end:
                begins = number == 0 or on.year != days[number - 1].year
                yield Mark(
                    x=self.x(at), label=_label(on, language, days), year=_year(on, language) if begins else ""
                )

    def _months(self, first: date, last: date) -> Iterator[date]:
        count = (last.year - first.year) * _YEAR + last.month - first.month + 1
        every = next((step for step in _MONTHS if self.width / count * step >= _ROOM), _MONTHS[-1])
        index = first.year * _YEAR + first.month - 1
        index += -index % every
        while (on := date(index // _YEAR, index % _YEAR + 1, 1)) <= last:
            yield on
            index += every


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A mark of the axis; ``year`` is said where a year begins."""

    x: float
    label: str
    year: str = ""


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def _label(on: date, language: Language, days: list[date]) -> str:
    if any(one.day != 1 for one in days):
        return f"{on.month}/{on.day}"
    return f"{on.month}月" if language == "ja" else _MONTH_NAMES[on.month - 1]


def _year(on: date, language: Language) -> str:
    return f"{on.year}年" if language == "ja" else str(on.year)
