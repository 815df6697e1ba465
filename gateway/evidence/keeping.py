"""Keeps the kept: compresses what was kept as it came, erases what has had its time, and says when room runs out.

Nothing is erased before its time, whatever room is left: where it runs out, people are told which routes need it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from adapters.base import Adapter
from adapters.errors import AdapterError, NotFound
from gateway import events
from gateway.errors import NotErased, SpoolFailed
from gateway.evidence.drawers import Drawer, Lying, drawers
from gateway.journal import Erasure, Journal, Kept, Shadow, Store, Term
from gateway.lifecycle import FINAL, State
from gateway.load import City
from gateway.logs.log import Reporter
from gateway.sealing import KeyMissing, sealed_name
from gateway.stores.originals import KeptFiles
from gateway.stores.spool import SUBSTITUTIONS
from gateway.times.clock import Clock, Steadiness

LOOK_EVERY = timedelta(minutes=1)
ERASE_EVERY = timedelta(hours=1)
SMALL = 4096
"""Bytes up to which a file takes one block of the disk, compressed or not."""
BATCH = 100
ALARM_AT = 0.8
"""Part of ``limits.originals`` from which people are told."""
LATELY = timedelta(days=7)
"""Over this time the growth of a route is measured."""
PATIENCE = 10 * 60.0
"""Seconds that erasing at shadow places may take; what is left then is erased the next time."""

Reach = Callable[[str], Awaitable[Adapter]]


@dataclass(frozen=True, kw_only=True)
class Stock:
    """What a store holds: files (rows, of the journal), bytes on disk, and how many have had their time."""

    store: str
    files: int
    stored: int
    due: int


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
        reach: Reach,
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        """``leads``: whether this gateway does what is done once in the city; each node keeps its own files."""
        self._reach = reach
        self._leads = leads
        self._city = city
        self._stores = stores
        self._journal = journal
        self._clock = clock
        self._report = report
        self._told: set[str] = set()
        self._steadiness = Steadiness(clock)
        self._stepped = False

    def take(self, city: City) -> None:
        """Go by another configuration."""
        self._city = city

    async def run(self, stop: asyncio.Event) -> None:
        """Look after the stores until ``stop``."""
        for store in self._stores.values():
            await asyncio.to_thread(store.sweep)
        erase_at = self._clock.monotonic()
        while not stop.is_set():
            await self.look_at_keys()
            steady = self._is_steady()
            try:
                if self._looks_after_files():
                    await self.pack(stop)
                if self._clock.monotonic() >= erase_at:
                    if self._looks_after_files():
                        await self.look_at_room()
                    if self._leads():
                        await self.look_at_held()
                    if steady:
                        await self.erase()
                    erase_at = self._clock.monotonic() + ERASE_EVERY.total_seconds()
            except (SpoolFailed, NotErased) as error:
                self._report.emit(events.KEEPING_FAILED, error=error.message, next_action=error.hint)
            await self._clock.wait(stop, until=self._clock.now() + LOOK_EVERY)

    def _looks_after_files(self) -> bool:
        """Whether the stores are this gateway's to look after: its own, or those of all where it leads."""
        return self._leads() or not self._stores["originals"].common

    def _is_steady(self) -> bool:
        """Whether ages can be told. By a clock that is in doubt nothing is erased, and people are told."""
        rule = self._city.installation.clock
        doubt = self._steadiness.doubt(rule.max_step, synchronised=rule.synchronised == "required")
        if doubt == "stepped" and not self._stepped:
            self._report.emit(events.CLOCK_STEPPED, reason=f"{self._steadiness.jumped():.0f} seconds")
        if doubt == "unsynchronised":  # again at each look, for as long as it lasts
            self._report.emit(events.CLOCK_UNSYNCHRONISED)
        self._stepped = doubt == "stepped"
        return not doubt

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
        """Erase what has had its time; gives what was erased, as the journal keeps proof of it.

        Where a store cannot be erased the others are all the same, and the first fault is raised at the end.
        """
        done: list[Erasure] = []
        failed: list[SpoolFailed | NotErased] = []
        for erase in (self._erase_kept, self._erase_drawers, self._erase_rows, self._erase_shadows):
            try:
                await erase(done)
            except (SpoolFailed, NotErased) as error:
                failed.append(error)
        if failed:
            raise failed[0]
        return done

    def _erased(self, proof: Erasure, done: list[Erasure]) -> None:
        self._report.emit(events.KEPT_ERASED, reason=proof.store, count=proof.files, bytes=proof.bytes)
        done.append(proof)

    async def _erase_kept(self, done: list[Erasure]) -> None:
        if not self._looks_after_files():
            return
        for term in terms(self._city, self._clock.now()):
            if self._stores[term.store].common:
                await asyncio.to_thread(self._stores[term.store].sweep)
            forget = self._stores[term.store].forget
            while erased := await self._journal.evidence.erase(term, forget=forget):
                self._erased(erased, done)

    async def _erase_drawers(self, done: list[Erasure]) -> None:
        for drawer in await asyncio.to_thread(drawers, self._city, self._clock.now()):
            due = await self._due(drawer)
            try:
                for one in due:
                    await asyncio.to_thread(drawer.remove, one.path)
            except OSError as error:
                hint = f"see who may write to {error.filename}, then: linkage-gateway purge"
                raise SpoolFailed(f"{drawer.store} cannot be erased: {error}", hint=hint) from error
            if due:
                counts = {"files": len(due), "size": sum(one.size for one in due)}
                proof = await self._journal.evidence.rows.proof(drawer.store, **counts, until=drawer.until)
                self._erased(proof, done)

    async def _due(self, drawer: Drawer) -> list[Lying]:
        """What of a drawer may be erased now."""
        return [
            one
            for one in drawer.due
            if not drawer.awaits_end or await self._is_over(one.path.name.partition(".")[0])
        ]

    async def _is_over(self, transfer: str) -> bool:
        found = await self._journal.find(transfer)
        return found is None or found.state in FINAL

    async def _erase_rows(self, done: list[Erasure]) -> None:
        until = self._clock.now() - self._city.installation.retention.journal
        ledgers = self._city.installation.gateway.state_dir / SUBSTITUTIONS
        if not self._leads():
            await self._tidy(ledgers, until)
            return
        while erased := await self._journal.evidence.rows.forget(
            until, forget=lambda transfer: _forget_ledger(ledgers / f"{transfer}.csv")
        ):
            self._erased(erased, done)

    async def _tidy(self, ledgers: Path, until: datetime) -> None:
        """Remove this node's ledgers of substitutions of files whose rows another one removed."""
        for path in await asyncio.to_thread(lambda: list(ledgers.glob("*"))):
            is_old = path.stat().st_mtime < until.timestamp()
            if is_old and await self._journal.find(path.name.partition(".")[0]) is None:
                path.unlink(missing_ok=True)

    async def _erase_shadows(self, done: list[Erasure]) -> None:
        """What was written to shadow places; a place that does not answer keeps no other from being erased."""
        if not self._leads():
            return
        until = self._clock.now() - self._city.installation.retention.shadow
        failed: dict[str, NotErased] = {}
        for shadow in await self._journal.shadows.due(until):
            endpoint = self._shadow_place(shadow)
            if endpoint in failed:
                continue
            try:
                async with asyncio.timeout(PATIENCE):
                    removed = await self._remove_shadow(endpoint, shadow)
            except (AdapterError, TimeoutError) as error:
                message = f"the shadow {endpoint}:{shadow.path} cannot be erased: {error or 'no answer'}"
                failed[endpoint] = NotErased(message, hint=f"linkage-gateway doctor {endpoint}")
                continue
            proof = await self._journal.shadows.over([shadow], [shadow] if removed else [], until)
            if proof is not None:
                self._erased(proof, done)
        if failed:
            raise next(iter(failed.values()))

    def _shadow_place(self, shadow: Shadow) -> str:
        """The endpoint where a shadow is; empty if it is not known any more."""
        route = self._city.routes.get(shadow.route)
        written = route.shadow.endpoint if route is not None and route.shadow is not None else ""
        endpoint = shadow.endpoint or written
        return endpoint if endpoint in self._city.endpoints else ""

    async def _remove_shadow(self, endpoint: str, shadow: Shadow) -> bool:
        """Whether it was there and is gone. What is not ours any more is left, and people are told."""
        if not endpoint:
            self._left(shadow, "its endpoint is not configured any more")
            return False
        adapter = await self._reach(endpoint)
        try:
            there = await adapter.stat(shadow.path)
            if shadow.identity and there.identity != shadow.identity:
                self._left(shadow, "another file has its name now")
                return False
            await adapter.remove(there)
        except NotFound:
            return False
        return True

    def _left(self, shadow: Shadow, why: str) -> None:
        file = f"{shadow.endpoint}:{shadow.path}"
        self._report.emit(
            events.SHADOW_LEFT, route=shadow.route, transfer_id=shadow.transfer, destination=file, reason=why
        )

    async def stock(self) -> list[Stock]:
        """What every store holds now."""
        evidence, now, stock = self._journal.evidence, self._clock.now(), []
        for term in terms(self._city, now):
            room, due = await evidence.room(term.store), len(await evidence.due(term))
            stock.append(Stock(store=term.store, files=room.files, stored=room.stored, due=due))
        for drawer in await asyncio.to_thread(drawers, self._city, now):
            size, due = sum(one.size for one in drawer.files), len(await self._due(drawer))
            stock.append(Stock(store=drawer.store, files=len(drawer.files), stored=size, due=due))
        retention = self._city.installation.retention
        files, size = await self._journal.shadows.standing()
        due = len(await self._journal.shadows.due(now - retention.shadow))
        stock.append(Stock(store="shadow", files=files, stored=size, due=due))
        known, due = await evidence.rows.known(), await evidence.rows.due(now - retention.journal)
        return [*_together(stock), Stock(store="journal", files=known, stored=0, due=due)]

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


def _together(stock: list[Stock]) -> list[Stock]:
    """One row a store, in their order; there is a drawer for each series of comparisons, and none before the first."""
    names = dict.fromkeys([*(one.store for one in stock), "comparison"])
    return [
        Stock(
            store=name,
            files=sum(one.files for one in stock if one.store == name),
            stored=sum(one.stored for one in stock if one.store == name),
            due=sum(one.due for one in stock if one.store == name),
        )
        for name in names
    ]


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
