"""The bad items of a file as a sheet for staff, and what they wrote into it. Sheets are personal data."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from openpyxl import load_workbook

from gateway.errors import GatewayError
from gateway.findings import in_japanese
from gateway.formats.corrections import BadItem, Place
from gateway.sheets import FORMULA, Cell, Kind, sheet

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


def sheet_of(transfer: str, items: Iterable[BadItem], kind: Kind) -> bytes:
    """The sheet: a row for each bad item, with an empty cell for the value that it is to have."""
    return sheet(kind, TITLES, (_row(transfer, one) for one in items), name="不備一覧")


def _row(transfer: str, one: BadItem) -> dict[str, Cell]:
    record, index = one.place
    return {
        "transfer": transfer,
        "record": record,
        "number": index + 1,
        "item": one.item,
        "offset": one.offset,
        "rule": one.rule,
        "message": in_japanese(one.message),
        "found": one.found,
        "value": "",
    }


def values_in(transfer: str, path: Path) -> dict[Place, str]:
    """What people wrote into the sheet of a file. Blocks. Raises ``NotToBeCorrected``."""
    rows = _xlsx(path) if path.suffix.lower() == ".xlsx" else _csv(path)
    titled = [dict(zip(TITLES, row, strict=False)) for row in rows]
    if any(row.get("transfer") != transfer for row in titled):
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
