"""Whether one route stands still now, asked of the journal, and told to people when it changes."""

from __future__ import annotations

from gateway import events
from gateway.carrying.journey import Journey
from gateway.standstill import Standstill
from gateway.status import standing_still

LOOK_EVERY = 1.0
"""Seconds in which a crowd of small files asks once whether somebody stops the route."""


class Halt:
    """What stops a route: a person, or the maintenance of a place. ``now`` is what the last look found."""

    def __init__(self) -> None:
        self.now: Standstill | None = None
        self._asked_at = float("-inf")

    async def look(self, journey: Journey) -> bool:
        """Whether the route stands still now; says so when that changes."""
        before, self._asked_at = self.now, journey.clock.monotonic()
        pauses = await journey.journal.people.pauses()
        stands, now = journey.standing.stands, journey.clock.now()
        self.now = standing_still(journey.city, journey.route, stands, pauses, now)
        if self.now is not None and before is None:
            journey.report.emit(events.ROUTE_STILL, reason=str(self.now))
        elif self.now is None and before is not None:
            journey.report.emit(events.ROUTE_RESUMED)
        return self.now is not None

    async def lately(self, journey: Journey) -> bool:
        """As ``look``, by what was known at most ``LOOK_EVERY`` ago."""
        if journey.clock.monotonic() < self._asked_at + LOOK_EVERY:
            return self.now is not None
        return await self.look(journey)
