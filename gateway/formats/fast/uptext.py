"""Kernels that read text items: bytes of a character code to UTF-8. All places are addresses.

An entry of a table has the UTF-8 bytes of a character, the first one lowest, what is known of it, and their number.
"""
# ruff: noqa: PLR0917, PLR2004 - kernels take values by position and meet bytes and calendar numbers

from __future__ import annotations

from gateway.formats.fast import program as p
from gateway.formats.fast.jit import BAD, kernel
from gateway.formats.fast.memory import byte, leading_zeros, long, pair, put_word, word

SPACE, LONG_SIZE = 0x20, 4
SIZE, NEED, MODE, FILL = 8 * p.SIZE, 8 * p.NEED, 8 * p.MODE, 8 * p.FILL
SINGLES, DOUBLES, SHIFTED, LED = p.SINGLES, p.DOUBLES, p.SHIFTED, p.LED
WIDE, VOICED, HALF_VOICED, LEADS = 4 * p.WIDE, 4 * p.VOICED, 4 * p.HALF_VOICED, 4 * p.LEADS
SHIFT, DOUBLE, LONG = 4 * p.SHIFT, 4 * p.DOUBLE, 4 * p.LONG
VOICED_KANA, HALF_VOICED_KANA = VOICED + 1024, HALF_VOICED + 1024
X_ALLOWED, KNOWN, BITS, BYTES = p.X_ALLOWED, p.KNOWN, p.BITS, p.BYTES
CHARACTER = (1 << BITS) - 1


@kernel
def beyond(code: int, pos: int, need: int, tab: int) -> int:
    """Write a double byte that is four bytes in UTF-8; gives the new place."""
    number = word(tab + LONG + 4 * code)
    if number == 0 or need & (X_ALLOWED << BITS) != 0:
        return BAD
    put_word(pos, number)
    return pos + LONG_SIZE


@kernel
def double(code: int, pos: int, need: int, tab: int) -> int:
    """Write one double byte; gives the new place."""
    entry = word(tab + DOUBLE + 4 * code)
    if entry & need != need:
        return beyond(code, pos, need, tab)
    put_word(pos, entry)
    return pos + (entry >> BYTES)


@kernel
def single(code: int, pos: int, need: int, tab: int) -> int:
    """Write one single byte; gives the new place."""
    entry = word(tab + 4 * code)
    if entry & need != need:
        return BAD
    put_word(pos, entry)
    return pos + (entry >> BYTES)


@kernel
def singles(at: int, end: int, pos: int, need: int, tab: int) -> int:
    """Single bytes."""
    while at < end:
        pos = single(byte(at), pos, need, tab)
        if pos < 0:
            return BAD
        at += 1
    return pos


@kernel
def doubles(at: int, end: int, pos: int, need: int, tab: int) -> int:
    """Double bytes."""
    while at < end:
        pos = double(pair(at), pos, need, tab)
        if pos < 0:
            return BAD
        at += 2
    return pos


@kernel
def shifted(at: int, end: int, last: int, pos: int, need: int, tab: int) -> int:
    """Single bytes and shifted double bytes; ``end`` is without trailing blanks, ``last`` with them."""
    size, mask, back = word(tab + SHIFT), word(tab + SHIFT + 16), word(tab + SHIFT + 12)
    while at < end:
        if byte(at) >= 0x40:
            pos = single(byte(at), pos, need, tab)
            if pos < 0:
                return BAD
            at += 1
            continue
        shift = pair(at) & mask
        if at + size > last or (shift != word(tab + SHIFT + 4) and shift != word(tab + SHIFT + 8)):
            return BAD
        at += size
        while at + size <= last and pair(at) & mask != back:
            pos = double(pair(at), pos, need, tab)
            if pos < 0:
                return BAD
            at += 2
        if at + size > last:
            return BAD
        at += size
    return pos


@kernel
def led(at: int, end: int, last: int, pos: int, need: int, tab: int) -> int:
    """Single bytes and double bytes told apart by the first one."""
    while at < end:
        size = word(tab + LEADS + 4 * byte(at))
        if size == 0:
            pos = single(byte(at), pos, need, tab)
            at += 1
        elif size == 2 and at + 2 <= last:
            pos = double(pair(at), pos, need, tab)
            at += 2
        else:
            return BAD
        if pos < 0:
            return BAD
    return pos


@kernel
def widened(at: int, end: int, pos: int, need: int, tab: int) -> int:
    """Single bytes as full-width characters; a voicing mark joins the kana before it."""
    if need & (X_ALLOWED << BITS) != 0 and at < end:
        return BAD
    while at < end:
        entry, step = word(tab + WIDE + 4 * byte(at)), 1
        if at + 1 < end:
            voiced = word(tab + VOICED + 4 * byte(at + 1)) * word(tab + VOICED_KANA + 4 * byte(at))
            half = word(tab + HALF_VOICED + 4 * byte(at + 1)) * word(tab + HALF_VOICED_KANA + 4 * byte(at))
            if voiced != 0 or half != 0:
                entry, step = (voiced if voiced != 0 else half), 2
        if entry == 0:
            return BAD
        put_word(pos, entry)
        pos += entry >> BYTES
        at += step
    return pos


@kernel
def without_wide_blanks(start: int, pos: int) -> int:
    """The place after the last character that is no full-width blank."""
    while pos - start >= 3 and byte(pos - 3) == 0xE3 and pair(pos - 2) == 0x8080:
        pos -= 3
    return pos


@kernel
def without_blanks(at: int, end: int, blanks: int, tab: int) -> int:
    """The place after the last byte that is no blank; ``blanks`` are eight of them."""
    while end > at:
        other = long(end - 8) ^ blanks
        if other != 0:
            end -= leading_zeros(other) >> 3
            break
        end -= 8
    end = max(end, at)
    while end > at and word(tab + 4 * byte(end - 1)) & CHARACTER == SPACE:
        end -= 1
    return end


@kernel
def characters(start: int, pos: int) -> int:
    """How many code points stand there."""
    count = 0
    for i in range(start, pos):
        count += (byte(i) & 0xC0) != 0x80
    return count


@kernel
def text(at: int, o: int, pos: int, tab: int) -> int:
    """A text item without its padding."""
    last, mode, need, start = at + long(o + SIZE), long(o + MODE), (long(o + NEED) | KNOWN) << BITS, pos
    if mode == DOUBLES:
        pos = doubles(at, last, pos, need, tab)
        return without_wide_blanks(start, pos) if pos > start else pos
    end = without_blanks(at, last, long(o + FILL), tab)
    if mode == SHIFTED:
        return shifted(at, end, last, pos, need, tab)
    if mode == SINGLES:
        return singles(at, end, pos, need, tab)
    if mode == LED:
        return led(at, end, last, pos, need, tab)
    return widened(at, end, pos, need, tab)
