"""A route's slots within its windows, on its days, each delayed by the same time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import Schedule
from gateway.times.businessdays import BusinessDays
from gateway.times.schedule import due
from gateway.times.timetable import Timetable, Window, delay_of

TOKYO = ZoneInfo("Asia/Tokyo")
MONDAY = datetime(2027, 1, 4, tzinfo=TOKYO)
OFFICE = BusinessDays(closed=("12-29/01-03",))


def timetable(windows=(), *, days=None, delay=timedelta(), **schedule):
    return Timetable(
        schedule=Schedule(**(schedule or {"every": "1h"})),
        zone=TOKYO,
        windows=tuple(map(Window.of, windows)),
        delay=delay,
        **({"is_open": days} if days else {}),
    )


def at(*parts):
    return datetime(*parts, tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("instant", "following"),
    [
        (at(2027, 1, 4, 7, 30), at(2027, 1, 4, 9)),
        (at(2027, 1, 4, 9, 0), at(2027, 1, 4, 10)),
        (at(2027, 1, 4, 17, 0), at(2027, 1, 5, 9)),
        (at(2027, 1, 8, 17, 0), at(2027, 1, 12, 9)),  # a Friday before a holiday Monday
    ],
)
def test_the_next_run_is_the_first_slot_of_the_next_window_on_a_business_day(instant, following):
    table = timetable(["08:30-17:15"], days=OFFICE.is_open)
    assert table.next_after(instant) == following


def test_a_window_over_midnight_is_one_window():
    table = timetable(["22:00-02:00"])
    local = [slot.astimezone(TOKYO).hour for slot in slots(table, MONDAY, MONDAY + timedelta(days=1))]
    assert local == [1, 22, 23, 0]


def slots(table, since, until):
    found = []
    while (since := table.next_after(since)) is not None and since <= until:
        found.append(since)
    return found


SCHEDULES = st.sampled_from(
    [{"every": "1h"}, {"every": "7m"}, {"cron": "*/20 * * * *"}, {"every": "1d"}, {"cron": "0 6 1 * *"}]
)
WINDOWS = st.lists(st.sampled_from(["08:30-17:15", "22:00-02:00", "00:00-24:00", "12:00-12:01"]), max_size=2)


@given(
    schedule=SCHEDULES,
    windows=WINDOWS,
    business=st.booleans(),
    delay=st.sampled_from([timedelta(), timedelta(seconds=90)]),
    start=st.datetimes(datetime(2026, 12, 25), datetime(2027, 1, 10)),
    length=st.timedeltas(timedelta(0), timedelta(hours=30)),
)
def test_slots_are_those_of_the_schedule_that_the_windows_and_days_leave(
    *, schedule, windows, business, delay, start, length
):
    start = start.replace(tzinfo=TOKYO)
    table = timetable(windows, days=OFFICE.is_open if business else None, delay=delay, **schedule)
    inside = [
        slot + delay
        for slot in due(table.schedule, start - delay, start + length - delay, TOKYO)
        if (not windows or any(is_in(slot, window) for window in windows))
        and (not business or OFFICE.is_open(slot.astimezone(TOKYO).date()))
    ]
    found = table.missed(start, start + length)
    assert (found.count, found.last) == (len(inside), inside[-1] if inside else None)
    assert slots(table, start, start + length) == inside


def is_in(slot, window):
    """Worked out in minutes of the day, apart from the code under test."""
    minute = slot.astimezone(TOKYO).hour * 60 + slot.astimezone(TOKYO).minute
    first, last = (int(part[:2]) * 60 + int(part[3:]) for part in window.split("-"))
    return first <= minute < last if first < last else minute >= first or minute < last


def test_a_route_that_may_never_run_is_never_due_and_the_search_ends():
    table = timetable(days=lambda day: False)
    assert table.next_after(MONDAY) is None


def test_a_route_without_slots_of_its_own_has_none_in_windows_either():
    assert timetable(["08:30-17:15"], after="other").next_after(MONDAY) is None


def test_the_delay_of_a_route_is_within_its_jitter_the_same_each_time_and_spread_over_routes():
    jitter = timedelta(minutes=5)
    delays = [delay_of(f"route-{number}", jitter) for number in range(400)]
    assert delays == [delay_of(f"route-{number}", jitter) for number in range(400)]
    assert all(timedelta(0) <= delay < jitter for delay in delays)
    assert len(set(delays)) > 200
    assert delay_of("r", timedelta(0)) == timedelta(0)


def test_a_route_may_look_only_within_its_windows():
    table = timetable(["08:30-17:15"], days=OFFICE.is_open)
    assert table.covers(at(2027, 1, 4, 8, 30))
    assert not table.covers(at(2027, 1, 4, 17, 15))
    assert not table.covers(at(2027, 1, 3, 12))
    assert date(2027, 1, 3).weekday() == 6
    assert timetable().covers(datetime(2027, 1, 3, tzinfo=UTC))
