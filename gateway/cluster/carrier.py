"""The routes of one node: begun and ended as its leases come and go."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from gateway import events
from gateway.agenda import gathered
from gateway.errors import GatewayError
from gateway.journal import CITY, Cluster, Lease
from gateway.load import City
from gateway.reaching.fence import Fence
from gateway.routes.roster import Roster
from gateway.switching.switch import Switch

LetGo = Callable[[Lease], Awaitable[None]]


class Carrier:
    """Begins and ends routes on this node, as its leases come and go."""

    def __init__(
        self,
        *,
        city: Callable[[], City],
        roster: Roster,
        switch: Switch,
        group: asyncio.TaskGroup | None,
        drain: float,
    ) -> None:
        """Without a ``group`` routes are only made ready. ``drain``: seconds that a transfer may take to end."""
        self._city = city
        self._roster = roster
        self._switch = switch
        self._group = group
        self._drain = drain
        self._giving: set[str] = set()

    @property
    def routes(self) -> frozenset[str]:
        """Every route that is to be carried by some node."""
        return frozenset(self._city().routes)

    def bound(self, cluster: Cluster) -> dict[str, str]:
        """The routes that one node alone may carry now, with that node."""
        configured = {name: route.node for name, route in self._city().routes.items() if route.node}
        bound = configured | {route: node for route, node in cluster.bindings if node}
        return gathered(self._switch.near, bound, _leader(cluster)) | bound

    def carried(self) -> list[str]:
        """The routes that this node carries."""
        return list(self._roster.runners)

    def lost(self, held: Mapping[str, Lease]) -> list[str]:
        """The routes that this node carries by a lease that it has no longer."""
        return [name for name in self.carried() if self._roster.lease(name) != held.get(name)]

    def idle(self, held: Mapping[str, Lease]) -> list[str]:
        """The routes whose lease this node has, and that it does not carry.

        So it is where the journal took or kept a lease and went away before it could say so.
        """
        return [name for name in held if name not in self._roster.runners and name not in self._giving]

    async def begin(self, fences: list[Fence]) -> None:
        """Carry these routes from now on, or none of them: what the journal raises passes through."""
        city = self._city()
        names = [one.lease.work for one in fences]
        for fence in fences:
            self._roster.enter(city, fence.lease.work, fence)
        try:
            await self._switch.renew(city, names)
        except GatewayError:
            for name in names:
                self._roster.leave(name)
            raise
        for fence in fences:
            name, former = fence.lease.work, fence.lease.former
            if former not in ("", fence.lease.node):
                self._roster.journeys[name].report.emit(events.ROUTE_TAKEN_OVER, reason=former)
            if self._group is not None:
                self._roster.start(self._group, name)

    def give(self, route: str, let_go: LetGo, lease: Lease) -> None:
        """End a route in its own time, and let its lease go then."""
        if route in self._giving or self._group is None:
            return
        self._giving.add(route)
        self._group.create_task(self._given(route, let_go, lease), name=f"giving {route}")

    async def _given(self, route: str, let_go: LetGo, lease: Lease) -> None:
        try:
            await self.end(route, within=self._drain)
            await let_go(lease)
        finally:
            self._giving.discard(route)

    async def end(self, route: str, *, within: float) -> None:
        """Carry a route no longer; its transfer under way has so many seconds."""
        async with self._roster.turn(route):
            if self._roster.carries(route):
                await self._roster.end(route, within=within)
                self._roster.leave(route)


def _leader(cluster: Cluster) -> str:
    return next((one.node for one in cluster.leases if one.work == CITY), "")
