"""How many transfers are under way at one time, over all routes; those that wait for a silent place count no longer.

Without that, a host that hangs would hold as many slots as it has routes, and every other route would wait for it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass

from adapters.wrappers import Bandwidth

QUIET = 10.0
"""Seconds without a byte or an answer after which whoever waits for a place gives others its slot."""


@dataclass(eq=False)
class _Slot:
    """One transfer under way: how many verbs of places it waits for, and when the last of them moved."""

    asking: int = 0
    moved: float = 0.0

    def quiet_at(self) -> float:
        """Monotonic seconds at which it counts no longer, if nothing moves until then."""
        return self.moved + QUIET if self.asking else float("inf")


_HELD: ContextVar[_Slot | None] = ContextVar("slot", default=None)


def asking() -> None:
    """A verb of a place was begun for the transfer whose task this is."""
    _moved(1)


def answered() -> None:
    """It has ended."""
    _moved(-1)


def _moved(asking: int = 0) -> None:
    slot = _HELD.get()
    if slot is not None:
        slot.asking += asking
        slot.moved = time.monotonic()


class Movement(Bandwidth):
    """Bounds nothing: tells the transfer's slot that bytes pass."""

    def __init__(self) -> None:
        super().__init__(lambda: None)

    async def take(self, size: int) -> None:  # noqa: ARG002 - that any pass is what counts
        """See ``Bandwidth``."""
        _moved()


class Slots:
    """So many transfers at one time, in the order in which they asked."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: set[_Slot] = set()
        self._line = asyncio.Lock()
        self._left = asyncio.Event()

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Hold a slot, as soon as there is one."""
        async with self._line:
            while (wait := self._until_room()) > 0:
                self._left.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._left.wait(), min(wait, QUIET))
            slot = _Slot(moved=time.monotonic())
            self._held.add(slot)
        token = _HELD.set(slot)
        try:
            yield
        finally:
            _HELD.reset(token)
            self._held.discard(slot)
            self._left.set()

    def _until_room(self) -> float:
        """Seconds until one may count no longer; 0 if there is room."""
        now = time.monotonic()
        counted = [at for slot in self._held if (at := slot.quiet_at()) > now]
        return 0.0 if len(counted) < self._most else min(counted) - now
