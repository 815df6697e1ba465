"""Files at rest, encrypted: no value lies on the disk, all comes out as without it, and no fault is guessed away."""

import asyncio
import csv
import hashlib
import json
import tempfile
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from sqlite3 import connect

import pyrage
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.app import Gateway
from gateway.errors import Reason
from gateway.evidence import comparing
from gateway.evidence.comparing import Comparing
from gateway.evidence.resealing import files
from gateway.lifecycle import State
from gateway.sealing import sealing_of
from gateway.stores.originals import KeptFiles
from gateway.times.clock import SystemClock
from tests.integration.test_canaries import AMOUNT, NAMES, NUMBER, found
from tests.integration.test_commands import ran
from tests.integration.test_comparing import carried, put_new, put_old, town_that_compares
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town
from tests.support.clock import HandClock
from tests.support.crashing import run_once
from tests.support.encrypted import (
    BAD,
    GOOD,
    QUICK,
    carry,
    encrypt,
    lying,
    put_everything,
    town_of_everything,
)
from tests.support.states import put, town_of_changes


def outcome(town):
    """What can be seen from outside: files at both ends, and what the journal says of each transfer."""
    with closing(connect(town.root / "state/journal.db")) as journal:
        transfers = (
            "SELECT route, path, state, reason, bytes, sha256, records FROM transfers ORDER BY 1, 2, 5"
        )
        outputs = "SELECT path, bytes, sha256, records FROM outputs ORDER BY path"
        said = [journal.execute(sql).fetchall() for sql in (transfers, outputs)]
    left = sorted(str(path.relative_to(town.here)) for path in town.here.rglob("*") if path.is_file())
    beside = {path.name: path.read_bytes() for path in (town.root / "beside").rglob("*") if path.is_file()}
    return said, left, beside, town.arrived()


async def test_no_value_of_a_record_lies_anywhere_below_the_state_folder(tmp_path):
    town = town_of_everything(tmp_path, "2027-04")
    put_everything(town)
    await carry(town)
    stores = {
        path.parts[-2 if len(path.parent.name) > 2 else -3] for path in (tmp_path / "state").rglob("*.age")
    }
    assert {"originals", "outputs", "substitutions"} <= stores
    assert sum("spool" in path.parts for path in (tmp_path / "state").rglob("*.age")) > 1
    assert lying(town) == {}
    assert all(one.key == "2027-04" for one in files(town.load().installation))


async def test_the_canaries_would_be_found_without_encryption(tmp_path):
    town = town_of_everything(tmp_path)
    put_everything(town)
    await carry(town)
    places = {name.split("/")[1] for name in lying(town)}
    assert {"spool", "originals"} <= places
    assert list((tmp_path / "state/diverted").iterdir())


async def test_the_rows_of_differences_lie_there_encrypted_too(tmp_path):
    town = town_of_changes(tmp_path)
    encrypt(town, "2027-04")
    put(town, "a.dat", {NUMBER: (NAMES[0], 31415), "00002": (NAMES[1], 27182)})
    await town.once()
    put(town, "b.dat", {NUMBER: (NAMES[0], 31415), "00002": (NAMES[1], 14142)})
    await town.once()
    kept = {one.path.relative_to(tmp_path / "state").parts[0] for one in files(town.load().installation)}
    assert {"states", "undos"} <= kept
    assert {one.key for one in files(town.load().installation)} == {"2027-04"}
    assert sum(len(content.decode().splitlines()) - 1 for content in town.arrived().values()) == 3


