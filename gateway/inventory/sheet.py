"""Inventories as spreadsheets and CSV, written and read. What is read may come from anywhere: it has bounds."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from gateway.inventory.entry import COLUMNS, OURS, Column, Entry, column_of
from gateway.sheets import FORMULA, sheet

MOST_ROWS = 20_000
MOST_COLUMNS = 200
MOST_BYTES = 64 * 1024 * 1024
LONGEST = 4000
"""Bounds of a sheet that is read: rows, columns, bytes unpacked, characters of a cell."""

_HEAD_WITHIN = 30
_HEADINGS = 3
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 does not have."""

_LINE = Side(style="thin", color="FFB4BDC8")
_FILLS = {"現行": "FFE5E9EE", "過渡期": "FFFBE3B4", "標準化後": "FFD3E6F6"}


class SheetFault(ValueError):
    """A sheet that cannot be read; the text says why, and what to do."""


def csv_text(entries: Iterable[Entry]) -> str:
    """CSV with the headings of the sheet, in UTF-8 with BOM so that spreadsheets read it as such.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    titles = {column.key: column.heading for column in COLUMNS}
    return sheet("csv", titles, map(asdict, entries), name="").decode()


def write_xlsx(entries: Sequence[Entry], path: Path, *, title: str) -> None:
    """A workbook with filters and a head that stays. No cell is a formula, whatever is written in it."""
    book = Workbook()
    page = book.active
    assert isinstance(page, Worksheet), "a new workbook has one"
    page.title = "連携一覧"
    for number, (column, ours) in enumerate(_with_owner(), start=1):
        page.column_dimensions[get_column_letter(number)].width = column.width
        _head_cell(page.cell(row=1, column=number), column, ours=ours)
    for line, entry in enumerate(entries, start=2):
        for number, (key, value) in enumerate(asdict(entry).items(), start=1):
            _text_cell(page.cell(row=line, column=number), key, value)
    _lay_out(page, title)
    book.save(path)


def _lay_out(page: Worksheet, title: str) -> None:
    """A head that stays, filters, and pages that fit on paper."""
    page.freeze_panes = "C2"
    page.auto_filter.ref = page.dimensions
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", page.PAPERSIZE_A3
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.print_title_rows = "1:1"
    if page.oddHeader is not None and page.oddFooter is not None:
        page.oddHeader.left.text, page.oddFooter.right.text = title.replace("&", "&&"), "&P / &N"


def _with_owner() -> Iterator[tuple[Column, bool]]:
    """Every column, and whether it is ours rather than the sheet's."""
    ours = False
    for column in COLUMNS:
        ours = ours or column.key == OURS
        yield column, ours


def _head_cell(cell: Any, column: Column, *, ours: bool) -> None:
    cell.value = column.heading
    cell.font = Font(bold=True, color="FFFFFFFF")
    cell.fill = PatternFill("solid", fgColor="FF38424E" if ours else "FF1F6FB2")
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)


def _text_cell(cell: Any, key: str, value: str) -> None:
    """A cell of text, whatever its first character."""
    cell.value = _NO_XML.sub("", value) or None
    cell.data_type = "s"
    cell.quotePrefix = value.startswith(FORMULA)
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    cell.border = Border(bottom=_LINE)
    if key == "phase" and value in _FILLS:
        cell.fill = PatternFill("solid", fgColor=_FILLS[value])


def read_sheet(path: Path) -> tuple[Entry, ...]:
    """The rows of an inventory: a workbook's first sheet with a heading that is known, or CSV.

    The heading may stand below titles, and its names in two lines. Rows without anything known are left out.

    Raises:
        SheetFault: it is neither, has no known heading, or exceeds the bounds.
    """
    tables = _csv_table(path) if path.suffix.lower() == ".csv" else _workbook(path)
    for rows in tables:
        found = _entries(rows)
        if found is not None:
            return found
    wanted = "、".join(column.heading for column in COLUMNS[:8])
    raise SheetFault(f"{path.name} has no row with at least {_HEADINGS} known headings, such as {wanted}")


def _csv_table(path: Path) -> Iterator[list[list[str]]]:
    raw = _bounded(path)
    for code in ("utf-8-sig", "cp932"):
        try:
            text = raw.decode(code)
        except UnicodeDecodeError:
            continue
        rows = csv.reader(io.StringIO(text, newline=""))
        yield [[_told(value.removeprefix("'")) for value in row] for row in islice(rows, MOST_ROWS)]
        return
    raise SheetFault(f"{path.name} is neither UTF-8 nor CP932; save it as one of them")


def _bounded(path: Path) -> bytes:
    if path.stat().st_size > MOST_BYTES:
        raise SheetFault(f"{path.name} is larger than {MOST_BYTES >> 20} MiB; split it")
    return path.read_bytes()


def _workbook(path: Path) -> list[list[list[str]]]:
    try:
        if (unpacked := _unpacked(path)) <= MOST_BYTES:
            return _sheets(path)
    except Exception as error:  # noqa: BLE001 - the library raises whatever a broken file makes it meet
        reason = type(error).__name__
        raise SheetFault(
            f"{path.name} cannot be read as a workbook ({reason}); save it as .xlsx or CSV"
        ) from None
    raise SheetFault(f"{path.name} unpacks to {unpacked >> 20} MiB, more than {MOST_BYTES >> 20}; split it")


def _unpacked(path: Path) -> int:
    """The bytes that a workbook takes once unpacked, as it says itself."""
    with zipfile.ZipFile(path) as packed:
        return sum(one.file_size for one in packed.infolist())


def _sheets(path: Path) -> list[list[list[str]]]:
    with closing(load_workbook(path, read_only=True, data_only=True, keep_links=False)) as book:
        return [
            [
                [_told(value) for value in row]
                for row in page.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS, values_only=True)
            ]
            for page in book.worksheets
        ]


def _told(value: object) -> str:
    """A cell as one line of text: whole numbers without a fraction, no line ends, bounded."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(_NO_XML.sub("", str(value)).split())[:LONGEST]


def _entries(rows: Sequence[Sequence[str]]) -> tuple[Entry, ...] | None:
    for number, row in enumerate(rows[:_HEAD_WITHIN]):
        columns, after = _head(row, rows[number + 1] if number + 1 < len(rows) else ())
        if len({column.key for column in columns.values()}) >= _HEADINGS:
            found = (_entry(one, columns) for one in rows[number + after :])
            return tuple(entry for entry in found if entry != Entry())
    return None


def _head(row: Sequence[str], below: Sequence[str]) -> tuple[dict[int, Column], int]:
    """The columns by position, and how many lines the heading has.

    In two lines, a name stretches over the cells to its right, 連携機能名 over Lv1 and Lv2, and nothing else stands in
    the second line.
    """
    single = {number: column for number, value in enumerate(row) if (column := column_of(value))}
    stretched = ""
    double: dict[int, Column | None] = {}
    for number, value in enumerate(below):
        upper = row[number] if number < len(row) else ""
        stretched = upper or stretched
        if value:
            double[number] = column_of(stretched + value)
    named = {number: column for number, column in double.items() if column is not None}
    is_heading = single and named and len(named) == len(double) and not named.items() <= single.items()
    return (single | named, 2) if is_heading else (single, 1)


def _entry(row: Sequence[str], columns: dict[int, Column]) -> Entry:
    values: dict[str, str] = {}
    for number, column in columns.items():
        if number < len(row) and row[number]:
            values.setdefault(column.key, row[number])
    return Entry(**values)
