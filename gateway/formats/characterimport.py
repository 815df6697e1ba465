"""Published vendor tables turned into 外字 tables that a city approves and keeps.

The form read is the JSON of the project jef4j: a list of ``{"code": "41A1", "unicode": "4E02", "hd": "E0102",
"aj1": "E0100", "sp": "3099", "options": ["oneway"]}``. ``hd`` and ``aj1`` are the variation selectors of the
collections Hanyo-Denshi and Adobe-Japan1, ``sp`` is a mark that always belongs to the character. Codes of two digits
are those of a table of single bytes, codes of four those of double bytes.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from gateway.formats.characters.charset import LARGEST_SINGLE
from gateway.formats.characters.codepages import charset, jips_e
from gateway.formats.layouts.layout import Encoding, Single

Selectors = Literal["hd", "aj1", "none"]
_READ_ONLY = frozenset({"decode_only", "oneway", "unmappable", "substitution"})
_COMPATIBLE = "cjk_ci"
_NO_CODE_TABLE = "not a list of codes with code, unicode and options"
_SINGLE_DIGITS = 2


@dataclass(frozen=True, kw_only=True)
class Published:
    """One line of a published table. ``one_way``: read alone. ``compatible``: instead of a variation selector."""

    written: str
    code: int | None
    text: str
    one_way: bool
    compatible: bool


@dataclass(frozen=True, kw_only=True)
class Imported:
    """A table's text, and what of the published one is not in it although it differs: remarks in the table too."""

    text: str
    codes: int
    left_out: tuple[str, ...]


def import_characters(
    text: str,
    *,
    encoding: Encoding,
    selectors: Selectors,
    version: str,
    approved_by: str,
    single: Single | None = None,
    source: str = "",
) -> Imported:
    """A table with every code that ``encoding`` does not have built in, or has otherwise.

    A code whose character another code has as well is marked ``read``. A code that the published table gives two
    characters is left out, because one of them is a slip. Control characters are left out silently: they have no
    place in an item. Raises ValueError if the text is not such a table.
    """
    by_code = _by_code(_rows(text, selectors, jips_e if encoding == "jips-e" else int), selectors)
    left_out = tuple(_contradictions(by_code))
    entries = {code: rows[0] for code, rows in by_code.items() if code is not None and len(rows) == 1}
    built_in = charset(encoding, single)
    codes = built_in.single if all(code <= LARGEST_SINGLE for code in entries) else built_in.double
    lines = list(_lines(entries, codes, built_in.codes()))
    head = [f"# version: {version}", f"# approved by: {approved_by}", "# kind: gaiji"]
    head += [f"# from: {source}, SHA-256 {hashlib.sha256(text.encode()).hexdigest()}"] if source else []
    head += [f"# left out: {remark}" for remark in left_out]
    whole = "\n".join([*head, "code,unicode,use", *lines]) + "\n"
    return Imported(text=whole, codes=len(lines), left_out=left_out)


def _rows(text: str, selectors: Selectors, stored: Callable[[int], int | None]) -> list[Published]:
    """Every line of the published table that is read; raises ValueError if it is none."""
    try:
        rows = [row for row in json.loads(text) if "encode_only" not in row["options"]]
        found = [_published(row, selectors, stored) for row in rows]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ValueError(_NO_CODE_TABLE) from error
    if not found or len({len(one.written) > _SINGLE_DIGITS for one in found}) > 1:
        raise ValueError(f"{_NO_CODE_TABLE}: it is empty, or mixes single and double bytes")
    return [one for one in found if unicodedata.category(one.text[0]) != "Cc"]


def _published(
    row: Mapping[str, Any], selectors: Selectors, stored: Callable[[int], int | None]
) -> Published:
    selector = row.get(selectors, "") if selectors != "none" else ""
    points = [point for point in (row["unicode"], row.get("sp", ""), selector) if point]
    text = "".join(chr(int(point, 16)) for point in points)
    return Published(
        written=row["code"],
        code=stored(int(row["code"], 16)),
        text=text,
        one_way=len(text) == 1 and not _READ_ONLY.isdisjoint(row["options"]),
        compatible=_COMPATIBLE in row["options"],
    )


def _by_code(rows: Iterable[Published], selectors: Selectors) -> dict[int | None, list[Published]]:
    """The lines of each code, those with one text once."""
    found: dict[int | None, dict[str, Published]] = {}
    for row in rows:
        found.setdefault(row.code, {})[row.text] = row
    return {code: _wanted(list(of.values()), selectors) for code, of in found.items()}


def _wanted(rows: list[Published], selectors: Selectors) -> list[Published]:
    """Of a character written in two ways, as a compatibility ideograph and otherwise, the way that was asked for."""
    both = {one.compatible for one in rows} == {True, False}
    return [one for one in rows if not both or one.compatible == (selectors == "none")]


def _contradictions(by_code: Mapping[int | None, list[Published]]) -> Iterator[str]:
    for one in by_code.get(None, ()):
        yield f"{one.written} is no code here"
    for code, rows in by_code.items():
        if code is not None and len(rows) > 1:
            yield f"{rows[0].written} stands for {' and '.join(_points(one.text) for one in rows)}"


def _lines(
    entries: Mapping[int, Published], codes: Mapping[int, str], built_in: Mapping[int, str]
) -> Iterator[str]:
    """The lines of what differs from ``codes``; ``built_in`` has single and double bytes."""
    different = {code: one for code, one in entries.items() if codes.get(code) != one.text}
    taken = {text for code, text in built_in.items() if code not in different}
    for code, one in different.items():
        use = "read" if one.one_way or one.text in taken else ""
        taken.add(one.text)
        digits = f"{code:02X}" if code <= LARGEST_SINGLE else f"{code:04X}"
        yield f"{digits},{_points(one.text)},{use}"


def _points(text: str) -> str:
    return " ".join(f"U+{ord(point):04X}" for point in text)
