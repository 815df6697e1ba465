"""Into the destination, once: stage, publish, verify; and after a crash, look before anything is sent again."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from adapters.base import Adapter, Entry, Publish, Target
from adapters.errors import (
    AdapterError,
    AlreadyThere,
    Changed,
    ConnectionLost,
    InDoubt,
    NotFound,
    NotReady,
    Transient,
)
from gateway import events
from gateway.carrying.announcing import announce, perhaps_collected
from gateway.carrying.completeness import is_there
from gateway.carrying.journey import Journey, named, source_place, target_place
from gateway.carrying.production import assert_comes_to_an_end, assert_means_the_same, count
from gateway.carrying.streaming import Tee
from gateway.config import Place
from gateway.errors import Held, LeaseLost, Reason
from gateway.journal import Output, Transfer
from gateway.lifecycle import State
from gateway.model import Format

SAMPLE = 16
"""With ``verify: sampled`` one file of so many is read back."""

AT_ONCE = 64 << 10
"""Bytes whose digest takes less time than the way into a thread."""


async def deliver(journey: Journey, transfer: Transfer) -> Transfer:
    """Write under the journalled temporary name, then publish under the journalled final name."""
    output, place = output_of(transfer), _destination(journey, transfer)
    adapter = await journey.places.reach(output.endpoint)
    if output.handle and not adapter.features.resume_write:
        await adapter.discard(output.handle, output.path)
    if place.exists == "wait":
        await _wait_until_taken(adapter, output)
    steps = SpooledPublication(journey, transfer, adapter.features.publish is Publish.ATOMIC)
    return await write(journey, steps.chunks(), steps)


async def write(journey: Journey, chunks: AsyncIterable[bytes], steps: Publication) -> Transfer:
    """Stage, publish and verify; ``steps`` tells the journal of each step before it is taken."""
    output, place = output_of(steps.transfer), _destination(journey, steps.transfer)
    adapter = await journey.places.reach(output.endpoint)
    target = Target(
        path=output.path,
        temporary=output.temporary,
        size=output.bytes,
        sha256=output.sha256,
        labels=_labels(steps.transfer, place),
        replace=place.exists == "replace",
        look=_reads_back(journey, steps.transfer, adapter),
        resume=output.handle,
        staging=steps.staging,
        publishing=steps.publishing,
    )
    try:
        written = await adapter.write(target, chunks)
    except AlreadyThere:
        if steps.transfer.state is not State.PUBLISHING:
            raise _name_taken() from None
        if not await is_there(adapter, output.path):
            await _not_published(journey, steps.transfer)
            raise _taken_by_nothing() from None
        return steps.transfer
    except LeaseLost:
        with suppress(AdapterError):  # whoever took over knows of it only if it was there by then
            await adapter.discard(output_of(steps.transfer).handle, output.path)
        raise
    except (InDoubt, ConnectionLost):
        raise
    except AdapterError:
        await _not_published(journey, steps.transfer)
        raise
    steps.assert_sent()
    if not (adapter.features.rename or adapter.features.conditional_create):
        journey.places.say_once(events.CONDITION_NOT_ENFORCED, output.endpoint)
    if _reads_back(journey, steps.transfer, adapter):
        await _verify(adapter, written, output_of(steps.transfer))
    return await _delivered(journey, steps.transfer)


def _labels(transfer: Transfer, place: Place) -> dict[str, str]:
    """What tells whoever finds the file elsewhere which transfer brought it, and in which mode."""
    mode = output_of(transfer).to_format.value
    return {"transfer": transfer.id, "mode": f"{mode} {place.content}" if place.content else mode}


async def _not_published(journey: Journey, transfer: Transfer) -> None:
    """The place itself said no to the publishing step: nothing became visible."""
    if transfer.state is State.PUBLISHING:
        await journey.journal.unpublished(transfer)


@dataclass
class Publication:
    """Tells the journal of each step of a write before it is taken."""

    journey: Journey
    transfer: Transfer

    async def staging(self, handle: str) -> None:
        """The first byte is about to go out; without a handle nothing unfinished can be left."""
        if handle:
            self.transfer = await self.journey.journal.staging(self.transfer, handle)

    async def publishing(self) -> None:
        """The file is about to become visible."""
        self.transfer = await self.journey.journal.publishing(self.transfer)

    def assert_sent(self) -> None:
        """Raise ``Held`` if what went out is not what the journal knows."""


@dataclass
class SpooledPublication(Publication):
    """As ``Publication``, for a file out of the spool: what went out is compared with what the journal knows."""

    atomic: bool = True
    sent: hashlib._Hash = field(default_factory=hashlib.sha256)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The output's bytes."""
        output = output_of(self.transfer)
        async for chunk in self.journey.spool.read(self.transfer.id, output.spool_name):
            await _update(self.sent, chunk)
            yield chunk

    async def publishing(self) -> None:
        """The file is about to become visible: only if its bytes are those that were spooled.

        Where a place shows a file while it is written, no byte has gone out yet: ``assert_sent`` follows the write.
        """
        if self.atomic:
            self.assert_sent()
        await super().publishing()

    def assert_sent(self) -> None:
        """See ``Publication``."""
        if self.sent.hexdigest() != output_of(self.transfer).sha256:
            hint = "see whether the disk of state_dir fails; the source was not touched"
            raise Held(
                Reason.SPOOL_LOST, "its bytes in the spool are not those that were put there", hint=hint
            )


