"""Old and new deliveries of a route are compared, and what came out opens or closes a cutover's gate."""

import json
import stat
import subprocess
import sys
from datetime import datetime, timedelta, timezone

import pytest

from gateway.evidence.comparing import Comparing
from gateway.model import Format
from tests.integration.test_clear_errors import record
from tests.support.city import CSV, FIXED, MAPPING, Town
from tests.support.clock import HandClock
from tests.support.cutovers import Day

JST = timezone(timedelta(hours=9))
T = datetime(2027, 1, 10, tzinfo=JST)
SYSTEMS = """
systems:
  old: {vendor: v, standard_from: never}
  new: {vendor: v, standard_from: 2027-01-10T00:00:00+09:00, gate: {require: [{compared: 2}]}}
"""
ROUTE = """
title: 見本の経路
from:
  system: new
  legacy: {endpoint: here, path: "{date:%Y%m%d}*.dat", ready: at-once, layout: fixed}
  standard: {endpoint: here, path: "new/{date:%Y%m%d}*.csv", ready: at-once, layout: csv}
to:
  system: old
  legacy: {endpoint: there, path: "{name}", layout: fixed}
convert: fixed-to-csv
compare: {key: 番号, totals: 金額, tolerances: [parallel]}
schedule: {every: 10m}
after: delete
"""
REGISTER = """
tolerances:
  - {rule: any, items: 氏名, at_most: 1, reason: 改名の反映時刻, owner: 情報政策課, expires: 2099-12-31}
"""
OLD = (("00001", "山田太郎", 12), ("00002", "見本花子", 34))
CANARIES = ("00001", "00002", "山田", "見本花子", "別人")


def town_that_compares(root):
    made = Town(root)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("systems.yaml", SYSTEMS)
    made.write("tolerances/parallel.yaml", REGISTER)
    made.write("routes/v/r.yaml", ROUTE)
    (made.here / "new").mkdir()
    return made


@pytest.fixture
def town(tmp_path):
    return town_that_compares(tmp_path)


def put_old(town, day, people=OLD, name=""):
    content = b"".join(record(number, name, f"{amount:05}".encode()) for number, name, amount in people)
    (town.here / f"202701{day:02}{name}.dat").write_bytes(content)


def put_new(town, day, people=OLD, name=""):
    rows = "".join(f"{number},{name},{amount}\n" for number, name, amount in people)
    header = "番号,氏名,金額\n"
    (town.here / f"new/202701{day:02}{name}.csv").write_text(header + rows, encoding="utf-8", newline="")


def compare(town, *words):
    command = [sys.executable, "-m", "gateway", "--config", str(town.root / "config"), "compare", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


async def carried(town, *days, until=T - timedelta(days=1)):
    async with Day(town, HandClock(until)) as today:
        await today.once()
        return await today.gateway.journal.comparisons.candidates("r", days[0]) if days else []


async def test_equal_deliveries_of_a_day_are_said_to_be_equal(town):
    put_old(town, 5)
    put_new(town, 5)
    await carried(town)
    done = compare(town, "r", "--json")
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)
    assert (row["slot"], row["result"], row["old_records"], row["new_records"]) == (
        "2027-01-05",
        "equal",
        2,
        2,
    )


async def test_a_tolerated_difference_is_equivalent_and_another_one_is_different(town):
    for day, new in ((5, (OLD[0], ("00002", "別人", 34))), (6, (OLD[0], ("00002", "見本花子", 35)))):
        put_old(town, day)
        put_new(town, day, new)
    await carried(town)
    done = compare(town, "r", "--json")
    assert done.returncode == 1
    rows = {row["slot"]: row for row in json.loads(done.stdout)}
    assert {slot: row["result"] for slot, row in rows.items()} == {
        "2027-01-05": "equivalent",
        "2027-01-06": "different",
    }
    assert rows["2027-01-06"]["unexplained"] == rows["2027-01-05"]["tolerated"] == 1


