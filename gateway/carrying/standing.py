"""Where the two ends of a route stand now, and the turnstile that its deliveries pass through.

A flip changes the stands while nothing is on its way to the destination: the turnstile is closed, what passed it
before comes to its end, then the stands change, and the turnstile opens again.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import date

from gateway.cutover import Change, Stand
from gateway.model import Format


class Standing:
    """One route's stands, kept in step with the journal by the switch alone."""

    def __init__(self, source: Stand, to: Stand) -> None:
        self.source = source
        self.to = to
        self.expected: Change | None = None  # of the source: announced, or due and not passed yet
        self.left: dict[
            Stand, float
        ] = {}  # where the source stood before, and the seconds after which it is asked again if it is away
        self.fresh: date | None = None  # the day of the source's flip, until its new place was looked at once
        self.too_early = (
            False  # something that came early was written down and is to be settled if its source flipped
        )
        self.drained_at: float | None = (
            None  # monotonic: a look at the source found nothing new and nothing open
        )
        self._closed = False
        self._under_way: set[str] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def stands(self) -> tuple[Stand, Stand]:
        """Both stands."""
        return self.source, self.to

    @property
    def formats(self) -> tuple[Format, Format]:
        """The formats of the two ends."""
        return self.source.format, self.to.format

    @property
    def closed(self) -> bool:
        """Whether no delivery may begin now."""
        return self._closed

    def stand(self, source: Stand, to: Stand) -> None:
        """Take the stands that the journal shows."""
        self.source, self.to = source, to

    def may_pass(self, transfer: str) -> bool:
        """Ask for a delivery to begin: True if it may, and then it counts as under way until ``leave``."""
        if self._closed:
            return False
        self.enter(transfer)
        return True

    def enter(self, transfer: str) -> None:
        """A delivery that began before goes on: its names and its format were fixed then."""
        self._under_way.add(transfer)
        self._idle.clear()

    def leave(self, transfer: str) -> None:
        """The delivery has ended, or waits for its next try."""
        self._under_way.discard(transfer)
        if not self._under_way:
            self._idle.set()

    async def close(self, *, within: float) -> None:
        """Let no delivery begin, and give those under way so many seconds to end."""
        self._closed = True
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), within)

    def open(self) -> None:
        """Let deliveries begin again."""
        self._closed = False
