"""Standardized CSV files (RFC 4180 quoting), read line by line with byte offsets and written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import BinaryIO

from gateway.formats.faults import BadRecord, BadValueError, FaultList, Wrong
from gateway.formats.layouts.conditions import NUMERIC
from gateway.formats.layouts.layout import Layout
from gateway.formats.records import Cell, Frame, Values
from gateway.formats.standardized.csvchecks import ChecksCompiler, RecordChecks
from gateway.formats.standardized.csvfields import CheckedCsv, CsvField, csv_field
from gateway.formats.standardized.profile import CsvProfile
from gateway.formats.values.fields import Losses

BOM = b"\xef\xbb\xbf"
LONGEST = 1 << 20
"""Bytes of the longest record that is read: a quote that is never closed must not swallow the file."""

_CELL = re.compile(r'"((?:[^"]|"")*)"(,|$)|([^",]*)(,|$)')
_NEEDS_QUOTES = re.compile('[",\r\n]')


def split_line(line: str) -> list[str]:
    """The cells of one record; raises ``BadValueError`` if quotes stand where RFC 4180 allows none."""
    if '"' not in line:
        return line.split(",")
    cells: list[str] = []
    at, comma = 0, ","
    while comma:
        match = _CELL.match(line, at)
        if match is None:
            raise BadValueError("quotes", "a quote inside a value is doubled and the value stands in quotes")
        quoted, after_quoted, plain, after_plain = match.groups()
        cells.append(plain if quoted is None else quoted.replace('""', '"'))
        comma = after_plain if quoted is None else after_quoted
        at = match.end()
    return cells


def join_cells(cells: Sequence[str], *, quote_all: bool) -> str:
    """One line without its end."""
    return ",".join(_quoted(cell) if quote_all or _NEEDS_QUOTES.search(cell) else cell for cell in cells)


def _quoted(cell: str) -> str:
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'


@dataclass(frozen=True, kw_only=True)
class CsvRecords:
    """The records of a CSV layout under a profile."""

    layout: Layout
    profile: CsvProfile
    fields: tuple[CsvField, ...] = field(init=False)
    checks: RecordChecks = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", tuple(csv_field(item, self.layout) for item in self.layout.items))
        object.__setattr__(self, "checks", ChecksCompiler(self.layout).checks())

    @property
    def checked(self) -> bool:
        """Whether more is checked than the items' types."""
        return bool(self.checks) or any(isinstance(one, CheckedCsv) for one in self.fields)

    @property
    def line_end(self) -> bytes:
        """What stands after each line."""
        return b"\r\n" if self.profile.line_end == "crlf" else b"\n"

    def headings(self) -> list[list[str]]:
        """The cells of each header line."""
        lines = {
            "ids": [item.id or item.name for item in self.layout.items],
            "names": [item.name for item in self.layout.items],
        }
        return [lines[kind] for kind in self.profile.header.split("-") if kind in lines]

    def frames(self, stream: BinaryIO, faults: FaultList) -> Iterator[Frame]:
        """Every record as its bytes without the line end; the header line is checked and left out."""
        offset = self.begin(stream, faults)
        if offset is None:
            return
        for number, record in enumerate(whole_records(stream), start=1):
            frame = self.frame(number, offset, record, faults)
            if frame is None:
                return
            yield frame
            offset += len(record)

    def begin(self, stream: BinaryIO, faults: FaultList) -> int | None:
        """Read byte order mark and header line; gives the offset of the first record, None if there can be none."""
        offset = self._after_bom(stream, faults)
        for expected in self.headings():
            line = next(whole_records(stream), b"")
            if not line:
                self._lacks_header(faults)
                return None
            frame = self.frame(0, offset, line, faults)
            if frame is None or not self._header_fits(frame, expected, faults):
                return None
            offset += len(line)
        return offset

    def _lacks_header(self, faults: FaultList) -> None:
        if self.profile.no_records == "header" and not faults.total:
            faults.add(
                _whole_file("header", "the header line is missing; an empty file needs no_records: empty")
            )

    def frame(self, number: int, offset: int, record: bytes, faults: FaultList) -> Frame | None:
        """The record without its line end; None after a fault, which ends the reading."""
        fault = self._end_fault(record)
        if fault is not None:
            faults.add(Frame(number, offset, record).bad("(record)", fault))
            return None
        return Frame(number, offset, record[: -len(self.line_end)])

    def _after_bom(self, stream: BinaryIO, faults: FaultList) -> int:
        """Skip the byte order mark that the profile declares."""
        begins = stream.read(len(BOM))
        if self.profile.bom and begins == BOM:
            return len(BOM)
        if self.profile.bom and begins:
            faults.add(_whole_file("bom", "the byte order mark that the profile declares is missing"))
        if not self.profile.bom and begins == BOM:
            faults.add(
                _whole_file("bom", "the file begins with a byte order mark; the profile says bom: false")
            )
            return len(BOM)
        stream.seek(0)
        return 0

    def _end_fault(self, record: bytes) -> BadValueError | None:
        if len(record) >= LONGEST:
            return BadValueError("quotes", f"no end within {LONGEST} bytes; a quote may never be closed")
        if record.count(b'"') % 2:
            return BadValueError("quotes", "a quote is opened and never closed")
        if record.endswith(self.line_end):
            return None
        if record.endswith(b"\n"):
            return BadValueError(
                "line-end", f"the line does not end with the profile's {self.profile.line_end}"
            )
        return BadValueError("truncated", "the last line has no line end; the file was cut", len(record))

    def _header_fits(self, frame: Frame, expected: list[str], faults: FaultList) -> bool:
        try:
            if split_line(self._decoded(frame.body)) != expected:
                raise self._other_header(frame)
        except BadValueError as error:
            faults.add(frame.bad("(header)", error))
            return False
        return True

    def _other_header(self, frame: Frame) -> BadValueError:
        if frame.body.endswith(b"\r"):
            said = f"the line ends with CRLF; the profile says line_end: {self.profile.line_end}"
            return BadValueError("line-end", said)
        said = f"the header line differs from the layout's {self.profile.header}, in number or in order"
        return BadValueError("header", said)

    def read(self, frame: Frame, faults: FaultList, losses: Losses) -> Values | None:
        """The values of one record, or None if an item is bad. Warnings are counted."""
        try:
            cells = self._cells(frame.body)
        except BadValueError as error:
            faults.add(frame.bad("(record)", error))
            return None
        before = faults.total
        values = [self._value(index, cell, frame, faults) for index, cell in enumerate(cells)]
        if self.checks and faults.total == before:
            for item, wrong in self.checks.wrong(values, losses):
                faults.add(frame.bad(item, wrong))
        return values if faults.total == before else None

    def _cells(self, line: bytes) -> list[str]:
        text = self._decoded(line)
        if self.profile.quoting == "none" and '"' in text:
            raise BadValueError("quotes", "a quote stands in the line, and the profile says quoting: none")
        cells = split_line(text)
        if len(cells) != len(self.fields):
            raise BadValueError("columns", f"{len(cells)} columns, the layout has {len(self.fields)}")
        return cells

    def _decoded(self, line: bytes) -> str:
        try:
            return line.decode(self.profile.encoding)
        except UnicodeDecodeError as error:
            raise BadValueError("encoding", f"not {self.profile.encoding}", error.start) from None

    def _value(self, index: int, cell: str, frame: Frame, faults: FaultList) -> str:
        item = self.layout.items[index]
        try:
            if cell:
                return self.fields[index].read(cell)
            if item.required:
                raise BadValueError("required", "no value in a required item")  # noqa: TRY301 - one way out
        except BadValueError as error:
            faults.add(frame.bad(item.label, error))
        return ""

    def cells(self, frame: Frame) -> Iterator[Cell]:
        """The cells of a line as bytes; their offset is that of the line, because quotes hide the rest."""
        try:
            cells = self._cells(frame.body)
        except BadValueError:
            return
        for index, cell in enumerate(cells):
            yield Cell(index=index, offset=frame.offset, raw=cell.encode(self.profile.encoding))

    def value_of(self, cell: Cell) -> str:
        """The canonical value of one cell's bytes; raises ``BadValueError``."""
        text = cell.raw.decode(self.profile.encoding)
        return self.fields[cell.index].read(text) if text else text

    def writer(self) -> CsvWriter:
        """A writer for a new file."""
        return CsvWriter(self)

    def head(self) -> bytes:
        """Byte order mark and header line."""
        mark = BOM if self.profile.bom else b""
        return mark + b"".join(self._encoded(self._quoted(line, numbers=())) for line in self.headings())

    def nothing(self) -> bytes:
        """A file without records: the header alone, or zero bytes, as the profile says."""
        return self.head() if self.profile.no_records == "header" else b""

    def _line(self, cells: Sequence[str]) -> bytes:
        return self._encoded(self._quoted(cells, numbers=self._numbers))

    @cached_property
    def _numbers(self) -> tuple[int, ...]:
        """The columns of numbers, which quoting: text leaves without quotes."""
        return tuple(at for at, item in enumerate(self.layout.items) if item.type in NUMERIC)

    def _quoted(self, cells: Sequence[str], *, numbers: Sequence[int]) -> str:
        """One line; raises ``BadValueError`` for a value that needs quotes where none may stand."""
        if self.profile.quoting != "none" and len(cells) == 1 and not cells[0]:
            return '""'  # an empty line is no record to many readers
        match self.profile.quoting:
            case "none" if cells == [""] or any(_NEEDS_QUOTES.search(cell) for cell in cells):
                raise BadValueError(
                    "quotes",
                    "a value holds a comma, a quote or a line end, or a record is empty, and quoting is none",
                )
            case "text":
                return ",".join(
                    join_cells([cell], quote_all=at not in numbers) for at, cell in enumerate(cells)
                )
        return join_cells(cells, quote_all=self.profile.quoting == "all")

    def _encoded(self, line: str) -> bytes:
        return line.encode(self.profile.encoding) + self.line_end

    def write(self, values: Sequence[str | None], losses: Losses) -> tuple[bytes, Wrong]:
        """One line, or what is wrong. Warnings are counted."""
        cells: list[str] = []
        wrong: Wrong = []
        for item, csv, value in zip(self.layout.items, self.fields, values, strict=True):
            try:
                cells.append(
                    self._cell(item.default if value is None else value, csv, required=item.required)
                )
            except BadValueError as error:
                wrong.append((item.label, error))
        if self.checks and not wrong:
            read = [csv.read(cell) if cell else cell for csv, cell in zip(self.fields, cells, strict=True)]
            wrong = self.checks.wrong(read, losses)
        try:
            return (b"" if wrong else self._line(cells)), wrong
        except BadValueError as error:
            return b"", [("(record)", error)]
        except UnicodeEncodeError:
            return b"", [
                ("(record)", BadValueError("unmapped", f"a character has no code in {self.profile.encoding}"))
            ]

    def _cell(self, value: str | None, csv: CsvField, *, required: bool) -> str:
        if value:
            return csv.write(value)
        if required:
            raise BadValueError("required", "no value in a required item")
        return ""

    def reduced(self, index: int, value: str) -> str:  # noqa: ARG002 - CSV loses nothing
        """The value itself."""
        return value

    def stored(self, index: int, value: str) -> str:
        """What an item reads as after this value was written into it; raises ``BadValueError``."""
        csv, required = self.fields[index], self.layout.items[index].required
        text = self._cell(value, csv, required=required)
        return csv.read(text) if text else text

    def stored_length(self, frame: Frame) -> int:
        """The line with its end."""
        return len(frame.body) + len(self.line_end)

    def count(self, stream: BinaryIO) -> int:
        """Lines, but for the header; line ends inside quotes do not count."""
        lines, quotes = 0, 0
        for line in iter(lambda: stream.readline(LONGEST), b""):
            quotes += line.count(b'"')
            lines += quotes % 2 == 0
        return max(0, lines - len(self.headings()))


