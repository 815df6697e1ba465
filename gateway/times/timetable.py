"""When a route is due: its schedule's slots, on its days, within its windows, spread by its jitter. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.times.schedule import Missed, Schedule, due, missed, next_after

FARTHEST = 400
"""Days ahead in which a day and a window are looked for."""
_DAY = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)
_WHOLE = 24 * 60
"""Minutes of a day."""


def every_day(_day: date) -> bool:
    """The days of a route without a calendar."""
    return True


@dataclass(frozen=True, kw_only=True)
class Window:
    """A time of day from ``start`` until before ``end``; an end that is not after the start is on the next day."""

    start: time
    end: time

    @classmethod
    def of(cls, text: str) -> Window:
        """``08:30-17:15``; 24:00 is the next midnight."""
        start, _, end = text.partition("-")
        return cls(
            start=time.fromisoformat(start), end=time(0) if end == "24:00" else time.fromisoformat(end)
        )

    def holds(self, other: Window) -> bool:
        """Whether another window lies within this one."""
        start, long = _minutes(self.start), self._long
        begins = (_minutes(other.start) - start) % _WHOLE
        return begins + other._long <= long

    @property
    def _long(self) -> int:
        """Minutes from start to end."""
        return (_minutes(self.end) - _minutes(self.start)) % _WHOLE or _WHOLE

    def covers(self, moment: time) -> bool:
        """Whether a time of day is within."""
        if self.start < self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute


@dataclass(frozen=True, kw_only=True)
class Timetable:
    """A schedule with the days, windows and delay of its route. Slots are known by their delayed instants."""

    schedule: Schedule
    zone: ZoneInfo
    windows: tuple[Window, ...] = ()
    is_open: Callable[[date], bool] = every_day
    delay: timedelta = timedelta(0)

    def covers(self, instant: datetime) -> bool:
        """Whether the route may look at an instant."""
        local = instant.astimezone(self.zone)
        inside = not self.windows or any(window.covers(local.time()) for window in self.windows)
        return inside and self.is_open(local.date())

    def missed(self, since: datetime, until: datetime) -> Missed:
        """The slots after ``since`` and not after ``until``."""
        since, until = since - self.delay, until - self.delay
        if not self._is_limited:
            return self._delayed(missed(self.schedule, since, until, self.zone))
        slots = [slot for slot in due(self.schedule, since, until, self.zone) if self.covers(slot)]
        last = slots[-1] if slots else None
        run = bool(slots) and self.schedule.misfire == "run"
        return self._delayed(Missed(count=len(slots), last=last, more=False, run=run))

    def next_after(self, instant: datetime) -> datetime | None:
        """The first slot after ``instant``; None if there is none of its own, or none in ``FARTHEST`` days."""
        slot = next_after(self.schedule, instant - self.delay, self.zone)
        if self._is_limited and slot is not None and not self.covers(slot):
            slot = next(self._in_openings(slot), None)
        return None if slot is None else slot + self.delay

    @property
    def _is_limited(self) -> bool:
        return bool(self.windows) or self.is_open is not every_day

    def _delayed(self, found: Missed) -> Missed:
        last = found.last and found.last + self.delay
        return Missed(count=found.count, last=last, more=found.more, run=found.run)

    def _in_openings(self, after: datetime) -> Iterator[datetime]:
        """The first slot of each opening after an instant, where it has one."""
        day = after.astimezone(self.zone).date()
        starts = sorted({window.start for window in self.windows} | {time(0)})
        for _ in range(FARTHEST):
            for start in starts if self.is_open(day) else ():
                opening = datetime.combine(day, start, self.zone).astimezone(UTC)
                slot = next_after(self.schedule, max(opening, after) - _MOMENT, self.zone)
                if slot is not None and slot > after and self.covers(slot):
                    yield slot
            day += _DAY


def delay_of(route: str, jitter: timedelta) -> timedelta:
    """The delay of a route up to ``jitter``: spread over routes, and the same for one route at every start."""
    if not jitter:
        return timedelta(0)
    number = int.from_bytes(hashlib.sha256(route.encode()).digest()[:6], "big")
    return timedelta(seconds=int(jitter.total_seconds() * number / (1 << 48)))
