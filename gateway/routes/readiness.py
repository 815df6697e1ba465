"""Is a file complete? Seen from outside, over several polls. Pure: listings and monotonic seconds go in.

Half-written files are the commonest fault of file linkages. Time is always the gateway's own monotonic clock;
a place's own times are compared as text, never calculated with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from adapters.base import Entry

PATIENCE = 10.0
"""Seconds between looks at a file that is quiet and waits for something else."""


@dataclass(frozen=True, kw_only=True)
class Stable:
    """Ready when size and time were the same over ``polls`` looks and for at least ``quiet`` seconds."""

    polls: int = 2
    quiet: float = 10.0


@dataclass
class Belief:
    """Whether a listing may be believed, by what the last believed one showed. One for each place of a route.

    ``share`` of the files that were left there may be gone at once; None: all of them.
    """

    share: float | None
    _left: frozenset[str] = frozenset()

    def lost(self, listed: Iterable[str]) -> int:
        """How many files are gone, if they are too many to be believed; else 0."""
        gone = len(self._left.difference(listed))
        return gone if self.share is not None and gone > self.share * len(self._left) else 0

    def believe(self, left: Iterable[str]) -> None:
        """These files were there, and we did not put them away."""
        self._left = frozenset(left) if self.share is not None else frozenset()


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """What is known of one file that is not ready yet."""

    identity: str
    since: float
    looks: int


@dataclass
class Watcher:
    """Remembers what a route's source showed at earlier looks. One for each place of a route."""

    rule: Stable
    _seen: dict[str, Sighting] = field(default_factory=dict)
    _looked: float = 0.0

    def look(self, entries: Iterable[Entry], now: float) -> list[Entry]:
        """The entries that are ready. What is no longer listed is forgotten, what changed begins anew."""
        entries, self._looked = list(entries), now
        self._seen = {entry.path: self._sighting(entry, now) for entry in entries}
        return [entry for entry in entries if self._ready(self._seen[entry.path], now)]

    def next_look(self) -> float | None:
        """Monotonic seconds at which a file may become ready; None if none is waited for.

        A file that was quiet long enough and still waits (for more looks, or for its marker) is looked at again
        after the quiet time or ``PATIENCE``, whichever is longer.
        """
        return min((self._next_look(seen) for seen in self._seen.values()), default=None)

    def _next_look(self, seen: Sighting) -> float:
        quiet_at = seen.since + self.rule.quiet
        return quiet_at if quiet_at > self._looked else self._looked + max(self.rule.quiet, PATIENCE)

    def forget(self, path: str) -> None:
        """The file was taken."""
        self._seen.pop(path, None)

    def waiting(self) -> tuple[str, ...]:
        """The paths that are there and not taken yet."""
        return tuple(self._seen)

    def _sighting(self, entry: Entry, now: float) -> Sighting:
        before = self._seen.get(entry.path)
        if before is None or before.identity != entry.identity:
            return Sighting(identity=entry.identity, since=now, looks=1)
        return Sighting(identity=before.identity, since=before.since, looks=before.looks + 1)

    def _ready(self, seen: Sighting, now: float) -> bool:
        return seen.looks >= self.rule.polls and now - seen.since >= self.rule.quiet
