"""What keeps a node from changing anything of a route that another node may carry by now.

Three walls stand behind one another. The journal refuses every transaction of a lease that has passed on. Before each
step that others can see, the node looks whether its own last word to the journal is younger than half a lease: others
wait a whole one. And whoever takes a route over first removes the unfinished files of the former node, so that a step
that was begun before and wakes up late finds nothing to publish.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from adapters.base import Adapter
from adapters.wrappers import with_permit
from gateway.errors import LeaseLost
from gateway.events import Event
from gateway.journal import Lease
from gateway.reaching.places import Reached


def age() -> float:
    """Seconds that only ever grow, those in which the machine was suspended included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True, kw_only=True)
class Fence:
    """One route's lease; ``fresh`` says whether nobody can have taken it since."""

    lease: Lease
    fresh: Callable[[], bool]

    def assert_fresh(self) -> None:
        """Raise ``LeaseLost`` where another node may be about to take the route over."""
        if not self.fresh():
            raise LeaseLost("the journal has not confirmed lately that this node carries the route")


@dataclass(frozen=True, kw_only=True)
class Fenced:
    """Places in which a route changes only what its lease allows."""

    places: Reached
    fence: Fence

    async def reach(self, name: str) -> Adapter:
        """See ``Reached``."""
        return with_permit(await self.places.reach(name), self.fence.assert_fresh)

    def say_once(self, event: Event, name: str, **fields: str) -> None:
        """See ``Reached``."""
        self.places.say_once(event, name, **fields)

    def at_one_time(self, names: Iterable[str]) -> AbstractAsyncContextManager[None]:
        """See ``Reached``."""
        return self.places.at_one_time(names)