people = st.lists(
    st.tuples(
        st.integers(0, 99999).map("{:05}".format),
        st.text("山田太郎花子アイウ", min_size=1, max_size=5),
        st.integers(0, 99999).map("{:05}".format),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda one: one[0],
)


@settings(max_examples=3, derandomize=True, suppress_health_check=[*HealthCheck])
@given(people=people)
def test_everything_comes_out_as_without_encryption(people):
    seen = []
    for ids in ((), ("2027-04",)):
        with tempfile.TemporaryDirectory() as folder:
            town = town_of_everything(Path(folder), *ids)
            put_everything(town, people)
            asyncio.run(carry(town))
            seen.append(outcome(town))
    assert seen[0] == seen[1]


async def test_what_a_comparison_reads_unencrypted_lies_in_memory_and_goes_with_it(tmp_path, monkeypatch):
    town = town_that_compares(tmp_path)
    encrypt(town, "2027-04")
    old, new = ((NUMBER, NAMES[0], 31415),), ((NUMBER, NAMES[1], 31415),)
    for _ in range(4):
        old, new = (*old, *old), (*new, *new)
    put_old(town, 5, old)
    put_new(town, 5, new)
    await carried(town)
    looked, real = [], comparing.compare

    def look(task, folder):
        plain = [path.read_bytes() for path in folder.parent.iterdir() if path.is_file()]
        looked.append((folder.parent, folder.parent.stat().st_mode & 0o777, bool(found(b"".join(plain)))))
        assert lying(town, least=3) == {}
        return real(task, folder)

    monkeypatch.setattr(comparing, "compare", look)
    city = town.load()
    kept = KeptFiles(town.root / "state/originals", sealing_of(city.installation))
    async with town.gateway() as gateway:
        work = Comparing(city, gateway.journal, kept, SystemClock())
        (slot,) = await work.of_day("r", date(2027, 1, 5))
        row = await work.compare("r", slot)
    assert (row.result, row.old_records, row.new_records) == ("different", 16, 16)
    ((folder, mode, readable),) = looked
    assert (folder.parent, mode, readable) == (Path("/dev/shm"), 0o700, True)
    assert not folder.exists()
    assert lying(town, least=3) == {}
    assert [path.name for path in (town.root / "state/comparisons/r").glob("series*")] == ["series.key.age"]


def key_texts(town, *ids):
    return [pyrage.x25519.Identity.from_str(town.key(one).read_text().strip()) for one in ids]


async def test_a_kept_original_is_opened_by_the_age_tool_alone(tmp_path):
    town = town_of_everything(tmp_path, "2027-04")
    put_everything(town)
    large = (town.here / "p/large.dat").read_bytes()
    await carry(town)
    digest = hashlib.sha256(large).hexdigest()
    (path,) = (tmp_path / "state/originals").rglob(f"{digest}*")
    assert path.name == f"{digest}.zst.age"
    packed = pyrage.decrypt(path.read_bytes(), key_texts(town, "2027-04"))
    assert zstandard.ZstdDecompressor().stream_reader(packed).readall() == large


async def test_without_its_key_a_file_waits_with_the_reason_and_nothing_is_written_plainly(tmp_path):
    town = town_of_everything(tmp_path, "2027-04")
    town.key("2027-04").rename(tmp_path / "taken away")
    (town.here / "p/small.dat").write_bytes(GOOD)
    result = await town.once("passing")
    (waiting,) = result.transfers
    assert (waiting.state, waiting.retry_at is not None) == (State.ADMITTED, True)
    (failed,) = town.log.events("attempt_failed")
    assert "the key 2027-04 cannot be had: the secret file" in failed["error"]
    assert failed["next_action"]
    assert lying_files(town) == []
    assert (town.here / "p/small.dat").exists()
    (tmp_path / "taken away").rename(town.key("2027-04"))
    clock = HandClock(SystemClock().now() + timedelta(hours=1))
    async with Gateway(town.load(), clock=clock, report=town.report()) as gateway:
        await gateway.once(["passing"], patience=QUICK)
    assert town.arrived() == {"p/small.dat": GOOD}


def lying_files(town):
    return [path for path in (town.root / "state/spool").rglob("*") if path.is_file()]


async def test_a_held_file_whose_key_is_no_longer_named_waits_for_the_key(tmp_path):
    town = town_of_everything(tmp_path, "2026-04")
    (town.here / "held/a.dat").write_bytes(GOOD + BAD)
    await town.once("held")
    encrypt(town, "2027-04")
    async with town.gateway() as gateway:
        (held,) = await gateway.journal.open_transfers()
        await gateway.journal.released(held, who="田中", why="もう一度")
        await gateway.once(["held"], patience=timedelta(0))
        (waiting,) = await gateway.journal.open_transfers()
    assert waiting.retry_at is not None
    assert "2026-04 is not among encryption.keys" in town.log.events("attempt_failed")[-1]["error"]
    encrypt(town, "2027-04", "2026-04")
    assert json.loads(ran(town, "encryption", "status", "--json").stdout)["left"] == 1


async def test_a_spooled_file_that_was_changed_is_held_and_names_file_and_key(tmp_path):
    town = town_of_everything(tmp_path, "2027-04")
    (town.here / "held/a.dat").write_bytes(GOOD + BAD)
    await town.once("held")
    (path,) = (tmp_path / "state/spool").rglob("original.age")
    raw = bytearray(path.read_bytes())
    raw[-20] ^= 1
    path.write_bytes(raw)
    async with town.gateway() as gateway:
        (held,) = await gateway.journal.open_transfers()
        await gateway.journal.released(held, who="田中", why="もう一度")
        await gateway.once(["held"], patience=QUICK)
        (held,) = await gateway.journal.open_transfers()
    assert (held.state, held.reason) == (State.HELD, Reason.SPOOL_LOST)
    assert f"{held.id}/original.age (key 2027-04)" in held.message
    assert "chunk 1 of 1" in held.message
    assert town.arrived() == {}


async def test_a_kept_file_that_was_cut_off_is_told_by_doctor_and_by_a_replay(tmp_path):
    town = town_of_everything(tmp_path, "2027-04")
    (town.here / "p/small.dat").write_bytes(GOOD)
    await town.once("passing")
    (path,) = (tmp_path / "state/originals").rglob("*.age")
    path.write_bytes(path.read_bytes()[:-3])
    said = ran(town, "doctor").stdout
    assert "1 of 1 are gone or damaged" in said
    assert "key 2027-04" in said
    sent = ran(town, "replay", "passing", "--since", "2020-01-01", "--reason", "訓練")
    assert sent.returncode == 0, sent.stderr
    (held,) = (await town.once("passing")).transfers
    assert held.state is State.HELD
    assert "(key 2027-04) cannot be opened" in held.message


def test_a_city_that_encrypts_is_whole_wherever_the_gateway_dies(tmp_path):
    """Every eighth side effect, of a conversion that is parted and kept; the plain suite dies at each."""
    number, points = 1, None
    while points is None or number < points:
        town = Town(tmp_path / str(number))
        encrypt(town, "2027-04")
        for name, text in (("fixed", FIXED), ("csv", CSV)):
            town.write(f"layouts/{name}.yaml", text)
        town.write("mappings/fixed-to-csv.yaml", MAPPING)
        town.write("routes/v/r.yaml", CONVERTING + "limits: {records_per_file: 2}\n")
        (town.here / "a.dat").write_bytes(GOOD * 3)
        points = run_once(town.root / "config", crash_at=number) or None
        assert points != -1
        run_once(town.root / "config")
        line = f"{NUMBER},{NAMES[0]},{AMOUNT}\n"
        head = "番号,氏名,金額\n"
        expected = {"0001.csv": (head + line * 2).encode(), "0002.csv": (head + line).encode()}
        assert town.arrived() == expected, f"after a crash at side effect {number}"
        assert town.spooled() == [], f"after a crash at side effect {number}"
        assert {one.key for one in files(town.load().installation)} == {"2027-04"}
        number += 8
    assert number > 40


async def test_diverted_records_are_corrected_by_a_sheet_that_is_asked_for(tmp_path):
    town = town_of_everything(tmp_path, "2027-04")
    (town.here / "divert/a.dat").write_bytes(GOOD + BAD)
    await town.once("divert")
    assert not (tmp_path / "state/diverted").exists()
    async with town.gateway() as gateway:
        (held,) = await gateway.journal.open_transfers()
    assert f"linkage-gateway sheet {held.id} --out" in held.hint
    sheet = tmp_path / "sheet.csv"
    assert ran(town, "sheet", held.id, "--out", str(sheet)).returncode == 0
    titles, row = csv.reader(sheet.read_text(encoding="utf-8-sig").splitlines())
    row[titles.index("訂正値")] = "31415"
    with sheet.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([titles, row])
    released = ran(town, "release", held.id, "--corrected", str(sheet), "--reason", "原票")
    assert released.returncode == 0, released.stderr
    await town.once("divert")
    assert len(town.arrived()) == 2
