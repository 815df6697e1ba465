"""A gateway that dies at its n-th side effect, for every n: after a restart everything is there exactly once."""

import asyncio
import hashlib
import sqlite3
from contextlib import closing

import pytest

from gateway.carrying import streaming
from gateway.journal import open_journal
from gateway.times.clock import SystemClock
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town
from tests.support.crashing import run_once

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]


def open_transfers(town):
    journal = sqlite3.connect(town.root / "state/journal.db")
    try:
        rows = journal.execute("SELECT state FROM transfers WHERE state NOT IN ('settled', 'withdrawn')")
        return rows.fetchall()
    finally:
        journal.close()


def fill(town, files):
    for folder in (town.here, town.there):
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    for name, content in files.items():
        (town.here / name).write_bytes(content)


def crash_everywhere(tmp_path, make, files, expected, left):
    """For each n: a fresh city, death at the n-th side effect, a restart, and a look at everything."""
    number, points = 0, None
    while points is None or number < points:
        number += 1
        town = Town(tmp_path / str(number))
        make(town)
        fill(town, files)
        points = run_once(town.root / "config", crash_at=number) or None
        assert points != -1, f"a place failed before side effect {number}"
        run_once(town.root / "config")
        assert town.arrived() == expected, f"after a crash at side effect {number}"
        sources = sorted(str(path.relative_to(town.here)) for path in town.here.rglob("*") if path.is_file())
        assert sources == left, f"after a crash at side effect {number}"
        assert town.spooled() == [], f"after a crash at side effect {number}"
        assert open_transfers(town) == [], f"after a crash at side effect {number}"
        assert kept(town) == {hashlib.sha256(data).hexdigest() for data in files.values()}
    return number


def kept(town):
    """The digests of the originals that the journal and the disk both know, each checked against its bytes."""
    with closing(sqlite3.connect(town.root / "state/journal.db")) as journal:
        known = {row[0] for row in journal.execute("SELECT sha256 FROM kept WHERE store = 'originals'")}
    paths = [path for path in (town.root / "state/originals").rglob("*") if path.is_file()]
    assert {hashlib.sha256(path.read_bytes()).hexdigest() for path in paths} == {path.name for path in paths}
    return known & {path.name for path in paths}


FILES = {"a.dat": b"one" * 1000, "b.dat": b"two" * 1000}


@pytest.mark.parametrize(
    ("after", "left"),
    [("keep", ["a.dat", "b.dat"]), ("delete", []), ("archive", ["archive/a.dat", "archive/b.dat"])],
)
def test_two_files_arrive_exactly_once_wherever_the_gateway_dies(tmp_path, after, left):
    assert (
        crash_everywhere(tmp_path, lambda town: town.route(rest=f"after: {after}"), FILES, FILES, left) > 40
    )


def test_a_full_file_that_replaces_another_arrives_wherever_the_gateway_dies(tmp_path):
    def make(town):
        town.route(to="exists: replace, content: full, supersede: false", rest="after: delete")

    assert crash_everywhere(tmp_path, make, FILES, FILES, []) > 40


def test_a_converted_file_arrives_exactly_once_wherever_the_gateway_dies(tmp_path):
    record = b"00001" + "山田太郎".encode("cp932").ljust(10) + b"00012"

    def make(town):
        town.write("layouts/fixed.yaml", FIXED)
        town.write("layouts/csv.yaml", CSV)
        town.write("mappings/fixed-to-csv.yaml", MAPPING)
        town.write("routes/v/r.yaml", CONVERTING)

    text = "番号,氏名,金額\n00001,山田太郎,12\n"
    expected = {"0001.csv": text.encode()}
    assert crash_everywhere(tmp_path, make, {"a.dat": record}, expected, []) > 30


