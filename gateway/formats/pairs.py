"""Characters that two conventions name differently for one code of JIS X 0208: a layout declares which it means.

The pairs are those of JIS X 0221 (and Unicode's old JIS mapping) against Microsoft's code page 932.
"""

from __future__ import annotations

from typing import Literal

Pairs = Literal["jis", "microsoft"]

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


def pair_up(double: dict[int, str], pairs: Pairs | None) -> None:
    """Change the characters of double-byte codes to those of the declared convention; None leaves the built-in."""
    if pairs is None:
        return
    wanted = _MICROSOFT_OF if pairs == "microsoft" else _JIS_OF
    taken = set(double.values())
    for code, text in list(double.items()):
        if text in wanted and wanted[text] not in taken:
            double[code] = wanted[text]
