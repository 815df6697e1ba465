"""Bad items of a held file as a sheet for staff, and the file that goes on with what they wrote into it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from gateway.carrying.defects import NotToBeCorrected, corrections_in, values_for
from gateway.carrying.production import reported
from gateway.errors import NotKept
from gateway.evidence.drawers import CORRECTED
from gateway.formats import Form, FormatFaults
from gateway.formats.corrections import BadItem, NotCorrected, bad_items, correct
from gateway.formats.ondisk import AnyFile, created
from gateway.formats.records import RecordForm
from gateway.journal import Corrected, Journal, Kept, Transfer
from gateway.load import City
from gateway.sealing import Broken, sealing_of, sync
from gateway.stores.originals import KeptFiles, kept_files
from gateway.stores.spool import ORIGINAL, Spool, digest_of
from gateway.times.clock import SystemClock


@dataclass(frozen=True, kw_only=True)
class Correction:
    """Who corrected a file with which sheet, and why."""

    file: Path
    who: str
    reason: str


def _form(city: City, transfer: Transfer) -> RecordForm:
    route = city.routes.get(transfer.route)
    places = () if route is None else route.places("from", transfer.from_format)
    forms = (
        city.conversions.form(one, transfer.business_date)
        for one in places
        if one.endpoint == transfer.endpoint
    )
    form: Form | None = next(forms, None)
    if form is None:
        raise NotToBeCorrected(
            "its route, or the layout of its source, is not known", hint="linkage-gateway check"
        )
    compiled, faults = form.compiled()
    if faults:
        raise NotToBeCorrected(str(FormatFaults(faults)), hint="linkage-gateway check")
    return compiled


def bad_items_of(city: City, transfer: Transfer) -> list[BadItem]:
    """The bad items of a held file, as many as its report lists. Raises ``NotToBeCorrected`` if it has none. Blocks."""
    folder = city.installation.gateway.state_dir / "spool" / transfer.id
    report = reported(folder)
    if report is None:
        raise NotToBeCorrected("it is not held for bad records", hint="see linkage-gateway held")
    original = sealing_of(city.installation).at(folder / ORIGINAL)
    items = bad_items(_form(city, transfer), original, report.records)
    if not items:
        hint = (
            "have the source send it anew and end this one unsent (release --superseded), or mend the layout"
        )
        raise NotToBeCorrected("what is wrong is no item's value, which a sheet could correct", hint=hint)
    return items


async def go_on_corrected(city: City, journal: Journal, transfer: Transfer, by: Correction) -> Transfer:
    """Put the corrections in, keep the original and the sheet, and let the file go on in its name and its order.

    Raises ``NotToBeCorrected``; then the file stays held as it was.
    """
    written = await asyncio.to_thread(corrections_in, transfer.id, by.file)
    form = _form(city, transfer)
    state_dir, sealing = city.installation.gateway.state_dir, sealing_of(city.installation)
    originals = kept_files(city.installation, sealing)["originals"]
    spool = Spool(state_dir / "spool", limit=city.installation.limits.spool, sealing=sealing)
    try:
        await _put_back(originals, spool, transfer)
        values = values_for(await asyncio.to_thread(bad_items_of, city, transfer), written)
        path = spool.file(transfer.id, ORIGINAL)
        stored = await spool.make(transfer.id, ORIGINAL, lambda part: correct(form, path, part, values))
    except NotCorrected as wrong:
        raise NotToBeCorrected(
            str(wrong), hint="write another value, or have the source send the file anew"
        ) from None
    finally:
        spool.close()
    await asyncio.to_thread(_keep_sheet, city, transfer, by.file)
    kept = Kept(store="originals", sha256=transfer.sha256, bytes=transfer.bytes or 0)
    done = Corrected(
        original=kept,
        bytes=stored.size,
        sha256=stored.sha256,
        items=len(values),
        who=by.who,
        reason=by.reason,
    )
    return await journal.corrected(transfer, done)


def _keep_sheet(city: City, transfer: Transfer, sheet: Path) -> None:
    """Keep the sheet as it was filled in, for ``retention.corrected``; only its owner may read it. Blocks."""
    sealing, folder = sealing_of(city.installation), city.installation.gateway.state_dir / CORRECTED
    folder.mkdir(mode=0o700, exist_ok=True)
    at = SystemClock().now()
    name = folder / f"{transfer.id}.{at:%Y%m%dT%H%M%S%f}{sheet.suffix.lower()}"
    part = sealing.new(name.with_name(f".{name.name}"), unfinished=True)
    with created(part) as file:
        file.write(sheet.read_bytes())
    sync(part)
    sealing.publish(part, name)


async def _put_back(originals: KeptFiles, spool: Spool, transfer: Transfer) -> None:
    """The spool holds the original as it came, also after a correction that was cut short; it is kept as well."""
    if not await asyncio.to_thread(_is, spool.file(transfer.id, ORIGINAL), transfer.sha256):
        await spool.store(transfer.id, ORIGINAL, _all(originals, transfer.sha256))
    try:
        await originals.keep(spool.file(transfer.id, ORIGINAL), transfer.sha256)
    except NotKept as gone:
        raise NotToBeCorrected(gone.message, hint=gone.hint) from None


def _is(file: AnyFile, sha256: str) -> bool:
    try:
        return digest_of(file).sha256 == sha256
    except Broken:
        return False


async def _all(originals: KeptFiles, sha256: str) -> AsyncIterator[bytes]:
    async for chunk in originals.open(sha256):
        yield chunk
