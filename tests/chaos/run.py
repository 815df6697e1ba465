"""Plays a chaos run and prints its figures: ``python -m tests.chaos.run --seconds 1800 --seed 7``.

The seed decides what is sent and what goes wrong in which order; what the machine makes of it in time is its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.load import load
from tests.chaos.daemon import Daemon
from tests.chaos.faults import Faults
from tests.chaos.ground import Folder, Ground, ground
from tests.chaos.people import People
from tests.chaos.routes import all_routes, write_city
from tests.support.machine import machine

COLLECTED, SHRUNK = "perhaps_collected", "shrink"
ASKED = frozenset({COLLECTED, SHRUNK})
"""The reasons for which a file may be held here: its consumer removes files, and was faster than the answer; or full
files that nobody could fetch for a while were superseded, and so much is gone from the next that a person is asked."""

SETTLES = 300.0
"""Seconds without any arrival, once nothing goes wrong any more, after which nothing more is waited for."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a run came to. ``faults`` by kind, ``held`` by reason; ``verdict`` is the checker's."""

    seed: int
    seconds: float
    verdict: dict[str, int]
    partial: list[str]
    faults: dict[str, int]
    disordered: list[str]
    held: dict[str, int]
    told: str

    @property
    def clean(self) -> bool:
        """Nothing lost, nothing twice, nothing half, the books agree, and nobody had to help without need."""
        wrong = ("lost", "doubled", "strange", "unsettled", "ledger")
        right = not self.partial and not self.disordered and not any(self.verdict[kind] for kind in wrong)
        return right and set(self.held) <= ASKED

    def __str__(self) -> str:
        count = self.verdict
        lines = [
            f"seed {self.seed}, {self.seconds:.0f} s",
            f"{count['files']} files, {count['bytes']} bytes, {count['records']} records through conversions",
            f"faults {sum(self.faults.values())}: "
            + ", ".join(f"{kind} {number}" for kind, number in sorted(self.faults.items()) if number),
            f"held for a person: {self.held or 0}",
            f"lost {count['lost']}, duplicates {count['doubled']}",
            f"partial files seen {len(self.partial)}, files out of order {len(self.disordered)}",
            f"strange {count['strange']}, unsettled {count['unsettled']}, ledger differences {count['ledger']}",
            *self.partial[:20],
            *self.disordered[:20],
            self.told,
        ]
        return "\n".join(line for line in lines if line)


async def play(root: Path, *, seconds: float, seed: int, faults: int = sys.maxsize) -> Figures:
    """One run in an empty folder, for so long, or until so many ``faults`` were met."""
    began, routes = time.monotonic(), all_routes()
    records = root / "records"
    records.mkdir(parents=True)
    with machine(root / "machine", root / "workshop") as below:
        async with ground(root / "ground", below.root) as around:
            write_city(root / "config", below.root / "state", routes, around.endpoints)
            _make_folders(around, [route.name for route in routes])
            people = People(routes, around.places, records, random.Random(f"{seed} people"))
            daemon = Daemon(root / "config", below.environment(), root / "gateway.log")
            assert not load(root / "config").errors, load(root / "config").errors
            troubles = Faults(around, daemon, below, seed)
            daemon.start()
            try:
                held = await _days(people, daemon, troubles, seconds, faults)
            finally:
                await daemon.kill()
            troubles.met["gateway ended by itself"] = daemon.ended_by_itself
            verdict, told = await _judged(records, people, daemon)
    return Figures(
        seed=seed,
        seconds=time.monotonic() - began,
        verdict=verdict,
        partial=people.partial,
        disordered=people.disordered,
        faults=dict(troubles.met),
        held=dict(held),
        told=told,
    )


def _make_folders(around: Ground, routes: list[str]) -> None:
    for place in around.places.values():
        for name in routes if isinstance(place, Folder) else ():
            for end in ("in", "in/archive", "out"):
                place.make(f"{name}/{end}")


