"""One file's journey, one function for each step; each ends with one durable fact in the journal.

    admitted --fetch--> spooled --convert--> converted --claim--> claimed --deliver--> delivered --settle--> settled

``carry`` goes on from whatever state the journal shows, so that the way after a crash is the same code as the way
without one. The source is touched only after the destination is verified and the journal has said so.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from adapters.base import Adapter, Entry, Target
from adapters.errors import AlreadyThere, Changed, NotFound, NotReady
from gateway import events
from gateway.completeness import is_there
from gateway.config import Place
from gateway.errors import Held, Reason
from gateway.formats import BadRecords, Converted, Converter, FormatFaults, count_records
from gateway.journal import Claim, Journal, Name, Output, Transfer
from gateway.journey import Journey, name_values, named
from gateway.lifecycle import State
from gateway.load import NoConversion
from gateway.model import Format
from gateway.naming import Companion, DestinationName
from gateway.settlement import settle
from gateway.spool import CONVERTED, ORIGINAL, Stored

REPORT = "report.json"
SAMPLE = 16
"""With ``verify: sampled`` one file of so many is read back."""

EMPTY = hashlib.sha256().hexdigest()
ROOM = 3  # original, converted and the reverse check, each about as large as the source


Step = Callable[[Journey, Transfer], Awaitable[Transfer]]


async def carry(journey: Journey, transfer: Transfer) -> Transfer:
    """Take the transfer as far as it goes. Raises what a step raises; the journal then says how far it came."""
    room = ROOM * (transfer.entry.size or 0)
    await journey.spool.reserve(room)
    try:
        while step := STEPS.get(transfer.state):
            transfer = await step(journey, transfer)
    finally:
        await journey.spool.give_back(room)
    return transfer


async def fetch(journey: Journey, transfer: Transfer) -> Transfer:
    """Copy the source into the spool. The source must be the one that was admitted, before and after."""
    source = await journey.places.reach(transfer.endpoint)
    try:
        async with source.read(transfer.entry) as chunks:
            stored = await journey.spool.store(transfer.id, ORIGINAL, chunks)
    except Changed:
        journey.report.emit(events.FILE_WITHDRAWN, **named(transfer))
        return await journey.journal.withdrawn(transfer)
    except NotFound:
        hint = "ask the source to put it there again, then release it"
        raise Held(Reason.SOURCE_GONE, "the file went away before it was read", hint=hint) from None
    if transfer.stated_sha256 not in ("", stored.sha256):
        raise _not_as_stated("content")
    journey.report.emit(events.FILE_SPOOLED, **named(transfer), bytes=stored.size)
    return await journey.journal.spooled(transfer, size=stored.size, sha256=stored.sha256)


def _not_as_stated(what: str) -> Held:
    hint = "ask the source which of the two is right, and for both anew"
    return Held(Reason.NOT_AS_STATED, f"the file's {what} is not what its manifest states", hint=hint)


async def convert(journey: Journey, transfer: Transfer) -> Transfer:
    """Make the output in the form that the destination speaks now, or take the original where forms are equal."""
    if not _sends_unchanged(journey, transfer) and await journey.journal.same_as_last(transfer):
        journey.report.emit(events.FILE_UNCHANGED, **named(transfer))
        return await journey.journal.skipped(transfer)
    to_format = journey.formats.at(journey.clock.now())[1]
    converter = _converter(journey, transfer, to_format)
    if converter is None:
        output, records = await _passed_through(journey, transfer, to_format)
    else:
        output, records = await _converted(journey, transfer, converter, to_format)
    if transfer.stated_records not in (None, records) and records is not None:
        raise _not_as_stated("number of records")
    journey.report.emit(events.FILE_CONVERTED, **named(transfer), records=records)
    return await journey.journal.converted(transfer, output, records=records)


def _converter(journey: Journey, transfer: Transfer, to_format: Format) -> Converter | None:
    try:
        return journey.city.converter(journey.route, transfer.from_format, to_format)
    except (NoConversion, FormatFaults) as missing:
        hint = "add the mapping to the route's convert, then release the file"
        raise Held(Reason.NO_CONVERSION, str(missing), hint=hint) from None


def _sends_unchanged(journey: Journey, transfer: Transfer) -> bool:
    """Whether a file that came again with the same content goes out again."""
    place = journey.route.place("from", transfer.from_format)
    differential = place is not None and place.content == "differential"
    return (journey.route.unchanged or ("deliver" if differential else "skip")) == "deliver"


async def _passed_through(
    journey: Journey, transfer: Transfer, to_format: Format
) -> tuple[Output, int | None]:
    form = journey.city.form(journey.route, "from", transfer.from_format)
    path = journey.spool.path(transfer.id, ORIGINAL)
    records = None if form is None else await asyncio.to_thread(count_records, form, path)
    stored = Stored(size=transfer.bytes or 0, sha256=transfer.sha256)
    return _output(to_format, ORIGINAL, stored, records), records


async def _converted(
    journey: Journey, transfer: Transfer, converter: Converter, to_format: Format
) -> tuple[Output, int | None]:
    original = journey.spool.path(transfer.id, ORIGINAL)
    counted: list[Converted] = []

    def work(path: Path) -> None:
        counted.append(converter.convert(original, path))
        converter.verify(original, path)

    try:
        stored = await journey.spool.make(transfer.id, CONVERTED, work)
    except BadRecords as bad:
        raise await _quarantined(journey, transfer, bad) from None
    return _output(to_format, CONVERTED, stored, counted[0].records_out), counted[0].records_in


def _output(to_format: Format, name: str, stored: Stored, records: int | None) -> Output:
    return Output(
        to_format=to_format, spool_name=name, bytes=stored.size, sha256=stored.sha256, records=records
    )


async def _quarantined(journey: Journey, transfer: Transfer, bad: BadRecords) -> Held:
    """Keep a report beside the original, and say the first fault. No value of a record is in either."""
    path = await journey.spool.write_report(
        transfer.id, REPORT, json.dumps(asdict(bad.report), ensure_ascii=False, indent=2)
    )
    first = bad.report.records[0]
    where = f"record {first.record}, item {first.item}, offset {first.offset}: {first.message} ({first.rule})"
    more = f"; {bad.report.total - 1} more" if bad.report.total > 1 else ""
    reason = Reason.ROUND_TRIP if first.rule == "round-trip" else Reason.BAD_RECORDS
    hint = f"have the source mend the file, or the layout if that is wrong; all faults: {path}"
    return Held(reason, where + more, hint=hint)


async def claim(journey: Journey, transfer: Transfer) -> Transfer:
    """Fix format and names for good, unless the destination changed its format since the conversion."""
    to_format = journey.formats.at(journey.clock.now())[1]
    if transfer.output is None or transfer.output.to_format is not to_format:
        return await journey.journal.reconverted(transfer)
    place = _destination(journey, transfer)
    adapter = await journey.places.reach(place.endpoint)
    name = DestinationName.compile(place.path)

    def names(number: int) -> Iterator[Name]:
        for path in name.candidates(name_values(journey, transfer, number)):
            yield Name(path=path, temporary=adapter.temporary(path, transfer.token))

    series = f"{transfer.route}/{to_format}" if name.uses("seq") else None
    claimed = await journey.journal.claimed(
        transfer, Claim(endpoint=place.endpoint, names=names, series=series)
    )
    journey.report.emit(events.FILE_CLAIMED, **named(claimed))
    return claimed


async def deliver(journey: Journey, transfer: Transfer) -> Transfer:
    """Write under the journalled temporary name, then publish under the journalled final name."""
    output, place = _output_of(transfer), _destination(journey, transfer)
    adapter = await journey.places.reach(output.endpoint)
    if output.handle:
        await adapter.discard(output.handle, output.path)
    if place.exists == "wait":
        await _wait_until_taken(adapter, output)
    steps = Publication(journey.journal, transfer)
    target = Target(
        path=output.path,
        temporary=output.temporary,
        size=output.bytes,
        sha256=output.sha256,
        replace=place.exists == "replace",
        staging=steps.staging,
        publishing=steps.publishing,
    )
    try:
        written = await adapter.write(target, journey.spool.read(transfer.id, output.spool_name))
    except AlreadyThere:
        if steps.transfer.state is not State.PUBLISHING:
            raise _name_taken() from None
        return steps.transfer
    if _reads_back(journey, transfer, adapter):
        await _verify(adapter, written, output)
    return await _delivered(journey, steps.transfer)


@dataclass
class Publication:
    """Tells the journal of each step of a write before it is taken."""

    journal: Journal
    transfer: Transfer

    async def staging(self, handle: str) -> None:
        """The first byte is about to go out."""
        self.transfer = await self.journal.staging(self.transfer, handle)

    async def publishing(self) -> None:
        """The file is about to become visible."""
        self.transfer = await self.journal.publishing(self.transfer)


def _reads_back(journey: Journey, transfer: Transfer, adapter: Adapter) -> bool:
    """Whether this file is read back: always where the place gives no size to compare, else as the route says."""
    how = journey.route.verify
    sampled = how == "sampled" and int(transfer.token, 36) % SAMPLE == 0
    return how == "full" or sampled or not adapter.features.byte_size


async def _verify(adapter: Adapter, written: Entry, output: Output) -> None:
    try:
        same = await _holds(adapter, written, output)
    except (NotFound, Changed):
        return  # the consumer took it already, and writing had been confirmed
    if not same:
        hint = "see what the destination or the line does to files (text mode, record lengths); then release"
        raise Held(
            Reason.NOT_AS_SENT, "read back, the destination shows other bytes than were sent", hint=hint
        )


async def _wait_until_taken(adapter: Adapter, output: Output) -> None:
    try:
        await adapter.stat(output.path)
    except NotFound:
        return
    raise NotReady("the destination has not taken the last file yet")


def _name_taken() -> Held:
    hint = "see who writes there; give our files a name of their own, or say exists: wait or replace"
    return Held(Reason.NAME_TAKEN, "the destination has another file under the final name", hint=hint)


async def _delivered(journey: Journey, transfer: Transfer) -> Transfer:
    """Complete and verified under its final name: the marker says so to the consumer, then the journal to us."""
    place = _destination(journey, transfer)
    if place.marker is not None:
        await _mark(journey, transfer, place.marker)
    keep_name = place.exists == "refuse"
    delivered = await journey.journal.delivered(transfer, keep_name=keep_name)
    journey.report.emit(events.FILE_DELIVERED, **named(delivered))
    return delivered


async def _mark(journey: Journey, transfer: Transfer, template: str) -> None:
    """Write the empty marker beside the file. Writing it again after a crash changes nothing."""
    output = _output_of(transfer)
    adapter = await journey.places.reach(output.endpoint)
    path = Companion.compile(template).of(output.path)
    temporary = adapter.temporary(path, transfer.token)
    marker = Target(path=path, temporary=temporary, size=0, sha256=EMPTY, replace=True)
    await adapter.write(marker, _nothing())


async def _nothing() -> AsyncIterator[bytes]:
    for chunk in tuple[bytes, ...]():
        yield chunk


async def resolve(journey: Journey, transfer: Transfer) -> Transfer:
    """Publishing was begun and its end is not known: ask the place, and never send a second time blindly."""
    output, place = _output_of(transfer), _destination(journey, transfer)
    adapter = await journey.places.reach(output.endpoint)
    try:
        seen = await adapter.stat(output.path)
    except NotFound:
        return await _not_visible(journey, transfer, adapter, place)
    if await _holds(adapter, seen, output):
        if output.handle:
            await adapter.discard(output.handle, output.path)
        return await _delivered(journey, transfer)
    if place.exists == "replace" or await is_there(adapter, output.temporary):
        return await journey.journal.unpublished(transfer)
    raise _name_taken()


async def _not_visible(journey: Journey, transfer: Transfer, adapter: Adapter, place: Place) -> Transfer:
    collects = place.taken.by in ("removed", "renamed")
    if collects and not await is_there(adapter, _output_of(transfer).temporary):
        hint = "ask the consumer whether it took the file; release sends it again, discard ends it"
        raise Held(Reason.PERHAPS_COLLECTED, "it may have been published and already collected", hint=hint)
    return await journey.journal.unpublished(transfer)


async def _holds(adapter: Adapter, entry: Entry, output: Output) -> bool:
    """Whether the file at the destination is ours, byte for byte."""
    if entry.size is not None and entry.size != output.bytes:
        return False
    digest = hashlib.sha256()
    async with adapter.read(entry) as chunks:
        async for chunk in chunks:
            digest.update(chunk)
    return digest.hexdigest() == output.sha256


def _output_of(transfer: Transfer) -> Output:
    assert transfer.output is not None, "the state says that there is an output"
    return transfer.output


def _destination(journey: Journey, transfer: Transfer) -> Place:
    place = journey.route.place("to", _output_of(transfer).to_format)
    assert place is not None, "the loader refuses routes without it"
    return place


STEPS: dict[State, Step] = {
    State.ADMITTED: fetch,
    State.SPOOLED: convert,
    State.CONVERTED: claim,
    State.CLAIMED: deliver,
    State.PUBLISHING: resolve,
    State.DELIVERED: settle,
    State.UNCHANGED: settle,
}
"""What is done next in each state. Settled, withdrawn and held transfers have no step."""
