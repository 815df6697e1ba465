"""Tables as files that people open in a spreadsheet: CSV (UTF-8 with BOM, for Excel) and xlsx.

No cell is ever a formula, whatever a text begins with. Files are for their owner alone.
"""

from __future__ import annotations

import csv
import errno
import io
import os
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

Kind = Literal["csv", "xlsx"]
Cell = str | int | float | None
WIDEST = 60
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings of a text that a spreadsheet takes for a formula."""


def sheet(kind: Kind, titles: Mapping[str, str], rows: Iterable[Mapping[str, Cell]], *, name: str) -> bytes:
    """A file with a row of titles and the cells of ``rows`` under them, by the keys of ``titles``."""
    cells = ([row.get(key) for key in titles] for row in rows)
    return _csv(titles.values(), cells) if kind == "csv" else _xlsx(list(titles.values()), cells, name)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads; one that is there is replaced."""
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    part = path.with_name(f".{path.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)


def _csv(titles: Iterable[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(titles)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def _xlsx(titles: Sequence[str], rows: Iterable[Sequence[Cell]], name: str) -> bytes:
    from openpyxl import Workbook  # noqa: PLC0415 - most who import this write other files, and it is slow to load
    from openpyxl.styles import Font  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    book = Workbook()
    page = book.worksheets[0]
    page.title = name
    page.append(list(titles))
    for row in rows:
        page.append(list(row))
    for number, column in enumerate(page.iter_cols(), start=1):
        for cell in column:
            if cell.value is None or isinstance(cell.value, str):
                cell.number_format = "@"
            if isinstance(cell.value, str):
                cell.data_type = "s"
        widest = max(_width(cell.value) for cell in column[:200])
        page.column_dimensions[get_column_letter(number)].width = min(widest + 2, WIDEST)
    for cell in page[1]:
        cell.font = Font(bold=True)
    page.freeze_panes = "A2"
    page.auto_filter.ref = page.dimensions
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _width(value: object) -> int:
    """Columns that a value takes on screen; Japanese takes two a character."""
    text = "" if value is None else str(value)
    return len(text) + sum(unicodedata.east_asian_width(character) in "WF" for character in text)
