"""The only way out of a network namespace of its own: ports of its loopback, relayed over sockets of a folder.

    python -m tests.chaos.relay FOLDER PORT...

Inside, ``ip link set lo down`` cuts every connection as a pulled cable does: nobody is told.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError, OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    with suppress(OSError):
        writer.write_eof()


Dial = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
ALIVE: set[asyncio.Task[None]] = set()
"""Connections under way: nobody else holds them."""


def _passing(dial: Dial) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
    def begun(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(_pass(dial, reader, writer))
        ALIVE.add(task)
        task.add_done_callback(ALIVE.discard)

    return begun


async def _pass(dial: Dial, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    async with AsyncExitStack() as stack:
        stack.push_async_callback(_abort, writer)
        with suppress(ConnectionError, OSError):
            beyond, to_beyond = await dial()
            stack.push_async_callback(_abort, to_beyond)
            await asyncio.gather(_pour(reader, to_beyond), _pour(beyond, writer))


async def _abort(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
    with suppress(ConnectionError, OSError):
        await writer.wait_closed()


async def ended(servers: list[asyncio.Server]) -> None:
    """Take nothing more, and end what is under way."""
    for server in servers:
        server.close()
    tasks = list(ALIVE)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def inside(folder: Path, ports: list[int]) -> None:
    """Listen on the ports of this namespace's loopback, for ever."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    servers = []
    for port in ports:
        dial = partial(asyncio.open_unix_connection, folder / f"{port}")
        servers.append(await asyncio.start_server(_passing(dial), "127.0.0.1", port))
    (folder / "ready").touch()
    await asyncio.gather(*(server.serve_forever() for server in servers))


async def outside(folder: Path, ports: list[int]) -> list[asyncio.Server]:
    """Take what comes over the sockets to the same ports here."""
    servers = []
    for port in ports:
        dial = partial(asyncio.open_connection, "127.0.0.1", port)
        servers.append(await asyncio.start_unix_server(_passing(dial), folder / f"{port}"))
    return servers


if __name__ == "__main__":
    asyncio.run(inside(Path(sys.argv[1]), [int(port) for port in sys.argv[2:]]))
