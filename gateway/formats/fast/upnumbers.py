"""Kernels that read numbers and dates: zoned and packed digits to the text of a cell."""
# ruff: noqa: PLR0917, PLR2004 - kernels take arrays by position and meet bytes and calendar numbers

from __future__ import annotations

from gateway.formats.fast import program as p
from gateway.formats.fast.jit import BAD, kernel
from gateway.formats.fast.program import Array

ASCII_0, POINT, MINUS, NO_DIGIT = 0x30, 0x2E, 0x2D, 255
KIND, SIZE, LONGEST, PACKED_DATE = p.KIND, p.SIZE, p.LONGEST, p.PACKED_DATE
SCALE, SIGNED, ROW, ZONE, SIGN_AT, BODY = p.SCALE, p.SIGNED, p.ROW, p.ZONE, p.SIGN_AT, p.BODY
DIGITS, CSV_DIGITS, DECIMALS, CSV_SIGNED, ERA = p.DIGITS, p.CSV_DIGITS, p.DECIMALS, p.CSV_SIGNED, p.ERA


@kernel
def zoned(block: Array, at: int, ops: Array, o: int, aux: Array) -> tuple[bool, int]:
    """Whether a zoned item is a number, and which."""
    number, sign_at = 0, ops[o + SIGN_AT]
    sign = aux[ops[o + ROW] + block[at + sign_at]]
    if sign == NO_DIGIT:
        return False, 0
    for i in range(ops[o + SIZE]):
        if i == sign_at:
            if ops[o + BODY] != 0:
                number = number * 10 + (sign & 15)
            continue
        digit = int(block[at + i]) - ops[o + ZONE]
        if not 0 <= digit <= 9:
            return False, 0
        number = number * 10 + digit
    minus = sign >= 16
    if minus and number != 0 and ops[o + SIGNED] == 0:
        return False, 0
    return True, -number if minus else number


@kernel
def packed(block: Array, at: int, ops: Array, o: int) -> tuple[bool, int]:
    """Whether a packed item is a number, and which."""
    number, size = 0, ops[o + SIZE]
    for i in range(size - 1):
        high, low = int(block[at + i]) >> 4, int(block[at + i]) & 15
        if high > 9 or low > 9:
            return False, 0
        number = number * 100 + high * 10 + low
    high, sign = int(block[at + size - 1]) >> 4, int(block[at + size - 1]) & 15
    if high > 9 or sign < 10:
        return False, 0
    number = number * 10 + high
    minus = sign in (11, 13)
    if ops[o + DIGITS] % 2 == 0 and int(block[at]) >> 4 != 0:
        return False, 0
    if minus and number != 0 and ops[o + SIGNED] == 0:
        return False, 0
    return True, -number if minus else number


@kernel
def decimal(number: int, ops: Array, o: int, out: Array, pos: int) -> int:
    """A number as CSV text with its decimals; BAD if it does not fit the column."""
    for _ in range(ops[o + SCALE]):
        number *= 10
    for _ in range(-ops[o + SCALE]):
        if number % 10 != 0:
            return BAD
        number //= 10
    start, minus = pos, number < 0
    number = abs(number)
    if minus and ops[o + CSV_SIGNED] == 0:
        return BAD
    size = 1
    rest = number // 10
    while rest > 0:
        size, rest = size + 1, rest // 10
    if size > ops[o + CSV_DIGITS]:
        return BAD
    decimals = ops[o + DECIMALS]
    size = max(size, decimals + 1)
    end = pos + minus + size + (decimals > 0)
    i = end - 1
    for k in range(size):
        if decimals > 0 and k == decimals:
            out[i] = POINT
            i -= 1
        out[i] = ASCII_0 + number % 10
        number //= 10
        i -= 1
    if minus:
        out[start] = MINUS
    return BAD if ops[o + LONGEST] > 0 and end - start > ops[o + LONGEST] else end


@kernel
def era_at(moment: int) -> int:
    """The era of a date as year, month, day in one number; -1 before Meiji."""
    found = -1
    found += moment >= 18680125
    found += moment >= 19120730
    found += moment >= 19261225
    found += moment >= 19890108
    found += moment >= 20190501
    return found


@kernel
def first_year(era: int) -> int:
    """The western year of an era's first year."""
    if era == 0:
        return 1868
    if era == 1:
        return 1912
    if era == 2:
        return 1926
    return 1989 if era == 3 else 2019


@kernel
def era_of(year: int, month: int, day: int) -> int:
    """The era in which the whole of a partly unknown date lies, or -1."""
    first = year * 10000 + (month if month > 0 else 1) * 100 + (day if day > 0 else 1)
    last = year * 10000 + (month if month > 0 else 12) * 100 + (day if day > 0 else 31)
    era = era_at(first)
    return era if era == era_at(last) else BAD


@kernel
def date_digits(block: Array, at: int, ops: Array, o: int, aux: Array) -> int:
    """The digits of a date after its era code, with the era above them, or -1."""
    if ops[o + KIND] == PACKED_DATE:
        known, number = packed(block, at, ops, o)
        if not known:
            return BAD
        if ops[o + ERA] == 0:
            return number
        era = aux[ops[o + ROW] + ops[o + ZONE] + number // 1000000]
        return BAD if era == NO_DIGIT else era * 1000000 + number % 1000000
    number = 0
    for i in range(ops[o + ERA], ops[o + SIZE]):
        digit = int(block[at + i]) - ops[o + ZONE]
        if not 0 <= digit <= 9:
            return BAD
        number = number * 10 + digit
    if ops[o + ERA] == 0:
        return number
    era = aux[ops[o + ROW] + block[at]]
    return BAD if era == NO_DIGIT else era * 1000000 + number


@kernel
def date(block: Array, at: int, ops: Array, o: int, out: Array, pos: int, aux: Array) -> int:
    """A date as YYYY-MM-DD; BAD where its western form would lose the era."""
    number = date_digits(block, at, ops, o, aux)
    month, day = number // 100 % 100, number % 100
    if number < 0 or month > 12 or day > 31:
        return BAD
    year = number // 10000
    if ops[o + ERA] != 0:
        era, in_era = number // 1000000, number // 10000 % 100
        year = first_year(era) + in_era - 1
        if in_era == 0 or era_of(year, month, day) != era:
            return BAD
    out[pos + 4] = MINUS
    out[pos + 7] = MINUS
    for i in range(4):
        out[pos + 3 - i] = ASCII_0 + year % 10
        year //= 10
    out[pos + 5], out[pos + 6] = ASCII_0 + month // 10, ASCII_0 + month % 10
    out[pos + 8], out[pos + 9] = ASCII_0 + day // 10, ASCII_0 + day % 10
    return pos + 10
