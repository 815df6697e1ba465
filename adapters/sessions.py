"""Connections that are used again, never more at one time than allowed, listings and transfers alike."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from adapters.errors import Changed, Misconfigured, NotFound, Refused, Transient
from adapters.turns import Turns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence

    from adapters.base import Entry, Listing
    from adapters.handover import Workers

IDLE_SECONDS = 5.0
"""A connection that rested longer is asked for a sign of life before it is used again."""

ANSWERED = (NotFound, Refused, Changed, Misconfigured)
"""Errors that the place itself said over a working connection."""


class Session(Protocol):
    """One connection that is logged in. Its methods block, and one thread at a time uses it."""

    broken: bool

    def check(self) -> None:
        """Ask for a sign of life; raises if there is none."""

    def close(self) -> None:
        """Close; unless it is broken, say goodbye within a second or so. Never raises because of the network."""

    def abort(self) -> None:
        """Close at once, from any thread; wakes a thread that waits in this session. Sets ``broken``."""


class FileSession(Session, Protocol):
    """The single steps of one connection. They block, and raise their library's errors."""

    def scan(self, pattern: str) -> Listing:
        """As ``Adapter.scan``."""

    def exact(self, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """As ``Adapter.exact``."""

    def look(self, path: str) -> Entry:
        """The file, now. Raises ``NotFound`` or the library's error for it."""

    def prepare(self, path: str) -> None:
        """Before the bytes of a file come or go: set what the place needs to know of it."""

    def retrieve(self, entry: Entry, start: int, put: Callable[[bytes], None]) -> None:
        """Give the file's bytes from ``start`` on to ``put``: when the line breaks, all that came before."""

    def store(self, path: str, chunks: Iterable[bytes]) -> None:
        """Write a file, over what an earlier try left there; make its folders."""

    def assert_free(self, path: str) -> None:
        """Raise ``AlreadyThere`` if the name is taken and ``move`` would not notice."""

    def move(self, path: str, to: str) -> None:
        """Rename. Raises ``AlreadyThere`` where the place itself refuses a taken name."""

    def move_over(self, path: str, to: str) -> None:
        """Rename in one step, replacing what has that name; ``AlreadyThere`` if the place does not replace."""

    def delete(self, path: str) -> None:
        """Remove the file."""


S = TypeVar("S", bound=Session)


class Pool(Generic[S]):
    """At most ``limit`` sessions of one endpoint, and fewer for a while when the host takes no more.

    Whoever is refused a connection while others of ours are up waits for one of those.
    """

    def __init__(self, workers: Workers, open_session: Callable[[], S], limit: int) -> None:
        self._workers = workers
        self._open = open_session
        self._turns = Turns(limit)
        self._opening = 0
        self._idle: list[tuple[float, S]] = []
        self._busy: set[S] = set()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[S]:
        """Lend a session that is alive. It is kept for the next unless something happened to it."""
        async with self._turns.turn():
            session = await self._take()
            self._busy.add(session)
            try:
                yield session
            except ANSWERED:
                raise
            except BaseException:
                session.abort()
                raise
            finally:
                self._busy.discard(session)
                if session.broken:
                    await self._workers.run(session.close)
                else:
                    self._turns.served()
                    self._idle.append((asyncio.get_running_loop().time(), session))

    async def _take(self) -> S:
        while True:
            while self._idle:
                since, session = self._idle.pop()
                if asyncio.get_running_loop().time() - since < IDLE_SECONDS:
                    return session
                if await self._workers.run(_is_alive, session):
                    return session
            self._opening += 1
            try:
                return await self._workers.run(self._open)
            except Transient as error:
                why = error
            finally:
                self._opening -= 1
            await self._wait_again(why)

    async def _wait_again(self, why: Transient) -> None:
        """Let others have the turn, and take it again when theirs is over. Raises ``why`` if no other has one.

        The turn is held in any case afterwards, because it will be given back.
        """
        if self._opening or self._busy:
            self._turns.refused(self._opening + len(self._busy) + 1)
            self._turns.give_back()
            try:
                await self._turns.wait()
            except BaseException:
                self._turns.keep()
                raise
        if not (self._opening or self._busy or self._idle):
            raise why

    async def close(self) -> None:
        """Close what rests, abort what is still used."""
        for session in self._busy:
            session.abort()
        resting, self._idle = self._idle, []
        for _, session in resting:
            await self._workers.run(session.close)


def _is_alive(session: Session) -> bool:
    try:
        session.check()
    except Exception:  # noqa: BLE001 - whatever it is, this connection is not used again
        session.abort()
        session.close()
        return False
    return True


@dataclass(frozen=True)
class Steps:
    """The steps of settling, over one session. ``run`` runs a step in a thread and maps its errors."""

    run: Callable[..., Awaitable[Any]]
    session: FileSession

    async def look(self, path: str) -> Entry | None:
        """See ``settling.Place``."""
        with suppress(NotFound):
            entry: Entry = await self.run(f"looking at {path}", self.session.look, path)
            return entry
        return None

    async def move(self, path: str, to: str) -> None:
        """See ``settling.Place``."""
        await self.run(f"moving {path}", self.session.assert_free, to)
        await self.run(f"moving {path}", self.session.move, path, to)

    async def delete(self, path: str) -> None:
        """See ``settling.Place``."""
        await self.run(f"removing {path}", self.session.delete, path)
