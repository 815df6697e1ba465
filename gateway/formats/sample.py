"""Which codes of a sample no table knows: what a city must enter before its files can be converted."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.formats.faults import BadValueError, FaultList, FormatFaults
from gateway.formats.fixedlength.fixed import FixedRecords
from gateway.formats.form import Form
from gateway.formats.ondisk import AnyFile, opened
from gateway.formats.records import Cell, Frame
from gateway.formats.values.fields import Field, MeaningField, TextField

STANDS_FOR = "\ufffd"


@dataclass(frozen=True, kw_only=True)
class OutsideCode:
    """A code without a character: in hex, how often, and the first record (from 1) and item that has it."""

    code: str
    count: int
    record: int
    item: str


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """What a sample shows. ``unreadable`` are text items and records that are wrong in another way (cut, no shift)."""

    records: int
    unreadable: int
    outside: tuple[OutsideCode, ...]


@dataclass(kw_only=True)
class _Looker:
    """Goes through one sample; memory holds one entry a code."""

    form: FixedRecords
    records: int = 0
    unreadable: int = 0
    first: dict[str, tuple[int, str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def look(self, frame: Frame) -> None:
        """Take in one record."""
        self.records += 1
        for cell in self.form.cells(frame):
            text = text_of(self.form.field(cell.index), cell)
            if text is not None:
                self._read(text, frame.number, cell)

    def _read(self, text: TextField, record: int, cell: Cell) -> None:
        def outside(at: int, size: int) -> str:
            code = cell.alone[at : at + size].hex().upper()
            self.first.setdefault(code, (record, self.form.layout.leaves[cell.index].item.label))
            self.counts[code] = self.counts.get(code, 0) + 1
            return STANDS_FOR

        try:
            text.charset.read(cell.alone, text.width, outside)
        except BadValueError:
            self.unreadable += 1


def text_of(item: Field, cell: Cell) -> TextField | None:
    """The text of an item that holds one here, not a pattern with a declared meaning."""
    if isinstance(item, MeaningField):
        return None if cell.alone in item.by_raw else text_of(item.field, cell)
    return item if isinstance(item, TextField) else None


def look_outside(form: Form, path: AnyFile) -> Sampled:
    """The codes of a file's text items that its layout's tables do not have, most frequent first.

    Nothing else of the file is given back. Raises ``FormatFaults`` for a layout with faults, ValueError for CSV, which
    has no code tables.
    """
    records, wrong = form.compiled()
    if wrong:
        raise FormatFaults(wrong)
    if not isinstance(records, FixedRecords):
        raise ValueError("CSV has no code tables; name the layout of a legacy file")  # noqa: TRY004 - as stated
    looker, faults = _Looker(form=records), FaultList()
    with opened(path) as stream:
        for frame in records.frames(stream, faults):
            looker.look(frame)
    codes = sorted(looker.counts, key=lambda code: (-looker.counts[code], code))
    return Sampled(
        records=looker.records,
        unreadable=looker.unreadable + faults.total,
        outside=tuple(
            OutsideCode(
                code=code, count=looker.counts[code], record=looker.first[code][0], item=looker.first[code][1]
            )
            for code in codes
        ),
    )
