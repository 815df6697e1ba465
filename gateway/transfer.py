"""One file's journey, one function for each step; each ends with one durable fact in the journal.

    admitted --fetch--> spooled --convert--> converted --claim--> claimed --deliver--> delivered --settle--> settled

``carry`` goes on from whatever state the journal shows, so that the way after a crash is the same code as the way
without one. The source is touched only after the destination is verified and the journal has said so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from adapters.errors import NotFound, NotReady
from gateway import events
from gateway.carrying import streaming
from gateway.carrying.bridge import NoChange
from gateway.carrying.claiming import claim_of
from gateway.carrying.completeness import assert_right_place
from gateway.carrying.custody import as_it_came, read, take_in
from gateway.carrying.delivery import (
    SourceLost,
    StreamedPublication,
    Unchanged,
    assert_as_admitted,
    comes_again,
    deliver,
    not_as_stated,
    output_of,
    resolve,
    write,
)
from gateway.carrying.diverting import without_bad_records
from gateway.carrying.journey import Journey, named, source_place, target_place
from gateway.carrying.leaving import leave_out, skip
from gateway.carrying.moving import move_in
from gateway.carrying.passing import assert_may_pass
from gateway.carrying.precedence import assert_not_older, is_superseded
from gateway.carrying.production import (
    Product,
    assert_comes_to_an_end,
    has_a_layout,
    is_closed,
    produce,
    stated_date,
)
from gateway.carrying.proving import prove, unproved
from gateway.carrying.reconversion import remade
from gateway.carrying.relaying import pass_on
from gateway.carrying.settlement import settle
from gateway.carrying.splitting import limit_of, parts_of
from gateway.carrying.streaming import Tee
from gateway.cutover import Stand
from gateway.errors import Held, NotKept, Reason
from gateway.formats import BadRecords
from gateway.journal import Output, Transfer
from gateway.lifecycle import State
from gateway.stores.spool import ORIGINAL, Stored

ROOM = 3  # original, converted and the reverse check, each about as large as the source
ROOM_OF_PARTS = 1  # the parts of an output, where it may be split
ROOM_OF_STATES = 3  # rows before, differences and the way back, where a route keeps the state of all rows


CHANGED = "the destination changed its format after the file was converted, and the route says pending: hold"
CHANGED_HINT = "release it to have it converted for the new format"

Step = Callable[[Journey, Transfer], Awaitable[Transfer]]


async def carry(journey: Journey, transfer: Transfer) -> Transfer:
    """Take the transfer as far as it goes. Raises what a step raises; the journal then says how far it came."""
    room = ROOM + (ROOM_OF_STATES if journey.route.delta else 0)
    room += ROOM_OF_PARTS if limit_of(journey) else 0
    needed, quota = room * (transfer.entry.size or 0), journey.route.limits.spool
    await journey.spool.reserve(transfer.id, needed, route=transfer.route, quota=quota)
    if transfer.output is not None and transfer.output.path:
        journey.standing.enter(transfer.id)
    try:
        while (step := STEPS.get(transfer.state)) and not _waits_for_a_flip(journey, transfer):
            step = step if transfer.node == journey.node else move_in
            transfer = await step(journey, transfer)
    finally:
        journey.standing.leave(transfer.id)
        if transfer.state is not State.SETTLED:
            await journey.spool.shrink(transfer.id)
    return transfer


def _waits_for_a_flip(journey: Journey, transfer: Transfer) -> bool:
    """Whether the transfer may not go on before an end of its route has passed its cutover."""
    if transfer.early == "wait":
        return transfer.state is not State.ADMITTED
    return journey.standing.closed and transfer.state is State.CONVERTED


async def fetch(journey: Journey, transfer: Transfer) -> Transfer:
    """Copy the source into the spool. The source must be the one that was admitted, before and after."""
    if transfer.replay_of or transfer.by_hand:
        return await _restore(journey, transfer)
    stand = journey.standing.to
    streams = await streaming.fits(journey, transfer, stand)
    if transfer.output is not None:
        keep = streams and transfer.output.place == stand.place
        transfer = await _without_leftover(journey, transfer, keep=keep)
    try:
        if streams:
            return await _stream(journey, transfer, stand)
        return await _spool(journey, transfer)
    except SourceLost as lost:
        return await _withdraw(journey, transfer, lost)


async def _restore(journey: Journey, transfer: Transfer) -> Transfer:
    """Copy a kept original into the spool; one that was not put away yet is kept first."""
    originals = journey.kept["originals"]
    try:
        if transfer.replay_of:
            await originals.keep(journey.spool.file(transfer.replay_of, ORIGINAL), transfer.sha256)
        stored = await journey.spool.store(transfer.id, ORIGINAL, originals.open(transfer.sha256))
    except NotKept as gone:
        if transfer.unwanted:
            return await journey.journal.withdrawn(transfer)
        raise Held(Reason.SOURCE_GONE, gone.message, hint=gone.hint) from None
    return await journey.journal.spooled(transfer, size=stored.size, sha256=stored.sha256)


async def _withdraw(journey: Journey, transfer: Transfer, lost: SourceLost) -> Transfer:
    await assert_right_place(await journey.places.reach(transfer.endpoint), source_place(journey, transfer))
    if isinstance(lost.why, NotFound) and not transfer.unwanted:
        hint = "ask the source to put it there again, then release it"
        raise Held(Reason.SOURCE_GONE, "the file went away before it was read", hint=hint)
    latest = await journey.journal.find(transfer.id)
    assert latest is not None, "it was admitted"
    if latest.output is not None:
        latest = await _without_leftover(journey, latest, keep=False)
    done = await journey.journal.withdrawn(latest)
    journey.report.emit(events.FILE_WITHDRAWN, **named(done))
    return done


async def _spool(journey: Journey, transfer: Transfer) -> Transfer:
    stored = await take_in(journey, transfer)
    if transfer.unwanted:
        return await journey.journal.spooled(transfer, size=stored.size, sha256=stored.sha256)
    assert_as_admitted(transfer, stored.sha256)
    if source_place(journey, transfer).ready.trailer and not await is_closed(journey, transfer):
        raise NotReady("the file has no trailer yet, or one whose counts are not those of its records")
    journey.report.emit(events.FILE_SPOOLED, **named(transfer), bytes=stored.size)
    day = await stated_date(journey, transfer)
    if day is not None:
        transfer = await journey.journal.dated(transfer, day)
    if relayed := await pass_on(journey, transfer, stored):
        return relayed
    await assert_comes_to_an_end(journey, transfer, stored.sha256)
    return await journey.journal.spooled(transfer, size=stored.size, sha256=stored.sha256)


async def _without_leftover(journey: Journey, transfer: Transfer, *, keep: bool) -> Transfer:
    """Remove what an earlier try to stream this file left; ``keep`` its name for the next try."""
    output = output_of(transfer)
    adapter = await journey.places.reach(output.endpoint)
    if output.handle and not (keep and adapter.features.resume_write):
        await adapter.discard(output.handle, output.path)
    return transfer if keep else await journey.journal.unclaimed(transfer)


async def _stream(journey: Journey, transfer: Transfer, stand: Stand) -> Transfer:
    """Spool and stage at one time (see ``streaming``); then as any other file."""
    if transfer.output is None:
        if journey.standing.to != stand or not journey.standing.may_pass(transfer.id):
            return await _spool(journey, transfer)
        ahead = streaming.output_ahead(transfer, stand)
        claim_ = await claim_of(journey, transfer, stand.format)
        transfer = await journey.journal.claimed_ahead(transfer, ahead, claim_)
    source = await journey.places.reach(transfer.endpoint)
    counted = has_a_layout(journey, transfer)
    store = partial(journey.spool.store, transfer.id, ORIGINAL, read_again=counted)
    both = (transfer.endpoint, output_of(transfer).endpoint)
    async with journey.places.at_one_time(both), read(source, transfer.entry) as chunks:
        tee = Tee(chunks, store)
        try:
            return await write(journey, tee.chunks(), StreamedPublication(journey, transfer, tee))
        except Unchanged:
            return await _unchanged(journey, transfer, await tee.stored())
        finally:
            await tee.close()


async def _unchanged(journey: Journey, transfer: Transfer, stored: Stored) -> Transfer:
    """The streamed content is the one carried last: give the name back, and go the way of any unchanged file."""
    latest = await journey.journal.find(transfer.id)
    assert latest is not None, "it was admitted"
    transfer = await _without_leftover(journey, latest, keep=False)
    return await journey.journal.spooled(transfer, size=stored.size, sha256=stored.sha256)


async def convert(journey: Journey, transfer: Transfer) -> Transfer:
    """Make the output in the form that the destination speaks now, or take the original where forms are equal."""
    stand = journey.standing.to
    if transfer.early == "compare":
        return await journey.journal.compared(transfer)
    if transfer.unwanted:
        return await leave_out(journey, transfer)
    await as_it_came(journey, transfer)
    await assert_may_pass(journey, transfer)
    if transfer.unproved and journey.route.delta is not None:
        raise unproved("the rows that it was compared with then are not known")
    if await is_superseded(journey, transfer, stand):
        return await leave_out(journey, transfer)
    if journey.route.delta is None and await comes_again(journey, transfer, stand.format):
        return await skip(journey, transfer, stand.format)
    return await _made(journey, transfer, stand)


async def _made(journey: Journey, transfer: Transfer, stand: Stand) -> Transfer:
    """Make the outputs, of all records or of those that are good."""
    try:
        product = await produce(journey, transfer, stand)
        outputs = await _outputs(journey, transfer, product, stand)
    except NoChange:
        if journey.standing.to != stand:  # it was compared with the rows of whoever spoke the other format
            return await convert(journey, transfer)
        return await skip(journey, transfer, stand.format)
    except BadRecords as bad:
        return await without_bad_records(journey, transfer, stand, bad)
    records, draft = _with_diverted(transfer, product.records), product.draft
    if transfer.stated_records not in (None, records) and records is not None:
        raise not_as_stated("number of records")
    if (transfer.bytes if records is None else records) == 0:
        _refuse_empty(journey)
    journey.report.emit(events.FILE_CONVERTED, **named(transfer), records=records)
    if not outputs:
        return await journey.journal.superseded(transfer, records=records, draft=draft)
    return await journey.journal.converted(transfer, outputs, records=records, draft=draft)


async def _outputs(
    journey: Journey, transfer: Transfer, product: Product, stand: Stand
) -> tuple[Output, ...]:
    if product.output is None:
        return ()
    return await parts_of(journey, transfer, product.output, stand)


def _with_diverted(transfer: Transfer, records: int | None) -> int | None:
    """How many records came in, those included that were taken out."""
    return None if records is None else records + transfer.diverted


def _refuse_empty(journey: Journey) -> None:
    """Raise ``Held`` for a file without records where the route says what it expects, and does not allow that."""
    expect = journey.route.expect
    if expect is not None and expect.empty == "refused":
        hint = "ask the source whether that is right; if so say expect: {empty: allowed}, and release it"
        raise Held(Reason.EMPTY, "the file has no records", hint=hint)


async def claim(journey: Journey, transfer: Transfer) -> Transfer:
    """Fix format and names for good, unless the destination changed its format or place since the conversion."""
    if not journey.standing.may_pass(transfer.id):
        return transfer
    stand = journey.standing.to
    if await is_superseded(journey, transfer, stand):
        return await leave_out(journey, transfer)
    if not _is_made_for(transfer, stand):
        if journey.route.to.pending == "hold":
            raise Held(Reason.FORMAT_CHANGED, CHANGED, hint=CHANGED_HINT)
        return await journey.journal.reconverted(transfer)
    if transfer.unproved:
        return await prove(journey, transfer)
    if transfer.anew or await journey.journal.deltas.outdated(transfer.id):
        return await journey.journal.reconverted(transfer)
    transfer = await journey.journal.claimed(transfer, await claim_of(journey, transfer, stand.format))
    journey.report.emit(events.FILE_CLAIMED, **named(transfer))
    return transfer


def _is_made_for(transfer: Transfer, stand: Stand) -> bool:
    output = transfer.output
    return output is not None and Stand(format=output.to_format, place=output.place) == stand


async def send(journey: Journey, transfer: Transfer) -> Transfer:
    """Deliver, unless a newer full file was delivered while this one waited."""
    format_ = output_of(transfer).to_format
    await journey.ownership.confirm(target_place(journey, transfer, format_))
    if transfer.unwanted:
        return await leave_out(journey, transfer)
    await assert_not_older(journey, transfer, (format_, target_place(journey, transfer, format_)))
    if transfer.unproved:
        return await prove(journey, transfer)
    if transfer.anew:
        transfer = await remade(journey, transfer)
    return await deliver(journey, transfer)


async def settle_doubt(journey: Journey, transfer: Transfer) -> Transfer:
    """Whether the publishing step was taken, or all of it before another journal was put in place of this one."""
    return await (prove if transfer.unproved else resolve)(journey, transfer)


STEPS: dict[State, Step] = {
    State.ADMITTED: fetch,
    State.SPOOLED: convert,
    State.CONVERTED: claim,
    State.CLAIMED: send,
    State.PUBLISHING: settle_doubt,
    State.DELIVERED: settle,
    State.UNCHANGED: settle,
    State.COMPARED: settle,
    State.SUPERSEDED: settle,
}
"""What is done next in each state. Settled, withdrawn and held transfers have no step."""
