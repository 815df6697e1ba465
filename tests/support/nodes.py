"""Machines that share the routes of one town: each with folders of its own, on one journal and the same places."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from gateway.app import Around
from gateway.journal import CITY
from tests.support.city import Town

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from gateway.app import Gateway

LEASE = 3


class Machine(Town):
    """One of them."""

    def share(self, node: str, url: str, *, lease: int = LEASE) -> None:
        path = self.root / "config/gateway.yaml"
        words = f'journal: {{url: "{url}"}}\ncluster: {{node: {node}, lease: {lease}s}}\n'
        path.write_text(path.read_text() + words)


def machines(root: Path, url: str, *names: str, routes: tuple[str, ...] = ("r",)) -> list[Machine]:
    """On the folders ``here`` and ``there`` of the first; each route takes the files that begin with its name."""
    made: list[Machine] = []
    for name in names:
        town = Machine(root / name)
        town.share(name, url)
        if made:
            town.write("endpoints.yaml", (made[0].root / "config/endpoints.yaml").read_text())
        for route in routes:
            town.route(route, rest="retry: {fast: {times: 5, within: 5s}}\n")
            path = town.root / f"config/routes/v/{route}.yaml"
            path.write_text(path.read_text().replace('"*.dat"', f'"{route}-*.dat"'))
        made.append(town)
    return made


def put(town: Town, name: str, content: bytes) -> None:
    """Put a file at the source in one step: nodes that look at that moment see all of it or nothing."""
    part = town.root / f"part-{name}"
    part.write_bytes(content)
    part.replace(town.here / name)


@asynccontextmanager
async def running(town: Town, around: Around | None = None) -> AsyncIterator[Gateway]:
    """A node that runs until the end of the block."""
    async with town.gateway(around) as gateway:
        stop = asyncio.Event()
        run = asyncio.create_task(gateway.run(stop))
        try:
            yield gateway
        finally:
            stop.set()
            await run


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(90):
        while not await condition():
            await asyncio.sleep(0.1)  # another node's journal: nothing to await


async def carriers(gateway: Gateway) -> dict[str, str]:
    """The node that carries each route."""
    leases = (await gateway.journal.nodes.cluster()).leases
    return {one.work: one.node for one in leases if one.node and one.work != CITY}


async def carried(gateway: Gateway, expected: dict[str, str]) -> None:
    """Wait until these nodes carry these routes."""

    async def as_expected() -> bool:
        return await carriers(gateway) == expected

    await until(as_expected)


def breaking(place: str, verb: str, error: Exception, *, before: bool = True) -> Around:
    """A place at which a verb fails, before or after it did its work."""

    def wrapped(name: str, adapter: Any) -> Any:
        if name != place:
            return adapter
        real = getattr(adapter, verb)

        async def broken(*arguments: Any, **named: Any) -> None:
            if not before:
                await real(*arguments, **named)
            raise error

        setattr(adapter, verb, broken)
        return adapter

    return Around(adapter=wrapped)


def command(town: Town, *words: str) -> subprocess.CompletedProcess[str]:
    """A command of one machine."""
    done = [sys.executable, "-m", "gateway", "--config", str(town.root / "config"), *words]
    return subprocess.run(done, capture_output=True, text=True, timeout=120, check=False)
