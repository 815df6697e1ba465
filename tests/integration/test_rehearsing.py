"""A cutover is played beforehand, and nothing outside of the rehearsal is touched."""

import asyncio
import json
import subprocess
import sys

import pytest

from tests.integration.test_canaries import NAMES, NUMBER, found
from tests.integration.test_canaries_everywhere import DATA
from tests.integration.test_tracing import collecting
from tests.support.cutovers import FROM_NEW, RECORD, ROW, SYSTEMS, TO_NEW, prepared


@pytest.fixture
def town(tmp_path):
    made = prepared(tmp_path)
    made.write("systems.yaml", SYSTEMS.replace("2027-01-04", "2099-01-04") % "{}")
    return made


def rehearsed(town, *words):
    command = [sys.executable, "-m", "gateway", "--config", str(town.root / "config"), "rehearse", "r"]
    words = ("--before", "1", "--after", "1", "--speed", "1200", "--json", *words)
    return subprocess.run([*command, *words], capture_output=True, text=True, timeout=100, check=False)


def captured(town, name, content):
    path = town.root / "captured" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_files_before_and_after_the_instant_are_carried_in_a_scratch_folder(town):
    town.write("routes/v/r.yaml", FROM_NEW)
    captured(town, "before/here/a.dat", RECORD)
    captured(town, "after/here/new/20990104_1.csv", ROW)
    done = rehearsed(town, "--files", str(town.root / "captured"), "--scratch", str(town.root / "scratch"))
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(done.stdout)
    assert document["made"].startswith("2099-01-03T15:")
    assert [(one["file"], one["state"]) for one in document["files"]] == [
        ("a.dat", "delivered"),
        ("new/20990104_1.csv", "delivered"),
    ]
    scratch = town.root / "scratch/places/there"
    assert {path.name for path in scratch.iterdir()} == {"a.dat", "20990104_1.csv"}
    assert town.arrived() == {}
    assert [path.name for path in (town.root / "state").iterdir()] == ["rehearsals"]


def test_a_cutover_is_played_without_a_file_where_the_places_lie_in_folders(town):
    """Nothing was ever delivered: the instant, the gate and the places are played all the same."""
    text = FROM_NEW.replace('"*.dat"', '"out/old/{date:%Y%m%d}.dat"').replace('"new/', '"out/new/')
    town.write("routes/v/r.yaml", text)
    done = rehearsed(town)
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(done.stdout)
    assert (document["conditions_not_met"], document["files"]) == ([], [])
    assert document["made"].startswith("2099-01-03T15:")


def test_a_conversion_that_would_fail_is_found_before_the_day(town):
    town.write("routes/v/r.yaml", FROM_NEW)
    captured(town, "after/here/new/20990104_1.csv", ROW.replace(b",12", b",\xe4\xba\x8c"))
    done = rehearsed(town, "--files", str(town.root / "captured"))
    assert done.returncode == 1
    [file] = json.loads(done.stdout)["files"]
    assert (file["state"], file["reason"]) == ("held", "bad_records")


def test_no_value_of_a_captured_record_is_in_what_a_rehearsal_says_or_leaves_beside_the_data(town):
    town.write("routes/v/r.yaml", FROM_NEW)
    row = f"{NUMBER},{NAMES[0]},12"
    head = ROW.splitlines(keepends=True)[0]
    captured(town, "after/here/new/20990104_1.csv", head + f"{row}\n".encode())
    captured(town, "after/here/new/20990104_2.csv", head + f"{row}{NAMES[1]}\n".encode())
    scratch = town.root / "scratch"
    done = rehearsed(town, "--files", str(town.root / "captured"), "--scratch", str(scratch))
    assert [one["state"] for one in json.loads(done.stdout)["files"]] == ["delivered", "held"]
    assert found(done.stdout + done.stderr) == []
    data = {"places", *DATA}
    kept = [
        path
        for path in scratch.rglob("*")
        if path.is_file() and not data & set(path.relative_to(scratch).parts)
    ]
    assert kept, "its log and its journal"
    assert {path.name: hidden for path in kept if (hidden := found(path.read_bytes()))} == {}


def test_a_route_without_a_cutover_is_told_so(town):
    town.write("systems.yaml", SYSTEMS.replace("2027-01-04T00:00:00+09:00", "never") % "{}")
    town.write("routes/v/r.yaml", TO_NEW)
    done = rehearsed(town)
    assert done.returncode == 2
    assert "no cutover that is due or coming" in done.stderr


async def test_no_trace_of_a_rehearsal_is_sent_to_the_citys_collector(town):
    town.write("routes/v/r.yaml", FROM_NEW)
    captured(town, "before/here/a.dat", RECORD)
    async with collecting(town) as received:
        done = await asyncio.to_thread(rehearsed, town, "--files", str(town.root / "captured"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert received == []


def test_a_city_that_several_nodes_carry_is_played_on_one(town, postgres_server):
    town.write("routes/v/r.yaml", FROM_NEW)
    captured(town, "before/here/a.dat", RECORD)
    path = town.root / "config/gateway.yaml"
    more = f'journal: {{url: "{postgres_server.new_database()}"}}\ncluster: {{node: a, lease: 30s}}\n'
    path.write_text(path.read_text() + more)
    done = rehearsed(town, "--files", str(town.root / "captured"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert [one["state"] for one in json.loads(done.stdout)["files"]] == ["delivered"]
