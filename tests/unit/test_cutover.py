"""Which format an end speaks when, and what follows for its route."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cutover import EndFormat, RouteFormat, format_at, phase
from gateway.model import Format, Phase

JST = timezone(timedelta(hours=9))
JANUARY = datetime(2027, 1, 4, tzinfo=JST)
MARCH = datetime(2027, 3, 1, tzinfo=JST)
SECOND = timedelta(seconds=1)
L, S = Format.LEGACY, Format.STANDARD

dates = st.one_of(
    st.sampled_from(["always", "never"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.sampled_from([UTC, JST])),
)


def route(source, to):
    return RouteFormat(source=EndFormat(system=source), to=EndFormat(system=to))


def test_the_instant_itself_belongs_to_the_standard():
    end = EndFormat(system=JANUARY)
    assert format_at(end, JANUARY - SECOND) is L
    assert format_at(end, JANUARY) is S


def test_an_instant_is_the_same_in_every_zone():
    end = EndFormat(system=JANUARY)
    assert format_at(end, datetime(2027, 1, 3, 14, 59, 59, tzinfo=UTC)) is L
    assert format_at(end, datetime(2027, 1, 3, 15, 0, 0, tzinfo=UTC)) is S


def test_an_end_with_a_date_of_its_own_does_not_follow_its_system():
    end = EndFormat(system=JANUARY, end="never")
    assert format_at(end, MARCH) is L


@pytest.mark.parametrize(
    ("source", "to", "expected"),
    [(L, L, Phase.CURRENT), (L, S, Phase.TRANSITION), (S, L, Phase.TRANSITION), (S, S, Phase.STANDARD)],
)
def test_the_phase_follows_from_the_two_formats(source, to, expected):
    assert phase(source, to) is expected


def test_a_write_back_stays_in_transition_while_the_mainframe_never_moves():
    assert route("always", "never").phase_at(MARCH) is Phase.TRANSITION
    assert route("always", "never").turns() == ()


def test_a_route_with_two_dates_meets_three_phases_and_late_files_between_them():
    both = route(JANUARY, MARCH)
    assert both.periods() == ((L, L), (S, L), (S, S))
    assert both.pairs_met() == ((L, L), (S, L), (S, S))


def test_a_late_file_of_a_destination_that_turned_first_is_among_the_pairs():
    assert route(MARCH, JANUARY).pairs_met() == ((L, L), (L, S), (S, S))


def test_when_both_ends_turn_at_once_a_late_file_still_meets_the_new_destination():
    assert route(MARCH, MARCH).pairs_met() == ((L, L), (L, S), (S, S))


@given(dates, dates, st.datetimes(datetime(2025, 6, 1), datetime(2028, 6, 1), timezones=st.just(UTC)))
def test_every_instant_falls_in_a_period_that_is_listed(source, to, instant):
    both = route(source, to)
    assert both.at(instant) in both.periods()
    assert both.at(instant) in both.pairs_met()


@given(
    dates,
    dates,
    st.lists(
        st.datetimes(datetime(2025, 6, 1), datetime(2028, 6, 1), timezones=st.just(UTC)),
        min_size=2,
        max_size=2,
    ),
)
def test_a_file_found_and_delivered_around_one_turn_meets_a_listed_pair(source, to, instants):
    both = route(source, to)
    found, delivered = sorted(instants)
    if sum(found < turn <= delivered for turn in set(both.turns())) <= 1:
        assert (both.at(found)[0], both.at(delivered)[1]) in both.pairs_met()


@given(dates)
def test_no_end_ever_goes_back_by_itself(date):
    end = EndFormat(system=date)
    seen = [format_at(end, datetime(2025, 6, 1, tzinfo=UTC) + timedelta(days=30 * n)) for n in range(40)]
    assert seen == sorted(seen, key=[L, S].index)
