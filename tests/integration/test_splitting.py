"""A destination that takes no long files: parts with trailers of their own, published in order, told of at the end."""

import csv
import io
import json
from datetime import date, timedelta

import pytest

from adapters.errors import Transient
from gateway.app import Around
from gateway.errors import Reason
from gateway.evidence.ledger import lines
from tests.integration.test_commands import ran
from tests.integration.test_taking import looked
from tests.support.city import CSV, FIXED, MAPPING, Town

TRAILED = """
title: 見本
records: fixed
length: 20
encoding: cp932
kind: {at: 1, length: 1, data: "2"}
items:
  - {name: 種別, type: text, length: 1, default: "2"}
  - {name: 番号, type: text, length: 5, width: half, key: true}
  - {name: 氏名, type: text, length: 9}
  - {name: 金額, type: zoned, digits: 5}
trailer:
  kind: "8"
  items:
    - {name: 種別, type: text, length: 1, default: "8"}
    - {name: 件数, type: zoned, digits: 6, counts: records}
    - {name: 合計, type: zoned, digits: 13, totals: 金額}
"""
ROUTE = """
from:
  system: new
  standard: {{endpoint: here, path: "*.csv", ready: at-once, layout: csv}}
to:
  system: old
  legacy: {{endpoint: there, path: "{path}", layout: trailed{to}}}
convert: trailed-to-csv
schedule: {{every: 1s}}
after: delete
limits: {{{limits}}}
"""


def route(town, *, path="{stem}_{part:02}.dat", to="", limits="records_per_file: 2"):
    town.write("routes/v/r.yaml", ROUTE.format(path=path, to=to, limits=limits))


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/trailed.yaml", TRAILED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/trailed-to-csv.yaml", MAPPING.replace("from: fixed", "from: trailed"))
    return made


def put(town, count, name="a.csv"):
    rows = "".join(f"{number:05},氏名,{number}\n" for number in range(1, count + 1))
    (town.here / name).write_text(f"番号,氏名,金額\n{rows}", encoding="utf-8")


def trailer(part):
    """How many records the part's trailer states, and their total."""
    assert len(part) % 20 == 0
    assert part[-20:-19] == b"8"
    return int(part[-19:-13]), int(part[-13:])


async def test_a_long_file_goes_out_in_parts_each_with_its_own_trailer(town):
    route(town)
    put(town, 5)
    (done,) = (await town.once()).transfers
    assert {name: trailer(part) for name, part in town.arrived().items()} == {
        "a_01.dat": (2, 3),
        "a_02.dat": (2, 7),
        "a_03.dat": (1, 5),
    }
    assert [part.ordinal for part in done.outputs if part.delivered] == [1, 2, 3]
    (carried,) = town.log.events("file_carried")
    assert (carried["parts"], carried["records"]) == (3, 5)
    assert not list(town.here.iterdir())
    assert town.spooled() == []


async def test_a_file_within_the_limit_goes_as_it_is(town):
    route(town)
    put(town, 2)
    await town.once()
    assert {name: trailer(part) for name, part in town.arrived().items()} == {"a_01.dat": (2, 3)}


async def test_parts_are_counted_by_bytes_where_the_destination_says_so(town):
    route(town, limits="bytes_per_file: 60B")
    put(town, 5)
    await town.once()
    assert {len(part) for part in town.arrived().values()} == {60, 40}
    assert sum(trailer(part)[0] for part in town.arrived().values()) == 5


async def test_a_record_longer_than_a_file_may_be_is_held_and_nothing_goes_out(town):
    route(town, limits="bytes_per_file: 30B")
    put(town, 5)
    (one,) = (await town.once()).transfers
    assert one.reason is Reason.REFUSED
    assert "record 1" in one.message
    assert town.arrived() == {}


async def test_a_file_that_passes_as_it_came_is_split_too(town):
    town.write("layouts/fixed.yaml", FIXED)
    town.route(source="layout: fixed", rest="limits: {records_per_file: 1}")
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace('{stem}{revision}{suffix}"', '{seq}.dat", layout: fixed'))
    whole = b"".join(b"%05d          %05d" % (number, number) for number in range(3))
    (town.here / "a.dat").write_bytes(whole)
    await town.once()
    assert town.arrived() == {f"{number + 1}.dat": whole[number * 20 :][:20] for number in range(3)}


async def test_every_part_has_a_name_of_its_own_by_the_second_too(town):
    route(town, path="D{date:%y%m%d}.T{time:%H%M%S}")
    put(town, 5)
    await town.once()
    assert sorted(trailer(part)[0] for part in town.arrived().values()) == [1, 2, 2]


