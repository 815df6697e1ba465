"""Tables of one character code for kernels, and the small tables of number items."""

from __future__ import annotations

from functools import cache

import numpy as np

from gateway.formats.charset import DOUBLE_BYTES, LARGEST_PAIR, Charset
from gateway.formats.dates import ERAS
from gateway.formats.fast import program as p
from gateway.formats.fast.program import Array, bits_of, entry, shift_numbers, utf8_number
from gateway.formats.faults import BadValueError
from gateway.formats.numbers import Zoned
from gateway.formats.width import half_of, to_full

NO_DIGIT = 255
DOUBLE_FLAG = 0x10000
MINUS_BIT = 16
VOICED, HALF_VOICED = "ﾞ", "ﾟ"


def source_codes(charset: Charset) -> Array:
    """The table for reading a character code."""
    found = np.zeros(p.CODES_SIZE, np.uint32)
    for code, text in charset.single.items():
        found[code] = entry(text)
    for code, text in charset.double.items():
        if code <= LARGEST_PAIR:
            found[p.DOUBLE + code] = entry(text)
            found[p.LONG + code] = _beyond(text)
    for lead, size in charset.leads.items():
        found[p.LEADS + lead] = size
    found[p.WIDE : p.WIDE + 256] = _by_byte(charset, "")
    found[p.VOICED : p.VOICED + 512] = _marked(charset, VOICED)
    found[p.HALF_VOICED : p.HALF_VOICED + 512] = _marked(charset, HALF_VOICED)
    found[p.SHIFT : p.SHIFT + 5] = shift_numbers(charset)
    return found


def _beyond(text: str) -> int:
    """Four bytes of UTF-8, if the character has so many and full-width columns take it."""
    number = utf8_number(text)
    return number if number >> p.BITS and bits_of(text) == p.N_ALLOWED | p.NO_QUOTES else 0


def _by_byte(charset: Charset, mark: str) -> Array:
    """Per single byte the full-width character that it makes with the mark, 0 where there is none."""
    found = np.zeros(256, np.uint32)
    for code, text in charset.single.items():
        try:
            found[code] = entry(to_full(text + mark))
        except BadValueError:
            continue
    return found


def _marked(charset: Charset, mark: str) -> Array:
    """256 flags for the bytes of a voicing mark, then per byte the kana that it makes with the mark."""
    flags = np.array([charset.single.get(code) == mark for code in range(256)], np.uint32)
    return np.concatenate([flags, _by_byte(charset, mark)])


def sign_row(code: Zoned) -> list[int]:
    """Per byte at the sign's place: the digit, 16 more for minus, or 255."""
    return [_sign(code, byte) for byte in range(256)]


def _sign(code: Zoned, byte: int) -> int:
    raw = bytearray(code.write(0))
    at = 0 if code.sign.startswith("leading") else len(raw) - 1
    raw[at] = byte
    try:
        minus, digit = code.sign_of(raw[at])
    except BadValueError:
        return NO_DIGIT
    return digit + (MINUS_BIT if minus else 0)


def era_row(eras: tuple[str, ...], charset: Charset) -> list[int]:
    """Per byte the index of the era that it stands for, or 255."""
    found = [NO_DIGIT] * 256
    for index in range(len(ERAS) if eras else 0):
        found[charset.written[eras[index]][0]] = index
    return found


def target_codes(charset: Charset) -> Array:
    """The table for writing a character code. What is part of a sequence is left to the reference path."""
    found = np.zeros(p.TEXTS_SIZE, np.uint32)
    found[: p.CODE_POINTS] = _bits_of_all()
    parts = {point for unit in charset.written if len(unit) > 1 for point in unit[1:]}
    for unit, code in charset.written.items():
        if len(unit) == 1 and ord(unit) < p.CODE_POINTS and len(code) <= DOUBLE_BYTES and unit not in parts:
            flag = DOUBLE_FLAG if len(code) == DOUBLE_BYTES else 0
            found[ord(unit)] |= int.from_bytes(code, "big") | flag | p.KNOWN << p.BITS
    for point in range(0x10000):
        found[p.NARROW + point] = _narrow(charset, chr(point))
    found[p.OPENING : p.OPENING + 5] = shift_numbers(charset)
    return found


@cache
def _bits_of_all() -> Array:
    """The bits of every code point, in the highest byte of its number; none for surrogates."""
    found = np.array([bits_of(chr(point)) << p.BITS for point in range(p.CODE_POINTS)], np.uint32)
    found[0xD800:0xE000] = 0
    return found


def _narrow(charset: Charset, character: str) -> int:
    """One or two single bytes of a half-width counterpart, the first one lowest; 0 for none."""
    codes = [charset.written.get(half, b"") for half in half_of(character)]
    if not codes or any(len(code) != 1 for code in codes):
        return 0
    return int.from_bytes(b"".join(codes), "little")


def punch_row(code: Zoned) -> list[int]:
    """The bytes of the digits that carry a plus, then a minus; then those of separate signs."""
    signs = (False, True) if code.signed else (False, False)
    row = [code.punched(digit, minus=minus) for minus in signs for digit in range(10)]
    return [*row, code.sign_byte(1)[0], code.sign_byte(-1)[0], *[0] * (256 - len(row) - 2)]


def era_codes(eras: tuple[str, ...], charset: Charset) -> list[int]:
    """Per era the byte of its code."""
    row = [charset.written[era][0] for era in eras]
    return row + [0] * (256 - len(row))
