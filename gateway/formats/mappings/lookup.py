"""Code tables too long for a mapping: ``config/mappings/lookups/*.csv``, two columns in UTF-8.

::

    # version: 2
    # approved by: 情報政策課
    from,to,note
    101,0013101,千代田
    102,0013102,中央

Several codes that become one have no way back: the line of the mapping says ``one_way`` or ``loses: reduction``,
and then the first of them stands.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping as Table
from dataclasses import dataclass
from pathlib import PurePath
from typing import Self

from gateway.formats.faults import FormatFault, FormatFaults
from gateway.formats.remarks import about, unstated

_HEAD = ["from", "to"]


@dataclass(frozen=True, kw_only=True)
class LookupTable:
    """One table: codes of the from side to codes of the to side, in the order of the file."""

    name: str
    version: str
    approved_by: str
    codes: Table[str, str]

    @classmethod
    def parse(cls, text: str, *, source: str) -> Self:
        """Read a table; ``source`` is its path and gives its name. Raises ``FormatFaults`` with line numbers."""
        parser = _Parser(PurePath(source).stem, text)
        codes = parser.codes()
        if parser.faults:
            raise FormatFaults(tuple(parser.faults))
        return cls(
            name=parser.name,
            version=parser.about["version"],
            approved_by=parser.about["approved by"],
            codes=codes,
        )


class _Parser:
    """Reads one table and collects its faults."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.faults = name, list[FormatFault]()
        lines = list(enumerate(text.removeprefix("\ufeff").splitlines(), start=1))
        self.about = about(line for _, line in lines)
        self.faults += unstated("lookup", name, self.about)
        self._lines = [(number, line) for number, line in lines if line.strip() and not line.startswith("#")]

    def codes(self) -> dict[str, str]:
        """Every entry; meaningless if there are faults."""
        rows = [(number, self._cells(number, line)) for number, line in self._lines]
        if not rows or rows[0][1][:2] != _HEAD:
            self._fault(
                rows[0][0] if rows else 1, "the first line after the remarks is `from,to`; a note may follow"
            )
            return {}
        found: dict[str, str] = {}
        for number, cells in rows[1:]:
            if len(cells) < len(_HEAD):
                self._fault(number, "two codes stand in a line: from,to")
            elif cells[0] in found:
                self._fault(number, "this code stands above already; each code once on the from side")
            else:
                found[cells[0]] = cells[1]
        if not found and not self.faults:
            self._fault(1, "the table holds no code")
        return found

    def _cells(self, number: int, line: str) -> list[str]:
        try:
            return next(csv.reader([line], strict=True))
        except csv.Error:
            self._fault(number, "not a line of CSV: a quote is out of place, or a cell is too long")
            return ["", ""]

    def _fault(self, line: int, message: str) -> None:
        self.faults.append(FormatFault(model="lookup", name=self.name, location=(line,), message=message))
