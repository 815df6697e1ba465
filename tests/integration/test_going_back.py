"""The way back after a cutover: what was sent since is sent again, or the city is told that files cannot undo it."""

import csv
import io
import re
import shutil
from datetime import timedelta

import pytest

from gateway.cutover import Override
from gateway.journal.switching import Said
from tests.integration.test_clear_errors import record
from tests.support.city import FIXED
from tests.support.cutovers import RECORD, SYSTEMS, TO_NEW, L, T, day, prepared
from tests.support.states import CHANGES, put


@pytest.fixture
def town(tmp_path):
    return prepared(tmp_path)


FULL = TO_NEW.replace('path: "{stem}.dat",', 'path: "{stem}{revision}.dat", content: full,').replace(
    'path: "{stem}.csv",', 'path: "{stem}{revision}.csv", content: full,'
)


async def sent_back(today):
    """A person says that the destination goes back, and it does."""
    back = Override(format=L, holds_from=today.clock.now(), back=True)
    said = Said(scope="end:r:to", override=back, who="tanaka", reason="不具合", made_at=today.clock.now())
    await today.gateway.journal.switching.overridden([said])
    today.clock.move(minutes=1)
    await today.once()
    await today.once()
    assert today.formats == (L, L)


OF = {f"{name}.dat": record("00001", "山田太郎", b"%05d" % number) for number, name in enumerate("abc")}


async def switched_back(town, content, after=()):
    """A day over a cutover with two deliveries in the new format, and then back; gives what arrived."""
    town.write("systems.yaml", SYSTEMS % "{require: []}")
    town.write("routes/v/r.yaml", FULL.replace("content: full", f"content: {content}"))
    async with day(town, T - timedelta(hours=1)) as today:
        await today.once()
        today.clock.move(hours=2)
        await today.once()
        for name in ("a", "b"):
            (town.here / f"{name}.dat").write_bytes(OF[f"{name}.dat"])
            today.clock.move(minutes=1)
            await today.once()
        await sent_back(today)
        for name in after:
            (town.here / name).write_bytes(OF[name])
            await today.once()
        lists = sorted((town.root / "state/rollbacks").glob("*.csv"))
        return town.arrived(), [path.read_text(encoding="utf-8-sig").splitlines() for path in lists]


async def test_the_way_back_sends_the_newest_full_file_again_in_the_old_format(town):
    arrived, [[_, first, second]] = await switched_back(town, "full")
    assert arrived.keys() == {"a.csv", "b.csv", "b-r2.dat"}
    assert arrived["b-r2.dat"] == OF["b.dat"]
    assert (first.split(",")[0], second.split(",")[0]) == ("a.csv", "b.csv")
    assert first.split(",")[1].endswith("+09:00"), "as its staff reads the time"
    assert len(town.log.events("end_went_back")) == 1


async def test_a_full_file_under_another_name_makes_an_equal_older_one_new_again(town):
    """The consumer holds what came last: what came before that is not known to it any more."""
    town.write("routes/v/r.yaml", FULL)
    first, second = RECORD, record("00001", "山田太郎", b"00013")
    async with day(town, T - timedelta(hours=1)) as today:
        for name, content in (("a", first), ("b", second), ("a", first), ("b", first)):
            (town.here / f"{name}.dat").write_bytes(content)
            today.clock.move(minutes=1)
            await today.once()
    assert town.arrived() == {"a.dat": first, "b.dat": second, "a-r2.dat": first}


async def test_a_newer_file_that_has_just_been_found_equal_does_not_keep_the_newest_from_going_back(town):
    """It was skipped, because the consumer of the new format had the same rows: whoever reads the old one has not."""
    town.write("systems.yaml", SYSTEMS % "{require: []}")
    town.write("routes/v/r.yaml", FULL.replace("after: delete", "after: archive"))
    async with day(town, T + timedelta(hours=1)) as today:
        (town.here / "a.dat").write_bytes(RECORD)
        await today.once()
        shutil.rmtree(town.here / "archive")
        (town.here / "archive").write_bytes(b"a file, where a folder has to be")
        (town.here / "b.dat").write_bytes(RECORD)
        today.clock.move(minutes=1)
        await today.once()
        [opened] = await today.gateway.journal.open_transfers("r")
        assert opened.outcome == "unchanged", "its source could not be put away yet"
        await sent_back(today)
    assert {name: content for name, content in town.arrived().items() if ".dat" in name} == {
        "a-r2.dat": RECORD
    }


