"""Successive full files become differences: what the consumer makes of them is always the newest full file."""

import asyncio
import csv
import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from gateway.carrying import bridge
from gateway.cli import main
from gateway.errors import Reason
from gateway.formats.differences import difference
from gateway.journal.audit import Act
from gateway.lifecycle import State
from gateway.model import Format
from tests.support.states import Consumer, put, states, town_of_changes

FIRST = {"00001": ("山田", 10), "00002": ("佐藤", 20), "00003": ("鈴木", 30)}


def command(town, *arguments):
    done = CliRunner().invoke(main, ["--config", str(town.root / "config"), *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def numbers(path):
    with path.open(encoding="utf-8", newline="") as file:
        return {row["番号"]: (row["氏名"], int(row["金額"])) for row in csv.DictReader(file)}


def standard_file(town, name, rows):
    path = town.root / name
    lines = "".join(f",{number},{name},{amount}\n" for number, (name, amount) in rows.items())
    path.write_text("区分,番号,氏名,金額\n" + lines, encoding="utf-8")
    return path


def consumer_after(town, known, name):
    """What a consumer that knew these rows knows after one file more."""
    consumer = Consumer(town)
    consumer.rows = dict(known)
    consumer.forget(*(set(town.arrived()) - {name}))
    return consumer.take()


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


async def test_the_first_full_file_goes_out_whole_where_the_route_says_so(tmp_path):
    town = town_of_changes(tmp_path, more="baseline: whole")
    put(town, "a.dat", FIRST)
    await town.once()
    (content,) = town.arrived().values()
    assert content.decode().splitlines()[1:] == [",00001,山田,10", ",00002,佐藤,20", ",00003,鈴木,30"]
    put(town, "b.dat", FIRST | {"00004": ("高橋", 40)})
    await town.once()
    assert town.arrived()["0002.csv"].decode().splitlines()[1:] == ["1,00004,高橋,40"]


async def test_a_full_file_that_lost_too_many_rows_is_held_until_a_person_lets_it_go_on(town):
    consumer = Consumer(town)
    put(town, "a.dat", FIRST)
    await town.once()
    put(town, "b.dat", {"00001": ("山田", 10)})
    async with town.gateway() as gateway:
        (held,) = (await gateway.once(["r"], patience=timedelta()))[0].transfers
        assert (held.state, held.reason) == (State.HELD, Reason.SHRINK)
        assert "2 of 3 rows" in held.message
        assert consumer.take() == FIRST
        await gateway.journal.released(held, who="tester", why="the town got smaller")
        await gateway.once(["r"], patience=timedelta())
    assert consumer.take() == {"00001": ("山田", 10)}


async def test_a_later_full_file_goes_its_way_while_one_that_shrank_is_held(town):
    consumer = Consumer(town)
    put(town, "a.dat", FIRST)
    await town.once()
    put(town, "b.dat", {"00001": ("山田", 10)})
    await town.once()
    newest = FIRST | {"00004": ("高橋", 40)}
    put(town, "c.dat", newest)
    await town.once()
    assert consumer.take() == newest


async def test_a_key_that_comes_twice_holds_the_file(town):
    put(town, "a.dat", FIRST)
    (town.here / "a.dat").write_bytes((town.here / "a.dat").read_bytes() * 2)
    (held,) = (await town.once()).transfers
    assert held.reason is Reason.BAD_RECORDS
    assert "duplicate-key" in held.message
    assert states(town) == []


async def test_where_the_rows_before_are_lost_the_route_waits_for_a_person_and_begins_anew(town):
    put(town, "a.dat", FIRST)
    await town.once()
    for path in (town.root / "state/states").rglob("*"):
        if path.is_file():
            path.unlink()
    second = FIRST | {"00004": ("高橋", 40)}
    put(town, "b.dat", second)
    (held,) = (await town.once()).transfers
    assert held.reason is Reason.BASE_MISSING
    assert "rebaseline r" in held.hint
    assert len(town.log.events("baseline_needed")) == 1
    newest = second | {"00005": ("伊藤", 50)}
    put(town, "c.dat", newest)
    await town.once()
    assert list(town.arrived()) == ["0001.csv"], "files behind the one that is held wait"

    await asyncio.to_thread(command, town, "rebaseline", "r", "--reason", "the disk was replaced")
    await town.once()
    fresh = Consumer(town)
    fresh.forget("0001.csv")
    assert fresh.take() == newest
    assert town.log.events("file_superseded"), "the full file that was held need not go out any more"
    assert [one["base"] is None for one in states(town)] == [True, True]


async def test_a_changed_file_of_the_rows_before_is_not_trusted(town):
    put(town, "a.dat", FIRST)
    await town.once()
    (path,) = [one for one in (town.root / "state/states").rglob("*") if one.is_file()]
    path.write_bytes(path.read_bytes().replace(b"10", b"11"))
    put(town, "b.dat", FIRST | {"00004": ("高橋", 40)})
    (held,) = (await town.once()).transfers
    assert held.reason is Reason.BASE_MISSING


async def test_a_layout_that_changed_since_needs_a_new_beginning(town):
    put(town, "a.dat", FIRST)
    await town.once()
    path = town.root / "config/layouts/csv.yaml"
    path.write_text(
        path.read_text().replace("name: 氏名, type: N, length: 5", "name: 氏名, type: N, length: 6")
    )
    put(town, "b.dat", FIRST | {"00004": ("高橋", 40)})
    (held,) = (await town.once()).transfers
    assert held.reason is Reason.BASE_MISSING
    assert "layout" in held.message


async def test_the_same_form_at_both_ends_needs_no_mapping(tmp_path):
    town = town_of_changes(tmp_path)
    for name, content in (("from", "full"), ("to", "differential")):
        keys = {
            "from": 'endpoint: here, path: "*.dat", ready: at-once',
            "to": 'endpoint: there, path: "{seq:04}.csv"',
        }[name]
        text = (town.root / "config/routes/v/r.yaml").read_text()
        head = f"{name}:\n  system: {'old' if name == 'from' else 'new'}\n"
        start = text.index(head)
        end = text.index("\n", text.index("{", start))
        place = f"  standard: {{{keys}, layout: csv, content: {content}}}"
        text = text[:start] + head.replace("old", "new") + place + text[end:]
        (town.root / "config/routes/v/r.yaml").write_text(text.replace("convert: fixed-to-csv\n", ""))
    (town.root / "config/mappings/fixed-to-csv.yaml").unlink()
    (town.here / "a.dat").write_text("区分,番号,氏名,金額\n,1,山田,10\n9,2,佐藤,20\n")
    await town.once()
    (town.here / "b.dat").write_text('区分,番号,氏名,金額\n8,"1",山田,10\n,2,佐藤,21\n')
    await town.once()
    assert town.arrived()["0002.csv"].decode().splitlines()[1:] == ["2,2,佐藤,21"]


async def test_the_rows_of_any_state_can_be_had_again_and_an_older_one_can_hold_again(town):
    consumer = Consumer(town)
    files = [
        FIRST,
        {"00001": ("山田", 11), "00002": ("佐藤", 20), "00004": ("高橋", 40)},
        {"00002": ("佐藤", 20), "00004": ("高橋", 41), "00005": ("伊藤", 50)},
    ]
    for number, rows in enumerate(files):
        put(town, f"{number}.dat", rows)
        await town.once()
    then = [(one["transfer_id"], one["digest"]) for one in states(town)]
    async with town.gateway() as gateway:
        journey = gateway._journeys["r"]
        place = journey.route.place("to", Format.STANDARD)
        rows = journey.city.conversions.keyed(journey.route, place)
        deltas = journey.journal.deltas
        for (transfer, _), expected in zip(then, files, strict=True):
            folder = town.root / transfer
            folder.mkdir()
            state = await deltas.of_transfer(transfer)
            path = await bridge.rows_of(journey.journal, journey.kept, rows, state, folder.joinpath)
            assert numbers(path) == expected
        first = await deltas.of_transfer(then[0][0])
        folder = town.root / then[0][0]
        act = Act(who="tester", act="discard", subject="r", reason="wrong")
        await bridge.give_back(journey.journal, journey.kept, rows, first, fresh=folder.joinpath, act=act)
    assert [one["digest"] for one in states(town)] == [then[0][1]]
    consumer.take()
    put(town, "again.dat", files[1])
    await town.once()
    assert consumer_after(town, FIRST, "0004.csv") == files[1]


async def test_what_a_consumer_discarded_is_no_ground_for_differences_any_more(town):
    files = [FIRST, FIRST | {"00004": ("高橋", 40)}, FIRST | {"00005": ("伊藤", 50)}]
    for number, rows in enumerate(files[:2]):
        put(town, f"{number}.dat", rows)
        await town.once()
    first, wrong = (one["transfer_id"] for one in states(town))
    words = ("rebaseline", "r", "--before", wrong, "--reason", "消費側が破棄")
    assert first in await asyncio.to_thread(command, town, *words)
    put(town, "2.dat", files[2])
    await town.once()
    assert consumer_after(town, FIRST, "0003.csv") == files[2]
    acts = json.loads(await asyncio.to_thread(command, town, "audit", "--json"))
    assert [(one["act"], one["subject"]) for one in acts] == [("discard", "r")]


async def test_the_way_from_any_state_to_any_other_is_one_file_of_changes(town):
    now = {"00001": ("山田", 11), "00002": ("佐藤", 20), "00004": ("高橋", 40)}
    async with town.gateway() as gateway:
        journey = gateway._journeys["r"]
        rows = journey.city.conversions.keyed(journey.route, journey.route.place("to", Format.STANDARD))
        paths = [standard_file(town, name, one) for name, one in (("now", now), ("wanted", FIRST))]
        found = difference(rows, *paths)
        assert (found.change.inserts, found.change.updates, found.change.deletes) == (1, 1, 1)
        (town.there / "0001.csv").unlink(missing_ok=True)
        found.write(town.there / "0001.csv")
    assert consumer_after(town, now, "0001.csv") == FIRST


async def test_the_ledger_has_a_line_for_full_records_and_one_for_rows_and_both_balance(town):
    put(town, "a.dat", FIRST)
    await town.once()
    put(town, "b.dat", {"00001": ("山田", 11), "00002": ("佐藤", 20), "00004": ("高橋", 40)})
    await town.once()
    put(town, "c.dat", {"00001": ("山田", 11)})
    await town.once()
    shown = await asyncio.to_thread(command, town, "ledger", "--json")
    told = json.loads(shown)
    (records,) = [one for one in told["lines"] if one["unit"] == "records"]
    assert (records["in"], records["delivered"], records["held"], records["difference"]) == (6, 6, 0, 0)
    (rows,) = told["rows"]
    counts = ("before", "inserts", "updates", "deletes", "after", "unexplained")
    assert [rows[key] for key in counts] == [0, 4, 1, 1, 3, 0]
    assert told["balances"]
    table = await asyncio.to_thread(command, town, "ledger")
    assert "前の行数" in table