async def _update(digest: hashlib._Hash, chunk: bytes) -> None:
    """Take a chunk into a digest: a large one in a thread."""
    if len(chunk) <= AT_ONCE:
        digest.update(chunk)
    else:
        await asyncio.to_thread(digest.update, chunk)


class Unchanged(Exception):
    """The content of a file that is being streamed turned out to be the one that was carried last."""


@dataclass
class StreamedPublication(Publication):
    """As ``Publication``, for a file that is spooled and staged at one time."""

    tee: Tee

    async def publishing(self) -> None:
        """Everything is staged: wait for the spool, and check what could not be checked before."""
        journey, stored = self.journey, await self.tee.stored()
        assert_as_admitted(self.transfer, stored.sha256)
        to_format = output_of(self.transfer).to_format
        if await comes_again(journey, replace(self.transfer, sha256=stored.sha256), to_format):
            raise Unchanged
        await assert_comes_to_an_end(journey, self.transfer, stored.sha256)
        await assert_means_the_same(journey, self.transfer, output_of(self.transfer).place)
        records = await count(journey, self.transfer)
        self.transfer = await journey.journal.streamed(
            self.transfer, size=stored.size, sha256=stored.sha256, records=records
        )


def _reads_back(journey: Journey, transfer: Transfer, adapter: Adapter) -> bool:
    """Whether this file is read back once it is published, as the route says.

    Where a place gives no size, or a host's job takes the file over, the adapter has read it back before.
    """
    how = journey.route.verify
    if adapter.features.publish is Publish.WORK_THEN_TRIGGER:
        return False
    return how == "full" or (how == "sampled" and int(transfer.token, 36) % SAMPLE == 0)


async def _verify(adapter: Adapter, written: Entry, output: Output) -> None:
    """Read the file back as the place shows it now; one that is gone was taken, and writing had been confirmed."""
    try:
        same = await holds(adapter, written, output)
    except Changed:
        same = await _shows(adapter, output)
    except NotFound:
        return
    if not same:
        hint = "see what the destination or the line does to files (text mode, record lengths); then release"
        raise Held(
            Reason.NOT_AS_SENT, "read back, the destination shows other bytes than were sent", hint=hint
        )


async def _shows(adapter: Adapter, output: Output) -> bool:
    try:
        return await holds(adapter, await adapter.stat(output.path), output)
    except NotFound:
        return True


async def _wait_until_taken(adapter: Adapter, output: Output) -> None:
    try:
        await adapter.stat(output.path)
    except NotFound:
        return
    raise NotReady("the destination has not taken the last file yet")


def _name_taken() -> Held:
    hint = "see who writes there; give our files a name of their own, or say exists: wait or replace"
    return Held(Reason.NAME_TAKEN, "the destination has another file under the final name", hint=hint)


def _taken_by_nothing() -> Transient:
    hint = "see whether a folder has that name, or somebody took a file away at that moment"
    return Transient(
        "the destination says that the final name is taken, and shows no file under it", hint=hint
    )


