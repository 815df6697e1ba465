"""Bad records leave their file, where the route says so: it goes on without them, and they wait for correction.

They become a transfer of their own (see ``journal.diversions``) with a sheet for staff. Only records that can be
corrected item by item are taken out; where anything else is wrong, the file is held as a whole.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from gateway import events
from gateway.carrying.journey import Journey, converter_for, named
from gateway.carrying.production import REPORT, WITHOUT, quarantined
from gateway.cutover import Stand
from gateway.formats import BadRecord, BadRecordReport, BadRecords, Converter
from gateway.formats.corrections import bad_items
from gateway.formats.ondisk import AnyFile
from gateway.formats.parts import extract
from gateway.formats.survey import Survey, survey
from gateway.journal import Transfer
from gateway.journal.diversions import Diversion, id_of
from gateway.stores.spool import ORIGINAL, SHEETS, Stored


async def without_bad_records(
    journey: Journey, transfer: Transfer, stand: Stand, bad: BadRecords
) -> Transfer:
    """The transfer, whose file goes on without its bad records. Raises ``Held`` where it may not."""
    converter = converter_for(journey, transfer, stand)
    if converter is None or not _may_be_parted(journey, transfer):
        raise await quarantined(journey, transfer, bad) from None
    path = journey.spool.file(transfer.id, ORIGINAL)
    found = await asyncio.to_thread(survey, converter, path)
    if not found.can_be_parted:
        raise await quarantined(journey, transfer, bad) from None
    part = await _taken_out(journey, transfer, converter, found)
    await journey.journal.diversions.divert(part)
    journey.report.emit(
        events.RECORDS_DIVERTED, **named(transfer), count=part.records, reason=part.id, next_action=part.hint
    )
    latest = await journey.journal.find(transfer.id)
    assert latest is not None, "it was admitted"
    return latest


def _may_be_parted(journey: Journey, transfer: Transfer) -> bool:
    """Once for each file that came in; what was taken out is not parted again."""
    return journey.route.bad_records == "divert" and not transfer.diverted and not transfer.diverted_from


async def _taken_out(journey: Journey, transfer: Transfer, converter: Converter, found: Survey) -> Diversion:
    """Both files are durable in the spool, and a sheet of the bad items is there."""
    spool, source = journey.spool, journey.spool.file(transfer.id, ORIGINAL)
    child, bad = id_of(transfer.id), found.bad

    def part(path: AnyFile, *, of_bad: bool) -> None:
        extract(converter.source, source, path, lambda frame: (frame.number in bad) is of_bad)

    await spool.make(transfer.id, WITHOUT, lambda path: part(path, of_bad=False))
    stored = await spool.make(child, ORIGINAL, lambda path: part(path, of_bad=True))
    own = await asyncio.to_thread(survey, converter, spool.file(child, ORIGINAL))
    await _reported(journey, child, own.bad)
    sheet = await asyncio.to_thread(_sheet, journey, child, converter, own.bad)
    return _diversion(transfer, stored, found, sheet)


def _todo(child: str, sheet: Path | None) -> str:
    """What staff do with what was taken out. Where files at rest are encrypted, no sheet lies there ready."""
    named = sheet or f"{child}.xlsx"
    release = f"linkage-gateway release {child} --corrected {named} --reason ..."
    if sheet is None:
        return f"linkage-gateway sheet {child} --out {named}; write the right values into it, then: {release}"
    return f"write the right values into {sheet}, then: {release}"


def _diversion(transfer: Transfer, stored: Stored, found: Survey, sheet: Path | None) -> Diversion:
    first = next(iter(found.bad.values()))[0]
    return Diversion(
        id=id_of(transfer.id),
        of=transfer.id,
        records=len(found.bad),
        total=found.records,
        bytes=stored.size,
        sha256=stored.sha256,
        message=f"{len(found.bad)} of {found.records} records were taken out of the file; the first: record "
        f"{first.record}, item {first.item}, offset {first.offset}: {first.message} ({first.rule})",
        hint=_todo(id_of(transfer.id), sheet),
    )


async def _reported(journey: Journey, child: str, bad: Mapping[int, tuple[BadRecord, ...]]) -> None:
    faults = tuple(fault for faults in bad.values() for fault in faults)
    report = BadRecordReport(records=faults, total=len(faults))
    await journey.spool.write_report(child, REPORT, json.dumps(asdict(report), ensure_ascii=False, indent=2))


def _sheet(
    journey: Journey, child: str, converter: Converter, bad: Mapping[int, tuple[BadRecord, ...]]
) -> Path | None:
    """Write the sheet of the bad items; only its owner may read it. None where no file may lie there plain. Blocks."""
    if journey.spool.sealing.on:
        return None
    from gateway.carrying.defects import sheet_of  # noqa: PLC0415 - spreadsheets take time and room to load
    from gateway.sheets import write_private  # noqa: PLC0415

    reported = (fault for faults in bad.values() for fault in faults)
    items = bad_items(converter.source, journey.spool.file(child, ORIGINAL), reported)
    folder = journey.spool.root.parent / SHEETS
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{child}.xlsx"
    write_private(path, sheet_of(child, items, "xlsx"))
    return path
