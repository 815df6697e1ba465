"""A file that a person hands in goes the way of any other of its route, once, and stands in ledger and audit log."""

import asyncio
import json

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.errors import Reason
from gateway.lifecycle import State
from tests.integration.test_clear_errors import record
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town

GOOD = record("00001", "山田太郎", b"00012")


@pytest.fixture
async def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("routes/v/r.yaml", CONVERTING)
    await made.once()
    return made


async def ran(town, *words):
    command = ["--config", str(town.root / "config"), *words]
    return await asyncio.to_thread(CliRunner().invoke, main, command)


async def handed(town, content, *words, name="a.dat", route="r"):
    file = town.root / name
    file.write_bytes(content)
    return await ran(town, "put", route, str(file), "--reason", "媒体で受領", *words)


async def test_a_file_that_was_handed_in_is_converted_delivered_and_counted_and_itself_left_alone(town):
    (town.here / "other.txt").write_bytes(b"not of this route")
    done = await handed(town, GOOD * 3, "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["file"] == "here:a.dat"
    (transfer,) = (await town.once()).transfers
    assert (transfer.id, transfer.state, transfer.records) == (told["transfer_id"], State.SETTLED, 3)
    assert town.arrived()["0001.csv"].decode().splitlines()[1:] == ["00001,山田太郎,12"] * 3
    assert (town.root / "a.dat").read_bytes() == GOOD * 3
    assert [path.name for path in town.here.iterdir()] == ["other.txt"]
    ledger = json.loads((await ran(town, "ledger", "--json")).stdout)
    counts = {one["unit"]: (one["in"], one["delivered"]) for one in ledger["lines"]}
    assert (counts["files"], counts["records"], ledger["balances"]) == ((1, 1), (3, 3), True)
    (entry,) = [one for one in json.loads((await ran(town, "audit", "--json")).stdout) if one["act"] == "put"]
    assert (entry["reason"], entry["subject"]) == ("媒体で受領", transfer.id)
    assert town.spooled() == []


async def test_a_file_that_is_handed_in_twice_goes_out_once(town):
    assert (await handed(town, GOOD)).exit_code == 0
    await town.once()
    again = await handed(town, GOOD)
    assert (again.exit_code, "同じ内容ですでに受け付けています" in again.stderr) == (2, True)
    await town.once()
    assert list(town.arrived()) == ["0001.csv"]


async def test_a_bad_record_of_a_file_that_was_handed_in_holds_it_as_any_other(town):
    await handed(town, GOOD + record("00002", "佐藤", b"0X000"))
    (held,) = (await town.once()).transfers
    assert (held.state, held.reason) == (State.HELD, Reason.BAD_RECORDS)
    assert town.arrived() == {}


async def test_a_name_that_the_route_does_not_take_is_refused_with_what_it_takes(town):
    refused = await handed(town, GOOD, name="a.txt")
    assert refused.exit_code == 2
    assert "a.txt は、経路 r が受け取る名前（*.dat）ではありません" in refused.stderr
    assert "--as NAME" in refused.stderr
    assert (await handed(town, GOOD, "--as", "b.dat", name="a.txt")).exit_code == 0


async def test_a_number_that_is_missing_can_be_handed_in_and_those_behind_it_go_on(town):
    town.route("n", to="content: differential", rest='order: {sequence: "_(?P<seq>[0-9]{4})"}')
    path = town.root / "config/routes/v/n.yaml"
    path.write_text(path.read_text().replace("*.dat", "n/*.dat").replace('path: "{stem}', 'path: "n/{stem}'))
    for folder in (town.here, town.there):
        (folder / "n").mkdir()
    for number in (1, 3):
        (town.here / f"n/a_{number:04}.dat").write_bytes(b"%d" % number)
    await town.once("n")
    assert list(town.arrived()) == ["n/a_0001.dat"]
    assert (await handed(town, b"2", name="a_0002.dat", route="n")).exit_code == 0
    await town.once("n")
    assert sorted(town.arrived()) == ["n/a_0001.dat", "n/a_0002.dat", "n/a_0003.dat"]
    assert (await handed(town, b"another 2", name="a_0002.dat", route="n")).exit_code == 0
    (again,) = (await town.once("n")).transfers
    assert (again.state, again.reason) == (State.HELD, Reason.SEQUENCE)


async def test_an_unknown_route_is_wrong_use(town):
    done = await ran(town, "put", "nowhere", str(town.root / "config/gateway.yaml"), "--reason", "w")
    assert done.exit_code == 2
