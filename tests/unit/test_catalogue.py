"""The catalogue of events: what monitoring products and people rely on."""

import re
from pathlib import Path

import jsonschema
import pytest

from gateway.causes import CAUSES
from gateway.cli import COMMANDS
from gateway.errors import Reason
from gateway.events import CATALOGUE
from gateway.logs.log import KEYS
from gateway.observing.alarms import is_alarm
from gateway.reasons import MEANINGS, named_in
from gateway.reference.catalogue import events_page
from gateway.reference.language import ENGLISH, language
from gateway.reference.lines import FIELDS, line_schema

ROOT = Path(__file__).resolve().parents[2]


def test_every_message_id_has_one_meaning():
    numbers = [event.number for event in CATALOGUE.values()]
    assert sorted({number for number in numbers if numbers.count(number) > 1}) == []


@pytest.mark.parametrize("event", CATALOGUE.values(), ids=lambda event: event.name)
def test_an_event_says_in_both_languages_what_it_is_and_what_is_to_be_done(event):
    assert re.fullmatch(r"LGW-[1-9]\d{3}-[DIWEC]", event.message_id)
    assert event.text
    assert re.search(r"[ぁ-んァ-ヶ一-龠]", event.text_ja)
    assert bool(event.next_action) == bool(event.next_action_ja)


@pytest.mark.parametrize(
    "event", [one for one in CATALOGUE.values() if is_alarm(one)], ids=lambda event: event.name
)
def test_an_alarm_says_why_it_comes_what_is_to_be_done_and_with_which_command_to_begin(event):
    assert event.next_action
    assert event.cause.text
    assert re.search(r"[ぁ-んァ-ヶ一-龠]", event.cause.text_ja)
    command = re.fullmatch(r"linkage-gateway ([a-z]+)( .+)?", event.cause.command)
    assert command.group(1) in COMMANDS


def test_causes_stand_beside_alarms_alone():
    assert CAUSES.keys() == {event.name for event in CATALOGUE.values() if is_alarm(event)}


def test_every_event_of_the_catalogue_is_reported_by_some_code():
    sources = [
        path.read_text(encoding="utf-8")
        for path in (ROOT / "gateway").rglob("*.py")
        if path.name != "events.py"
    ]
    named = {name for text in sources for name in re.findall(r"\b[A-Z][A-Z_]+\b", text)}
    told = {name.upper() for name in CATALOGUE if name != "alert_tested"}  # a test of the ways sends that one
    assert told - named == set()


@pytest.mark.parametrize("code", ["", "ja"])
def test_every_event_stands_on_the_page_of_the_manual_once(code):
    page = events_page(language(code) if code else ENGLISH, "")
    assert {name: page.count(f"`{one.message_id}`") for name, one in CATALOGUE.items()} == dict.fromkeys(
        CATALOGUE, 1
    )


def test_the_schema_of_log_lines_has_every_key_in_its_order_and_knows_every_event():
    schema = line_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert tuple(FIELDS) == KEYS
    assert {one["properties"]["event"]["const"] for one in schema["oneOf"]} == CATALOGUE.keys()


LINE = {
    "timestamp": "2027-01-04T06:30:00.000+09:00",
    "level": "error",
    "event": "file_held",
    "message_id": "LGW-1201-E",
    "message": "the file waits for a person",
    "gateway": "test",
}


@pytest.mark.parametrize(
    ("change", "is_a_line"),
    [
        ({}, True),
        ({"route": "r", "bytes": 3}, True),
        ({"level": "info"}, False),
        ({"message_id": "LGW-1202-I"}, False),
        ({"event": "file_eaten"}, False),
        ({"bytes": "3"}, False),
        ({"name": "山田"}, False),
    ],
)
def test_the_schema_tells_lines_of_the_catalogue_from_all_others(change, is_a_line):
    assert jsonschema.Draft202012Validator(line_schema()).is_valid(LINE | change) is is_a_line


def test_a_log_line_has_each_key_once():
    assert len(set(KEYS)) == len(KEYS)


def test_every_reason_for_which_a_file_is_held_says_what_it_means_and_what_is_to_be_done():
    assert MEANINGS.keys() == set(Reason)
    for one in MEANINGS.values():
        assert one.text
        assert one.todo
        assert re.search(r"[ぁ-んァ-ヶ一-龠]", one.text_ja)
        assert re.search(r"[ぁ-んァ-ヶ一-龠]", one.todo_ja)


def test_the_alarm_of_a_held_file_says_what_is_to_be_done_for_its_reason():
    detail = "here:a.dat · name_taken · something else has its name"
    assert named_in(detail) is MEANINGS[Reason.NAME_TAKEN]
    assert named_in("here:a.dat") is None