async def _delivered(journey: Journey, transfer: Transfer) -> Transfer:
    """Complete and verified under its final name; after the last part the consumer is told, then the journal."""
    place = _destination(journey, transfer)
    if transfer.is_at_its_last_output:
        transfer = await announce(journey, transfer, place)
    keep_name, observed = place.exists == "refuse", place.taken.by != "none"
    delivered = await journey.journal.delivered(transfer, keep_name=keep_name, observed=observed)
    if delivered.state is State.DELIVERED:
        journey.report.emit(events.FILE_DELIVERED, **named(delivered))
    return delivered


async def resolve(journey: Journey, transfer: Transfer) -> Transfer:
    """Publishing was begun and its end is not known: ask the place, and never send a second time blindly."""
    output, place = output_of(transfer), _destination(journey, transfer)
    adapter = await journey.places.reach(output.endpoint)
    triggered = adapter.features.publish is Publish.WORK_THEN_TRIGGER
    try:
        seen = await adapter.stat(output.path)
    except NotFound:
        if triggered:  # its job may run yet
            raise perhaps_collected() from None
        return await _not_visible(journey, transfer, adapter, place)
    if await holds(adapter, seen, output):
        if output.handle:
            await adapter.discard(output.handle, output.path)
        return await _delivered(journey, transfer)
    if triggered:
        raise perhaps_collected()
    if place.exists == "replace" or await is_there(adapter, output.temporary):
        return await journey.journal.unpublished(transfer)
    raise _name_taken()


async def _not_visible(journey: Journey, transfer: Transfer, adapter: Adapter, place: Place) -> Transfer:
    output = output_of(transfer)
    collects = place.taken.by in ("removed", "renamed") or bool(output.marking or output.listing)
    if collects and not await is_there(adapter, output.temporary):
        raise perhaps_collected()
    return await journey.journal.unpublished(transfer)


async def holds(adapter: Adapter, entry: Entry, output: Output) -> bool:
    """Whether the file at the destination is ours, byte for byte."""
    if entry.size is not None and entry.size != output.bytes:
        return False
    digest = hashlib.sha256()
    async with adapter.read(entry) as chunks:
        async for chunk in chunks:
            digest.update(chunk)
    return digest.hexdigest() == output.sha256


def not_as_stated(what: str) -> Held:
    """The file is not what its manifest says."""
    hint = "ask the source which of the two is right, and for both anew"
    return Held(Reason.NOT_AS_STATED, f"the file's {what} is not what its manifest states", hint=hint)


async def comes_again(journey: Journey, transfer: Transfer, to_format: Format) -> bool:
    """Whether the file has the content that was carried last, and is not to go out again."""
    if not may_skip(journey, transfer):
        return False
    source, target = source_place(journey, transfer), target_place(journey, transfer, to_format)
    if journey.route.holds_everything(source, target) and source.supersede and target.supersede:
        return await journey.journal.deltas.is_as_newest(transfer.id, transfer.sha256, to_format)
    return await journey.journal.same_as_last(transfer, to_format)


def may_skip(journey: Journey, transfer: Transfer) -> bool:
    """Whether the file does not go out if its content is the one that was carried last."""
    differential = source_place(journey, transfer).content == "differential"
    again = journey.route.unchanged or ("deliver" if differential else "skip")
    return again == "skip" and not (transfer.replay_of or transfer.diverted_from)


class SourceLost(Exception):
    """The source, and no other place, showed another file than the one admitted, or none."""

    def __init__(self, why: Changed | NotFound) -> None:
        super().__init__(str(why))
        self.why = why


def assert_as_admitted(transfer: Transfer, sha256: str) -> None:
    """What was read is what a manifest says of it, and what was read before where the content is the identity.

    A host that gives no size can end a file early and call it complete: two readings that differ show it.
    """
    if transfer.stated_sha256 not in ("", sha256):
        raise not_as_stated("content")
    if transfer.content not in ("", sha256):
        raise SourceLost(Changed(f"{transfer.entry.path} was read twice, and came out differently"))


def output_of(transfer: Transfer) -> Output:
    """The output of a transfer that has one."""
    assert transfer.output is not None, "the state says that there is an output"
    return transfer.output


def _destination(journey: Journey, transfer: Transfer) -> Place:
    return target_place(journey, transfer, output_of(transfer).to_format)
