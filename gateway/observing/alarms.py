"""Which events are alarms, what ends them, and who is to be told when. Pure.

An alarm is an event of severity warning or more about one subject: a transfer, an endpoint or a route. It is one
alarm however often it is reported, until an event ends it. One that nothing ends is over when it was not reported
again for ``FORGOTTEN_AFTER``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Literal

from gateway import events
from gateway.events import CATALOGUE, Event, Severity
from gateway.findings import in_japanese
from gateway.journal import Alarm
from gateway.reasons import BETWEEN, named_in
from gateway.times.timetable import Window

FORGOTTEN_AFTER = timedelta(hours=24)
RANK: dict[Severity, int] = {"debug": 0, "info": 1, "warning": 2, "error": 3, "critical": 4}

_KEYS = {1: ("transfer_id", "file", "route"), 2: ("route", "cutover"), 3: ("endpoint",)}
"""By the first digit of a message's number: the fields that may name its subject."""

_SUBJECTS: dict[str, tuple[str, ...]] = {
    events.BASELINE_NEEDED.name: ("route",),
    events.CHANGES_FOUND.name: ("route",),
    events.RECORDS_DIVERTED.name: ("reason",),
    events.ASIDE_UNSEEN.name: ("endpoint",),
    events.CONSOLE_OPENED.name: (),
    events.NODE_JOINED.name: ("node",),
    events.NODE_LOST.name: ("node",),
    events.NODE_CUT_OFF.name: ("node",),
    events.NODE_BACK.name: ("node",),
    events.NODES_DIFFER.name: (),
    events.NODES_AGREE.name: (),
    events.CONSOLE_FAILED.name: (),
}
"""By the name of an event: the fields, where they are not those of its number."""

_OF_DAYS = frozenset({events.FILE_DUE_SOON.name, events.FILE_MISSING.name, events.FILE_CAME.name})
"""Events about a day's files: what comes for one day is no end to what is missing for another."""

ENDS: dict[str, tuple[str, ...]] = {
    events.FILE_CARRIED.name: ("file_held", "file_held_long", "attempt_failed"),
    events.FILE_DELIVERED.name: ("file_held", "file_held_long", "attempt_failed"),
    events.FILE_UNCHANGED.name: ("file_held", "file_held_long", "attempt_failed"),
    events.FILE_WITHDRAWN.name: ("file_held", "file_held_long", "attempt_failed"),
    events.FILE_RELEASED.name: ("file_held", "file_held_long"),
    events.FILE_HELD.name: ("attempt_failed",),
    events.FILE_TAKEN.name: ("file_not_taken", "receipt_differs"),
    events.RECEIPT_DIFFERS.name: ("file_not_taken",),
    events.FILE_SUPERSEDED.name: ("file_held", "file_held_long", "attempt_failed"),
    events.CHANGES_FOUND.name: ("baseline_needed",),
    events.COMPARISON_MADE.name: ("comparison_differs", "comparison_failed"),
    events.COMPARISON_DIFFERS.name: ("comparison_failed",),
    events.SHADOW_WRITTEN.name: ("shadow_failed",),
    events.FILE_MISSING.name: ("file_due_soon",),
    events.FILE_CAME.name: ("file_due_soon", "file_missing"),
    events.SOURCE_HEARD.name: ("source_silent",),
    events.SEQUENCE_GOES_ON.name: ("sequence_gap", "sequence_gap_passed"),
    events.END_PASSED.name: ("gate_closed",),
    events.CUTOVER_RESOLVED.name: ("gate_closed", "cutover_contradicted", "cutover_unplaced"),
    events.ROUTE_OWNED.name: ("route_owned_elsewhere",),
    events.ROUTE_STARTED.name: ("route_rejected", "route_removed", "route_outdated", "route_rolled_back"),
    events.ROUTE_RENEWED.name: ("route_rejected", "route_outdated", "route_rolled_back"),
    events.ENDPOINT_UP.name: ("endpoint_down", "endpoint_silent"),
    events.ALERT_SENT.name: ("alert_failed",),
    events.CONSOLE_OPENED.name: ("console_failed",),
    events.NODE_JOINED.name: ("node_lost", "node_cut_off"),
    events.NODE_BACK.name: ("node_cut_off",),
    events.NODES_AGREE.name: ("nodes_differ",),
    events.GATEWAY_STARTED.name: ("clock_stepped", "configuration_refused", "configuration_waits"),
    events.CONFIGURATION_READ.name: ("configuration_refused", "configuration_waits"),
}
"""By the name of an event: the alarms about the same subject that it ends."""

