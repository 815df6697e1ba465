"""What the journal costs: admission beside very many older transfers, and small files through all their states.

``python journal.py [--few 1000] [--many 1000000] [--folder DIR]``. Every call is synced as in the daemon.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

from adapters.base import Entry
from gateway.journal import Admission, Claim, Journal, Name, Output, Relay, Transfer, open_journal
from gateway.model import Format
from gateway.times.clock import SystemClock

DAY = date(2027, 1, 4)
ROUTES = 100
RUNS = 5
AT_A_TIME = 200
AT_ONE_TIME = 8
"""Files under way at one time, as ``limits.transfers`` has it by default."""

NUMBERS = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
OLD_TRANSFER = """
INSERT INTO transfers (id, route, endpoint, path, size, mtime, version, content, companion, stated_sha256, revision,
                       from_format, business_date, admitted_at, changed_at, state, bytes, sha256, outcome, carried_to)
{numbers}
SELECT printf('20270104T000000-%010d', i), 'route' || (i % 100), 'host', printf('out/%010d.csv', i), 400,
       '20270104000000', '', '', '', '', 1, 'legacy', '2027-01-04', '2027-01-04T00:00:00.000000+00:00',
       '2027-01-04T00:00:00.000000+00:00', 'settled', 400, printf('%064d', i), 'delivered', 'legacy' FROM n"""
OLD_OUTPUT = """
INSERT INTO outputs (transfer_id, ordinal, to_format, spool_name, bytes, sha256, place, endpoint, path, reserved,
                     delivered_at)
{numbers}
SELECT printf('20270104T000000-%010d', i), 1, 'legacy', 'original', 400, printf('%064d', i), 'bucket:x', 'bucket',
       printf('in/%010d.csv', i), 1, '2027-01-04T00:00:00.000000+00:00' FROM n"""
OLD_EVENT = """
INSERT INTO events (at, transfer_id, event, to_state, detail)
{numbers}
SELECT '2027-01-04T00:00:00.000000+00:00', printf('20270104T000000-%010d', i), 'settle', 'settled', i FROM n"""


def fill(path: Path, count: int) -> None:
    """Add so many transfers that are over, each with its output and a row of history."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("synchronous = OFF", "journal_mode = OFF", "cache_size = -1000000"):
            connection.execute(f"PRAGMA {pragma}")
        for statement in (OLD_TRANSFER, OLD_OUTPUT, OLD_EVENT):
            connection.execute(statement.format(numbers=NUMBERS), {"last": count - 1})
        connection.execute("PRAGMA journal_mode = WAL")


def admission(run: str, number: int) -> Admission:
    """A file that was never seen."""
    entry = Entry(path=f"out/{run}-{number}.csv", size=400, mtime="20270105000000")
    return Admission(
        route=f"route{number % ROUTES}",
        endpoint="host",
        entry=entry,
        from_format=Format.LEGACY,
        business_date=DAY,
    )


async def admit(journal: Journal, run: str) -> float:
    """Milliseconds of one admission, each waited for."""
    began = time.perf_counter()
    for number in range(AT_A_TIME):
        await journal.admit(admission(run, number))
    return (time.perf_counter() - began) * 1000 / AT_A_TIME


async def carry(journal: Journal, run: str) -> tuple[float, float]:
    """Files through admission, relay, publishing, delivery and settlement, several at one time.

    Gives files a second, and milliseconds of processor a file.
    """
    began, used = time.perf_counter(), time.process_time()
    admitted = await journal.admit_all([admission(run, number) for number in range(AT_A_TIME)])
    line = iter([one for one in admitted if one])

    async def work() -> None:
        for transfer in line:
            await _one(journal, transfer)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONE_TIME):
            group.create_task(work())
    spent = time.process_time() - used
    return AT_A_TIME / (time.perf_counter() - began), spent * 1000 / AT_A_TIME


async def _one(journal: Journal, transfer: Transfer) -> None:
    def names(_number: int, _ordinal: int) -> Iterator[Name]:
        yield Name(path=f"in/{transfer.entry.name}", temporary="")

    output = Output(
        to_format=Format.LEGACY, spool_name="original", bytes=400, sha256=transfer.id, records=None
    )
    claim = Claim(endpoint="bucket", names=names)
    claimed = await journal.relayed(
        transfer, Relay(output=replace(output, place="bucket:x"), claim=claim, skips=True)
    )
    delivered = await journal.delivered(await journal.publishing(claimed), keep_name=True)
    await journal.settled(delivered, "kept")


async def filled(folder: Path, count: int) -> Journal:
    """A journal beside ``count`` transfers that are over; nothing of its making is still on its way to the disk."""
    path = folder / f"journal-{count}.db"
    await (await open_journal(path, SystemClock())).close()
    await asyncio.to_thread(fill, path, count)
    await asyncio.to_thread(os.sync)
    return await open_journal(path, SystemClock())


async def compare(folder: Path, few: int, many: int) -> None:
    """Both sizes in turn, after a round that is not counted, and the ratio of each round's two."""
    journals = {count: await filled(folder, count) for count in (few, many)}
    waits: dict[int, list[float]] = {count: [] for count in journals}
    speeds: dict[int, list[float]] = {count: [] for count in journals}
    costs: dict[int, list[float]] = {count: [] for count in journals}
    for run in range(RUNS + 1):
        for count, journal in journals.items():
            waits[count].append(await admit(journal, f"admit-{run}"))
            speed, cost = await carry(journal, f"carry-{run}")
            speeds[count].append(speed)
            costs[count].append(cost)
    for journal in journals.values():
        await journal.close()
    print(
        f"sqlite {sqlite3.sqlite_version}; medians of {RUNS} runs of {AT_A_TIME} files, lowest and highest.\n"
    )
    print(
        "| transfers in the journal | ms an admission | files/s through all states | ms of processor a file |"
    )
    print("|---|---|---|---|")
    for count in journals:
        found = (_spread(waits[count][1:], 2), _spread(speeds[count][1:], 0), _spread(costs[count][1:], 2))
        print(f"| {count:,} | {' | '.join(found)} |")
    ratio = statistics.median(b / a for a, b in zip(waits[few][1:], waits[many][1:], strict=True))
    print(f"\n- admission beside {many:,} takes {ratio:.2f} x what it takes beside {few:,}; goal 1.5")


def _spread(found: list[float], digits: int) -> str:
    low, high = (f"{one:,.{digits}f}" for one in (min(found), max(found)))
    return f"{statistics.median(found):,.{digits}f} ({low} to {high})"


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description="What the journal costs.")
    parser.add_argument("--few", type=int, default=1000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="on the disk that is measured")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        asyncio.run(compare(Path(folder), given.few, given.many))


if __name__ == "__main__":
    main()
