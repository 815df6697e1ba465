"""An adapter in, an adapter out: deadlines, limits and observation around any kind of place."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, Self

from adapters.errors import ConnectionLost, InDoubt, Refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import timedelta

    from adapters.base import Adapter, Entry, Features, Listing, Target


def with_timeout(adapter: Adapter, limit: timedelta) -> Adapter:
    """A deadline on every wait: on each verb, and between two chunks of a stream.

    A verb that is late raises ``ConnectionLost``; a write whose publishing had begun raises ``InDoubt``.
    """
    return _Timed(adapter, limit.total_seconds())


def with_limit(
    adapter: Adapter,
    *,
    operations: asyncio.Semaphore | None = None,
    bandwidth: Bandwidth | None = None,
    verbs: Bandwidth | None = None,
) -> Adapter:
    """At most so many verbs at one time and a second, and streams no faster than the bandwidth; all may be shared."""
    return _Limited(adapter, operations, bandwidth, verbs)


def with_observer(
    adapter: Adapter, observe: Callable[[Observation], None], *, before: Callable[[], None] = lambda: None
) -> Adapter:
    """Tell ``observe`` of every verb when it has ended. What ``before`` raises keeps the verb from being begun."""
    return _Observed(adapter, observe, before)


def with_permit(adapter: Adapter, assert_permitted: Callable[[], None]) -> Adapter:
    """Before each step that others can see, at the last moment, ``assert_permitted`` may raise; writes are fenced.

    ``discard`` is always permitted: what it removes is nobody else's.
    """
    return _Permitted(adapter, assert_permitted)


def with_eyes_only(adapter: Adapter) -> Adapter:
    """An adapter that only looks: verbs that would change something are refused before they reach the place."""
    return _ReadOnly(adapter)


class Clock(Protocol):
    """Monotonic time."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class LoopClock:
    """The event loop's own time."""

    def monotonic(self) -> float:
        """See ``Clock``."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """See ``Clock``."""
        await asyncio.sleep(seconds)


class Bandwidth:
    """Bytes (or verbs) a second, shared by all that pass: each waits until those before it have had their time.

    The rate may differ from time to time: None is no bound now.
    """

    def __init__(self, rate: float | Callable[[], float | None], clock: Clock | None = None) -> None:
        self._rate = rate
        self._clock = clock or LoopClock()
        self._free_from = 0.0

    async def take(self, size: int) -> None:
        """Wait until so many bytes may pass."""
        rate = self._rate() if callable(self._rate) else self._rate
        if rate is None:
            return
        now = self._clock.monotonic()
        start = max(now, self._free_from)
        self._free_from = start + size / rate
        if start > now:
            await self._clock.sleep(start - now)


@dataclass(frozen=True, kw_only=True)
class Observation:
    """One verb, ended: what it ``raised`` and that one's class as ``error``; ``bytes`` went through its stream."""

    verb: str
    path: str
    seconds: float
    bytes: int
    error: str
    raised: BaseException | None = None


@dataclass
class _Call:
    """One verb under way."""

    verb: str
    path: str
    bytes: int = 0


