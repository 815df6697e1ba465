"""The course of an end: what it did as the journal remembers it, and what is planned from now on."""

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from gateway.cutover import EndFormat, Override, Stand, format_at
from gateway.journal.switching import Flip
from gateway.model import Format, Phase
from gateway.planning.course import Course, EndCourse
from gateway.timeline import Origin, PlannedEnd, PlannedRoute, timeline

JST = timezone(timedelta(hours=9))
DAY = timedelta(days=1)
FIRST, T, NOW, END = (datetime(2027, month, 1, tzinfo=JST) for month in (1, 2, 3, 6))
L, S = Format.LEGACY, Format.STANDARD
STILL = EndCourse(dated=EndFormat(system="always"), now=NOW)


def flip(format_, actual, planned=None):
    return Flip(
        route="r",
        side="from",
        stand=Stand(format=format_, place="here:x"),
        planned=planned,
        actual=actual,
        cutover="",
    )


def end(system, *flips, now=NOW, overrides=()):
    return EndCourse(dated=EndFormat(system=system, overrides=overrides), flips=flips, now=now)


def turns(source, **more):
    course = Course(source=source, to=STILL)
    planned = PlannedEnd(system="kaigo", passed=source.passed, waits_since=source.waits_since, **more)
    route = PlannedRoute(name="r", source=planned, to=PlannedEnd(system="x"), formats=course)
    return timeline([route], FIRST - DAY, END, now=NOW).turns


def test_a_cutover_that_was_made_later_than_planned_is_shown_when_it_was_made():
    late = T + timedelta(hours=5)
    (turn,) = turns(end(T, flip(L, FIRST), flip(S, late, planned=T)))
    assert (turn.at, turn.origin, turn.waits_since) == (late, Origin.OUTCOME, None)


def test_a_cutover_that_its_gate_holds_is_expected_now_and_says_since_when():
    held = end(T, flip(L, FIRST))
    (turn,) = turns(held)
    assert (turn.at, turn.becomes, turn.waits_since) == (NOW, S, T)
    assert held.at(NOW - timedelta(seconds=1)) is L


def test_the_phase_as_it_stands_is_that_of_the_journal_and_not_of_the_dates():
    course = Course(source=end(T, flip(L, FIRST)), to=STILL)
    assert course.standing(NOW) == (L, S)
    assert course.phase_now(NOW) is Phase.TRANSITION


def test_an_end_that_passed_does_not_go_back_because_a_date_was_moved():
    moved = end(END - DAY, flip(L, FIRST), flip(S, T, planned=T))
    assert {moved.at(NOW + day * DAY) for day in range(90)} == {S}
    assert [turn.at for turn in turns(moved)] == [T]


def test_peoples_word_takes_an_end_back_and_is_named_as_the_origin():
    back = NOW + 3 * DAY
    said = Override(format=L, holds_from=back, back=True)
    one = end(T, flip(L, FIRST), flip(S, T, planned=T), overrides=(said,))
    found = turns(one, said=frozenset({back}))
    assert [(turn.at, turn.becomes, turn.origin) for turn in found] == [
        (T, S, Origin.OUTCOME),
        (back, L, Origin.OVERRIDE),
    ]


def test_before_it_was_first_seen_an_end_did_what_its_dates_say():
    seen = end(FIRST - timedelta(hours=12), flip(S, FIRST))
    assert seen.at(FIRST - DAY) is L
    assert [turn.at for turn in turns(seen)] == [FIRST - timedelta(hours=12)]


def test_a_move_within_one_format_is_no_cutover():
    moved = end("always", flip(S, FIRST), flip(S, T, planned=T))
    assert turns(moved) == ()
    assert moved.moved_at is None


dates = st.datetimes(datetime(2026, 11, 1), datetime(2027, 7, 1), timezones=st.just(JST))


@given(st.one_of(st.sampled_from(["always", "never"]), dates), dates)
def test_without_flips_the_course_is_the_dates(system, instant):
    assert end(system).at(instant) is format_at(EndFormat(system=system), instant)


@given(st.lists(st.tuples(dates, st.sampled_from([L, S])), min_size=1, max_size=5), dates)
def test_the_past_is_what_the_flips_say(flips, instant):
    ordered = [flip(format_, at) for at, format_ in sorted(flips) if at < NOW]
    course = end("never", *ordered)
    begun = [one for one in ordered if one.actual <= instant]
    if begun and instant < NOW:
        assert course.at(instant) is begun[-1].stand.format


@given(
    st.lists(st.tuples(dates, st.sampled_from([L, S])), max_size=5), st.one_of(st.just("never"), dates), dates
)
def test_a_format_changes_at_its_turns_alone(flips, system, instant):
    course = end(system, *(flip(format_, at) for at, format_ in sorted(flips) if at < NOW))
    before = [turn for turn in course.turns() if turn <= instant]
    if before:
        assert course.at(instant) is course.at(max(before))
