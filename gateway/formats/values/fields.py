"""One item of a legacy record: bytes to its canonical value and back.

A canonical value is text: characters without padding, a decimal number without needless zeros, a date as in
``dates``. An empty text is "no value". Whether that can be written is the item's declared meanings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.formats.characters.charset import Charset, Width
from gateway.formats.faults import BadValueError
from gateway.formats.layouts.item import Meaning
from gateway.formats.substitutions import Losses
from gateway.formats.values.dates import DateForm
from gateway.formats.values.numbers import NumberCode, Packed, scaled_text, unscaled

__all__ = [
    "DateField",
    "Field",
    "Losses",
    "MeaningField",
    "NumberField",
    "TextField",
    "Unmapped",
    "with_meanings",
]


class Field(Protocol):
    """How one item is stored in ``size`` bytes."""

    @property
    def size(self) -> int:
        """Bytes of the item."""

    def read(self, raw: bytes, losses: Losses) -> str:
        """The canonical value; raises ``BadValueError``."""

    def write(self, value: str, losses: Losses) -> bytes:
        """Exactly ``size`` bytes; raises ``BadValueError``."""

    def reduced(self, value: str) -> str:
        """The value after the declared substitutions; itself where none applies."""

    def pattern(self, meaning: Meaning) -> bytes | None:
        """The bytes of blanks, zeros, nines, low or high values, or None if the item cannot hold them."""


def plain_pattern(meaning: Meaning, size: int, blank: bytes) -> bytes | None:
    """The bytes of blanks, low or high values; None for other meanings."""
    unit = {"blank": blank, "low": b"\x00", "high": b"\xff"}.get(meaning)
    return unit * (size // len(unit)) if unit else None


@dataclass(frozen=True, kw_only=True)
class Unmapped:
    """What the layout says of a character without a code: a placeholder, or a table of reductions."""

    placeholder: str | None = None
    reductions: Mapping[str, str] | None = None

    def replace(self, unit: str) -> str:
        """What is written for a unit; raises ``BadValueError``."""
        if self.placeholder is not None:
            return self.placeholder
        if self.reductions is None or unit not in self.reductions:
            raise BadValueError("unmapped", "a character has no code and no entry in a reduction table")
        return self.reductions[unit]


@dataclass(frozen=True, kw_only=True)
class TextField:
    """Characters, padded with blanks on the right (or on the left, if justified right). Padding is no value."""

    label: str
    size: int
    charset: Charset
    width: Width
    right: bool = False
    unmapped: Unmapped | None = None

    @property
    def _blank(self) -> str:
        return "\u3000" if self.width == "full" else " "

    def read(self, raw: bytes, losses: Losses) -> str:
        """The characters without padding; raises ``BadValueError``."""
        placeholder = self.unmapped.placeholder if self.unmapped else None
        if placeholder is None:
            text = self.charset.read(raw, self.width)
        else:
            text = self.charset.read(raw, self.width, lambda _, __: self._lost(placeholder, losses))
        return text.lstrip(self._blank) if self.right else text.rstrip(self._blank)

    def _lost(self, instead: str, losses: Losses) -> str:
        losses[f"{self.label}: unmapped"] += 1
        return instead

    def write(self, value: str, losses: Losses) -> bytes:
        """The padded bytes; raises ``BadValueError`` if the text has no code or is too long."""
        raw = self.charset.write(value, self.width, self._replacing(losses))
        room = self.size - len(raw)
        if room < 0:
            raise BadValueError("length", f"needs {len(raw)} bytes, the item has {self.size}")
        blank = self.charset.wide_blank if self.width == "full" else self.charset.blank
        padding = blank * (room // len(blank))
        return padding + raw if self.right else raw + padding

    def _replacing(self, losses: Losses) -> Callable[[str], str] | None:
        return (lambda unit: self._substituted(unit, losses)) if self.unmapped else None

    def _substituted(self, unit: str, losses: Losses) -> str:
        assert self.unmapped is not None
        instead = self.unmapped.replace(unit)
        if losses.ledger is not None:
            codes = [self.charset.code(part, self.width) or b"" for part in self.charset.units(instead)]
            losses.ledger.note(self.label, unit, instead, b"".join(codes))
        return self._lost(instead, losses)

    def reduced(self, value: str) -> str:
        """The text with its declared substitutions."""
        if self.unmapped is None:
            return value
        charset, replace = self.charset, self.unmapped.replace
        return "".join(
            replace(unit) if charset.code(unit, self.width) is None else unit for unit in charset.units(value)
        )

    def pattern(self, meaning: Meaning) -> bytes | None:
        """The bytes of a meaning."""
        digit = {"zeros": "0", "nines": "9"}.get(meaning)
        if digit and self.width != "full":
            unit = self.charset.written[digit]
            return unit * (self.size // len(unit))
        blank = self.charset.wide_blank if self.width == "full" else self.charset.blank
        return plain_pattern(meaning, self.size, blank)


@dataclass(frozen=True, kw_only=True)
class NumberField:
    """A decimal number with an implied point."""

    code: NumberCode
    decimals: int
    blank: bytes
    most: int | None

    @property
    def size(self) -> int:
        """Bytes of the item."""
        return self.code.size

    def read(self, raw: bytes, losses: Losses) -> str:  # noqa: ARG002 - numbers lose nothing
        """The number; raises ``BadValueError``."""
        return scaled_text(self.code.read(raw), self.decimals)

    def write(self, value: str, losses: Losses) -> bytes:  # noqa: ARG002 - numbers lose nothing
        """The bytes; raises ``BadValueError``."""
        if not value:
            raise BadValueError("empty", "no value for a number; declare what an empty one means (meanings)")
        return self.code.write(unscaled(value, self.decimals))

    def reduced(self, value: str) -> str:
        """The number itself."""
        return value

    def pattern(self, meaning: Meaning) -> bytes | None:
        """The bytes of a meaning."""
        if meaning == "zeros":
            return self.code.write(0)
        if meaning == "nines":
            return None if self.most is None else self.code.write(self.most)
        return plain_pattern(meaning, self.size, self.blank)


@dataclass(frozen=True, kw_only=True)
class DateField:
    """A date in single-byte characters, or in packed digits (``packed``)."""

    form: DateForm
    charset: Charset
    packed: Packed | None = None

    @property
    def size(self) -> int:
        """Bytes of the item."""
        return self.packed.size if self.packed else self.form.size * len(self.charset.written["0"])

    def read(self, raw: bytes, losses: Losses) -> str:  # noqa: ARG002 - dates lose nothing
        """The canonical date; raises ``BadValueError``."""
        if self.packed is None:
            return self.form.read(self.charset.read(raw, "half"))
        return self.form.read(str(self.packed.read(raw)).rjust(self.form.size, "0"))

    def write(self, value: str, losses: Losses) -> bytes:  # noqa: ARG002 - dates lose nothing
        """The bytes; raises ``BadValueError``."""
        if not value:
            raise BadValueError("empty", "no value for a date; declare what an empty one means (meanings)")
        return self._stored(self.form.write(value))

    def _stored(self, text: str) -> bytes:
        return self.charset.write(text, "half") if self.packed is None else self.packed.write(int(text))

    def reduced(self, value: str) -> str:
        """The date itself."""
        return value

    def pattern(self, meaning: Meaning) -> bytes | None:
        """The bytes of a meaning."""
        digit = {"zeros": "0", "nines": "9"}.get(meaning)
        if digit:
            return self._stored(digit * self.form.size)
        return plain_pattern(meaning, self.size, self.charset.blank)


@dataclass(frozen=True, kw_only=True)
class MeaningField:
    """A field some of whose patterns have a declared meaning, both ways."""

    field: Field
    by_raw: Mapping[bytes, str]
    by_natural: Mapping[str, str]
    by_value: Mapping[str, bytes]

    @property
    def size(self) -> int:
        """Bytes of the item."""
        return self.field.size

    def read(self, raw: bytes, losses: Losses) -> str:
        """The declared value, else the value; raises ``BadValueError``."""
        declared = self.by_raw.get(raw)
        if declared is not None:
            return declared
        value = self.field.read(raw, losses)
        return self.by_natural.get(value, value)

    def write(self, value: str, losses: Losses) -> bytes:
        """The declared pattern, else the bytes; raises ``BadValueError`` if they would read as something else."""
        declared = self.by_value.get(value)
        if declared is not None:
            return declared
        raw = self.field.write(value, losses)
        if raw in self.by_raw or self.field.read(raw, losses) in self.by_natural:
            raise BadValueError("meaning", "this value would read back as a declared meaning")
        return raw

    def reduced(self, value: str) -> str:
        """What is read back."""
        return value if value in self.by_value else self.field.reduced(value)

    def pattern(self, meaning: Meaning) -> bytes | None:
        """The bytes of a meaning."""
        return self.field.pattern(meaning)


def with_meanings(field: Field, meanings: Mapping[Meaning, str]) -> Field:
    """The field with its declared meanings; raises ValueError for one that it cannot hold."""
    if not meanings:
        return field
    by_raw: dict[bytes, str] = {}
    by_natural: dict[str, str] = {}
    by_value: dict[str, bytes] = {}
    for meaning, value in meanings.items():
        raw = field.pattern(meaning)
        if raw is None:
            raise ValueError(f"this item cannot hold {meaning}")
        by_raw.setdefault(raw, value)
        by_value.setdefault(value, raw)
        natural = _natural(field, raw)
        if natural is not None:
            by_natural.setdefault(natural, value)
    return MeaningField(field=field, by_raw=by_raw, by_natural=by_natural, by_value=by_value)


def _natural(field: Field, raw: bytes) -> str | None:
    """What the pattern reads as without a declaration: other sign nibbles of zero mean the same."""
    try:
        return field.read(raw, Losses())
    except BadValueError:
        return None