OF_A_RUN = ("scan_failed",)
"""Alarms of a route that a run without an error ends."""


AWAY = frozenset({events.ENDPOINT_DOWN.name, events.ENDPOINT_SILENT.name})
"""Alarms of endpoints that refuse us or do not answer."""

LOOKED_FOR = ("route_overdue", "route_backed_up", "records_diverted")
"""Alarms whose end is looked for, since no event tells of it."""

RENEWED = {
    events.JOURNAL_FAILED.name: timedelta(minutes=2),
    events.CLOCK_UNSYNCHRONISED.name: timedelta(minutes=3),
    events.KEEPING_FAILED.name: timedelta(minutes=10),
    events.KEY_MISSING.name: timedelta(minutes=5),
    events.ORIGINALS_NEARLY_FULL.name: timedelta(hours=3),
}
"""Alarms that are reported again and again while they last: over when nothing was heard of them for so long."""

ANEW = frozenset(
    {
        "gate_closed",
        "cutover_contradicted",
        "cutover_unplaced",
        "route_outdated",
        "route_rolled_back",
        "certificate_ends",
    }
)
"""Alarms that are reported anew after each start of the gateway, within ``ANEW_WITHIN``, while they last."""
ANEW_WITHIN = timedelta(minutes=2)

PERHAPS_MEANT = ("route_removed",)
"""Alarms of what may have been meant: a person says so, unless it is undone."""

PERHAPS_NEVER = ("file_due_soon", "file_missing", "file_not_taken", "receipt_differs")
"""Alarms of what ends by itself, or never: a person who has heard that it will not may say that it is over."""

ENDED_BY_ITSELF = frozenset(
    (
        {name for names in ENDS.values() for name in names} | {*OF_A_RUN, *LOOKED_FOR, *RENEWED, *ANEW}
    ).difference(PERHAPS_MEANT)
)
"""Alarms that are over as soon as what is wrong is; nobody can say that they are over while they are not."""


def is_alarm(event: Event) -> bool:
    """Whether people should see it until it is over."""
    return RANK[event.severity] >= RANK["warning"]


