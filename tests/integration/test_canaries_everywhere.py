"""Unmistakable personal values through every kind of route, fault, comparison and report: nothing that people,
monitoring products or the journal see holds any of them."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from adapters.errors import Refused
from gateway.app import Around, Gateway
from gateway.cli import main
from gateway.evidence.shadowing import Shadowing, shadow_all
from gateway.evidence.taking import Taking
from gateway.formats import Converter
from gateway.journal import STORES
from tests.integration.test_canaries import NAMES, NUMBER, found
from tests.integration.test_clear_errors import record
from tests.integration.test_comparing import put_new, put_old
from tests.integration.test_correcting import filled
from tests.integration.test_passing_unchanged import RELAY
from tests.integration.test_shadowing import BOTH
from tests.integration.test_shadowing import ROUTE as SHADOWED
from tests.integration.test_status_page import opened
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town
from tests.support.states import put, town_of_changes
from tests.support.watching import Ahead, ran

NOW = timedelta(0)
DATA = {"spool", "diverted", *STORES}
"""The folders of the state folder in which data are; whatever else stands there is searched."""
PAGES = [
    "/",
    "/alarms",
    "/held",
    "/audit",
    "/ledger",
    "/daily",
    "/plan",
    "/map",
    "/routes/r",
    "/live?since=0",
]
COMMANDS = [
    ["status"],
    ["status", "r"],
    ["held"],
    ["alarms"],
    ["ledger"],
    ["report", "daily"],
    ["audit"],
    ["plan"],
    ["inventory"],
    ["check"],
    ["doctor"],
    ["purge", "--report"],
    ["replay", "r", "--plan"],
    ["switch", "--show"],
]
ABOUT_FILES = [["status", "r"], ["held"], ["alarms"]]


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("routes/v/r.yaml", CONVERTING)
    return made


async def pages(gateway, page):
    """Every page in both languages, and what machines read."""
    transfers = await gateway.journal.recent("r", 99)
    paths = [*PAGES, *(f"/transfers/{one.id}" for one in transfers)]
    paths += [f"/act/{word}/{one.id}" for one in transfers for word in ("release", "replay")]
    for language in ("ja", "en"):
        await page.get(f"/language/{language}?to=/")
        for path in [*paths, "/metrics", "/ledger?as=csv", "/map.svg", "/plan.svg"]:
            yield path, (await page.get(path))[1]


async def commands(town, gateway, named):
    """What every command that shows something says, for people and for machines."""
    asked = [*named, *(["trace", one.id] for one in await gateway.journal.recent("r", 99))]
    for words in asked:
        for more in ([], ["--json"]):
            line = ["--config", str(town.root / "config"), *words, *more]
            done = await asyncio.to_thread(CliRunner().invoke, main, line)
            assert done.exception is None or isinstance(done.exception, SystemExit), (words, done.exception)
            yield " ".join(words), done.output


def kept(town):
    """What stands in the state folder besides the data."""
    state = town.root / "state"
    with closing(sqlite3.connect(state / "journal.db")) as journal:
        yield "journal", "\n".join(journal.iterdump())
    for path in state.rglob("*"):
        told = path.relative_to(state)
        if path.is_file() and told.parts[0] not in DATA and not path.name.startswith("journal.db"):
            yield str(told), path.read_bytes()
    for path in state.rglob("*.json"):
        yield str(path.relative_to(state)), path.read_bytes()


async def assert_silent(town, gateway, page, named=COMMANDS):
    """Nobody learns a value of a record from anything but the data themselves."""
    await gateway._desk.look()
    told = [pair async for pair in pages(gateway, page)]
    told += [pair async for pair in commands(town, gateway, named)]
    told += [("log", line) for line in town.log.lines]
    told += kept(town)
    assert {where: hidden for where, text in told if (hidden := found(text))} == {}


def csv_of(*rows, header="番号,氏名,金額\n"):
    return (header + "".join(f"{row}\n" for row in rows)).encode()


DOWN = """
from:
  system: new
  standard: {endpoint: here, path: "*.csv", ready: at-once, layout: csv}
to:
  system: old
  legacy: {endpoint: there, path: "{seq:04}.dat", layout: fixed}
