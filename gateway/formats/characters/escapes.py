"""JIS (ISO-2022-JP): escape sequences say what the bytes after them mean, and a text ends in ASCII.

ESC ( B ASCII, ESC ( J the Roman set of JIS X 0201, ESC ( I its half-width kana (7 bits), ESC $ B and
ESC $ @ JIS X 0208.
Source: RFC 1468, and JIS X 0202 for ESC ( I. Half-width kana in 8 bits (A1-DF) are read too; items of ``width: half``
have them so, and those of ``width: full`` two bytes a character, neither with escapes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.formats.characters.charset import DOUBLE_BYTES, Charset, Substitute, Width
from gateway.formats.faults import BadValueError

ASCII, ROMAN, KANA, DOUBLE = b"\x1b(B", b"\x1b(J", b"\x1b(I", b"\x1b$B"
_SAME = {b"\x1b$@": DOUBLE}
_ESCAPES = frozenset({ASCII, ROMAN, KANA, DOUBLE, *_SAME})
_ESCAPE_SIZE = 3
_EIGHTH_BIT = 0x80
_ROMAN = {0x5C: "¥", 0x7E: "‾"}


@dataclass(frozen=True, kw_only=True)
class EscapedCharset(Charset):
    """A code with escape sequences instead of shifts. ¥ and ‾ of the Roman set are read, and have no code to write."""

    def resumed(self, raw: bytes, state: bytes) -> tuple[bytes, bytes]:
        """As in ``Charset``; the state is the escape sequence in force, nothing for ASCII."""
        whole, now = state + raw, ASCII
        for _, piece in _pieces(whole):
            now = piece if piece in _ESCAPES else now
        now = _SAME.get(now, now)
        return (whole, b"") if now == ASCII else (whole + ASCII, now)

    def _read_leads(self, raw: bytes, substitute: Substitute) -> str:
        found: list[str] = []
        state = ASCII
        for at, piece in _pieces(raw):
            if piece in _ESCAPES:
                state = _SAME.get(piece, piece)
            elif len(piece) != (DOUBLE_BYTES if state == DOUBLE else 1):
                raise BadValueError("cut", "a double-byte character is cut", at)
            else:
                found.append(self._one(piece, state) or substitute(at, len(piece)))
        if state != ASCII:
            raise BadValueError("shift", "the escape sequence back to ASCII is missing", len(raw) - 1)
        return "".join(found)

    def _one(self, piece: bytes, state: bytes) -> str | None:
        if state == DOUBLE:
            return self.double.get(int.from_bytes(piece, "big"))
        if state == ROMAN and piece[0] in _ROMAN:
            return _ROMAN[piece[0]]
        return self.single.get(piece[0] | _EIGHTH_BIT if state == KANA else piece[0])

    def _joined(self, codes: list[bytes], width: Width) -> bytes:
        if width != "mixed":
            return b"".join(codes)
        joined, state = bytearray(), ASCII
        for code in codes:
            wanted = DOUBLE if len(code) == DOUBLE_BYTES else KANA if code[0] & _EIGHTH_BIT else ASCII
            if wanted != state:
                joined += wanted
                state = wanted
            joined += bytes(byte & ~_EIGHTH_BIT for byte in code) if wanted == KANA else code
        return bytes(joined if state == ASCII else joined + ASCII)


def _pieces(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Escape sequences and codes with their places; a last code may be cut."""
    at, size = 0, 1
    while at < len(raw):
        escape = raw[at : at + _ESCAPE_SIZE]
        if escape in _ESCAPES:
            size = DOUBLE_BYTES if escape.startswith(b"\x1b$") else 1
            yield at, escape
            at += _ESCAPE_SIZE
        else:
            yield at, raw[at : at + size]
            at += size
