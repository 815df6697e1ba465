"""Numbers in records: zoned and packed decimal, binary. Taken from the bytes before any character conversion.

Unscaled integers in and out; the decimal point is the caller's. Signs by the IBM convention (z/Architecture
Principles of Operation, decimal instructions): A C E F are plus, B D are minus; F or C is written for plus as the
layout says, D for minus.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from gateway.formats.faults import BadValueError

MOST_DIGITS = 4000
"""Digits of the longest number that is looked at; no item holds as many."""

PLUS, MINUS = frozenset("acef"), frozenset("bd")
_EBCDIC_ZONE, _ASCII_ZONE = 0xF0, 0x30
_LETTERS = {False: b"{ABCDEFGHI", True: b"}JKLMNOPQR"}


class NumberCode(Protocol):
    """One way to store an integer in a fixed number of bytes."""

    @property
    def size(self) -> int:
        """Bytes of the item."""

    def read(self, raw: bytes) -> int:
        """The integer; raises ``BadValueError``."""

    def write(self, number: int) -> bytes:
        """Exactly ``size`` bytes; raises ``BadValueError`` if the number does not fit."""


def _digits(number: int, digits: int) -> str:
    text = str(abs(number))
    if len(text) > digits:
        raise BadValueError("overflow", f"more than {digits} digits")
    return text.rjust(digits, "0")


def _check_sign(number: int, *, signed: bool) -> None:
    if number < 0 and not signed:
        raise BadValueError("sign", "a negative number in an item without a sign")


@dataclass(frozen=True, kw_only=True)
class Packed:
    """Two digits a byte, the sign in the last nibble (COMP-3), or without one (COMP-6)."""

    digits: int
    signed: bool
    plus: Literal["C", "F"]
    sign_nibble: bool = True

    @property
    def size(self) -> int:
        """Bytes of the item."""
        return (self.digits + self.sign_nibble + 1) // 2

    def read(self, raw: bytes) -> int:
        """The integer; raises ``BadValueError`` at the first nibble that is wrong."""
        nibbles = raw.hex() if self.sign_nibble else f"{raw.hex()}f"
        body, sign = nibbles[:-1], nibbles[-1]
        if not body.isdigit():
            wrong = next(at for at, nibble in enumerate(body) if not nibble.isdigit())
            raise BadValueError("packed", "a nibble is not a digit", wrong // 2)
        if sign not in PLUS and sign not in MINUS:
            raise BadValueError("packed", "the last nibble is not a sign", len(raw) - 1)
        if len(body) > self.digits and body[0] != "0":
            raise BadValueError("packed", f"more than {self.digits} digits", 0)
        return self._signed(int(body), minus=sign in MINUS, last=len(raw) - 1)

    def _signed(self, number: int, *, minus: bool, last: int) -> int:
        if minus and number and not self.signed:
            raise BadValueError("sign", "a negative number in an item without a sign", last)
        return -number if minus else number

    def write(self, number: int) -> bytes:
        """The bytes; raises ``BadValueError``."""
        _check_sign(number, signed=self.signed)
        sign = ("d" if number < 0 else self.plus) if self.sign_nibble else ""
        nibbles = _digits(number, self.digits) + sign
        return bytes.fromhex(nibbles.rjust(self.size * 2, "0"))


@dataclass(frozen=True, kw_only=True)
class Zoned:
    """One digit a byte, the sign in a zone or in a byte of its own.

    ``ebcdic`` tells the code of digits: F0-F9 or 30-39. In ASCII-based codes minus is zone 7 (70-79), or with
    ``letters`` plus is ``{A-I`` and minus ``}J-R``, as EBCDIC over-punch looks after a character conversion.
    """

    digits: int
    ebcdic: bool
    signed: bool
    sign: Literal["trailing", "leading", "trailing-separate", "leading-separate"]
    plus: Literal["C", "F"]
    letters: bool

    @property
    def size(self) -> int:
        """Bytes of the item."""
        return self.digits + self.separate

    @property
    def separate(self) -> bool:
        """Whether the sign has a byte of its own."""
        return self.signed and self.sign.endswith("separate")

    @property
    def _zone(self) -> int:
        return _EBCDIC_ZONE if self.ebcdic else _ASCII_ZONE

    @property
    def _sign_at(self) -> int:
        return 0 if self.sign.startswith("leading") else self.size - 1

    def read(self, raw: bytes) -> int:
        """The integer; raises ``BadValueError`` at the first byte that is wrong."""
        at = self._sign_at
        minus, digit = self.sign_of(raw[at])
        body = bytearray(raw)
        body[at : at + 1] = b"" if self.separate else bytes([self._zone + digit])
        for place, byte in enumerate(body):
            if not 0 <= byte - self._zone <= 9:  # noqa: PLR2004 - decimal digits
                raise BadValueError("zoned", "a byte is not a digit", place + (self.separate and at == 0))
        number = int(bytes(byte - self._zone + _ASCII_ZONE for byte in body))
        if minus and number and not self.signed:
            raise BadValueError("sign", "a negative number in an item without a sign", at)
        return -number if minus else number

    def sign_of(self, byte: int) -> tuple[bool, int]:
        """Whether the byte with the sign says minus, and its digit; raises ``BadValueError``."""
        return self._separate_sign(byte) if self.separate else self._zone_sign(byte)

    def _separate_sign(self, byte: int) -> tuple[bool, int]:
        plus, minus = (0x4E, 0x60) if self.ebcdic else (0x2B, 0x2D)
        if byte not in (plus, minus):
            raise BadValueError("zoned", "the sign is neither plus nor minus", self._sign_at)
        return byte == minus, 0

    def _zone_sign(self, byte: int) -> tuple[bool, int]:
        if self.ebcdic:
            zone, digit = f"{byte:02x}"[0], f"{byte:02x}"[1]
            known = digit.isdigit() and (zone in PLUS or zone in MINUS)
            minus = zone in MINUS
        else:
            minus, digit, known = self._ascii_sign(byte)
        if not known:
            raise BadValueError("zoned", "the byte with the sign is not a digit with a zone", self._sign_at)
        return minus, int(digit)

    def _ascii_sign(self, byte: int) -> tuple[bool, str, bool]:
        if 0 <= byte - _ASCII_ZONE <= 9:  # noqa: PLR2004 - decimal digits
            return False, chr(byte), True
        if self.letters:
            for minus, signs in _LETTERS.items():
                if byte in signs:
                    return minus, str(signs.index(byte)), True
        elif 0 <= byte - 0x70 <= 9:  # noqa: PLR2004 - decimal digits
            return True, str(byte - 0x70), True
        return False, "", False

    def write(self, number: int) -> bytes:
        """The bytes; raises ``BadValueError``."""
        _check_sign(number, signed=self.signed)
        body = bytearray(self._zone + int(digit) for digit in _digits(number, self.digits))
        if self.separate:
            sign = self.sign_byte(number)
            return sign + bytes(body) if self._sign_at == 0 else bytes(body) + sign
        body[self._sign_at] = self.punched(body[self._sign_at] - self._zone, minus=number < 0)
        return bytes(body)

    def sign_byte(self, number: int) -> bytes:
        """The byte of a separate sign."""
        plus, minus = (b"\x4e", b"\x60") if self.ebcdic else (b"+", b"-")
        return minus if number < 0 else plus

    def punched(self, digit: int, *, minus: bool) -> int:
        """The byte of a digit that carries the sign."""
        if self.ebcdic:
            zone = 0xD0 if minus else 0xC0 if self.plus == "C" else 0xF0
            return zone + digit
        if self.letters and self.signed:
            return _LETTERS[minus][digit]
        return (0x70 if minus else _ASCII_ZONE) + digit


@dataclass(frozen=True, kw_only=True)
class Binary:
    """Two's complement or unsigned, big- or little-endian: COMP with the digits of its picture, COMP-5 without."""

    size: int
    signed: bool
    order: Literal["big", "little"]
    digits: int | None = None

    def read(self, raw: bytes) -> int:
        """The integer; raises ``BadValueError`` for more digits than may be there."""
        return self._within(int.from_bytes(raw, self.order, signed=self.signed))

    def _within(self, number: int) -> int:
        if self.digits is not None and abs(number) >= 10**self.digits:
            raise BadValueError("overflow", f"has more than {self.digits} digits; COMP-5 takes all that fits")
        return number

    def write(self, number: int) -> bytes:
        """The bytes; raises ``BadValueError``."""
        _check_sign(number, signed=self.signed)
        try:
            return self._within(number).to_bytes(self.size, self.order, signed=self.signed)
        except OverflowError:
            raise BadValueError("overflow", f"does not fit into {self.size} bytes") from None


