"""How records are cut out of a file: by length, by line end, by a length word. A short last record is a fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol

from gateway.formats.faults import BadRecord, BadValueError, FaultList
from gateway.formats.records import BLOCK, Frame

LINE_ENDS = {"lf": b"\n", "crlf": b"\r\n"}
WORD = 4
"""Bytes of a record or block descriptor word."""


class Framing(Protocol):
    """One way to tell records apart."""

    def frames(self, stream: BinaryIO, faults: FaultList) -> Iterator[Frame]:
        """Every record of the stream; what cannot be cut out goes into ``faults``."""

    def framed(self, record: bytes) -> bytes:
        """A record as it stands in a file."""

    def count(self, stream: BinaryIO) -> int:
        """How many records the stream holds, without reading items."""


def short_record(number: int, offset: int, found: int, step: int) -> BadRecord:
    """What is reported of a last record that is too short."""
    message = f"the last record has {found} of {step} bytes; the file was cut or the layout's length is wrong"
    return BadRecord(record=number, offset=offset, item="(record)", rule="truncated", message=message)


@dataclass(frozen=True, kw_only=True)
class ByLength:
    """Records of one length, each with a line end or none."""

    size: int
    line_end: bytes = b""

    @property
    def step(self) -> int:
        """Bytes from one record to the next."""
        return self.size + len(self.line_end)

    def frames(self, stream: BinaryIO, faults: FaultList) -> Iterator[Frame]:
        """Every whole record; a short last one is a fault with its offset."""
        step, number, offset, rest = self.step, 0, 0, b""
        while block := stream.read(BLOCK // step * step or step):
            rest += block
            for at in range(0, len(rest) - step + 1, step):
                number += 1
                yield from self.checked(Frame(number, offset + at, rest[at : at + step]), faults)
            whole = len(rest) // step * step
            offset, rest = offset + whole, rest[whole:]
        if rest:
            faults.add(short_record(number + 1, offset, len(rest), step))

    def checked(self, frame: Frame, faults: FaultList) -> Iterator[Frame]:
        """The record without its line end, if that stands where it should."""
        if not self.line_end:
            yield frame
        elif frame.body.endswith(self.line_end):
            yield Frame(frame.number, frame.offset, frame.body[: self.size])
        else:
            error = BadValueError("line-end", "no line end where the record ends; is the length right?")
            faults.add(frame.bad("(record)", error, self.size))

    def framed(self, record: bytes) -> bytes:
        """The record and its line end."""
        return record + self.line_end

    def count(self, stream: BinaryIO) -> int:
        """Whole records by size."""
        return stream.seek(0, 2) // self.step


@dataclass(frozen=True, kw_only=True)
class ByWord:
    """Records with a length word of two bytes of length and two of zeros (z/OS RDW), in blocks (BDW) or not.

    ``own`` is what the length counts of the word itself: 4 or 0. ``most`` is the longest record.
    """

    own: int
    blocks: bool
    order: Literal["big", "little"]
    most: int

    def frames(self, stream: BinaryIO, faults: FaultList) -> Iterator[Frame]:
        """Every record; a word that cannot be one ends the reading, because nothing after it can be trusted."""
        number, offset, block_end = 1, 0, 0
        while head := stream.read(WORD):
            is_block = self.blocks and offset == block_end
            length = self._length(head, number, offset, faults, block=is_block)
            if length < 0:
                return
            if is_block:
                offset += WORD
                block_end = offset + length
                continue
            body = stream.read(length)
            if len(body) < length or (self.blocks and offset + WORD + length > block_end):
                faults.add(short_record(number, offset, WORD + len(body), WORD + length))
                return
            yield Frame(number, offset + WORD, body)
            number, offset = number + 1, offset + WORD + length
        if self.blocks and offset != block_end:
            faults.add(short_record(number, offset, 0, block_end - offset))

    def _length(self, head: bytes, number: int, offset: int, faults: FaultList, *, block: bool) -> int:
        """What the word counts after itself, or -1 after adding a fault."""
        length = int.from_bytes(head[:2], self.order) - self.own
        most = 0xFFFF if block else self.most
        if len(head) == WORD and head[2:] == b"\x00\x00" and 0 <= length <= most:
            return length
        what = "block" if block else "record"
        message = (
            f"this is no length of a {what}; are includes_itself, blocks and order declared as they are?"
        )
        faults.add(BadRecord(record=number, offset=offset, item="(record)", rule="rdw", message=message))
        return -1

    def framed(self, record: bytes) -> bytes:
        """The length word and the record, in a block of its own if there are blocks."""
        word = self._word(len(record)) + record
        return self._word(len(word)) + word if self.blocks else word

    def _word(self, length: int) -> bytes:
        return (length + self.own).to_bytes(2, self.order) + b"\x00\x00"

    def count(self, stream: BinaryIO) -> int:
        """Records by their length words."""
        return sum(1 for _ in self.frames(stream, FaultList()))
