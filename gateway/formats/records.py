"""What the two kinds of record forms have in common: frames of a file in, values, bytes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from gateway.formats.faults import BadRecord, BadValueError, FaultList
from gateway.formats.fields import Losses
from gateway.formats.layout import Layout

BLOCK = 1 << 20
"""Bytes read from a file at a time."""

Progress = Callable[[int], None]
Values = list[str]


@dataclass(frozen=True, slots=True)
class Frame:
    """One record cut out of its file: its number from 1, its byte offset, and what it holds."""

    number: int
    offset: int
    body: bytes

    def bad(self, item: str, error: BadValueError, start: int = 0) -> BadRecord:
        """What is reported of this record; ``start`` is the item's place in it."""
        offset = self.offset + start + error.at
        return BadRecord(record=self.number, offset=offset, item=item, rule=error.rule, message=str(error))


class RecordForm(Protocol):
    """The records of one layout in one outer form."""

    @property
    def layout(self) -> Layout:
        """What the records are."""

    def frames(self, stream: BinaryIO, faults: FaultList) -> Iterator[Frame]:
        """Every whole record of the stream, in order; what cannot be cut out goes into ``faults``."""

    def read(self, frame: Frame, faults: FaultList, losses: Losses) -> Values | None:
        """The canonical values in the layout's order, or None after adding to ``faults``."""

    def head(self) -> bytes:
        """What stands before the first record."""

    def nothing(self) -> bytes:
        """A whole file without records."""

    def write(
        self, values: Sequence[str | None], losses: Losses
    ) -> tuple[bytes, list[tuple[str, BadValueError]]]:
        """The bytes of one record (None: no line gives a value), or the items that cannot be written and why."""

    def reduced(self, index: int, value: str) -> str:
        """The value of an item after the layout's declared substitutions."""

    def stored(self, index: int, value: str) -> str:
        """What an item reads as after this value was written into it; raises ``BadValueError``."""

    def count(self, stream: BinaryIO) -> int:
        """How many records the stream holds, cheaply."""
