"""Floating-point items: IBM hexadecimal (COMP-1, COMP-2 of z/OS, by the Principles of Operation) and IEEE 754.

The canonical value of an IBM float is its exact decimal, of an IEEE float the shortest decimal that leads back to
it. What cannot be stored exactly so is an error, not a rounding.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction

from gateway.formats.faults import BadValueError
from gateway.formats.layouts.item import Meaning
from gateway.formats.values.fields import Losses, plain_pattern

_FRACTION_BITS = {4: 24, 8: 56}
_IEEE = {4: ">f", 8: ">d"}


def _decimal_text(value: Fraction) -> str:
    """The exact decimal of a fraction whose denominator is a power of two."""
    sign = "-" if value < 0 else ""
    whole, rest = divmod(abs(value), 1)
    digits = ""
    while rest:
        digit, rest = divmod(rest * 10, 1)
        digits += str(digit)
    return f"{sign}{whole}{'.' if digits else ''}{digits}"


def _fraction(text: str) -> Fraction:
    if not text or not set(text) <= set("-.0123456789"):
        raise BadValueError("number", "not a decimal number: digits, a leading - and a point at most")
    try:
        return Fraction(text)
    except ValueError:
        raise BadValueError(
            "number", "not a decimal number: digits, a leading - and a point at most"
        ) from None


@dataclass(frozen=True, kw_only=True)
class FloatField:
    """A floating-point item of four or eight bytes, big-endian."""

    size: int
    ieee: bool
    blank: bytes

    def read(self, raw: bytes, losses: Losses) -> str:  # noqa: ARG002 - numbers lose nothing
        """The canonical decimal; raises ``BadValueError`` for infinities and what is no number."""
        return self._read_ieee(raw) if self.ieee else self._read_ibm(raw)

    def _read_ieee(self, raw: bytes) -> str:
        import numpy as np  # noqa: PLC0415 - most layouts have no such item, and numpy takes a tenth of a second

        (value,) = struct.unpack(_IEEE[self.size], raw)
        number = np.float32(value) if self.size == struct.calcsize(">f") else np.float64(value)
        if not np.isfinite(number):
            raise BadValueError("float", "infinite, or not a number")
        text = np.format_float_positional(number, unique=True, trim="-")
        return "0" if text == "-0" else text

    def _read_ibm(self, raw: bytes) -> str:
        exponent, bits = (raw[0] & 0x7F) - 64, _FRACTION_BITS[self.size]
        value = Fraction(int.from_bytes(raw[1:], "big"), 1 << bits) * Fraction(16) ** exponent
        return _decimal_text(-value if raw[0] & 0x80 else value)

    def write(self, value: str, losses: Losses) -> bytes:
        """The bytes; raises ``BadValueError`` if they would read as another number."""
        number = _fraction(value)
        raw = self._write_ieee(number) if self.ieee else self._write_ibm(number)
        if _fraction(self.read(raw, losses)) != number:
            raise BadValueError("float", "this number cannot be stored exactly")
        return raw

    def _write_ieee(self, number: Fraction) -> bytes:
        try:
            return struct.pack(_IEEE[self.size], float(number))
        except OverflowError:
            raise BadValueError("overflow", "too large for a floating-point item") from None

    def _write_ibm(self, number: Fraction) -> bytes:
        rest, exponent = abs(number), 64
        while rest >= 1:
            rest, exponent = rest / 16, exponent + 1
        while rest and rest < Fraction(1, 16) and exponent:
            rest, exponent = rest * 16, exponent - 1
        if exponent > 0x7F:  # noqa: PLR2004 - seven bits
            raise BadValueError("overflow", "too large for a floating-point item")
        sign = 0x80 if number < 0 else 0
        fraction = int(rest * (1 << _FRACTION_BITS[self.size]))
        head = (sign | exponent) if rest else 0
        return bytes([head]) + fraction.to_bytes(self.size - 1, "big")

    def reduced(self, value: str) -> str:
        """The number itself."""
        return value

    def pattern(self, meaning: Meaning) -> bytes | None:
        """The bytes of a meaning; nines have none."""
        return bytes(self.size) if meaning == "zeros" else plain_pattern(meaning, self.size, self.blank)
