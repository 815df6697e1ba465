"""Blocking work on each chunk of a stream, done beside it: in a thread that stays at work while chunks come.

A step between the loop and a thread for each chunk would cost more than many a work itself.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

BEHIND = 4
"""Chunks that may wait for their turn."""


class Beside:
    """Gives ``work`` each chunk, in their order. Chunks that were taken may not be changed any more."""

    def __init__(self, work: Callable[[bytes], object]) -> None:
        self._work = work
        self._waiting: deque[bytes] = deque()
        self._working: asyncio.Future[None] | None = None

    async def take(self, chunk: bytes) -> None:
        """The next chunk; waits while too many are behind. Raises what the work on an earlier one raised."""
        self._waiting.append(chunk)
        working = self._at_work()
        if working.done() or len(self._waiting) >= BEHIND:
            await asyncio.shield(working)

    async def done(self) -> None:
        """The work on all chunks is done. Raises what it raised."""
        while self._waiting or not (self._working is None or self._working.done()):
            await asyncio.shield(self._at_work())
        if self._working is not None:
            await self._working

    async def stop(self) -> None:
        """End the work, whatever its state: what waits is dropped, and nothing of it is raised."""
        self._waiting.clear()
        if self._working is not None:
            with suppress(Exception):
                await asyncio.shield(self._working)

    def _at_work(self) -> asyncio.Future[None]:
        """The work under way; begun anew where it had nothing left to do. One that failed stays as it is."""
        working = self._working
        if working is None or (working.done() and working.exception() is None):
            self._working = working = asyncio.ensure_future(asyncio.to_thread(self._drain))
        return working

    def _drain(self) -> None:
        while self._waiting:
            self._work(self._waiting.popleft())
