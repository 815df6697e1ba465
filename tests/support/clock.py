"""A clock that a test moves."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta


class HandClock:
    """Stands still until it is moved; whoever waits for an instant is woken when it is reached."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._monotonic = 1000.0
        self.synchronised = True
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def is_synchronised(self) -> bool:
        return self.synchronised

    def move(self, **span: float) -> None:
        """Let time pass."""
        self._monotonic += timedelta(**span).total_seconds()
        self.jump(**span)

    def jump(self, **span: float) -> None:
        """Set the wall clock forward or back; no time passes."""
        self._now += timedelta(**span)
        self._moved.set()
        self._moved = asyncio.Event()

    async def wait(self, event: asyncio.Event, *, until: datetime | None) -> bool:
        while not event.is_set() and (until is None or self._now < until):
            waits = [asyncio.ensure_future(one.wait()) for one in (event, self._moved)]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for one in waits:
                one.cancel()
        return event.is_set()
