"""The routes that run: each with its journey, its standing and its runner, started and ended one by one."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from adapters.wrappers import Bandwidth
from gateway import events
from gateway.carrying.journey import Journey
from gateway.carrying.ownership import Ownership
from gateway.carrying.standing import Standing
from gateway.config import Route
from gateway.errors import JournalUnusable, LeaseLost, place_of
from gateway.journal import Journal, Lease, Store
from gateway.load import City
from gateway.logs.log import Reporter
from gateway.reaching.fence import Fence, Fenced
from gateway.reaching.places import Places, Reached, Slowed
from gateway.reaching.slots import Slots
from gateway.routes.runner import Runner
from gateway.running import SHOWN
from gateway.stores.originals import KeptFiles
from gateway.stores.spool import Spool
from gateway.times.clock import Clock

RESTART_AFTER = 30.0
"""Seconds before a route that met a fault of the gateway itself starts anew."""

LOOK_AGAIN = 2.0
"""Seconds before a route looks again for the journal, where it is on another machine and may be away for a moment."""


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What all routes use together."""

    places: Places
    node: str
    journal: Journal
    spool: Spool
    kept: Mapping[Store, KeptFiles]
    clock: Clock
    report: Reporter


class Roster:
    """The routes of one gateway.

    Attributes:
        journeys, standings, runners: by route; the same mappings for as long as the gateway lives.
    """

    def __init__(self, city: City, shared: Shared) -> None:
        self.city = city
        self._shared = shared
        self._transfers = Slots(city.installation.limits.transfers)
        self._rates: dict[str, Bandwidth] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._followers: dict[str, set[str]] = {}
        self._ending = False
        self._fences: dict[str, Fence] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.journeys: dict[str, Journey] = {}
        self.standings: dict[str, Standing] = {}
        self.runners: dict[str, Runner] = {}
        for name in () if shared.node else city.routes:
            self.enter(city, name)

    @property
    def is_shared(self) -> bool:
        """Whether other nodes carry routes of the city too: then a route is carried here by its lease alone."""
        return bool(self._shared.node)

    def carries(self, name: str) -> bool:
        """Whether the route is carried here."""
        return name in self.runners

    def lease(self, name: str) -> Lease | None:
        """The lease by which a route is carried; None where one gateway carries all."""
        fence = self._fences.get(name)
        return fence.lease if fence else None

    def turn(self, name: str) -> asyncio.Lock:
        """Held by whoever ends a route or begins it anew."""
        return self._turns[name]

    def enter(self, city: City, name: str, fence: Fence | None = None) -> None:
        """Make a route ready as a configuration has it; one that was there before keeps its standing.

        ``fence``: the lease by which it is carried, unless it is the one by which it was carried before.
        """
        if fence is not None:
            self._fences[name] = fence
        plans, now = city.plans(name, {}), self._shared.clock.now()
        for leader in city.routes[name].schedule.after:
            self._followers.setdefault(leader, set()).add(name)
        if name not in self.standings:
            self.standings[name] = Standing(plans["from"].wanted(now), plans["to"].wanted(now))
        self.journeys[name] = self._journey(city, name)
        self.runners[name] = Runner(
            self.journeys[name], transfers=self._transfers, finished=self._nudge_followers
        )

    def _journey(self, city: City, name: str) -> Journey:
        route, shared = city.routes[name], self._shared
        linkage = f"{route.linkage.id}-{route.linkage.branch}" if route.linkage else None
        digest = city.digest(name)[:SHOWN]
        report = shared.report.bound(
            route=name, linkage_id=linkage, vendor=route.vendor, configuration=digest
        )
        lease = self.lease(name)
        journal = shared.journal if lease is None else shared.journal.under(lease)
        return Journey(
            route=route,
            standing=self.standings[name],
            city=city.of(name),
            places=self._places(city, route),
            node=shared.node,
            journal=journal,
            spool=shared.spool,
            kept=shared.kept,
            clock=shared.clock,
            report=report,
            ownership=Ownership(
                route=name,
                gateway=city.installation.gateway.name,
                journal=journal,
                places=shared.places,
                clock=shared.clock,
                report=report,
            ),
            zone=city.installation.zone,
        )

    def _places(self, city: City, route: Route) -> Reached:
        """The places as a route may use them: no faster than its vendor's rate and its own."""
        vendor = city.installation.vendors.get(route.vendor)
        rates = []
        if vendor is not None and vendor.may_use.rate is not None:
            rates.append(self._rates.setdefault(route.vendor, Bandwidth(partial(self._rate, route.vendor))))
        if route.limits.bandwidth is not None:
            rates.append(Bandwidth(route.limits.bandwidth))
        places: Reached = self._shared.places
        if rates:
            places = Slowed(places=self._shared.places, rates=tuple(rates))
        fence = self._fences.get(route.name)
        return places if fence is None else Fenced(places=places, fence=fence)

    def _rate(self, vendor: str) -> int | None:
        """Bytes a second of a vendor, as it is configured now."""
        known = self.city.installation.vendors.get(vendor)
        return known.may_use.rate if known else None

    def take(self, city: City) -> None:
        """Let every route that is as it was go on by another configuration, which says the same of it."""
        self.city = city
        for name, journey in self.journeys.items():
            if city.routes.get(name) is not None:
                places = self._places(city, journey.route)
                self.journeys[name] = replace(journey, city=city.of(name), places=places)
                self.runners[name].go_on(self.journeys[name])

    def leave(self, name: str) -> None:
        """Forget a route that has ended."""
        del self.journeys[name], self.standings[name], self.runners[name]
        self._fences.pop(name, None)

    def _nudge_followers(self, finished: str) -> None:
        """Wake the routes that run after this one."""
        for name in self._followers.get(finished, ()):
            if name in self.runners and finished in self.journeys[name].route.schedule.after:
                self.runners[name].may_follow()

    def start(self, group: asyncio.TaskGroup, name: str) -> None:
        """Run a route until it is ended; none begins once all are being ended."""
        if self._ending:
            return
        self._tasks[name] = group.create_task(self._keep(name, self.runners[name]), name=name)

    async def end(self, name: str, *, within: float) -> None:
        """End a route: its transfer under way has so many seconds, and is cut short then, as by a crash."""
        self.runners[name].stop()
        task = self._tasks.pop(name, None)
        if task is None:
            return
        await asyncio.wait({task}, timeout=within)
        task.cancel()
        await asyncio.wait({task})

    async def end_all(self, *, within: float) -> None:
        """End every route, all at one time."""
        self._ending = True
        for runner in self.runners.values():
            runner.stop()
        tasks = list(self._tasks.values())
        if tasks:
            await asyncio.wait(tasks, timeout=within)
        for task in tasks:
            task.cancel()

    async def _keep(self, name: str, runner: Runner) -> None:
        """Keep one route running. The boundary for faults of the gateway itself: they end no other route."""
        report = self.journeys[name].report
        while True:
            try:
                return await runner.run()
            except LeaseLost:  # perhaps only for a moment, until the journal has answered again
                await asyncio.sleep(1)
                continue
            except JournalUnusable as error:
                report.emit(events.JOURNAL_FAILED, error=error.message, next_action=error.hint)
                if self.is_shared:
                    await asyncio.sleep(LOOK_AGAIN)
                    continue
            except Exception as error:  # noqa: BLE001 - see above; text and values of the error are not logged
                report.emit(events.ROUTE_FAULTED, error_kind=type(error).__name__, error=place_of(error))
            await asyncio.sleep(RESTART_AFTER)
