"""One item of a standardized CSV: checked text to its canonical value and back.

The types are those of the published data lists (基本データリスト): X half-width, N full-width, 9 digits, 9V and S9
decimals, DATE, YEAR, TIME. Lengths are characters at most. Type 9 is a number: its leading zeros are padding.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gateway.formats.faults import BadValueError
from gateway.formats.layouts.item import Item
from gateway.formats.layouts.layout import Layout
from gateway.formats.values.dates import parse_western
from gateway.formats.values.numbers import scaled_text, unscaled

HALF = re.compile("[\u0020-\u007e\u00a2\u00a3\u00a5\u00a6\u00ac\u203e\uff61-\uff9f]*")
FULL = re.compile("[^\u0000-\u007e\u007f-\u009f\uff61-\uff9f\ufeff\ufffe\uffff]*")
_LONGEST_NUMBER = 100
"""Characters of a number that is looked at: no item has as many, and Python refuses thousands."""

_YEAR = re.compile("[0-9]{4}")
_TIME = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")

_ALLOWED = {
    ("X", "digits"): re.compile("[0-9]*"),
    ("N", "digits"): re.compile("[０-９]*"),
    ("X", "letters-digits"): re.compile("[0-9A-Za-z]*"),
    ("N", "letters-digits"): re.compile("[０-９Ａ-Ｚａ-ｚ]*"),
    ("X", "katakana"): re.compile("[ ｦ-ﾟ･]*"),
    ("N", "katakana"): re.compile("[　ァ-ヺー・]*"),
    ("N", "hiragana"): re.compile("[　ぁ-ゖー・]*"),
}


class CsvField(Protocol):
    """How one item stands in a line; an empty text is handled by the record."""

    def read(self, text: str) -> str:
        """The canonical value; raises ``BadValueError``."""

    def write(self, value: str) -> str:
        """The text; raises ``BadValueError``."""


WIDENED = "width: {from: half, to: full}"
"""What a line of a mapping says to have half width written as full."""


@dataclass(frozen=True, kw_only=True)
class TextCsv:
    """Types X and N."""

    pattern: re.Pattern[str]
    kind: str
    longest: int
    count: Callable[[str], int]

    def read(self, text: str) -> str:
        """The text itself, checked."""
        if not self.pattern.fullmatch(text):
            message = f"a character that type {self.kind} does not allow"
            if self.kind == "N":
                message = f"a character that type N does not allow; half width becomes full with {WIDENED}"
            raise BadValueError("characters", message)
        if self.count(text) > self.longest:
            raise BadValueError("length", f"more than {self.longest} characters")
        return text

    write = read


@dataclass(frozen=True, kw_only=True)
class NumberCsv:
    """Types 9, 9V and S9: ``digits`` in all, ``decimals`` of them after the point."""

    digits: int
    decimals: int
    signed: bool

    def _number(self, text: str) -> int:
        if len(text) > _LONGEST_NUMBER:
            raise BadValueError("length", f"more than {self.digits} digits")
        number = unscaled(text, self.decimals)
        if number < 0 and not self.signed:
            raise BadValueError("sign", "a negative number in an item without a sign")
        if len(str(abs(number))) > self.digits:
            raise BadValueError("length", f"more than {self.digits} digits")
        return number

    def read(self, text: str) -> str:
        """The canonical number."""
        return scaled_text(self._number(text), self.decimals)

    def write(self, value: str) -> str:
        """The number with all its declared decimals."""
        number = self._number(value)
        if not self.decimals:
            return str(number)
        digits = str(abs(number)).rjust(self.decimals + 1, "0")
        return f"{'-' if number < 0 else ''}{digits[: -self.decimals]}.{digits[-self.decimals :]}"


@dataclass(frozen=True, kw_only=True)
class PatternCsv:
    """Types YEAR and TIME."""

    kind: str
    pattern: re.Pattern[str]
    message: str

    def read(self, text: str) -> str:
        """The text itself, checked."""
        if not self.pattern.fullmatch(text):
            raise BadValueError("form", self.message)
        return text

    write = read


class DateCsv:
    """Type DATE: YYYY-MM-DD, 00 for what is unknown."""

    def read(self, text: str) -> str:
        """The text itself, checked."""
        parse_western(text)
        return text

    write = read


@dataclass(frozen=True, kw_only=True)
class CheckedCsv:
    """A field whose values are of a list, or of some characters only."""

    field: CsvField
    codes: frozenset[str]
    allowed: re.Pattern[str] | None

    def read(self, text: str) -> str:
        """The canonical value; raises ``BadValueError``."""
        return self._checked(self.field.read(text))

    def write(self, value: str) -> str:
        """The text; raises ``BadValueError``."""
        text = self.field.write(value)
        self._checked(self.field.read(text))
        return text

    def _checked(self, value: str) -> str:
        if self.allowed is not None and not self.allowed.fullmatch(value):
            raise BadValueError("characters", "a character that this item does not allow")
        if self.codes and value not in self.codes:
            raise BadValueError("code", "a code that is not in the item's list")
        return value


def _checked(item: Item, field: CsvField) -> CsvField:
    """The field with the item's own checks; raises ``BadValueError`` for a code that the type does not allow."""
    if not (item.codes or item.allowed):
        return field
    codes = frozenset(field.read(code) for code in item.codes)
    return CheckedCsv(field=field, codes=codes, allowed=_ALLOWED.get((item.type, item.allowed or "")))


def _without_selectors(text: str) -> int:
    return len(_SELECTORS.sub("", text))


def csv_field(item: Item, layout: Layout) -> CsvField:
    """The field of one item with its checks; raises ``BadValueError`` for a code that its type does not allow."""
    return _checked(item, _typed(item, layout))


def _typed(item: Item, layout: Layout) -> CsvField:
    match item.type:
        case "X" | "N":
            count = len if layout.length_counts == "code-points" else _without_selectors
            pattern = HALF if item.type == "X" else FULL
            return TextCsv(pattern=pattern, kind=item.type, longest=item.length or 0, count=count)
        case "DATE":
            return DateCsv()
        case "YEAR":
            return PatternCsv(kind="YEAR", pattern=_YEAR, message="not a year: four digits")
        case "TIME":
            return PatternCsv(kind="TIME", pattern=_TIME, message="not a time: HH:MM:SS")
        case _:
            return NumberCsv(digits=item.length or 0, decimals=item.decimals, signed=item.type == "S9")