async def test_markers_and_list_come_when_the_last_part_is_there(town):
    route(town, to=', marker: "{name}.done", manifest: "{stem}.manifest"')
    put(town, 3)
    order = []

    class Watched:
        def __init__(self, adapter):
            self._adapter = adapter

        def __getattr__(self, name):
            return getattr(self._adapter, name)

        async def write(self, target, chunks):
            order.append(target.path)
            return await self._adapter.write(target, chunks)

    await town.once(
        around=Around(adapter=lambda name, adapter: Watched(adapter) if name == "there" else adapter)
    )
    assert order == ["a_01.dat", "a_02.dat", "a_01.manifest", "a_01.dat.done", "a_02.dat.done"]
    listed = list(csv.DictReader(io.StringIO(town.arrived()["a_01.manifest"].decode())))
    assert [(row["name"], row["records"]) for row in listed] == [("a_01.dat", "2"), ("a_02.dat", "1")]


async def test_what_fails_goes_on_at_the_first_part_that_is_not_there(town):
    route(town, to=', marker: "{name}.done"')
    put(town, 5)
    sent = []

    class Failing:
        """Loses the line once, at the second part."""

        def __init__(self, adapter):
            self._adapter = adapter

        def __getattr__(self, name):
            return getattr(self._adapter, name)

        async def write(self, target, chunks):
            sent.append(target.path)
            if sent.count("a_02.dat") == 1 and target.path == "a_02.dat":
                raise Transient("the line went")
            return await self._adapter.write(target, chunks)

    around = Around(adapter=lambda name, adapter: Failing(adapter) if name == "there" else adapter)
    (one,) = (await town.once(around=around)).transfers
    assert [part.delivered for part in one.outputs] == [True, False, False]
    await looked(town, ahead=timedelta(hours=1), around=around)
    assert [name for name in sent if name.endswith(".dat")] == [
        "a_01.dat",
        "a_02.dat",
        "a_02.dat",
        "a_03.dat",
    ]
    assert sorted(name for name in town.arrived() if name.endswith(".done")) == [
        f"a_0{number}.dat.done" for number in (1, 2, 3)
    ]


async def test_a_part_whose_name_is_taken_is_held_and_goes_on_from_there(town):
    route(town, to=', marker: "{name}.done"')
    put(town, 3)
    (town.there / "a_02.dat").write_bytes(b"of another")
    (one,) = (await town.once()).transfers
    assert one.reason is Reason.NAME_TAKEN
    assert sorted(town.arrived()) == ["a_01.dat", "a_02.dat"], "no marker before the last part"
    (town.there / "a_01.dat").unlink()
    (town.there / "a_02.dat").unlink()
    assert ran(town, "release", one.id, "--reason", "空けた").returncode == 0
    await town.once()
    assert sorted(town.arrived()) == ["a_01.dat.done", "a_02.dat", "a_02.dat.done"], (
        "the first part was taken"
    )


async def test_the_ledger_counts_the_records_of_all_parts_and_taken_when_all_are(town):
    route(town, to=", taken: {by: removed, within: 30m}")
    put(town, 5)
    waiting, (line,) = await looked(town)
    assert line.balances
    assert (line.parts["delivered"].files, line.parts["delivered"].records) == (1, 5)
    assert len(waiting) == 3
    (town.there / "a_01.dat").unlink()
    _, (line,) = await looked(town)
    assert (line.taken.files, line.taken.records) == (0, 2)
    for name in ("a_02.dat", "a_03.dat"):
        (town.there / name).unlink()
    _, (line,) = await looked(town)
    assert (line.taken.files, line.taken.records) == (1, 5)


async def test_trace_names_every_part(town):
    route(town)
    put(town, 5)
    await town.once()
    traced = ran(town, "trace", "a.csv", "--json")
    assert traced.returncode == 0, traced.stderr
    assert [part for part in ("a_01.dat", "a_02.dat", "a_03.dat") if part not in traced.stdout] == []
    assert json.loads(traced.stdout)


async def test_a_replay_is_split_anew_under_new_names(town):
    route(town, path="{seq:03}.dat")
    put(town, 3)
    await town.once()
    done = ran(town, "replay", "r", "--since", "2020-01-01", "--reason", "再送")
    assert done.returncode == 0, done.stderr
    await town.once()
    assert sorted(town.arrived()) == ["001.dat", "002.dat", "003.dat", "004.dat"]
    async with town.gateway() as gateway:
        (line,) = lines(await gateway.journal.ledger.sums(date.min, date.max))
    assert line.balances


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"path": "{stem}.dat"}, "{part}"),
        ({"to": ", exists: replace, content: full"}, "the last parts would stay"),
    ],
)
def test_check_says_what_a_split_destination_still_needs(town, changed, told):
    route(town, **changed)
    checked = ran(town, "check")
    assert checked.returncode == 2
    assert told in checked.stdout + checked.stderr


def test_check_asks_for_a_layout_where_files_are_split(town):
    town.route(rest="limits: {records_per_file: 5}")
    checked = ran(town, "check")
    assert checked.returncode == 2
    assert "needs to know what a record is" in checked.stdout + checked.stderr
