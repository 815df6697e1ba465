"""Connections that are used again, never more at one time than allowed, listings and transfers alike."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from adapters.errors import Changed, Misconfigured, NotFound, Refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

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


S = TypeVar("S", bound=Session)


class Pool(Generic[S]):
    """At most ``limit`` sessions of one endpoint."""

    def __init__(self, workers: Workers, open_session: Callable[[], S], limit: int) -> None:
        self._workers = workers
        self._open = open_session
        self._slots = asyncio.Semaphore(limit)
        self._idle: list[tuple[float, S]] = []
        self._busy: set[S] = set()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[S]:
        """Lend a session that is alive. It is kept for the next unless something happened to it."""
        async with self._slots:
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
                    self._idle.append((asyncio.get_running_loop().time(), session))

    async def _take(self) -> S:
        while self._idle:
            since, session = self._idle.pop()
            if asyncio.get_running_loop().time() - since < IDLE_SECONDS:
                return session
            if await self._workers.run(_is_alive, session):
                return session
        return await self._workers.run(self._open)

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
