"""Tables of one character code for kernels, and the small tables of number items."""

from __future__ import annotations

import re
from array import array
from functools import cache

from gateway.formats.characters.charset import DOUBLE_BYTES, LARGEST_PAIR, Charset
from gateway.formats.characters.width import WITH_HALVES, half_of, to_full
from gateway.formats.fast import program as p
from gateway.formats.fast.program import shift_numbers
from gateway.formats.faults import BadValueError
from gateway.formats.standardized.csvfields import FULL, HALF
from gateway.formats.values.dates import ERAS
from gateway.formats.values.numbers import Zoned

NO_DIGIT = 255
DOUBLE_FLAG = 0x10000
MINUS_BIT = 16
VOICED, HALF_VOICED = "ﾞ", "ﾟ"
SURROGATES = range(0xD800, 0xE000)


@cache
def bits() -> bytes:
    """What is known of every code point that kernels write, one byte each; 0 for surrogates."""
    every = array("I", range(p.CODE_POINTS)).tobytes().decode("utf-32", "surrogatepass")
    found = 0
    for pattern, bit in ((HALF, p.X_ALLOWED), (FULL, p.N_ALLOWED)):
        flags = bytearray(p.CODE_POINTS)
        for run in re.finditer(f"{pattern.pattern.removesuffix('*')}+", every):
            flags[run.start() : run.end()] = bytes((bit,)) * (run.end() - run.start())
        found |= int.from_bytes(flags, "little")
    plain = bytearray((p.NO_QUOTES,)) * p.CODE_POINTS
    for character in '",\r\n':
        plain[ord(character)] = 0
    known = bytearray((found | int.from_bytes(plain, "little")).to_bytes(p.CODE_POINTS, "little"))
    known[SURROGATES.start : SURROGATES.stop] = bytes(len(SURROGATES))
    return bytes(known)


def _single(text: str | None) -> bool:
    """Whether this is one character that kernels write."""
    return text is not None and len(text) == 1 and ord(text) < p.CODE_POINTS


def entry(text: str | None) -> int:
    """The entry of one character of at most three bytes in UTF-8; 0 for none, for longer ones and for sequences."""
    if text is None or not _single(text):
        return 0
    raw = text.encode()
    if len(raw) > p.BITS // 8:
        return 0
    return int.from_bytes(raw, "little") | (bits()[ord(text)] | p.KNOWN) << p.BITS | len(raw) << p.BYTES


def source_codes(charset: Charset) -> array[int]:
    """The table for reading a character code."""
    found = array("I", bytes(4 * p.CODES_SIZE))
    for code, text in charset.single.items():
        found[code] = entry(text)
    for code, text in charset.double.items():
        if code <= LARGEST_PAIR:
            found[p.DOUBLE + code] = entry(text)
            found[p.LONG + code] = _beyond(text)
    for lead, size in charset.leads.items():
        found[p.LEADS + lead] = size
    for place, numbers in (
        (p.WIDE, _by_byte(charset, "")),
        (p.VOICED, _marked(charset, VOICED)),
        (p.HALF_VOICED, _marked(charset, HALF_VOICED)),
        (p.SHIFT, shift_numbers(charset)),
    ):
        found[place : place + len(numbers)] = array("I", numbers)
    return found


def _beyond(text: str) -> int:
    """Four bytes of UTF-8, if the character has so many and full-width columns take it."""
    if len(text) != 1 or ord(text) <= LARGEST_PAIR or not FULL.fullmatch(text):
        return 0
    return int.from_bytes(text.encode(), "little")


def _by_byte(charset: Charset, mark: str) -> list[int]:
    """Per single byte the full-width character that it makes with the mark, 0 where there is none."""
    found = [0] * 256
    for code, text in charset.single.items():
        try:
            found[code] = entry(to_full(text + mark))
        except BadValueError:
            continue
    return found


def _marked(charset: Charset, mark: str) -> list[int]:
    """256 flags for the bytes of a voicing mark, then per byte the kana that it makes with the mark."""
    flags = [int(charset.single.get(code) == mark) for code in range(256)]
    return flags + _by_byte(charset, mark)


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


def target_codes(charset: Charset) -> array[int]:
    """The table for writing a character code. What is part of a sequence is left to the reference path."""
    known = bytearray(4 * p.CODE_POINTS)
    known[p.BITS // 8 :: 4] = bits()
    found = array("I", known)
    found.frombytes(bytes(4 * (p.TEXTS_SIZE - p.CODE_POINTS)))
    parts = {point for unit in charset.written if len(unit) > 1 for point in unit[1:]}
    for unit, code in charset.written.items():
        if _single(unit) and len(code) <= DOUBLE_BYTES and unit not in parts:
            flag = DOUBLE_FLAG if len(code) == DOUBLE_BYTES else 0
            found[ord(unit)] |= int.from_bytes(code, "big") | flag | p.KNOWN << p.BITS
    for character in WITH_HALVES:
        found[p.NARROW + ord(character)] = _narrow(charset, character)
    found[p.OPENING : p.OPENING + 5] = array("I", shift_numbers(charset))
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
