"""How much of single routes is logged: what people said of it in the journal, beside the running gateway too."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from gateway import events
from gateway.events import Severity
from gateway.journal import Journal
from gateway.logs.log import Levels, Reporter
from gateway.times.clock import Clock

LOOK_EVERY = timedelta(seconds=5)


class Loudness:
    """Keeps the levels of one log to what people said. ``run`` is to be kept running."""

    def __init__(self, levels: Levels, *, journal: Journal, clock: Clock, report: Reporter) -> None:
        self._levels = levels
        self._journal = journal
        self._clock = clock
        self._report = report
        self._taken: dict[str, Severity] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop``: take what was said, and leave it when its time is over."""
        while not stop.is_set():
            await self.look()
            await self._clock.wait(stop, until=self._clock.now() + LOOK_EVERY)

    async def look(self) -> None:
        """Take what holds now, and say what has changed."""
        found: dict[str, Severity] = {
            one.route: one.level for one in await self._journal.people.levels.standing()
        }
        for route in sorted(self._taken.keys() | found.keys()):
            if self._taken.get(route) != found.get(route):
                reason = found.get(route, "as all others")
                self._report.emit(events.LEVEL_CHANGED, route=route, reason=reason)
        self._taken = found
        self._levels.take(found)
