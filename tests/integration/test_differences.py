"""Successive full files become differences: what the consumer makes of them is always the newest full file."""

import pytest

from tests.support.states import Consumer, put, states, town_of_changes

FIRST = {"00001": ("山田", 10), "00002": ("佐藤", 20), "00003": ("鈴木", 30)}


@pytest.fixture
def town(tmp_path):
    return town_of_changes(tmp_path, more="shrink: 50%")


async def test_the_first_full_file_goes_out_as_new_rows_and_the_next_as_what_changed(town):
    consumer = Consumer(town)
    put(town, "a.dat", FIRST)
    await town.once()
    assert consumer.take() == FIRST
    second = {"00001": ("山田", 10), "00002": ("佐藤", 25), "00004": ("高橋", 40)}
    put(town, "b.dat", second)
    consumer.told.clear()
    await town.once()
    assert consumer.take() == second
    assert consumer.told == ["300003", "200002", "100004"]
    assert [(one["rows"], one["inserts"], one["updates"], one["deletes"]) for one in states(town)] == [
        (3, 3, 0, 0),
        (3, 1, 1, 1),
    ]


async def test_a_full_file_without_a_change_is_not_sent(town):
    put(town, "a.dat", FIRST)
    await town.once()
    put(town, "b.dat", dict(reversed(FIRST.items())))
    (transfer,) = (await town.once()).transfers
    assert transfer.outcome == "unchanged"
    assert list(town.arrived()) == ["0001.csv"]
