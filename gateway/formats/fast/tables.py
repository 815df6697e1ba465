"""Tables of one character code for kernels, and the small tables of number items."""

from __future__ import annotations

import numpy as np

from gateway.formats.charset import LARGEST_PAIR, Charset
from gateway.formats.dates import ERAS
from gateway.formats.fast import program as p
from gateway.formats.fast.program import Array, bits_of, shift_numbers, utf8_number
from gateway.formats.faults import BadValueError
from gateway.formats.numbers import Zoned
from gateway.formats.width import to_full

NO_DIGIT = 255
MINUS_BIT = 16
VOICED, HALF_VOICED = "ﾞ", "ﾟ"


def source_codes(charset: Charset) -> Array:
    """The table for reading a character code."""
    found = np.zeros(p.CODES_SIZE, np.uint32)
    _fill(found, 0, p.SINGLE_BITS, charset.single)
    pairs = {code: text for code, text in charset.double.items() if code <= LARGEST_PAIR}
    _fill(found, p.DOUBLE, p.DOUBLE_BITS, pairs)
    for lead, size in charset.leads.items():
        found[p.LEADS + lead] = size
    found[p.WIDE : p.WIDE + 256] = _by_byte(charset, "")
    found[p.VOICED : p.VOICED + 512] = _marked(charset, VOICED)
    found[p.HALF_VOICED : p.HALF_VOICED + 512] = _marked(charset, HALF_VOICED)
    found[p.SHIFT : p.SHIFT + 4] = shift_numbers(charset)
    return found


def _fill(found: Array, numbers: int, bits: int, characters: dict[int, str]) -> None:
    for code, text in characters.items():
        found[numbers + code] = utf8_number(text)
        found[bits + code] = bits_of(text) if len(text) == 1 else 0


def _by_byte(charset: Charset, mark: str) -> Array:
    """Per single byte the full-width character that it makes with the mark, 0 where there is none."""
    found = np.zeros(256, np.uint32)
    for code, text in charset.single.items():
        try:
            found[code] = utf8_number(to_full(text + mark))
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
