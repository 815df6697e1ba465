"""The items of one kind of record, compiled: where each stands and how it is stored.

A table of variable length is read and written at its full size; what the record does not have is put in or taken
out around that, so every item keeps one place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from gateway.formats.characters.charset import Charset
from gateway.formats.faults import BadValueError
from gateway.formats.layouts.item import Item
from gateway.formats.values.fields import Field, Losses

OnBad = Callable[[str, BadValueError], None]
"""Called with an item's name and an error whose ``at`` counts from the record's first byte."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """Whether an item is there: the value of another one is among ``values`` (or is not, if ``absent``)."""

    index: int
    values: frozenset[str]
    absent: bool = False

    def holds(self, values: Sequence[str | None]) -> bool:
        """Whether it holds in a record."""
        return ((values[self.index] or "") in self.values) != self.absent


@dataclass(frozen=True, kw_only=True)
class VariableTable:
    """A table whose ``count`` item says how many of ``most`` occurrences of ``step`` bytes are there."""

    count: int
    start: int
    step: int
    most: int

    @property
    def end(self) -> int:
        """The byte after the table at its full size."""
        return self.start + self.step * self.most

    def missing(self, count: str | None) -> int:
        """Bytes that the record does not have; raises ``BadValueError``."""
        found = self.occurrences(count)
        if found is None:
            raise BadValueError(
                "occurs", f"the count of a table is not a number from 0 to {self.most}", self.start
            )
        return self.step * (self.most - found)

    def occurrences(self, count: str | None) -> int | None:
        """The count as a number, or None if it is none from 0 to ``most``."""
        digits = (count or "").lstrip("0") or "0"
        if not count or not (digits.isascii() and digits.isdigit()) or len(digits) > len(str(self.most)):
            return None
        return int(digits) if int(digits) <= self.most else None


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A field at its place in the record; ``index`` is the item's among the values."""

    index: int
    item: Item
    start: int
    field: Field
    conditions: tuple[Condition, ...] = ()
    table: VariableTable | None = None
    occurrence: int = 0

    @property
    def end(self) -> int:
        """The byte after the item."""
        return self.start + self.field.size

    def alone(self, raw: bytes, shift: bytes, charset: Charset) -> tuple[bytes, bytes]:
        """The item's bytes as if it stood alone after ``shift``, and the shift that it leaves open."""
        mixed = self.item.type == "text" and self.item.width == "mixed"
        return charset.resumed(raw, shift) if mixed else (raw, shift)

    def read(self, raw: bytes, losses: Losses) -> str:
        """The value of the item's bytes; raises ``BadValueError``."""
        value = self.field.read(raw, losses)
        if not value and self.item.required:
            raise BadValueError("required", "no value in a required item")
        return value

    def write(self, value: str, losses: Losses) -> bytes:
        """The item's bytes; raises ``BadValueError``."""
        if not value and self.item.required:
            raise BadValueError("required", "no value in a required item")
        return self.field.write(value, losses)

    def present(self, values: Sequence[str | None]) -> bool:
        """Whether the record has this item, given the values before it."""
        if self.table is not None:
            there = self.table.occurrences(values[self.table.count])
            if there is None or self.occurrence >= there:
                return False
        return all(condition.holds(values) for condition in self.conditions)


