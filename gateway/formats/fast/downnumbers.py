"""Kernels that write numbers and dates: the text of a cell to zoned and packed digits. All places are addresses."""
# ruff: noqa: PLR2004 - kernels take values by position and meet bytes and calendar numbers

from __future__ import annotations

from gateway.formats.fast import program as p
from gateway.formats.fast.jit import BAD, kernel
from gateway.formats.fast.memory import byte, long, put_byte
from gateway.formats.fast.up import digits_at
from gateway.formats.fast.upnumbers import era_of, first_year

ASCII_0, POINT, MINUS = 0x30, 0x2E, 0x2D
KIND, SIZE, TARGET, LONGEST, ROW, ZONE, ERA = (
    8 * p.KIND, 8 * p.SIZE, 8 * p.TARGET, 8 * p.LONGEST, 8 * p.ROW, 8 * p.ZONE, 8 * p.ERA,
)  # fmt: skip
DIGITS, SCALE, SIGNED, SIGN_AT, BODY = 8 * p.DIGITS, 8 * p.SCALE, 8 * p.SIGNED, 8 * p.SIGN_AT, 8 * p.BODY
CSV_DIGITS, DECIMALS, CSV_SIGNED = 8 * p.CSV_DIGITS, 8 * p.DECIMALS, 8 * p.CSV_SIGNED
ZONED, DATE, NO_TARGET = p.ZONED, p.DATE, p.NO_TARGET
PLUS_BYTE, MINUS_BYTE, MINUS_DIGITS = 20, 21, 10


@kernel
def power(exponent: int, aux: int) -> int:
    """Ten to some power from 0 to 18."""
    return long(aux + 8 * exponent)


@kernel
def unscaled(i: int, end: int, decimals: int, aux: int) -> tuple[bool, int]:
    """Whether a cell is a plain decimal of 18 digits at most, and its number with so many decimals."""
    start, number = i, 0
    if end - i > 18 - decimals:
        return False, 0
    while i < end and byte(i) ^ ASCII_0 <= 9:
        number = number * 10 + (byte(i) ^ ASCII_0)
        i += 1
    if i == start or (i < end and (byte(i) != POINT or i + 1 == end)):
        return False, 0
    missing = decimals
    for k in range(i + 1, end):
        digit = byte(k) ^ ASCII_0
        if digit > 9 or (missing == 0 and digit != 0):
            return False, 0
        if missing > 0:
            number, missing = number * 10 + digit, missing - 1
    return True, number * power(missing, aux)


@kernel
def put_number(i: int, end: int, o: int, at: int, aux: int) -> bool:
    """Check a number and write it; False for what the reference path must decide."""
    if long(o + LONGEST) > 0 and end - i > long(o + LONGEST):
        return False
    minus = byte(i) == MINUS
    known, number = unscaled(i + minus, end, long(o + DECIMALS), aux)
    minus = minus and number != 0
    if not known or number >= power(long(o + CSV_DIGITS), aux) or (minus and long(o + CSV_SIGNED) == 0):
        return False
    if long(o + TARGET) == NO_TARGET:
        return True
    scale = long(o + SCALE)
    if scale > 0:
        number *= power(scale, aux)
    if scale < 0:
        if number % power(-scale, aux) != 0:
            return False
        number //= power(-scale, aux)
    if number >= power(long(o + DIGITS), aux) or (minus and long(o + SIGNED) == 0):
        return False
    if long(o + KIND) == ZONED:
        put_zoned(number, minus, o, at, aux)
    else:
        put_packed(number, 0xD if minus else long(o + SIGN_AT), long(o + SIZE), at)
    return True


@kernel
def put_zoned(number: int, minus: bool, o: int, at: int, aux: int) -> None:  # noqa: FBT001 - kernels take values by position
    """Write digits with their zones, the sign in one of them or in a byte of its own."""
    row, sign_at, zone = aux + 8 * long(o + ROW), long(o + SIGN_AT), long(o + ZONE)
    for k in range(long(o + SIZE) - 1, -1, -1):
        if k == sign_at and long(o + BODY) == 0:
            put_byte(at + k, long(row + 8 * (MINUS_BYTE if minus else PLUS_BYTE)))
            continue
        rest = number // 10
        digit = number - rest * 10
        number = rest
        punched = digit + (MINUS_DIGITS if minus else 0)
        put_byte(at + k, long(row + 8 * punched) if k == sign_at else zone + digit)


@kernel
def put_packed(number: int, sign: int, size: int, at: int) -> None:
    """Write digits two a byte, with a sign nibble."""
    put_byte(at + size - 1, (number % 10) * 16 + sign)
    number //= 10
    for k in range(size - 2, -1, -1):
        rest = number // 100
        two = number - rest * 100
        tens = (two * 103) >> 10
        put_byte(at + k, two + 6 * tens)
        number = rest


@kernel
def put_date(i: int, o: int, at: int, aux: int) -> bool:
    """Write a date whose form is known to be right; False where its era is not certain."""
    if long(o + TARGET) == NO_TARGET:
        return True
    year, month, day = digits_at(i, 4), digits_at(i + 5, 2), digits_at(i + 8, 2)
    era_code = 0
    if long(o + ERA) != 0:
        era = era_of(year, month, day)
        if era == BAD:
            return False
        year = year - first_year(era) + 1
        if year > 99:
            return False
        era_code = long(aux + 8 * (long(o + ROW) + era))
    number = year * 10000 + month * 100 + day
    if long(o + KIND) != DATE:
        whole = number + (era_code - long(o + ZONE)) * 1000000 if long(o + ERA) != 0 else number
        put_packed(whole, long(o + SIGN_AT), long(o + SIZE), at)
        return True
    for k in range(long(o + SIZE) - 1, long(o + ERA) - 1, -1):
        rest = number // 10
        put_byte(at + k, long(o + ZONE) + number - rest * 10)
        number = rest
    if long(o + ERA) != 0:
        put_byte(at, era_code)
    return True
