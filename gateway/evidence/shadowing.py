"""Side by side (並行確認): deliveries written to a shadow place as well, and comparisons made when they fall due.

Beside the routes, never on a file's way: all of it looks afterwards at what the journal shows as delivered, out of the
kept originals. A shadow place is an endpoint of its own, and a comparison a process of its own with the lowest
priority, so that neither takes a connection, a thread or a core from a delivery. A fault is an event, never more.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from adapters.base import Adapter, Entry, Target
from adapters.errors import AdapterError, AlreadyThere
from gateway import events
from gateway.carrying.journey import Journey, found_in, name_values, named
from gateway.config import Place
from gateway.errors import GatewayError
from gateway.evidence.comparing import Comparing, shadow_format, sweep
from gateway.evidence.drawers import REPORTS
from gateway.formats import BadRecords, FormatFaults
from gateway.formats.ondisk import AnyFile, created, opened
from gateway.journal import Shadow, Transfer
from gateway.lifecycle import State
from gateway.load import NoConversion
from gateway.naming import DestinationName
from gateway.stores.spool import CHUNK, digest_of
from gateway.times.clock import Clock

LOOK_EVERY = timedelta(minutes=1)
LATEST = timedelta(days=1)
"""A delivery whose shadow could not be written for this long is not tried any more."""
PATIENCE = 30 * 60.0
"""Seconds that one shadow may take to be written."""


class Shadowing:
    """Shadows and comparisons of all routes."""

    def __init__(self, journeys: Mapping[str, Journey], clock: Clock) -> None:
        self._journeys = journeys
        self._clock = clock
        self._busy: set[str] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Look every minute until ``stop``; a route whose shadow place is slow holds up no other."""
        async with asyncio.TaskGroup() as group:
            looks: list[asyncio.Task[None]] = []
            while not stop.is_set():
                first = next(iter(self._journeys.values()), None)
                if first is not None:
                    await asyncio.to_thread(sweep, first.city, self._clock.now())
                looks = [look for look in looks if not look.done()]
                looks += [
                    group.create_task(self._look(journey), name=f"shadow {name}")
                    for name, journey in self._journeys.items()
                    if (journey.route.shadow or journey.route.compare) and name not in self._busy
                ]
                await self._clock.wait(stop, until=self._clock.now() + LOOK_EVERY)
            for look in looks:
                look.cancel()

    async def _look(self, journey: Journey) -> None:
        name = journey.route.name
        self._busy.add(name)
        try:
            if journey.route.shadow is not None:
                await shadow_all(journey, journey.route.shadow)
            if journey.route.compare is not None:
                await compare_due(journey)
        except GatewayError as error:
            journey.report.emit(events.COMPARISON_FAILED, error=error.message, next_action=error.hint)
        finally:
            self._busy.discard(name)


async def shadow_all(journey: Journey, place: Place) -> None:
    """Write the shadows that are to be written, one after another, while the route has nothing else to do."""
    since = journey.clock.now() - LATEST
    for transfer in await journey.journal.shadows.unshadowed(journey.route.name, since):
        if await _is_busy(journey):
            return
        found = await journey.journal.find(transfer)
        assert found is not None, "the journal named it"
        await _shadow(journey, place, found)


async def _is_busy(journey: Journey) -> bool:
    """Whether a file of the route is on its way; those that are held or wait for their next try are not."""
    opened = await journey.journal.open_transfers(journey.route.name)
    return any(one.state is not State.HELD and one.retry_at is None for one in opened)


async def _shadow(journey: Journey, place: Place, transfer: Transfer) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            written = await _written(journey, place, transfer)
    except (AdapterError, GatewayError, NoConversion, FormatFaults, BadRecords, TimeoutError) as reason:
        said = _said(reason)
        if await journey.journal.shadows.failed(transfer.id, said):
            journey.report.emit(
                events.SHADOW_FAILED,
                **named(transfer),
                endpoint=place.endpoint,
                error_kind=type(reason).__name__,
                error=said,
            )
        return
    await journey.journal.shadows.written(written)
    there = f"{written.endpoint}:{written.path}"
    journey.report.emit(events.SHADOW_WRITTEN, **named(transfer), destination=there)


async def _written(journey: Journey, place: Place, transfer: Transfer) -> Shadow:
    """Make the other format out of the original and write it."""
    root = journey.city.installation.gateway.state_dir / REPORTS
    await asyncio.to_thread(root.mkdir, mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix=".shadow-") as folder:
        made = await _made(journey, place, transfer, Path(folder))
        stored = await asyncio.to_thread(digest_of, made)
        adapter = await journey.places.reach(place.endpoint)
        names = DestinationName.compile(place.path).candidates(name_values(journey, transfer, 0))
        for path in names:
            target = Target(
                path=path,
                temporary=adapter.temporary(path, transfer.token),
                size=stored.size,
                sha256=stored.sha256,
            )
            if there := await _there(adapter, target, made):
                return Shadow(
                    transfer=transfer.id,
                    route=transfer.route,
                    endpoint=place.endpoint,
                    path=path,
                    bytes=stored.size,
                    identity=there.identity,
                )
    raise GatewayError("every name at the shadow place is taken", hint="write {date} and {time} in its path")


async def _there(adapter: Adapter, target: Target, made: AnyFile) -> Entry | None:
    """The file, which is there now; None if another one has the name."""
    try:
        return await adapter.write(target, _chunks(made))
    except AlreadyThere:
        there = await adapter.stat(target.path)
        return there if there.size == target.size else None


async def _made(journey: Journey, place: Place, transfer: Transfer, folder: Path) -> AnyFile:
    original, made = (journey.spool.sealing.new(folder / name) for name in ("original", "made"))
    with created(original) as file:
        async for chunk in journey.kept["originals"].open(transfer.sha256):
            await asyncio.to_thread(file.write, chunk)
    source = transfer.from_format, found_in(journey.route, transfer)
    target = shadow_format(transfer), place
    converter = journey.city.conversion(journey.route, source, target, transfer.business_date)
    if converter is None:
        return original
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="shadow") as worker:
        await asyncio.get_running_loop().run_in_executor(worker, converter.convert, original, made)
    return made


async def _chunks(made: AnyFile) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(opened, made)
    try:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk
    finally:
        await asyncio.to_thread(file.close)


def _said(reason: Exception) -> str:
    if isinstance(reason, TimeoutError):
        return f"not written within {PATIENCE / 60:.0f} minutes"
    return reason.message if isinstance(reason, AdapterError | GatewayError) else str(reason)


async def compare_due(journey: Journey) -> None:
    """Have a process of its own make the comparisons that are due, and say how they came out."""
    work = Comparing(journey.city, journey.journal, journey.kept["originals"], journey.clock)
    if not await work.due(journey.route.name):
        return
    for row in await _compared(journey):
        event = events.COMPARISON_MADE if row["clean"] else events.COMPARISON_DIFFERS
        reason = f"{row['slot']}: {row['result']}"
        journey.report.emit(event, count=row["unexplained"], reason=reason, error=row["detail"])


async def _compared(journey: Journey) -> list[dict[str, Any]]:
    command = (sys.executable, "-m", "gateway", "--config", str(journey.city.directory), "compare")
    process = await asyncio.create_subprocess_exec(
        *command,
        journey.route.name,
        "--gently",
        "--json",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    try:
        rows: list[dict[str, Any]] = json.loads(said)
    except ValueError:
        hint = f"linkage-gateway compare {journey.route.name}"
        raise GatewayError(f"the comparison ended with {process.returncode}", hint=hint) from None
    return rows
