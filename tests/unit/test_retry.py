"""When a failed attempt is repeated."""

from datetime import UTC, datetime, time, timedelta, timezone
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from adapters.errors import Misconfigured, Transient
from gateway.routes.retry import Policy, deadline, delay, retry_at

POLICY = Policy(fast_times=5, fast_within=timedelta(minutes=5), slow_every=timedelta(minutes=15))


def test_the_fast_attempts_double_and_fill_their_time():
    waits = [delay(POLICY, Transient("cut"), attempt) for attempt in range(1, 6)]
    assert all(abs(after - 2 * before) < timedelta(milliseconds=1) for before, after in pairwise(waits))
    assert abs(sum(waits, timedelta()) - timedelta(minutes=5)) < timedelta(seconds=1)


def test_after_the_fast_attempts_the_slow_ones_go_on():
    assert delay(POLICY, Transient("cut"), 6) == timedelta(minutes=15)
    assert delay(POLICY, Transient("cut"), 600) == timedelta(minutes=15)


def test_a_refused_login_is_never_tried_fast():
    assert delay(POLICY, Misconfigured("530"), 1) == timedelta(minutes=15)


def test_a_place_that_names_a_time_is_not_asked_earlier():
    assert delay(POLICY, Transient("busy", retry_after=3600), 1) == timedelta(hours=1)


@given(st.integers(1, 10_000), st.integers(0, 100))
def test_the_next_attempt_is_always_later_and_never_endless(attempt, times):
    policy = Policy(fast_times=times, fast_within=timedelta(minutes=5), slow_every=timedelta(minutes=15))
    now = datetime(2027, 1, 4, tzinfo=UTC)
    at = retry_at(policy, Transient("cut"), attempt=attempt, now=now)
    assert now < at <= now + timedelta(minutes=15)


JST = timezone(timedelta(hours=9))


def test_retries_end_at_the_time_of_day_in_the_gateways_zone():
    first = datetime(2027, 1, 4, 0, 30, tzinfo=UTC)  # 09:30 in Japan
    assert deadline(time(18), first, JST) == datetime(2027, 1, 4, 18, tzinfo=JST)


def test_a_failure_after_that_time_of_day_has_until_the_next_day():
    first = datetime(2027, 1, 4, 10, 0, tzinfo=UTC)  # 19:00 in Japan
    assert deadline(time(18), first, JST) == datetime(2027, 1, 5, 18, tzinfo=JST)
