"""The character codes that are built in, each with the source of its facts.

- CP932: Python's ``cp932``. The user-defined area F040-F9FC is left to tables. Where several codes read as one
  character, IBM's own extension (FA40-FC4B) is written, and row 13 (8740-879C) or the plain JIS code where one exists.
- IBM 930, 939: tables taken from glibc's iconv, checked against ICU; IBM 290 and 1027 are their single bytes.
- JEF: JIS X 0208 by Python's ``euc_jp`` in the area A1A1-FEFE, with the places where JEF differs (``data/``).
"""

from __future__ import annotations

from functools import cache

from gateway.formats.charset import Charset, Shifts
from gateway.formats.codetable import shipped

SINGLE_OF = {
    "jef": "fujitsu-kana",
    "ibm930": "ibm290",
    "ibm939": "ibm1027",
    "ibm290": "ibm290",
    "ibm1027": "ibm1027",
}
"""The usual single bytes of each encoding; a layout may declare others."""

IBM_SHIFTS = Shifts(to_double=(b"\x0e",), to_single=b"\x0f")
JEF_SHIFTS = Shifts(to_double=(b"\x28", b"\x38"), to_single=b"\x29")

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


def _cp932() -> Charset:
    double = {
        code: text
        for code, text in _pairs("cp932", _CP932_LEADS, range(0x40, 0xFD)).items()
        if code not in _CP932_USER
    }
    single = {
        byte: text
        for byte in (*range(0x20, 0x7F), *range(0xA1, 0xE0))
        if (text := bytes([byte]).decode("cp932"))
    }
    return Charset(
        name="cp932", single=single, double=double, leads=_CP932_LEADS, read_only=_second_codes(double)
    )


def _jef(single: dict[int, str]) -> Charset:
    table = shipped("jef-double")
    area = _pairs("euc_jp", range(0xA1, 0xFF), range(0xA1, 0xFF))
    return Charset(
        name="jef",
        single=single,
        double=table.over(area),
        shifts=JEF_SHIFTS,
        read_only=frozenset(table.read_only),
    )


def _ibm(name: str, single: dict[int, str]) -> Charset:
    double = shipped("ibm-double").codes if name in {"ibm930", "ibm939"} else {}
    return Charset(name=name, single=single, double=double, shifts=IBM_SHIFTS if double else None)


@cache
def charset(encoding: str, single: str | None = None) -> Charset:
    """The built-in character code of a layout, with the single bytes that it declares."""
    if encoding == "cp932":
        return _cp932()
    table = shipped(f"{single or SINGLE_OF[encoding]}-single").codes
    return _jef(table) if encoding == "jef" else _ibm(encoding, table)