def scaled_text(number: int, decimals: int) -> str:
    """The canonical text of an unscaled number: no needless zeros, ``-`` in front if negative."""
    if decimals <= 0:
        return str(number * 10**-decimals)
    whole, part = divmod(abs(number), 10**decimals)
    fraction = str(part).rjust(decimals, "0").rstrip("0")
    return f"{'-' if number < 0 else ''}{whole}{'.' if fraction else ''}{fraction}"


def unscaled(text: str, decimals: int) -> int:
    """The unscaled number of a decimal text; raises ``BadValueError`` if it is none, or has more decimals."""
    sign, body = (-1, text[1:]) if text.startswith("-") else (1, text)
    whole, point, fraction = body.partition(".")
    digits = whole + fraction
    if not digits.isascii() or not digits.isdigit() or not whole or (point and not fraction):
        raise BadValueError("number", "not a decimal number: digits, a leading - and a point at most")
    if len(whole) > MOST_DIGITS:
        raise BadValueError("overflow", f"more than {MOST_DIGITS} digits")
    if len(fraction.rstrip("0")) > max(decimals, 0):
        raise BadValueError("decimals", f"more than {max(decimals, 0)} digits after the decimal point")
    if decimals >= 0:
        return sign * int(whole + fraction.rstrip("0").ljust(decimals, "0"))
    number, rest = divmod(int(whole), int(10**-decimals))
    if rest:
        raise BadValueError("decimals", f"the last {-decimals} digits are not stored and must be zeros")
    return sign * number