class _Wrapper(ABC):
    """Passes everything on. What a wrapper adds is ``around`` a call, and what a stream goes ``through``."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter

    @abstractmethod
    def around(self, call: _Call) -> AbstractAsyncContextManager[None]: ...

    async def through(self, chunks: AsyncIterable[bytes], call: _Call) -> AsyncIterator[bytes]:
        async for chunk in chunks:
            await self.passed(chunk, call)
            yield chunk

    async def passed(self, chunk: bytes, call: _Call) -> None:
        call.bytes += len(chunk)

    @property
    def features(self) -> Features:
        return self._adapter.features

    async def __aenter__(self) -> Self:
        await self._adapter.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._adapter.__aexit__(*exc)

    async def scan(self, pattern: str) -> Listing:
        async with self.around(_Call("scan", pattern)):
            return await self._adapter.scan(pattern)

    async def exact(self, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        vague = next((entry for entry in entries if entry.vague), None)
        if vague is None:
            return tuple(entries)
        async with self.around(_Call("exact", vague.path)):
            return await self._adapter.exact(entries)

    async def stat(self, path: str) -> Entry:
        async with self.around(_Call("stat", path)):
            return await self._adapter.stat(path)

    @asynccontextmanager
    async def read(self, entry: Entry) -> AsyncIterator[AsyncIterator[bytes]]:
        call = _Call("read", entry.path)
        async with self.around(call), self._adapter.read(entry) as chunks:
            yield self.through(chunks, call)

    def temporary(self, path: str, token: str) -> str:
        return self._adapter.temporary(path, token)

    async def write(self, target: Target, chunks: AsyncIterable[bytes]) -> Entry:
        call = _Call("write", target.path)
        async with self.around(call):
            return await self._adapter.write(target, self.through(chunks, call))

    async def discard(self, handle: str, path: str) -> bool:
        async with self.around(_Call("discard", path)):
            return await self._adapter.discard(handle, path)

    async def rename(self, entry: Entry, path: str) -> Entry:
        async with self.around(_Call("rename", entry.path)):
            return await self._adapter.rename(entry, path)

    async def remove(self, entry: Entry, *, exclusive: bool = False) -> None:
        async with self.around(_Call("remove", entry.path)):
            await self._adapter.remove(entry, exclusive=exclusive)

    def hints(self, pattern: str) -> AsyncIterator[None]:
        return self._adapter.hints(pattern)


class _Timed(_Wrapper):
    def __init__(self, adapter: Adapter, seconds: float) -> None:
        super().__init__(adapter)
        self._seconds = seconds

    @asynccontextmanager
    async def around(self, call: _Call) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._seconds):
                yield
        except TimeoutError as error:
            raise ConnectionLost(self._late(call)) from error

    @asynccontextmanager
    async def read(self, entry: Entry) -> AsyncIterator[AsyncIterator[bytes]]:
        call = _Call("read", entry.path)
        async with AsyncExitStack() as stack:
            async with self.around(call):
                chunks = await stack.enter_async_context(self._adapter.read(entry))
            yield self.through(chunks, call)

    async def through(self, chunks: AsyncIterable[bytes], call: _Call) -> AsyncIterator[bytes]:
        pieces = aiter(chunks)
        while True:
            async with self.around(call):
                try:
                    chunk = await anext(pieces)
                except StopAsyncIteration:
                    return
            yield chunk

    async def write(self, target: Target, chunks: AsyncIterable[bytes]) -> Entry:
        """Each chunk that is taken moves the deadline: a slow line is no fault, a stalled one is."""
        begun = False

        async def publishing() -> None:
            nonlocal begun
            await target.publishing()
            begun = True

        async def moving() -> AsyncIterator[bytes]:
            async for chunk in chunks:
                deadline.reschedule(asyncio.get_running_loop().time() + self._seconds)
                yield chunk

        try:
            async with asyncio.timeout(self._seconds) as deadline:
                return await self._adapter.write(replace(target, publishing=publishing), moving())
        except TimeoutError as error:
            late = self._late(_Call("write", target.path))
            raise (InDoubt(late) if begun else ConnectionLost(late)) from error

    def _late(self, call: _Call) -> str:
        return f"{call.verb} of {call.path}: nothing came for {self._seconds:g} seconds"


class _Limited(_Wrapper):
    def __init__(
        self,
        adapter: Adapter,
        operations: asyncio.Semaphore | None,
        bandwidth: Bandwidth | None,
        verbs: Bandwidth | None,
    ) -> None:
        super().__init__(adapter)
        self._verbs = verbs
        self._operations = operations
        self._bandwidth = bandwidth

    @asynccontextmanager
    async def around(self, call: _Call) -> AsyncIterator[None]:  # noqa: ARG002 - every verb counts alike
        if self._verbs is not None:
            await self._verbs.take(1)
        if self._operations is None:
            yield
            return
        async with self._operations:
            yield

    async def passed(self, chunk: bytes, call: _Call) -> None:  # noqa: ARG002 - every verb counts alike
        if self._bandwidth is not None:
            await self._bandwidth.take(len(chunk))


class _Observed(_Wrapper):
    def __init__(
        self, adapter: Adapter, observe: Callable[[Observation], None], before: Callable[[], None]
    ) -> None:
        super().__init__(adapter)
        self._observe = observe
        self._before = before

    @asynccontextmanager
    async def around(self, call: _Call) -> AsyncIterator[None]:
        self._before()
        loop = asyncio.get_running_loop()
        start, raised = loop.time(), None
        try:
            yield
        except BaseException as error:
            raised = error
            raise
        finally:
            self._observe(
                Observation(
                    verb=call.verb,
                    path=call.path,
                    seconds=loop.time() - start,
                    bytes=call.bytes,
                    error=type(raised).__name__ if raised else "",
                    raised=raised,
                )
            )


class _Permitted(_Wrapper):
    def __init__(self, adapter: Adapter, assert_permitted: Callable[[], None]) -> None:
        super().__init__(adapter)
        self._assert_permitted = assert_permitted

    @asynccontextmanager
    async def around(self, call: _Call) -> AsyncIterator[None]:
        if call.verb in ("write", "rename", "remove"):
            self._assert_permitted()
        yield

    async def write(self, target: Target, chunks: AsyncIterable[bytes]) -> Entry:
        async def publishing() -> None:
            await target.publishing()
            self._assert_permitted()

        return await super().write(replace(target, publishing=publishing, fenced=True), chunks)


class _ReadOnly(_Wrapper):
    @asynccontextmanager
    async def around(self, call: _Call) -> AsyncIterator[None]:  # noqa: ARG002 - a look is not bounded
        yield

    async def write(self, target: Target, chunks: AsyncIterable[bytes]) -> Entry:  # noqa: ARG002 - none is taken
        raise _only_looks("write", target.path)

    async def discard(self, handle: str, path: str) -> bool:  # noqa: ARG002 - nothing is discarded
        raise _only_looks("discard", path)

    async def rename(self, entry: Entry, path: str) -> Entry:  # noqa: ARG002 - nothing is renamed
        raise _only_looks("rename", entry.path)

    async def remove(self, entry: Entry, *, exclusive: bool = False) -> None:  # noqa: ARG002 - nothing is removed
        raise _only_looks("remove", entry.path)


def _only_looks(verb: str, path: str) -> Refused:
    return Refused(f"{verb} of {path}: this connection only looks")
