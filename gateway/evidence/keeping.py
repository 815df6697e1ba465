"""Keeps the kept: compresses what was kept as it came, erases what has had its time, and says when room runs out.

Nothing is erased before its time, whatever room is left: where it runs out, people are told which routes need it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from gateway import events
from gateway.errors import SpoolFailed
from gateway.journal import Erasure, Journal, Kept, Store, Term
from gateway.lifecycle import FINAL, State
from gateway.load import City
from gateway.logs.log import Reporter
from gateway.sealing import KeyMissing, sealed_name
from gateway.stores.originals import KeptFiles
from gateway.stores.spool import SHEETS, SUBSTITUTIONS
from gateway.times.clock import Clock

LOOK_EVERY = timedelta(minutes=1)
ERASE_EVERY = timedelta(hours=1)
SMALL = 4096
"""Bytes up to which a file takes one block of the disk, compressed or not."""
BATCH = 100
ALARM_AT = 0.8
"""Part of ``limits.originals`` from which people are told."""
LATELY = timedelta(days=7)
"""Over this time the growth of a route is measured."""


class Keeping:
    """The stores of kept files of one gateway."""

    def __init__(
        self,
        city: City,
        stores: Mapping[Store, KeptFiles],
        *,
        journal: Journal,
        clock: Clock,
        report: Reporter,
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        """``leads``: whether this gateway does what is done once in the city; each node keeps its own files."""
        self._leads = leads
        self._city = city
        self._stores = stores
        self._journal = journal
        self._clock = clock
        self._report = report
        self._told: set[str] = set()

    def take(self, city: City) -> None:
        """Go by another configuration."""
        self._city = city

    async def run(self, stop: asyncio.Event) -> None:
        """Look after the stores until ``stop``."""
        for store in self._stores.values():
            await asyncio.to_thread(store.sweep)
        erase_at = self._clock.now()
        while not stop.is_set():
            await self.look_at_keys()
            try:
                await self.pack(stop)
                if self._clock.now() >= erase_at:
                    await self.erase()
                    await self.look_at_room()
                    if self._leads():
                        await self.look_at_held()
                    erase_at = self._clock.now() + ERASE_EVERY
            except SpoolFailed as error:
                self._report.emit(events.KEEPING_FAILED, error=error.message, next_action=error.hint)
            await self._clock.wait(stop, until=self._clock.now() + LOOK_EVERY)

    async def pack(self, stop: asyncio.Event) -> None:
        """Compress everything that is kept as it came."""
        while not stop.is_set() and (batch := await self._journal.evidence.unpacked(BATCH)):
            for kept in batch:
                await self._pack(kept, stop)

    async def _pack(self, kept: Kept, stop: asyncio.Event) -> None:
        stored: int | None = kept.bytes
        if kept.bytes > SMALL:
            stored = await self._stores[kept.store].pack(kept.sha256, stop.is_set)
        if stored is not None:
            await self._journal.evidence.packed(kept, stored)

    async def erase(self) -> list[Erasure]:
        """Erase what has had its time; gives what was erased, as the journal keeps proof of it."""
        done = []
        for term in terms(self._city, self._clock.now()):
            forget = self._stores[term.store].forget
            while erased := await self._journal.evidence.erase(term, forget=forget):
                self._report.emit(
                    events.KEPT_ERASED, reason=erased.store, count=erased.files, bytes=erased.bytes
                )
                done.append(erased)
        return [*done, *await self._erase_sheets(), *await self._erase_rows()]

    async def _erase_sheets(self) -> list[Erasure]:
        """Sheets of bad records whose file is over, or whose row is gone."""
        until = self._clock.now() - self._city.installation.retention.diverted
        over = [
            path
            for path in sheets_before(self._city, until)
            if await self._is_over(path.name.partition(".")[0])
        ]
        if not over:
            return []
        size = sum(path.stat().st_size for path in over)
        for path in over:
            path.unlink(missing_ok=True)
        return [await self._journal.evidence.rows.proof(SHEETS, files=len(over), size=size, until=until)]

    async def _is_over(self, transfer: str) -> bool:
        found = await self._journal.find(transfer)
        return found is None or found.state in FINAL

    async def _erase_rows(self) -> list[Erasure]:
        until = self._clock.now() - self._city.installation.retention.journal
        ledgers = self._city.installation.gateway.state_dir / SUBSTITUTIONS
        done = []
        while erased := await self._journal.evidence.rows.forget(
            until, forget=lambda transfer: _forget_ledger(ledgers / f"{transfer}.csv")
        ):
            done.append(erased)
        for one in done:
            self._report.emit(events.KEPT_ERASED, reason=one.store, count=one.files, bytes=one.bytes)
        return done

    async def look_at_keys(self) -> None:
        """Tell people of each key of files at rest that cannot be had."""
        keys = self._stores["originals"].sealing.keys
        for key in keys.ids:
            try:
                await asyncio.to_thread(keys.of, key)
            except KeyMissing as error:
                self._report.emit(events.KEY_MISSING, reason=key, error=error.message, next_action=error.hint)

    async def look_at_room(self) -> None:
        """Tell people when the originals need more room than they will have."""
        limit = self._city.installation.limits.originals
        if limit is None:
            return
        room = await self._journal.evidence.room("originals")
        if room.stored < ALARM_AT * limit:
            return
        growth = await self._journal.evidence.growth(self._clock.now() - LATELY)
        left = days_left(limit - room.stored, sum(growth.values()))
        self._report.emit(
            events.ORIGINALS_NEARLY_FULL,
            bytes=room.stored,
            reason=", ".join(f"{route} {grown}" for route, grown in list(growth.items())[:5]),
            count=left,
        )

    async def look_at_held(self) -> None:
        """Tell people once of each file that waits for them longer than its time; nothing undecided is erased."""
        oldest = self._clock.now() - self._city.installation.retention.held
        for transfer in await self._journal.open_transfers():
            if (
                transfer.state is State.HELD
                and transfer.admitted_at < oldest
                and transfer.id not in self._told
            ):
                self._told.add(transfer.id)
                file = f"{transfer.endpoint}:{transfer.entry.path}"
                self._report.emit(
                    events.FILE_HELD_LONG, route=transfer.route, transfer_id=transfer.id, file=file
                )


def _forget_ledger(path: Path) -> None:
    for one in (path, sealed_name(path)):
        one.unlink(missing_ok=True)


def sheets_before(city: City, until: datetime) -> list[Path]:
    """Sheets of records that were taken out of their files, written before an instant."""
    folder = city.installation.gateway.state_dir / SHEETS
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if path.stat().st_mtime < until.timestamp())


def terms(city: City, now: datetime) -> tuple[Term, ...]:
    """What has had its time in each store."""
    retention = city.installation.retention
    spare = {name: route.keep_last for name, route in city.routes.items() if route.keep_last}
    return (
        Term(store="originals", until=now - retention.originals, keep_last=spare),
        Term(store="outputs", until=now - retention.converted),
        Term(store="states", until=now),
        Term(store="undos", until=now - retention.delta),
    )


def days_left(room: int, grown: int) -> int | None:
    """Whole days until ``room`` bytes are used up, when ``grown`` came in ``LATELY``; None if nothing came."""
    return max(room, 0) * LATELY.days // grown if grown else None
