"""The configuration read again while the gateway runs: on SIGHUP, or when a file has changed; route by route.

A changed route is tried, drained and swapped, alone; if the new one does not come up, the old one goes on. All others
run on meanwhile. What is taken stands in ``running.json`` in the state folder, and in the audit log.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

from adapters.base import Adapter
from adapters.errors import AdapterError, Misconfigured, NoAccess, NotFound, Refused
from gateway import events
from gateway.config import Endpoint, Place
from gateway.cutover import Stand
from gateway.journal import Journal
from gateway.journal.audit import Act
from gateway.load import City
from gateway.load.fault import Fault
from gateway.load.folder import Reading
from gateway.load.renewal import Difference, changed_files, holding, is_of_routes, reread
from gateway.load.spots import spots
from gateway.load.stamps import stamps
from gateway.logs.log import Reporter
from gateway.naming import SourcePattern
from gateway.reaching.places import Places
from gateway.routes.roster import Roster
from gateway.running import Running
from gateway.switching.switch import Switch
from gateway.times.clock import Clock

LOOK_EVERY = timedelta(seconds=5)
"""How often the folder is looked at for changes, at least."""

SHARE = 100
"""A look at the folder may take this part of the time: a large one is looked at less often."""

PATIENCE = 30.0
"""Seconds that a place is given to show whether a changed route can use it; one that is silent decides nothing."""

WAITS = ("gateway", "journal", "cluster", "log", "traces", "console", "limits")
"""Parts of ``gateway.yaml`` that are taken at the start alone."""

NOBODY = (Misconfigured, NoAccess)
"""What a place says that lets nobody in as its endpoint is configured."""


class Renewal:
    """Keeps one gateway to what its configuration folder says."""

    def __init__(
        self,
        reading: Reading,
        running: Running,
        *,
        roster: Roster,
        switch: Switch,
        places: Places,
        journal: Journal,
        clock: Clock,
        report: Reporter,
        parts: Sequence[Callable[[City, Collection[str]], None]],
    ) -> None:
        self._reading = reading
        self._running = running
        self._roster = roster
        self._switch = switch
        self._places = places
        self._journal = journal
        self._clock = clock
        self._report = report
        self._parts = parts
        self._asked = asyncio.Event()
        self._group: asyncio.TaskGroup | None = None
        self._waits: tuple[str, ...] = ()
        self._look_took = timedelta()

    def ask(self) -> None:
        """Read the configuration now, whatever has changed."""
        self._asked.set()

    async def run(self, stop: asyncio.Event, group: asyncio.TaskGroup) -> None:
        """Until ``stop``: renew when asked, or when files have changed and are quiet again."""
        self._group = group
        await asyncio.to_thread(self._running.write, self._clock.now().isoformat())
        while not stop.is_set():
            asked = self._asked.is_set()
            self._asked.clear()
            if asked or await self._has_changed():
                await self.renew()
            await self._pause(stop, max(LOOK_EVERY, min(SHARE * self._look_took, 12 * LOOK_EVERY)))

    async def _pause(self, stop: asyncio.Event, long: timedelta) -> None:
        """Wait so long, or until asked or stopped."""
        waits = [asyncio.ensure_future(one.wait()) for one in (stop, self._asked)]
        try:
            await asyncio.wait(waits, timeout=long.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()

    async def _has_changed(self) -> bool:
        """Whether files differ from those that were read, and are no longer being written."""
        first = await asyncio.to_thread(self._stamps)
        if not changed_files(self._reading.stamps, first):
            return False
        await asyncio.sleep(0.5)
        return not changed_files(first, await asyncio.to_thread(self._stamps))

    def _stamps(self) -> dict[str, tuple[int, int, int]]:
        city, began = self._running.city, time.thread_time()
        found = stamps(city.directory, but=city.installation.gateway.state_dir)
        self._look_took = timedelta(seconds=time.thread_time() - began)
        return found

    async def renew(self) -> Difference:
        """Read the folder and take what is sound; gives what was changed."""
        began, before = self._clock.monotonic(), self._running.city
        reading = await asyncio.to_thread(reread, self._reading, now=self._clock.now())
        if not reading.city.usable:
            self._refuse(reading)
            return Difference(came=(), changed=(), gone=())
        self._reading = reading
        after = self._with_waiting(reading.city)
        found = await asyncio.to_thread(Difference.between, before, after)
        wrong = await self._wrong_endpoints(before, after, found)
        await self._swap_all(before, after, found, wrong)
        await asyncio.to_thread(self._record)
        self._tell_outdated(before, found)
        self._report.emit(
            events.CONFIGURATION_READ,
            count=len(found.came) + len(found.changed) + len(found.gone),
            seconds=round(self._clock.monotonic() - began, 3),
        )
        self._tell_waiting()
        return found

    def _refuse(self, reading: Reading) -> None:
        """Go on as before; routes' own files are still followed."""
        fault = next(iter(reading.city.errors))
        self._report.emit(events.CONFIGURATION_REFUSED, error=str(fault), count=len(reading.city.errors))
        ours = {file: stamp for file, stamp in reading.stamps.items() if not is_of_routes(file)}
        theirs = {file: stamp for file, stamp in self._reading.stamps.items() if is_of_routes(file)}
        self._reading = replace(self._reading, stamps={**ours, **theirs})

    def _with_waiting(self, city: City) -> City:
        """The configuration with those parts as they run that are taken at the start alone."""
        runs, asked = self._running.city.installation, city.installation
        flips = (runs.encryption is None) != (asked.encryption is None)  # its keys are taken at once
        parts = (*WAITS, "encryption") if flips else WAITS
        self._waits = tuple(part for part in parts if getattr(runs, part) != getattr(asked, part))
        kept = {part: getattr(runs, part) for part in parts}
        return replace(city, installation=asked.model_copy(update=kept))

    def _tell_waiting(self) -> None:
        if self._waits:
            self._report.emit(events.CONFIGURATION_WAITS, reason=", ".join(self._waits))

    async def _wrong_endpoints(self, before: City, after: City, found: Difference) -> dict[str, str]:
        """The changed endpoints that let nobody in, each with the reason: one try each, because accounts lock."""
        wrong: dict[str, str] = {}
        tried: set[str] = set()
        for name in found.changed:
            for spot in spots(after.routes[name]):
                endpoint = spot.place.endpoint
                known = before.endpoints.get(endpoint)
                if endpoint in tried or known is None or known == after.endpoints[endpoint]:
                    continue
                tried.add(endpoint)
                if why := await self._why_closed(after.endpoints[endpoint], spot.place):
                    wrong[endpoint] = why
        return wrong

    async def _why_closed(self, endpoint: Endpoint, place: Place) -> str:
        """Why an endpoint as it would be lets nobody in; empty if it does, or if that cannot be told now."""
        try:
            async with asyncio.timeout(PATIENCE), self._places.trial(place.endpoint, endpoint) as adapter:
                await adapter.scan(_listed(place))
        except NOBODY as error:
            return f"{place.endpoint}: {error.message}"
        except (AdapterError, TimeoutError):
            return ""
        return ""

    async def _why_not(self, endpoint: Endpoint, place: Place, *, in_use: bool) -> str:
        """Why a place cannot be used as it is configured; empty if it can, or if that cannot be told now.

        One that no route uses so is tried apart from those in use: that it refuses us is then told by this alone.
        """
        wrong = (NotFound, Refused) if in_use else (NotFound, Refused, *NOBODY)
        try:
            async with asyncio.timeout(PATIENCE), AsyncExitStack() as stack:
                adapter: Adapter = (
                    await self._places.reach(place.endpoint)
                    if in_use
                    else await stack.enter_async_context(self._places.trial(place.endpoint, endpoint))
                )
                await adapter.scan(_listed(place))
        except wrong as error:
            return f"{place.endpoint}: {error.message}"
        except (AdapterError, TimeoutError):
            return ""
        return ""

    async def _swap_all(self, before: City, after: City, found: Difference, wrong: Mapping[str, str]) -> None:
        """Let every route pass to the configuration after, each on its own."""
        held: dict[str, tuple[Fault, ...]] = dict.fromkeys(found.changed + found.gone, ())
        swapping = _Swapping(before=before, after=after, wrong=wrong, held=held)
        self._running.city = swapping.city
        self._take(())
        self._roster.take(swapping.city)
        async with asyncio.TaskGroup() as group:
            for name in found.gone:
                group.create_task(self._swap(swapping, name, self._remove))
            for name in found.changed:
                group.create_task(self._swap(swapping, name, self._change))
            for name in found.came:
                group.create_task(self._swap(swapping, name, self._add))
        self._roster.take(swapping.city)

    def _take(self, names: Collection[str]) -> None:
        self._places.take(self._running.city.endpoints)
        for take in self._parts:
            take(self._running.city, names)

    async def _pass(self, swapping: _Swapping, name: str) -> None:
        """Let one route be as it is after."""
        swapping.held.pop(name, None)
        self._running.city = swapping.city
        self._take((name,))
        await self._switch.renew(self._running.city, (name,))

    async def _swap(
        self, swapping: _Swapping, name: str, work: Callable[[_Swapping, str], Awaitable[None]]
    ) -> None:
        """Let a route pass; one that another node carries is only known here."""
        async with self._roster.turn(name):
            if self._roster.is_shared and not self._roster.carries(name):
                await self._pass(swapping, name)
            else:
                await work(swapping, name)

    async def _remove(self, swapping: _Swapping, name: str) -> None:
        report = self._roster.journeys[name].report
        await self._roster.end(name, within=self._drain)
        await self._pass(swapping, name)
        self._roster.leave(name)
        report.emit(events.ROUTE_REMOVED)
        await self._note("remove-route", name, "")

    async def _add(self, swapping: _Swapping, name: str) -> None:
        self._roster.enter(swapping.after, name)
        await self._begin(swapping, name)

    async def _change(self, swapping: _Swapping, name: str) -> None:
        """Try the new one; if it comes up, drain the old one and swap them."""
        journey = self._roster.journeys[name]
        if why := await self._why_down(swapping, name, journey.standing.source):
            swapping.held[name] = (_not_up(journey.route.vendor, name, why),)
            self._running.city = swapping.city
            journey.report.emit(events.ROUTE_ROLLED_BACK, error=why)
            return
        await self._roster.end(name, within=self._drain)
        self._roster.enter(swapping.after, name)
        await self._begin(swapping, name)
        self._roster.journeys[name].report.emit(events.ROUTE_RENEWED)

    async def _begin(self, swapping: _Swapping, name: str) -> None:
        await self._pass(swapping, name)
        assert self._group is not None, "routes begin while the gateway runs"
        self._roster.start(self._group, name)
        await self._note("renew-route", name, swapping.after.digest(name))

    async def _why_down(self, swapping: _Swapping, name: str, stand: Stand) -> str:
        """Why the new version of a route would not come up; empty if it would, or if that cannot be told now."""
        route = swapping.after.routes[name]
        used = [spot.place.endpoint for spot in spots(route) if spot.place.endpoint in swapping.wrong]
        if used:
            return swapping.wrong[used[0]]
        plan = swapping.after.plans(name, {})["from"]
        place = route.source.place_of(plan.present(stand, self._clock.now()))
        in_use = place.endpoint in swapping.in_use
        return await self._why_not(swapping.after.endpoints[place.endpoint], place, in_use=in_use)

    @property
    def _drain(self) -> float:
        return self._running.city.installation.gateway.drain.total_seconds()

    async def _note(self, act: str, name: str, digest: str) -> None:
        detail = {"configuration": digest} if digest else None
        await self._journal.audit.record(Act(who="gateway", act=act, subject=name, detail=detail))

    def _record(self) -> None:
        """Remember the files that hold now."""
        city, homes = self._running.city, self._reading.routes.homes
        held = {homes[name] for name in city.outdated if name in homes}
        self._running.take(self._reading.stamps, held=held)
        self._running.write(self._clock.now().isoformat())

    def _tell_outdated(self, before: City, found: Difference) -> None:
        """Say which routes hold on as they were, once for each fault, and which do so no longer."""
        city = self._running.city
        for name, faults in city.outdated.items():
            if faults and faults != before.outdated.get(name) and not _is_not_up(faults):
                if not self._roster.carries(name):
                    continue
                report = self._roster.journeys[name].report
                report.emit(events.ROUTE_OUTDATED, error=str(faults[0]), count=len(faults))
        for name in before.outdated.keys() & city.routes.keys() - city.outdated.keys() - {*found.changed}:
            if self._roster.carries(name):
                self._roster.journeys[name].report.emit(events.ROUTE_RENEWED)
        for name, faults in city.rejected.items():
            if faults != before.rejected.get(name):
                report = self._report.bound(route=name, vendor=city.vendor_of(name))
                report.emit(events.ROUTE_REJECTED, error=str(faults[0]), count=len(faults))


@dataclass(frozen=True, kw_only=True)
class _Swapping:
    """On the way from one configuration to another: those ``held`` are still as they were before."""

    before: City
    after: City
    wrong: Mapping[str, str]
    held: dict[str, tuple[Fault, ...]]

    @cached_property
    def in_use(self) -> frozenset[str]:
        """The endpoints that routes used before and that are the same after."""
        used = {spot.place.endpoint for route in self.before.routes.values() for spot in spots(route)}
        return frozenset(one for one in used if self.before.endpoints[one] == self.after.endpoints.get(one))

    @property
    def city(self) -> City:
        return holding(self.after, self.before, self.held, self.wrong)


DID_NOT_COME_UP = "the changed route did not come up: "


def _not_up(vendor: str, name: str, why: str) -> Fault:
    return Fault(file=f"routes/{vendor}/{name}.yaml", line=1, column=1, message=DID_NOT_COME_UP + why)


def _is_not_up(faults: Sequence[Fault]) -> bool:
    return faults[0].message.startswith(DID_NOT_COME_UP)


def _listed(place: Place) -> str:
    """What to list in order to see whether a place can be used: a source's files, or the top of a destination."""
    try:
        return SourcePattern.compile(place.path).glob
    except ValueError:
        return "*"
