"""Published vendor tables turned into 外字 tables that a city approves and keeps.

The form read is the JSON of the project jef4j: a list of ``{"code": "41A1", "unicode": "4E02", "hd": "E0102",
"aj1": "E0100", "options": ["oneway"]}``, where ``hd`` and ``aj1`` are the variation selectors of the collections
Hanyo-Denshi and Adobe-Japan1.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal

from gateway.formats.codepages import charset
from gateway.formats.layout import Encoding

Selectors = Literal["hd", "aj1", "none"]
_READ_ONLY = frozenset({"decode_only", "oneway", "unmappable", "substitution"})


def import_characters(
    text: str, *, encoding: Encoding, selectors: Selectors, version: str, approved_by: str
) -> str:
    """The text of a table with every code that ``encoding`` does not have built in, or has otherwise.

    A code whose character another code has as well is marked ``read``. Raises ValueError if the text is not such a
    table.
    """
    try:
        rows = [row for row in json.loads(text) if "encode_only" not in row["options"]]
        entries = [(int(row["code"], 16), _characters(row, selectors), row["options"]) for row in rows]
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError("not a list of codes with code, unicode and options") from error
    if not entries:
        raise ValueError("not a list of codes: it is empty")
    head = [f"# version: {version}", f"# approved by: {approved_by}", "# kind: gaiji", "code,unicode,use"]
    return "\n".join([*head, *_lines(entries, encoding)]) + "\n"


def _characters(row: dict[str, Any], selectors: Selectors) -> str:
    selector = row.get(selectors, "") if selectors != "none" else ""
    return "".join(chr(int(point, 16)) for point in (row["unicode"], selector) if point)


def _lines(entries: list[tuple[int, str, list[str]]], encoding: Encoding) -> Iterator[str]:
    built_in = charset(encoding)
    seen: set[int] = set()
    taken = set(built_in.written)
    for code, characters, options in entries:
        if built_in.double.get(code) == characters or code in seen:
            continue
        one_way = len(characters) == 1 and not _READ_ONLY.isdisjoint(options)
        use = "read" if one_way or characters in taken else ""
        seen.add(code)
        taken.add(characters)
        yield f"{code:04X},{' '.join(f'U+{ord(point):04X}' for point in characters)},{use}"
