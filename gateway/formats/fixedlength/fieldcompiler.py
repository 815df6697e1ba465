"""Turns one item of a layout into the field that reads and writes it."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.formats.characters.charset import DOUBLE_BYTES, Charset
from gateway.formats.characters.codepages import LOADED
from gateway.formats.layouts.item import Item
from gateway.formats.values.dates import parse_form
from gateway.formats.values.fields import DateField, Field, NumberField, TextField, Unmapped, with_meanings
from gateway.formats.values.floats import FloatField
from gateway.formats.values.numbers import Binary, NumberCode, Packed, Zoned

_FLOAT_SIZES = (4, 8)


@dataclass(frozen=True, kw_only=True)
class FieldCompiler:
    """What all items of a layout share: its character code and what it says of unmapped characters."""

    encoding: str
    charset: Charset
    unmapped: Unmapped | None

    def field(self, item: Item) -> Field:
        """The field of an item with its meanings; raises ValueError with what is wrong."""
        return with_meanings(self._field(item), item.meanings)

    def filling(self, item: Item) -> bytes:
        """What a filler is written with, again and again."""
        return {"blank": self.charset.blank, "low": b"\x00", "zeros": self.charset.written["0"]}[item.fill]

    def _field(self, item: Item) -> Field:
        match item.type:
            case "text":
                return self._text(item)
            case "date":
                return self._date(item)
            case "float":
                return self._float(item)
            case _:
                return self._number(item)

    def _float(self, item: Item) -> FloatField:
        assert item.length is not None
        if item.length not in _FLOAT_SIZES:
            raise ValueError("a float has a length of 4 or 8")
        return FloatField(size=item.length, ieee=item.coding == "ieee", blank=self.charset.blank)

    def _text(self, item: Item) -> TextField:
        assert item.length is not None
        if item.width == "full" and item.length % 2:
            raise ValueError("width: full needs an even length")
        if item.width == "full" and len(self.charset.wide.get("\u3000", b"")) != DOUBLE_BYTES:
            raise ValueError(f"{self.encoding} has no double-byte characters")
        if item.length % len(self.charset.blank):
            raise ValueError(f"{self.encoding} needs an even length")
        if item.width == "mixed" and self.encoding in LOADED:
            raise ValueError(f"write width: half or full; the shifts of {self.encoding} are not known")
        return TextField(
            label=item.label,
            size=item.length,
            charset=self.charset,
            width=item.width,
            right=item.justify == "right",
            unmapped=self.unmapped,
        )

    def _date(self, item: Item) -> DateField:
        form = parse_form(item.form, item.eras)
        if item.coding != "packed":
            return DateField(form=form, charset=self.charset)
        if not all(token.isalpha() for token in form.tokens) or not all(era.isdigit() for era in item.eras):
            raise ValueError("a packed date has digits alone: no separators, no letters for eras")
        return DateField(
            form=form,
            charset=self.charset,
            packed=Packed(digits=form.size, signed=False, plus=item.plus or "F"),
        )

    def _number(self, item: Item) -> NumberField:
        digits = item.digits
        most = None if digits is None else 10**digits - 1
        return NumberField(
            code=self._number_code(item), decimals=item.decimals, blank=self.charset.blank, most=most
        )

    def _number_code(self, item: Item) -> NumberCode:
        plus = item.plus or ("C" if item.signed else "F")
        if item.type == "binary":
            assert item.length is not None
            return Binary(size=item.length, signed=item.signed, order=item.order, digits=item.digits)
        assert item.digits is not None
        if item.type == "zoned" and len(self.charset.written["0"]) > 1:
            raise ValueError(f"{self.encoding} has no digits of one byte; read them as text")
        if item.type == "packed":
            return Packed(digits=item.digits, signed=item.signed, plus=plus, sign_nibble=item.sign_nibble)
        return Zoned(
            digits=item.digits,
            ebcdic=self.charset.written["0"] == b"\xf0",
            signed=item.signed,
            sign=item.sign,
            plus=plus,
            letters=item.overpunch == "letters",
        )
