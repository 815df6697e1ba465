"""Kernels that write numbers and dates: the text of a cell to zoned and packed digits."""
# ruff: noqa: PLR0917, PLR2004 - kernels take arrays by position and meet bytes and calendar numbers

from __future__ import annotations

from gateway.formats.fast import program as p
from gateway.formats.fast.jit import BAD, kernel
from gateway.formats.fast.program import Array
from gateway.formats.fast.up import digits_at
from gateway.formats.fast.upnumbers import era_of, first_year

ASCII_0, POINT, MINUS = 0x30, 0x2E, 0x2D
KIND, SIZE, TARGET, LONGEST, ROW, ZONE, ERA = p.KIND, p.SIZE, p.TARGET, p.LONGEST, p.ROW, p.ZONE, p.ERA
DIGITS, SCALE, SIGNED, SIGN_AT, BODY = p.DIGITS, p.SCALE, p.SIGNED, p.SIGN_AT, p.BODY
CSV_DIGITS, DECIMALS, CSV_SIGNED, NO_TARGET = p.CSV_DIGITS, p.DECIMALS, p.CSV_SIGNED, p.NO_TARGET
ZONED, DATE = p.ZONED, p.DATE
PLUS_BYTE, MINUS_BYTE, MINUS_DIGITS = 20, 21, 10


@kernel
def power(exponent: int) -> int:
    """Ten to some power."""
    found = 1
    for _ in range(exponent):
        found *= 10
    return found


@kernel
def unscaled(block: Array, i: int, end: int, decimals: int) -> tuple[bool, int]:
    """Whether a cell is a plain decimal of 18 digits at most, and its number with so many decimals."""
    number, whole, part, point = 0, 0, 0, False
    if end - i > 18 - decimals:
        return False, 0
    while i < end:
        byte = int(block[i])
        if byte == POINT and not point:
            point = True
        elif ASCII_0 <= byte <= ASCII_0 + 9:
            if point and part == decimals and byte != ASCII_0:
                return False, 0
            if not point or part < decimals:
                number = number * 10 + byte - ASCII_0
                part += point
            whole += not point
        else:
            return False, 0
        i += 1
    if whole == 0 or block[end - 1] == POINT:
        return False, 0
    return True, number * power(decimals - part)


@kernel
def put_number(block: Array, i: int, end: int, ops: Array, o: int, out: Array, at: int, aux: Array) -> bool:
    """Check a number and write it; False for what the reference path must decide."""
    if ops[o + LONGEST] > 0 and end - i > ops[o + LONGEST]:
        return False
    minus = block[i] == MINUS
    known, number = unscaled(block, i + minus, end, ops[o + DECIMALS])
    minus = minus and number != 0
    if not known or number >= power(ops[o + CSV_DIGITS]) or (minus and ops[o + CSV_SIGNED] == 0):
        return False
    if ops[o + TARGET] == NO_TARGET:
        return True
    scale = ops[o + SCALE]
    if scale < 0 and number % power(-scale) != 0:
        return False
    number = number * power(scale) if scale >= 0 else number // power(-scale)
    if number >= power(ops[o + DIGITS]) or (minus and ops[o + SIGNED] == 0):
        return False
    if ops[o + KIND] == ZONED:
        put_zoned(number, minus, ops, o, out, at, aux)
    else:
        put_packed(number, 0xD if minus else ops[o + SIGN_AT], ops[o + SIZE], out, at)
    return True


@kernel
def put_zoned(number: int, minus: bool, ops: Array, o: int, out: Array, at: int, aux: Array) -> None:  # noqa: FBT001 - kernels take values by position
    """Write digits with their zones, the sign in one of them or in a byte of its own."""
    row, sign_at = ops[o + ROW], ops[o + SIGN_AT]
    for k in range(ops[o + SIZE] - 1, -1, -1):
        if k == sign_at and ops[o + BODY] == 0:
            out[at + k] = aux[row + (MINUS_BYTE if minus else PLUS_BYTE)]
            continue
        digit = number % 10
        number //= 10
        out[at + k] = (
            aux[row + digit + (MINUS_DIGITS if minus else 0)] if k == sign_at else ops[o + ZONE] + digit
        )


@kernel
def put_packed(number: int, sign: int, size: int, out: Array, at: int) -> None:
    """Write digits two a byte, with a sign nibble."""
    out[at + size - 1] = (number % 10) * 16 + sign
    number //= 10
    for k in range(size - 2, -1, -1):
        out[at + k] = (number // 10 % 10) * 16 + number % 10
        number //= 100


@kernel
def put_date(block: Array, i: int, ops: Array, o: int, out: Array, at: int, aux: Array) -> bool:
    """Write a date whose form is known to be right; False where its era is not certain."""
    if ops[o + TARGET] == NO_TARGET:
        return True
    year, month, day = digits_at(block, i, 4), digits_at(block, i + 5, 2), digits_at(block, i + 8, 2)
    era_code = 0
    if ops[o + ERA] != 0:
        era = era_of(year, month, day)
        if era == BAD:
            return False
        year = year - first_year(era) + 1
        if year > 99:
            return False
        era_code = aux[ops[o + ROW] + era]
    number = year * 10000 + month * 100 + day
    if ops[o + KIND] != DATE:
        whole = number + (era_code - ops[o + ZONE]) * 1000000 if ops[o + ERA] != 0 else number
        put_packed(whole, ops[o + SIGN_AT], ops[o + SIZE], out, at)
        return True
    for k in range(ops[o + SIZE] - 1, ops[o + ERA] - 1, -1):
        out[at + k] = ops[o + ZONE] + number % 10
        number //= 10
    if ops[o + ERA] != 0:
        out[at] = era_code
    return True
