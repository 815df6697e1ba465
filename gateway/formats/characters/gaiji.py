"""外字 tables: the user-defined characters of one system, entered and approved by the city.

``config/characters/gaiji-mainframe.csv``::

    # version: 3
    # approved by: 情報政策課
    # kind: gaiji
    code,unicode,note
    80A1,U+2000B,
    80A2,U+8FBB U+E0101,with a variation selector

A column ``use`` may say ``read`` for a code that is read and never written, where two codes share a character.

``kind: reduction`` tables (縮退) name what is written for a character that the target code does not have::

    # kind: reduction
    unicode,to
    U+9AD9,U+9AD8
"""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal, Self, cast

from gateway.formats.characters.codetable import unicode_text
from gateway.formats.faults import FormatFault, FormatFaults
from gateway.formats.remarks import about, unstated

_COLUMNS = {"gaiji": ("code", "unicode"), "reduction": ("unicode", "to")}
_CODE = re.compile("[0-9A-Fa-f]{2}|[0-9A-Fa-f]{4}")
_NO_CHARACTERS = {"Cc", "Cs"}
"""Control characters and halves of surrogate pairs."""


Kind = Literal["gaiji", "reduction"]


@dataclass(frozen=True, kw_only=True)
class CharacterTable:
    """One table: ``codes`` (hex codes as numbers) to characters, or ``reductions`` from characters to characters."""

    name: str
    kind: Kind
    version: str
    approved_by: str
    codes: tuple[tuple[int, str], ...] = ()
    reductions: tuple[tuple[str, str], ...] = ()
    read_only: frozenset[int] = frozenset()

    @classmethod
    def parse(cls, text: str, *, source: str) -> Self:
        """Read a table; ``source`` is its path and gives its name. Raises ``FormatFaults`` with line numbers."""
        parser = _Parser(PurePath(source).stem, text)
        rows = parser.rows()
        if parser.faults:
            raise FormatFaults(tuple(parser.faults))
        return cls(
            name=parser.name,
            kind=parser.kind,
            version=parser.about["version"],
            approved_by=parser.about["approved by"],
            codes=tuple((int(code, 16), text) for code, text in rows) if parser.kind == "gaiji" else (),
            reductions=tuple(rows) if parser.kind == "reduction" else (),
            read_only=frozenset(parser.read_only),
        )

    @property
    def digest(self) -> str:
        """A hex digest of what determines bytes: the entries, not their notes."""
        return hashlib.sha256(
            repr((self.kind, self.codes, self.reductions, sorted(self.read_only))).encode()
        ).hexdigest()


class _Parser:
    """Reads one table and collects its faults."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.faults: list[FormatFault] = []
        lines = list(enumerate(text.removeprefix("\ufeff").splitlines(), start=1))
        self.about = about(line for _, line in lines)
        self.kind = cast("Kind", self.about.get("kind", "gaiji"))
        self.read_only: set[int] = set()
        self._lines = [(number, line) for number, line in lines if line.strip() and not line.startswith("#")]
        self._check_about()

    def rows(self) -> list[tuple[str, str]]:
        """Every entry: (hex code, characters) or (characters, characters)."""
        if self.faults or not self._check_columns():
            return []
        found = [(number, self._entry(number, self._cells(number, line))) for number, line in self._lines[1:]]
        self._check_unique(found)
        return [entry for _, entry in found if entry is not None]

    def _fault(self, message: str, *location: str | int) -> None:
        self.faults.append(FormatFault(model="table", name=self.name, location=location, message=message))

    def _check_about(self) -> None:
        self.faults += unstated("table", self.name, self.about)
        if self.kind not in _COLUMNS:
            self._fault("write `# kind: gaiji` or `# kind: reduction`", 1, "kind")

    def _check_columns(self) -> bool:
        wanted = _COLUMNS[self.kind]
        number, line = self._lines[0] if self._lines else (1, "")
        if tuple(cell.strip() for cell in line.split(",")[:2]) == wanted:
            return True
        self._fault(
            f"the first line after the remarks is `{','.join(wanted)}`, a note column may follow", number
        )
        return False

    def _cells(self, number: int, line: str) -> list[str]:
        try:
            return next(csv.reader([line]))
        except csv.Error:
            self._fault("this line is no CSV, or far too long", number)
            return ["", ""]

    def _entry(self, number: int, cells: list[str]) -> tuple[str, str] | None:
        left, right = _COLUMNS[self.kind]
        if len(cells) < len(_COLUMNS[self.kind]):
            self._fault(f"two columns are needed: {left},{right}", number)
            return None
        first = (
            self._code(number, cells[0].strip()) if left == "code" else self._unicode(number, left, cells[0])
        )
        second = self._unicode(number, right, cells[1])
        if first and left == "code" and self._is_read_only(number, cells):
            self.read_only.add(int(first, 16))
        return (first, second) if first and second else None

    def _is_read_only(self, number: int, cells: list[str]) -> bool:
        """Whether the column ``use`` says so."""
        heading = [cell.strip() for cell in self._lines[0][1].split(",")]
        use = cells[heading.index("use")].strip() if "use" in heading[: len(cells)] else ""
        if use not in {"", "read"}:
            self._fault("write `read`, or leave it empty", number, "use")
        return use == "read"

    def _code(self, number: int, written: str) -> str:
        if not _CODE.fullmatch(written):
            self._fault("write the code of the system in hex, two or four digits", number, "code")
            return ""
        return written.upper()

    def _unicode(self, number: int, column: str, written: str) -> str:
        try:
            text = unicode_text(written.strip())
        except (ValueError, OverflowError) as error:
            self._fault(str(error), number, column)
            return ""
        if any(unicodedata.category(point) in _NO_CHARACTERS for point in text):
            self._fault("this is a control character or half of a surrogate pair", number, column)
            return ""
        return text

    def _check_unique(self, entries: list[tuple[int, tuple[str, str] | None]]) -> None:
        """A code stands once; a character may have one code only, or the way back would be a guess."""
        sides = (0, 1) if self.kind == "gaiji" else (0,)
        for side in sides:
            seen: dict[str, int] = {}
            for number, entry in entries:
                if side == 1 and entry is not None and int(entry[0], 16) in self.read_only:
                    continue
                if entry is not None and seen.setdefault(entry[side], number) != number:
                    column = _COLUMNS[self.kind][side]
                    self._fault(f"stands on line {seen[entry[side]]} already; keep one", number, column)
