"""The character codes that are built in, each with the source of its facts.

- CP932: Python's ``cp932``. The user-defined area F040-F9FC is left to tables. Where codes share a character,
  IBM's own extension (FA40-FC4B) is written, and row 13 (8740-879C) or the plain JIS code where one exists.
- IBM 930, 939, 1390, 1399: tables taken from glibc's iconv, checked against ICU; IBM 290 and 1027 are
  their single bytes.
- JEF, KEIS78, KEIS83, JIPS: JIS X 0208 by Python's ``euc_jp``, with the places where each differs (``data/``); the
  extensions and user-defined areas are left to tables. JIPS(E) is JIPS(J) with each byte through NEC's 8-bit table.
- KEIS90: KEIS83 as above; what else differs is loaded as a table.
- JIPS internal: single bytes alone. No source of its double bytes could be verified: they are loaded as a table.
- EUC-JP: Python's ``euc_jp``. JIS: JIS X 0208 by ``euc_jp`` in seven bits, with escapes (``escapes``).
- UTF-8 and UTF-16: ``unicodetext``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from gateway.formats.characters.charset import Charset, Shifts
from gateway.formats.characters.codetable import shipped
from gateway.formats.characters.escapes import EscapedCharset
from gateway.formats.characters.unicodetext import unicode_charset

SINGLE_OF = {
    "jef": "fujitsu-kana",
    "keis78": "hitachi-kana",
    "keis83": "hitachi-kana",
    "keis90": "hitachi-kana",
    "jips-j": "jis8",
    "jips-e": "nec-kana",
    "jips-internal": "nec-kana",
    "jis": "jis8",
    "ibm930": "ibm290",
    "ibm939": "ibm1027",
    "ibm1390": "ibm1390",
    "ibm1399": "ibm1399",
    "ibm290": "ibm290",
    "ibm1027": "ibm1027",
}
"""The usual single bytes of each encoding; a layout may declare others."""

IBM_SHIFTS = Shifts(to_double=(b"\x0e",), to_single=b"\x0f")
JEF_SHIFTS = Shifts(to_double=(b"\x28", b"\x38", b"\x30\xe2"), to_single=b"\x29")  # 12, 9 and 7 points
KEIS_SHIFTS = Shifts(to_double=(b"\x0a\x42",), to_single=b"\x0a\x41")
JIPS_J_SHIFTS = Shifts(to_double=(b"\x1a\x70",), to_single=b"\x1a\x71")
JIPS_E_SHIFTS = Shifts(to_double=(b"\x3f\x75",), to_single=b"\x3f\x76")

_BUILT_ON = {
    "jef": ("jef-double", JEF_SHIFTS),
    "keis78": ("keis78-double", KEIS_SHIFTS),
    "keis83": ("keis83-double", KEIS_SHIFTS),
    "keis90": ("keis83-double", KEIS_SHIFTS),
}
"""Codes that are JIS X 0208 plus 8080 with the differences of a table."""

LOADED = frozenset({"jips-internal"})
"""Codes whose double bytes are known from tables alone."""

_IBM_DOUBLE = {
    "ibm930": "ibm-double",
    "ibm939": "ibm-double",
    "ibm1390": "ibm1390-double",
    "ibm1399": "ibm1390-double",
}
_HIGH = range(0xA1, 0xFF)
_TO_SEVEN_BITS = 0x8080
_SINGLE_SHIFT_2, _SINGLE_SHIFT_3 = 0x8E, 0x8F
_CP932_LEADS = frozenset((*range(0x81, 0xA0), *range(0xE0, 0xFD)))
_CP932_USER = range(0xF040, 0xF9FD)
_NEC_SELECTED = range(0xED40, 0xEEFD)
_IBM_OWN = range(0xFA40, 0xFC4C)


def _decoded(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec)
    except UnicodeDecodeError:
        return None


def _pairs(codec: str, leads: range | frozenset[int], trails: range) -> dict[int, str]:
    """Every double byte that a Python codec reads as exactly one character."""
    found = {
        lead << 8 | trail: _decoded(bytes((lead, trail)), codec) for lead in sorted(leads) for trail in trails
    }
    return {code: text for code, text in found.items() if text is not None and len(text) == 1}


def _second_codes(double: dict[int, str]) -> frozenset[int]:
    """The codes of CP932 that are read but never written: each character keeps its one preferred code."""
    preferred: dict[str, int] = {}
    for code in sorted(double, key=lambda code: (code in _NEC_SELECTED, code in _IBM_OWN, code)):
        preferred.setdefault(double[code], code)
    return frozenset(code for code, text in double.items() if preferred[text] != code)


def _jis8() -> dict[int, str]:
    """JIS X 0201 as CP932 has it: ASCII and half-width kana."""
    return {byte: bytes([byte]).decode("cp932") for byte in (*range(0x20, 0x7F), *range(0xA1, 0xE0))}


def _cp932() -> Charset:
    found = _pairs("cp932", _CP932_LEADS, range(0x40, 0xFD))
    double = {code: text for code, text in found.items() if code not in _CP932_USER}
    leads = dict.fromkeys(_CP932_LEADS, 2)
    return Charset(name="cp932", single=_jis8(), double=double, leads=leads, read_only=_second_codes(double))


def _euc_jp() -> Charset:
    """EUC-JP: half-width kana after 8E, JIS X 0212 after 8F. Rows F5-FE are left to tables."""
    double = _pairs("euc_jp", range(0xA1, 0xF5), _HIGH)
    double |= _pairs("euc_jp", range(_SINGLE_SHIFT_2, _SINGLE_SHIFT_2 + 1), _HIGH)
    for code in [high << 8 | low for high in _HIGH for low in _HIGH]:
        text = _decoded(bytes((_SINGLE_SHIFT_3, code >> 8, code & 0xFF)), "euc_jp")
        double |= {_SINGLE_SHIFT_3 << 16 | code: text} if text else {}
    single = {byte: chr(byte) for byte in range(0x20, 0x7F)}
    leads = dict.fromkeys((*range(0xA1, 0xFF), _SINGLE_SHIFT_2), 2) | {_SINGLE_SHIFT_3: 3}
    return Charset(name="euc-jp", single=single, double=double, leads=leads)


def _vendor(name: str, table_name: str, shifts: Shifts, single: dict[int, str]) -> Charset:
    """JIS X 0208 plus 8080, as the vendor has it."""
    table = shipped(table_name)
    double = table.over(_pairs("euc_jp", _HIGH, _HIGH))
    return Charset(
        name=name, single=single, double=double, shifts=shifts, read_only=frozenset(table.read_only)
    )


def _jips(name: str, shifts: Shifts, single: dict[int, str], byte: Callable[[int], int]) -> Charset:
    """JIS X 0208 as NEC has it, each byte of a code changed by ``byte``."""
    area = {code - _TO_SEVEN_BITS: text for code, text in _pairs("euc_jp", _HIGH, _HIGH).items()}
    found = sorted(shipped("jips-double").over(area).items())
    double = {byte(code >> 8) << 8 | byte(code & 0xFF): text for code, text in found}
    preferred: dict[str, int] = {}
    for code, text in found:
        preferred.setdefault(text, byte(code >> 8) << 8 | byte(code & 0xFF))
    second = frozenset(code for code, text in double.items() if preferred[text] != code)
    return Charset(name=name, single=single, double=double, shifts=shifts, read_only=second)


def _eight_bit() -> dict[int, int]:
    """NEC's 8-bit code to EBCDIC."""
    return {ord(text): code for code, text in shipped("nec-eight-bit").codes.items()}


