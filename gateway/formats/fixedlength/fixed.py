"""Legacy records: a compiled layout that reads and writes them one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from gateway.formats.faults import BadValueError, FaultList, Wrong
from gateway.formats.fixedlength.block import Block, Placed
from gateway.formats.fixedlength.framing import Framing
from gateway.formats.fixedlength.sets import Kinds, SetReader, SetWriter
from gateway.formats.layouts.layout import Layout
from gateway.formats.records import Cell, Frame, Values
from gateway.formats.values.fields import Field, Losses


@dataclass(frozen=True, kw_only=True)
class FixedRecords:
    """The records of a legacy layout; ``kinds`` are the records around the data, if there are any."""

    layout: Layout
    framing: Framing
    block: Block
    kinds: Kinds | None = None
    totalled: tuple[Placed, ...] = ()

    def frames(self, stream: BinaryIO, faults: FaultList) -> Iterator[Frame]:
        """Every data record; the others are checked."""
        frames = self.framing.frames(stream, faults)
        if self.kinds is None:
            return frames
        return SetReader(self.kinds, self.totals, faults).data(frames)

    def totals(self, body: bytes) -> Mapping[str, str]:
        """The totalled items of a data record; one that cannot be read is reported when the record is."""
        found: dict[str, str] = {}
        for placed in self.totalled:
            try:
                found[placed.item.name] = placed.field.read(body[placed.start : placed.end], Losses())
            except BadValueError:
                found[placed.item.name] = ""
        return found

    def read(self, frame: Frame, faults: FaultList, losses: Losses) -> Values | None:
        """The values of one record, or None if an item is bad."""
        before = faults.total

        def on_bad(item: str, error: BadValueError) -> None:
            faults.add(frame.bad(item, error))

        values = self.block.read(frame.body, on_bad, losses)
        return [*values, *frame.head] if faults.total == before else None

    def cells(self, frame: Frame) -> Iterator[Cell]:
        """The items that the record has, with their bytes."""
        for placed, start, raw, alone in self.block.cells(frame.body):
            yield Cell(index=placed.index, offset=frame.offset + start, raw=raw, alone=alone)

    def value_of(self, cell: Cell) -> str:
        """The canonical value of one item's bytes; raises ``BadValueError``."""
        return self.field(cell.index).read(cell.alone or cell.raw, Losses())

    def writer(self) -> FixedWriter:
        """A writer for a new file."""
        return FixedWriter(self)

    def field(self, index: int) -> Field:
        """The field of a leaf; those of the header come after those of the data record."""
        if index < self.block.width:
            return next(placed.field for placed in self.block.placed if placed.index == index)
        assert self.kinds is not None
        header = self.kinds.header
        assert header is not None
        own = header.carried[index - self.block.width]
        return next(placed.field for placed in header.block.placed if placed.index == own)

    def reduced(self, index: int, value: str) -> str:
        """The value of an item after the layout's declared substitutions."""
        return self.field(index).reduced(value)

    def stored(self, index: int, value: str) -> str:
        """What an item reads as after this value was written into it; raises ``BadValueError``."""
        field = self.field(index)
        return field.read(field.write(value, Losses()), Losses())

    def stored_length(self, frame: Frame) -> int:
        """The record with its line end or length word."""
        return len(self.framing.framed(frame.body))

    def count(self, stream: BinaryIO) -> int:
        """Data records: by size, or one by one if there are others around them."""
        if self.kinds is None:
            return self.framing.count(stream)
        return sum(1 for _ in self.frames(stream, FaultList()))


class FixedWriter:
    """Writes one legacy file."""

    def __init__(self, records: FixedRecords) -> None:
        self._records = records
        self._sets = SetWriter(records.kinds, records.framing.framed) if records.kinds else None

    def open(self) -> bytes:
        """Nothing: a header comes with the first record."""
        return b""

    def put(self, values: Sequence[str | None], losses: Losses) -> tuple[bytes, Wrong]:
        """One record with what must stand before it, or what is wrong."""
        wrong: Wrong = []

        def on_bad(item: str, error: BadValueError) -> None:
            wrong.append((item, error))

        block = self._records.block
        body = block.write(values[: block.width], on_bad, losses)
        before = b""
        if self._sets is not None and not wrong:
            before = self._sets.before(values[block.width :], wrong)
            self._sets.add(
                {placed.item.name: values[placed.index] or "" for placed in self._records.totalled}
            )
        return before + self._records.framing.framed(body), wrong

    def again(self, frame: Frame) -> tuple[bytes, Wrong]:
        """One record as it stands, with what must stand before it."""
        wrong: Wrong = []
        before = b""
        if self._sets is not None:
            before = self._sets.before(frame.head, wrong)
            self._sets.add(self._records.totals(frame.body))
        return before + self._records.framing.framed(frame.body), wrong

    def close(self) -> bytes:
        """Trailer and end, if there are any."""
        return self._sets.close() if self._sets else b""
