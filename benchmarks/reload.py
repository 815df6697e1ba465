"""Reload of one route among many: how long it takes, and whether the others keep their pace meanwhile."""

from __future__ import annotations

import argparse
import asyncio
import logging
import tempfile
import time
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.app import Gateway
from gateway.load.folder import read
from gateway.logs.log import open_log
from gateway.times.clock import SystemClock

GATEWAY = "gateway: {name: bench, state_dir: ../state}\nvendors: {v: {may_use: {routes: 100000}}}\n"
SYSTEMS = "systems:\n  old: {vendor: v, standard_from: never}\n"
CALM = 0.1
JITTER = "10m"

ROUTE = """\
from: {{system: old, legacy: {{endpoint: here, path: "r{number:05}/*.dat", ready: at-once}}}}
to: {{system: old, legacy: {{endpoint: there, path: "r{number:05}/{{stem}}{{revision}}.dat"}}}}
schedule: {{every: 10m, jitter: {jitter}}}
"""


def write_city(root: Path, routes: int, *, jitter: str = JITTER) -> Path:
    """A folder with so many routes between two folders."""
    config = root / "config"
    (config / "routes/v").mkdir(parents=True)
    (config / "gateway.yaml").write_text(GATEWAY)
    (config / "systems.yaml").write_text(SYSTEMS)
    places = "".join(f"  {name}: {{adapter: local, root: {root / name}}}\n" for name in ("here", "there"))
    (config / "endpoints.yaml").write_text(f"endpoints:\n{places}")
    (root / "there").mkdir()
    for number in range(routes):
        (root / f"here/r{number:05}").mkdir(parents=True)
        (config / f"routes/v/r{number:05}.yaml").write_text(ROUTE.format(number=number, jitter=jitter))
    return config


async def heartbeat(lateness: list[float]) -> None:
    """How late the event loop wakes what asked to be woken, in seconds."""
    while True:
        asked = time.perf_counter() + 0.01
        await asyncio.sleep(0.01)
        lateness.append(time.perf_counter() - asked)


async def calm() -> list[float]:
    """Wait until the start is over: five seconds in which the loop is never a tenth of a second late."""
    while True:
        seen: list[float] = []
        beat = asyncio.create_task(heartbeat(seen))
        await asyncio.sleep(5)
        beat.cancel()
        if seen and max(seen) < CALM:
            return seen


async def measure(config: Path, runs: int) -> None:
    reading = read(config)
    log = open_log(
        logging.NullHandler(),
        gateway="bench",
        level="error",
        text=False,
        clock=SystemClock(),
        zone=ZoneInfo("Asia/Tokyo"),
    )
    stop, count = asyncio.Event(), len(reading.city.routes)
    async with Gateway(reading, clock=SystemClock(), report=log) as gateway:
        task = asyncio.create_task(gateway.run(stop))
        quiet = await calm()
        for run in range(runs):
            file = config / f"routes/v/r{count // 2:05}.yaml"
            file.write_text(ROUTE.format(number=count // 2, jitter=JITTER) + f"title: run {run}\n")
            busy: list[float] = []
            beat = asyncio.create_task(heartbeat(busy))
            began, spent = time.perf_counter(), time.process_time()
            found = await gateway.renewal.renew()
            took, cpu = time.perf_counter() - began, time.process_time() - spent
            beat.cancel()
            assert found.changed == (f"r{count // 2:05}",)
            print(
                f"{count} routes, one changed: {took:.2f} s by the clock, {cpu:.2f} s of processor; "
                f"the loop woke at most {max(busy) * 1000:.0f} ms late (before: {max(quiet) * 1000:.0f} ms)"
            )
        stop.set()
        await task


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--routes", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(write_city(Path(folder), asked.routes), asked.runs))


if __name__ == "__main__":
    main()
