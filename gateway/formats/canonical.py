"""A file's canonical values as plain CSV, for what reads them next: chosen items alone, no header, UTF-8, LF.

Numbers may have zeros after the point that a canonical value has not; everything else stands as ``records`` says.
Records that cannot be read raise ``BadRecords``, as they do in a conversion.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.formats.conversion import Converter
from gateway.formats.fast.choice import fast_path
from gateway.formats.faults import FormatFaults
from gateway.formats.form import Form
from gateway.formats.layouts.item import Item
from gateway.formats.layouts.layout import Layout
from gateway.formats.mappings.lines import Direction, LineCompiler
from gateway.formats.mappings.mapping import Line, Mapping
from gateway.formats.standardized.csvchecks import RecordChecks
from gateway.formats.standardized.csvfields import CsvField, DateCsv, NumberCsv, TextCsv
from gateway.formats.standardized.delimited import CsvRecords
from gateway.formats.standardized.profile import CsvProfile

NUMBERS = frozenset({"zoned", "packed", "binary", "9", "9V", "S9"})
"""Types whose values are decimal numbers."""

_KERNEL_DIGITS, _ALL_DIGITS = 18, 90
_ANY = TextCsv(pattern=re.compile(".*", re.DOTALL), kind="any", longest=1_000_000, count=len)


class _AnyDate(DateCsv):
    """A canonical date, those in an era included."""

    def read(self, text: str) -> str:
        """The text itself."""
        return text

    write = read


class _CanonicalRecords(CsvRecords):
    """Lines that hold every canonical value, whatever a CSV type would allow."""

    def __init__(self, layout: Layout, fields: tuple[CsvField, ...]) -> None:
        profile = CsvProfile(header="none", no_records="empty")
        for name, value in {"layout": layout, "profile": profile, "fields": fields}.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "checks", RecordChecks())


def canonical_converter(form: Form, names: Sequence[str]) -> Converter:
    """The conversion of a form's files into lines of these items, called by name or ID.

    Raises ``FormatFaults`` for a layout with faults. The names must be the layout's.
    """
    reader, faults = form.compiled()
    if faults:
        raise FormatFaults(faults)
    known = form.layout.names()
    items = [form.layout.leaves[known[name]].item for name in names]
    target = _CanonicalRecords(_lines(items), tuple(_field(item) for item in items))
    lines = tuple(Line.model_validate({"from": item.name, "to": item.name}) for item in items)
    layout = form.layout.name or "layout"
    mapping = Mapping.model_validate({"name": layout, "from": layout, "to": layout, "items": lines})
    direction = Direction(source=form.layout, target=target.layout, forward=True)
    steps = LineCompiler(mapping, direction).steps()
    return Converter(
        source=reader,
        target=target,
        mapping=mapping,
        forward=True,
        steps=steps,
        back=(),
        fast=fast_path(reader, target, steps),
    )


def _lines(items: Sequence[Item]) -> Layout:
    columns = tuple(Item(name=item.name, type="N", length=1) for item in items)
    return Layout(name="canonical", records="csv", items=columns)


def _field(item: Item) -> CsvField:
    if item.type == "date":
        return _AnyDate()
    if item.type not in NUMBERS:
        return _ANY
    stored = (item.digits or _ALL_DIGITS) + max(0, -item.decimals)
    digits = _KERNEL_DIGITS if max(stored, item.decimals) <= _KERNEL_DIGITS else _ALL_DIGITS
    return NumberCsv(digits=digits, decimals=max(0, item.decimals), signed=True)
