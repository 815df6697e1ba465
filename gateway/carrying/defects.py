"""The bad items of a file as a sheet for staff, and what they wrote into it. Sheets are personal data."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

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
    "key": "キー",
}
"""The columns; the last one says whose record it is, for those who look up what is right."""

NEEDED = {
    key: title for key, title in TITLES.items() if key in ("transfer", "record", "number", "item", "value")
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
        "key": "、".join(f"{name} {value}" for name, value in one.key),
    }


@dataclass(frozen=True, kw_only=True)
class Written:
    """The right value of one item, as it stands in a sheet. Its repr does not show it."""

    place: Place
    item: str
    value: str = field(repr=False)


def corrections_in(transfer: str, path: Path) -> list[Written]:
    """What people wrote into the sheet of a file. Blocks. Raises ``NotToBeCorrected``."""
    rows = _titled(_xlsx(path) if path.suffix.lower() == ".xlsx" else _csv(path))
    if any(row["transfer"] != transfer for row in rows):
        raise NotToBeCorrected("the sheet is that of another file", hint="linkage-gateway sheet TRANSFER")
    filled = [row for row in rows if row["value"]]
    if not filled:
        raise NotToBeCorrected(
            "no corrected value is in the sheet", hint=f"write them under {TITLES['value']}"
        )
    try:
        return [_correction(row) for row in filled]
    except ValueError:
        raise NotToBeCorrected("the columns of the sheet were changed", hint="make a new one") from None


def values_for(items: Iterable[BadItem], corrections: Iterable[Written]) -> dict[Place, str]:
    """The values to write, by place. Raises ``NotToBeCorrected``: only what is bad is changed, and by one value."""
    bad = {(one.place, one.item) for one in items}
    values: dict[Place, str] = {}
    for one in corrections:
        number = one.place[0]
        if (one.place, one.item) not in bad:
            raise NotToBeCorrected(
                f"record {number}, item {one.item}: the file has nothing bad there", hint=ANEW
            )
        if values.setdefault(one.place, one.value) != one.value:
            raise NotToBeCorrected(
                f"record {number}, item {one.item}: the sheet has two values for it", hint="leave one of them"
            )
    return values


ANEW = "leave its rows as they were written; linkage-gateway sheet TRANSFER makes a new one"


def _correction(row: Mapping[str, str]) -> Written:
    return Written(place=(int(row["record"]), int(row["number"]) - 1), item=row["item"], value=row["value"])


def _titled(rows: Iterator[list[str]]) -> list[dict[str, str]]:
    """The rows that hold anything, by the keys of ``NEEDED``, in whatever order its columns stand by now."""
    titles = next(rows, [])
    if set(NEEDED.values()) - set(titles):
        raise NotToBeCorrected("the columns of the sheet were changed", hint="make a new one")
    at = {key: titles.index(title) for key, title in NEEDED.items()}
    filled = (row + [""] * (len(titles) - len(row)) for row in rows if any(row))
    return [{key: row[index] for key, index in at.items()} for row in filled]


def _csv(path: Path) -> Iterator[list[str]]:
    for row in csv.reader(io.StringIO(_text(path.read_bytes()), newline="")):
        yield [cell[1:] if cell[:1] == "'" and cell[1:2] in FORMULA else cell for cell in row]


def _text(content: bytes) -> str:
    """UTF-8, as the sheet was written, or CP932, as a Japanese spreadsheet stores CSV."""
    for encoding in ("utf-8-sig", "cp932"):
        with suppress(UnicodeDecodeError):
            return content.decode(encoding)
    raise NotToBeCorrected("the sheet is neither UTF-8 nor CP932", hint="store it as .xlsx")


def _xlsx(path: Path) -> Iterator[list[str]]:
    try:
        page = load_workbook(path, read_only=True, data_only=True).worksheets[0]
    except (BadZipFile, InvalidFileException, KeyError, ValueError, IndexError):
        raise NotToBeCorrected("the sheet is no xlsx file", hint="store it as .xlsx or .csv") from None
    for row in page.iter_rows(values_only=True):
        yield ["" if cell is None else str(cell) for cell in row]
