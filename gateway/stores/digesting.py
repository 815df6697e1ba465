"""The SHA-256 of a stream, taken beside it: in a thread that stays at work while chunks come, a few of them behind."""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque

BEHIND = 4
"""Chunks that may wait for their turn."""


class Digesting:
    """One stream's digest. Chunks that were taken may not be changed any more."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._waiting: deque[bytes] = deque()
        self._working: asyncio.Future[None] | None = None

    async def take(self, chunk: bytes) -> None:
        """The next chunk; waits while too many are behind."""
        self._waiting.append(chunk)
        working = self._work()
        if len(self._waiting) >= BEHIND:
            await asyncio.shield(working)

    async def hexdigest(self) -> str:
        """The digest of all that was taken, in hex."""
        while self._waiting or not (self._working is None or self._working.done()):
            await asyncio.shield(self._work())
        return self._digest.hexdigest()

    def _work(self) -> asyncio.Future[None]:
        if self._working is None or self._working.done():
            self._working = asyncio.ensure_future(asyncio.to_thread(self._drain))
        return self._working

    def _drain(self) -> None:
        while self._waiting:
            self._digest.update(self._waiting.popleft())
