"""Lets the audit log be held to what it was: its newest hash goes out with the log, beyond this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from gateway import events
from gateway.journal import Journal
from gateway.logs.log import Reporter
from gateway.times.clock import Clock

LOOK_EVERY = timedelta(minutes=1)


class Anchoring:
    """Says the hash of the newest entry of the audit log: at start, and whenever there is another.

    Whoever keeps the log elsewhere (syslog) can prove with it, by ``audit verify --head``, that nothing up to there
    was changed, cut off or written anew.
    """

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        report: Reporter,
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        """``leads``: whether this gateway speaks for the city now; of several nodes one does."""
        self._leads = leads
        self._journal = journal
        self._clock = clock
        self._report = report
        self._said = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Look once a minute until ``stop``."""
        while not stop.is_set():
            if self._leads():
                await self.look()
            await self._clock.wait(stop, until=self._clock.now() + LOOK_EVERY)

    async def look(self) -> None:
        """Say the hash, unless it was said."""
        head = await self._journal.audit.head()
        if head != self._said:
            self._report.emit(events.AUDIT_ANCHORED, sha256=head)
            self._said = head
