"""The status page of a city with many routes: the first page, an update with nothing new, and one with some news.

    python benchmarks/console.py [ROUTES]

Prints medians, and the smallest and largest, of the time from request to the last byte, over loopback, in one process
with the gateway. Routes are configured on two folders and are not running; the journal holds a run of each.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp

from gateway.app import Gateway
from gateway.config import Console
from gateway.console.server import ConsoleServer
from gateway.load import load
from gateway.times.clock import SystemClock

ROUTE = """
title: 経路 {number}
from: {{system: old, legacy: {{endpoint: here, path: "{number}/*.dat", ready: at-once}}}}
to: {{system: new, legacy: {{endpoint: there, path: "{number}/{{stem}}{{revision}}{{suffix}}"}}}}
schedule: {{every: 10m}}
"""
TIMES = 9


class Silent:
    def emit(self, event: object, **fields: object) -> None:
        pass

    def bound(self, **fields: object) -> Silent:  # noqa: ARG002 - the port
        return self


def write_city(folder: Path, routes: int) -> None:
    for name in ("here", "there", *(f"config/routes/v{vendor}" for vendor in range(10))):
        (folder / name).mkdir(parents=True)
    files = {
        "gateway.yaml": f"gateway: {{name: large, state_dir: {folder / 'state'}}}\n"
        f"vendors: {{{', '.join(f'v{vendor}: {{}}' for vendor in range(10))}}}\n",
        "systems.yaml": "systems:\n"
        "  old: {vendor: v0, standard_from: never}\n  new: {vendor: v0, standard_from: never}\n",
        "endpoints.yaml": f"endpoints:\n  here: {{adapter: local, root: {folder / 'here'}}}\n"
        f"  there: {{adapter: local, root: {folder / 'there'}}}\n",
    }
    files |= {
        f"routes/v{number % 10}/r{number}.yaml": ROUTE.format(number=number) for number in range(routes)
    }
    for name, text in files.items():
        (folder / "config" / name).write_text(text, encoding="utf-8")


async def timed(session: aiohttp.ClientSession, url: str) -> tuple[float, bytes]:
    began = time.perf_counter()
    async with session.get(url) as answer:
        body = await answer.read()
    return time.perf_counter() - began, body


def row(what: str, seconds: list[float], size: int) -> str:
    told = [f"{1000 * value:.0f}" for value in (statistics.median(seconds), min(seconds), max(seconds))]
    return f"{what:44} {told[0]:>5} ms ({told[1]}-{told[2]})  {size / 1024:,.0f} KiB"


async def measure(folder: Path) -> None:
    began = time.perf_counter()
    city = load(folder / "config")
    print(f"{len(city.routes)} routes; read in {time.perf_counter() - began:.1f} s")
    clock = SystemClock()
    async with (
        Gateway(city, clock=clock, report=Silent()) as gateway,
        ConsoleServer(gateway, Console(listen="127.0.0.1:0"), clock=clock, report=Silent()) as server,
        aiohttp.ClientSession() as session,
    ):
        for name in city.routes:
            await gateway.journal.slot_taken(name, datetime.now(UTC) - timedelta(minutes=1))
        await asyncio.gather(*(gateway.journal.run_finished(name, outcome="ok") for name in city.routes))
        seconds, body = await timed(session, server.address)
        print(row("the first page after the start", [seconds], len(body)))
        pages = [await timed(session, server.address) for _ in range(TIMES)]
        print(row("the first page", [one for one, _ in pages], len(body)))
        await asyncio.sleep(1.1)
        version = gateway.board.version
        await timed(session, f"{server.address}live?since={version}")
        version = gateway.board.version
        calm = [await timed(session, f"{server.address}live?since={version}") for _ in range(TIMES)]
        print(row("an update with nothing new", [one for one, _ in calm], len(calm[0][1])))
        busy = []
        for turn in range(TIMES):
            version = gateway.board.version
            for number in range(turn, turn + 50):
                await gateway.journal.run_finished(f"r{number}", outcome="failed", error=f"{turn}")
            seconds, body = await timed(session, f"{server.address}live?since={version}")
            assert len(json.loads(body)["rows"]) >= 50, "every route that changed is in the update"
            busy.append(seconds)
        print(row("an update with 50 routes that changed", busy, len(body)))
        metrics = [await timed(session, f"{server.address}metrics") for _ in range(3)]
        print(row("/metrics", [one for one, _ in metrics], len(metrics[0][1])))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        many = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
        write_city(Path(temporary), many)
        asyncio.run(measure(Path(temporary)))
