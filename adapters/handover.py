"""Between threads and the event loop: a bounded executor per adapter, and chunks handed over in a short line.

Blocking libraries never run on the loop, and neither side ever holds more than ``DEPTH`` chunks of the other.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator

P = ParamSpec("P")
T = TypeVar("T")

CHUNK = 1024 * 1024
"""Bytes of the chunks that adapters hand over, where the protocol lets them choose."""

DEPTH = 4
"""Chunks that may wait between a thread and the loop."""


class Abandoned(Exception):
    """Raised in a thread whose counterpart on the loop is gone; never seen outside."""


class Sent:
    """Chunks, how many bytes of them were asked for and, if wanted, their digest."""

    def __init__(self, chunks: AsyncIterable[bytes], *, digest: bool = False) -> None:
        self.bytes = 0
        self.digest = hashlib.sha256() if digest else None
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks:
            self.bytes += len(chunk)
            if self.digest is not None:
                self.digest.update(chunk)
            yield chunk


class Workers:
    """The threads of one adapter."""

    def __init__(self, name: str, count: int) -> None:
        self.executor = ThreadPoolExecutor(max_workers=count, thread_name_prefix=name)

    def start(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[T]:
        """Run the call in a thread; the future belongs to the running loop."""
        return asyncio.get_running_loop().run_in_executor(self.executor, partial(call, *args, **kwargs))

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the call in a thread and wait for it."""
        return await self.start(call, *args, **kwargs)

    async def close(self) -> None:
        """End the threads; what has not begun is dropped."""
        self.executor.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self.executor.shutdown, wait=True)


class _Inflow:
    """Chunks from one thread to the loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._line: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._free = threading.Semaphore(DEPTH)
        self._abandoned = False

    def put(self, chunk: bytes) -> None:
        """From the thread: wait for room, then hand over. Raises ``Abandoned``."""
        self._free.acquire()
        if self._abandoned:
            raise Abandoned
        self._loop.call_soon_threadsafe(self._line.put_nowait, chunk)

    def end(self, _: object) -> None:
        self._line.put_nowait(None)

    def abandon(self) -> None:
        self._abandoned = True
        self._free.release()

    async def chunks(self, filling: asyncio.Future[None]) -> AsyncIterator[bytes]:
        while (chunk := await self._line.get()) is not None:
            yield chunk
            self._free.release()
        await filling


def gathered(blocks: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    """The same bytes in chunks of ``CHUNK`` or a little more: fewer steps between thread and loop."""
    waiting: list[bytes | memoryview] = []
    size = 0
    try:
        for block in blocks:
            waiting.append(block)
            size += len(block)
            if size >= CHUNK:
                yield b"".join(waiting)
                waiting, size = [], 0
    except Exception:
        yield b"".join(waiting)  # what came before the line broke counts too
        raise
    if waiting:
        yield b"".join(waiting)


@asynccontextmanager
async def inflow(
    workers: Workers, fill: Callable[[Callable[[bytes], None]], None], *, abort: Callable[[], None]
) -> AsyncIterator[AsyncIterator[bytes]]:
    """Run ``fill(put)`` in a thread; what it puts comes as an iterator that ends with the thread's error.

    Leaving early calls ``abort``, which must wake the thread out of any wait on the network.
    """
    flow = _Inflow()
    filling = workers.start(fill, flow.put)
    filling.add_done_callback(flow.end)
    try:
        yield flow.chunks(filling)
    finally:
        if not filling.done():
            flow.abandon()
            abort()
        with suppress(Exception):  # the reader has left, or has seen it from the iterator
            await filling


class _Outflow:
    """Chunks from the loop to one thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._line: SimpleQueue[bytes | type[Abandoned] | None] = SimpleQueue()
        self._free = asyncio.Semaphore(DEPTH)

    async def feed(self, chunks: AsyncIterable[bytes]) -> None:
        try:
            async for chunk in chunks:
                await self._free.acquire()
                self._line.put(chunk)
        except BaseException:
            self._line.put(Abandoned)
            raise
        self._line.put(None)

    def __iter__(self) -> Iterator[bytes]:
        """From the thread: the chunks as they come. Raises ``Abandoned`` when the source broke."""
        while (chunk := self._line.get()) is not None:
            if not isinstance(chunk, bytes | bytearray | memoryview):
                raise Abandoned
            yield chunk
            self._loop.call_soon_threadsafe(self._free.release)


async def outflow(
    workers: Workers,
    chunks: AsyncIterable[bytes],
    drink: Callable[[Iterator[bytes]], T],
    *,
    abort: Callable[[], None],
) -> T:
    """Run ``drink(iterator of the chunks)`` in a thread and give its result.

    Raises the source's error if the source broke, else the thread's. When this returns or raises, the thread
    is done: ``abort`` must wake it out of any wait on the network.
    """
    flow = _Outflow()
    drinking = workers.start(drink, iter(flow))
    feeding = asyncio.ensure_future(flow.feed(chunks))
    try:
        both: set[asyncio.Future[Any]] = {drinking, feeding}
        await asyncio.wait(both, return_when=asyncio.FIRST_EXCEPTION)
        return await _outcome(feeding, drinking)
    finally:
        feeding.cancel()
        if not drinking.done():
            abort()
        with suppress(Exception, asyncio.CancelledError):
            await feeding
        with suppress(Exception):  # raised above, or of no interest beside what was
            await drinking


async def _outcome(feeding: asyncio.Future[None], drinking: asyncio.Future[T]) -> T:
    """The thread's result; its error comes first unless it is only the echo of the source's."""
    if feeding.done() and feeding.exception() is not None:
        await feeding
    return await drinking
