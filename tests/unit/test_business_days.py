"""Business days: public holidays as the Cabinet Office published them, and the city's own days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.times.businessdays import BusinessDays

HOLIDAYS = [
    "2026-01-01",
    "2026-01-12",
    "2026-02-11",
    "2026-02-23",
    "2026-03-20",
    "2026-04-29",
    "2026-05-03",
    "2026-05-04",
    "2026-05-05",
    "2026-05-06",
    "2026-07-20",
    "2026-08-11",
    "2026-09-21",
    "2026-09-22",
    "2026-09-23",
    "2026-10-12",
    "2026-11-03",
    "2026-11-23",
    "2027-01-01",
    "2027-01-11",
    "2027-02-11",
    "2027-02-23",
    "2027-03-21",
    "2027-03-22",
    "2027-04-29",
    "2027-05-03",
    "2027-05-04",
    "2027-05-05",
    "2027-07-19",
    "2027-08-11",
    "2027-09-20",
    "2027-09-23",
    "2027-10-11",
    "2027-11-03",
    "2027-11-23",
]
"""The Cabinet Office's list (国民の祝日・休日) for two years, substitute and citizens' holidays among them."""


def days(year):
    return [date(year, 1, 1) + timedelta(days=number) for number in range(365)]


@pytest.mark.parametrize("year", [2026, 2027])
def test_weekdays_are_open_but_for_the_published_holidays(year):
    closed = {day.isoformat() for day in days(year) if day.weekday() < 5 and not BusinessDays().is_open(day)}
    assert closed == {day for day in HOLIDAYS if day.startswith(str(year)) and is_weekday(day)}


def is_weekday(text):
    return date.fromisoformat(text).weekday() < 5


def test_weekends_are_closed():
    assert not any(BusinessDays(holidays=False).is_open(day) for day in days(2027) if day.weekday() >= 5)


@pytest.mark.parametrize(
    ("span", "inside", "outside"),
    [
        ("12-29", ["2026-12-29", "2027-12-29"], ["2026-12-28", "2026-12-30"]),
        ("12-29/01-03", ["2026-12-29", "2026-12-31", "2027-01-01"], ["2026-12-28", "2027-01-04"]),
        ("2027-04-01/2027-04-09", ["2027-04-01", "2027-04-09"], ["2027-03-31", "2027-04-12", "2026-04-01"]),
        ("2026-12-29/01-04", ["2026-12-29", "2027-01-04"], ["2026-12-28", "2027-01-05", "2027-12-29"]),
        ("2027-04-01/04-05", ["2027-04-01", "2027-04-05"], ["2027-03-31", "2028-04-03"]),
    ],
)
def test_a_city_closes_days_every_year_or_once(span, inside, outside):
    city = BusinessDays(holidays=False, closed=(span,))
    open_all = BusinessDays(holidays=False)
    weekday = [date.fromisoformat(day) for day in (*inside, *outside)]
    assert [city.is_open(day) for day in weekday] == [
        open_all.is_open(day) and day.isoformat() in outside for day in weekday
    ]


def test_a_day_that_the_city_opens_is_open_on_a_holiday_and_on_a_weekend():
    city = BusinessDays(closed=("2027-05-01/2027-05-09",), open=("2027-05-03", "2027-05-08"))
    assert [day.day for day in days(2027) if day.month == 5 and day.day < 10 and city.is_open(day)] == [3, 8]


@given(st.dates(date(2026, 1, 1), date(2027, 12, 1)))
def test_each_month_has_one_last_business_day_and_none_after_it(day):
    city = BusinessDays(closed=("12-29/01-03",))
    month = [one for one in (*days(2026), *days(2027)) if (one.year, one.month) == (day.year, day.month)]
    (last,) = (one for one in month if city.is_last_of_month(one))
    assert last == max(one for one in month if city.is_open(one))
