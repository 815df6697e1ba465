"""What a kernel executes: one row of numbers per item, byte strings in one pool, tables of characters."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.formats.characters.charset import Charset

# Columns of an operation. Numbers, because kernels index arrays.
(
    KIND, AT, SIZE, TARGET, FIRST_PATTERN, PATTERNS, MUST_MATCH, REQUIRED, NEED, LONGEST, CHECK, MODE,
    DIGITS, SCALE, SIGNED, ROW, ZONE, SIGN_AT, BODY_AT, BODY, CSV_DIGITS, DECIMALS, CSV_SIGNED, ERA, FILL,
) = range(25)  # fmt: skip
COLUMNS = 25

CONSTANT, TEXT, ZONED, PACKED, DATE, PACKED_DATE, MATCHED = range(7)
"""Kinds of operations."""

SINGLES, DOUBLES, SHIFTED, LED, WIDENED = range(5)
"""Modes of text: one byte each, two bytes each, with shifts, with lead bytes, half-width to full-width."""

NOTHING, IS_DATE, IS_TIME, IS_YEAR = range(4)
"""Checks of a text that goes into a column of that type."""

X_ALLOWED, N_ALLOWED, NO_QUOTES, KNOWN = 1, 2, 4, 8
"""What is known of a character, as bits; ``KNOWN``: it has a code."""

BITS, BYTES = 24, 28
"""Where these bits, and the number of UTF-8 bytes, stand in an entry for one character."""

PAIRS, HEAD, NO_PAIR = 20, 276, 128
"""What every program's tables begin with: powers of ten, then per packed byte its two digits; then come its own."""

NO_TARGET = -1
CODE_POINTS = 0x30000
"""Kernels write characters below this; others are left to the reference path."""

WIDE, VOICED, HALF_VOICED, LEADS, SHIFT, DOUBLE = 512, 768, 1280, 1792, 2048, 4096
LONG = DOUBLE + 0x10000
CODES_SIZE = LONG + 0x10000
"""Places in the table of a character code: entries per single byte, then per double byte (0: none); ``LONG``: UTF-8
of four bytes as a number."""

NARROW = CODE_POINTS
OPENING = NARROW + 0x10000
TEXTS_SIZE = OPENING + 8
"""Places in the table for writing: per code point the code, a flag for double bytes and bits; then half-width
bytes; then shifts."""


class Program(NamedTuple):
    """Operations (int64, ``COLUMNS`` each), tables and patterns (int64), and the byte strings they point into."""

    ops: array[int]
    aux: array[int]
    pool: array[int]

    def addresses(self) -> tuple[int, int, int, int]:
        """Where operations begin and end, tables and byte strings begin; good while the program lives."""
        (first, count), (aux, _), (pool, _) = (part.buffer_info() for part in self)
        return first, first + count * self.ops.itemsize, aux, pool


def shift_numbers(charset: Charset) -> list[int]:
    """Length of a shift, up to two shifts to double bytes, the shift back, a mask; all 0 without shifts.

    Shifts of one byte stand in the high byte of two, the mask tells them from the byte after them. A rarer shift of
    another length (JEF's of 7 points) is left to the reference path.
    """
    shifts = charset.shifts
    if shifts is None:
        return [0] * 5
    size = len(shifts.to_single)
    opening = [
        int.from_bytes(shift.ljust(2, b"\0"), "big") for shift in shifts.to_double if len(shift) == size
    ]
    back = int.from_bytes(shifts.to_single.ljust(2, b"\0"), "big")
    return [size, opening[0], opening[-1], back, 0xFF00 if size == 1 else 0xFFFF]


def _head() -> list[int]:
    powers = [10**exponent for exponent in range(19)]
    pairs = [
        byte // 16 * 10 + byte % 16 if byte < 0xA0 and byte % 16 < 10 else NO_PAIR  # noqa: PLR2004 - decimal digits
        for byte in range(256)
    ]
    return [*powers, 0, *pairs]


@dataclass(kw_only=True)
class ProgramWriter:
    """Collects operations; ``row`` tables have 256 entries each."""

    ops: list[list[int]] = field(default_factory=list)
    patterns: list[tuple[int, int, int, int]] = field(default_factory=list)
    pool: bytearray = field(default_factory=bytearray)
    rows: list[list[int]] = field(default_factory=list)

    def op(self, **columns: int) -> list[int]:
        """Append an operation; columns are named in lower case."""
        found = [0] * COLUMNS
        for name, value in columns.items():
            found[globals()[name.upper()]] = value
        self.ops.append(found)
        return found

    def pooled(self, text: bytes) -> int:
        """Where a byte string stands in the pool."""
        self.pool += text
        return len(self.pool) - len(text)

    def match(self, op: list[int], pairs: list[tuple[bytes, bytes]]) -> None:
        """Let the operation look for these byte strings first and give what belongs to them."""
        op[FIRST_PATTERN], op[PATTERNS] = len(self.patterns), len(pairs)
        for found, given in pairs:
            self.patterns.append((self.pooled(found), len(found), self.pooled(given), len(given)))

    def row(self, values: list[int]) -> int:
        """The number of a table of bytes."""
        self.rows.append(values)
        return len(self.rows) - 1

    def program(self) -> Program:
        """The arrays. Tables of 256 stand before the patterns of four numbers each."""
        base = HEAD + 256 * len(self.rows)
        for op in self.ops:
            op[ROW] = HEAD + 256 * op[ROW]
            op[FIRST_PATTERN] = base + 4 * op[FIRST_PATTERN]
        aux = [*_head(), *(number for row in self.rows for number in row)]
        aux += [number for pattern in self.patterns for number in pattern]
        return Program(
            ops=array("q", [number for op in self.ops for number in op]),
            aux=array("q", [*aux, 0]),
            pool=array("B", bytes(self.pool) + b"\x00"),
        )