def subject_of(event: Event, fields: Mapping[str, Any]) -> str:
    """What an event is about; empty for the gateway itself."""
    keys = _SUBJECTS.get(event.name, _KEYS.get(event.number // 1000, ("endpoint",)))
    subject = next((str(fields[key]) for key in keys if fields.get(key)), "")
    return f"{subject} {fields['planned']}" if event.name in _OF_DAYS and "planned" in fields else subject


def about(alarm: Alarm) -> tuple[str, ...]:
    """What an alarm is about as people look for it: its route, and what of that; nothing for the gateway itself."""
    return tuple(dict.fromkeys(name for name in (alarm.route, alarm.subject) if name))


def command_for(alarm: Alarm) -> str:
    """The command with which to begin, about this alarm; empty if its event names none."""
    return _about(alarm, CATALOGUE[alarm.event].cause.command).strip() if alarm.event in CATALOGUE else ""


def _about(alarm: Alarm, text: str) -> str:
    """A text of the catalogue with the names that this alarm is about."""
    for field, value in (
        ("route", alarm.route or alarm.subject),
        ("endpoint", _endpoint_of(alarm)),
        ("transfer_id", alarm.subject),
        ("reason", alarm.subject),
    ):
        text = text.replace(f"{{{field}}}", value)
    return text


def _endpoint_of(alarm: Alarm) -> str:
    """The place that an alarm is about: its subject, or what its detail names after the file."""
    if subject_of(CATALOGUE[alarm.event], {"endpoint": alarm.subject}):
        return alarm.subject
    return next((word for word in alarm.detail.split(BETWEEN) if ":" not in word), "")


def detail_in(alarm: Alarm, language: str) -> str:
    """What exactly an alarm is about, in a language; names and what places said stay as they are."""
    parts = alarm.detail.split(BETWEEN)
    return BETWEEN.join(in_japanese(part) if language == "ja" else part for part in parts)


def words_for(alarm: Alarm, language: str) -> tuple[str, str, str]:
    """What an alarm says, why it comes up, and what is to be done, in a language; a held file's by its reason."""
    event, ja = CATALOGUE[alarm.event], language == "ja"
    held = named_in(alarm.detail) if event is events.FILE_HELD else None
    if held is not None:
        return (
            event.text_ja if ja else event.text,
            held.text_ja if ja else held.text,
            held.todo_ja if ja else held.todo,
        )
    if ja:
        return event.text_ja, event.cause.text_ja, _about(alarm, event.next_action_ja) or alarm.next_action
    return event.text, event.cause.text, alarm.next_action or _about(alarm, event.next_action)


def ended_by(event: Event, fields: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the alarms about its subject that an event ends."""
    if event is events.ROUTE_RUN and not fields.get("error_kind"):
        return OF_A_RUN
    if event is events.FILE_TAKEN and fields.get("count"):
        return ()  # so many other parts of it were not taken
    return ENDS.get(event.name, ())


def is_closable(name: str) -> bool:
    """Whether a person may end an alarm by saying what was done: nothing that the gateway sees need ever end it."""
    return name not in ENDED_BY_ITSELF or name in PERHAPS_NEVER


def is_forgotten(alarm: Alarm, started: datetime, now: datetime) -> bool:
    """Whether it ends because nothing was heard of it any more, in a gateway that was started then."""
    if alarm.event in ANEW and alarm.last_at < started and now - started >= ANEW_WITHIN:
        return True
    longest = RENEWED.get(alarm.event) if alarm.event in ENDED_BY_ITSELF else FORGOTTEN_AFTER
    return longest is not None and now - alarm.last_at >= longest


Stage = Literal["raised", "escalated", "recovered"]


@dataclass(frozen=True, kw_only=True)
class Told:
    """An alarm, and the stages of which one way has told people."""

    alarm: Alarm
    stages: frozenset[Stage]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When one way tells people.

    Attributes:
        least: the least severe alarm that it tells.
        group: how long it waits for more, so that one fault is one message.
        quiet: windows such as 22:00-07:00 in which it is silent.
        loud: the least severe alarm that is told in the quiet hours too.
        escalate: how long an alarm may stand that nobody has taken on; None: as long as it likes.
        recovery: whether it also tells that an alarm is over.
    """

    least: Severity = "error"
    group: timedelta = timedelta(seconds=30)
    quiet: tuple[str, ...] = ()
    loud: Severity = "critical"
    escalate: timedelta | None = None
    recovery: bool = True


@dataclass(frozen=True, kw_only=True)
class Message:
    """What one way tells at once.

    Attributes:
        reached_next: whether the next person was told of any of these alarms, because nobody had taken it on.
    """

    stage: Stage
    alarms: tuple[Alarm, ...]
    reached_next: bool = False


def messages(told: Sequence[Told], rule: Rule, now: datetime, zone: tzinfo) -> list[Message]:
    """What one way is to tell now: at most one message for each stage.

    An alarm that was over before anybody was told is never told. One that somebody has taken on is neither told
    nor escalated.
    """
    heard = [one for one in told if _is_heard(one.alarm, rule, now, zone)]
    fresh = [one.alarm for one in heard if not one.stages and _is_open(one.alarm, now)]
    waited = any(now - alarm.raised_at >= rule.group for alarm in fresh)
    late = [one.alarm for one in heard if _is_to_escalate(one, rule, now)]
    over = [one for one in heard if _is_recovered(one, rule)]
    known = any("escalated" in one.stages for one in over)
    found = [
        Message(stage="raised", alarms=tuple(fresh if waited else [])),
        Message(stage="escalated", alarms=tuple(late), reached_next=True),
        Message(stage="recovered", alarms=tuple(one.alarm for one in over), reached_next=known),
    ]
    return [message for message in found if message.alarms]


def _is_open(alarm: Alarm, now: datetime) -> bool:
    return alarm.ended_at is None and not alarm.is_seen(now)


def _is_to_escalate(one: Told, rule: Rule, now: datetime) -> bool:
    return (
        rule.escalate is not None
        and one.stages == {"raised"}
        and _is_open(one.alarm, now)
        and now - one.alarm.raised_at >= rule.escalate
    )


def _is_recovered(one: Told, rule: Rule) -> bool:
    told = "raised" in one.stages and "recovered" not in one.stages
    return rule.recovery and told and one.alarm.ended_at is not None


def _is_heard(alarm: Alarm, rule: Rule, now: datetime, zone: tzinfo) -> bool:
    event = CATALOGUE.get(alarm.event)
    if event is None or RANK[event.severity] < RANK[rule.least]:
        return False
    return RANK[event.severity] >= RANK[rule.loud] or not _is_quiet(rule.quiet, now, zone)


def _is_quiet(windows: Sequence[str], now: datetime, zone: tzinfo) -> bool:
    return any(Window.of(one).covers(now.astimezone(zone).time()) for one in windows)
