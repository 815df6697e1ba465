"""Who is told of what, and when: grouping, recovery, quiet hours, escalation."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway import events
from gateway.events import CATALOGUE
from gateway.journal import Alarm
from gateway.observing.alarms import (
    ENDS,
    OF_A_RUN,
    Rule,
    Told,
    command_for,
    ended_by,
    is_alarm,
    is_forgotten,
    messages,
    subject_of,
    words_for,
)

TOKYO = ZoneInfo("Asia/Tokyo")
NOON = datetime(2027, 1, 4, 12, tzinfo=TOKYO)
LATER = timedelta(minutes=1)


def alarm(number=1, event="file_held", *, since=NOON, ended=None, acked_until=None):
    return Alarm(
        number=number,
        event=event,
        subject=f"t{number}",
        route="r",
        vendor="v",
        detail="",
        next_action="",
        raised_at=since,
        last_at=since,
        times=1,
        ended_at=ended,
        acked_by="",
        acked_until=acked_until,
        note="",
    )


PLAIN = Rule()


def due(alarms, rule=PLAIN, *, at=NOON + LATER, stages=()):
    told = [Told(alarm=one, stages=frozenset(stages)) for one in alarms]
    return [(one.stage, [a.number for a in one.alarms]) for one in messages(told, rule, at, TOKYO)]


def test_alarms_that_come_up_together_are_one_message():
    assert due([alarm(1), alarm(2)], at=NOON + timedelta(seconds=29)) == []
    assert due([alarm(1), alarm(2, since=NOON + timedelta(seconds=25))]) == [("raised", [1, 2])]


def test_nobody_is_told_twice():
    assert due([alarm()], stages=["raised"]) == []


def test_an_alarm_that_was_over_before_anybody_was_told_is_never_told():
    assert due([alarm(ended=NOON + timedelta(seconds=5))]) == []


def test_its_end_is_told_once_to_those_who_were_told_of_it():
    over = alarm(ended=NOON + LATER)
    assert due([over], stages=["raised"]) == [("recovered", [1])]
    assert due([over], stages=["raised", "recovered"]) == []
    assert due([over], Rule(recovery=False), stages=["raised"]) == []


def test_less_severe_alarms_than_asked_for_are_not_told():
    assert due([alarm(event="attempt_failed")]) == []
    assert due([alarm(event="attempt_failed")], Rule(least="warning")) == [("raised", [1])]
    assert due([alarm()], Rule(least="critical")) == []


def test_in_quiet_hours_only_what_is_loud_is_told_and_the_rest_afterwards():
    rule = Rule(quiet=("22:00-07:00",))
    night = NOON.replace(hour=23)
    assert due([alarm(since=night)], rule, at=night + LATER) == []
    assert due([alarm(event="journal_failed", since=night)], rule, at=night + LATER) == [("raised", [1])]
    assert due([alarm(since=night)], rule, at=NOON.replace(day=5, hour=7)) == [("raised", [1])]


def test_an_alarm_that_nobody_takes_on_is_escalated_once():
    rule = Rule(escalate=timedelta(minutes=30))
    half = NOON + timedelta(minutes=30)
    assert due([alarm()], rule, at=half - LATER, stages=["raised"]) == []
    assert due([alarm()], rule, at=half, stages=["raised"]) == [("escalated", [1])]
    assert due([alarm()], rule, at=half, stages=["raised", "escalated"]) == []


def test_an_alarm_that_somebody_has_taken_on_is_neither_told_nor_escalated_until_then():
    taken = alarm(acked_until=NOON + timedelta(hours=12))
    rule = Rule(escalate=timedelta(minutes=30))
    assert due([taken], rule, at=NOON + timedelta(hours=1)) == []
    assert due([taken], rule, at=NOON + timedelta(hours=1), stages=["raised"]) == []
    assert due([taken], rule, at=NOON + timedelta(hours=12), stages=["raised"]) == [("escalated", [1])]


def test_the_subject_is_the_file_the_route_or_the_place():
    assert subject_of(events.FILE_HELD, {"transfer_id": "t", "route": "r"}) == "t"
    assert subject_of(events.NAME_REFUSED, {"file": "here:x", "route": "r"}) == "here:x"
    assert subject_of(events.SCAN_FAILED, {"route": "r", "endpoint": "e"}) == "r"
    assert subject_of(events.ENDPOINT_DOWN, {"route": "r", "endpoint": "e"}) == "e"
    assert subject_of(events.JOURNAL_FAILED, {"route": "r"}) == ""


def test_a_run_ends_its_routes_alarms_only_if_no_place_failed():
    assert ended_by(events.ROUTE_RUN, {"route": "r"}) == OF_A_RUN
    assert ended_by(events.ROUTE_RUN, {"route": "r", "error_kind": "ConnectionLost"}) == ()


@pytest.mark.parametrize("name", sorted({one for names in ENDS.values() for one in names} | {*OF_A_RUN}))
def test_what_can_end_is_an_alarm_of_the_catalogue(name):
    assert is_alarm(CATALOGUE[name])


@pytest.mark.parametrize("name", sorted(ENDS))
def test_what_ends_alarms_is_in_the_catalogue(name):
    assert name in CATALOGUE


def test_only_an_alarm_that_nothing_ends_is_forgotten():
    day = NOON + timedelta(hours=24)
    assert is_forgotten(alarm(event="name_refused"), NOON, day)
    assert not is_forgotten(alarm(event="name_refused"), NOON, day - LATER)
    assert not is_forgotten(alarm(event="file_held"), NOON, day)
    assert not is_forgotten(alarm(event="route_overdue"), NOON, day)


def test_an_alarm_that_every_start_reports_anew_is_over_where_a_start_did_not():
    started = NOON + timedelta(hours=1)
    assert not is_forgotten(alarm(event="gate_closed"), started, started + timedelta(minutes=1))
    assert is_forgotten(alarm(event="gate_closed"), started, started + timedelta(minutes=2))
    assert not is_forgotten(alarm(event="gate_closed"), NOON, NOON + timedelta(days=9))


def test_an_alarm_that_is_renewed_while_it_lasts_is_over_when_it_is_not():
    assert not is_forgotten(alarm(event="journal_failed"), NOON, NOON + timedelta(minutes=1))
    assert is_forgotten(alarm(event="journal_failed"), NOON, NOON + timedelta(minutes=2))


@pytest.mark.parametrize("name", sorted(name for name in CATALOGUE if is_alarm(CATALOGUE[name])))
def test_what_to_do_about_an_alarm_names_what_it_is_about_and_leaves_no_gap(name):
    for language in ("ja", "en"):
        for text in (*words_for(alarm(event=name), language), command_for(alarm(event=name))):
            assert "{" not in text, f"{language}: {text}"
