"""How records are cut out of a file: by length, line end, length word or field. A short last record is a fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol

from gateway.formats.faults import BadRecord, BadValueError, FaultList
from gateway.formats.records import BLOCK, Frame

LINE_ENDS = {"lf": b"\n", "crlf": b"\r\n"}
WORD = 4
"""Bytes of a record or block descriptor word."""
_ASCII_ZONE = 0x30


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

    def cut_short(self, size: int) -> BadRecord | None:
        """What is reported of the last record of a file of so many bytes, if it is not whole."""
        whole, rest = divmod(size, self.step)
        return short_record(whole + 1, whole * self.step, rest, self.step) if rest else None

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


@dataclass(frozen=True, kw_only=True)
class ByField:
    """Records that tell their length in a field of ``size`` bytes at ``start``: a binary number, or digits.

    ``order`` is that of binary numbers, None for digits, whose high half is ``zone``. ``whole``: the field counts the
    record, not what comes after the field. ``most`` is the longest record.
    """

    start: int
    size: int
    order: Literal["big", "little"] | None
    zone: int
    whole: bool
    most: int

    @property
    def head(self) -> int:
        """Bytes up to the end of the field."""
        return self.start + self.size

    def frames(self, stream: BinaryIO, faults: FaultList) -> Iterator[Frame]:
        """Every record; a length that cannot be one ends the reading, because nothing after it can be trusted."""
        number, offset = 1, 0
        while head := stream.read(self.head):
            if len(head) < self.head:
                faults.add(short_record(number, offset, len(head), self.head))
                return
            length = self._length(head)
            if not self.head <= length <= self.most:
                message = (
                    f"this is no length from {self.head} to {self.most}; is length_field declared as it is?"
                )
                error = BadValueError("length-field", message)
                faults.add(Frame(number, offset, head).bad("(record)", error, self.start))
                return
            body = head + stream.read(length - self.head)
            if len(body) < length:
                faults.add(short_record(number, offset, len(body), length))
                return
            yield Frame(number, offset, body)
            number, offset = number + 1, offset + length

    def _length(self, head: bytes) -> int:
        """Bytes of the whole record, or -1 if the field holds no number."""
        field, more = head[self.start :], 0 if self.whole else self.head
        if self.order is not None:
            return int.from_bytes(field, self.order) + more
        digits = bytes(byte ^ self.zone ^ _ASCII_ZONE for byte in field)
        return int(digits) + more if digits.isdigit() else -1

    def framed(self, record: bytes) -> bytes:
        """The record, no longer than ``longest``, with its length."""
        number = len(record) - (0 if self.whole else self.head)
        return record[: self.start] + self._field(number) + record[self.head :]

    @property
    def longest(self) -> int:
        """The longest record that the field can tell."""
        values = 10**self.size if self.order is None else 1 << 8 * self.size
        return values - 1 + (0 if self.whole else self.head)

    def _field(self, number: int) -> bytes:
        if self.order is not None:
            return number.to_bytes(self.size, self.order)
        return bytes(ord(digit) ^ _ASCII_ZONE ^ self.zone for digit in str(number).rjust(self.size, "0"))

    def count(self, stream: BinaryIO) -> int:
        """Records by their length fields."""
        return sum(1 for _ in self.frames(stream, FaultList()))
