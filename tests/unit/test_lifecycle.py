"""The life of a transfer, as a table and as a machine that is driven at random."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import IllegalMove
from gateway.lifecycle import FINAL, HOLDABLE, MOVES, OPEN, WORDS, Event, State, after, word

MAIN_ROAD = (Event.SPOOL, Event.CONVERT, Event.CLAIM, Event.PUBLISH, Event.DELIVER, Event.SETTLE)


def test_the_main_road_leads_from_admitted_to_settled():
    state = State.ADMITTED
    for event in MAIN_ROAD:
        state = after(state, event)
    assert state is State.SETTLED


@given(st.sampled_from(State), st.sampled_from(Event))
def test_every_move_is_in_the_table_or_raises(state, event):
    allowed = (state, event) in MOVES or (event is Event.HOLD and state in HOLDABLE)
    if allowed:
        assert after(state, event) in State
    else:
        with pytest.raises(IllegalMove):
            after(state, event)


@pytest.mark.parametrize("state", sorted(HOLDABLE))
def test_a_release_leads_back_to_where_the_file_was_held(state):
    held = after(state, Event.HOLD)
    assert held is State.HELD
    assert after(held, Event.RELEASE, held_from=state) is state


@pytest.mark.parametrize("state", sorted(FINAL))
def test_nothing_leaves_a_final_state(state):
    for event in Event:
        with pytest.raises(IllegalMove):
            after(state, event, held_from=State.SPOOLED)


def test_a_held_file_cannot_be_held_again():
    with pytest.raises(IllegalMove):
        after(State.HELD, Event.HOLD)


@given(st.lists(st.sampled_from(Event), max_size=30))
def test_no_road_reaches_delivered_without_publishing(events):
    state, held_from, passed = State.ADMITTED, None, set()
    for event in events:
        try:
            following = after(state, event, held_from=held_from)
        except IllegalMove:
            continue
        held_from = state if event is Event.HOLD else None
        state = following
        passed.add(state)
        if state is State.DELIVERED:
            assert State.PUBLISHING in passed
            assert State.SPOOLED in passed


def test_every_state_is_open_or_final_and_has_a_word():
    assert set(State) == OPEN | FINAL
    assert set(WORDS) == set(State)


def test_of_a_transfer_that_is_over_people_read_what_became_of_it():
    assert [word(State.SETTLED, one) for one in ("delivered", "unchanged", "superseded", "compared")] == [
        "delivered",
        "unchanged",
        "superseded",
        "compared",
    ]
    assert word(State.HELD, "delivered") == "held", "what is held after its delivery waits for a person"
    assert word(State.CLAIMED, "") == "pending"
