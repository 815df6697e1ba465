"""Kernels that write text items: UTF-8 to the bytes of a character code, with shifts. All places are addresses.

A text ends where a character stands that its column does not take; the caller sees whether that ends the cell. What
is too long may run over the item, by a few bytes: the record is then left to the reference path. Padding stands
already in the record.
"""
# ruff: noqa: PLR2004 - kernels take values by position and meet bytes

from __future__ import annotations

from gateway.formats.fast import program as p
from gateway.formats.fast.jit import BAD, kernel
from gateway.formats.fast.memory import byte, long, put_byte, word

SIZE, NEED, LONGEST, MODE = 8 * p.SIZE, 8 * p.NEED, 8 * p.LONGEST, 8 * p.MODE
SINGLES, DOUBLES, SHIFTED = p.SINGLES, p.DOUBLES, p.SHIFTED
CODE_POINTS, NARROW, OPENING, KNOWN, BITS = p.CODE_POINTS, 4 * p.NARROW, 4 * p.OPENING, p.KNOWN, p.BITS
DOUBLE_FLAG = 0x10000


@kernel
def code_point(i: int) -> int:
    """The code point at a place, times eight, plus its bytes; BAD if it is no well-formed UTF-8 (RFC 3629).

    Surrogates are let through: no table knows them.
    """
    four = word(i)
    if four & 0xC0C0F0 == 0x8080E0:
        found = (four & 0xF) << 12 | (four >> 2) & 0xFC0 | (four >> 16) & 0x3F
        return found * 8 + 3 if found >= 0x800 else BAD
    if four & 0x80 == 0:
        return (four & 0x7F) * 8 + 1
    if four & 0xC0E0 == 0x80C0:
        found = (four & 0x1F) << 6 | (four >> 8) & 0x3F
        return found * 8 + 2 if found >= 0x80 else BAD
    if four & 0xC0C0C0F8 == 0x808080F0:
        found = (four & 7) << 18 | (four << 4) & 0x3F000 | (four >> 10) & 0xFC0 | (four >> 24) & 0x3F
        return found * 8 + 4 if 0x10000 <= found < CODE_POINTS else BAD
    return BAD


@kernel
def three_bytes(i: int) -> int:
    """The code point of three bytes of UTF-8; below 800 (hex) if other bytes stand there."""
    four = word(i)
    found = (four & 0xF) << 12 | (four >> 2) & 0xFC0 | (four >> 16) & 0x3F
    return found if four & 0xC0C0F0 == 0x8080E0 else 0


@kernel
def text_allowed(i: int, o: int, tab: int) -> int:
    """Where a text ends that no item takes; BAD for what the reference path must decide."""
    count, need = 0, long(o + NEED) << BITS
    while True:
        found = code_point(i)
        if found < 0 or word(tab + 4 * (found >> 3)) & need != need:
            break
        i += found & 7
        count += 1
    return i if count <= long(o + LONGEST) else BAD


@kernel
def put_shift(at: int, size: int, shift: int) -> int:
    """Write a shift, which stands in the high byte of two if it is one byte; gives the place after it."""
    put_byte(at, shift >> 8)
    put_byte(at + 1, shift)
    return at + size


@kernel
def doubles(i: int, at: int, last: int, need: int, tab: int) -> tuple[int, int]:
    """Write double bytes for characters of three bytes as long as there are some; both places after them."""
    wanted = need | DOUBLE_FLAG
    while at <= last:
        found = three_bytes(i)
        entry = word(tab + 4 * found)
        if found < 0x800 or entry & wanted != wanted:
            break
        put_byte(at, entry >> 8)
        put_byte(at + 1, entry)
        at += 2
        i += 3
    return i, at


@kernel
def singles(i: int, at: int, last: int, need: int, tab: int) -> tuple[int, int]:
    """Write single bytes for ASCII, then for characters of three bytes, as long as there are some; both places."""
    wanted = need | DOUBLE_FLAG
    while at <= last and byte(i) < 0x80:
        entry = word(tab + 4 * byte(i))
        if entry & wanted != need:
            break
        put_byte(at, entry)
        at += 1
        i += 1
    while at <= last:
        found = three_bytes(i)
        entry = word(tab + 4 * found)
        if found < 0x800 or entry & wanted != need:
            break
        put_byte(at, entry)
        at += 1
        i += 3
    return i, at


@kernel
def put_text(i: int, o: int, at: int, tab: int) -> int:
    """Write a text; gives where it ends in the cell, BAD for what the reference path must decide."""
    need, mode, last, count = (long(o + NEED) | KNOWN) << BITS, long(o + MODE), at + long(o + SIZE), 0
    shift_size, wide = (word(tab + OPENING) if mode == SHIFTED else 0), False
    while at <= last:
        found = code_point(i)
        entry = word(tab + 4 * (found >> 3)) if found >= 0 else 0
        if entry & need != need:
            break
        double = entry & DOUBLE_FLAG != 0
        if mode == (SINGLES if double else DOUBLES):
            return BAD
        if shift_size != 0 and double != wide:
            at = put_shift(at, shift_size, word(tab + OPENING + (4 if double else 12)))
            wide = double
        i, start, count = i + (found & 7), at, count + 1
        if double:
            put_byte(at, entry >> 8)
            put_byte(at + 1, entry)
            i, at = doubles(i, at + 2, last, need, tab)
            count += ((at - start) >> 1) - 1
        else:
            put_byte(at, entry)
            i, at = singles(i, at + 1, last, need, tab)
            count += at - start - 1
    if wide and at <= last:
        at = put_shut(at, shift_size, word(tab + OPENING + 12))
    return i if at <= last and count <= long(o + LONGEST) else BAD


@kernel
def put_shut(at: int, size: int, shift: int) -> int:
    """Write the shift at the end of a text, and nothing behind it."""
    put_byte(at, shift >> 8)
    if size == 2:
        put_byte(at + 1, shift)
    return at + size


@kernel
def narrowed(i: int, o: int, at: int, tab: int) -> int:
    """Write full-width characters as single bytes; a voiced kana takes two."""
    need, last, count = long(o + NEED) << BITS, at + long(o + SIZE), 0
    while at <= last:
        found = code_point(i)
        if found < 0 or word(tab + 4 * (found >> 3)) & need != need:
            break
        half = word(tab + NARROW + 4 * (found >> 3)) if found >> 3 <= 0xFFFF else 0
        if half == 0:
            return BAD
        put_byte(at, half)
        at += 1
        if half > 0xFF:
            put_byte(at, half >> 8)
            at += 1
        i += found & 7
        count += 1
    return i if at <= last and count <= long(o + LONGEST) else BAD
