"""The last step of a file's journey: the source is put away as it was read, or left alone, never anything else."""

from __future__ import annotations

from dataclasses import replace

from adapters.base import Adapter, Entry
from adapters.errors import AlreadyThere, Changed, NotFound
from gateway import events
from gateway.carrying.completeness import assert_right_place, is_spent, is_there
from gateway.carrying.journey import Journey, name_values, named, source_place
from gateway.cutover import phase
from gateway.errors import NotKept
from gateway.journal import Kept, Transfer
from gateway.manifest import ManifestFault
from gateway.naming import DestinationName
from gateway.stores.spool import ORIGINAL


async def settle(journey: Journey, transfer: Transfer) -> Transfer:
    """Keep what was received and delivered, then archive, remove or leave the source as it was read."""
    try:
        kept = await _keep(journey, transfer)
        detail = await _settle_source(journey, transfer)
    except NotKept as missing:
        kept = []
        if await _was_begun_elsewhere(journey, transfer):
            detail = await _settle_source(journey, transfer)
        else:
            journey.report.emit(events.SETTLE_SKIPPED, **named(transfer), error=missing.message)
            detail = "left alone"
    settled = await journey.journal.settled(transfer, detail, kept)
    await journey.spool.remove(transfer.id)
    _report_carried(journey, settled)
    return settled


async def _keep(journey: Journey, transfer: Transfer) -> list[Kept]:
    """The original and an output of its own are durable among the kept files before the source is touched."""
    original = Kept(store="originals", sha256=transfer.sha256, bytes=transfer.bytes or 0)
    names = {original: ORIGINAL}
    for output in transfer.outputs:
        if output.spool_name != ORIGINAL:
            names[Kept(store="outputs", sha256=output.sha256, bytes=output.bytes)] = output.spool_name
    done = []
    for kept, name in names.items():
        try:
            await journey.kept[kept.store].keep(journey.spool.file(transfer.id, name), kept.sha256)
        except NotKept:
            if kept == original or not journey.node:
                raise
            continue  # the node that made it was lost; it is made of the original, which is here
        done.append(kept)
    return done


async def _was_begun_elsewhere(journey: Journey, transfer: Transfer) -> bool:
    """Whether another node began to put the source away: it kept the original before it did, and this one goes on."""
    if not journey.node or transfer.replay_of or transfer.diverted_from or transfer.by_hand:
        return False
    source = await journey.places.reach(transfer.endpoint)
    try:
        return (await source.stat(transfer.entry.path)).identity != transfer.entry.identity
    except NotFound:
        return True


async def _settle_source(journey: Journey, transfer: Transfer) -> str:
    if transfer.replay_of:
        return "replayed"
    if transfer.diverted_from:
        return "diverted"
    if transfer.by_hand:
        return "handed in"
    if journey.route.after.action == "keep" or transfer.outcome == "compared":
        return "kept"
    source = await journey.places.reach(transfer.endpoint)
    detail: str = journey.route.after.action
    try:
        await _put_away(journey, source, transfer.entry, transfer)
    except (NotFound, Changed) as left:
        await assert_right_place(source, source_place(journey, transfer))
        await _explain(journey, transfer, source, left)
        detail = "left alone"
    if transfer.companion is not None:
        await _put_away_companion(journey, source, transfer.companion, transfer)
    return detail


async def _explain(journey: Journey, transfer: Transfer, source: Adapter, left: Exception) -> None:
    """A source that is gone because our own last attempt put it away is no news."""
    archived = _away_path(journey, transfer.entry, transfer)
    if isinstance(left, NotFound) and (archived is None or await is_there(source, archived)):
        return
    journey.report.emit(events.SETTLE_SKIPPED, **named(transfer), error=str(left))


async def _put_away_companion(
    journey: Journey, source: Adapter, companion: Entry, transfer: Transfer
) -> None:
    """Its marker goes with a file; a manifest goes with the last of its files."""
    place = source_place(journey, transfer)
    try:
        if place.ready.manifest is None or await is_spent(source, companion):
            await _put_away(journey, source, companion, transfer)
    except (NotFound, Changed, ManifestFault):
        return  # the source took it back or wrote another: nothing of ours is left


async def _put_away(journey: Journey, source: Adapter, entry: Entry, transfer: Transfer) -> None:
    path = _away_path(journey, entry, transfer)
    if path is None:
        exclusive = source_place(journey, transfer).handover == "exclusive"
        await source.remove(entry, exclusive=exclusive)
        return
    try:
        await source.rename(entry, path)
    except AlreadyThere:
        await source.rename(entry, f"{path}.{transfer.token}")


def _away_path(journey: Journey, entry: Entry, transfer: Transfer) -> str | None:
    """Where a settled source goes; None where it is removed."""
    after = journey.route.after
    if after.action == "delete":
        return None
    if after.to is not None:
        name = DestinationName.compile(after.to)
        return name.render(replace(name_values(journey, transfer, 1), name=entry.name))
    folder, slash, name_ = entry.path.rpartition("/")
    return f"{folder}{slash}archive/{name_}"


def _report_carried(journey: Journey, transfer: Transfer) -> None:
    """The one canonical line of a file."""
    if transfer.outcome != "delivered" or transfer.output is None:
        return
    output = transfer.output
    journey.report.emit(
        events.FILE_CARRIED,
        **named(transfer),
        destination=f"{output.endpoint}:{transfer.outputs[0].path}",
        parts=len(transfer.outputs) if len(transfer.outputs) > 1 else None,
        bytes=sum(one.bytes for one in transfer.outputs),
        records=_records_of(transfer),
        sha256=output.sha256 if len(transfer.outputs) == 1 else None,
        from_format=transfer.from_format,
        to_format=output.to_format,
        phase=phase(transfer.from_format, output.to_format),
        revision=transfer.revision,
        attempt=transfer.attempts + 1,
        seconds=round((journey.clock.now() - transfer.admitted_at).total_seconds(), 3),
    )


def _records_of(transfer: Transfer) -> int | None:
    """Records of all outputs; None where they are not known."""
    counts = [one.records for one in transfer.outputs if one.records is not None]
    return sum(counts) if len(counts) == len(transfer.outputs) else None
