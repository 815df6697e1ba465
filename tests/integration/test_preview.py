"""``plan --files``: the next run before it happens, with nothing written anywhere."""

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from adapters import ADAPTERS
from adapters.base import Entry, Target
from adapters.errors import Refused
from adapters.options import LocalOptions
from adapters.wrappers import with_eyes_only
from gateway.cli import main
from tests.integration.test_clear_errors import record
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town
from tests.support.states import put, town_of_changes

GOOD = record("00001", "山田太郎", b"00012")
BAD = record("00002", "山田太郎", b"0X012")
NAME = "山田太郎"

HOOKED = """
import os, sys
seen = []
def hook(event, arguments):
    if event.startswith(("open", "os.")) and str(arguments[:1]).find(os.environ["NUMBA_CACHE_DIR"]) >= 0:
        return  # machine code of the kernels, which a thread may compile beside the work
    if event == "open" and isinstance(arguments[0], str):
        writing = arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        if writing and not arguments[0].startswith(("/proc/self/fd/", "/dev/")):
            seen.append(f"open {arguments[0]}")
    elif event in ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate",
                   "os.chmod", "os.utime"):
        seen.append(f"{event} {arguments[0]}")
sys.addaudithook(hook)
from gateway.cli import main
try:
    main()
finally:
    print(*seen, sep="\\n", file=sys.stderr)
"""


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("routes/v/r.yaml", CONVERTING)
    return made


def ran(town, *words):
    return CliRunner().invoke(main, ["--config", str(town.root / "config"), *words])


def looked(town, *words):
    done = ran(town, "plan", "--files", "--json", *words)
    (one,) = json.loads(done.stdout)
    return done.exit_code, one["files"]


def everything(root):
    """Every file and folder below, with what would change if it were touched."""
    return {
        str(path.relative_to(root)): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in sorted(root.rglob("*"))
    }


def test_a_new_file_is_shown_with_what_it_becomes_and_where_it_would_go(town):
    (town.here / "a.dat").write_bytes(GOOD * 3)
    exit_code, (file,) = looked(town)
    assert exit_code == 0
    assert (file["file"], file["state"], file["bytes"]) == ("here:a.dat", "new", 60)
    assert (file["from_format"], file["to_format"]) == ("legacy", "standard")
    assert file["destination"] == "there:NNNN.csv"
    trial = file["trial"]
    assert (trial["mapping"], trial["records_in"], trial["records_out"]) == ("fixed-to-csv", 3, 3)
    assert trial["bytes_out"] == len("番号,氏名,金額\n".encode()) + 3 * len(f"00001,{NAME},12\n".encode())


def test_what_is_shown_is_what_the_next_run_delivers(town):
    (town.here / "a.dat").write_bytes(GOOD * 3)
    _, (file,) = looked(town)
    assert ran(town, "once").exit_code == 0
    (delivered,) = town.there.iterdir()
    assert delivered.stat().st_size == file["trial"]["bytes_out"]


def test_nothing_is_written_anywhere_neither_before_the_first_run_nor_after_it(town):
    (town.here / "a.dat").write_bytes(GOOD)
    before = everything(town.root)
    assert looked(town)[0] == 0
    assert everything(town.root) == before

    ran(town, "once")
    (town.here / "b.dat").write_bytes(GOOD)
    (town.here / "c.dat").write_bytes(BAD)
    before = everything(town.root)
    exit_code, files = looked(town)
    assert (exit_code, [file["file"] for file in files]) == (1, ["here:b.dat", "here:c.dat"])
    assert everything(town.root) == before


def test_no_file_is_even_opened_for_writing(town):
    (town.here / "a.dat").write_bytes(GOOD)
    ran(town, "once")
    (town.here / "b.dat").write_bytes(GOOD)
    command = [
        sys.executable,
        "-c",
        HOOKED,
        "--config",
        str(town.root / "config"),
        "plan",
        "--files",
        "--json",
    ]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "NUMBA_CACHE_DIR": str(town.root / "cache")}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
    assert (done.returncode, done.stderr.strip()) == (0, "")
    assert json.loads(done.stdout)[0]["files"][0]["trial"]["records_out"] == 1


def test_a_file_that_would_be_held_says_the_record_and_no_value(town):
    (town.here / "a.dat").write_bytes(GOOD + BAD)
    exit_code, (file,) = looked(town)
    assert exit_code == 1
    assert "record 2, item 金額, offset" in file["trial"]["fault"]
    done = ran(town, "plan", "--files")
    assert "would be held: record 2, item 金額" in done.stderr
    assert NAME not in done.output
    assert "0X012" not in done.output


def test_values_are_shown_only_to_who_asks_for_a_record(town):
    (town.here / "a.dat").write_bytes(GOOD)
    assert NAME not in ran(town, "plan", "--files").output
    assert NAME in ran(town, "plan", "--files", "--explain", "1").stdout


