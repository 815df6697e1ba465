"""Every store that ``retention`` names is erased when its time is over and not before, with proof of it."""

import asyncio
import json
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from adapters.errors import Transient
from gateway.app import Gateway
from gateway.cli import main
from gateway.config.installation import Retention
from gateway.errors import NotErased
from tests.integration.test_clear_errors import record
from tests.integration.test_commands import ran
from tests.integration.test_comparing import carried, put_new, put_old, town_that_compares
from tests.integration.test_correcting import BAD, GOOD, filled, held
from tests.integration.test_keeping import Kept, installed
from tests.integration.test_rehearsing import captured, rehearsed
from tests.integration.test_shadowing import ROUTE, shadow_of, shadowed
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town
from tests.support.clock import HandClock
from tests.support.cutovers import FROM_NEW, RECORD, SYSTEMS, prepared


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("routes/v/r.yaml", CONVERTING)
    return made


def beside(town):
    """With a shadow place beside its destination."""
    town.write("routes/v/r.yaml", ROUTE)
    town.endpoints(f"beside: {{adapter: local, owner_object: false, root: {town.root / 'beside'}}}\n")
    (town.root / "beside/trial").mkdir(parents=True)
    return town


def keeps(town, **periods):
    path = town.root / "config/gateway.yaml"
    listed = ", ".join(f"{key}: {value}" for key, value in periods.items())
    path.write_text(path.read_text() + f"retention: {{{listed}}}\n")


def aged(path, days):
    then = (datetime.now(UTC) - timedelta(days=days)).timestamp()
    os.utime(path, (then, then))


def lying(town, folder):
    home = town.root / "state" / folder
    return sorted(path.name for path in home.rglob("*") if path.is_file()) if home.exists() else []


def said(town, *words):
    """What a command says, in this process, beside a running loop as well."""
    command = ["--config", str(town.root / "config"), *words]
    with ThreadPoolExecutor(max_workers=1) as worker:
        done = worker.submit(CliRunner().invoke, main, command).result()
    assert done.exit_code == 0, done.output
    return done.stdout


def purged(town, *words):
    found = json.loads(said(town, "purge", "--json", *words))
    return found["erased"], {one.pop("store"): one for one in found["stores"]}


def test_a_report_shows_every_store_that_has_a_period(town):
    said(town, "once")
    _, stores = purged(town, "--report")
    named = {"outputs": "converted", "undos": "delta", "states": "delta"}
    shown = {named.get(store, store) for store in stores}
    assert shown == set(Retention.model_fields) - {"held"}, "nothing held is erased undecided"


def sheet(town, transfer, name, *values):
    """A sheet with these values, which staff have filled in."""
    path = town.root / name
    said(town, "sheet", transfer.id, "--out", str(path))
    filled(path, *values)
    return path


def correct(town, transfer, path):
    said(town, "release", transfer.id, "--corrected", str(path), "--reason", "checked")


async def test_a_sheet_that_staff_corrected_is_kept_for_its_owner_alone_and_erased_after_its_time(town):
    keeps(town, corrected="10d")
    one = await held(town, GOOD + BAD)
    path = sheet(town, one, "bad.xlsx", "34", "78")
    correct(town, one, path)
    (kept,) = (town.root / "state/corrected").iterdir()
    assert (kept.read_bytes(), kept.stat().st_mode & 0o777) == (path.read_bytes(), 0o600)
    assert kept.name.startswith(one.id)
    aged(kept, days=9.9)
    assert purged(town)[1]["corrected"] == {"files": 1, "stored": path.stat().st_size, "due": 0}
    aged(kept, days=10.1)
    assert purged(town, "--report")[1]["corrected"]["due"] == 1
    size = path.stat().st_size
    proved, _ = purged(town)
    assert [(each["store"], each["files"], each["bytes"]) for each in proved] == [("corrected", 1, size)]
    assert purged(town, "--report")[0] == proved
    assert (lying(town, "corrected"), path.exists()) == ([], True)


async def test_a_sheet_with_a_wrong_value_is_not_kept(town):
    one = await held(town, GOOD + BAD)
    path = sheet(town, one, "bad.csv", "34", "no number")
    with pytest.raises(AssertionError, match="number"):
        correct(town, one, path)
    assert lying(town, "corrected") == []


async def test_a_corrected_sheet_is_encrypted_where_files_at_rest_are(town):
    installed(town, **dict([town.encryption("2027-04").split(": ", 1)]))
    one = await held(town, GOOD + BAD)
    path = sheet(town, one, "bad.csv", "34", "78")
    correct(town, one, path)
    (kept,) = (town.root / "state/corrected").iterdir()
    assert kept.name.endswith(".csv.age")
    assert "花子".encode() not in kept.read_bytes()


