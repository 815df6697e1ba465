"""Kernels from lines of CSV to fixed-length records. Shapes: byte arrays are uint8, operations int64."""
# ruff: noqa: PLR0917, PLR2004 - kernels take arrays by position and meet bytes and calendar numbers

from __future__ import annotations

from gateway.formats.fast import program as p
from gateway.formats.fast.downnumbers import put_date, put_number
from gateway.formats.fast.downtext import fill, narrowed, put_text, text_allowed
from gateway.formats.fast.jit import BAD, bare_bytes, bare_longs, bare_words, kernel
from gateway.formats.fast.program import Array, Program
from gateway.formats.fast.up import copy, form_fits, matching

NEWLINE, RETURN, COMMA, QUOTE = 0x0A, 0x0D, 0x2C, 0x22
AT, SIZE, KIND, MODE, CHECK, REQUIRED = p.AT, p.SIZE, p.KIND, p.MODE, p.CHECK, p.REQUIRED
PATTERNS, FIRST_PATTERN, MUST_MATCH, TARGET = p.PATTERNS, p.FIRST_PATTERN, p.MUST_MATCH, p.TARGET
TEXT, ZONED, PACKED, WIDENED, NO_TARGET, COLUMNS = (
    p.TEXT,
    p.ZONED,
    p.PACKED,
    p.WIDENED,
    p.NO_TARGET,
    p.COLUMNS,
)

Frame = tuple[int, int]
"""Bytes of a record with its line end, and of the line end that is read."""


@kernel
def reads_otherwise(out: Array, at: int, ops: Array, o: int, aux: Array, pool: Array) -> bool:
    """Whether the bytes written are a pattern that means another value."""
    size, found = ops[o + SIZE], False
    for k in range(ops[o + FIRST_PATTERN], ops[o + FIRST_PATTERN] + 4 * ops[o + PATTERNS], 4):
        same = True
        for i in range(size):
            same = same and out[at + i] == pool[aux[k + 2] + i]
        found = found or same
    return found


@kernel
def put(
    block: Array, i: int, end: int, ops: Array, o: int, out: Array, at: int, aux: Array, tab: Array
) -> bool:
    """Check one cell that is not empty and write it; False for what the reference path must decide."""
    kind = ops[o + KIND]
    if ops[o + CHECK] != 0 and not form_fits(block, i, end, ops[o + CHECK]):
        return False
    if kind in (ZONED, PACKED):
        return put_number(block, i, end, ops, o, out, at, aux)
    if kind == TEXT:
        if ops[o + TARGET] == NO_TARGET:
            return text_allowed(block, i, end, ops, o, tab)
        if ops[o + MODE] == WIDENED:
            return narrowed(block, i, end, ops, o, out, at, tab)
        return put_text(block, i, end, ops, o, out, at, tab)
    return put_date(block, i, ops, o, out, at, aux)


@kernel
def cell(
    block: Array,
    i: int,
    end: int,
    ops: Array,
    o: int,
    out: Array,
    base: int,
    aux: Array,
    pool: Array,
    tab: Array,
) -> bool:
    """One cell into its place in the record; False for what the reference path must decide."""
    at = base + ops[o + AT]
    if ops[o + PATTERNS] > 0:
        found = matching(block, i, end - i, ops, o, aux, pool)
        if found >= 0:
            copy(pool, aux[found + 2], aux[found + 3], out, at)
            return True
        if ops[o + MUST_MATCH] != 0:
            return False
    if i == end:
        if ops[o + REQUIRED] != 0:
            return False
        if ops[o + TARGET] != NO_TARGET:
            fill(ops, o, out, at, 0)
        return bool(ops[o + TARGET] == NO_TARGET or (ops[o + KIND] == TEXT and ops[o + PATTERNS] == 0))
    if not put(block, i, end, ops, o, out, at, aux, tab):
        return False
    return ops[o + PATTERNS] == 0 or not reads_otherwise(out, at, ops, o, aux, pool)


@kernel
def cell_end(block: Array, i: int, end: int) -> int:
    """Where a cell ends: at a comma or a line end; the block's end if there is none, BAD at a quote."""
    while i < end:
        byte = block[i]
        if byte in (COMMA, NEWLINE):
            return i
        if byte == QUOTE:
            return BAD
        i += 1
    return end


@kernel
def record(
    block: Array,
    i: int,
    end: int,
    ops: Array,
    out: Array,
    base: int,
    line_end: int,
    aux: Array,
    pool: Array,
    tab: Array,
) -> int:
    """One line into one record; the place after it, BAD for the reference path, or ``end`` + 1 if it is cut off."""
    last = ops.shape[0] - COLUMNS
    for o in range(0, ops.shape[0], COLUMNS):
        stop = cell_end(block, i, end)
        if stop == end:
            return end + 1
        if stop < 0 or (block[stop] == NEWLINE) != (o == last):
            return BAD
        after = stop
        if o == last and line_end == 2:
            after = stop - 1
            if after < i or block[after] != RETURN:
                return BAD
        if not cell(block, i, after, ops, o, out, base, aux, pool, tab):
            return BAD
        i = stop + 1
    return i


@kernel
def records(
    block: Array, first: int, frame: Frame, blank: Array, out: Array, program: Program, tab: Array
) -> tuple[int, int, bool]:
    """Convert lines from ``first`` on while there is room.

    Gives the place reached, the number of records, and whether it stopped at a line for the reference path.
    """
    block, out, tab, blank = bare_bytes(block), bare_bytes(out), bare_words(tab), bare_bytes(blank)
    ops, aux, pool = bare_longs(program.ops), bare_longs(program.aux), bare_bytes(program.pool)
    step, line_end = frame
    count, end = 0, block.shape[0]
    while first < end and (count + 1) * step <= out.shape[0]:
        base = count * step
        copy(blank, 0, step, out, base)
        after = record(block, first, end, ops, out, base, line_end, aux, pool, tab)
        if after > end:
            break
        if after < 0:
            return first, count, True
        first, count = after, count + 1
    return first, count, False
