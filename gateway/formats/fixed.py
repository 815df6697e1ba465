"""Fixed-length legacy records: a compiled layout that reads and writes them one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from gateway.formats.charset import Charset
from gateway.formats.codepages import charset
from gateway.formats.dates import parse_form
from gateway.formats.faults import BadRecord, BadValueError, FaultList, FormatFault
from gateway.formats.fields import (
    DateField,
    Field,
    Losses,
    NumberField,
    TextField,
    Unmapped,
    with_meanings,
)
from gateway.formats.gaiji import CharacterTable
from gateway.formats.layout import Item, Layout
from gateway.formats.numbers import Binary, NumberCode, Packed, Zoned
from gateway.formats.records import BLOCK, Frame, Values

EMPTY = b""
LINE_ENDS = {"lf": b"\n", "crlf": b"\r\n"}


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A field at its place in the record; ``index`` is the item's in the layout."""

    index: int
    item: Item
    start: int
    field: Field

    @property
    def end(self) -> int:
        """The byte after the item."""
        return self.start + self.field.size


@dataclass(frozen=True, kw_only=True)
class FixedRecords:
    """The records of a fixed-length layout; ``blank`` is a record with fillers and defaults in place."""

    layout: Layout
    size: int
    line_end: bytes
    placed: tuple[Placed, ...]
    blank: bytes

    def frames(self, stream: BinaryIO, faults: FaultList) -> Iterator[Frame]:
        """Every whole record; a short last one is a fault with its offset."""
        step = self.size + len(self.line_end)
        number, offset, rest = 0, 0, EMPTY
        while block := stream.read(BLOCK // step * step or step):
            rest += block
            for at in range(0, len(rest) - step + 1, step):
                number += 1
                yield from self._checked(Frame(number, offset + at, rest[at : at + step]), faults)
            whole = len(rest) // step * step
            offset, rest = offset + whole, rest[whole:]
        if rest:
            faults.add(self._short(number + 1, offset, len(rest), step))

    def _checked(self, frame: Frame, faults: FaultList) -> Iterator[Frame]:
        if not self.line_end:
            yield frame
        elif frame.body.endswith(self.line_end):
            yield Frame(frame.number, frame.offset, frame.body[: self.size])
        else:
            error = BadValueError("line-end", "no line end where the record ends; is the length right?")
            faults.add(frame.bad("(record)", error, self.size))

    def _short(self, number: int, offset: int, found: int, step: int) -> BadRecord:
        message = (
            f"the last record has {found} of {step} bytes; the file was cut or the layout's length is wrong"
        )
        return BadRecord(record=number, offset=offset, item="(record)", rule="truncated", message=message)

    def read(self, frame: Frame, faults: FaultList, losses: Losses) -> Values | None:
        """The values of one record, or None if an item is bad."""
        values = [""] * len(self.layout.items)
        before = faults.total
        for placed in self.placed:
            try:
                value = placed.field.read(frame.body[placed.start : placed.end], losses)
                if not value and placed.item.required:
                    raise BadValueError("required", "no value in a required item")  # noqa: TRY301 - one way out
                values[placed.index] = value
            except BadValueError as error:
                faults.add(frame.bad(placed.item.label, error, placed.start))
        return values if faults.total == before else None

    def head(self) -> bytes:
        """Nothing: such files begin with a record."""
        return EMPTY

    def nothing(self) -> bytes:
        """Zero bytes."""
        return EMPTY

    def write(
        self, values: Sequence[str | None], losses: Losses
    ) -> tuple[bytes, list[tuple[str, BadValueError]]]:
        """One record with its line end, or what is wrong."""
        record = bytearray(self.blank)
        wrong: list[tuple[str, BadValueError]] = []
        for placed in self.placed:
            value = values[placed.index]
            if value is None:
                continue
            try:
                if not value and placed.item.required:
                    raise BadValueError("required", "no value in a required item")  # noqa: TRY301 - one way out
                record[placed.start : placed.end] = placed.field.write(value, losses)
            except BadValueError as error:
                wrong.append((placed.item.label, error))
        return bytes(record) + self.line_end, wrong

    def _at(self, index: int) -> Field:
        return next(placed.field for placed in self.placed if placed.index == index)

    def reduced(self, index: int, value: str) -> str:
        """The value of an item after the layout's declared substitutions."""
        return self._at(index).reduced(value)

    def stored(self, index: int, value: str) -> str:
        """What an item reads as after this value was written into it; raises ``BadValueError``."""
        field = self._at(index)
        return field.read(field.write(value, Losses()), Losses())

    def count(self, stream: BinaryIO) -> int:
        """Whole records by size."""
        return stream.seek(0, 2) // (self.size + len(self.line_end))


class FixedCompiler:
    """Turns a layout with its tables into ``FixedRecords`` and collects every fault."""

    def __init__(self, layout: Layout, tables: tuple[CharacterTable, ...]) -> None:
        assert layout.length is not None
        assert layout.encoding is not None
        self.layout, self.tables = layout, tables
        self.size = layout.length
        self.faults: list[FormatFault] = []
        self.charset = self._charset(charset(layout.encoding, layout.single))
        self.unmapped = self._unmapped()

    def compile(self) -> FixedRecords:
        """The records; meaningless if there are faults."""
        placed: list[Placed] = []
        blank = bytearray(self.size)
        covered = 0
        for index, item in enumerate(self.layout.items):
            start = covered if item.at is None else item.at - 1
            self._check_place(index, item, start, covered)
            covered = start + self._place(index, item, start, placed, blank)
        if covered != self.size and not self.faults:
            self._fault(f"the items have {covered} bytes, the record has {self.size}", "length")
        line_end = LINE_ENDS[self.layout.line_end] if self.layout.records == "line" else EMPTY
        return FixedRecords(
            layout=self.layout, size=self.size, line_end=line_end, placed=tuple(placed), blank=bytes(blank)
        )

    def _fault(self, message: str, *location: str | int) -> None:
        self.faults.append(
            FormatFault(model="layout", name=self.layout.name, location=location, message=message)
        )

    def _check_place(self, index: int, item: Item, start: int, covered: int) -> None:
        if start < covered:
            self._fault(
                f"{item.label} begins inside the item before; that one ends at {covered}", "items", index
            )
        elif start > covered:
            message = (
                f"no item covers the bytes {covered + 1} to {start}; write a filler of {start - covered}"
            )
            self._fault(message, "items", index)

    def _place(self, index: int, item: Item, start: int, placed: list[Placed], blank: bytearray) -> int:
        """Place one item and return its size."""
        if item.type == "filler":
            assert item.length is not None
            blank[start : start + item.length] = self._filling(item) * item.length
            return item.length
        try:
            field = with_meanings(self._field(item), item.meanings)
        except ValueError as error:
            self._fault(f"{item.label}: {error}", "items", index)
            return item.length or item.digits or 0
        placed.append(Placed(index=index, item=item, start=start, field=field))
        if item.default is not None:
            self._default(index, item, field, start, blank)
        return field.size

    def _default(self, index: int, item: Item, field: Field, start: int, blank: bytearray) -> None:
        try:
            blank[start : start + field.size] = field.write(item.default or "", Losses())
        except BadValueError as error:
            self._fault(f"{item.label}: the default cannot be written: {error}", "items", index, "default")

    def _filling(self, item: Item) -> bytes:
        return {"blank": self.charset.blank, "low": b"\x00", "zeros": self.charset.written["0"]}[item.fill]

    def _field(self, item: Item) -> Field:
        match item.type:
            case "text":
                return self._text(item)
            case "date":
                return self._date(item)
            case _:
                return self._number(item)

    def _text(self, item: Item) -> TextField:
        assert item.length is not None
        if item.width == "full" and item.length % 2:
            raise ValueError("width: full needs an even length")
        if item.width == "full" and not self.charset.double:
            raise ValueError(f"{self.layout.encoding} has no double-byte characters")
        return TextField(
            label=item.label,
            size=item.length,
            charset=self.charset,
            width=item.width,
            right=item.justify == "right",
            unmapped=self.unmapped,
        )

    def _date(self, item: Item) -> DateField:
        form = parse_form(item.form, item.eras)
        if item.coding == "text":
            return DateField(form=form, charset=self.charset)
        if not all(token.isalpha() for token in form.tokens) or not all(era.isdigit() for era in item.eras):
            raise ValueError("a packed date has digits alone: no separators, no letters for eras")
        return DateField(
            form=form,
            charset=self.charset,
            packed=Packed(digits=form.size, signed=False, plus=item.plus or "F"),
        )

    def _number(self, item: Item) -> NumberField:
        digits = item.digits
        if digits is not None and item.decimals > digits:
            raise ValueError("more decimals than digits")
        most = None if digits is None else 10**digits - 1
        return NumberField(
            code=self._number_code(item), decimals=item.decimals, blank=self.charset.blank, most=most
        )

    def _number_code(self, item: Item) -> NumberCode:
        plus = item.plus or ("C" if item.signed else "F")
        if item.type == "binary":
            assert item.length is not None
            return Binary(size=item.length, signed=item.signed, order=item.order)
        assert item.digits is not None
        if item.type == "packed":
            return Packed(digits=item.digits, signed=item.signed, plus=plus)
        return Zoned(
            digits=item.digits,
            ebcdic=self.charset.written["0"] == b"\xf0",
            signed=item.signed,
            sign=item.sign,
            plus=plus,
            letters=item.overpunch == "letters",
        )

    def _charset(self, built_in: Charset) -> Charset:
        """The character code with the 外字 tables laid over it; the table named first wins."""
        own = [table for table in self.tables if table.kind == "gaiji"]
        double, single = dict(built_in.double), dict(built_in.single)
        for table in reversed(own):
            double |= {code: text for code, text in table.codes if code > 0xFF}  # noqa: PLR2004 - one byte
            single |= {code: text for code, text in table.codes if code <= 0xFF}  # noqa: PLR2004 - one byte
        return built_in.extended(single, double) if own else built_in

    def _unmapped(self) -> Unmapped | None:
        if self.layout.unmapped == "placeholder":
            return Unmapped(placeholder=self.layout.placeholder)
        reductions = {a: b for table in reversed(self.tables) for a, b in table.reductions}
        if self.layout.unmapped == "table":
            if not reductions:
                self._fault("unmapped: table needs a table of kind reduction in characters", "unmapped")
            return Unmapped(reductions=reductions)
        return None
