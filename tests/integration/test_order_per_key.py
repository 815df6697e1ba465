"""Changes in order for each key: a held file stops those that have a record of one of its keys, and no others."""

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.app import Gateway
from gateway.errors import Reason
from gateway.times.clock import SystemClock
from tests.integration.test_clear_errors import record
from tests.support.city import CSV, FIXED, MAPPING, Town
from tests.support.clock import HandClock

ROUTE = """
from:
  system: old
  legacy: {endpoint: here, path: "*.dat", ready: at-once, layout: fixed, content: differential}
to:
  system: new
  standard: {endpoint: there, path: "{seq:02}_{stem}.csv", layout: csv, content: differential}
convert: fixed-to-csv
schedule: {every: 1s}
order: {by: name, per: key}
after: delete
"""
NAME = "山田太郎"


def prepared(root):
    made = Town(root)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("routes/v/r.yaml", ROUTE)
    return made


@pytest.fixture
def town(tmp_path):
    return prepared(tmp_path)


def changes(*numbers, amount=b"00012"):
    return b"".join(record(f"{number:05}", NAME, amount) for number in numbers)


async def carried(town, *, later=0, times=1):
    """One look after another, some hours from now; gives the names of what is held, and of what waits."""
    clock = HandClock(SystemClock().now() + timedelta(hours=later))
    async with Gateway(town.load(), clock=clock, report=town.report()) as gateway:
        for _ in range(times):
            await gateway.once(["r"], patience=timedelta())
            clock.move(minutes=2)
        opened = await gateway.journal.open_transfers("r")
        return [one.entry.name for one in opened if one.reason], [
            one.entry.name for one in opened if not one.reason
        ]


def arrived(town):
    return [name.partition("_")[2] for name in sorted(town.arrived())]


async def test_a_held_file_stops_those_with_one_of_its_keys_and_no_others(town):
    (town.here / "a.dat").write_bytes(changes(1, 2, amount=b"0001X"))
    (town.here / "b.dat").write_bytes(changes(3, 4))
    (town.here / "c.dat").write_bytes(changes(2, 5))
    (town.here / "d.dat").write_bytes(changes(5, 6))
    (town.here / "e.dat").write_bytes(changes(7))
    assert await carried(town) == (["a.dat"], ["c.dat", "d.dat"])
    assert arrived(town) == ["b.csv", "e.csv"], "d waits for c, which waits for a"
    town.write("layouts/fixed.yaml", FIXED.replace("type: zoned, digits: 5", "type: text, length: 5"))
    town.write("layouts/csv.yaml", CSV.replace("type: S9", "type: X"))
    async with town.gateway() as gateway:
        [held] = [one for one in await gateway.journal.open_transfers("r") if one.reason]
        assert held.reason is Reason.BAD_RECORDS
        await gateway.journal.released(held, who="tanaka", why="レイアウトの訂正")
    assert await carried(town, later=3) == ([], [])
    assert arrived(town) == ["b.csv", "e.csv", "a.csv", "c.csv", "d.csv"]


async def test_a_held_file_whose_keys_cannot_be_read_stops_all_behind_it(town):
    (town.here / "a.dat").write_bytes(changes(1)[:-1])
    (town.here / "b.dat").write_bytes(changes(3))
    assert await carried(town) == (["a.dat"], ["b.dat"])
    assert arrived(town) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("content: differential}\nto:", "content: full}\nto:"),
            "content may not be full with order: {per: key}",
        ),
        (("per: key}", 'per: key, sequence: "(?P<seq>[0-9]+)"}'), "may not be key where files go by number"),
    ],
)
async def test_what_cannot_go_by_keys_is_refused(town, change, said):
    text = ROUTE.replace(*change)
    assert text != ROUTE
    town.write("routes/v/r.yaml", text)
    with pytest.raises(AssertionError, match=said.replace("{", r"\{").replace("(", r"\(")):
        town.load()


async def test_a_layout_without_a_key_is_refused(town):
    town.write("layouts/fixed.yaml", FIXED.replace(", key: true", ""))
    with pytest.raises(AssertionError, match="needs a layout with key: true"):
        town.load()


FILES = st.lists(
    st.tuples(st.frozensets(st.integers(1, 5), min_size=1, max_size=2), st.booleans()), min_size=2, max_size=7
)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(files=FILES)
def test_whatever_is_held_the_records_of_each_key_go_in_order_and_nothing_else_waits(files):
    """``files``: the keys of each, and whether it has a bad record. Worked out here by one pass over the files."""
    with tempfile.TemporaryDirectory() as folder:
        town = prepared(Path(folder))
        stopped, wanted, waiting = set(), [], []
        for number, (keys, bad) in enumerate(files):
            amount = b"0001X" if bad else b"00012"
            (town.here / f"{number}.dat").write_bytes(changes(*sorted(keys), amount=amount))
            if bad or keys & stopped:
                stopped |= keys
                waiting.append(f"{number}.dat")
            else:
                wanted.append(f"{number}.csv")
        held, waits = asyncio.run(carried(town))
        assert arrived(town) == wanted
        assert sorted(held + waits) == waiting
