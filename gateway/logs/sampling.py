"""Lines that come again and again: the first of each are written, the others are counted. Pure: seconds go in.

Two lines are the same if they have the same event, subject and error. Within ``SECONDS`` the first ``FIRST`` of them
are written; when the time is over, one line says how many were not.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

SECONDS = 60.0
FIRST = 10
MOST = 10_000
"""Kinds of lines that are watched at one time; beyond, every line is written."""


@dataclass
class _Seen:
    since: float
    count: int = 0


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Lines of one kind that were counted and not written."""

    key: Hashable
    count: int


class Sampling:
    """Decides line by line. Seconds are monotonic."""

    def __init__(self) -> None:
        self._seen: dict[Hashable, _Seen] = {}
        self._oldest = 0.0

    def is_written(self, key: Hashable, now: float) -> bool:
        """Whether a line is one of the first of its kind; if not, it counts as left out."""
        seen = self._seen.get(key)
        if seen is None and len(self._seen) >= MOST:
            return True
        if seen is None:
            seen = self._seen[key] = _Seen(since=now)
        seen.count += 1
        return seen.count <= FIRST

    def over(self, now: float) -> list[LeftOut]:
        """What was left out of the kinds whose time is over; they begin anew."""
        if now - self._oldest < SECONDS:
            return []
        ended = {key: seen for key, seen in self._seen.items() if now - seen.since >= SECONDS}
        for key in ended:
            del self._seen[key]
        self._oldest = min((seen.since for seen in self._seen.values()), default=now)
        return [
            LeftOut(key=key, count=seen.count - FIRST) for key, seen in ended.items() if seen.count > FIRST
        ]
