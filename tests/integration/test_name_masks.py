"""What a route hides in file names is in no log line, alarm or page; people at the machine still find the file."""

import subprocess
import sys
from datetime import timedelta

import pytest

from tests.integration.test_status_page import opened
from tests.support.city import Town

NUMBER = "880123456789"
NAME = f"ATENA_{NUMBER}_0001.dat"


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    rest = "name_mask: '[0-9]{12}'\nafter: delete"
    made.route(to="exists: refuse", rest=rest)
    (made.here / NAME).write_bytes(b"one")
    return made


def written(town):
    """Every line of the log, as it would be written."""
    return "\n".join(map(str, town.log.lines))


async def test_a_file_that_is_carried_or_held_is_logged_without_the_hidden_part(town):
    await town.once()
    assert "ATENA_***_0001.dat" in written(town)
    assert NUMBER not in written(town)
    (carried,) = town.log.events("file_carried")
    assert (carried["file"], carried["destination"]) == (
        "here:ATENA_***_0001.dat",
        "there:ATENA_***_0001.dat",
    )
    assert town.arrived() == {NAME: b"one"}


async def test_the_page_and_the_alarms_show_no_hidden_part(town):
    (town.there / NAME).write_bytes(b"of another")
    async with opened(town) as (gateway, caller):
        await gateway.once(["r"], patience=timedelta(0))
        await gateway._desk.look()
        (held,) = await gateway.journal.recent("r", 1)
        seen = ""
        for path in ("/held", "/alarms", "/routes/r", f"/transfers/{held.id}", "/daily", "/search?q=ATENA"):
            status, text, _ = await caller.get(path)
            assert status == 200, path
            seen += text
    assert NUMBER not in seen
    assert seen.count("ATENA_***_0001.dat") >= 5


async def test_commands_at_the_machine_name_the_file_in_full(town):
    (town.there / NAME).write_bytes(b"of another")
    await town.once()
    command = [sys.executable, "-m", "gateway", "--config", str(town.root / "config"), "held", "--json"]
    shown = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert shown.returncode == 0, shown.stderr
    assert NAME in shown.stdout
