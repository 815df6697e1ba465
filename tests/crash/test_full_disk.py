"""The gateway's disk is full after any number of bytes: what was begun is done again once there is room, and nobody is
asked.
"""

import asyncio
import csv
import random

import pytest

from tests.chaos.daemon import Daemon
from tests.support.city import CSV, FIXED, MAPPING, Town
from tests.support.machine import machine
from tests.support.states import CHANGES, full_file

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]

ROUTE = """
from:
  system: old
  legacy: {{endpoint: here, path: "{name}_*.dat", ready: at-once, layout: fixed{content}}}
to:
  system: new
  standard: {{endpoint: there, path: "{name}/{stem}.csv", layout: {layout}{told}}}
convert: fixed-to-{layout}
schedule: {{every: 1s}}
after: delete
retry: {{fast: {{times: 2, within: 1s}}, slow: {{every: 1s}}}}
{more}
"""
RECORDS = 40
ROUNDS = 16
ROUTES = {
    "split": {"stem": "{stem}_{part:02}", "layout": "csv", "more": "limits: {records_per_file: 9}"},
    "divert": {"stem": "{stem}{revision}", "layout": "csv", "more": "bad_records: divert"},
    "changes": {
        "stem": "{stem}_{seq:04}",
        "layout": "changes",
        "content": ", content: full",
        "told": ", content: differential",
        "more": "delta: {key: [番号], shrink: 100%}",
    },
}


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    for name, text in {
        "layouts/fixed": FIXED,
        "layouts/csv": CSV,
        "layouts/changes": CHANGES,
        "mappings/fixed-to-csv": MAPPING,
        "mappings/fixed-to-changes": MAPPING.replace("to: csv", "to: changes"),
    }.items():
        made.write(f"{name}.yaml", text)
    for name, keys in ROUTES.items():
        given = {"name": name, "content": "", "told": ""} | keys
        made.write(f"routes/v/{name}.yaml", ROUTE.format(**given))
    made.load()
    return made


def put(town, number):
    """A file for each route; the one whose bad records are diverted has one."""
    rows = {f"{one:05}": ("山田太郎", number * 100 + one) for one in range(1, RECORDS + 1)}
    content = full_file(rows)
    for name in ROUTES:
        bad = content[:-5] + b"12x45" if name == "divert" else content
        town.here.joinpath(f"{name}_{number:03}.dat").write_bytes(bad)
    return {key: str(amount) for key, (_, amount) in rows.items()}


def arrived(town, name, number):
    """The amounts at the destination, by number."""
    found = {}
    for path in sorted(town.there.glob(f"{name}/{name}_{number:03}*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found |= {row["番号"]: row["金額"] for row in csv.DictReader(file)}
    return found


async def becomes(condition):
    """Another process's files: nothing to await."""
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.05)


async def test_whatever_the_full_disk_cuts_short_is_done_again_and_nobody_is_asked(town, tmp_path):
    chance = random.Random(20261129)
    with machine(tmp_path, tmp_path.parent / f"{tmp_path.name}-workshop") as below:
        daemon = Daemon(town.root / "config", below.environment(), town.root / "gateway.log")
        daemon.start()
        await daemon.started()
        try:
            for number in range(1, ROUNDS + 1):
                before = below.refusals
                below.fill(town.root / "state/spool", room=chance.randrange(12_000))
                rows = put(town, number)
                good = {key: amount for key, amount in rows.items() if key != f"{RECORDS:05}"}
                await becomes(lambda was=before: below.refusals > was or not list(town.here.iterdir()))
                below.make_room()
                await becomes(lambda: not list(town.here.iterdir()))
                assert arrived(town, "split", number) == rows
                assert arrived(town, "divert", number) == good
                assert arrived(town, "changes", number) == rows
            held, refused = await daemon.asked("held"), below.refusals
        finally:
            await daemon.kill()
    assert refused > ROUNDS // 2
    assert {one["route"] for one in held} == {"divert"}
    assert {one["reason"] for one in held} == {"bad_records"}
    assert daemon.events("route_faulted") == []
    assert daemon.ended_by_itself == 0


@pytest.mark.parametrize("room", [0, 200, 4_000])
async def test_a_gateway_that_cannot_start_on_a_full_disk_says_so_and_starts_when_there_is_room(
    town, tmp_path, room
):
    with machine(tmp_path, tmp_path.parent / f"{tmp_path.name}-workshop") as below:
        daemon = Daemon(town.root / "config", below.environment(), tmp_path.parent / f"{tmp_path.name}.log")
        daemon.start()
        await daemon.started()
        assert await daemon.stop() == 0
        below.fill(room=room)
        daemon.start()
        await daemon.started()
        assert await daemon.stop() != 0
        told = daemon.log.read_text(encoding="utf-8")
        assert "state_dir のディスクに" in told
        assert "控えから" not in told
        assert "Traceback" not in told
        below.make_room()
        daemon.start()
        await daemon.started()
        assert await daemon.stop() == 0
