"""Plays several nodes on one journal, of which any dies, hangs or is cut off, and prints the figures.

    python -m tests.chaos.nodes --seconds 300 --seed 7

Each node is a process in a network namespace of its own. What arrived is judged by the checker of every chaos run.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from gateway.load import load
from tests.chaos.daemon import Daemon
from tests.chaos.ground import Ground, ground
from tests.chaos.people import People
from tests.chaos.relay import ended, outside
from tests.chaos.routes import Route, all_routes, write_city
from tests.chaos.run import Figures, _ended, _judged, _keep_looking, _make_folders, _rest
from tests.support.servers import postgres

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.servers.postgres import PostgresServer

LEASE = 5
"""Seconds; short, so that many leases end in a short run."""


@dataclass
class Node(Daemon):
    """One node: the gateway in the namespace of ``relay``."""

    name: str = ""
    relay: subprocess.Popen[bytes] | None = None

    def _command(self, *words: str) -> list[str]:
        command = super()._command(*words)
        return [*self._within(), *command] if words[0] == "run" else command

    def _within(self) -> list[str]:
        assert self.relay is not None, "it has a namespace"
        return ["nsenter", "-t", str(self.relay.pid), "-n"]

    def cut(self, *, off: bool) -> None:
        """Pull its cable, or plug it in again."""
        state = "down" if off else "up"
        subprocess.run([*self._within(), "ip", "link", "set", "lo", state], check=True)

    def freeze(self, *, still: bool) -> None:
        """As a machine that hangs, and goes on later."""
        assert self.process is not None, "it was started"
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGSTOP if still else signal.SIGCONT)


@dataclass
class Troubles:
    """What befalls the nodes. ``took`` are seconds from the fault to the first route that another node took over."""

    nodes: list[Node]
    server: PostgresServer
    chance: random.Random
    met: Counter[str] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)

    async def happen(self) -> None:
        """One after another, for ever; two nodes may be in trouble at one time."""
        async with asyncio.TaskGroup() as group:
            busy: dict[str, asyncio.Task[None]] = {}
            while True:
                await asyncio.sleep(self.chance.uniform(1, 4))
                busy = {name: task for name, task in busy.items() if not task.done()}
                well = [node for node in self.nodes if node.name not in busy]
                if len(well) > 1:
                    node = self.chance.choice(well)
                    busy[node.name] = group.create_task(self._befall(node))
                if self.chance.random() < 0.04:
                    self.met["journal restarted"] += 1
                    await asyncio.to_thread(self.server.restart)

    async def _befall(self, node: Node) -> None:
        kind = self.chance.choice(("killed", "cut off", "frozen", "killed", "frozen"))
        long = self.chance.uniform(0.5, 3 * LEASE)
        self.met[f"node {kind}"] += 1
        watched = asyncio.create_task(self._measured(node, time.monotonic()))
        try:
            if kind == "killed":
                await node.kill()
                await asyncio.sleep(long)
                node.start()
            elif kind == "cut off":
                node.cut(off=True)
                await asyncio.sleep(long)
            else:
                node.freeze(still=True)
                await asyncio.sleep(long)
        finally:
            node.freeze(still=False)
            node.cut(off=False)
            watched.cancel()

    async def _measured(self, node: Node, since: float) -> None:
        """How long it takes until another node says that it took a route of this one over."""
        others = [one for one in self.nodes if one is not node]
        before = {one.name: self._taken(one, node) for one in others}
        while all(self._taken(one, node) == before[one.name] for one in others):
            await asyncio.sleep(0.1)  # other processes' files: nothing to await
        self.took.append(time.monotonic() - since)

    def _taken(self, one: Node, former: Node) -> int:
        text = one.log.read_text(encoding="utf-8", errors="replace") if one.log.exists() else ""
        lines = (line for line in text.splitlines() if '"event": "route_taken_over"' in line)
        return sum(f'"reason": "{former.name}"' in line for line in lines)


def _routes() -> list[Route]:
    """All but those that keep the rows of their node."""
    return [one for one in all_routes() if not one.changes]


def _ports(around: Ground, url: str) -> list[int]:
    """What a node reaches: places, their data connections, and the journal."""
    lines = [line.listening for name, line in around.lines.items() if name != "ftp"]
    return [*lines, around.ftp_port, *around.passive, int(url.rpartition(":")[2].partition("/")[0])]


def _endpoints(around: Ground) -> dict[str, dict[str, Any]]:
    """As the ground has them; the FTP host past its line, which gives out data ports that no relay knows beforehand."""
    return around.endpoints | {"ftp": around.endpoints["ftp"] | {"port": around.ftp_port}}


@asynccontextmanager
async def _nodes(root: Path, around: Ground, url: str, count: int) -> AsyncIterator[list[Node]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(_node(root, f"node-{n}", around, url)) for n in range(count)]


@asynccontextmanager
async def _node(root: Path, name: str, around: Ground, url: str) -> AsyncIterator[Node]:
    home, sockets = root / name, root / name / "sockets"
    sockets.mkdir(parents=True)
    write_city(home / "config", home / "state", _routes(), _endpoints(around))
    _share(home / "config/gateway.yaml", name, url, root / "kept")
    assert not load(home / "config").errors, load(home / "config").errors
    ports = _ports(around, url)
    servers = await outside(sockets, ports)
    command = ["unshare", "--net", sys.executable, "-m", "tests.chaos.relay", str(sockets), *map(str, ports)]
    relay = subprocess.Popen(command)
    while not (sockets / "ready").exists():
        assert relay.poll() is None, "the namespace could not be made"
        await asyncio.sleep(0.05)  # another process
    node = Node(
        config=home / "config",
        environment={},
        log=home / "gateway.log",
        name=name,
        relay=relay,
    )
    try:
        yield node
    finally:
        node.freeze(still=False)
        await node.kill()
        relay.kill()
        relay.wait()
        await ended(servers)


def _share(path: Path, name: str, url: str, kept: Path) -> None:
    text = yaml.safe_load(path.read_text(encoding="utf-8"))
    text["gateway"]["kept_dir"] = str(kept)
    text["journal"] = {"url": url}
    text["cluster"] = {"node": name, "lease": f"{LEASE}s"}
    path.write_text(yaml.safe_dump(text, allow_unicode=True), encoding="utf-8")


async def play(root: Path, *, seconds: float, seed: int, count: int = 3) -> tuple[Figures, list[float]]:
    """One run in an empty folder; its figures, and the seconds of each take-over."""
    began, chance = time.monotonic(), random.Random(f"{seed} nodes")
    records = root / "records"
    records.mkdir(parents=True)
    with postgres.postgres() as server:
        url = server.new_database()
        async with (
            ground(root / "ground", root / "below") as around,
            _nodes(root, around, url, count) as nodes,
        ):
            _make_folders(around, [route.name for route in _routes()])
            people = People(_routes(), around.places, records, random.Random(f"{seed} people"))
            troubles = Troubles(nodes, server, chance)
            for node in nodes:
                node.start()
            held = await _days(people, nodes, troubles, seconds)
            verdict, told = await _judged(records, people, nodes[0])
    troubles.met["gateway ended by itself"] = sum(node.ended_by_itself for node in nodes)
    figures = Figures(
        seed=seed,
        seconds=time.monotonic() - began,
        verdict=verdict,
        partial=people.partial,
        disordered=people.disordered,
        faults=dict(troubles.met),
        held=dict(held),
        told=told,
    )
    return figures, troubles.took


async def _days(people: People, nodes: list[Node], troubles: Troubles, seconds: float) -> Counter[str]:
    for node in nodes:
        await node.started()
    looking = asyncio.ensure_future(_keep_looking(people))
    watching = [asyncio.ensure_future(node.watch()) for node in nodes]
    breaking = asyncio.ensure_future(troubles.happen())
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for work in (looking, breaking, *watching):
            if work.done():
                work.result()
        await people.send()
        await asyncio.sleep(people.chance.uniform(0, 1))
    await _ended(breaking)
    await people.catch_up()
    for node in nodes:
        node.start()
    held = await _rest(people, nodes[0])
    for work in watching:
        await _ended(work)
    for node in nodes:
        await node.stop()
    await _ended(looking)
    await people.look()
    return held


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=None, help="an empty folder that is kept")
    given = parser.parse_args()
    seed = secrets.randbelow(10**6) if given.seed is None else given.seed
    with tempfile.TemporaryDirectory(prefix="lgw-nodes-") as scratch:
        Path(scratch).chmod(0o755)  # servers with users of their own look into it
        root = given.folder or Path(scratch)
        figures, took = asyncio.run(play(root, seconds=given.seconds, seed=seed, count=given.nodes))
    print(figures)  # noqa: T201 - a program of its own
    if took:
        told = f"median {statistics.median(took):.1f} s, longest {max(took):.1f} s"
        print(f"{len(took)} take-overs with a lease of {LEASE} s: {told}")  # noqa: T201
    return 0 if figures.clean else 1


if __name__ == "__main__":
    sys.exit(main())
