"""What should have come by when, and how long nothing has."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import Expect
from gateway.times.businessdays import BusinessDays
from gateway.times.expectation import Verdict, delivery_on, silent_for
from gateway.times.timetable import Window, every_day

TOKYO = ZoneInfo("Asia/Tokyo")
OFFICE = BusinessDays(closed=("12-29/01-03",))


def at(*parts):
    return datetime(*parts, tzinfo=TOKYO)


def days_of(**expect):
    wanted = Expect(by="06:30", **expect)
    january = [date(2027, 1, 1) + timedelta(days=number) for number in range(31)]
    return [day.day for day in january if delivery_on(day, wanted, OFFICE, TOKYO)]


def test_a_file_is_expected_on_the_days_that_are_said():
    # January 2027: the city opens on Monday the 4th; the 11th is a holiday (成人の日)
    business = [4, 5, 6, 7, 8, 12, 13, 14, 15, 18, 19, 20, 21, 22, 25, 26, 27, 28, 29]
    assert days_of(on="business-days") == business
    assert days_of(on="month-end") == [29]
    assert days_of() == list(range(1, 32))


@pytest.mark.parametrize(
    ("arrived", "now", "verdict"),
    [
        (0, at(2027, 1, 4, 5, 59), Verdict.OPEN),
        (1, at(2027, 1, 4, 6, 0), Verdict.SOON),
        (1, at(2027, 1, 4, 6, 30), Verdict.MISSING),
        (2, at(2027, 1, 4, 6, 30), Verdict.MET),
        (3, at(2027, 1, 4, 5, 0), Verdict.MET),
    ],
)
def test_a_delivery_of_two_parts_is_due_soon_then_missing_until_both_are_there(arrived, now, verdict):
    delivery = delivery_on(date(2027, 1, 4), Expect(by="06:30", parts=2), OFFICE, TOKYO)
    assert delivery.verdict(arrived, now) is verdict


def test_files_of_the_day_before_may_be_the_ones_that_are_meant():
    delivery = delivery_on(date(2027, 1, 4), Expect(by="06:30", dated="day-before"), OFFICE, TOKYO)
    assert delivery.business_date == date(2027, 1, 3)
    assert delivery.deadline == at(2027, 1, 4, 6, 30)


def test_nothing_is_due_where_no_time_is_said():
    assert delivery_on(date(2027, 1, 4), Expect(silence="2h"), OFFICE, TOKYO) is None


@pytest.mark.parametrize(
    ("since", "now", "hours"),
    [
        (at(2027, 1, 4, 10), at(2027, 1, 4, 12), 2),
        (at(2027, 1, 4, 6), at(2027, 1, 4, 10), 1.5),
        (at(2027, 1, 4, 17), at(2027, 1, 5, 9), 0.75),
        (at(2027, 1, 8, 17), at(2027, 1, 12, 9), 0.75),  # a weekend and a holiday between
        (at(2027, 1, 4, 18), at(2027, 1, 5, 8), 0),
    ],
)
def test_silence_counts_only_while_the_office_is_open(since, now, hours):
    window = Window.of("08:30-17:15")
    silent = silent_for(since, now, during=window, is_open=OFFICE.is_open, zone=TOKYO)
    assert silent == timedelta(hours=hours)


@given(
    since=st.datetimes(datetime(2027, 1, 1), datetime(2027, 2, 1)),
    length=st.timedeltas(timedelta(0), timedelta(days=20)),
)
def test_silence_around_the_clock_is_the_time_that_passed(since, length):
    since = since.replace(tzinfo=TOKYO)
    for window in (None, Window.of("00:00-24:00"), Window.of("22:00-22:00")):
        silent = silent_for(since, since + length, during=window, is_open=every_day, zone=TOKYO)
        assert silent == length


def test_a_window_over_midnight_counts_on_both_sides_of_it():
    night = Window.of("22:00-02:00")
    silent = silent_for(at(2027, 1, 4, 21), at(2027, 1, 5, 3), during=night, is_open=every_day, zone=TOKYO)
    assert silent == timedelta(hours=4)
