"""The catalogue of events: what monitoring products and people rely on."""

import re

import pytest

from gateway.events import CATALOGUE
from gateway.log import KEYS


def test_every_message_id_has_one_meaning():
    numbers = [event.number for event in CATALOGUE.values()]
    assert sorted({number for number in numbers if numbers.count(number) > 1}) == []


@pytest.mark.parametrize("event", CATALOGUE.values(), ids=lambda event: event.name)
def test_an_event_says_in_both_languages_what_it_is_and_what_is_to_be_done(event):
    assert re.fullmatch(r"LGW-[1-9]\d{3}-[DIWEC]", event.message_id)
    assert event.text
    assert re.search(r"[ぁ-んァ-ヶ一-龠]", event.text_ja)
    assert bool(event.next_action) == bool(event.next_action_ja)
    if event.severity in ("error", "critical"):
        assert event.next_action


def test_a_log_line_has_each_key_once():
    assert len(set(KEYS)) == len(KEYS)
