"""Bad items of a held file as a sheet for staff, and the file that goes on with what they wrote into it."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from openpyxl import load_workbook

from gateway.errors import GatewayError, NotKept
from gateway.formats import BadRecord, Form, FormatFaults
from gateway.formats.corrections import BadItem, NotCorrected, Place, bad_items, correct
from gateway.formats.records import RecordForm
from gateway.journal import Corrected, Journal, Kept, Transfer
from gateway.load import City
from gateway.originals import KeptFiles
from gateway.production import REPORT
from gateway.sheets import FORMULA, Cell, Kind, sheet
from gateway.spool import ORIGINAL, Spool

TITLES = {
    "transfer": "転送",
    "record": "レコード",
    "number": "項目番号",
    "item": "項目",
    "offset": "位置",
    "rule": "規則",
    "message": "内容",
    "found": "現在の値",
    "value": "訂正値",
}


class NotToBeCorrected(GatewayError):
    """A sheet, or a file, with which this cannot be done. Never says a value."""


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
    """The bad items of a held file, as many as its report lists. Blocks."""
    folder = city.installation.gateway.state_dir / "spool" / transfer.id
    try:
        report = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotToBeCorrected("it is not held for bad records", hint="see linkage-gateway held") from None
    reported = [BadRecord(**one) for one in report["records"]]
    return bad_items(_form(city, transfer), folder / ORIGINAL, reported)


def sheet_of(transfer: Transfer, items: list[BadItem], kind: Kind) -> bytes:
    """The sheet: a row for each bad item, with an empty cell for the value that it is to have."""
    return sheet(kind, TITLES, (_row(transfer, one) for one in items), name="不備一覧")


def _row(transfer: Transfer, one: BadItem) -> dict[str, Cell]:
    record, index = one.place
    return {
        "transfer": transfer.id,
        "record": record,
        "number": index + 1,
        "item": one.item,
        "offset": one.offset,
        "rule": one.rule,
        "message": one.message,
        "found": one.found,
        "value": "",
    }


def values_in(transfer: Transfer, path: Path) -> dict[Place, str]:
    """What people wrote into the sheet of a file. Blocks."""
    rows = _xlsx(path) if path.suffix.lower() == ".xlsx" else _csv(path)
    titled = [dict(zip(TITLES, row, strict=False)) for row in rows]
    if any(row.get("transfer") != transfer.id for row in titled):
        raise NotToBeCorrected("the sheet is that of another file", hint="linkage-gateway sheet TRANSFER")
    filled = [row for row in titled if row.get("value")]
    if not filled:
        raise NotToBeCorrected(
            "no corrected value is in the sheet", hint=f"write them under {TITLES['value']}"
        )
    try:
        return {(int(row["record"]), int(row["number"]) - 1): row["value"] for row in filled}
    except ValueError:
        raise NotToBeCorrected("the columns of the sheet were changed", hint="make a new one") from None


def _csv(path: Path) -> Iterator[list[str]]:
    rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
    next(rows, None)
    for row in rows:
        yield [cell[1:] if cell[:1] == "'" and cell[1:2] in FORMULA else cell for cell in row]


def _xlsx(path: Path) -> Iterator[list[str]]:
    page = load_workbook(path, read_only=True, data_only=True).worksheets[0]
    for row in page.iter_rows(min_row=2, values_only=True):
        yield ["" if cell is None else str(cell) for cell in row]


async def go_on_corrected(city: City, journal: Journal, transfer: Transfer, by: Correction) -> Transfer:
    """Put the corrections in, keep the original as it came, and let the file go on in its name and its order.

    Raises ``NotToBeCorrected``; then the file stays held as it was.
    """
    values = await asyncio.to_thread(values_in, transfer, by.file)
    form = _form(city, transfer)
    state_dir = city.installation.gateway.state_dir
    originals, spool = (
        KeptFiles(state_dir / "originals"),
        Spool(state_dir / "spool", limit=city.installation.limits.spool),
    )
    try:
        await _put_back(originals, spool, transfer)
        path = spool.path(transfer.id, ORIGINAL)
        stored = await spool.make(transfer.id, ORIGINAL, lambda part: correct(form, path, part, values))
    except NotCorrected as wrong:
        raise NotToBeCorrected(
            str(wrong), hint="write another value, or have the source send the file anew"
        ) from None
    finally:
        spool.close()
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


async def _put_back(originals: KeptFiles, spool: Spool, transfer: Transfer) -> None:
    """The spool holds the original as it came, also after a correction that was cut short; it is kept as well."""
    path = spool.path(transfer.id, ORIGINAL)
    if not await asyncio.to_thread(_is, path, transfer.sha256):
        await spool.store(transfer.id, ORIGINAL, _all(originals, transfer.sha256))
    try:
        await originals.keep(path, transfer.sha256)
    except NotKept as gone:
        raise NotToBeCorrected(gone.message, hint=gone.hint) from None


def _is(path: Path, sha256: str) -> bool:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


async def _all(originals: KeptFiles, sha256: str) -> AsyncIterator[bytes]:
    async for chunk in originals.open(sha256):
        yield chunk
