"""Kernels that read numbers and dates: zoned and packed digits to the text of a cell. All places are addresses."""
# ruff: noqa: PLR2004 - kernels take values by position and meet bytes and calendar numbers

from __future__ import annotations

from gateway.formats.fast import program as p
from gateway.formats.fast.jit import BAD, kernel
from gateway.formats.fast.memory import byte, leading_zeros, long, put_byte, put_long, put_pair

ASCII_0, POINT, MINUS, NO_DIGIT, NO_PAIR = 0x30, 0x2E, 0x2D, 255, p.NO_PAIR
KIND, SIZE, LONGEST = 8 * p.KIND, 8 * p.SIZE, 8 * p.LONGEST
SCALE, SIGNED, ROW, ZONE, SIGN_AT, BODY = (
    8 * p.SCALE, 8 * p.SIGNED, 8 * p.ROW, 8 * p.ZONE, 8 * p.SIGN_AT, 8 * p.BODY,
)  # fmt: skip
DIGITS, CSV_DIGITS, DECIMALS, CSV_SIGNED, ERA = (
    8 * p.DIGITS, 8 * p.CSV_DIGITS, 8 * p.DECIMALS, 8 * p.CSV_SIGNED, 8 * p.ERA,
)  # fmt: skip
PACKED_DATE, PAIRS = p.PACKED_DATE, 8 * p.PAIRS


@kernel
def zoned(at: int, o: int, aux: int) -> tuple[bool, int]:
    """Whether a zoned item is a number, and which."""
    size, sign_at, zone, body = long(o + SIZE), long(o + SIGN_AT), long(o + ZONE), long(o + BODY)
    sign = long(aux + 8 * (long(o + ROW) + byte(at + sign_at)))
    leads = int(sign_at == 0)
    number, wrong = (sign & 15) * body * leads, sign == NO_DIGIT
    for i in range(at + leads, at + size - 1 + leads):
        digit = byte(i) ^ zone
        wrong |= digit > 9
        number = number * 10 + digit
    if leads == 0 and body != 0:
        number = number * 10 + (sign & 15)
    minus = sign >= 16
    if wrong or (minus and number != 0 and long(o + SIGNED) == 0):
        return False, 0
    return True, -number if minus else number


@kernel
def packed(at: int, o: int, aux: int) -> tuple[bool, int]:
    """Whether a packed item is a number, and which."""
    number, wrong, last = 0, 0, at + long(o + SIZE) - 1
    for i in range(at, last):
        found = long(aux + PAIRS + 8 * byte(i))
        wrong |= found
        number = number * 100 + found
    high, sign = byte(last) >> 4, byte(last) & 15
    if wrong & NO_PAIR != 0 or high > 9 or sign < 10:
        return False, 0
    number = number * 10 + high
    minus = sign in (11, 13)
    if long(o + DIGITS) & 1 == 0 and byte(at) >> 4 != 0:
        return False, 0
    if minus and number != 0 and long(o + SIGNED) == 0:
        return False, 0
    return True, -number if minus else number


@kernel
def rescaled(number: int, scale: int) -> tuple[bool, int]:
    """A number times a power of ten; False if digits would be lost."""
    for _ in range(scale):
        number *= 10
    for _ in range(-scale):
        if number % 10 != 0:
            return False, 0
        number //= 10
    return True, number


@kernel
def digits_of(number: int, aux: int) -> int:
    """How many digits a number from 0 to 18 digits has; 1 for 0."""
    guess = ((64 - leading_zeros(number | 1)) * 1233) >> 12
    return guess + (number >= long(aux + 8 * guess)) + (number == 0)


@kernel
def put_two(pos: int, number: int) -> None:
    """Write a number below 100 as two digits."""
    tens = (number * 103) >> 10
    put_pair(pos, 0x3030 + tens + ((number - tens * 10) << 8))


@kernel
def put_digits(pos: int, size: int, number: int) -> None:
    """Write a number as so many digits."""
    end = pos + size
    while end - pos >= 2:
        end -= 2
        rest = number // 100
        put_two(end, number - rest * 100)
        number = rest
    if end > pos:
        put_byte(pos, ASCII_0 + number)


@kernel
def decimal(number: int, o: int, pos: int, aux: int) -> int:
    """A number as CSV text with its decimals; BAD if it does not fit the column."""
    if long(o + SCALE) != 0:
        kept, number = rescaled(number, long(o + SCALE))
        if not kept:
            return BAD
    start, decimals = pos, long(o + DECIMALS)
    if number < 0:
        if long(o + CSV_SIGNED) == 0:
            return BAD
        number = -number
        put_byte(pos, MINUS)
        pos += 1
    size = digits_of(number, aux)
    if size > long(o + CSV_DIGITS):
        return BAD
    size = max(size, decimals + 1)
    put_digits(pos, size, number)
    pos += size
    if decimals > 0:
        for i in range(pos, pos - decimals, -1):
            put_byte(i, byte(i - 1))
        put_byte(pos - decimals, POINT)
        pos += 1
    return BAD if long(o + LONGEST) > 0 and pos - start > long(o + LONGEST) else pos


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
def date_digits(at: int, o: int, aux: int) -> int:
    """The digits of a date after its era code, with the era above them, or -1."""
    if long(o + KIND) == PACKED_DATE:
        known, number = packed(at, o, aux)
        if not known or number < 0:
            return BAD
        if long(o + ERA) == 0:
            return number
        era = long(aux + 8 * (long(o + ROW) + long(o + ZONE) + number // 1000000))
        return BAD if era == NO_DIGIT else era * 1000000 + number % 1000000
    number, wrong, zone = 0, False, long(o + ZONE)
    for i in range(at + long(o + ERA), at + long(o + SIZE)):
        digit = byte(i) ^ zone
        wrong |= digit > 9
        number = number * 10 + digit
    if wrong:
        return BAD
    if long(o + ERA) == 0:
        return number
    era = long(aux + 8 * (long(o + ROW) + byte(at)))
    return BAD if era == NO_DIGIT else era * 1000000 + number


@kernel
def date(at: int, o: int, pos: int, aux: int) -> int:
    """A date as YYYY-MM-DD; BAD where its western form would lose the era."""
    number = date_digits(at, o, aux)
    if number < 0:
        return BAD
    above = number // 100
    year, month, day = above // 100, above % 100, number % 100
    if month > 12 or day > 31:
        return BAD
    if long(o + ERA) != 0:
        era = year // 100
        in_era = year % 100
        year = first_year(era) + in_era - 1
        if in_era == 0 or era_of(year, month, day) != era:
            return BAD
    put_long(pos, 0x2D00002D00000000)
    put_two(pos, year // 100)
    put_two(pos + 2, year % 100)
    put_two(pos + 5, month)
    put_two(pos + 8, day)
    return pos + 10