async def test_no_value_of_a_record_is_in_reports_output_or_journal(town):
    put_old(town, 5)
    put_new(town, 5, (("00001", "別人", 12), ("00002", "見本花子", 99)))
    await carried(town)
    done = compare(town, "r")
    reports = [path for path in (town.root / "state/comparisons").rglob("*") if path.is_file()]
    assert {path.suffix for path in reports} == {".json", ".html", ".key"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in reports} == {0o600}
    said = done.stdout + done.stderr + "".join(town.log.lines)
    texts = [path.read_text(encoding="utf-8") for path in reports if path.suffix != ".key"]
    assert [canary for canary in CANARIES for text in (said, *texts) if canary in text] == []


async def test_values_are_gone_after_their_last_day_and_a_series_with_its_key_when_erased(town):
    put_old(town, 5)
    put_new(town, 5, (OLD[0], ("00002", "別人", 34)))
    await carried(town)
    path = town.root / "values.csv"
    asked = ("r", "--slot", "2027-01-05", "--values", str(path))
    assert compare(town, *asked).returncode == 2
    assert compare(town, *asked, "--expires", "2020-01-01").returncode == 0
    assert "別人" in path.read_text(encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert compare(town, "r", "--erase").returncode == 0
    assert not path.exists()
    assert not (town.root / "state/comparisons/r").exists()


async def test_a_route_without_anything_to_compare_gives_no_verdict(town):
    put_old(town, 5)
    await carried(town)
    done = compare(town, "r")
    assert done.returncode == 1
    assert "まだ比べるものがありません" in done.stderr


async def test_a_day_whose_new_delivery_never_came_is_missing_and_not_clean(town):
    for day in (5, 6, 7):
        put_old(town, day)
    for day in (5, 7):
        put_new(town, day)
    async with Day(town, HandClock(T - timedelta(days=1))) as today:
        await today.once()
        gateway = today.gateway
        journey = gateway._journeys["r"]
        work = Comparing(gateway.city, gateway.journal, journey.kept["originals"], today.clock)
        made = [await work.compare("r", one) for one in await work.due("r")]
        assert [(row.slot, row.result) for row in made] == [
            ("2027-01-05", "equal"),
            ("2027-01-06", "missing"),
            ("2027-01-07", "equal"),
        ]
        assert await gateway.journal.comparisons.clean_in_a_row("r") == 1
        assert await work.due("r") == []


@pytest.mark.parametrize(("days", "stands"), [((5,), Format.LEGACY), ((5, 6), Format.STANDARD)])
async def test_a_gate_that_asks_for_two_clean_comparisons_opens_for_two_and_not_for_one(town, days, stands):
    for one in days:
        put_old(town, one)
        put_new(town, one)
    async with Day(town, HandClock(T - timedelta(days=1))) as today:
        await today.once()
        gateway = today.gateway
        work = Comparing(gateway.city, gateway.journal, gateway._journeys["r"].kept["originals"], today.clock)
        for one in await work.due("r"):
            await work.compare("r", one)
        today.clock.move(days=1)
        await today.once()
        assert today.formats[0] is stands


async def test_two_files_can_be_compared_by_hand(town):
    put_old(town, 5)
    put_new(town, 5, (OLD[0], ("00002", "別人", 34), ("00003", "三人目", 1)))
    old, new = town.here / "20270105.dat", town.here / "new/20270105.csv"
    words = ("--layout", "fixed", "--layout-new", "csv", "--key", "番号", str(old), str(new))
    done = compare(town, *words, "--json")
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    assert (found["verdict"], found["changed"], found["only_new"]) == ("different", 1, 1)
    assert [one["item"] for one in found["items"] if one["changed"]] == ["氏名"]
    assert "別人" not in done.stdout
    sums = [sum(amount for *_, amount in rows) for rows in (OLD, (OLD[0], (0, 0, 34), (0, 0, 1)))]
    [total] = [
        line.split()
        for line in compare(town, "--total", "金額", *words).stdout.splitlines()
        if "金額" in line
    ]
    assert total == ["すべて", "金額", *map(str, sums), "相違あり"], "control totals, on the terminal as well"
    assert compare(town, "--layout", "fixed", "--key", "番", str(old), str(old)).returncode == 2
