"""Codes whose double blank 4040 stands for two half-width blanks, as some KEIS and JEF files mean it.

Only mixed text is concerned: items of double bytes alone have no half-width characters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

from gateway.formats.characters.charset import DOUBLE_BYTES, Charset, Substitute, Width, unassigned

DOUBLE_BLANK = 0x4040
_WIDE_BLANK = 0xA1A1


@dataclass(frozen=True, kw_only=True)
class HalfBlankCharset(Charset):
    """``plain`` is the code as it is without this. Between double bytes two half blanks are written 4040."""

    plain: Charset

    def code(self, unit: str, width: Width) -> bytes | None:
        """See ``Charset``."""
        return self.plain.code(unit, width) if width == "full" else super().code(unit, width)

    @property
    def wide_blank(self) -> bytes:
        """See ``Charset``."""
        return self.plain.wide_blank

    def read(self, raw: bytes, width: Width, substitute: Substitute = unassigned) -> str:
        """See ``Charset``."""
        return (
            self.plain.read(raw, width, substitute)
            if width == "full"
            else super().read(raw, width, substitute)
        )

    def write(self, text: str, width: Width, instead: Callable[[str], str] | None = None) -> bytes:
        """See ``Charset``."""
        return (
            self.plain.write(text, width, instead) if width == "full" else super().write(text, width, instead)
        )

    def _joined(self, codes: list[bytes], width: Width) -> bytes:
        if width != "mixed":
            return super()._joined(codes, width)
        joined: list[bytes] = []
        at, double = 0, False
        while at < len(codes):
            if double and codes[at : at + 2] == [self.blank, self.blank]:
                joined.append(DOUBLE_BLANK.to_bytes(DOUBLE_BYTES, "big"))
                at += 2
                continue
            joined.append(codes[at])
            double = len(codes[at]) == DOUBLE_BYTES
            at += 1
        return super()._joined(joined, width)


def with_half_blanks(plain: Charset) -> Charset:
    """The same code, whose 4040 is read as two half blanks; the wide blank is written A1A1."""
    known = {one.name: getattr(plain, one.name) for one in fields(plain) if one.init}
    known["double"] = plain.double | {DOUBLE_BLANK: "  ", _WIDE_BLANK: "\u3000"}
    known["read_only"] = (plain.read_only | {DOUBLE_BLANK}) - {_WIDE_BLANK}
    return HalfBlankCharset(plain=plain, **known)
