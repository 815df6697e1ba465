"""When a route stands still: what people paused, and the windows of maintenance."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.journal import Pause
from gateway.standstill import Spell, maintained_until, standstill

TOKYO = ZoneInfo("Asia/Tokyo")
NOON = datetime(2027, 1, 4, 12, tzinfo=TOKYO)
NAMES = {"route": ("r",), "vendor": ("v",), "endpoint": ("here", "there")}


def paused(kind, name, until=None):
    return Pause(kind=kind, name=name, who="田中", reason="点検", made_at=NOON, until=until)


@pytest.mark.parametrize(("kind", "name"), [("route", "r"), ("vendor", "v"), ("endpoint", "there")])
def test_a_route_stands_still_while_it_its_vendor_or_an_endpoint_of_it_is_paused(kind, name):
    found = standstill(NAMES, [paused(kind, name)], {}, NOON, TOKYO)
    assert (found.kind, found.name, found.until) == (kind, name, None)
    assert str(found) == f"{kind} {name} was paused by 田中: 点検"


def test_what_is_paused_elsewhere_does_not_stop_it():
    pauses = [paused("route", "other"), paused("vendor", "r"), paused("endpoint", "v")]
    assert standstill(NAMES, pauses, {}, NOON, TOKYO) is None


def test_a_pause_ends_at_its_instant():
    until = NOON + timedelta(hours=1)
    assert standstill(NAMES, [paused("route", "r", until)], {}, until - timedelta(seconds=1), TOKYO)
    assert standstill(NAMES, [paused("route", "r", until)], {}, until, TOKYO) is None


def test_of_several_reasons_the_longest_is_said():
    pauses = [paused("route", "r", NOON + timedelta(hours=1)), paused("vendor", "v")]
    assert standstill(NAMES, pauses, {"here": [Spell(window="11:00-13:00")]}, NOON, TOKYO).kind == "vendor"


def test_maintenance_of_an_endpoint_in_use_is_a_reason_and_has_an_end():
    found = standstill(NAMES, [], {"there": [Spell(window="11:00-13:00")]}, NOON, TOKYO)
    assert (found.kind, found.name) == ("maintenance", "there")
    assert found.until == NOON + timedelta(hours=1)
    assert standstill(NAMES, [], {"elsewhere": [Spell(window="11:00-13:00")]}, NOON, TOKYO) is None


@pytest.mark.parametrize(
    ("window", "at", "end"),
    [
        ("22:00-04:00", "2027-01-04T23:00", "2027-01-05T04:00"),
        ("22:00-04:00", "2027-01-04T03:59", "2027-01-04T04:00"),
        ("22:00-04:00", "2027-01-04T04:00", None),
        ("22:00-24:00", "2027-01-04T23:59", "2027-01-05T00:00"),
        ("00:00-24:00", "2027-01-04T00:00", "2027-01-05T00:00"),
        ("11:00-13:00", "2027-01-04T10:59", None),
    ],
)
def test_a_window_may_pass_midnight_and_its_end_is_outside(window, at, end):
    now = datetime.fromisoformat(at).replace(tzinfo=TOKYO)
    wanted = datetime.fromisoformat(end).replace(tzinfo=TOKYO) if end else None
    assert maintained_until([Spell(window=window)], now.astimezone(UTC), TOKYO) == wanted


@given(st.datetimes(datetime(2027, 1, 1), datetime(2027, 12, 31)), st.times(), st.times())
def test_a_window_and_its_complement_cover_the_day_once(moment, first, last):
    now = moment.replace(tzinfo=TOKYO)
    one, other = f"{first:%H:%M}", f"{last:%H:%M}"
    if one == other:
        return
    covered = [
        maintained_until([Spell(window=window)], now, TOKYO)
        for window in (f"{one}-{other}", f"{other}-{one}")
    ]
    assert sum(end is not None for end in covered) == 1
    assert all(end is None or now < end <= now + timedelta(days=1) for end in covered)


def test_a_window_that_begins_on_a_day_on_which_it_holds_goes_on_past_midnight():
    spell = Spell(window="22:00-04:00", holds_on=lambda day: day.weekday() == 0)  # 2027-01-04 is a Monday
    tuesday = datetime(2027, 1, 5, 3, tzinfo=TOKYO)
    assert maintained_until([spell], tuesday, TOKYO) == datetime(2027, 1, 5, 4, tzinfo=TOKYO)
    assert maintained_until([spell], tuesday.replace(hour=23), TOKYO) is None
