"""How many connections are asked for, when hosts refuse some."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adapters.allowance import full, refused, served


@given(st.integers(1, 64), st.lists(st.integers(0, 64)))
def test_the_allowance_stays_between_one_and_the_cap_whatever_happens(cap: int, turns: list[int]) -> None:
    allowance = full(cap)
    for held in turns:
        allowance = refused(allowance, held=held) if held else served(allowance)
        assert 1 <= allowance.limit <= cap


def test_a_refusal_halves_what_was_held_and_not_only_what_was_allowed() -> None:
    assert refused(full(16), held=16).limit == 8
    assert refused(full(16), held=5).limit == 2
    assert refused(full(16), held=1).limit == 1


def test_one_more_is_allowed_when_every_allowed_one_has_served() -> None:
    allowance = refused(full(16), held=8)
    for _ in range(3):
        allowance = served(allowance)
    assert allowance.limit == 4
    for _ in range(2):
        allowance = served(allowance)
    assert allowance.limit == 5