def test_the_parts_of_a_file_arrive_exactly_once_wherever_the_gateway_dies(tmp_path):
    record = b"00001" + "山田太郎".encode("cp932").ljust(10) + b"00012"

    def make(town):
        town.write("layouts/fixed.yaml", FIXED)
        town.write("layouts/csv.yaml", CSV)
        town.write("mappings/fixed-to-csv.yaml", MAPPING)
        town.write("routes/v/r.yaml", CONVERTING + "limits: {records_per_file: 2}\n")

    line = "00001,山田太郎,12\n"
    expected = {
        "0001.csv": f"番号,氏名,金額\n{line}{line}".encode(),
        "0002.csv": f"番号,氏名,金額\n{line}".encode(),
    }
    assert crash_everywhere(tmp_path, make, {"a.dat": record * 3}, expected, []) > 40


def test_a_streamed_file_arrives_exactly_once_wherever_the_gateway_dies(tmp_path):
    big = {"a.dat": bytes(range(256)) * (5 << 12)}
    assert len(big["a.dat"]) > streaming.WORTH_IT
    assert crash_everywhere(tmp_path, lambda town: town.route(rest="after: delete"), big, big, []) > 25


def test_a_file_with_markers_at_both_ends_arrives_once_or_is_held_wherever_the_gateway_dies(tmp_path):
    """A marker tells its consumer to act, so where it cannot be known whether one was written, the file is held."""

    def make(town):
        town.route(to="marker: '{name}.done'", rest="after: delete")
        path = town.root / "config/routes/v/r.yaml"
        path.write_text(path.read_text().replace("ready: at-once", 'ready: {marker: "{name}.done"}'))

    number, points, held = 0, None, 0
    while points is None or number < points:
        number += 1
        town = Town(tmp_path / str(number))
        make(town)
        fill(town, {"a.dat": b"one", "a.dat.done": b""})
        points = run_once(town.root / "config", crash_at=number) or None
        marked = "a.dat.done" in town.arrived()
        run_once(town.root / "config")
        waiting = open_transfers(town)
        held += bool(waiting)
        assert town.arrived().get("a.dat") == b"one", f"after a crash at side effect {number}"
        assert waiting in ([], [("held",)]), f"after a crash at side effect {number}"
        assert not (waiting and marked), "a marker that is seen there needs no person"
        if not waiting:
            left = sorted(path.name for path in town.here.rglob("*") if path.is_file())
            assert left == [], f"after a crash at side effect {number}"
    assert 0 < held < number / 4


def test_a_revision_that_is_to_be_held_is_never_delivered_wherever_the_gateway_dies(tmp_path):
    number, points = 0, None
    while points is None or number < points:
        number += 1
        town = Town(tmp_path / str(number))
        town.route(rest="revisions: hold")
        fill(town, {"a.dat": b"one"})
        run_once(town.root / "config")
        (town.here / "a.dat").write_bytes(b"other")
        points = run_once(town.root / "config", crash_at=number) or None
        run_once(town.root / "config")
        assert town.arrived() == {"a.dat": b"one"}, f"after a crash at side effect {number}"
        assert open_transfers(town) == [("held",)], f"after a crash at side effect {number}"
    assert number > 5


def end_unsent(town):
    """What ``release --superseded`` does to the one held file."""

    async def work():
        journal = await open_journal(town.root / "state/journal.db", SystemClock())
        (held,) = await journal.open_transfers()
        await journal.unwanted(held, who="a person", why="the source sent it anew")
        await journal.close()

    asyncio.run(work())


def test_a_file_that_people_end_unsent_is_kept_and_never_delivered_wherever_the_gateway_dies(tmp_path):
    number, points = 0, None
    while points is None or number < points:
        number += 1
        town = Town(tmp_path / str(number))
        town.route(to="exists: refuse", rest="after: delete")
        fill(town, {"a.dat": b"ours"})
        (town.there / "a.dat").write_bytes(b"theirs")
        run_once(town.root / "config")
        assert open_transfers(town) == [("held",)]
        end_unsent(town)
        points = run_once(town.root / "config", crash_at=number) or None
        run_once(town.root / "config")
        where = f"after a crash at side effect {number}"
        assert {path.name: path.read_bytes() for path in town.there.iterdir()} == {"a.dat": b"theirs"}, where
        assert (list(town.here.iterdir()), town.spooled(), open_transfers(town)) == ([], [], []), where
        assert kept(town) == {hashlib.sha256(b"ours").hexdigest()}, where
    assert number > 5
