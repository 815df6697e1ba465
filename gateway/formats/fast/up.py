"""Kernels from fixed-length records to lines of CSV. All places are addresses."""
# ruff: noqa: PLR0917, PLR2004 - kernels take values by position and meet bytes and calendar numbers

from __future__ import annotations

from gateway.formats.fast import call as c
from gateway.formats.fast import program as p
from gateway.formats.fast.jit import BAD, kernel
from gateway.formats.fast.memory import byte, copy, long, put_byte, put_long
from gateway.formats.fast.upnumbers import date, decimal, packed, zoned
from gateway.formats.fast.uptext import characters, text

Addresses = tuple[int, int, int, int]
"""Where operations begin and end, tables and byte strings begin."""

ASCII_0, MINUS, COMMA, COLON = 0x30, 0x2D, 0x2C, 0x3A
KIND, AT, SIZE, FIRST_PATTERN, PATTERNS, MUST_MATCH = (
    8 * p.KIND, 8 * p.AT, 8 * p.SIZE, 8 * p.FIRST_PATTERN, 8 * p.PATTERNS, 8 * p.MUST_MATCH,
)  # fmt: skip
REQUIRED, LONGEST, CHECK, TARGET = 8 * p.REQUIRED, 8 * p.LONGEST, 8 * p.CHECK, 8 * p.TARGET
CONSTANT, TEXT, ZONED, DATE, PACKED_DATE = p.CONSTANT, p.TEXT, p.ZONED, p.DATE, p.PACKED_DATE
IS_DATE, IS_TIME, IS_YEAR = p.IS_DATE, p.IS_TIME, p.IS_YEAR
NO_TARGET, COLUMNS = p.NO_TARGET, 8 * p.COLUMNS
PATTERN = 32
OPS, OPS_END, AUX, POOL, CODES = 8 * c.OPS, 8 * c.OPS_END, 8 * c.AUX, 8 * c.POOL, 8 * c.CODES
STEP, OUT, REACHED, MADE = 8 * c.STEP, 8 * c.OUT, 8 * c.REACHED, 8 * c.MADE
BLOCK, FIRST, COUNT, OWN_END, CSV_END = (
    8 * c.BLOCK, 8 * c.FIRST, 8 * c.COUNT, 8 * c.OWN_END, 8 * c.CSV_END,
)  # fmt: skip


@kernel
def matching(at: int, size: int, o: int, aux: int, pool: int) -> int:
    """The pattern that stands at this place, or -1."""
    k = aux + 8 * long(o + FIRST_PATTERN)
    for _ in range(long(o + PATTERNS)):
        if long(k + 8) == size:
            start, i = pool + long(k), 0
            while i < size and byte(at + i) == byte(start + i):
                i += 1
            if i == size:
                return k
        k += PATTERN
    return BAD


@kernel
def digits_at(at: int, count: int) -> int:
    """The number of some ASCII digits, or -1."""
    number = 0
    for i in range(at, at + count):
        digit = byte(i) ^ ASCII_0
        if digit > 9:
            return BAD
        number = number * 10 + digit
    return number


@kernel
def form_fits(start: int, end: int, check: int) -> bool:
    """Whether a text is a date, a time or a year, where its column wants one."""
    size = end - start
    if size != (4 if check == IS_YEAR else 10 if check == IS_DATE else 8):
        return False
    first = digits_at(start, 2 if check == IS_TIME else 4)
    if check == IS_YEAR or first < 0:
        return first >= 0
    mark = MINUS if check == IS_DATE else COLON
    second, third = digits_at(end - 5, 2), digits_at(end - 2, 2)
    if byte(end - 6) != mark or byte(end - 3) != mark or second < 0 or third < 0:
        return False
    if check == IS_DATE:
        return second <= 12 and third <= 31
    return first <= 23 and second <= 59 and third <= 59


@kernel
def value(at: int, o: int, pos: int, aux: int, tab: int) -> int:
    """One item as its cell; BAD for what the reference path must decide."""
    kind = long(o + KIND)
    if kind == TEXT:
        end, longest = text(at, o, pos, tab), long(o + LONGEST)
        if end > pos and long(o + CHECK) != 0 and not form_fits(pos, end, long(o + CHECK)):
            return BAD
        if long(o + SIZE) > longest and end - pos > longest and characters(pos, end) > longest:
            return BAD
        return end
    if kind in (DATE, PACKED_DATE):
        return date(at, o, pos, aux)
    known, number = zoned(at, o, aux) if kind == ZONED else packed(at, o, aux)
    return decimal(number, o, pos, aux) if known else BAD


@kernel
def cell(base: int, o: int, pos: int, aux: int, pool: int, tab: int) -> int:
    """One operation: a constant, a declared pattern, or the item's value."""
    if long(o + KIND) == CONSTANT:
        copy(pos, pool + long(o + AT), long(o + SIZE))
        return pos + long(o + SIZE)
    at = base + long(o + AT)
    if long(o + PATTERNS) > 0:
        found = matching(at, long(o + SIZE), o, aux, pool)
        if found >= 0:
            copy(pos, pool + long(found + 16), long(found + 24))
            return pos + long(found + 24)
        if long(o + MUST_MATCH) != 0:
            return BAD
    return value(at, o, pos, aux, tab)


@kernel
def line(base: int, pos: int, program: Addresses, tab: int) -> int:
    """One record as a line without its end; BAD for what the reference path must decide."""
    o, last, aux, pool = program
    start = pos
    while o < last:
        end = cell(base, o, pos, aux, pool, tab)
        if end < 0 or (end == pos and long(o + REQUIRED) != 0):
            return BAD
        if long(o + TARGET) != NO_TARGET:
            put_byte(end, COMMA)
            pos = end + 1
        o += COLUMNS
    return max(start, pos - 1)


@kernel
def ends_as_declared(at: int, size: int, pool: int) -> bool:
    """Whether the line end of a record, which begins the pool, stands there."""
    same = True
    for i in range(size):
        same = same and byte(at + i) == byte(pool + i)
    return same


@kernel
def lines(call: int) -> int:
    """Convert the records of a call while kernels can; 1 if it stopped at one for the reference path, else 0.

    Tells where it stopped and how many bytes it wrote.

    Eight bytes before and after the block, and after what is written, are looked at or written over.
    """
    program = long(call + OPS), long(call + OPS_END), long(call + AUX), long(call + POOL)
    own_end, csv_end, step = long(call + OWN_END), long(call + CSV_END), long(call + STEP)
    out, tab, pool = long(call + OUT), long(call + CODES), program[3]
    pos, record, stopped = out, long(call + FIRST), False
    while record < long(call + COUNT):
        base = long(call + BLOCK) + record * step
        end = BAD
        if ends_as_declared(base + step - own_end, own_end, pool):
            end = line(base, pos, program, tab)
        if end < 0:
            stopped = True
            break
        copy(end, pool + own_end, csv_end)
        pos, record = end + csv_end, record + 1
    put_long(call + REACHED, record)
    put_long(call + MADE, pos - out)
    return int(stopped)


def entrance(call: int) -> int:
    """What C calls: so thin that nothing of it can fail, and its code asks nothing of Python."""
    return lines(call)
