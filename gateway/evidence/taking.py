"""Looks after delivered files at their destinations until their consumers took them, and says when one did not.

Beside the routes, never on a file's way: a place that does not answer delays nothing.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

from adapters.base import Adapter, Entry
from adapters.errors import AdapterError, NotFound
from gateway import events
from gateway.carrying.journey import Journey
from gateway.config import Place
from gateway.config.ends import Receipt
from gateway.evidence.receipt import LARGEST, count_of
from gateway.journal import Untaken
from gateway.model import Format
from gateway.naming import Companion
from gateway.times.clock import Clock

LOOK_EVERY = timedelta(minutes=1)


class Taking:
    """What became of delivered files, over all routes."""

    def __init__(self, journeys: Mapping[str, Journey], clock: Clock) -> None:
        self._journeys = journeys
        self._clock = clock
        self._looking: set[str] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Look every minute until ``stop``; a route whose place is slow is looked at when it has answered."""
        async with asyncio.TaskGroup() as group:
            looks: list[asyncio.Task[None]] = []
            while not stop.is_set():
                for route, waiting in (await self._waiting()).items():
                    looks.append(group.create_task(self._look(route, waiting), name=f"taking {route}"))
                looks = [look for look in looks if not look.done()]
                await self._clock.wait(stop, until=self._clock.now() + LOOK_EVERY)
            for look in looks:
                look.cancel()

    async def look(self) -> None:
        """Look once at everything."""
        async with asyncio.TaskGroup() as group:
            for route, waiting in (await self._waiting()).items():
                group.create_task(self._look(route, waiting))

    async def _waiting(self) -> dict[str, list[Untaken]]:
        """Outputs that may have been taken, by route; none of routes that are being looked at."""
        observed = (journey for journey in self._journeys.values() if _observes(journey))
        journal = next((journey.journal for journey in observed), None)
        found: defaultdict[str, list[Untaken]] = defaultdict(list)
        for one in await journal.takings.untaken() if journal else ():
            if one.route in self._journeys and one.route not in self._looking:
                found[one.route].append(one)
        return found

    async def _look(self, route: str, waiting: Sequence[Untaken]) -> None:
        journey = self._journeys.get(route)
        if journey is None:
            return
        self._looking.add(route)
        try:
            for one in waiting:
                await _look_at(journey, one)
        except AdapterError:
            return  # the place is away; its own alarms say so
        finally:
            self._looking.discard(route)


def _observes(journey: Journey) -> bool:
    places = (place for format_ in Format for place in journey.route.places("to", format_))
    return any(place.taken.by != "none" for place in places)


async def _look_at(journey: Journey, one: Untaken) -> None:
    place = _place_of(journey, one)
    if place is None or place.taken.by == "none":
        return
    adapter = await journey.places.reach(one.endpoint)
    if place.taken.receipt is not None:
        seen = await _receipt(journey, adapter, one, place.taken.receipt)
    else:
        seen = await _is_gone(adapter, one.path) and await journey.journal.takings.taken(one, place.taken.by)
    if seen:
        left = await journey.journal.takings.left(one.transfer)
        journey.report.emit(events.FILE_TAKEN, **_named(one), count=left or None)
    else:
        await _alarm(journey, one, place.taken.within)


def _place_of(journey: Journey, one: Untaken) -> Place | None:
    places = journey.route.places("to", one.to_format)
    return next((place for place in places if place.endpoint == one.endpoint), None)


async def _is_gone(adapter: Adapter, path: str) -> bool:
    """Whether the file is gone, and its folder is not: that would be a fault of the place, not a consumer's work."""
    try:
        await adapter.stat(path)
    except NotFound:
        pass
    else:
        return False
    try:
        listing = await adapter.scan(path)
    except NotFound:
        return False
    return all(entry.path != path for entry in listing.entries)


async def _receipt(journey: Journey, adapter: Adapter, one: Untaken, receipt: Receipt) -> bool:
    """Whether the receipt says that all was taken; another count, or none, is an alarm until a right one is there."""
    try:
        entry = await adapter.stat(receipt_path(receipt.path, one.path))
        content = await _content(adapter, entry)
    except NotFound:
        return False
    takings = journey.journal.takings
    if not receipt.counts:
        return await takings.taken(one, "receipt")
    if not content.strip():
        return False  # its consumer is writing it at this moment
    counted = count_of(content, receipt.counts if isinstance(receipt.counts, str) else None)
    if one.records in (None, counted):
        return await takings.taken(one, "receipt", counted)
    if await takings.disputed(one, counted):
        said = "none that can be read" if counted is None else counted
        reason = f"sent {one.records}, taken {said}"
        journey.report.emit(events.RECEIPT_DIFFERS, **_named(one), reason=reason)
    return False


def receipt_path(template: str, path: str) -> str:
    """Where the receipt of a file is: beside it, or, with a folder in the template, at the endpoint's top."""
    companion = Companion.compile(template)
    return companion.of(path.rpartition("/")[2] if "/" in template else path)


async def _content(adapter: Adapter, entry: Entry) -> bytes:
    content = b""
    async with adapter.read(entry) as chunks:
        async for chunk in chunks:
            content += chunk
            if len(content) > LARGEST:
                return b""
    return content


async def _alarm(journey: Journey, one: Untaken, within: timedelta | None) -> None:
    if within is None or one.alarmed or journey.clock.now() < one.delivered_at + within:
        return
    if await journey.journal.takings.alarmed(one):
        journey.report.emit(events.FILE_NOT_TAKEN, **_named(one))


def _named(one: Untaken) -> dict[str, str]:
    return {"transfer_id": one.transfer, "file": f"{one.endpoint}:{one.path}"}
