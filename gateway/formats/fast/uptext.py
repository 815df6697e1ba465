"""Kernels that read text items: bytes of a character code to UTF-8."""
# ruff: noqa: PLR0917, PLR2004 - kernels take arrays by position and meet bytes and calendar numbers

from __future__ import annotations

from gateway.formats.fast import program as p
from gateway.formats.fast.jit import BAD, kernel
from gateway.formats.fast.program import Array

SPACE = 0x20
SIZE, NEED, MODE = p.SIZE, p.NEED, p.MODE
SINGLES, DOUBLES, SHIFTED, LED = p.SINGLES, p.DOUBLES, p.SHIFTED, p.LED
SINGLE_BITS, WIDE, VOICED, HALF_VOICED, LEADS = p.SINGLE_BITS, p.WIDE, p.VOICED, p.HALF_VOICED, p.LEADS
SHIFT, DOUBLE, DOUBLE_BITS = p.SHIFT, p.DOUBLE, p.DOUBLE_BITS
X_ALLOWED = p.X_ALLOWED


@kernel
def put(out: Array, pos: int, number: int) -> int:
    """Write one character of one to four bytes; gives the new position."""
    out[pos] = number & 0xFF
    out[pos + 1] = (number >> 8) & 0xFF
    out[pos + 2] = (number >> 16) & 0xFF
    out[pos + 3] = (number >> 24) & 0xFF
    return pos + 1 + (number > 0xFF) + (number > 0xFFFF) + (number > 0xFFFFFF)


@kernel
def singles(block: Array, at: int, end: int, out: Array, pos: int, need: int, tab: Array) -> int:
    """Single bytes."""
    for i in range(at, end):
        number = tab[block[i]]
        if number == 0 or tab[SINGLE_BITS + block[i]] & need != need:
            return BAD
        pos = put(out, pos, number)
    return pos


@kernel
def doubles(block: Array, at: int, end: int, out: Array, pos: int, need: int, tab: Array) -> int:
    """Double bytes."""
    for i in range(at, end, 2):
        code = (int(block[i]) << 8) | int(block[i + 1])
        number = tab[DOUBLE + code]
        if number == 0 or tab[DOUBLE_BITS + code] & need != need:
            return BAD
        pos = put(out, pos, number)
    return pos


@kernel
def word(block: Array, at: int, size: int) -> int:
    """One or two bytes as a number."""
    return int(block[at]) if size == 1 else (int(block[at]) << 8) | int(block[at + 1])


@kernel
def shifted(block: Array, at: int, end: int, last: int, out: Array, pos: int, need: int, tab: Array) -> int:
    """Single bytes and shifted double bytes; ``end`` is without trailing blanks, ``last`` with them."""
    size, first, second, back = int(tab[SHIFT]), tab[SHIFT + 1], tab[SHIFT + 2], tab[SHIFT + 3]
    i = at
    while i < end:
        if block[i] >= 0x40:
            number = tab[block[i]]
            if number == 0 or tab[SINGLE_BITS + block[i]] & need != need:
                return BAD
            pos = put(out, pos, number)
            i += 1
            continue
        if i + size > last:
            return BAD
        shift = word(block, i, size)
        if shift not in (first, second):
            return BAD
        start = i + size
        i = start
        while i + size <= last and word(block, i, size) != back:
            i += 2
        if i + size > last:
            return BAD
        pos = doubles(block, start, i, out, pos, need, tab)
        if pos < 0:
            return BAD
        i += size
    return pos


@kernel
def led(block: Array, at: int, end: int, last: int, out: Array, pos: int, need: int, tab: Array) -> int:
    """Single bytes and double bytes told apart by the first one."""
    i = at
    while i < end:
        if tab[LEADS + block[i]] == 0:
            number = tab[block[i]]
            if number == 0 or tab[SINGLE_BITS + block[i]] & need != need:
                return BAD
            pos = put(out, pos, number)
            i += 1
            continue
        if tab[LEADS + block[i]] != 2 or i + 2 > last:
            return BAD
        pos = doubles(block, i, i + 2, out, pos, need, tab)
        if pos < 0:
            return BAD
        i += 2
    return pos


@kernel
def widened(block: Array, at: int, end: int, out: Array, pos: int, need: int, tab: Array) -> int:
    """Single bytes as full-width characters; a voicing mark joins the kana before it."""
    i = at
    while i < end:
        number, step = tab[WIDE + block[i]], 1
        if i + 1 < end:
            if tab[VOICED + block[i + 1]] == 1 and tab[VOICED + 256 + block[i]] != 0:
                number, step = tab[VOICED + 256 + block[i]], 2
            elif tab[HALF_VOICED + block[i + 1]] == 1 and tab[HALF_VOICED + 256 + block[i]] != 0:
                number, step = tab[HALF_VOICED + 256 + block[i]], 2
        if number == 0:
            return BAD
        pos = put(out, pos, number)
        i += step
    return pos if need & X_ALLOWED == 0 else BAD


@kernel
def without_wide_blanks(out: Array, start: int, pos: int) -> int:
    """The position after the last character that is no full-width blank."""
    while pos - start >= 3 and out[pos - 3] == 0xE3 and out[pos - 2] == 0x80 and out[pos - 1] == 0x80:
        pos -= 3
    return pos


@kernel
def characters(out: Array, start: int, pos: int) -> int:
    """How many code points stand there."""
    count = 0
    for i in range(start, pos):
        count += (out[i] & 0xC0) != 0x80
    return count


@kernel
def text(block: Array, at: int, ops: Array, o: int, out: Array, pos: int, tab: Array) -> int:
    """A text item without its padding."""
    last, mode, need, start = at + ops[o + SIZE], ops[o + MODE], ops[o + NEED], pos
    if mode == DOUBLES:
        pos = doubles(block, at, last, out, pos, need, tab)
        return without_wide_blanks(out, start, pos) if pos > start else pos
    end = last
    while end > at and tab[block[end - 1]] == SPACE:
        end -= 1
    if mode == SINGLES:
        return singles(block, at, end, out, pos, need, tab)
    if mode == SHIFTED:
        return shifted(block, at, end, last, out, pos, need, tab)
    if mode == LED:
        return led(block, at, end, last, out, pos, need, tab)
    return widened(block, at, end, out, pos, need, tab)
