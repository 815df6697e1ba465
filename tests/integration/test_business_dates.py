"""Of which day a file is: as its name says, else as its header says, else by when it came."""

import json
from datetime import date, datetime, timedelta, timezone

import pytest

from gateway.errors import Reason
from tests.integration.test_switching_by_hand import ran
from tests.support.city import CSV, MAPPING
from tests.support.cutovers import T, day, prepared

NIGHT = datetime(2027, 4, 1, 0, 30, tzinfo=timezone(timedelta(hours=9)))
HEADED = """
title: 見本
records: fixed
length: 20
encoding: cp932
kind: {at: 1, length: 1, data: "2"}
business_date: 処理日
header:
  kind: "1"
  items:
    - {name: 種別, type: text, length: 1, default: "1"}
    - {name: 予備, type: filler, length: 3}
    - {name: 処理日, type: date, form: YYYYMMDD}
    - {name: 余白, type: filler, length: 8}
items:
  - {name: 種別, type: text, length: 1, default: "2"}
  - {name: 番号, type: text, length: 5, width: half, key: true}
  - {name: 氏名, type: text, length: 9}
  - {name: 金額, type: zoned, digits: 5}
"""
ROUTE = """
from:
  system: old
  legacy: {endpoint: here, path: "%s", ready: at-once, layout: headed}
to:
  system: %s
  %s: {endpoint: there, path: "{date}_{stem}", layout: %s}
convert: headed-to-csv
schedule: {every: 10m}
after: delete
"""
CONVERTED, RELAYED = ("moved", "standard", "csv"), ("old", "legacy", "headed")
ROWS = b"2" + b"00001" + "山田".encode("cp932").ljust(9) + b"00012"


@pytest.fixture
def town(tmp_path):
    made = prepared(tmp_path)
    made.write("layouts/headed.yaml", HEADED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/headed-to-csv.yaml", MAPPING.replace("from: fixed", "from: headed"))
    return made


def headed(written: bytes) -> bytes:
    return b"1   " + written + b" " * 8 + ROWS


async def carried(town, name, content, *, pattern="*.dat", to=CONVERTED):
    """One file carried shortly after midnight: its transfer."""
    town.write("routes/v/r.yaml", ROUTE % (pattern, *to))
    async with day(town, NIGHT) as today:
        (town.here / name).write_bytes(content)
        [transfer] = (await today.once()).transfers
        return transfer


@pytest.mark.parametrize("to", [CONVERTED, RELAYED])
async def test_a_file_of_yesterday_that_comes_after_midnight_is_of_the_day_in_its_header(town, to):
    transfer = await carried(town, "a.dat", headed(b"20270331"), to=to)
    assert transfer.business_date == date(2027, 3, 31)
    assert town.arrived().keys() == {"20270331_a"}


async def test_what_the_name_says_goes_before_what_the_header_says(town):
    transfer = await carried(town, "J20270330.dat", headed(b"20270331"), pattern="J{date}.dat")
    assert transfer.business_date == date(2027, 3, 30)


async def test_a_large_file_is_read_before_its_name_at_the_destination_is_made(town):
    transfer = await carried(town, "a.dat", headed(b"20270331") + ROWS * 250_000, to=RELAYED)
    assert (transfer.business_date, [*town.arrived()]) == (date(2027, 3, 31), ["20270331_a"])


async def test_a_header_without_a_day_holds_its_file(town):
    transfer = await carried(town, "a.dat", headed(b"20270230"))
    assert (transfer.reason, town.arrived()) == (Reason.BAD_RECORDS, {})
    assert "処理日" in transfer.message
    assert "20270230" not in transfer.message


async def test_an_item_that_is_no_date_of_the_header_is_a_fault_of_the_layout(town):
    town.write("layouts/headed.yaml", HEADED.replace("business_date: 処理日", "business_date: 番号"))
    town.write("routes/v/r.yaml", ROUTE % ("*.dat", *CONVERTED))
    with pytest.raises(AssertionError, match="番号 is no item of type date of the header"):
        town.load()


async def test_files_go_in_the_order_of_the_days_in_their_headers(town):
    text = (ROUTE % ("*.dat", *CONVERTED)).replace(
        '"{date}_{stem}"', '"{seq:02}_{date}", content: differential'
    )
    town.write("routes/v/r.yaml", text + "order: {by: date}\n")
    async with day(town, NIGHT) as today:
        for name, written in (("a", b"20270331"), ("b", b"20270329"), ("c", b"20270330")):
            (town.here / f"{name}.dat").write_bytes(headed(written))
        await today.once()
    assert sorted(town.arrived()) == ["01_20270329", "02_20270330", "03_20270331"]


FROM_NEW = """
from:
  system: new
  legacy: {endpoint: here, path: "*.dat", ready: at-once, layout: headed}
  standard: {endpoint: here, path: "new/*.new", ready: at-once, layout: headed}
  early: wait
to:
  system: old
  legacy: {endpoint: there, path: "{date}_{stem}", layout: headed}
schedule: {every: 10m}
after: delete
"""


@pytest.mark.parametrize("looked_before", [True, False])
async def test_which_early_files_count_is_said_by_the_days_in_their_headers(town, looked_before):
    """Whether the new place was looked at before the instant, or for the first time after it."""
    town.write("routes/v/r.yaml", FROM_NEW)
    async with day(town, T - timedelta(days=1 if looked_before else 9)) as today:
        for number, written in enumerate((b"20270103", b"20270104")):
            (town.here / f"new/{number}.new").write_bytes(headed(written))
        await today.once()
        assert town.arrived() == {}
        today.clock.move(days=1 if looked_before else 9)
        await today.once()
        await today.once()
        [held] = await today.gateway.journal.open_transfers("r")
    assert (held.entry.name, held.reason) == ("0.new", Reason.EARLY)
    assert town.arrived().keys() == {"20270104_1"}


async def test_what_the_next_run_would_transfer_is_dated_by_the_headers_too(town):
    town.write("routes/v/r.yaml", ROUTE % ("*.dat", *CONVERTED))
    (town.here / "a.dat").write_bytes(headed(b"20270331"))
    said = (await ran(town, "plan", "--files", "--json"))[1]
    [file] = json.JSONDecoder().raw_decode(said)[0][0]["files"]
    assert (file["business_date"], file["destination"]) == ("2027-03-31", "there:20270331_a")
