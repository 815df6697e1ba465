"""Kernels that write text items: UTF-8 to the bytes of a character code, with shifts and padding."""
# ruff: noqa: PLR0917, PLR2004 - kernels take arrays by position and meet bytes

from __future__ import annotations

from gateway.formats.fast import program as p
from gateway.formats.fast.jit import BAD, kernel
from gateway.formats.fast.program import Array

SIZE, NEED, LONGEST, MODE, FILL = p.SIZE, p.NEED, p.LONGEST, p.MODE, p.FILL
SINGLES, DOUBLES, SHIFTED = p.SINGLES, p.DOUBLES, p.SHIFTED
CODE_POINTS, NARROW, OPENING = p.CODE_POINTS, p.NARROW, p.OPENING
CODE, DOUBLE_FLAG = 0xFFFF, 0x10000


@kernel
def continues(byte: int) -> bool:
    """Whether a byte goes on with a character of UTF-8."""
    return (byte & 0xC0) == 0x80


@kernel
def code_point(block: Array, i: int, end: int) -> int:
    """The code point at a place, times eight, plus its bytes; BAD if it is no well-formed UTF-8 (RFC 3629)."""
    first = int(block[i])
    if first < 0x80:
        return first * 8 + 1
    if first < 0xC2 or first > 0xF4:
        return BAD
    size = 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    if i + size > end:
        return BAD
    found = first & (0x7F >> size)
    for k in range(1, size):
        if not continues(block[i + k]):
            return BAD
        found = found * 64 + (int(block[i + k]) & 0x3F)
    shortest = 0x80 if size == 2 else 0x800 if size == 3 else 0x10000
    if found < shortest or 0xD800 <= found <= 0xDFFF or found >= CODE_POINTS:
        return BAD
    return found * 8 + size


@kernel
def fill(ops: Array, o: int, out: Array, at: int, used: int) -> bool:
    """Pad an item from its ``used`` bytes on; False if there is no room for what was used."""
    size, blank = ops[o + SIZE], ops[o + FILL]
    if used > size:
        return False
    if ops[o + MODE] != DOUBLES:
        for i in range(used, size):
            out[at + i] = blank
        return True
    for i in range(used, size, 2):
        out[at + i] = blank >> 8
        out[at + i + 1] = blank & 0xFF
    return True


@kernel
def text_allowed(block: Array, i: int, end: int, ops: Array, o: int, tab: Array) -> bool:
    """Whether a cell has the characters and the length of its column."""
    count, need = 0, ops[o + NEED]
    while i < end:
        found = code_point(block, i, end)
        if found < 0 or (tab[found >> 3] >> 24) & need != need:
            return False
        i += found & 7
        count += 1
    return bool(count <= ops[o + LONGEST])


@kernel
def put_shift(out: Array, at: int, size: int, shift: int) -> int:
    """Write a shift; gives the place after it."""
    if size == 2:
        out[at] = shift >> 8
    out[at + size - 1] = shift & 0xFF
    return at + size


@kernel
def put_text(block: Array, i: int, end: int, ops: Array, o: int, out: Array, at: int, tab: Array) -> bool:
    """Write a text and its padding; False for what the reference path must decide."""
    need, mode, last, pos = ops[o + NEED], ops[o + MODE], at + ops[o + SIZE], at
    shift_size, count, wide = (int(tab[OPENING]) if mode == SHIFTED else 0), 0, False
    while i < end:
        found = code_point(block, i, end)
        if found < 0:
            return False
        entry = int(tab[found >> 3])
        double = entry & DOUBLE_FLAG != 0
        if (entry >> 24) & need != need or entry & CODE == 0 or (mode == SINGLES and double):
            return False
        if mode == DOUBLES and not double:
            return False
        if (
            pos + 2 + shift_size > last
            and pos + (2 if double else 1) + (shift_size if double != wide else 0) > last
        ):
            return False
        if shift_size != 0 and double != wide:
            pos = put_shift(out, pos, shift_size, int(tab[OPENING + 1] if double else tab[OPENING + 3]))
            wide = double
        if double:
            out[pos] = (entry >> 8) & 0xFF
            pos += 1
        out[pos] = entry & 0xFF
        pos += 1
        i += found & 7
        count += 1
    if wide and shift_size != 0:
        if pos + shift_size > last:
            return False
        pos = put_shift(out, pos, shift_size, int(tab[OPENING + 3]))
    return count <= ops[o + LONGEST] and fill(ops, o, out, at, pos - at)


@kernel
def narrowed(block: Array, i: int, end: int, ops: Array, o: int, out: Array, at: int, tab: Array) -> bool:
    """Write full-width characters as single bytes; a voiced kana takes two."""
    need, last, pos, count = ops[o + NEED], at + ops[o + SIZE], at, 0
    while i < end:
        found = code_point(block, i, end)
        if found < 0 or found >> 3 > 0xFFFF or (tab[found >> 3] >> 24) & need != need:
            return False
        half = int(tab[NARROW + (found >> 3)])
        if half == 0 or pos + 1 + (half > 0xFF) > last:
            return False
        out[pos] = half & 0xFF
        pos += 1
        if half > 0xFF:
            out[pos] = half >> 8
            pos += 1
        i += found & 7
        count += 1
    return count <= ops[o + LONGEST] and fill(ops, o, out, at, pos - at)
