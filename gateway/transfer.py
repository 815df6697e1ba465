"""One file's journey, one function for each step; each ends with one durable fact in the journal.

    admitted --fetch--> spooled --convert--> converted --claim--> claimed --deliver--> delivered --settle--> settled

``carry`` goes on from whatever state the journal shows, so that the way after a crash is the same code as the way
without one. The source is touched only after the destination is verified and the journal has said so.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from adapters.base import Adapter, Entry, Target
from adapters.errors import AlreadyThere, Changed, NotFound, NotReady
from gateway import events, streaming
from gateway.completeness import is_there
from gateway.config import Place
from gateway.errors import Held, Reason
from gateway.journal import Claim, Name, Output, Transfer
from gateway.journey import Journey, name_values, named
from gateway.lifecycle import State
from gateway.model import Format
from gateway.naming import Companion, DestinationName
from gateway.production import count, produce
from gateway.settlement import settle
from gateway.spool import ORIGINAL
from gateway.streaming import Tee

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
    to_format = journey.formats.at(journey.clock.now())[1]
    streams = await streaming.fits(journey, transfer, to_format)
    if transfer.output is not None:
        transfer = await _without_leftover(
            journey, transfer, keep=streams and transfer.output.to_format is to_format
        )
    try:
        if streams:
            return await _stream(journey, transfer, to_format)
        return await _spool(journey, transfer)
    except Changed:
        journey.report.emit(events.FILE_WITHDRAWN, **named(transfer))
        return await journey.journal.withdrawn(transfer)
    except NotFound:
        hint = "ask the source to put it there again, then release it"
        raise Held(Reason.SOURCE_GONE, "the file went away before it was read", hint=hint) from None


async def _spool(journey: Journey, transfer: Transfer) -> Transfer:
    source = await journey.places.reach(transfer.endpoint)
    async with source.read(transfer.entry) as chunks:
        stored = await journey.spool.store(transfer.id, ORIGINAL, chunks)
    if transfer.stated_sha256 not in ("", stored.sha256):
        raise _not_as_stated("content")
    journey.report.emit(events.FILE_SPOOLED, **named(transfer), bytes=stored.size)
    return await journey.journal.spooled(transfer, size=stored.size, sha256=stored.sha256)


async def _without_leftover(journey: Journey, transfer: Transfer, *, keep: bool) -> Transfer:
    """Remove what an earlier try to stream this file left; ``keep`` its name for the next try."""
    output = _output_of(transfer)
    if output.handle:
        await (await journey.places.reach(output.endpoint)).discard(output.handle, output.path)
    return transfer if keep else await journey.journal.unclaimed(transfer)


async def _stream(journey: Journey, transfer: Transfer, to_format: Format) -> Transfer:
    """Spool and stage at one time (see ``streaming``); then as any other file."""
    if transfer.output is None:
        ahead = streaming.output_ahead(transfer, to_format)
        claim_ = await _claim_of(journey, transfer, to_format)
        transfer = await journey.journal.claimed_ahead(transfer, ahead, claim_)
    source = await journey.places.reach(transfer.endpoint)
    store = partial(journey.spool.store, transfer.id, ORIGINAL)
    async with source.read(transfer.entry) as chunks:
        tee = Tee(chunks, store)
        try:
            return await _write(journey, tee.chunks(), StreamedPublication(journey, transfer, tee))
        except Unchanged:
            transfer = await journey.journal.unclaimed(transfer)
            stored = await tee.stored()
            return await journey.journal.spooled(transfer, size=stored.size, sha256=stored.sha256)
        finally:
            await tee.close()


def _not_as_stated(what: str) -> Held:
    hint = "ask the source which of the two is right, and for both anew"
    return Held(Reason.NOT_AS_STATED, f"the file's {what} is not what its manifest states", hint=hint)


async def convert(journey: Journey, transfer: Transfer) -> Transfer:
    """Make the output in the form that the destination speaks now, or take the original where forms are equal."""
    if await _comes_again(journey, transfer):
        journey.report.emit(events.FILE_UNCHANGED, **named(transfer))
        return await journey.journal.skipped(transfer)
    to_format = journey.formats.at(journey.clock.now())[1]
    output, records = await produce(journey, transfer, to_format)
    if transfer.stated_records not in (None, records) and records is not None:
        raise _not_as_stated("number of records")
    journey.report.emit(events.FILE_CONVERTED, **named(transfer), records=records)
    return await journey.journal.converted(transfer, output, records=records)


async def _comes_again(journey: Journey, transfer: Transfer) -> bool:
    """Whether the file has the content that was carried last, and is not to go out again."""
    place = journey.route.place("from", transfer.from_format)
    differential = place is not None and place.content == "differential"
    again = journey.route.unchanged or ("deliver" if differential else "skip")
    return again == "skip" and await journey.journal.same_as_last(transfer)


async def claim(journey: Journey, transfer: Transfer) -> Transfer:
    """Fix format and names for good, unless the destination changed its format since the conversion."""
    to_format = journey.formats.at(journey.clock.now())[1]
    if transfer.output is None or transfer.output.to_format is not to_format:
        return await journey.journal.reconverted(transfer)
    transfer = await journey.journal.claimed(transfer, await _claim_of(journey, transfer, to_format))
    journey.report.emit(events.FILE_CLAIMED, **named(transfer))
    return transfer


async def _claim_of(journey: Journey, transfer: Transfer, to_format: Format) -> Claim:
    """The names that the transfer may have at its destination."""
    place = journey.route.place("to", to_format)
    assert place is not None, "the loader refuses routes without it"
    adapter = await journey.places.reach(place.endpoint)
    name = DestinationName.compile(place.path)

    def names(number: int) -> Iterator[Name]:
        for path in name.candidates(name_values(journey, transfer, number)):
            yield Name(path=path, temporary=adapter.temporary(path, transfer.token))

    series = f"{transfer.route}/{to_format}" if name.uses("seq") else None
    return Claim(endpoint=place.endpoint, names=names, series=series)


async def deliver(journey: Journey, transfer: Transfer) -> Transfer:
    """Write under the journalled temporary name, then publish under the journalled final name."""
    output, place = _output_of(transfer), _destination(journey, transfer)
    adapter = await journey.places.reach(output.endpoint)
    if output.handle:
        await adapter.discard(output.handle, output.path)
    if place.exists == "wait":
        await _wait_until_taken(adapter, output)
    chunks = journey.spool.read(transfer.id, output.spool_name)
    return await _write(journey, chunks, Publication(journey, transfer))


async def _write(journey: Journey, chunks: AsyncIterable[bytes], steps: Publication) -> Transfer:
    """Stage, publish and verify; ``steps`` tells the journal of each step before it is taken."""
    output, place = _output_of(steps.transfer), _destination(journey, steps.transfer)
    adapter = await journey.places.reach(output.endpoint)
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
        written = await adapter.write(target, chunks)
    except AlreadyThere:
        if steps.transfer.state is not State.PUBLISHING:
            raise _name_taken() from None
        return steps.transfer
    if _reads_back(journey, steps.transfer, adapter):
        await _verify(adapter, written, _output_of(steps.transfer))
    return await _delivered(journey, steps.transfer)


@dataclass
class Publication:
    """Tells the journal of each step of a write before it is taken."""

    journey: Journey
    transfer: Transfer

    async def staging(self, handle: str) -> None:
        """The first byte is about to go out."""
        self.transfer = await self.journey.journal.staging(self.transfer, handle)

    async def publishing(self) -> None:
        """The file is about to become visible."""
        self.transfer = await self.journey.journal.publishing(self.transfer)


class Unchanged(Exception):
    """The content of a file that is being streamed turned out to be the one that was carried last."""


@dataclass
class StreamedPublication(Publication):
    """As ``Publication``, for a file that is spooled and staged at one time."""

    tee: Tee

    async def publishing(self) -> None:
        """Everything is staged: wait for the spool, and check what could not be checked before."""
        journey, stored = self.journey, await self.tee.stored()
        if self.transfer.stated_sha256 not in ("", stored.sha256):
            raise _not_as_stated("content")
        if await _comes_again(journey, replace(self.transfer, sha256=stored.sha256)):
            raise Unchanged
        records = await count(journey, self.transfer)
        self.transfer = await journey.journal.streamed(
            self.transfer, size=stored.size, sha256=stored.sha256, records=records
        )


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
