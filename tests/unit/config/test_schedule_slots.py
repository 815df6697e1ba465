"""When routes are due."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import Schedule
from gateway.times.schedule import MOST_SLOTS, due, missed, next_after, why_no_cron

TOKYO = ZoneInfo("Asia/Tokyo")
BERLIN = ZoneInfo("Europe/Berlin")  # puts its clock forward and back by an hour
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # by half an hour
SANTIAGO = ZoneInfo("America/Santiago")  # at midnight

SCHEDULES = st.one_of(
    st.sampled_from(["1m", "7m", "10m", "15m", "1h", "90m", "5h", "1d", "2d", "7d"]).map(
        lambda every: Schedule(every=every)
    ),
    st.sampled_from(["*/10 * * * *", "30 6 * * 1-5", "0 0 1 * *", "15 2 * * *"]).map(
        lambda cron: Schedule(cron=cron)
    ),
    st.just(Schedule(watch=True, poll="13m")),
)
ZONES = st.sampled_from([TOKYO, BERLIN, LORD_HOWE, SANTIAGO, ZoneInfo("Asia/Kathmandu")])
INSTANTS = st.integers(1_770_000_000, 1_800_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def at(zone, *moment, fold=0):
    return datetime(*moment, tzinfo=zone, fold=fold)


def walls(slots, zone):
    return [slot.astimezone(zone).strftime("%H:%M") for slot in slots]


def test_every_ten_minutes_means_full_tens_of_the_wall_clock():
    slots = due(Schedule(every="10m"), at(TOKYO, 2027, 1, 4, 6, 5), at(TOKYO, 2027, 1, 4, 6, 40), TOKYO)
    assert walls(slots, TOKYO) == ["06:10", "06:20", "06:30", "06:40"]


def test_tens_are_full_in_a_zone_of_quarter_hours_too():
    zone = ZoneInfo("Asia/Kathmandu")
    slot = next_after(Schedule(every="1h"), at(zone, 2027, 1, 4, 6, 5), zone)
    assert walls([slot], zone) == ["07:00"]


def test_an_interval_that_does_not_divide_the_day_begins_anew_at_midnight():
    slots = due(Schedule(every="5h"), at(TOKYO, 2027, 1, 4, 19), at(TOKYO, 2027, 1, 5, 6), TOKYO)
    assert walls(slots, TOKYO) == ["20:00", "00:00", "05:00"]


def test_the_slot_just_handled_is_not_due_again_and_the_present_one_is():
    slot = at(TOKYO, 2027, 1, 4, 6, 10)
    assert due(Schedule(every="10m"), slot, slot, TOKYO) == ()
    assert due(Schedule(every="10m"), slot - timedelta(seconds=1), slot, TOKYO) == (slot,)


@given(
    schedule=SCHEDULES,
    zone=ZONES,
    start=INSTANTS,
    lengths=st.lists(st.integers(0, 20_000), min_size=2, max_size=4),
)
def test_however_time_is_cut_no_slot_is_lost_or_doubled(schedule, zone, start, lengths):
    cuts = [start]
    for length in lengths:
        cuts.append(cuts[-1] + timedelta(seconds=length))
    parts = [slot for a, b in pairwise(cuts) for slot in due(schedule, a, b, zone)]
    assert parts == list(due(schedule, cuts[0], cuts[-1], zone))
    assert len(set(parts)) == len(parts)


@given(schedule=SCHEDULES, zone=ZONES, start=INSTANTS)
def test_the_next_slot_is_the_first_one_due(schedule, zone, start):
    following = next_after(schedule, start, zone)
    assert following > start
    assert due(schedule, start, following, zone) == (following,)


@given(zone=ZONES, day=st.dates(date(2026, 1, 2), date(2030, 1, 1)))
def test_every_day_has_its_daily_slot_whatever_the_clock_does(zone, day):
    start = datetime(day.year, day.month, day.day, 12, tzinfo=zone) - timedelta(days=1)
    slots = due(Schedule(every="1d"), start, start + timedelta(days=3), zone)
    assert [slot.astimezone(zone).date() for slot in slots] == [
        day + timedelta(days=shift) for shift in range(len(slots))
    ]
    assert len(slots) in (2, 3)


def test_a_clock_put_back_shows_its_tens_twice():
    slots = due(
        Schedule(every="20m"), at(BERLIN, 2026, 10, 25, 1, 50), at(BERLIN, 2026, 10, 25, 3, 0), BERLIN
    )
    assert walls(slots, BERLIN) == ["02:00", "02:20", "02:40", "02:00", "02:20", "02:40", "03:00"]


def test_a_clock_put_forward_leaves_out_what_it_never_shows():
    slots = due(Schedule(every="20m"), at(BERLIN, 2026, 3, 29, 1, 30), at(BERLIN, 2026, 3, 29, 3, 20), BERLIN)
    assert walls(slots, BERLIN) == ["01:40", "03:00", "03:20"]


def test_a_midnight_that_the_clock_never_shows_is_run_when_the_clock_goes_on():
    slots = due(Schedule(every="1d"), at(SANTIAGO, 2026, 9, 5, 12), at(SANTIAGO, 2026, 9, 6, 12), SANTIAGO)
    assert walls(slots, SANTIAGO) == ["01:00"]


def test_cron_knows_weekdays():
    slot = next_after(Schedule(cron="30 6 * * 1-5"), at(TOKYO, 2027, 1, 1, 7), TOKYO)  # a Friday
    assert slot == at(TOKYO, 2027, 1, 4, 6, 30)


def test_a_watched_route_looks_every_minute_besides():
    slots = due(Schedule(watch=True), at(TOKYO, 2027, 1, 4, 6, 0), at(TOKYO, 2027, 1, 4, 6, 2), TOKYO)
    assert walls(slots, TOKYO) == ["06:01", "06:02"]


def test_a_route_that_follows_others_has_no_slots_of_its_own():
    schedule = Schedule(after="other-route")
    assert next_after(schedule, at(TOKYO, 2027, 1, 1), TOKYO) is None
    assert due(schedule, at(TOKYO, 2027, 1, 1), at(TOKYO, 2028, 1, 1), TOKYO) == ()


@pytest.mark.parametrize("schedule", [Schedule(every="1s"), Schedule(cron="* * * * *")])
def test_after_a_long_stop_only_the_newest_slots_are_worked_out(schedule):
    until = at(TOKYO, 2027, 1, 4, 6, 0)
    slots = due(schedule, until - timedelta(days=3650), until, TOKYO)
    assert len(slots) == MOST_SLOTS
    assert slots[-1] == until
    assert slots == tuple(sorted(slots))


def test_what_was_missed_is_one_run_unless_it_is_to_be_skipped():
    start, now = at(TOKYO, 2027, 1, 4, 6, 0), at(TOKYO, 2027, 1, 4, 9, 5)
    found = missed(Schedule(every="1h"), start, now, TOKYO)
    assert (found.count, found.more, found.run) == (3, False, True)
    assert found.last == at(TOKYO, 2027, 1, 4, 9, 0)
    assert not missed(Schedule(every="1h", misfire="skip"), start, now, TOKYO).run


def test_a_short_stop_misses_nothing():
    found = missed(Schedule(every="1h"), at(TOKYO, 2027, 1, 4, 6, 0), at(TOKYO, 2027, 1, 4, 6, 5), TOKYO)
    assert (found.count, found.last, found.run) == (0, None, False)


def test_a_very_long_stop_says_that_there_were_more():
    now = at(TOKYO, 2027, 1, 4)
    found = missed(Schedule(every="1m"), now - timedelta(days=400), now, TOKYO)
    assert (found.count, found.more, found.last) == (MOST_SLOTS, True, now)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("30 6 * * 1-5", ""),
        ("* * * *", "it has not five fields"),
        ("61 * * * *", "bad minute"),
        ("0 0 31 2 *", "no month of it has such a day"),
    ],
)
def test_a_cron_expression_that_cannot_be_met_is_told(text, reason):
    assert why_no_cron(text) == reason
