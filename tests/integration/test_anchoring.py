"""The audit log, held to what it was by what was told of it."""

import asyncio
import sqlite3
from contextlib import closing

from click.testing import CliRunner

from gateway.cli import main
from gateway.evidence.anchoring import Anchoring
from gateway.journal import open_journal
from gateway.journal.audit import Act
from gateway.times.clock import SystemClock
from tests.support.city import Town


async def verified(town, head):
    command = ["--config", str(town.root / "config"), "audit", "verify", "--head", head]
    return await asyncio.to_thread(CliRunner().invoke, main, command)


async def test_the_newest_hash_of_the_audit_log_is_told_and_a_log_that_was_cut_off_does_not_hold_it(tmp_path):
    town = Town(tmp_path)
    town.route()
    await town.once()
    journal = await open_journal(town.root / "state/journal.db", SystemClock())
    try:
        anchoring = Anchoring(journal, SystemClock(), town.report())
        for number in range(3):
            await journal.audit.record(Act(who="tanaka", act="switch", subject=f"s{number}"))
            await anchoring.look()
            await anchoring.look()
    finally:
        await journal.close()
    told = [line["sha256"] for line in town.log.events("audit_anchored")]
    assert len(set(told)) == len(told) == 3
    for head in told:
        assert (await verified(town, head)).exit_code == 0
    with closing(sqlite3.connect(town.root / "state/journal.db")) as file, file:
        file.execute("DELETE FROM audit WHERE number = (SELECT max(number) FROM audit)")
    assert (await verified(town, told[1])).exit_code == 0
    cut = await verified(town, told[2])
    assert cut.exit_code == 1
    assert "切り詰められたか、差し替えられて" in cut.output


async def test_a_gateway_that_runs_tells_it(tmp_path):
    town = Town(tmp_path)
    town.route()
    stop = asyncio.Event()
    async with town.gateway() as gateway, asyncio.TaskGroup() as group:
        group.create_task(gateway.run(stop))
        (line,) = await town.log.seen("audit_anchored")
        assert line["sha256"] == await gateway.journal.audit.head()
        stop.set()