convert: fixed-to-csv
schedule: {every: 1s}
after: delete
"""
WRITTEN_BACK = {
    "good": csv_of(f"{NUMBER},{NAMES[0]},12"),
    "too-long": csv_of(f"{NUMBER},{NAMES[0]}{NAMES[1]},12"),
    "not-in-the-code": csv_of(f"{NUMBER},機密𠮷郎,12"),
    "no-number": csv_of(f"{NUMBER},{NAMES[0]},{NAMES[1]}"),
    "too-many-columns": csv_of(f"{NUMBER},{NAMES[0]},12,{NAMES[1]}"),
    "quotes": csv_of(f'{NUMBER},"{NAMES[0]},12', f"{NUMBER},{NAMES[1]},12"),
    "no-header": csv_of(f"{NUMBER},{NAMES[0]},12", header=""),
    "wrong-header": csv_of(f"{NUMBER},{NAMES[0]},12", header=f"番号,{NAMES[1]},金額\n"),
    "not-utf-8": csv_of(f"{NUMBER},{NAMES[0]},12") + NAMES[1].encode("cp932") + b",\xff\n",
    "key-twice": csv_of(f"{NUMBER},{NAMES[0]},12", f"{NUMBER},{NAMES[1]},34"),
}


@pytest.mark.parametrize("fault", WRITTEN_BACK)
async def test_nothing_written_back_to_a_host_is_told(town, fault):
    town.write("routes/v/r.yaml", DOWN)
    (town.here / "a.csv").write_bytes(WRITTEN_BACK[fault])
    async with opened(town) as (gateway, page):
        await gateway.once(["r"], patience=NOW)
        assert bool(town.log.events("file_held")) == (fault not in ("good", "key-twice"))
        await assert_silent(town, gateway, page, ABOUT_FILES)


async def test_no_record_that_was_taken_out_and_corrected_is_told(town):
    town.write("routes/v/r.yaml", CONVERTING + "bad_records: divert\n")
    good = record(NUMBER, NAMES[0], b"00012")
    (town.here / "a.dat").write_bytes(good + record("98764", NAMES[1], b"31X15"))
    async with opened(town) as (gateway, page):
        await gateway.once(["r"], patience=NOW)
        (sheet,) = (town.root / "state/diverted").iterdir()
        await assert_silent(town, gateway, page)
        filled(sheet, NAMES[0])
        words = ["release", sheet.stem, "--corrected", str(sheet), "--reason", "原票で確認"]
        line = ["--config", str(town.root / "config"), *words]
        refused = await asyncio.to_thread(CliRunner().invoke, main, line)
        assert (refused.exit_code != 0, found(refused.output)) == (True, [])
        filled(sheet, "31415")
        await ran(town, *words)
        await gateway.once(["r"], patience=NOW)
        assert len(town.arrived()) == 2
        await assert_silent(town, gateway, page)


async def test_no_row_that_differences_are_made_of_is_told(tmp_path):
    town = town_of_changes(tmp_path, more="shrink: 20%")
    people = {f"{number:05}": (NAMES[0][:4], 1) for number in range(98760, 98770)}
    async with opened(town) as (gateway, page):
        for name, rows in (
            ("a.dat", people),
            ("b.dat", people | {NUMBER: (NAMES[1][:4], 31415)}),
            ("c.dat", {NUMBER: (NAMES[1][:4], 31415)}),
        ):
            put(town, name, rows)
            await gateway.once(["r"], patience=NOW)
        twice = town.here / "d.dat"
        put(town, "d.dat", people)
        twice.write_bytes(twice.read_bytes() * 2)
        await gateway.once(["r"], patience=NOW)
        assert len(town.log.events("file_held")) >= 1
        await assert_silent(town, gateway, page)


@pytest.mark.parametrize("rest", ['select: {rows: "金額 >= 100"}', "select: {items: [番号, 金額]}"])
async def test_no_record_that_is_left_out_is_told(town, rest):
    town.write("routes/v/r.yaml", CONVERTING.replace("layout: csv}", f"layout: csv, {rest}}}"))
    people = [record(NUMBER, name, b"00012") for name in NAMES] + [record("98764", NAMES[0], b"31415")]
    (town.here / "a.dat").write_bytes(b"".join(people))
    async with opened(town) as (gateway, page):
        await gateway.once(["r"], patience=NOW)
        assert town.arrived()
        await assert_silent(town, gateway, page)


async def test_no_user_defined_character_that_holds_a_file_is_told(town):
    town.write("routes/v/r.yaml", RELAY)
    alone = record(NUMBER, "山田", b"00012").replace("山田".encode("cp932"), b"\xf0\x40" * 2)
    (town.here / "a.dat").write_bytes(record(NUMBER, NAMES[0], b"00012") + alone)
    async with opened(town) as (gateway, page):
        await gateway.once(["r"], patience=NOW)
        assert [line["reason"] for line in town.log.events("file_held")] == ["private_use"]
        await assert_silent(town, gateway, page, ABOUT_FILES)


async def test_no_value_that_a_conversion_would_lose_is_told(town):
    kept = '{from: 氏名, to: "00100002"}'
    town.write("mappings/fixed-to-csv.yaml", MAPPING.replace(kept, kept[:-1] + ", one_way: 試し}"))
    town.write("layouts/csv.yaml", CSV.replace("type: N, length: 5", "type: N, length: 3"))
    (town.here / "a.dat").write_bytes(record(NUMBER, NAMES[0], b"00012"))
    async with opened(town) as (gateway, page):
        await gateway.once(["r"], patience=NOW)
        assert town.log.events("file_held")
        await assert_silent(town, gateway, page, ABOUT_FILES)


async def test_a_fault_of_the_gateway_itself_shows_its_place_and_no_value(town, monkeypatch):
    def broken(self, *given, **more):
        raise RuntimeError(f"cannot convert {NAMES[0]} of {NUMBER}")

    monkeypatch.setattr(Converter, "convert", broken)
    (town.here / "a.dat").write_bytes(record(NUMBER, NAMES[0], b"00012"))
    async with opened(town) as (gateway, page):
        await gateway.once(["r"], patience=NOW)
        assert town.log.events("route_faulted")
        await assert_silent(town, gateway, page)


@pytest.fixture
def beside(town):
    town.endpoints(f"beside: {{adapter: local, owner_object: false, root: {town.root / 'beside'}}}\n")
    (town.root / "beside/trial").mkdir(parents=True)
    (town.here / "new").mkdir()
    return town


async def test_no_value_in_which_old_and_new_differ_is_told(beside):
    at = (datetime.now(UTC) + timedelta(days=2)).isoformat(timespec="seconds")
    beside.write(
        "systems.yaml",
        f'systems: {{old: {{vendor: v, standard_from: never}}, new: {{vendor: v, standard_from: "{at}"}}}}\n',
    )
    beside.write("routes/v/r.yaml", BOTH)
    old = ((NUMBER, NAMES[0], 31415), ("98764", NAMES[1], 2))
    new = ((NUMBER, NAMES[1], 31416), ("98763", NAMES[0], 2))
    async with opened(beside) as (gateway, page):
        put_old(beside, 5, old)
        put_new(beside, 5, new)
        await gateway.once(["r"], patience=NOW)
        await Shadowing(gateway._journeys, gateway.clock)._look(gateway._journeys["r"])
        assert beside.log.events("comparison_differs")
        await assert_silent(beside, gateway, page)
        line = ["--config", str(beside.root / "config"), "compare", "r"]
        for more in ([], ["--json"]):
            done = await asyncio.to_thread(CliRunner().invoke, main, [*line, *more])
            assert (done.exit_code, found(done.output)) == (1, [])


async def test_no_value_of_a_shadow_that_fails_is_told(beside):
    def around(name, adapter):
        async def refuse(target, chunks):
            raise Refused("not allowed")

        if name == "beside":
            adapter.write = refuse
        return adapter

    beside.write("routes/v/r.yaml", SHADOWED)
    (beside.here / "a.dat").write_bytes(record(NUMBER, NAMES[0], b"00012"))
    clock = Ahead(NOW)
    async with Gateway(
        beside.load(), clock=clock, report=beside.report(), around=Around(adapter=around)
    ) as gateway:
        await gateway.once(["r"], patience=NOW)
        journey = gateway._journeys["r"]
        for minutes in (5, 20, 80, 320, 0):
            await shadow_all(journey, journey.route.shadow)
            clock.by += timedelta(minutes=minutes)
    assert beside.log.events("shadow_failed")
    assert [line for line in beside.log.lines if found(line)] == []


async def test_no_value_that_a_receipt_or_a_list_holds_is_told(town):
    receipt = 'taken: {by: receipt, receipt: {path: "{name}.json", counts: count}}'
    path = town.root / "config/routes/v/r.yaml"
    text = path.read_text().replace("layout: csv}", f"layout: csv, {receipt}}}")
    path.write_text(text.replace("at-once", '{manifest: "*.manifest"}'))
    (town.here / "a.dat").write_bytes(record(NUMBER, NAMES[0], b"00012"))
    (town.here / "a.manifest").write_text(f"name,bytes\na.dat,{NAMES[0]}\n", encoding="utf-8")
    async with opened(town) as (gateway, page):
        await gateway.once(["r"], patience=NOW)
        assert town.log.events("manifest_faulty")
        (town.here / "a.manifest").write_text("name,bytes\na.dat,20\n")
        await gateway.once(["r"], patience=NOW)
        (name,) = town.arrived()
        (town.there / f"{name}.json").write_text(f'{{"count": "{NAMES[0]}"}}', encoding="utf-8")
        gateway._journeys["r"].clock.now = Ahead(timedelta(minutes=31)).now
        await Taking(gateway._journeys, gateway.clock).look()
        await Taking(gateway._journeys, gateway.clock).look()
        del gateway._journeys["r"].clock.now
        await assert_silent(town, gateway, page)


async def test_the_data_themselves_would_be_found(town):
    """The search is not blind: what it passes over does hold the values."""
    (town.here / "a.dat").write_bytes(record(NUMBER, NAMES[0], b"00012"))
    async with town.gateway() as gateway:
        await gateway.once(["r"], patience=NOW)
    assert all(found(content) for content in town.arrived().values())