async def test_what_was_written_to_a_shadow_place_is_erased_there_after_its_time(town):
    keeps(beside(town), shadow="10d")
    (town.here / "a.dat").write_bytes(record("00001", "山田太郎", b"00012"))
    await shadowed(town)
    size = (town.root / "beside/trial/a.csv").stat().st_size
    async with Kept(town) as kept:
        kept.clock.ahead = timedelta(days=9.9)
        assert await kept.keeping.erase() == []
        assert shadow_of(town).keys() == {"a.csv"}
        kept.clock.ahead = timedelta(days=10.1)
        (proof,) = await kept.keeping.erase()
        assert (proof.store, proof.files, proof.bytes) == ("shadow", 1, size)
        assert await kept.keeping.erase() == []
    assert shadow_of(town) == {}
    assert town.arrived().keys() == {"a.dat"}


async def test_what_the_consumer_of_a_shadow_removed_needs_no_erasing_and_no_proof(town):
    keeps(beside(town), shadow="10d")
    (town.here / "a.dat").write_bytes(record("00001", "山田太郎", b"00012"))
    await shadowed(town)
    (town.root / "beside/trial/a.csv").unlink()
    async with Kept(town) as kept:
        kept.clock.ahead = timedelta(days=11)
        assert await kept.keeping.erase() == []
        assert await kept.journal.shadows.standing() == (0, 0)


async def test_a_shadow_place_that_does_not_answer_is_said_and_asked_again(town):
    keeps(beside(town), shadow="10d", converted="10d", originals="10d")
    (town.here / "a.dat").write_bytes(record("00001", "山田太郎", b"00012"))
    await shadowed(town)

    async def away(name):
        raise Transient("no answer")

    async with Kept(town) as kept:
        kept.clock.ahead = timedelta(days=11)
        reach, kept.keeping._reach = kept.keeping._reach, away
        with pytest.raises(NotErased, match=r"beside:trial/a\.csv cannot be erased: no answer"):
            await kept.keeping.erase()
        assert lying(town, "originals") == [], "the other stores are erased all the same"
        kept.keeping._reach = reach
        assert [one.store for one in await kept.keeping.erase()] == ["shadow"]
    assert shadow_of(town) == {}


async def test_the_row_of_a_delivery_stays_until_its_shadow_is_erased(town):
    keeps(beside(town), shadow="500d", originals="10d", converted="10d", journal="400d")
    for name in "ab":
        (town.here / f"{name}.dat").write_bytes(record("00001", "山田太郎", b"00012"))
        await shadowed(town)
    async with Kept(town) as kept:
        kept.clock.ahead = timedelta(days=401)
        await kept.keeping.erase()
        assert len(await kept.journal.recent("r", 9)) == 2
        kept.clock.ahead = timedelta(days=501)
        await kept.keeping.erase()
        await kept.keeping.erase()
        assert len(await kept.journal.recent("r", 9)) == 1
    assert shadow_of(town) == {}


@pytest.fixture
def cutting(tmp_path):
    made = prepared(tmp_path)
    made.write("systems.yaml", SYSTEMS.replace("2027-01-04", "2099-01-04") % "{}")
    made.write("routes/v/r.yaml", FROM_NEW)
    captured(made, "before/here/a.dat", RECORD)
    return made


def test_what_a_rehearsal_came_to_is_kept_and_goes_after_its_time_with_its_folder(cutting):
    scratch = cutting.root / "scratch"
    played = rehearsed(cutting, "--files", str(cutting.root / "captured"), "--scratch", str(scratch))
    (result,) = (cutting.root / "state/rehearsals").iterdir()
    document = json.loads(result.read_text())
    assert document.pop("scratch") == str(scratch)
    assert document == json.loads(played.stdout)
    assert result.stat().st_mode & 0o777 == 0o600
    aged(result, days=13.9)
    said(cutting, "once")
    assert purged(cutting)[1]["rehearsal"]["files"] == 1
    aged(result, days=14.1)
    proved, stores = purged(cutting)
    assert [(one["store"], one["files"]) for one in proved] == [("rehearsal", 1)]
    assert (stores["rehearsal"]["files"], scratch.exists()) == (0, False)