@dataclass(frozen=True, kw_only=True)
class Block:
    """All items of one kind of record. ``blank`` is a record with fillers and defaults in place.

    ``variable``: records are as long as their tables; otherwise tables keep their full room. ``resumes``: the
    character code whose shifts hold from one text item to the next.
    """

    placed: tuple[Placed, ...]
    size: int
    blank: bytes
    width: int
    tables: tuple[VariableTable, ...] = ()
    variable: bool = False
    resumes: Charset | None = None

    def read(self, body: bytes, on_bad: OnBad, losses: Losses) -> list[str]:
        """The values of ``width`` items; bad ones are told to ``on_bad`` and left empty."""
        values = [""] * self.width
        taken: list[tuple[int, int]] = []
        try:
            self._count(body, values, losses)
            whole = self._filled(body, values, taken) if self.variable else body
        except BadValueError as error:
            on_bad("(record)", error)
            return values
        shift = b""
        for placed in self.placed:
            if (placed.conditions or placed.table) and not placed.present(values):
                continue
            raw, before = whole[placed.start : placed.end], len(shift)
            if self.resumes is not None:
                raw, shift = placed.alone(raw, shift, self.resumes)
            try:
                values[placed.index] = placed.read(raw, losses)
            except BadValueError as error:
                error.at = max(0, min(error.at - before, placed.field.size - 1))
                error.at += placed.start - sum(size for end, size in taken if end <= placed.start)
                on_bad(placed.item.label, error)
        return values

    def cells(self, body: bytes) -> Iterator[tuple[Placed, int, bytes, bytes]]:
        """Every item that the record has, with true offset, bytes, and these as if it stood alone; bad ones too."""
        values, taken, shift = [""] * self.width, list[tuple[int, int]](), b""
        try:
            self._count(body, values, Losses())
            whole = self._filled(body, values, taken) if self.variable else body
        except BadValueError:
            whole = body
        for placed in self.placed:
            if placed.present(values):
                raw = alone = whole[placed.start : placed.end]
                if self.resumes is not None:
                    alone, shift = placed.alone(raw, shift, self.resumes)
                yield (
                    placed,
                    placed.start - sum(size for end, size in taken if end <= placed.start),
                    raw,
                    alone,
                )
                with suppress(BadValueError):
                    values[placed.index] = placed.field.read(alone, Losses())

    def _count(self, body: bytes, values: list[str], losses: Losses) -> None:
        """Read the count items of tables that keep their room; raises ``BadValueError``."""
        if self.variable:
            return
        by_index = {placed.index: placed for placed in self.placed} if self.tables else {}
        for table in self.tables:
            placed = by_index[table.count]
            values[table.count] = _counted(placed, body, placed.start, losses)
            table.missing(values[table.count])

    def _filled(self, body: bytes, values: list[str], taken: list[tuple[int, int]]) -> bytes:
        """The record with every table at its full size; raises ``BadValueError`` if the length is wrong."""
        by_index = {placed.index: placed for placed in self.placed} if self.tables else {}
        for table in self.tables:
            placed = by_index[table.count]
            raw = body[placed.start : placed.end]
            if len(raw) < placed.field.size:
                raise BadValueError("length", "the record ends before the count of a table", len(body) - 1)
            start = placed.start - sum(size for end, size in taken if end <= placed.start)
            values[table.count] = _counted(placed, body, start, Losses())
            missing = table.missing(values[table.count])
            taken.append((table.end, missing))
            body = body[: table.end - missing] + bytes(missing) + body[table.end - missing :]
        if len(body) != self.size:
            there = sum(size for _, size in taken)
            message = f"the record has {len(body) - there} bytes, its items need {self.size - there}"
            raise BadValueError("length", message)
        return body

    def write(self, values: Sequence[str | None], on_bad: OnBad, losses: Losses) -> bytes:
        """The bytes of a record; bad values are told to ``on_bad``."""
        record = bytearray(self.blank)
        try:
            gaps = [table.missing(values[table.count]) for table in self.tables]
        except BadValueError as error:
            on_bad("(record)", error)
            return bytes(record)
        for placed in self.placed:
            value = values[placed.index]
            if value is None:
                continue
            try:
                if placed.present(values):
                    record[placed.start : placed.end] = placed.write(value, losses)
                elif value:
                    on_bad(
                        placed.item.label, BadValueError("absent", "a value for an item that is not there")
                    )
            except BadValueError as error:
                on_bad(placed.item.label, error)
        if self.variable:
            for table, gap in zip(reversed(self.tables), reversed(gaps), strict=True):
                del record[table.end - gap : table.end]
        return bytes(record)


def _counted(placed: Placed, body: bytes, start: int, losses: Losses) -> str:
    """The value of a count item; raises ``BadValueError`` counted from the record's first byte, ``start``."""
    try:
        return placed.field.read(body[placed.start : placed.end], losses)
    except BadValueError as error:
        error.at += start
        raise
