"""Records in UTF-8 and UTF-16: every character has a code, but for those that mean something else at each system.

The private use area U+E000-F8FF is read and written through 外字 tables only, whose codes are its code points. Control
characters and the byte order mark have no place in an item. ``width: half`` takes ASCII and half-width kana, ``full``
all others. Planes 15 and 16, which the character set of the standard uses, are carried as they are.
Source: RFC 3629, RFC 2781.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from gateway.formats.characters.charset import Charset, Substitute, Width, unassigned
from gateway.formats.faults import BadValueError

Codec = Literal["utf-8", "utf-16-be", "utf-16-le"]

_PLAIN = re.compile("[^\x00-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufeff\ufffe\uffff]*")
_OF_WIDTH = {
    "mixed": re.compile(".*", re.DOTALL),
    "half": re.compile("[ -~｡-ﾟ]*"),
    "full": re.compile("[^ -~｡-ﾟ]*"),
}


@dataclass(frozen=True, kw_only=True)
class UnicodeCharset(Charset):
    """One form of Unicode; ``single`` and ``double`` are code points and their characters."""

    codec: Codec

    def _written_single(self) -> dict[str, bytes]:
        return {text: chr(point).encode(self.codec) for point, text in self.single.items()}

    def _written_double(self) -> dict[str, bytes]:
        own = self.double.items()
        return {text: chr(point).encode(self.codec) for point, text in own if point not in self.read_only}

    def code(self, unit: str, width: Width) -> bytes | None:
        """The bytes of a unit, or None if it may not stand in an item of this width."""
        if not _OF_WIDTH[width].fullmatch(unit):
            return None
        if unit in self.written:
            return self.written[unit]
        return unit.encode(self.codec) if len(unit) == 1 and _PLAIN.fullmatch(unit) else None

    def alone(self, code: int) -> bytes:
        """The bytes of a code point."""
        return chr(code).encode(self.codec)

    def read(self, raw: bytes, width: Width, substitute: Substitute = unassigned) -> str:
        """The characters of an item's bytes; raises ``BadValueError``."""
        text = self._decoded(raw)
        if not _PLAIN.fullmatch(text):
            text = self._own(text, substitute)
        if not _OF_WIDTH[width].fullmatch(text):
            raise BadValueError("width", f"a character that has no place in an item of width: {width}")
        return text

    def _decoded(self, raw: bytes) -> str:
        try:
            return raw.decode(self.codec)
        except UnicodeDecodeError as error:
            cut = error.end == len(raw)
            message = f"the bytes are not {self.codec}{', or a character is cut' if cut else ''}"
            raise BadValueError("cut" if cut else "encoding", message, error.start) from None

    def _own(self, text: str, substitute: Substitute) -> str:
        """The text with the characters of tables in place of their codes."""
        found: list[str] = []
        at = 0
        for character in text:
            size = len(character.encode(self.codec))
            known = character if _PLAIN.fullmatch(character) else self.double.get(ord(character))
            found.append(known or substitute(at, size))
            at += size
        return "".join(found)


def unicode_charset(codec: Codec) -> UnicodeCharset:
    """The built-in part: ASCII as single characters, and the wide blank."""
    return UnicodeCharset(
        name=codec,
        codec=codec,
        single={point: chr(point) for point in range(0x20, 0x7F)},
        double={0x3000: "\u3000"},
    )
