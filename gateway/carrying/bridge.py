"""Full files become differences, and differences full files. Between the two stands the state: all rows of an end.

The state that holds is a full file among those kept, beside it for every state before it the way back (``undos``). A
new state is drafted with the output that leads to it and holds once that is delivered (see ``journal.deltas``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway import events
from gateway.carrying.journey import Journey, named, source_place
from gateway.config import Delta, Place
from gateway.cutover import Stand
from gateway.errors import Held, NotKept, Reason
from gateway.formats.differences import Difference, apply, difference, digest
from gateway.formats.keyed import Keyed
from gateway.formats.ondisk import AnyFile, created
from gateway.journal import Draft, HeldState, Journal, Kept, Series, Store, Transfer
from gateway.journal.audit import Act
from gateway.journal.deltas import Sent
from gateway.stores.originals import KeptFiles
from gateway.stores.spool import CONVERTED, ORIGINAL, Stored, own_faults, synced

CHANGES, FULL, UNDO = "changes", "full", "undo"

Fresh = Callable[[str], AnyFile]
"""A file to be written under a name."""


class NoChange(Exception):
    """The file holds the rows that the destination has already."""


@dataclass(frozen=True, kw_only=True)
class Bridged:
    """What was made: the file of the spool that goes out, its records, and the state that follows."""

    name: str
    stored: Stored
    records: int
    draft: Draft


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a new state stands on: the one that holds with the file of its rows, or nothing, where it begins anew."""

    series: Series
    keyed: Keyed
    form: str
    state: HeldState | None = None
    rows: AnyFile | None = None
    asked: int | None = None


@dataclass(frozen=True, kw_only=True)
class Made:
    """All rows of a new state, as a file of the spool, what leads there, and what of it goes out."""

    name: str
    stored: Stored
    sent: Sent
    found: Difference


async def differences(journey: Journey, transfer: Transfer, stand: Stand, full: Stored) -> Bridged:
    """What leads from the state that holds to the converted full file, in the destination's form.

    Raises ``NoChange``, ``Held``, or ``BadRecords`` if a key comes twice.
    """
    series = Series(route=transfer.route, side="to", format=stand.format)
    ground = await _ground(journey, transfer, series, journey.route.to.place_of(stand))
    new = journey.spool.file(transfer.id, CONVERTED)
    found = await asyncio.to_thread(difference, ground.keyed, ground.rows, new)
    if ground.state is not None and not found.change.total and journey.route.unchanged != "deliver":
        raise NoChange
    await _assert_no_shrink(journey, transfer, found)
    whole = ground.state is None and _delta(journey).baseline == "whole"
    made = Made(name=CONVERTED, stored=full, sent="full" if whole else "changes", found=found)
    draft = await _draft(journey, transfer, ground, made)
    _tell(journey, transfer, found)
    if whole:
        return Bridged(name=CONVERTED, stored=full, records=found.change.rows, draft=draft)
    stored = await journey.spool.make(transfer.id, CHANGES, found.write)
    return Bridged(name=CHANGES, stored=stored, records=found.change.total, draft=draft)


async def merged(journey: Journey, transfer: Transfer) -> Bridged:
    """The full file, in the source's form, that the state which holds and these changes make.

    ``draft.sent`` is ``nothing`` where no full file is due yet. Raises ``Held`` or ``BadRecords``.
    """
    place = source_place(journey, transfer)
    series = Series(route=transfer.route, side="from", format=transfer.from_format)
    ground = await _ground(journey, transfer, series, place)
    rewriter = journey.city.conversions.rewriter(place, transfer.business_date)
    original = journey.spool.file(transfer.id, ORIGINAL)

    def rewrite(path: AnyFile) -> None:
        rewriter.convert(original, path)

    await journey.spool.make(transfer.id, CHANGES, rewrite)
    changes = journey.spool.file(transfer.id, CHANGES)
    stored = await journey.spool.make(
        transfer.id, FULL, lambda path: apply(ground.keyed, ground.rows, [changes], path)
    )
    full = journey.spool.file(transfer.id, FULL)
    found = await asyncio.to_thread(difference, ground.keyed, ground.rows, full)
    await _assert_no_shrink(journey, transfer, found)
    due = ground.state is None or await _is_due(journey, series)
    sent: Sent = "full" if due else "nothing"
    made = Made(name=FULL, stored=stored, sent=sent, found=found)
    draft = await _draft(journey, transfer, ground, made)
    _tell(journey, transfer, found)
    return Bridged(name=FULL, stored=stored, records=found.change.rows, draft=draft)


async def rows_of(
    journal: Journal, kept: Mapping[Store, KeptFiles], keyed: Keyed, state: HeldState, fresh: Fresh
) -> AnyFile:
    """All rows of a state that held, as a full file: what holds now, and every way back from it.

    ``keyed`` is of the state's form. Nothing of the file is synced. Raises ``NotKept`` if a way back is missing, or
    leads to other rows than there were.
    """
    later = await journal.deltas.since(state)
    if any(not one.undo for one in later):
        raise NotKept(
            "the rows began anew since", hint="a full file from the source is needed; see rebaseline"
        )
    newest = later[0] if later else state
    full = await fetch(kept["states"], newest.sha256, fresh("rows-now"))
    if not later:
        return full
    undos = [
        await fetch(kept["undos"], one.undo, fresh(f"undo-{number}")) for number, one in enumerate(later)
    ]
    target = fresh("rows-then")
    await asyncio.to_thread(apply, keyed, full, undos, target)
    if await asyncio.to_thread(digest, keyed, target) != state.digest:
        hint = "see whether the disk of state_dir fails; a full file from the source is needed"
        raise NotKept("the way back leads to other rows than there were", hint=hint)
    return target