async def _days(people: People, daemon: Daemon, faults: Faults, seconds: float, most: int) -> Counter[str]:
    """Send and break for so long, or until so many faults were met, then let everything come to rest.

    Gives what people had to release.
    """
    await daemon.started()
    watching = asyncio.ensure_future(daemon.watch())
    looking = asyncio.ensure_future(_keep_looking(people))
    breaking = asyncio.ensure_future(faults.happen())
    began = told = time.monotonic()
    while time.monotonic() < began + seconds and faults.count() < most:
        if time.monotonic() > told + 60:
            told = time.monotonic()
            _tell(people, faults, told - began)
        for work in (watching, looking, breaking):
            if work.done():
                work.result()
        await people.send()
        await asyncio.sleep(people.chance.uniform(0, 0.5))
    await _ended(breaking)
    await people.catch_up()
    await faults.end()
    await daemon.kill()
    daemon.start()
    await daemon.started()
    held = await _rest(people, daemon)
    await _ended(watching)
    await daemon.stop()
    await _ended(looking)
    await people.look()
    return held


def _tell(people: People, faults: Faults, seconds: float) -> None:
    """How far a long run has come."""
    print(f"{seconds:.0f} s: {len(people.sent)} files sent, {faults.count()} faults", flush=True)  # noqa: T201


async def _ended(task: asyncio.Future[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _keep_looking(people: People) -> None:
    while True:
        await people.look()
        await asyncio.sleep(0.2)


async def _rest(people: People, daemon: Daemon) -> Counter[str]:
    """Wait until everything is where it belongs; the person on duty releases what was held and is not there."""
    held: dict[str, dict[str, Any]] = {}
    left, until = -1, 0.0
    while now := len(people.missing()) + len(people.unsettled()):
        if now != left:
            left, until = now, time.monotonic() + SETTLES
        elif time.monotonic() > until:
            break
        await asyncio.sleep(2)
        for one in await daemon.asked("held"):
            held[one["transfer_id"]] = one
            await _decide(people, daemon, one)
    for one in held.values():
        if one["reason"] not in ASKED:
            print(f"held: {one['route']}: {one['file']}: {one['message']}", flush=True)  # noqa: T201
    return Counter(one["reason"] for one in held.values())


async def _decide(people: People, daemon: Daemon, one: dict[str, Any]) -> None:
    """Ask, as the hint says: what the consumer has counts as delivered, what it has not is sent again.

    The source says that what is gone from its full file is. What is held for another reason should not be; it stays,
    and shows in the figures.
    """
    if one["reason"] not in ASKED:
        return
    if one["reason"] == SHRUNK:
        await daemon.asked(
            "release", one["transfer_id"], "--reason", "the source says that the file is whole"
        )
        return
    missing = {record["path"] for record in people.missing()}
    has_it = one["file"].partition(":")[2] not in missing
    why = "--reason", f"the consumer has {'it' if has_it else 'not got it'}"
    await daemon.asked("release", one["transfer_id"], *(("--delivered",) if has_it else ()), *why)


async def _judged(records: Path, people: People, daemon: Daemon) -> tuple[dict[str, int], str]:
    today = datetime.now(UTC)
    first, last = (f"{today + timedelta(days=days):%Y-%m-%d}" for days in (-2, 2))
    ledger = await daemon.asked("ledger", "--since", first, "--day", last)
    places = {name: place.described() for name, place in people.places.items()}
    plan = {"routes": [route.described() for route in people.routes], "places": places}
    for name, what in (("ledger", ledger), ("places", plan)):
        (records / f"{name}.json").write_text(json.dumps(what), encoding="utf-8")
    command = [sys.executable, "-m", "tests.chaos.checker", str(records)]
    checker = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    told, _ = await checker.communicate()
    return json.loads((records / "verdict.json").read_text(encoding="utf-8")), told.decode()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument(
        "--faults", type=int, default=sys.maxsize, help="end when so many were met, if that is sooner"
    )
    parser.add_argument(
        "--folder", type=Path, default=None, help="an empty folder that is kept; else a temporary one"
    )
    given = parser.parse_args()
    seed = secrets.randbelow(10**6) if given.seed is None else given.seed
    print(f"chaos with seed {seed}, for {given.seconds:.0f} s", flush=True)  # noqa: T201 - a program of its own
    with tempfile.TemporaryDirectory(prefix="lgw-chaos-") as scratch:
        root = given.folder or Path(scratch)
        figures = asyncio.run(play(root, seconds=given.seconds, seed=seed, faults=given.faults))
    print(figures)  # noqa: T201
    return 0 if figures.clean else 1


if __name__ == "__main__":
    sys.exit(main())