def test_a_file_whose_marker_is_missing_is_not_complete_yet(town):
    town.write("routes/v/r.yaml", CONVERTING.replace("ready: at-once", 'ready: {marker: "{name}.done"}'))
    (town.here / "a.dat").write_bytes(GOOD)
    (file,) = looked(town)[1]
    assert (file["state"], file["note"]) == ("not complete yet", "waits for {name}.done")
    (town.here / "a.dat.done").touch()
    assert looked(town)[1][0]["state"] == "new"


def test_a_file_that_must_rest_first_says_for_how_long(town):
    town.write(
        "routes/v/r.yaml", CONVERTING.replace("ready: at-once", "ready: {stable: {polls: 3, quiet: 5s}}")
    )
    (town.here / "a.dat").write_bytes(GOOD)
    assert looked(town)[1][0]["note"] == "goes once it has been the same for 3 looks and 5 s"


def test_an_empty_file_that_is_not_expected_does_not_go(town):
    (town.here / "a.dat").touch()
    assert looked(town)[1][0]["state"] == "not complete yet"


def test_a_held_file_is_shown_where_it_stands(town):
    (town.here / "a.dat").write_bytes(BAD)
    ran(town, "once")
    exit_code, (file,) = looked(town)
    assert (exit_code, file["state"]) == (0, "held")


def test_a_place_that_is_away_is_told_and_the_other_routes_are_looked_at(town):
    town.route("other", source="layout: fixed", to="layout: fixed")
    (town.here / "a.dat").write_bytes(GOOD)
    town.write(
        "endpoints.yaml",
        (town.root / "config/endpoints.yaml").read_text().replace(str(town.here), str(town.root / "away"), 1)
        + f"\n  near: {{adapter: local, root: {town.here}}}\n",
    )
    text = (town.root / "config/routes/v/other.yaml").read_text().replace("endpoint: here", "endpoint: near")
    town.write("routes/v/other.yaml", text)
    done = ran(town, "plan", "--files", "--json")
    assert done.exit_code == 3
    other, away = json.loads(done.stdout)
    assert (away["route"], away["files"], bool(away["error"])) == ("r", [], True)
    assert other["files"][0]["trial"]["mapping"] == ""


def test_a_file_too_large_for_memory_is_listed_and_not_read(town, monkeypatch):
    monkeypatch.setattr("gateway.cli.preview.MOST", 59)
    (town.here / "a.dat").write_bytes(GOOD * 3)
    (file,) = looked(town)[1]
    assert (file["trial"], file["note"]) == (None, "too large to be tried here")


async def test_a_connection_that_only_looks_refuses_every_verb_that_changes_something(tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    local = ADAPTERS["local"].build(LocalOptions(root=tmp_path), name="here")

    async def nothing():
        yield b""

    async with with_eyes_only(local) as adapter:
        entry = await adapter.stat("a")
        assert isinstance(entry, Entry)
        for verb in (
            adapter.remove(entry),
            adapter.rename(entry, "b"),
            adapter.discard("a", "b"),
            adapter.write(Target(path="b", temporary="c", size=0, sha256=""), nothing()),
        ):
            with pytest.raises(Refused, match="only looks"):
                await verb
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_of_several_full_files_only_the_newest_would_go_and_the_run_does_so(town):
    full = CONVERTING.replace("ready: at-once", "ready: at-once, content: full").replace(
        "layout: csv}", "layout: csv, content: full}"
    )
    town.write("routes/v/r.yaml", full.replace('"*.dat"', '"{date:%Y%m%d}.dat"'))
    for name in ("20270102", "20270101"):
        (town.here / f"{name}.dat").write_bytes(GOOD)
    files = looked(town)[1]
    assert [(file["file"], file["state"]) for file in files] == [
        ("here:20270101.dat", "superseded"),
        ("here:20270102.dat", "new"),
    ]
    ran(town, "once")
    assert len(list(town.there.iterdir())) == 1


def test_a_full_file_that_becomes_changes_is_tried_and_not_said_to_go_out_whole(tmp_path):
    made = town_of_changes(tmp_path)
    put(made, "a.dat", {"00001": ("山田", 1), "00002": ("鈴木", 2)})
    (file,) = looked(made)[1]
    assert file["note"] == "converted, and then only what differs from the rows sent before goes out"
    trial = file["trial"]
    assert (trial["mapping"], trial["records_in"], trial["records_out"], trial["faults"]) == (
        "fixed-to-csv",
        2,
        None,
        0,
    )


def test_a_route_with_faults_is_not_left_out_silently(town):
    town.write("routes/v/broken.yaml", "title: 1\n")
    assert "経路 broken は設定不備のため除きました" in ran(town, "plan", "--files").stderr