class CsvWriter:
    """Writes one CSV file."""

    def __init__(self, records: CsvRecords) -> None:
        self._records = records
        self._begun = False

    def open(self) -> bytes:
        """Byte order mark and header line."""
        self._begun = True
        return self._records.head()

    def put(self, values: Sequence[str | None], losses: Losses) -> tuple[bytes, Wrong]:
        """One line, or what is wrong."""
        return self._records.write(values, losses)

    def again(self, frame: Frame) -> tuple[bytes, Wrong]:
        """One line as it stands."""
        return frame.body + self._records.line_end, []

    def close(self) -> bytes:
        """Nothing, unless there were no records."""
        return b"" if self._begun else self._records.nothing()


def whole_records(stream: BinaryIO) -> Iterator[bytes]:
    """Lines joined until their quotes are closed, or until one is too long to be a record."""
    lines: list[bytes] = []
    quotes = size = 0
    while line := stream.readline(LONGEST):
        lines.append(line)
        quotes += line.count(b'"')
        size += len(line)
        if quotes % 2 == 0 or size >= LONGEST:
            yield b"".join(lines)
            lines, quotes, size = [], 0, 0
    if lines:
        yield b"".join(lines)


def _whole_file(rule: str, message: str) -> BadRecord:
    return BadRecord(record=0, offset=0, item="(file)", rule=rule, message=message)