def test_a_rehearsal_never_plays_in_a_folder_of_others(cutting):
    scratch = cutting.root / "scratch"
    scratch.mkdir()
    (scratch / "precious").write_bytes(b"precious")
    played = rehearsed(cutting, "--scratch", str(scratch))
    assert (played.returncode, "is not empty" in played.stderr) == (2, True)


def test_a_folder_that_belongs_to_another_rehearsal_by_now_is_left(cutting):
    scratch = cutting.root / "scratch"
    rehearsed(cutting, "--files", str(cutting.root / "captured"), "--scratch", str(scratch))
    (result,) = (cutting.root / "state/rehearsals").iterdir()
    (scratch / ".linkage-gateway-rehearsal").write_text("of-another.json")
    aged(result, days=15)
    said(cutting, "once")
    assert purged(cutting)[1]["rehearsal"]["files"] == 0
    assert scratch.exists()


async def test_reports_of_comparisons_go_after_their_time_with_proof(tmp_path):
    town = town_that_compares(tmp_path)
    put_old(town, 5)
    put_new(town, 5, (("00001", "山田太郎", 12), ("00002", "別人", 34)))
    await carried(town)
    ran(town, "compare", "r")
    (report,) = (town.root / "state/comparisons/r").glob("*.json")
    aged(report, days=36)
    proved, stores = purged(town)
    assert [(one["store"], one["files"]) for one in proved] == [("comparison", 1)]
    assert (lying(town, "comparisons"), stores["comparison"]["files"]) == ([], 0)


def test_backups_go_after_their_time_with_proof_and_the_newest_stays(town):
    said(town, "once")
    first = Path(json.loads(said(town, "backup", "--json"))["path"])
    old = first.rename(first.with_name("journal-20200101T000000.db"))
    aged(old, days=36)
    said(town, "purge")
    assert lying(town, "backups") == [old.name], "the newest stays"
    assert purged(town, "--report")[1]["backups"] == {"files": 1, "stored": old.stat().st_size, "due": 0}
    second = json.loads(said(town, "backup", "--json"))
    assert second["erased"] == [old.name]
    proved, _ = purged(town, "--report")
    assert [(one["store"], one["files"]) for one in proved] == [("backups", 1)]
    assert lying(town, "backups") == [Path(second["path"]).name]


def test_a_journal_that_a_restore_moved_aside_goes_with_the_backups(town):
    said(town, "once")
    saved = json.loads(said(town, "backup", "--json"))["path"]
    said(town, "restore", saved, "--reason", "故障")
    aside = min((town.root / "state").glob("*.replaced-*"), key=lambda path: len(path.name))
    log = aside.with_name(f"{aside.name}-wal")
    log.write_bytes(b"what was not in the journal itself yet")
    assert purged(town, "--report")[1]["backups"]["files"] == 2
    aged(aside, days=36)
    said(town, "purge")
    assert [path.exists() for path in (aside, log, Path(saved))] == [False, False, True]
    assert [(one["store"], one["files"]) for one in purged(town, "--report")[0]] == [("backups", 1)]


async def test_the_trace_of_a_file_says_whether_its_original_is_kept_still(town):
    keeps(town, originals="10d")
    (town.here / "a.dat").write_bytes(GOOD)
    said(town, "once")
    assert "原本 保管中" in said(town, "trace", "a.dat")
    with closing(sqlite3.connect(town.root / "state/journal.db")) as connection:
        connection.execute("UPDATE kept SET used_at = '2020-01-01T00:00:00.000000+00:00'")
        connection.commit()
    said(town, "purge")
    assert "原本 消去済" in said(town, "trace", "a.dat")


async def test_a_running_gateway_whose_clock_jumped_erases_nothing_until_it_is_right(town):
    installed(town, retention="{originals: 10d}")
    town.route(rest="after: delete")
    clock, stop = HandClock(datetime.now(UTC)), asyncio.Event()
    (town.here / "a.dat").write_bytes(b"one")
    async with Gateway(town.load(), clock=clock, report=town.report()) as gateway:
        await gateway.once(["r"], patience=timedelta(0))
        keeping = gateway._keeping
        assert lying(town, "originals")
        clock.jump(days=11)
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(keeping.run(stop))
            await town.log.seen("clock_stepped")
            assert lying(town, "originals"), "its age cannot be told"
            clock.jump(days=-11)
            clock.move(days=11)
            while not town.log.events("kept_erased"):
                clock.move(hours=1)  # it looks once an hour
                await asyncio.sleep(0.01)
            stop.set()
    assert len(town.log.events("clock_stepped")) == 1
    assert lying(town, "originals") == []
