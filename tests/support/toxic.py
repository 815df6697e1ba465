"""A line between client and server that fails as lines do: cut, stalled, garbled, slow, answers lost."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections import Counter
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from random import Random

_EPSV = re.compile(rb"\(\|\|\|(\d+)\|\)")
_PASV = re.compile(rb",(\d+),(\d+)\)")
BLOCK = 16 * 1024
PATIENCE = 60.0


Way = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def _aborted_at_last(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    try:
        yield
    finally:
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()


@dataclass(kw_only=True)
class Fault:
    """What happens to the bytes of a connection; counted from its beginning, per direction.

    ``up`` is towards the server, ``down`` towards the client. For FTP, ``control`` says whether the control
    connection suffers too; data connections always do.
    """

    cut_up: int | None = None
    cut_down: int | None = None
    stall_down: int | None = None
    garble_down: int | None = None
    half_close_down: int | None = None  # the client sees an orderly end there, once; what comes after is lost
    half_close_spares: int = 0  # that many connections before
    pause: float = 0.0
    control: bool = True
    reset: bool = False  # the client is told by RST; otherwise a cut looks like an orderly end
    answers_lost: bool = False
    answers_lost_after: bytes = b""
    answers_lost_after_blocks: int = (
        0  # or after so many more blocks towards the server, where they are encrypted
    )


@dataclass
class ToxicLine:
    """Listens on a free port, as long as it is entered, and passes everything on to ``port``.

    ``host`` is where it leads; ``data_ports`` are listened on as well, for hosts whose answers cannot be read.
    ``fault`` is that of the line; with ``draw`` each connection has one of its own. ``met`` counts what happened.
    """

    port: int
    ftp: bool = False
    fault: Fault = field(default_factory=Fault)
    is_control: bool = True
    listening: int = 0
    host: str = "127.0.0.1"
    data_ports: Sequence[int] = ()
    heals_with_the_next_connection: bool = False
    is_down: bool = False
    patience: float | None = None
    """Seconds in which one connection may come, after which nobody listens; None: any number, at any time."""
    draw: Callable[[], Fault] | None = None
    met: Counter[str] = field(default_factory=Counter)
    carried_down: list[int] = field(default_factory=list)
    carried_up: list[int] = field(default_factory=list)
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _data_lines: list[ToxicLine] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.listening)
        self.listening = self._server.sockets[0].getsockname()[1]
        for port in self.data_ports:
            await self._data_line(port, listening=port)
        if self.patience is not None:
            asyncio.get_running_loop().call_later(self.patience, self._server.close)
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._server is not None
        self._server.close()
        for line in self._data_lines:
            await line.__aexit__()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def is_in_use(self) -> bool:
        """Whether somebody is connected, or still may connect."""
        return bool(self._tasks) or (self._server is not None and self._server.is_serving())

    def heal(self) -> None:
        """From now on everything passes unharmed."""
        vars(self.fault).update(vars(Fault()))

    def drop(self) -> int:
        """Cut every connection that there is; gives how many there were."""
        tasks = [task for line in (self, *self._data_lines) for task in line._tasks]
        for task in tasks:
            task.cancel()
        return len(tasks)

    def drop_one(self, chance: Random) -> int:
        """Cut one connection, if there is any; gives how many were cut."""
        tasks = sorted(
            (task for line in (self, *self._data_lines) for task in line._tasks),
            key=lambda task: task.get_name(),
        )
        if not tasks:
            return 0
        chance.choice(tasks).cancel()
        return 1

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.patience is not None and self._server is not None:
            self._server.close()
        if self.heals_with_the_next_connection:
            self.heal()
        task = asyncio.ensure_future(self._join(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _join(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        async with _aborted_at_last(to_client):
            if self.is_down:
                self.met["host away"] += 1
                return
            try:
                server, to_server = await asyncio.open_connection(self.host, self.port)
            except ConnectionError:
                self.met["host away"] += 1
                return
            async with _aborted_at_last(to_server):
                await self._pass((client, to_server), (server, to_client))

    async def _pass(self, upwards: Way, downwards: Way) -> None:
        fault = self.fault if self.draw is None else self.draw()
        if self.ftp and self.is_control and not fault.control:
            fault = Fault()
        both = (
            asyncio.ensure_future(self._up(*upwards, fault)),
            asyncio.ensure_future(self._down(*downwards, fault)),
        )
        try:
            done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if any(task.result() == "cut" for task in done):
                self.met["line cut"] += 1
            else:
                await asyncio.wait(both, timeout=5)
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    async def _up(self, client: asyncio.StreamReader, to_server: asyncio.StreamWriter, fault: Fault) -> str:
        passed, number = 0, len(self.carried_up)
        self.carried_up.append(0)
        with suppress(OSError):
            while block := await client.read(BLOCK):
                if fault.cut_up is not None and passed + len(block) > fault.cut_up:
                    to_server.write(block[: max(0, fault.cut_up - passed)])
                    await to_server.drain()
                    return "cut"
                if self.fault.answers_lost_after and self.fault.answers_lost_after in block:
                    self.fault.answers_lost = True
                if self.fault.answers_lost_after_blocks and self.is_control:
                    self.fault.answers_lost_after_blocks -= 1
                    self.fault.answers_lost = not self.fault.answers_lost_after_blocks
                passed += len(block)
                self.carried_up[number] = passed
                to_server.write(block)
                await to_server.drain()
            to_server.write_eof()
        return "ended"

    async def _down(self, server: asyncio.StreamReader, to_client: asyncio.StreamWriter, fault: Fault) -> str:
        passed, number, lost = 0, len(self.carried_down), False
        self.met["line slow"] += fault.pause > 0
        self.carried_down.append(0)
        with suppress(OSError):
            while block := await server.read(BLOCK):
                if fault.answers_lost or self.fault.answers_lost:
                    self.met["answer lost"] += not lost
                    lost = True
                    continue
                block = await self._redirected(block)
                if fault.cut_down is not None and passed + len(block) > fault.cut_down:
                    to_client.write(block[: max(0, fault.cut_down - passed)])
                    self.carried_down[number] = fault.cut_down
                    await to_client.drain()
                    if fault.reset:
                        line = to_client.get_extra_info("socket")
                        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return "cut"
                end = self._early_end(fault, passed, len(block))
                if end is not None:
                    to_client.write(block[: end - passed])
                    to_client.write_eof()
                    lost = True
                if lost:
                    continue
                if fault.stall_down is not None and passed + len(block) > fault.stall_down:
                    self.met["line stalled"] += 1
                    await asyncio.Event().wait()
                at = None if fault.garble_down is None else fault.garble_down - passed
                if at is not None and 0 <= at < len(block):
                    self.met["byte garbled"] += 1
                    block = block[:at] + bytes(byte ^ 0x55 for byte in block[at:])
                passed += len(block)
                self.carried_down[number] = passed
                await asyncio.sleep(fault.pause)
                to_client.write(block)
                await to_client.drain()
            if not to_client.transport.is_closing():
                to_client.write_eof()
        return "ended"

    def _early_end(self, fault: Fault, passed: int, size: int) -> int | None:
        """Where the client is told that this is all, if that is within the next bytes."""
        end = fault.half_close_down
        if end is None or not passed <= end < passed + size:
            return None
        if fault.half_close_spares:
            fault.half_close_spares -= 1
            return None
        fault.half_close_down = None
        self.met["half closed"] += 1
        return end

    async def _redirected(self, block: bytes) -> bytes:
        """FTP tells the client a port for data: the answer names a line of ours to it."""
        if not (self.ftp and self.is_control and block.startswith((b"227", b"229"))):
            return block
        if found := _EPSV.search(block):
            line = await self._data_line(int(found[1]))
            return _EPSV.sub(b"(|||%d|)" % line.listening, block)
        found = _PASV.search(block)
        assert found is not None
        line = await self._data_line(int(found[1]) * 256 + int(found[2]))
        return _PASV.sub(b",%d,%d)" % divmod(line.listening, 256), block)

    async def _data_line(self, port: int, listening: int = 0) -> ToxicLine:
        self._data_lines = [line for line in self._data_lines if line.is_in_use]
        line = ToxicLine(port, ftp=True, fault=self.fault, is_control=False, draw=self.draw, host=self.host)
        line.listening = listening
        line.patience = None if listening else PATIENCE  # such a port is for one connection
        if listening and self.draw is None:
            line.draw = lambda: self.fault  # it was there before the fault
        line.carried_down, line.carried_up = self.carried_down, self.carried_up
        line.met = self.met
        await line.__aenter__()
        self._data_lines.append(line)
        return line
