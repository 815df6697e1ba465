"""The timeline of a migration: phases, cutovers, and what an order costs, against sums done by hand."""

import random
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gateway.cutover import EndFormat, RouteFormat
from gateway.model import Format, Phase
from gateway.timeline import Comparison, Frozen, PlannedEnd, PlannedRoute, Step, tally, timeline

JST = timezone(timedelta(hours=9))
START, END = datetime(2027, 1, 1, tzinfo=JST), datetime(2027, 5, 1, tzinfo=JST)
FEBRUARY, MARCH = datetime(2027, 2, 1, tzinfo=JST), datetime(2027, 3, 1, tzinfo=JST)
L, S = Format.LEGACY, Format.STANDARD

dates = st.one_of(
    st.sampled_from(["always", "never"]),
    st.datetimes(datetime(2026, 11, 1), datetime(2027, 7, 1), timezones=st.sampled_from([UTC, JST])),
)


def route(name, source, to, vendor="v"):
    formats = RouteFormat(source=EndFormat(system=source), to=EndFormat(system=to))
    ends = {"source": PlannedEnd(system="one"), "to": PlannedEnd(system="two")}
    return PlannedRoute(name=name, vendor=vendor, formats=formats, **ends)


@st.composite
def plans(draw):
    ends = draw(st.lists(st.tuples(dates, dates), min_size=1, max_size=6))
    return [route(f"r{number}", *pair) for number, pair in enumerate(ends)]


def test_a_route_with_two_dates_is_in_transition_between_them():
    (row,) = timeline([route("r", FEBRUARY, MARCH)], START, END).rows
    assert [(span.start, span.end, span.phase) for span in row.spans] == [
        (START, FEBRUARY, Phase.CURRENT),
        (FEBRUARY, MARCH, Phase.TRANSITION),
        (MARCH, END, Phase.STANDARD),
    ]


def test_conversions_are_counted_over_time_and_times_days():
    routes = [route("a", FEBRUARY, MARCH), route("b", FEBRUARY, "never"), route("c", "always", MARCH)]
    shown = timeline(routes, START, END)
    assert shown.steps == (
        Step(at=START, count=1),
        Step(at=FEBRUARY, count=3),
        Step(at=MARCH, count=1),
    )
    # c for 31 + 28 days, a for the 28 of February, b from February until the end: 28 + 31 + 30.
    assert shown.conversion_days == 59 + 28 + 89
    assert shown.most == 3


def test_ends_that_turn_at_once_give_two_cutovers_and_no_transition():
    shown = timeline([route("r", MARCH, MARCH)], START, END)
    assert [(turn.at, turn.side, turn.becomes) for turn in shown.turns] == [
        (MARCH, "from", S),
        (MARCH, "to", S),
    ]
    assert shown.conversion_days == 0


def test_a_cutover_on_a_frozen_day_is_marked_and_one_on_the_day_after_is_not():
    freeze = Frozen(start=FEBRUARY, end=MARCH, reason="異動期")
    shown = timeline([route("r", FEBRUARY, MARCH)], START, END, freezes=[freeze])
    assert [turn.frozen for turn in shown.turns] == ["異動期", None]


def test_the_instant_at_which_the_plan_ends_is_outside_it():
    assert timeline([route("r", END, "never")], START, END).turns == ()
    assert len(timeline([route("r", START, "never")], START, END).turns) == 1


def test_lengths_are_true_where_the_clock_was_put_forward():
    day = datetime(2027, 3, 28, tzinfo=timezone(timedelta(hours=1)))
    summer = datetime(2027, 3, 29, tzinfo=timezone(timedelta(hours=2)))
    shown = timeline([route("r", "always", "never")], day, summer)
    assert shown.conversion_days == 23 / 24


def test_groups_are_tallied_for_each_period():
    routes = [route("a", MARCH, "always", vendor="x"), route("b", "never", "never", vendor="y")]
    found = tally(timeline(routes, START, END), lambda one: (one.vendor,))
    assert [(one.group, one.start, dict(one.phases)[Phase.TRANSITION]) for one in found] == [
        ("x", START, 1),
        ("x", MARCH, 0),
        ("y", START, 0),
        ("y", MARCH, 0),
    ]


def test_another_order_tells_only_the_routes_that_it_changes():
    before = timeline([route("a", MARCH, "always"), route("b", "never", "never")], START, END)
    after = timeline([route("a", FEBRUARY, "always"), route("b", "never", "never")], START, END)
    (changed,) = Comparison(before=before, after=after).changed
    assert (changed.route, changed.days_before, changed.days_after) == ("a", 59, 31)


@given(plans())
def test_the_spans_of_a_route_cover_the_plan_without_a_gap_and_differ_from_their_neighbours(routes):
    for row in timeline(routes, START, END).rows:
        assert (row.spans[0].start, row.spans[-1].end) == (START, END)
        for one, other in pairwise(row.spans):
            assert one.end == other.start
            assert (one.source, one.to) != (other.source, other.to)
        for span in row.spans:
            assert row.route.formats.at(span.start) == (span.source, span.to)
            assert row.route.formats.at(span.end - timedelta(microseconds=1)) == (span.source, span.to)


@given(plans())
def test_the_area_below_the_steps_is_the_sum_of_the_days(routes):
    shown = timeline(routes, START, END)
    edges = [*shown.steps, Step(at=END.astimezone(UTC), count=0)]
    area = sum(((other.at - one.at) * one.count for one, other in pairwise(edges)), timedelta())
    assert abs(area / timedelta(days=1) - shown.conversion_days) < 1e-9


@given(plans(), st.randoms(use_true_random=False))
def test_the_order_in_which_routes_are_listed_changes_nothing(routes, chance: random.Random):
    mixed = chance.sample(routes, len(routes))
    one, other = timeline(routes, START, END), timeline(mixed, START, END)
    assert (one.steps, one.turns, one.conversion_days) == (other.steps, other.turns, other.conversion_days)


@given(plans(), st.datetimes(datetime(2027, 1, 2), datetime(2027, 4, 30), timezones=st.just(JST)))
def test_a_plan_cut_in_two_costs_as_much_as_the_whole(routes, cut):
    parts = timeline(routes, START, cut).conversion_days + timeline(routes, cut, END).conversion_days
    assert abs(parts - timeline(routes, START, END).conversion_days) < 1e-9
