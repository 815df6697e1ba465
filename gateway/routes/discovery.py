"""What is at the source, ready and not known yet: the first half of a route's cycle."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from adapters.base import Adapter, Entry, Listing
from adapters.errors import AdapterError, Changed, NotFound, UnreadableListing
from gateway import events
from gateway.carrying.completeness import Proof, assert_right_place, witness
from gateway.carrying.heading import day_ahead, number_ahead, says_its_day
from gateway.carrying.journey import Journey
from gateway.carrying.ownership import OwnedElsewhere
from gateway.config import Order
from gateway.cutover import Seen, Stand, counts
from gateway.journal import Admission, Transfer
from gateway.journal.port import Early
from gateway.load import City
from gateway.naming import Captured, SourcePattern
from gateway.routes.attempt import report_held
from gateway.routes.readiness import Belief, Stable, Watcher
from gateway.routes.sequence import number_in

T = TypeVar("T")

MANY = 1000
"""Entries of a listing from which it is worked on in a thread."""

BATCH = 100
"""Files that are recorded in one transaction."""


class Role(StrEnum):
    """Why a route looks at a place of its source."""

    CURRENT = "current"  # where the source stands
    EARLY = "early"  # where it will stand after its next cutover
    LATE = "late"  # where it stood before its last one


class Source:
    """One place that a route reads, with what was seen there at earlier looks."""

    def __init__(self, journey: Journey, stand: Stand, role: Role = Role.CURRENT) -> None:
        place = journey.route.source.place_of(stand)
        self._journey = journey
        self.place = place
        self._stand = stand
        self._role = role
        self._pattern = SourcePattern.compile(place.path)
        stable = place.ready.stable
        rule = (
            Stable(polls=stable.polls, quiet=stable.quiet.total_seconds())
            if stable
            else Stable(polls=1, quiet=0)
        )
        self.watcher = Watcher(rule)
        self._witness = witness(place, journey.report)
        self._refused: set[str] = set()
        self._empty: dict[str, int] = {}
        """Paths without a byte at the last look, and at how many looks in a row before it."""
        self._reconciled = False
        self._lay_there: dict[str, date] = {}
        """Not complete at the first look after a flip, by the day of that flip."""
        self._belief = Belief(share=place.listing.drop)

    def go_on(self, journey: Journey) -> None:
        """Go on by another configuration that says the same of this route."""
        self._journey = journey

    async def admit(self) -> tuple[str, ...]:
        """Look once and record every file that is ready; gives their transfers. Raises what the place raises."""
        journey, place = self._journey, self.place
        adapter = await journey.places.reach(place.endpoint)
        await assert_right_place(adapter, place)
        listing = await adapter.scan(self._pattern.glob)
        self._report(listing)
        taken = await _aside(listing.entries, self._taken)
        self._assert_believed(taken)
        exact = await adapter.exact([entry for entry in listing.entries if entry.path in taken])
        matched = await _aside(exact, lambda entries: {entry: taken[entry.path] for entry in entries})
        by_content = place.identity == "content"
        candidates = self._without_empty(exact)
        new = candidates if by_content else await self._unknown(candidates)
        ready = self.watcher.look(new, journey.clock.monotonic())
        proofs = await self._witness.proofs(adapter, ready, list(matched))
        admitted: list[str] = []
        if proofs:
            await self._assert_owned()
        matched |= await self._dated(adapter, {entry: matched[entry] for entry in proofs})
        matched |= await self._numbered(adapter, {entry: matched[entry] for entry in proofs})
        for entries in _in_groups(_in_order(journey, list(proofs), matched)):
            asked = [
                await self._admission(adapter, entry, matched[entry], proofs[entry]) for entry in entries
            ]
            admitted += await self._record([one for one in asked if one])
        if self._role is Role.CURRENT and journey.standing.fresh is not None:
            self._lay_there = {one.path: journey.standing.fresh for one in new if one not in proofs}
        keeps = journey.route.after.action == "keep"
        self._belief.believe(taken if keeps else {entry.path for entry in new} - {one.path for one in proofs})
        await self._reconcile()
        return tuple(admitted)

    def _taken(self, entries: Sequence[Entry]) -> dict[str, Captured]:
        """The paths that are meant, with what they say."""
        return {entry.path: seen for entry in entries if (seen := self._pattern.match(entry.path))}

    async def _dated(self, adapter: Adapter, ready: Mapping[Entry, Captured]) -> dict[Entry, Captured]:
        """The files whose header alone says the day, with that day, where order or cutover hangs on it."""
        journey = self._journey
        by_date = journey.route.order is not None and journey.route.order.by == "date"
        around = self._role is Role.EARLY or journey.standing.fresh is not None or bool(self._lay_there)
        form = journey.city.conversions.form(self.place, business_day(journey.city, journey.clock.now()))
        if form is None or not says_its_day(form) or not (by_date or around):
            return {}
        found = {
            entry: await day_ahead(adapter, entry, form) for entry, seen in ready.items() if not seen.date
        }
        return {entry: replace(ready[entry], date=day) for entry, day in found.items() if day}

    async def _numbered(self, adapter: Adapter, ready: Mapping[Entry, Captured]) -> dict[Entry, Captured]:
        """The files whose header says their number, with that number, where the route goes by it."""
        journey = self._journey
        item = journey.route.order.header if journey.route.order else None
        form = journey.city.conversions.form(self.place, business_day(journey.city, journey.clock.now()))
        if item is None or form is None:
            return {}
        found = {entry: await number_ahead(adapter, entry, form, item) for entry in ready}
        return {entry: replace(ready[entry], seq=number) for entry, number in found.items()}

    async def _reconcile(self) -> None:
        """Once nothing is waited for, everything that was there at a restore of the journal has been recorded."""
        if self._role is Role.CURRENT and not self._reconciled and not self.watcher.waiting():
            await self._journey.journal.reconciled(self._journey.route.name)
            self._reconciled = True

    async def owned_elsewhere(self) -> OwnedElsewhere | None:
        """The other gateway that carries the route, if one does: what waits here is not taken by this one."""
        try:
            await self._assert_owned()
        except OwnedElsewhere as other:
            return other
        return None

    async def _assert_owned(self) -> None:
        """Raise ``OwnedElsewhere`` where another gateway carries the route.

        Where the destination is away it cannot be seen whose the route is: it is, before anything is delivered.
        """
        journey = self._journey
        try:
            await journey.ownership.confirm(journey.route.to.place_of(journey.standing.to))
        except OwnedElsewhere:
            raise
        except AdapterError:
            return

    def _assert_believed(self, listed: Collection[str]) -> None:
        if lost := self._belief.lost(listed):
            hint = "see what happened there; if it was right, write a larger drop, or touch the route's file"
            raise UnreadableListing(f"{lost} files are gone at once, {len(listed)} are left", hint=hint)

    def _without_empty(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """The entries without those of no byte, unless such count here. One that stays so is told of once."""
        if self._may_be_empty():
            return entries
        seen = self._empty
        self._empty = {entry.path: seen.get(entry.path, -1) + 1 for entry in entries if entry.size == 0}
        for path in (path for path, looks in self._empty.items() if looks == 1):
            self._journey.report.emit(events.FILE_EMPTY, file=f"{self.place.endpoint}:{path}")
        return [entry for entry in entries if entry.size != 0]

    def waiting(self) -> tuple[str, ...]:
        """The paths that are there and not complete; those without a byte may never be."""
        return *self.watcher.waiting(), *self._empty

    def _may_be_empty(self) -> bool:
        """Whether a file without a byte may count as complete: something else says so, or the route expects it."""
        ready, expect = self.place.ready, self._journey.route.expect
        return bool(ready.marker or ready.manifest) or (expect is not None and expect.empty == "allowed")

    async def _admission(
        self, adapter: Adapter, entry: Entry, seen: Captured, proof: Proof
    ) -> Admission | None:
        """The file as it is to be recorded; None if it turns out to be one that is known."""
        if self.place.identity != "content":
            return self._told(entry, seen, proof, content="")
        try:
            content = await self._content(adapter, entry)
        except (NotFound, Changed):
            return None  # written anew at this moment: the next look takes it
        journal, route = self._journey.journal, self._journey.route.name
        if content == await journal.last_content(route, self.place.endpoint, entry.path):
            self.watcher.forget(entry.path)
            return None
        return self._told(entry, seen, proof, content=content)

    async def _unknown(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        return await self._journey.journal.unknown(self._journey.route.name, self.place.endpoint, entries)

    async def _content(self, adapter: Adapter, entry: Entry) -> str:
        """The digest of a file whose listing does not tell its contents apart."""
        digest = hashlib.sha256()
        async with adapter.read(entry) as chunks:
            async for chunk in chunks:
                digest.update(chunk)
        return digest.hexdigest()

    async def hints(self) -> AsyncIterator[None]:
        """Yields when something may have arrived, where the place can tell."""
        adapter = await self._journey.places.reach(self.place.endpoint)
        if adapter.features.events:
            async for _ in adapter.hints(self._pattern.glob):
                yield

    def _told(self, entry: Entry, seen: Captured, proof: Proof, *, content: str) -> Admission:
        journey = self._journey
        business_date = seen.date or business_day(journey.city, journey.clock.now())
        return Admission(
            route=journey.route.name,
            endpoint=self.place.endpoint,
            entry=entry,
            from_format=self._stand.format,
            business_date=business_date,
            early=self._early(entry, seen, business_date),
            late=self._role is Role.LATE,
            content=content,
            companion=proof.companion,
            stated_sha256=proof.sha256,
            stated_records=proof.records,
            wrong_mode=proof.contradicts(self._stand.format, self.place.content),
            numbered=is_numbered(journey.route.order),
            number=number_of(journey.route.order, entry, seen),
            hold_revisions=journey.route.revisions == "hold",
        )

    async def _record(self, admissions: Sequence[Admission]) -> list[str]:
        """Write the files down; gives the transfers of those that were not known."""
        journey = self._journey
        recorded = await journey.journal.admit_all(admissions)
        for admission in admissions:
            self.watcher.forget(admission.entry.path)
        # said only now: the cutover may have been made since this look began, and settles what is written down
        journey.standing.too_early |= any(admission.early == "wait" for admission in admissions)
        new = [transfer for transfer in recorded if transfer is not None]
        for transfer in new:
            file = f"{transfer.endpoint}:{transfer.entry.path}"
            journey.report.emit(events.FILE_ADMITTED, transfer_id=transfer.id, file=file)
            report_held(journey, transfer)
        return [transfer.id for transfer in new]

    def _early(self, entry: Entry, seen: Captured, business_date: date) -> Early:
        """What becomes of a file that is here before the cutover: material for a comparison, or it waits."""
        change = self._journey.standing.expected
        fresh = self._journey.standing.fresh or self._lay_there.get(entry.path)
        end, zone = self._journey.route.source, self._journey.zone
        number = number_of(self._journey.route.order, entry, seen)
        told = seen_early(entry, seen, business_date, number, zone)
        if self._role is Role.CURRENT and fresh is not None:
            return "" if counts(told, end.first_counted, fresh) else "wait"
        if self._role is not Role.EARLY or change is None:
            return ""
        if end.early == "wait" or self._journey.clock.now() >= change.planned:
            return "wait"
        counted = end.start_from is not None and counts(told, end.first_counted, business_date)
        return "wait" if counted else "compare"

    def _report(self, listing: Listing) -> None:
        for name, why in listing.refused:
            if name not in self._refused:
                self._journey.report.emit(
                    events.NAME_REFUSED, file=f"{self.place.endpoint}:{name}", error=why
                )
        self._refused = {name for name, _ in listing.refused}
        if listing.unparsed:
            self._journey.report.emit(
                events.LISTING_PARTLY_READ, endpoint=self.place.endpoint, count=listing.unparsed
            )


async def _aside(entries: Sequence[Entry], work: Callable[[Sequence[Entry]], T]) -> T:
    """Work on a listing; on a long one in a thread, so that other routes do not wait for it."""
    return await asyncio.to_thread(work, entries) if len(entries) > MANY else work(entries)


def business_day(city: City, now: datetime) -> date:
    """The business day of an instant: it starts when the installation says."""
    starts = city.installation.gateway.business_day_starts
    offset = timedelta(hours=starts.hour, minutes=starts.minute)
    return (now.astimezone(city.installation.zone) - offset).date()


def _in_groups(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """In groups that one transaction records without keeping others from the journal for long."""
    for start in range(0, len(entries), BATCH):
        yield entries[start : start + BATCH]


def seen_early(entry: Entry, seen: Captured, business_date: date, number: int | None, zone: ZoneInfo) -> Seen:
    """What an early file says of itself."""
    said = datetime.combine(seen.date, seen.time or time(), tzinfo=zone) if seen.date else None
    return Seen(name=entry.name, business_date=business_date, sequence=number, time=said)


def seen_again(
    order: Order | None, transfer: Transfer, pattern: str, recorded: int | None, zone: ZoneInfo
) -> Seen:
    """What a file said of itself that was found early; ``recorded``: its number, if its route goes by numbers."""
    seen = SourcePattern.compile(pattern).match(transfer.entry.path) or _NOTHING
    number = number_of(order, transfer.entry, seen) if recorded is None else recorded
    return seen_early(transfer.entry, seen, transfer.business_date, number, zone)


_NOTHING = Captured(date=None, time=None, seq=None, name="", stem="", suffix="")


def is_numbered(order: Order | None) -> bool:
    """Whether the files of a route carry numbers, of which none may be missing or come twice."""
    return order is not None and order.is_numbered


def number_of(order: Order | None, entry: Entry, seen: Captured) -> int | None:
    """The number that a file carries, if its route's files carry any."""
    if order is not None and order.sequence is not None:
        return number_in(entry.name, order.sequence)
    return seen.seq


def _in_order(journey: Journey, ready: Sequence[Entry], matched: dict[Entry, Captured]) -> list[Entry]:
    """Files go in the order that the route names; by name if it names none."""
    by = journey.route.order.by if journey.route.order else "name"
    by = "sequence" if journey.route.order and journey.route.order.header else by
    if by == "found":
        return list(ready)
    if by == "date":
        return sorted(ready, key=lambda entry: (matched[entry].date or date.min, entry.path))
    if by == "sequence":
        order = journey.route.order
        return sorted(ready, key=lambda entry: (number_of(order, entry, matched[entry]) or 0, entry.path))
    return sorted(ready, key=lambda entry: entry.path)
