"""Who may ask a host now: never more at one time than allowed, and fewer for a while when it takes no more."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.allowance import full, refused, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass(frozen=True, kw_only=True)
class Turn:
    """How many ``others`` there were when it began, and how many had ``begun`` by then."""

    others: int
    begun: int


class Turns:
    """At most ``limit`` at one time; ``adapters.allowance`` says how many of them for now."""

    def __init__(self, limit: int) -> None:
        self._allowance = full(limit)
        self._held = self._begun = 0
        self._freed = asyncio.Event()

    @property
    def held(self) -> int:
        """How many there are now."""
        return self._held

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Turn]:
        """Have a turn."""
        await self.wait()
        try:
            yield Turn(others=self._held - 1, begun=self._begun)
        finally:
            self.give_back()

    async def wait(self) -> None:
        """Wait for a turn, which must be given back."""
        while self._held >= self._allowance.limit:
            self._freed.clear()
            await self._freed.wait()
        self._held += 1
        self._begun += 1

    def give_back(self) -> None:
        """A turn is over."""
        self._held -= 1
        self._freed.set()

    def keep(self) -> None:
        """Take a turn without waiting: for whoever must give one back in any case."""
        self._held += 1

    def served(self) -> None:
        """The host did what it was asked."""
        self._allowance = served(self._allowance)

    def refused(self, held: int) -> None:
        """The host took no more while so many of ours were up."""
        self._allowance = refused(self._allowance, held=held)

    def refused_one(self, turn: Turn) -> bool:
        """The host did not take what a turn was had for; whether others of ours were up then, after which it may."""
        had_company = turn.others > 0 or self._begun > turn.begun
        self.refused(max(self._held, 1 + had_company))
        return had_company