def jips_e(code: int) -> int | None:
    """A double byte of JIPS(J) as JIPS(E) has it, single bytes as they are; None outside NEC's table."""
    table, lead = _eight_bit(), code >> 8
    if not lead:
        return code
    return table[lead] << 8 | table[code & 0xFF] if {lead, code & 0xFF} <= table.keys() else None


def _ibm(name: str, single: dict[int, str]) -> Charset:
    double = shipped(_IBM_DOUBLE[name]).codes if name in _IBM_DOUBLE else {}
    return Charset(name=name, single=single, double=double, shifts=IBM_SHIFTS if double else None)


def _jis(single: dict[int, str]) -> EscapedCharset:
    area = {code - _TO_SEVEN_BITS: text for code, text in _pairs("euc_jp", _HIGH, _HIGH).items()}
    return EscapedCharset(name="jis", single=single, double=area)


_WHOLE: dict[str, Callable[[], Charset]] = {
    "cp932": _cp932,
    "euc-jp": _euc_jp,
    "utf-8": lambda: unicode_charset("utf-8"),
    "utf-16-be": lambda: unicode_charset("utf-16-be"),
    "utf-16-le": lambda: unicode_charset("utf-16-le"),
}
"""Codes whose single bytes have no variants."""


@cache
def charset(encoding: str, single: str | None = None) -> Charset:
    """The built-in character code of a layout, with the single bytes that it declares."""
    if encoding in _WHOLE:
        return _WHOLE[encoding]()
    variant = single or SINGLE_OF[encoding]
    table = _jis8() if variant == "jis8" else shipped(f"{variant}-single").codes
    if encoding in _BUILT_ON:
        return _vendor(encoding, *_BUILT_ON[encoding], table)
    match encoding:
        case "jis":
            return _jis(table)
        case "jips-j":
            return _jips("jips-j", JIPS_J_SHIFTS, table, lambda byte: byte)
        case "jips-e":
            return _jips("jips-e", JIPS_E_SHIFTS, table, _eight_bit().__getitem__)
        case _:
            return _ibm(encoding, table)  # jips-internal too, which has no double bytes either
