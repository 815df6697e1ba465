"""Kernels from lines of CSV to fixed-length records. All places are addresses."""
# ruff: noqa: PLR0917 - kernels take values by position and meet bytes and calendar numbers

from __future__ import annotations

from gateway.formats.fast import call as c
from gateway.formats.fast import program as p
from gateway.formats.fast.downnumbers import put_date, put_number
from gateway.formats.fast.downtext import narrowed, put_text, text_allowed
from gateway.formats.fast.jit import BAD, kernel
from gateway.formats.fast.memory import byte, copy, long, put_long, trailing_zeros
from gateway.formats.fast.up import Addresses, form_fits, matching

NEWLINE, RETURN, COMMA, QUOTE, BLANK = 0x0A, 0x0D, 0x2C, 0x22, 0x20
AT, SIZE, KIND, MODE, CHECK, REQUIRED = (
    8 * p.AT, 8 * p.SIZE, 8 * p.KIND, 8 * p.MODE, 8 * p.CHECK, 8 * p.REQUIRED,
)  # fmt: skip
PATTERNS, FIRST_PATTERN, MUST_MATCH, TARGET = (
    8 * p.PATTERNS, 8 * p.FIRST_PATTERN, 8 * p.MUST_MATCH, 8 * p.TARGET,
)  # fmt: skip
TEXT, ZONED, PACKED, WIDENED, NO_TARGET, COLUMNS = (
    p.TEXT, p.ZONED, p.PACKED, p.WIDENED, p.NO_TARGET, 8 * p.COLUMNS,
)  # fmt: skip
PATTERN = 32
OPS, OPS_END, AUX, POOL, CODES = 8 * c.OPS, 8 * c.OPS_END, 8 * c.AUX, 8 * c.POOL, 8 * c.CODES
STEP, OUT, REACHED, MADE = 8 * c.STEP, 8 * c.OUT, 8 * c.REACHED, 8 * c.MADE
BEGIN, END, LINE_END, EMPTY, ROOM = (
    8 * c.BEGIN, 8 * c.END, 8 * c.LINE_END, 8 * c.EMPTY, 8 * c.ROOM,
)  # fmt: skip
ONES, HIGH_BITS = 0x0101010101010101, -0x7F7F7F7F7F7F7F80


@kernel
def reads_otherwise(at: int, o: int, aux: int, pool: int) -> bool:
    """Whether the bytes written are a pattern that means another value."""
    k, size, found = aux + 8 * long(o + FIRST_PATTERN), long(o + SIZE), False
    for _ in range(long(o + PATTERNS)):
        same = True
        for i in range(size):
            same = same and byte(at + i) == byte(pool + long(k + 16) + i)
        found = found or same
        k += PATTERN
    return found


@kernel
def zero_bytes(eight: int) -> int:
    """The high bit of the lowest byte that is zero, and perhaps of higher ones; 0 if none is."""
    return (eight - ONES) & ~eight & HIGH_BITS


@kernel
def cell_end(i: int) -> int:
    """Where a cell ends: at a comma, a control character or a quote. There must be one."""
    while True:
        eight = long(i)
        found = (eight - ONES * BLANK) & ~eight & HIGH_BITS
        found |= zero_bytes(eight ^ (ONES * COMMA)) | zero_bytes(eight ^ (ONES * QUOTE))
        if found != 0:
            return i + (trailing_zeros(found) >> 3)
        i += 8


@kernel
def put_form(i: int, end: int, o: int, at: int, aux: int) -> bool:
    """Check a number or a date and write it."""
    if long(o + CHECK) != 0 and not form_fits(i, end, long(o + CHECK)):
        return False
    if long(o + KIND) in (ZONED, PACKED):
        return put_number(i, end, o, at, aux)
    return put_date(i, o, at, aux)


