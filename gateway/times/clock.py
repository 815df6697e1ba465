"""Time as something that is handed in: the wall clock, durations, and waiting."""

from __future__ import annotations

import asyncio
import ctypes
import time
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Literal, Protocol

_TIME_ERROR = 5
"""What adjtimex(2) gives while no time service has set the clock right."""

Doubt = Literal["", "stepped", "unsynchronised"]


class Clock(Protocol):
    """The gateway's only source of time. Durations are taken from ``monotonic``, never from ``now``."""

    def now(self) -> datetime:
        """The instant, aware, in UTC."""

    def monotonic(self) -> float:
        """Seconds that only ever grow."""

    def is_synchronised(self) -> bool:
        """Whether a time service keeps the wall clock right, as far as the machine knows."""

    async def wait(self, event: asyncio.Event, *, until: datetime | None) -> bool:
        """Wait for the event, or for the instant; True if the event came.

        A clock that is set back meanwhile prolongs no wait.
        """


class Steadiness:
    """How far the wall clock has jumped since this was made."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._apart = self._now()

    def jumped(self) -> float:
        """Seconds, ahead or back."""
        return abs(self._now() - self._apart)

    def doubt(self, max_step: timedelta, *, synchronised: bool) -> Doubt:
        """Why nothing may be decided by the wall clock now; ``synchronised``: a time service has to keep it right."""
        if self.jumped() > max_step.total_seconds():
            return "stepped"
        return "unsynchronised" if synchronised and not self._clock.is_synchronised() else ""

    def _now(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """See ``Clock``."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """See ``Clock``."""
        return time.monotonic()

    def is_synchronised(self) -> bool:
        """See ``Clock``. The kernel is asked, which every time service tells."""
        asked = ctypes.create_string_buffer(512)  # struct timex, of which nothing is set: its modes are 0
        return bool(ctypes.CDLL(None).adjtimex(asked) != _TIME_ERROR)

    async def wait(self, event: asyncio.Event, *, until: datetime | None) -> bool:
        """See ``Clock``. Wakes at least once a minute, so that a clock that was set is noticed."""
        latest = inf if until is None else self.monotonic() + (until - self.now()).total_seconds()
        while not event.is_set():
            left = min(latest - self.monotonic(), 60.0)
            if until is not None:
                left = min(left, (until - self.now()).total_seconds())
            if left <= 0:
                return False
            try:
                await asyncio.wait_for(event.wait(), timeout=left)
            except TimeoutError:
                continue
        return True


class FastClock:
    """Begins at an instant and runs a number of times as fast as the machine's clock: for rehearsals."""

    def __init__(self, start: datetime, speed: float) -> None:
        self._start = start.astimezone(UTC)
        self._speed = speed
        self._began = time.monotonic()

    def now(self) -> datetime:
        """See ``Clock``."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """See ``Clock``."""
        return (time.monotonic() - self._began) * self._speed

    def is_synchronised(self) -> bool:
        """See ``Clock``."""
        return True

    async def wait(self, event: asyncio.Event, *, until: datetime | None) -> bool:
        """See ``Clock``."""
        left = None if until is None else max((until - self.now()).total_seconds() / self._speed, 0)
        try:
            await asyncio.wait_for(event.wait(), timeout=left)
        except TimeoutError:
            return event.is_set()
        return True
