"""Reading over sessions that know single steps: small files in one step of a thread, others as streams."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, ClassVar, Generic, ParamSpec, TypeVar

from adapters import names
from adapters.errors import Changed, ConnectionLost, NotFound, Rule, Transient, map_errors
from adapters.handover import Workers, inflow
from adapters.sessions import FileSession, Pool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from adapters.base import Entry, Features
    from adapters.options import HostOptions

P = ParamSpec("P")
T = TypeVar("T")


SMALL = 256 * 1024
"""Bytes up to which a file is read in one step: its steps between thread and loop would cost more than its bytes."""

RESUMES = 20
"""How often one stream is taken up again; then it is the journal's turn to wait and to retry."""


S = TypeVar("S", bound=FileSession)


class HostReader(ABC, Generic[S]):
    """The reading half of ``HostAdapter``."""

    errors: ClassVar[tuple[Rule, ...]]

    def __init__(self, options: HostOptions, *, name: str) -> None:
        self._options = options
        self._workers = Workers(name, options.connections)
        self._pool = Pool(self._workers, self._open, options.connections)

    @property
    @abstractmethod
    def features(self) -> Features:
        """See ``Adapter.features``."""

    @abstractmethod
    def open_session(self) -> S:
        """Connect and log in; blocks."""

    @asynccontextmanager
    async def read(self, entry: Entry) -> AsyncIterator[AsyncIterator[bytes]]:
        """See ``Adapter.read``."""
        names.assert_safe(entry.path)
        small = await self._read_at_once(entry)
        if small is not None:
            yield _once(small)
            return
        async with AsyncExitStack() as stack:
            chunks = await stack.enter_async_context(self._stream(entry, 0))
            yield self._whole(entry, chunks, stack)

    async def _read_at_once(self, entry: Entry) -> bytes | None:
        """A small file in one step of a thread; None for what has to be streamed, and where the step was broken off."""
        if entry.size is None or entry.size > SMALL or self._options.reads != "repeatable":
            return None
        async with self._pool.session() as session:
            try:
                return await self._workers.run(self._whole_of, session, entry)
            except Transient:
                session.abort()
        return None

    def _whole_of(self, session: S, entry: Entry) -> bytes:
        """The bytes of a file that is the same one before and after; blocks."""
        pieces: list[bytes] = []
        self._look_and_compare(session, entry)
        with map_errors(self.errors, f"reading {entry.path}"):
            session.prepare(entry.path)
            session.retrieve(entry, 0, pieces.append)
        try:
            self._look_and_compare(session, entry)
        except NotFound as gone:
            raise _taken_away(gone) from gone
        return b"".join(pieces)

    def _look_and_compare(self, session: S, entry: Entry) -> None:
        with map_errors(self.errors, f"looking at {entry.path}"):
            current = session.look(entry.path)
        if current.identity != entry.identity:
            raise Changed(f"{entry.path} is another file than the one that was listed")

    async def _whole(
        self, entry: Entry, chunks: AsyncIterator[bytes], stack: AsyncExitStack
    ) -> AsyncIterator[bytes]:
        """The stream, taken up where it broke for as long as connections bring something.

        After one that did, one may bring nothing: a reset takes with it what the system had received and we had not.
        """
        came = barren = 0
        for left in range(RESUMES, -1, -1):
            before = came
            try:
                async for chunk in chunks:
                    came += len(chunk)
                    yield chunk
            except Transient as error:
                if came == entry.size and isinstance(error, ConnectionLost):
                    await stack.aclose()  # every byte is here: only the last answer is missing
                    await self._assert_unchanged(entry)
                    return
                again = self.features.resume and self._options.reads == "repeatable"
                barren = barren + 1 if came == before else 0
                if not (left and again and came and barren <= 1):
                    raise
            else:
                return
            await stack.aclose()  # the slot of the broken connection is needed for the next
            chunks = await stack.enter_async_context(self._stream(entry, came))

    @asynccontextmanager
    async def _stream(self, entry: Entry, start: int) -> AsyncIterator[AsyncIterator[bytes]]:
        async with self._pool.session() as session:
            await self._assert_same(session, entry)

            async with self._flow(session, entry, start, entry.path) as chunks:
                yield self._chunks(session, entry, chunks)

    def _flow(
        self, session: S, entry: Entry, start: int, path: str
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The entry's bytes, read as a file of the name ``path`` is."""

        def fill(put: Callable[[bytes], None]) -> None:
            session.prepare(path)
            session.retrieve(entry, start, put)

        return inflow(self._workers, fill, abort=session.abort)

    async def _chunks(self, session: S, entry: Entry, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        try:
            with map_errors(self.errors, f"reading {entry.path}"):
                async for chunk in chunks:
                    yield chunk
        except Transient:
            # A file that is rewritten under the read ends early or in an error: what is there now decides.
            try:
                if not session.broken:
                    await self._assert_same(session, entry)
            finally:
                session.abort()
            raise
        if self._options.reads == "repeatable":
            try:
                await self._assert_same(session, entry)
            except Transient:
                session.abort()
                raise
            except NotFound as gone:
                raise _taken_away(gone) from gone

    async def _assert_unchanged(self, entry: Entry) -> None:
        """The file is still the one that was listed, as another connection sees it."""
        if self._options.reads == "repeatable":
            async with self._pool.session() as session:
                await self._assert_same(session, entry)

    async def _assert_same(self, session: S, entry: Entry) -> None:
        await self._workers.run(self._look_and_compare, session, entry)

    def _open(self) -> S:
        with map_errors(self.errors, f"connecting to {self._options.host}"):
            return self.open_session()

    async def _run(self, doing: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with map_errors(self.errors, doing):
            return await self._workers.run(call, *args, **kwargs)


def _taken_away(gone: NotFound) -> NotFound:
    hint = "if this host takes a file away once it was read: reads: once"
    return NotFound(gone.message, hint=hint, settings={"reads": "once"})


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
