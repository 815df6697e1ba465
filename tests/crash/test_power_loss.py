"""Power fails at any moment and what was not synced is lost: every file is still delivered exactly once, and whole."""

import hashlib
import os
import subprocess
import sys

import pytest

from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town
from tests.support.kept import keep_apart, originals
from tests.support.machine import machine
from tests.support.machine.powerloss import Disk, changes

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]

RECORD = b"00001" + "\u5c71\u7530".encode("cp932").ljust(10) + b"00012"
AS_CSV = "\u756a\u53f7,\u6c0f\u540d,\u91d1\u984d\n00001,\u5c71\u7530,12\n".encode()
POINTS = 24
"""At most so many moments of a run are tried, spread over all of it, each with both extremes of what is lost."""


def recorded(town, below):
    """One run of the gateway in a process of its own; gives what it did to files, and the disk before it."""
    before = Disk.of(below.root)
    words = ["--config", str(town.root / "config"), "once", "r"]
    environment = os.environ | below.environment(recorded=True)
    done = subprocess.run(
        [sys.executable, "-m", "gateway", *words], env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return before, list(changes(below.record))


def plain(town, after):
    town.route(rest=f"after: {after}")
    return {"a.dat": b"one" * 1000, "b.dat": b"two" * 1000}, {"a.dat": b"one" * 1000, "b.dat": b"two" * 1000}


def kept_apart(town, after):
    keep_apart(town)
    return plain(town, after)


def converting(town, after):
    for path, text in (("layouts/fixed", FIXED), ("layouts/csv", CSV), ("mappings/fixed-to-csv", MAPPING)):
        town.write(f"{path}.yaml", text)
    town.write("routes/v/r.yaml", CONVERTING.replace("after: delete", f"after: {after}"))
    return {"a.dat": RECORD}, {"0001.csv": AS_CSV}


def states(folder):
    """Every file below a folder, with its bytes."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith("-shm"))
    return {str(path): path.read_bytes() for path in files}


@pytest.fixture
def ready(tmp_path):
    """A town on a machine of its own, whose gateway has run before."""
    (tmp_path / "town").mkdir()
    town = Town(tmp_path / "town")
    with machine(tmp_path / "town", tmp_path / "workshop") as below:
        yield town, below


async def test_the_record_of_a_run_played_again_gives_the_folder_as_it_is(ready):
    town, below = ready
    files, _ = plain(town, "delete")
    await town.once()
    for name, content in files.items():
        (town.here / name).write_bytes(content)
    disk, done = recorded(town, below)
    as_it_is = states(below.root)
    for change in done:
        disk.play(change)
    disk.lose_power("everything")
    assert states(below.root) == as_it_is


@pytest.mark.parametrize(
    ("make", "after"),
    [(plain, "delete"), (plain, "archive"), (plain, "keep"), (converting, "delete"), (kept_apart, "delete")],
)
async def test_files_are_delivered_exactly_once_and_whole_wherever_power_fails(ready, make, after):
    town, below = ready
    files, expected = make(town, after)
    await town.once()
    for name, content in files.items():
        (town.here / name).write_bytes(content)
    before, done = recorded(town, below)
    for point in range(0, len(done) + 1, max(1, len(done) // POINTS)):
        for survives in ("what was synced", "names without bytes"):
            disk = before.copy()
            for change in done[:point]:
                disk.play(change)
            disk.lose_power(survives)
            where = f"{survives}, after change {point} of {len(done)}"
            await town.once()
            await town.once()
            assert town.arrived() == expected, where
            assert town.spooled() == [], where
            digests = {hashlib.sha256(content).hexdigest(): content for content in files.values()}
            assert originals(town) == digests, where
            left = {path.name for path in town.here.rglob("*") if path.is_file()}
            assert left == (set() if after == "delete" else set(files)), where
