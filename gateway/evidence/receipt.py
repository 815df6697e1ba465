"""A consumer's receipt: the number of records that it says it took. Pure.

Receipts have no common form. A count is found in a JSON object, in a CSV file with a row of titles, and in lines
such as ``count=12`` or ``件数：12``; without the name of an item, the receipt is a number and nothing else.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator

LARGEST = 64 << 10
"""Bytes that are read of a receipt."""

_LINE = re.compile(r"^\s*(?P<name>[^:=：]+?)\s*[:=：]\s*(?P<value>[^:=：]+?)\s*$", re.MULTILINE)
_NUMBER = re.compile(r"\d{1,3}(,\d{3})+|\d+")


def count_of(content: bytes, item: str | None) -> int | None:
    """The number under ``item``, or the receipt's only content; None if it does not say one."""
    text = _text(content)
    if item is None:
        return _number(text)
    values = (value for found in (_json, _csv, _lines) for value in found(text, item))
    return next((number for value in values if (number := _number(value)) is not None), None)


def _text(content: bytes) -> str:
    """UTF-8, else the code page of Japanese Windows; what is in neither is no number."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp932", errors="replace")


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text.replace(",", "")) if _NUMBER.fullmatch(text) else None


def _json(text: str, item: str) -> Iterator[str]:
    try:
        read = json.loads(text)
    except ValueError:
        return
    if isinstance(read, dict) and item in read:
        yield str(read[item])


def _csv(text: str, item: str) -> Iterator[str]:
    rows = [row for row in csv.reader(text.splitlines()) if row]
    if len(rows) > 1 and item in rows[0]:
        index = rows[0].index(item)
        yield from (row[index] for row in rows[1:2] if len(row) > index)


def _lines(text: str, item: str) -> Iterator[str]:
    yield from (match["value"] for match in _LINE.finditer(text) if match["name"] == item)
