"""What a gateway costs whose routes have nothing to do: start, processor, memory, and how late due routes run.

``python idle.py [--routes 10000] [--minutes 10] [--jitter 10m]``. The daemon is a process of its own, as installed.
``python idle.py --names 100000``: one route whose source keeps so many files, all known; what a look at it costs. No
time is asserted.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from reload import heartbeat, write_city

from adapters import ADAPTERS
from gateway.app import Gateway
from gateway.journal import open_journal
from gateway.load import load
from gateway.logs.log import open_log
from gateway.times.clock import SystemClock

TICK = os.sysconf("SC_CLK_TCK")
STARTED = b'"event": "gateway_started"'


def processor(pid: int) -> float:
    """Seconds of processor that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory(pid: int, line: str = "VmRSS") -> float:
    """MiB that a process has now (``VmRSS``), or had at most (``VmHWM``)."""
    told = dict(one.split(":", 1) for one in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(told[line].split()[0]) / 1024


def start(config: Path, log: Path) -> tuple[subprocess.Popen[bytes], float]:
    """Start the daemon; gives it with the seconds until it says that it runs."""
    began = time.monotonic()
    with log.open("wb") as out:
        daemon = subprocess.Popen(
            [sys.executable, "-m", "gateway", "--config", str(config), "run"], stdout=out, stderr=out
        )
    while STARTED not in log.read_bytes():
        if daemon.poll() is not None:
            sys.exit(f"the gateway ended: {log.read_text()[-2000:]}")
        time.sleep(0.05)
    return daemon, time.monotonic() - began


def lateness(journal: Path, since: str) -> list[float]:
    """Seconds from each route's last slot to the end of its run."""
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as connection:
        sql = "SELECT last_slot, last_run FROM runs WHERE last_slot >= ? AND last_run >= last_slot"
        rows = connection.execute(sql, (since,)).fetchall()
    slots = ((datetime.fromisoformat(slot), datetime.fromisoformat(run)) for slot, run in rows)
    return sorted((run - slot).total_seconds() for slot, run in slots)


async def listings(root: Path, routes: int) -> float:
    """Seconds of processor that the listings alone take, each once."""
    local = ADAPTERS["local"]
    async with local.build(local.options(root=root / "here"), name="here") as adapter:
        spent = time.process_time()
        for number in range(routes):
            await adapter.scan(f"r{number:05}/*.dat")
        return time.process_time() - spent


def measure(root: Path, routes: int, minutes: float, jitter: str) -> None:
    """Start, wait until it is calm, watch for so long."""
    config = write_city(root, routes, jitter=jitter)
    daemon, started = start(config, root / "log")
    try:
        before, calm = processor(daemon.pid), time.monotonic()
        while time.monotonic() - calm < 60:
            time.sleep(5)
            now = processor(daemon.pid)
            if now - before < 1:
                break
            before = now
        settled = time.monotonic() - calm
        begun, before, since = time.monotonic(), processor(daemon.pid), datetime.now(UTC).isoformat()
        time.sleep(minutes * 60)
        spent, took = processor(daemon.pid) - before, time.monotonic() - begun
        late = lateness(root / "state/journal.db", since)
        now, most = memory(daemon.pid), memory(daemon.pid, "VmHWM")
    finally:
        daemon.terminate()
        daemon.wait()
    alone = asyncio.run(listings(root, routes)) * len(late) / routes
    print(f"{routes} routes, every 10 minutes with jitter {jitter}, watched for {took:.0f} s")
    print(f"- says that it runs after {started:.1f} s; calm {settled:.0f} s later")
    used, looked = 100 * spent / took, 100 * alone / took
    print(f"- processor: {used:.2f} % of a core, of which the listings themselves {looked:.2f} %")
    print(f"- memory: {now:.0f} MiB, at most {most:.0f} MiB")
    ranks = {f"{rank} %": late[min(int(len(late) * rank / 100), len(late) - 1)] for rank in (50, 99, 100)}
    told = ", ".join(f"{rank} {value:.2f} s" for rank, value in ranks.items())
    print(f"- {len(late)} runs ended after their slots within: {told}")


KNOWN = """
INSERT INTO transfers (id, route, endpoint, path, size, mtime, version, content, companion, stated_sha256, revision,
                       from_format, business_date, admitted_at, changed_at, state, bytes, sha256, outcome, carried_to)
VALUES (:id, 'r00000', 'here', :path, :size, :mtime, :version, '', '', '', 1, 'legacy', '2027-01-04',
        '2027-01-04T00:00:00.000000+00:00', '2027-01-04T00:00:00.000000+00:00', 'settled', 1, 'ab', 'delivered',
        'legacy')"""


async def know(root: Path, names: int) -> None:
    """Make so many files, and a journal that knows them all as carried."""
    for number in range(names):
        (root / f"here/r00000/{number:06}.dat").write_bytes(b"x")
    (root / "state").mkdir()
    journal = root / "state/journal.db"
    await (await open_journal(journal, SystemClock())).close()
    local = ADAPTERS["local"]
    async with local.build(local.options(root=root / "here"), name="here") as adapter:
        entries = (await adapter.scan("r00000/*.dat")).entries
    with closing(sqlite3.connect(journal)) as connection:
        rows = ({"id": f"20270104T000000-{number}"} | asdict(one) for number, one in enumerate(entries))
        connection.executemany(KNOWN, rows)
        connection.commit()


async def look(root: Path, names: int) -> None:
    """Look at a source with so many known files five times, as the daemon does every ten minutes."""
    config = write_city(root, 1)
    await know(root, names)
    quiet = open_log(
        logging.NullHandler(),
        gateway="bench",
        level="error",
        text=False,
        clock=SystemClock(),
        zone=ZoneInfo("Asia/Tokyo"),
    )
    async with Gateway(load(config), clock=SystemClock(), report=quiet) as gateway:
        for _ in range(6):
            late: list[float] = []
            beat = asyncio.create_task(heartbeat(late))
            began, spent = time.monotonic(), time.process_time()
            (result,) = await gateway.once(["r00000"], patience=timedelta())
            took, used = time.monotonic() - began, time.process_time() - spent
            wait, most = max(late, default=0) * 1000, memory(os.getpid(), "VmHWM")
            beat.cancel()
            assert not result.transfers, "every file was known"
            print(
                f"a look at {names} known files: {took:.2f} s, {used:.2f} s of processor; "
                f"others waited at most {wait:.0f} ms; {most:.0f} MiB at most"
            )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--routes", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--jitter", default="10m")
    parser.add_argument("--names", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.names:
            asyncio.run(look(Path(folder), given.names))
            return
        measure(Path(folder), given.routes, given.minutes, given.jitter)


if __name__ == "__main__":
    main()