async def give_back(
    journal: Journal,
    kept: Mapping[Store, KeptFiles],
    keyed: Keyed,
    state: HeldState,
    *,
    fresh: Fresh,
    act: Act,
) -> HeldState:
    """Let an older state hold again, because what came after it was discarded or is to be sent anew.

    The file of its rows is one of those that ``fresh`` gives, which lie where ``state_dir`` does. Raises ``NotKept``
    if they cannot be had any more, ``Stale`` if a file of the route is on its way to its destination.
    """
    path = await rows_of(journal, kept, keyed, state, fresh)
    stored = await asyncio.to_thread(synced, path)
    await kept["states"].keep(path, stored.sha256)
    full = Kept(store="states", sha256=stored.sha256, bytes=stored.size)
    return await journal.deltas.returned(state, full, act)


async def fetch(store: KeptFiles, sha256: str, target: AnyFile) -> AnyFile:
    """A copy of a kept file (mode 0600, not synced). Raises ``NotKept`` if it is missing or damaged."""
    with own_faults():
        file = await asyncio.to_thread(created, target)
    try:
        async for chunk in store.open(sha256):
            with own_faults():
                await asyncio.to_thread(file.write, chunk)
    finally:
        with own_faults():
            await asyncio.to_thread(file.close)
    return target


def _delta(journey: Journey) -> Delta:
    delta = journey.route.delta
    assert delta is not None, "asked of routes with delta alone"
    return delta


async def _ground(journey: Journey, transfer: Transfer, series: Series, place: Place) -> Ground:
    """What the new state stands on. Raises ``Held`` if that is not known."""
    conversions = journey.city.conversions
    keyed = conversions.keyed(journey.route, place, transfer.business_date)
    form = conversions.form(place, transfer.business_date)
    assert form is not None, "the loader refuses routes with delta and without layouts"
    ground = Ground(series=series, keyed=keyed, form=form.fingerprint)
    asked = await journey.journal.deltas.asked_anew(transfer.route)
    state = await journey.journal.deltas.current(series)
    if asked is not None:
        return Ground(series=series, keyed=keyed, form=form.fingerprint, asked=asked)
    if state is None and series.side == "to" and await journey.journal.deltas.is_first(series):
        return ground
    if state is None:
        raise _groundless(journey, transfer, "nobody knows which rows were there before")
    if state.form != form.fingerprint:
        raise _groundless(journey, transfer, "the layout is another one than that of the rows before")
    try:
        rows = await fetch(
            journey.kept["states"], state.sha256, journey.spool.fresh(transfer.id, "rows-before")
        )
    except NotKept as missing:
        why = f"the rows before cannot be read: {missing.message}"
        raise _groundless(journey, transfer, why) from None
    return Ground(series=series, keyed=keyed, form=form.fingerprint, state=state, rows=rows)


def _groundless(journey: Journey, transfer: Transfer, why: str) -> Held:
    hint = f"have a full file sent, then: linkage-gateway rebaseline {transfer.route} --reason ..."
    journey.report.emit(events.BASELINE_NEEDED, **named(transfer), reason=why)
    return Held(Reason.BASE_MISSING, why, hint=hint)


async def _assert_no_shrink(journey: Journey, transfer: Transfer, found: Difference) -> None:
    """Raises ``Held`` if suspiciously many rows are gone and no person let them go."""
    change, allowed = found.change, _delta(journey).shrink
    if change.deletes <= allowed * change.before:
        return
    if await journey.journal.deltas.is_allowed(transfer.id, "shrink"):
        return
    hint = "ask the source whether that is right; release deletes these rows at the destination"
    counts = f"{change.deletes} of {change.before} rows are gone, the route lets {allowed:.4g} of them go"
    raise Held(Reason.SHRINK, counts, hint=hint)


async def _draft(journey: Journey, transfer: Transfer, ground: Ground, made: Made) -> Draft:
    """The state that is to follow; the file of its rows and the way back are kept when this returns."""
    found, change, undo = made.found, made.found.change, None
    if ground.state is not None:
        stored = await journey.spool.make(transfer.id, UNDO, found.inverse().write)
        undo = await _keep(journey, transfer, "undos", UNDO, stored)
    return Draft(
        series=ground.series,
        base=ground.state.number if ground.state else None,
        form=ground.form,
        digest=found.digest,
        full=await _keep(journey, transfer, "states", made.name, made.stored),
        undo=undo,
        rows=change.rows,
        inserts=change.inserts,
        updates=change.updates,
        deletes=change.deletes,
        sent=made.sent,
        asked=ground.asked,
    )


async def _keep(journey: Journey, transfer: Transfer, store: Store, name: str, stored: Stored) -> Kept:
    await journey.kept[store].keep(journey.spool.file(transfer.id, name), stored.sha256)
    return Kept(store=store, sha256=stored.sha256, bytes=stored.size)


async def _is_due(journey: Journey, series: Series) -> bool:
    """Whether a full file is to go out."""
    full = _delta(journey).full
    assert full is not None, "the loader refuses routes that make full files without it"
    last = await journey.journal.deltas.last_full(series)
    return last is None or journey.clock.now() >= last + full.every


def _tell(journey: Journey, transfer: Transfer, found: Difference) -> None:
    change = found.change
    counts = f"{change.inserts} new, {change.updates} changed, {change.deletes} gone, {change.rows} in all"
    journey.report.emit(events.CHANGES_FOUND, **named(transfer), count=change.total, reason=counts)
