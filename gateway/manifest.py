"""A list of files that belong together, with what each must be: read at a source, written at a destination. Pure.

The form is the gateway's own (the standard's text was not at hand): CSV in UTF-8 with a header line.

    name,bytes,sha256,records,format,content,republished-of
    JUKI_20270104_1.csv,10862,a21233b8...,80,standard,full,

``name`` and ``bytes`` are required; the other columns may be left out or empty. Further columns are ignored.
``format`` (legacy or standard) and ``content`` (full or differential) let whoever reads the files refuse those of the
wrong mode. ``republished-of`` names the files, separated by spaces, in whose place a file that is sent again stands.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

from adapters.names import why_unsafe

COLUMNS = ("name", "bytes", "sha256", "records", "format", "content", "republished-of")
MODES = {"format": ("legacy", "standard"), "content": ("full", "differential")}
LARGEST = 1 << 20
"""Bytes of a manifest at most."""


class ManifestFault(ValueError):
    """A manifest that cannot be used; the text names the line and what to write."""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One file of a manifest: its name in the manifest's folder, bytes, hex digest, number of records and mode."""

    name: str
    size: int
    sha256: str = ""
    records: int | None = None
    format: str = ""
    content: str = ""
    republished_of: str = ""


def parse(text: str) -> tuple[Listed, ...]:
    """Every file of a manifest. Raises ``ManifestFault``."""
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        missing = {"name", "bytes"} - set(rows.fieldnames or ())
        if missing:
            raise ManifestFault(
                f"line 1: no column {' and '.join(sorted(missing))}; write {','.join(COLUMNS)}"
            )
        found = tuple(_listed(row, rows.line_num) for row in rows)
    except csv.Error as error:
        raise ManifestFault(f"line {rows.line_num}: no CSV ({error})") from None
    names = [listed.name for listed in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ManifestFault("a file is listed twice; list each once")
    return found


def _listed(row: dict[str, str | None], line: int) -> Listed:
    name = row["name"] or ""
    if not name or "/" in name or why_unsafe(name):
        raise ManifestFault(f"line {line}: name is missing or unsafe; write the file's name without folders")
    return Listed(
        name=name,
        size=_number(row["bytes"], "bytes", line),
        sha256=_digest(row.get("sha256") or "", line),
        records=_number(row["records"], "records", line) if row.get("records") else None,
        format=_mode(row, "format", line),
        content=_mode(row, "content", line),
        republished_of=row.get("republished-of") or "",
    )


def _mode(row: Mapping[str, str | None], column: str, line: int) -> str:
    said = row.get(column) or ""
    if said and said not in MODES[column]:
        raise ManifestFault(f"line {line}: {column} is neither {' nor '.join(MODES[column])}")
    return said


def _number(text: str | None, column: str, line: int) -> int:
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 18:  # noqa: PLR2004 - no file is larger
        raise ManifestFault(f"line {line}: {column} is no number")
    return int(text)


def _digest(text: str, line: int) -> str:
    if text and (len(text) != 64 or set(text.lower()) - set("0123456789abcdef")):  # noqa: PLR2004 - SHA-256 in hex
        raise ManifestFault(f"line {line}: sha256 is no SHA-256 in hex")
    return text.lower()


def render(files: tuple[Listed, ...]) -> str:
    """The text of a manifest."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for file in files:
        records = "" if file.records is None else file.records
        mode = (file.format, file.content, file.republished_of)
        rows.writerow((file.name, file.size, file.sha256, records, *mode))
    return text.getvalue()