@kernel
def text(i: int, o: int, at: int, tab: int) -> int:
    """Write a text; gives where it ends, BAD for what the reference path must decide."""
    if long(o + TARGET) == NO_TARGET:
        return text_allowed(i, o, tab)
    return narrowed(i, o, at, tab) if long(o + MODE) == WIDENED else put_text(i, o, at, tab)


@kernel
def put(i: int, end: int, o: int, at: int, aux: int, tab: int) -> bool:
    """Check one cell that is not empty and write it; False for what the reference path must decide."""
    if long(o + KIND) != TEXT:
        return put_form(i, end, o, at, aux)
    if long(o + CHECK) != 0 and not form_fits(i, end, long(o + CHECK)):
        return False
    return text(i, o, at, tab) == end


@kernel
def cell(i: int, end: int, o: int, at: int, program: Addresses, tab: int) -> bool:
    """One cell into its place in the record; False for what the reference path must decide."""
    aux, pool = program[2], program[3]
    if long(o + PATTERNS) > 0:
        found = matching(i, end - i, o, aux, pool)
        if found >= 0:
            if long(o + TARGET) != NO_TARGET:
                copy(at, pool + long(found + 16), long(found + 24))
            return True
        if long(o + MUST_MATCH) != 0:
            return False
    if i == end:
        plain = long(o + KIND) == TEXT and long(o + PATTERNS) == 0
        return bool(long(o + REQUIRED) == 0 and (plain or long(o + TARGET) == NO_TARGET))
    if not put(i, end, o, at, aux, tab):
        return False
    return long(o + PATTERNS) == 0 or not reads_otherwise(at, o, aux, pool)


@kernel
def is_bare(o: int) -> bool:
    """Whether a column is a text without a declared pattern or a form: its characters show where it ends."""
    return long(o + KIND) == TEXT and long(o + PATTERNS) == 0 and long(o + CHECK) == 0


@kernel
def column(i: int, o: int, base: int, mark: int, program: Addresses, tab: int) -> int:
    """One cell; gives the place after the mark that ends it, or BAD."""
    at = base + long(o + AT)
    if is_bare(o):
        end = text(i, o, at, tab)
        if end < 0 or (end == i and long(o + REQUIRED) != 0):
            return BAD
    else:
        end = cell_end(i)
        if not cell(i, end, o, at, program, tab):
            return BAD
    return end + 1 if byte(end) == mark else BAD


@kernel
def record(i: int, base: int, line_end: int, program: Addresses, tab: int) -> int:
    """One line into one record; the place after it, or BAD for the reference path."""
    o, last = program[0], program[1] - COLUMNS
    ending = NEWLINE if line_end == 1 else RETURN
    while o <= last:
        i = column(i, o, base, COMMA if o < last else ending, program, tab)
        if i < 0:
            return BAD
        o += COLUMNS
    if line_end == 1:
        return i
    return i + 1 if byte(i) == NEWLINE else BAD


@kernel
def records(call: int) -> int:
    """Convert the lines of a call, all of them whole, while kernels can and there is room for records.

    Gives 1 if it stopped at a line for the reference path, else 0; tells the place reached and the number of records.
    Bytes behind the lines are looked at, and some behind the records written over.
    """
    program = long(call + OPS), long(call + OPS_END), long(call + AUX), long(call + POOL)
    step, out, tab, line_end = long(call + STEP), long(call + OUT), long(call + CODES), long(call + LINE_END)
    count, i, end, stopped = 0, long(call + BEGIN), long(call + END), False
    while i < end and count < long(call + ROOM):
        base = out + count * step
        copy(base, long(call + EMPTY), step)
        after = record(i, base, line_end, program, tab)
        if after < 0:
            stopped = True
            break
        i, count = after, count + 1
    put_long(call + REACHED, i)
    put_long(call + MADE, count)
    return int(stopped)


def entrance(call: int) -> int:
    """What C calls: so thin that nothing of it can fail, and its code asks nothing of Python."""
    return records(call)