async def test_what_is_sent_again_says_in_its_list_of_which_mode_it_is_and_what_it_stands_for(town):
    town.write("systems.yaml", SYSTEMS % "{require: []}")
    town.write("routes/v/r.yaml", FULL.replace("content: full", 'content: full, manifest: "{stem}.list"'))
    async with day(town, T + timedelta(hours=1)) as today:
        (town.here / "a.dat").write_bytes(RECORD)
        await today.once()
        await sent_back(today)
    arrived = town.arrived()
    lists = {name: csv.DictReader(io.StringIO(arrived[f"{name}.list"].decode())) for name in ("a", "a-r2")}
    told = {
        name: [(o["format"], o["content"], o["republished-of"]) for o in rows] for name, rows in lists.items()
    }
    assert told == {"a": [("standard", "full", "")], "a-r2": [("legacy", "full", "a.csv")]}


async def test_the_way_back_of_differences_says_that_files_cannot_undo_it(town):
    arrived, [[_, *discard]] = await switched_back(town, "differential")
    assert arrived.keys() == {"a.csv", "b.csv"}
    assert len(discard) == 2
    [told] = town.log.events("undo_impossible")
    assert "a full extraction from old is needed" in told["reason"]
    async with town.gateway() as gateway:
        [pause] = await gateway.journal.people.pauses()
        assert (pause.kind, pause.name) == ("route", "r")


@pytest.mark.parametrize(
    ("legacy", "standard", "expected"),
    [
        (
            "{date:%d}L{seq}",
            "{date:%d}S{seq}",
            ["03L1", "03L2", "04L1", "04S1", "04S2", "05L2", "06S1", "06S2"],
        ),
        ("L{seq}", "S{seq}", ["L1", "L2", "L3", "L4", "S1", "S2", "S3", "S4"]),
    ],
    ids=["numbers of a day", "numbers alone, of which none comes twice"],
)
async def test_numbers_in_names_begin_anew_at_each_flip(town, legacy, standard, expected):
    town.write("systems.yaml", SYSTEMS % "{require: []}")
    named = TO_NEW.replace("{stem}.dat", legacy).replace("{stem}.csv", standard)
    full = re.sub("layout: (fixed|csv)}", r"layout: \1, content: full, supersede: false}", named)
    town.write("routes/v/r.yaml", full)
    async with day(town, T - timedelta(days=1)) as today:
        await two_files(today)
        today.clock.move(days=1)
        await today.once()
        await two_files(today)
        today.clock.move(days=1)
        await sent_back(today)
        (town.here / "e.dat").write_bytes(record("00009", "山田太郎", b"00012"))
        await today.once()
        today.clock.move(days=1)
        await today.gateway.journal.switching.cleared(["end:r:to"], who="tanaka", reason="再開")
        await today.once()
        await two_files(today)
    assert sorted(town.arrived()) == expected


async def two_files(today):
    for number in range(2):
        token = f"{today.clock.now():%d}{number:03}"
        (today.town.here / f"{token}.dat").write_bytes(record(token, "山田太郎", b"00012"))
        await today.once()


async def test_after_the_way_back_files_go_in_the_old_format(town):
    arrived, _ = await switched_back(town, "full", after=["c.dat"])
    assert arrived.keys() == {"a.csv", "b.csv", "b-r2.dat", "c.dat"}


MASTER = (
    FIXED.replace("length: 20", "length: 21").replace(
        "items:", "changes: {item: 区分, insert: A, update: C, delete: D}\nitems:"
    )
    + '  - {name: 区分, type: text, length: 1, width: half, default: ""}\n'
)
OF_CHANGES = """
from:
  system: old
  legacy: {endpoint: here, path: "*.dat", ready: at-once, layout: fixed, content: full}
to:
  system: new
  legacy: {endpoint: there, path: "old{seq:02}", layout: master, content: differential}
  standard: {endpoint: there, path: "new{seq:02}", layout: csv, content: differential}
convert: [fixed-to-csv, fixed-to-master]
schedule: {every: 10m}
after: delete
delta: {key: [番号], shrink: 100%}
"""
TO_MASTER = """
from: fixed
to: master
items:
  - {from: 番号, to: 番号}
  - {from: 氏名, to: 氏名}
  - {from: 金額, to: 金額}
"""


