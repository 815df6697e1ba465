"""Kernels from fixed-length records to lines of CSV. Shapes: byte arrays are uint8, operations int64."""
# ruff: noqa: PLR0917, PLR2004 - kernels take arrays by position and meet bytes and calendar numbers

from __future__ import annotations

from gateway.formats.fast import program as p
from gateway.formats.fast.jit import BAD, bare_bytes, bare_longs, bare_words, kernel
from gateway.formats.fast.program import Array, Program
from gateway.formats.fast.upnumbers import date, decimal, packed, zoned
from gateway.formats.fast.uptext import characters, text

Frame = tuple[int, int, int]
"""Bytes of a record, of its line end, and of the line end that is written."""

ASCII_0, MINUS, COMMA, COLON = 0x30, 0x2D, 0x2C, 0x3A
KIND, AT, SIZE, FIRST_PATTERN, PATTERNS, MUST_MATCH = (
    p.KIND, p.AT, p.SIZE, p.FIRST_PATTERN, p.PATTERNS, p.MUST_MATCH,
)  # fmt: skip
REQUIRED, LONGEST, CHECK, TARGET = p.REQUIRED, p.LONGEST, p.CHECK, p.TARGET
CONSTANT, TEXT, ZONED, DATE, PACKED_DATE = p.CONSTANT, p.TEXT, p.ZONED, p.DATE, p.PACKED_DATE
IS_DATE, IS_TIME, IS_YEAR = p.IS_DATE, p.IS_TIME, p.IS_YEAR
NO_TARGET, COLUMNS = p.NO_TARGET, p.COLUMNS


@kernel
def copy(source: Array, at: int, size: int, out: Array, pos: int) -> int:
    """Copy bytes; gives the new position."""
    for i in range(size):
        out[pos + i] = source[at + i]
    return pos + size


@kernel
def matching(block: Array, at: int, size: int, ops: Array, o: int, aux: Array, pool: Array) -> int:
    """The pattern that stands at this place, or -1."""
    for k in range(ops[o + FIRST_PATTERN], ops[o + FIRST_PATTERN] + 4 * ops[o + PATTERNS], 4):
        if aux[k + 1] != size:
            continue
        start, i = aux[k], 0
        while i < size and block[at + i] == pool[start + i]:
            i += 1
        if i == size:
            return int(k)
    return BAD


@kernel
def digits_at(out: Array, at: int, count: int) -> int:
    """The number of some ASCII digits, or -1."""
    number = 0
    for i in range(at, at + count):
        if not ASCII_0 <= out[i] <= ASCII_0 + 9:
            return BAD
        number = number * 10 + out[i] - ASCII_0
    return number


@kernel
def form_fits(out: Array, start: int, pos: int, check: int) -> bool:
    """Whether a text is a date, a time or a year, where its column wants one."""
    size = pos - start
    if size != (4 if check == IS_YEAR else 10 if check == IS_DATE else 8):
        return False
    first = digits_at(out, start, 2 if check == IS_TIME else 4)
    if check == IS_YEAR or first < 0:
        return first >= 0
    mark = MINUS if check == IS_DATE else COLON
    second, third = digits_at(out, pos - 5, 2), digits_at(out, pos - 2, 2)
    if out[pos - 6] != mark or out[pos - 3] != mark or second < 0 or third < 0:
        return False
    if check == IS_DATE:
        return second <= 12 and third <= 31
    return first <= 23 and second <= 59 and third <= 59


@kernel
def value(block: Array, at: int, ops: Array, o: int, out: Array, pos: int, aux: Array, tab: Array) -> int:
    """One item as its cell; BAD for what the reference path must decide."""
    kind = ops[o + KIND]
    if kind == TEXT:
        end = text(block, at, ops, o, out, pos, tab)
        if end > pos and ops[o + CHECK] != 0 and not form_fits(out, pos, end, ops[o + CHECK]):
            return BAD
        if end - pos > ops[o + LONGEST] and characters(out, pos, end) > ops[o + LONGEST]:
            return BAD
        return end
    if kind in (DATE, PACKED_DATE):
        return date(block, at, ops, o, out, pos, aux)
    known, number = zoned(block, at, ops, o, aux) if kind == ZONED else packed(block, at, ops, o)
    return decimal(number, ops, o, out, pos) if known else BAD


@kernel
def cell(
    block: Array, base: int, ops: Array, o: int, out: Array, pos: int, aux: Array, pool: Array, tab: Array
) -> int:
    """One operation: a constant, a declared pattern, or the item's value."""
    if ops[o + KIND] == CONSTANT:
        return copy(pool, ops[o + AT], ops[o + SIZE], out, pos)
    at = base + ops[o + AT]
    if ops[o + PATTERNS] > 0:
        found = matching(block, at, ops[o + SIZE], ops, o, aux, pool)
        if found >= 0:
            return copy(pool, aux[found + 2], aux[found + 3], out, pos)
        if ops[o + MUST_MATCH] != 0:
            return BAD
    return value(block, at, ops, o, out, pos, aux, tab)


@kernel
def line(
    block: Array, base: int, ops: Array, out: Array, pos: int, aux: Array, pool: Array, tab: Array
) -> int:
    """One record as a line without its end; BAD for what the reference path must decide."""
    first = True
    for o in range(0, ops.shape[0], COLUMNS):
        if ops[o + TARGET] != NO_TARGET and not first:
            out[pos] = COMMA
            pos += 1
        end = cell(block, base, ops, o, out, pos, aux, pool, tab)
        if end < 0 or (end == pos and ops[o + REQUIRED] != 0):
            return BAD
        if ops[o + TARGET] != NO_TARGET:
            first, pos = False, end
    return pos


@kernel
def ends_as_declared(block: Array, at: int, size: int, pool: Array) -> bool:
    """Whether the line end of a record, which begins the pool, stands there."""
    same = True
    for i in range(size):
        same = same and block[at + i] == pool[i]
    return same


@kernel
def lines(
    block: Array, first: int, count: int, frame: Frame, out: Array, program: Program, tab: Array
) -> tuple[int, int]:
    """Convert records ``first`` to ``count``; gives where it stopped and how many bytes it wrote.

    The arrays are looked at without their owners: counting references at every call costs more than the work.
    """
    block, out, tab = bare_bytes(block), bare_bytes(out), bare_words(tab)
    ops, aux, pool = bare_longs(program.ops), bare_longs(program.aux), bare_bytes(program.pool)
    size, own_end, csv_end = frame
    pos = 0
    for record in range(first, count):
        base = record * (size + own_end)
        if not ends_as_declared(block, base + size, own_end, pool):
            return record, pos
        end = line(block, base, ops, out, pos, aux, pool, tab)
        if end < 0:
            return record, pos
        pos = copy(pool, own_end, csv_end, out, end)
    return count, pos
