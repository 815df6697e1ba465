"""Files of changes become full files, so often as the route says."""

from datetime import timedelta

import pytest

from gateway.errors import Reason
from tests.support.city import FIXED, Town
from tests.support.states import CHANGES, full_file, states

MAPPING = """
from: csv
to: fixed
items:
  - {from: "00100001", to: 番号}
  - {from: "00100002", to: 氏名}
  - {from: "00100003", to: 金額}
"""
ROUTE = """
from:
  system: new
  standard: {{endpoint: here, path: "*.csv", ready: at-once, layout: csv, content: differential}}
to:
  system: old
  legacy: {{endpoint: there, path: "{{seq:04}}.dat", layout: fixed, content: full}}
convert: csv-to-fixed
schedule: {{every: 1s}}
delta: {{key: [番号], shrink: 60%, full: {{every: {every}}}}}
"""
BEGINNING = {"00001": ("山田", 10), "00002": ("佐藤", 20), "00003": ("鈴木", 30)}


def town_of_full_files(root, every="24h"):
    town = Town(root)
    town.write("layouts/fixed.yaml", FIXED)
    town.write("layouts/csv.yaml", CHANGES)
    town.write("mappings/csv-to-fixed.yaml", MAPPING)
    town.write("routes/v/r.yaml", ROUTE.format(every=every))
    return town


def changes(town, name, *rows):
    (town.here / name).write_text("区分,番号,氏名,金額\n" + "".join(f"{row}\n" for row in rows))


async def begin(town):
    changes(town, "0.csv", *(f"1,{number},{name},{amount}" for number, (name, amount) in BEGINNING.items()))
    async with town.gateway() as gateway:
        await gateway.journal.deltas.rebaseline("r", who="tester", reason="the first load")
        await gateway.once(["r"], patience=timedelta())


@pytest.fixture
def town(tmp_path):
    return town_of_full_files(tmp_path)


async def test_changes_alone_make_no_full_file_before_a_person_says_that_they_hold_everything(town):
    changes(town, "0.csv", "1,00001,山田,10")
    (held,) = (await town.once()).transfers
    assert held.reason is Reason.BASE_MISSING
    assert town.arrived() == {}


async def test_the_first_file_goes_out_whole(town):
    await begin(town)
    assert town.arrived() == {"0001.dat": full_file(BEGINNING)}


async def test_changes_are_kept_until_the_next_full_file_is_due(town):
    await begin(town)
    changes(town, "1.csv", "2,00001,山田,11", "3,00002,佐藤,20", "1,00004,高橋,40")
    (transfer,) = (await town.once()).transfers
    assert transfer.outcome == "superseded"
    assert list(town.arrived()) == ["0001.dat"]
    assert [(one["rows"], one["sent"]) for one in states(town)] == [(3, "full"), (3, "nothing")]

    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("every: 24h", "every: 1ms"))
    changes(town, "2.csv", "2,00003,鈴木,31")
    await town.once()
    sent = town.arrived()["0002.dat"]
    rows = {"00001": ("山田", 11), "00004": ("高橋", 40), "00003": ("鈴木", 31)}
    assert {sent[at : at + 20] for at in range(0, len(sent), 20)} == {
        full_file({number: row}) for number, row in rows.items()
    }
    assert [(one["inserts"], one["updates"], one["deletes"]) for one in states(town)] == [
        (3, 0, 0), (1, 1, 1), (0, 1, 0),
    ]  # fmt: skip


async def test_a_file_that_would_delete_too_much_is_held(town):
    await begin(town)
    changes(town, "1.csv", "3,00001,山田,10", "3,00002,佐藤,20")
    (held,) = (await town.once()).transfers
    assert held.reason is Reason.SHRINK


async def test_a_word_that_the_layout_does_not_declare_holds_the_file(town):
    await begin(town)
    changes(town, "1.csv", "7,00001,山田,10")
    (held,) = (await town.once()).transfers
    assert held.reason is Reason.BAD_RECORDS
    assert "change" in held.message
