"""A transfer that another node began goes on here.

What that node left unfinished at the destination is removed first, and it is seen whether this call removed it: only
then can nothing be published by a step that was begun there and wakes up late. Then the final name is looked at, and
only then anything is written, under another temporary name. The bytes are fetched from the source again, or from the
kept originals, and compared with what the journal knows of them; where only the other node has them, the file waits for
a person.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import replace

from adapters.errors import Changed, NotFound, Transient
from gateway import events
from gateway.carrying.completeness import is_there
from gateway.carrying.delivery import resolve
from gateway.carrying.journey import Journey, named
from gateway.carrying.production import WITHOUT, produce
from gateway.carrying.proving import prove
from gateway.carrying.splitting import parts_of
from gateway.cutover import Stand
from gateway.errors import Held, NotKept, Reason
from gateway.formats import BadRecords
from gateway.journal import Output, Transfer
from gateway.lifecycle import State
from gateway.stores.spool import ORIGINAL, digest_of

NEEDS_BYTES = frozenset({State.SPOOLED, State.CONVERTED, State.CLAIMED})
ENDS = frozenset({State.DELIVERED, State.UNCHANGED, State.COMPARED, State.SUPERSEDED})
"""States in which bytes are only wanted as evidence: what cannot be had is not waited for."""

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


async def move_in(journey: Journey, transfer: Transfer) -> Transfer:
    """The transfer, ready for its next step on this node, or already one step further. Raises ``Held``."""
    removed = await _remove_unfinished(journey, transfer)
    if transfer.state is State.PUBLISHING:
        return await _resolved(journey, transfer, removed=removed)
    if transfer.state in NEEDS_BYTES:
        transfer = await _bring(journey, transfer)
    elif transfer.state in ENDS:
        await _bring_evidence(journey, transfer)
    elif transfer.replay_of and not await journey.kept["originals"].has(transfer.sha256):
        raise _elsewhere(transfer, "the original that is to be sent again")
    journey.report.emit(events.FILE_MOVED_IN, **named(transfer), reason=transfer.node)
    return await journey.journal.moved_in(transfer, await _temporaries(journey, transfer))


async def _remove_unfinished(journey: Journey, transfer: Transfer) -> bool:
    """Remove what may be left of every output's writing; True if the current one's was there, and this removed it."""
    removed = False
    for output in transfer.outputs:
        if output.handle and not output.delivered:
            adapter = await journey.places.reach(output.endpoint)
            gone = await adapter.discard(output.handle, output.path)
            if output.temporary and await is_there(adapter, output.temporary):
                raise Transient(f"{output.temporary} of another node was removed, and is there again")
            removed |= gone and output == transfer.output
    return removed


async def _resolved(journey: Journey, transfer: Transfer, *, removed: bool) -> Transfer:
    """Publishing was begun elsewhere: it was not done if its unfinished file was there until now."""
    output = transfer.output
    assert output is not None, "the state says that there is an output"
    adapter = await journey.places.reach(output.endpoint)
    if transfer.unproved:
        return await prove(journey, transfer)
    if removed and not await is_there(adapter, output.path):
        return await journey.journal.unpublished(transfer)
    return await resolve(journey, transfer)


async def _temporaries(journey: Journey, transfer: Transfer) -> dict[int, str]:
    """Names for unfinished files that no former node knows, for the outputs that have a final name."""
    names = {}
    for output in transfer.outputs:
        if output.path and not output.delivered:
            adapter = await journey.places.reach(output.endpoint)
            token = "".join(secrets.choice(ALPHABET) for _ in range(10))
            names[output.ordinal] = adapter.temporary(output.path, token)
    return names


async def _bring(journey: Journey, transfer: Transfer) -> Transfer:
    """Every file that the state promises lies in this node's spool. Raises ``Held``."""
    if await _lies_here(journey, transfer):
        return transfer
    await _bring_original(journey, transfer)
    made = [one for one in transfer.outputs if one.spool_name != ORIGINAL]
    if not made:
        return transfer
    if transfer.state is State.CONVERTED:
        return await journey.journal.reconverted(transfer)
    await _make_again(journey, transfer, made[0])
    return transfer


async def _bring_evidence(journey: Journey, transfer: Transfer) -> None:
    try:
        if not await _lies_here(journey, transfer):
            await _bring_original(journey, transfer)
    except Held as lost:
        journey.report.emit(
            events.EVIDENCE_ELSEWHERE, **named(transfer), reason=transfer.node, error=lost.message
        )


async def _lies_here(journey: Journey, transfer: Transfer) -> bool:
    """Whether this node has the bytes, as the journal knows them: it may have had the transfer before."""
    wanted = {ORIGINAL: transfer.sha256}
    wanted |= {one.spool_name: one.sha256 for one in transfer.outputs if not one.delivered}
    there = [*wanted, *([WITHOUT] if transfer.diverted else [])]
    if any(journey.spool.size_of(transfer.id, name) is None for name in there):
        return False
    files = {name: journey.spool.file(transfer.id, name) for name in wanted}
    return all([(await asyncio.to_thread(digest_of, files[name])).sha256 == wanted[name] for name in wanted])


async def _bring_original(journey: Journey, transfer: Transfer) -> None:
    """The original is in the spool, and is the one that was recorded."""
    if transfer.diverted or transfer.diverted_from:
        raise _elsewhere(transfer, "what is left of the file without its bad records")
    try:
        stored = await _fetched(journey, transfer)
    except (NotFound, Changed, NotKept):
        raise _elsewhere(transfer, "the file") from None
    if stored != transfer.sha256:
        raise _elsewhere(transfer, "the file as it was read, or as a person corrected it,")


async def _fetched(journey: Journey, transfer: Transfer) -> str:
    originals = journey.kept["originals"]
    if transfer.replay_of or await originals.has(transfer.sha256):
        return (await journey.spool.store(transfer.id, ORIGINAL, originals.open(transfer.sha256))).sha256
    source = await journey.places.reach(transfer.endpoint)
    async with source.read(transfer.entry) as chunks:
        return (await journey.spool.store(transfer.id, ORIGINAL, chunks)).sha256


async def _make_again(journey: Journey, transfer: Transfer, output: Output) -> None:
    """The outputs, whose names are fixed, are made once more; they must come out as they were."""
    if journey.route.delta is not None and not journey.kept["states"].common:
        raise _elsewhere(transfer, "what the route's differences were made from")
    stand = Stand(format=output.to_format, place=output.place)
    before = replace(transfer, outputs=())
    try:
        product = await produce(journey, before, stand)
    except BadRecords:
        raise _elsewhere(transfer, "the file as it was converted") from None
    assert product.output is not None, "only differences may come to nothing"
    made = await parts_of(journey, before, product.output, stand)
    if _contents(made) != _contents(transfer.outputs):
        raise _elsewhere(transfer, "the file as it was converted before the configuration changed")


def _contents(outputs: Iterable[Output]) -> list[tuple[int, str]]:
    return [(one.ordinal, one.sha256) for one in outputs]


def _elsewhere(transfer: Transfer, what: str) -> Held:
    node = transfer.node or "the gateway that ran alone before"
    hint = f"start node {node} and move the route to it (cluster move), then release the file; or ask the source anew"
    return Held(
        Reason.ELSEWHERE, f"{what} lies on node {node} alone, and the source has it no more", hint=hint
    )