def obeyed(known, told):
    """What a consumer by key knows after upserts and deletions."""
    known = dict(known)
    for kind, number, name, amount in told:
        known.pop(number, None)
        if kind not in ("D", "3"):
            known[number] = (name, int(amount))
    return known


def of_master(raw):
    for at in range(0, len(raw), 21):
        one = raw[at : at + 21]
        yield one[20:].decode(), one[:5].decode(), one[5:15].decode("cp932").rstrip(), one[15:20]


def of_standard(raw):
    cells = csv.reader(io.StringIO(raw.decode()))
    next(cells)
    yield from cells


async def test_the_way_back_of_differences_made_here_is_one_file_of_changes(town):
    before = {"00001": ("山田", 10), "00002": ("佐藤", 20), "00003": ("鈴木", 30)}
    first = {"00001": ("山田", 11), "00002": ("佐藤", 20), "00004": ("高橋", 40)}
    newest = {"00002": ("佐藤", 20), "00004": ("高橋", 41), "00005": ("伊藤", 50)}
    town.write("layouts/csv.yaml", CHANGES)
    town.write("layouts/master.yaml", MASTER)
    town.write("mappings/fixed-to-master.yaml", TO_MASTER)
    town.write("systems.yaml", SYSTEMS % "{require: []}")
    town.write("routes/v/r.yaml", OF_CHANGES)
    async with day(town, T - timedelta(hours=1)) as today:
        put(town, "0.dat", before)
        await today.once()
        today.clock.move(hours=2)
        await today.once()
        for name, rows in (("1.dat", first), ("2.dat", newest)):
            put(town, name, rows)
            today.clock.move(minutes=1)
            await today.once()
        await sent_back(today)
    arrived = town.arrived()
    assert sorted(arrived) == ["new01", "new02", "old01", "old02"], "each series counts for itself"
    old = obeyed({}, of_master(arrived["old01"]))
    assert old == before
    new = obeyed(obeyed({}, of_standard(arrived["new01"])), of_standard(arrived["new02"]))
    assert new == newest
    back = list(of_master(arrived["old02"]))
    assert obeyed(old, back) == newest, "a consumer that took back its old rows"
    assert obeyed(new, back) == newest, "a consumer that kept its rows"
    assert sorted(kind + number for kind, number, *_ in back) == ["A00004", "A00005", "D00001", "D00003"]
    (told,) = town.log.events("end_went_back")
    assert "one file of changes" in told["reason"]


async def test_forward_again_after_a_way_back_begins_anew_by_a_persons_word(town):
    town.write("layouts/csv.yaml", CHANGES)
    town.write("layouts/master.yaml", MASTER)
    town.write("mappings/fixed-to-master.yaml", TO_MASTER)
    town.write("systems.yaml", SYSTEMS % "{require: []}")
    town.write("routes/v/r.yaml", OF_CHANGES)
    known, later = {"00001": ("山田", 11)}, {"00002": ("佐藤", 20)}
    async with day(town, T - timedelta(hours=1)) as today:
        await today.once()
        today.clock.move(hours=2)
        await today.once()
        put(town, "1.dat", known)
        today.clock.move(minutes=1)
        await today.once()
        await sent_back(today)
        await today.gateway.journal.switching.cleared(["end:r:to"], who="tanaka", reason="再開")
        put(town, "2.dat", later)
        today.clock.move(minutes=2)
        await today.once()
        await today.once()
        [held] = await today.gateway.journal.open_transfers("r")
        assert held.reason == "base_missing", "the consumer discarded what the differences would stand on"
        await today.gateway.journal.deltas.rebaseline("r", who="tanaka", reason="破棄済み")
        await today.gateway.journal.released(held, who="tanaka", why="破棄済み")
        await today.once()
    assert obeyed({}, of_standard(town.arrived()["new02"])) == later
