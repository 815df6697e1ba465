"""The bytes of files that a person has to decide on before anything of them was read: they are taken in all the same.

A source may overwrite or clear away what nobody has decided on yet. So the original of each held file lies in the
spool, and a release goes on with that copy, whatever the source shows by then.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

from adapters.base import Adapter, Entry
from adapters.errors import AdapterError, Changed, NotFound
from gateway import events
from gateway.carrying.delivery import SourceLost
from gateway.carrying.journey import Journey, named, source_place
from gateway.carrying.production import REPORT, is_closed
from gateway.errors import GatewayError, Held, NotKept, Reason, SpoolFailed, Stale, place_of
from gateway.journal import Transfer
from gateway.lifecycle import State
from gateway.stores.spool import ORIGINAL, Stored, digest_of


@asynccontextmanager
async def read(source: Adapter, entry: Entry) -> AsyncIterator[AsyncIterator[bytes]]:
    """The source's bytes. Its ``Changed`` and ``NotFound`` come out as ``SourceLost``."""

    async def told(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        try:
            async for chunk in chunks:
                yield chunk
        except (Changed, NotFound) as why:
            raise SourceLost(why) from why

    async with AsyncExitStack() as stack:
        try:
            chunks = await stack.enter_async_context(source.read(entry))
        except (Changed, NotFound) as why:
            raise SourceLost(why) from why
        yield told(chunks)


async def take_in(journey: Journey, transfer: Transfer) -> Stored:
    """Have the original in the spool: the copy that was made while it was held, or what the source shows now."""
    size = transfer.bytes
    if size is not None and transfer.sha256 and journey.spool.size_of(transfer.id, ORIGINAL) == size:
        return Stored(size=size, sha256=transfer.sha256)
    source = await journey.places.reach(transfer.endpoint)
    async with read(source, transfer.entry) as chunks:
        return await journey.spool.store(transfer.id, ORIGINAL, chunks)


async def as_it_came(journey: Journey, transfer: Transfer) -> None:
    """Have the original in the spool again where a correction ended before the journal knew of it.

    Only files that were held for their records have a report beside them. Raises ``Held`` if no original is kept.
    """
    if not (journey.spool.root / transfer.id / REPORT).exists():
        return
    found = await asyncio.to_thread(digest_of, journey.spool.file(transfer.id, ORIGINAL))
    if found.sha256 == transfer.sha256:
        return
    try:
        await journey.spool.store(transfer.id, ORIGINAL, journey.kept["originals"].open(transfer.sha256))
    except NotKept as gone:
        raise Held(Reason.SPOOL_LOST, gone.message, hint=gone.hint) from None


async def secure(journey: Journey, opened: Iterable[Transfer]) -> None:
    """Take in what is held unread. What cannot be had now is left to the next look: it is held in any case.

    Errors of the journal itself pass through. Whatever else is wrong stops no other file; a release meets it again.
    """
    for transfer in opened:
        if not _lies_at_its_source(journey, transfer):
            continue
        try:
            await _secure(journey, transfer)
        except SpoolFailed:
            return  # the next one would wait as long for room
        except (AdapterError, SourceLost, Held, Stale):
            continue
        except GatewayError:
            raise
        except Exception as error:  # noqa: BLE001 - see above; its text could hold anything
            kind, where = type(error).__name__, place_of(error)
            journey.report.emit(events.ROUTE_FAULTED, transfer_id=transfer.id, error_kind=kind, error=where)


def _lies_at_its_source(journey: Journey, transfer: Transfer) -> bool:
    """Whether it is held unread, and its route still takes files from where it was found."""
    unread = transfer.state is State.HELD and transfer.held_from is State.ADMITTED and not transfer.sha256
    if not unread or transfer.replay_of or transfer.by_hand or transfer.node != journey.node:
        return False
    places = journey.route.places("from", transfer.from_format)
    return any(place.endpoint == transfer.endpoint for place in places)


async def _secure(journey: Journey, transfer: Transfer) -> None:
    """Copy a held file where room is to spare; not one that its source may still write, or that is another by now."""
    size, quota = transfer.entry.size or 0, journey.route.limits.spool
    if not journey.spool.has_to_spare(size, route=transfer.route, quota=quota):
        return
    await journey.spool.reserve(transfer.id, size, route=transfer.route, quota=quota)
    try:
        stored = await take_in(journey, transfer)
    finally:
        await journey.spool.shrink(transfer.id)
    is_whole = not source_place(journey, transfer).ready.trailer or await is_closed(journey, transfer)
    if is_whole and transfer.content in ("", stored.sha256):
        await journey.journal.evidence.secured(transfer.id, size=stored.size, sha256=stored.sha256)
        journey.report.emit(events.FILE_SPOOLED, **named(transfer), bytes=stored.size)
