"""Leaves a file out: nothing of it is sent, since another one holds it all, it came before, or a person said so."""

from __future__ import annotations

from gateway import events
from gateway.carrying.journey import Journey, named
from gateway.carrying.production import count
from gateway.formats import BadRecords, FormatFaults
from gateway.journal import Transfer
from gateway.model import Format


async def leave_out(journey: Journey, transfer: Transfer) -> Transfer:
    """It is counted as superseded; what was written of it under temporary names is removed first."""
    await take_back(journey, transfer)
    done = await journey.journal.superseded(transfer, records=await _as_far_as_counted(journey, transfer))
    journey.report.emit(events.FILE_SUPERSEDED, **named(done))
    return done


async def skip(journey: Journey, transfer: Transfer, to_format: Format) -> Transfer:
    """It came again with the content that was carried last, or without a change: it is counted as unchanged."""
    done = await journey.journal.skipped(transfer, to_format)
    journey.report.emit(events.FILE_UNCHANGED, **named(done))
    return done


async def take_back(journey: Journey, transfer: Transfer) -> None:
    """Remove what was written of a file under temporary names; nothing of it was published."""
    for output in transfer.outputs:
        if output.handle:
            await (await journey.places.reach(output.endpoint)).discard(output.handle, output.path)


async def _as_far_as_counted(journey: Journey, transfer: Transfer) -> int | None:
    """None where the records cannot be told, or the bytes are gone: a person may leave such a file out, too."""
    try:
        return await count(journey, transfer)
    except (BadRecords, FormatFaults, FileNotFoundError):
        return None
