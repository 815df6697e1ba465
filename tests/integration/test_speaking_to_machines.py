"""What commands say to machines where they cannot do what was asked, and what tables show to people."""

import json
import signal
import subprocess
import sys

import pytest
from rich.cells import cell_len

from gateway.journal.people import Raised
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("routes/v/r.yaml", CONVERTING)
    return made


def ran(town, *words):
    command = [sys.executable, "-m", "gateway", "--config", str(town.root / "config"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("held",), 1, "there is no journal"),
        (("backup",), 1, "there is no journal"),
        (("status", "rr"), 2, "did you mean r?"),
        (("switch", "r", "--to", "standard"), 2, "say why"),
        (("switch", "r", "--to", "standrd", "--reason", "x"), 2, "'standrd' is not one of"),
        (("stats",), 2, "No such command"),
        (("convert", "--layout", "fixd", __file__), 2, "no usable layout fixd; did you mean fixed?"),
    ],
)
def test_machines_are_told_in_one_document_what_went_wrong(town, words, code, said):
    done = ran(town, *words, "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["exit_code"]) == (code, code)
    assert said in document["error"]
    assert "Traceback" not in done.stderr


def test_machines_are_told_each_fault_of_a_configuration_that_cannot_be_used(town):
    town.write("systems.yaml", "systems: {old: {vendr: v}}\n")
    town.write("endpoints.yaml", "endpoints: [\n")
    done = ran(town, "once", "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["exit_code"]) == (2, 2)
    assert {"endpoints.yaml", "systems.yaml"} <= {fault["file"] for fault in document["faults"]}


async def test_a_command_that_found_a_difference_prints_its_document_alone(town):
    await town.once()
    assert ran(town, "pause", "r", "--reason", "点検").returncode == 0
    done = ran(town, "audit", "verify", "--head", "0" * 63 + "1", "--json")
    assert (done.returncode, type(json.loads(done.stdout))) == (1, dict)


async def test_tables_show_names_as_they_are_whatever_is_in_them(town):
    """Neither words in brackets nor words between colons mean anything."""
    town.write("routes/v/r.yaml", CONVERTING.replace("*.dat", "*"))
    (town.here / "a[bold]b:warning:c[").write_bytes(b"short")
    await town.once()
    assert "here:a[bold]b:warning:c[" in ran(town, "held").stdout


async def test_tables_show_long_names_whole(town):
    town.write("routes/v/r.yaml", CONVERTING.replace("*.dat", "*"))
    name = "".join(f"{number:03}" for number in range(60))
    (town.here / name).write_bytes(b"short")
    await town.once()
    lines = ran(town, "held").stdout.splitlines()
    begins = cell_len(lines[0].partition("ファイル")[0])  # what stands before it in the other lines is narrow
    files = [line[begins:].split(" ")[0] for line in lines[1:]]
    assert "".join(files).startswith(f"here:{name}")


async def test_a_day_is_reported_of_vendors_alone_that_there_are(town):
    await town.once()
    async with town.gateway() as gateway:
        for vendor in ("v", "other", ""):
            raised = Raised(event="file_held", subject=f"alarm of {vendor or 'all'}", vendor=vendor)
            await gateway.journal.people.raised(raised)
    told = json.loads(ran(town, "report", "daily", "--vendor", "v", "--json").stdout)
    assert [one["subject"] for one in told["alarms"]] == ["alarm of v"]
    assert len(json.loads(ran(town, "report", "daily", "--json").stdout)["alarms"]) == 3
    done = ran(town, "report", "daily", "--vendor", "w")
    assert (done.returncode, "事業者 w はありません" in done.stderr) == (2, True)


@pytest.mark.parametrize("words", [("purge",), ("rehearse", "r"), ("once",)])
def test_the_state_folder_is_its_owners_alone_whatever_is_run_first(town, words):
    ran(town, *words)
    state = town.root / "state"
    assert not state.exists() or state.stat().st_mode & 0o777 == 0o700


def test_a_configuration_folder_that_is_not_there_is_named(tmp_path):
    for words in (("status",), ("run",)):
        command = [sys.executable, "-m", "gateway", "--config", str(tmp_path / "cofnig"), *words, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 2
        assert str(tmp_path / "cofnig") in json.loads(done.stdout)["error"]


def test_the_daemon_logs_json_lines_for_machines_whatever_is_configured(town):
    path = town.root / "config/gateway.yaml"
    path.write_text(path.read_text() + "log: {format: text}\n")
    command = [sys.executable, "-m", "gateway", "--config", str(town.root / "config"), "run", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as daemon:
        while json.loads(daemon.stdout.readline())["event"] != "gateway_started":
            continue
        daemon.send_signal(signal.SIGTERM)
        assert [json.loads(line)["event"] for line in daemon.stdout][-1] == "gateway_stopped"
    assert daemon.returncode == 0


def test_a_layout_out_of_a_copybook_alone_waits_for_its_character_code(town):
    copybook = town.root / "JUKI.cpy"
    copybook.write_text("       01  REC.\n           05  BANGO  PIC X(5).\n")
    done = ran(town, "new", "layout", "--from", str(copybook))
    assert (done.returncode, "write it after encoding:" in done.stderr) == (0, True)
    faults = json.loads(ran(town, "check", "--json").stdout)["faults"]
    assert [fault["file"] for fault in faults] == ["layouts/juki.yaml"], faults
    file = town.root / "config/layouts/juki.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("encoding:", "encoding: cp932"), encoding="utf-8"
    )
    assert ran(town, "check").returncode == 0


@pytest.mark.parametrize("words", [("once", "r"), ("plan", "r"), ("plan", "r", "--files")])
def test_a_route_that_was_rejected_is_not_said_to_be_unknown(town, words):
    town.write("routes/v/r.yaml", CONVERTING + "shedule: {every: 1s}\n")
    done = ran(town, *words, "--json")
    assert done.returncode == 2
    said = json.loads(done.stdout)["error"]
    assert said.startswith("route r is rejected: routes/v/r.yaml:"), said
    assert "did you mean schedule?" in said
