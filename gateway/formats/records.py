"""What the two kinds of record forms have in common: frames of a file in, values, bytes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from gateway.formats.faults import BadRecord, BadValueError, FaultList, Wrong
from gateway.formats.layouts.layout import Layout
from gateway.formats.values.fields import Losses

BLOCK = 1 << 20
"""Bytes read from a file at a time."""

Progress = Callable[[int], None]
Values = list[str]
Chunk = tuple[int, bytes | memoryview]
"""How many records, and their bytes."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One data record cut out of its file.

    ``number`` counts records from 1, ``offset`` is the byte where ``body`` begins, ``head`` the values of the
    header record in force.
    """

    number: int
    offset: int
    body: bytes
    head: tuple[str, ...] = ()

    def bad(self, item: str, error: BadValueError, start: int = 0) -> BadRecord:
        """What is reported of this record; ``start`` is the item's place in it."""
        offset = self.offset + start + error.at
        return BadRecord(record=self.number, offset=offset, item=item, rule=error.rule, message=str(error))


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One item of one record as it stands in the file: its index, the byte where it begins, its bytes.

    ``alone`` are the bytes as they would be without shifts from the items around it.
    """

    index: int
    offset: int
    raw: bytes
    alone: bytes = b""


class RecordWriter(Protocol):
    """Writes the records of one file in order."""

    def open(self) -> bytes:
        """What stands before the first record; asked for once, if there is one."""

    def put(self, values: Sequence[str | None], losses: Losses) -> tuple[bytes, Wrong]:
        """The bytes that one record adds (None: no line gives a value), or the items that cannot be written."""

    def again(self, frame: Frame) -> tuple[bytes, Wrong]:
        """The bytes that a record of another file of this form adds, as it stands there."""

    def close(self) -> bytes:
        """What the file ends with, or the whole of one without records."""


class RecordForm(Protocol):
    """The records of one layout in one outer form."""

    @property
    def layout(self) -> Layout:
        """What the records are."""

    def frames(self, stream: BinaryIO, faults: FaultList) -> Iterator[Frame]:
        """Every data record of the stream, in order; whatever is wrong around them goes into ``faults``."""

    def read(self, frame: Frame, faults: FaultList, losses: Losses) -> Values | None:
        """The canonical values of the layout's leaves, or None after adding to ``faults``."""

    def cells(self, frame: Frame) -> Iterator[Cell]:
        """The items of a record with their bytes; nothing if it cannot be taken apart."""

    def value_of(self, cell: Cell) -> str:
        """The canonical value of one item's bytes; raises ``BadValueError``."""

    def writer(self) -> RecordWriter:
        """A writer for a new file."""

    def reduced(self, index: int, value: str) -> str:
        """The value of an item after the layout's declared substitutions."""

    def stored(self, index: int, value: str) -> str:
        """What an item reads as after this value was written into it; raises ``BadValueError``."""

    def stored_length(self, frame: Frame) -> int:
        """Bytes that a record takes in a file, without what stands around the records."""

    def count(self, stream: BinaryIO) -> int:
        """How many data records the stream holds, cheaply."""
