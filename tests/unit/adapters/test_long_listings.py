from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Entry
from adapters.entries import entries_of

FACTS = st.tuples(st.text(), st.none() | st.integers(), st.text(), st.booleans())


@given(st.lists(FACTS))
def test_entries_that_are_made_together_are_those_that_are_made_one_by_one(
    told: list[tuple[str, int, str, bool]],
) -> None:
    one_by_one = [Entry(path=path, size=size, mtime=time, vague=vague) for path, size, time, vague in told]
    paths, sizes, times, vague = ([facts[field] for facts in told] for field in range(4))
    together = entries_of(paths, sizes, times, vague=vague)
    assert together == one_by_one
    assert [entry.identity for entry in together] == [entry.identity for entry in one_by_one]
    assert entries_of(paths, sizes, times) == [
        Entry(path=path, size=size, mtime=time) for path, size, time, _ in told
    ]


def test_an_entry_that_was_made_with_others_cannot_be_changed_either() -> None:
    (entry,) = entries_of(["a.csv"], [3], ["20261123084407"])
    with pytest.raises(FrozenInstanceError):
        entry.path = "b.csv"  # type: ignore[misc]
