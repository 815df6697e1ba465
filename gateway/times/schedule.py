"""When a route is due. Pure: the time is an argument.

Slots of ``every`` are multiples of the interval on the wall clock of the zone, counted anew from each
midnight: ``every: 10m`` means :00 :10 :20. An interval of days counts days. When the clock is put forward, slots
that the wall clock never shows become one slot, at the turn. When it is put back, wall clock times that come
twice are slots twice, unless the interval is a day or more. ``cron`` follows Debian's cron (cronsim).

All instants come back in UTC: Python compares two times of one zone by their wall clock, which is wrong where
the clock was put back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import islice, pairwise, takewhile
from typing import Literal, Protocol

from cronsim import CronSim, CronSimError

MOST_SLOTS = 1000
"""No more slots than this are worked out after a long stop: the newest."""

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_SOME_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


class Schedule(Protocol):
    """What a schedule says; ``gateway.config.Schedule`` is one. At most one of every, cron, watch is set."""

    @property
    def every(self) -> timedelta | None:
        """The interval."""

    @property
    def cron(self) -> str | None:
        """Minute, hour, day, month, weekday."""

    @property
    def watch(self) -> bool:
        """Run on a hint, and every ``poll`` besides."""

    @property
    def poll(self) -> timedelta:
        """With ``watch``: the interval."""

    @property
    def misfire(self) -> Literal["run", "skip"]:
        """What becomes of missed slots."""


@dataclass(frozen=True, kw_only=True)
class Missed:
    """What fell due while nobody looked.

    Attributes:
        count: how many slots; at most ``MOST_SLOTS``, and then ``more`` says that there were others.
        last: the newest of them.
        run: whether to run once for them all (``misfire: run``) or to go on with the next slot.
    """

    count: int
    last: datetime | None
    more: bool
    run: bool


def due(schedule: Schedule, since: datetime, until: datetime, zone: tzinfo) -> tuple[datetime, ...]:
    """The slots after ``since`` and not after ``until``, oldest first; the newest ``MOST_SLOTS`` of them.

    However an interval of time is cut, its parts give the same slots as the whole. ``after`` has none.
    """
    return tuple(_newest(schedule, since.astimezone(UTC), until.astimezone(UTC), zone, MOST_SLOTS))


def missed(schedule: Schedule, since: datetime, until: datetime, zone: tzinfo) -> Missed:
    """What a start after a stop finds: the slots between the last one handled and now."""
    slots = _newest(schedule, since.astimezone(UTC), until.astimezone(UTC), zone, MOST_SLOTS + 1)
    return Missed(
        count=min(len(slots), MOST_SLOTS),
        last=slots[-1] if slots else None,
        more=len(slots) > MOST_SLOTS,
        run=bool(slots) and schedule.misfire == "run",
    )


def next_after(schedule: Schedule, instant: datetime, zone: tzinfo) -> datetime | None:
    """The first slot after ``instant``, or None if the schedule has none of its own (``after``)."""
    return next(_slots(schedule, instant.astimezone(UTC), zone), None)


def least_gap(schedule: Schedule) -> timedelta | None:
    """The shortest time between two slots; None if the schedule has none. Of a cron expression its next 500 count."""
    if schedule.cron is None:
        return _interval(schedule)
    slots = list(islice(CronSim(schedule.cron, _SOME_YEAR), 500))
    return min((after - before for before, after in pairwise(slots)), default=None)


_NO_DAY = "bad day-of-month"


def why_no_cron(text: str) -> str:
    """The reason why this is no usable cron expression, or an empty string."""
    if len(text.split()) != 5:  # noqa: PLR2004 - the fields of cron
        return "it has not five fields"
    try:
        CronSim(text, _SOME_YEAR)
    except CronSimError as error:
        reason = str(error).lower()
        return "no month of it has such a day" if reason == _NO_DAY else reason
    return ""


def _newest(schedule: Schedule, since: datetime, until: datetime, zone: tzinfo, most: int) -> deque[datetime]:
    if schedule.cron is None:
        since = max(since, _not_before(schedule, until, most))
        return deque(takewhile(lambda slot: slot <= until, _slots(schedule, since, zone)), maxlen=most)
    first = takewhile(lambda slot: slot <= until, _slots(schedule, since, zone))
    slots = deque(islice(first, most))
    return slots if len(slots) < most else _newest_cron(schedule.cron, since, until, zone, most)


def _not_before(schedule: Schedule, until: datetime, most: int) -> datetime:
    """A time before which no slot can be among the newest; days are added for turns and short intervals."""
    interval = _interval(schedule) or timedelta(0)
    try:
        return until - interval * (most + 1) - 2 * _DAY
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC) + 2 * _DAY


def _newest_cron(cron: str, since: datetime, until: datetime, zone: tzinfo, most: int) -> deque[datetime]:
    backwards = CronSim(cron, (until + _SECOND).astimezone(zone), reverse=True)
    slots = takewhile(lambda slot: slot > since, (slot.astimezone(UTC) for slot in backwards))
    return deque(sorted(islice(slots, most)))


def _interval(schedule: Schedule) -> timedelta | None:
    return schedule.poll if schedule.watch else schedule.every


def _slots(schedule: Schedule, after: datetime, zone: tzinfo) -> Iterator[datetime]:
    if schedule.cron is not None:
        return (slot.astimezone(UTC) for slot in CronSim(schedule.cron, after.astimezone(zone)))
    interval = _interval(schedule)
    return iter(()) if interval is None else _multiples(interval, after, zone)


def _multiples(every: timedelta, after: datetime, zone: tzinfo) -> Iterator[datetime]:
    slot = after
    while True:
        slot = _next_multiple(every, slot, zone)
        if every < _DAY or not slot.astimezone(zone).fold:
            yield slot


def _next_multiple(every: timedelta, after: datetime, zone: tzinfo) -> datetime:
    wall = _wall(after, zone)
    shown = _multiple_after(every, wall)
    slot = after + (shown - wall)
    if _wall(slot, zone) == shown:
        return slot
    turn = _turn(after, slot, zone)
    turned = _wall(turn, zone)
    if shown <= turned or _multiple_after(every, turned - _SECOND) == turned:
        return turn
    return _next_multiple(every, turn, zone)


def _wall(instant: datetime, zone: tzinfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def _multiple_after(every: timedelta, wall: datetime) -> datetime:
    midnight = datetime.combine(wall.date(), datetime.min.time())
    if every >= _DAY:
        days = every.days
        return datetime.combine(date.fromordinal((wall.toordinal() // days + 1) * days), datetime.min.time())
    return min(midnight + ((wall - midnight) // every + 1) * every, midnight + _DAY)


def _turn(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The instant between the two, to the second, at which the zone's offset changes."""
    old = before.astimezone(zone).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        same = datetime.fromtimestamp(middle, UTC).astimezone(zone).utcoffset() == old
        low, high = (middle, high) if same else (low, middle)
    return datetime.fromtimestamp(high, UTC)
