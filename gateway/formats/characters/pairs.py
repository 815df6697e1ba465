"""Characters that two conventions name differently for one code of JIS X 0208: a layout declares which it means.

The pairs of double bytes are those of JIS X 0221 (and Unicode's old JIS mapping) against Microsoft's code page 932;
those of single bytes are the Roman set of JIS X 0201 against ASCII.
"""

from __future__ import annotations

from typing import Literal

Pairs = Literal["jis", "microsoft"]
Latin = Literal["jis", "ascii"]

_MICROSOFT_OF = {
    "\u301c": "\uff5e",  # wave dash, full-width tilde
    "\u2016": "\u2225",  # double vertical line, parallel to
    "\u2212": "\uff0d",  # minus, full-width hyphen-minus
    "\u00a2": "\uffe0",
    "\u00a3": "\uffe1",
    "\u00ac": "\uffe2",
    "\u00a6": "\uffe4",
    "\u2014": "\u2015",  # em dash, horizontal bar
}
_JIS_OF = {right: left for left, right in _MICROSOFT_OF.items()}
_ROMAN_OF = {"\\": "\u00a5", "~": "\u203e"}
_ASCII_OF = {right: left for left, right in _ROMAN_OF.items()}
_WANTED = {"jis": _JIS_OF, "microsoft": _MICROSOFT_OF}
_WANTED_OF_LATIN = {"jis": _ROMAN_OF, "ascii": _ASCII_OF}


def pair_up(double: dict[int, str], pairs: Pairs | None) -> None:
    """Change the characters of double-byte codes to those of the declared convention; None leaves the built-in.

    A character that has a code already keeps it: two codes never come to mean one.
    """
    wanted = _WANTED[pairs] if pairs else {}
    taken = set(double.values())
    for code, text in list(double.items()):
        if text in wanted and wanted[text] not in taken:
            double[code] = wanted[text]


def pair_up_latin(single: dict[int, str], latin: Latin | None) -> None:
    """Likewise for single bytes: yen sign or backslash, overline or tilde. Two that have a code each change places."""
    wanted = _WANTED_OF_LATIN[latin] if latin else {}
    given = set(single.values())
    swapped = {new: old for old, new in wanted.items() if {old, new} <= given}
    for code, text in list(single.items()):
        single[code] = wanted.get(text) or swapped.get(text, text)
