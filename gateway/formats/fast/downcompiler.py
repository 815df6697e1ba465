"""Programs for kernels from CSV to fixed-length records, where a conversion is plain enough for one."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.formats.fast import plain
from gateway.formats.fast import program as p
from gateway.formats.fast.plain import MOST_DIGITS, NotPlainError
from gateway.formats.fast.program import Program, ProgramWriter
from gateway.formats.fast.tables import era_codes, punch_row, target_codes
from gateway.formats.faults import BadValueError
from gateway.formats.fixedlength.block import Placed
from gateway.formats.fixedlength.fixed import FixedRecords
from gateway.formats.layouts.item import Item
from gateway.formats.mappings.lines import Step
from gateway.formats.standardized.csvfields import CsvField, DateCsv, NumberCsv, TextCsv
from gateway.formats.standardized.delimited import CsvRecords
from gateway.formats.values.fields import DateField, Losses, MeaningField, NumberField, TextField
from gateway.formats.values.numbers import Packed, Zoned

_SIGN_NIBBLES = {"C": 0xC, "F": 0xF}


@dataclass(frozen=True, kw_only=True)
class DownPlan:
    """A conversion from CSV to fixed-length records as kernels run it.

    ``blank`` is a record with its constants and the padding of texts.
    """

    program: Program
    codes: array[int]
    blank: array[int]
    line_end: int


def down_plan(source: CsvRecords, target: FixedRecords, steps: Sequence[Step]) -> DownPlan | None:
    """The plan, or None where only the reference path will do."""
    try:
        return _DownCompiler(source, target, steps).plan()
    except (NotPlainError, BadValueError):
        return None


class _DownCompiler:
    def __init__(self, source: CsvRecords, target: FixedRecords, steps: Sequence[Step]) -> None:
        self.source, self.target, self.steps = source, target, steps
        self.placed = {placed.index: placed for placed in target.block.placed}
        self.writer = ProgramWriter()
        self.blank = bytearray(target.block.blank)

    def plan(self) -> DownPlan:
        framing = plain.plain_files(self.target, self.source)
        by_column: dict[int, Step] = {}
        for step in self.steps:
            plain.check_step(step)
            if step.source in by_column:
                raise NotPlainError
            if step.source is None:
                self._constant(step)
            else:
                by_column[step.source] = step
        for index, item in enumerate(self.source.layout.items):
            self._column(item, plain.typed(self.source.fields[index]), by_column.get(index))
        return DownPlan(
            program=self.writer.program(),
            codes=target_codes(plain.only_charset(self.target.block)),
            blank=array("B", bytes(self.blank) + framing.line_end),
            line_end=len(self.source.line_end),
        )

    def _constant(self, step: Step) -> None:
        assert step.target is not None
        placed = self.placed[step.target]
        self.blank[placed.start : placed.end] = placed.write(step.change(""), Losses())

    def _column(self, item: Item, csv: CsvField, step: Step | None) -> None:
        if step is not None and step.target is None:
            assert step.constant is not None
            csv.read(step.constant)
            op = self.writer.op(kind=p.MATCHED, target=p.NO_TARGET, must_match=1, required=int(item.required))
            self.writer.match(op, [(step.constant.encode(), b"")])
            return
        op = self._checked(csv)
        op[p.REQUIRED] = int(item.required)
        if step is None:
            op[p.TARGET] = p.NO_TARGET
            return
        assert step.target is not None
        placed = self.placed[step.target]
        op[p.AT], op[p.SIZE] = placed.start, placed.field.size
        op[p.REQUIRED] = int(item.required or placed.item.required)
        self._written(op, csv, placed, step)
        self._patterns(op, csv, placed, step)

    def _checked(self, csv: CsvField) -> list[int]:
        """The operation that checks a cell of this column."""
        if isinstance(csv, NumberCsv):
            op = self.writer.op(kind=p.PACKED, csv_digits=csv.digits, decimals=csv.decimals)
            op[p.CSV_SIGNED] = int(csv.signed)
            if csv.digits > MOST_DIGITS - csv.decimals:
                raise NotPlainError
            return op
        check = plain.form_check(csv)
        op = self.writer.op(kind=p.TEXT, check=check, need=p.X_ALLOWED | p.NO_QUOTES, longest=MOST_DIGITS)
        if isinstance(csv, TextCsv):
            if csv.count is not len:
                raise NotPlainError
            op[p.NEED] = (p.X_ALLOWED if csv.kind == "X" else p.N_ALLOWED) | p.NO_QUOTES
            op[p.LONGEST] = csv.longest
        return op

    def _written(self, op: list[int], csv: CsvField, placed: Placed, step: Step) -> None:
        field = plain.plain_field(placed.field)
        if isinstance(field, TextField):
            self._text(op, csv, field, step)
        elif step.width is not None:
            raise NotPlainError
        elif isinstance(field, NumberField):
            self._number(op, csv, field)
        else:
            self._date(op, csv, field)

    def _text(self, op: list[int], csv: CsvField, field: TextField, step: Step) -> None:
        plain.check_text(field)
        if isinstance(csv, NumberCsv) or step.width == "full":
            raise NotPlainError
        op[p.MODE] = plain.text_mode(field, widened=step.width == "half")
        blank = field.charset.wide_blank if op[p.MODE] == p.DOUBLES else field.charset.blank
        at, size = op[p.AT], op[p.SIZE]
        self.blank[at : at + size] = (blank * size)[:size]

    def _number(self, op: list[int], csv: CsvField, field: NumberField) -> None:
        code = field.code
        if isinstance(csv, TextCsv):
            op[p.CSV_DIGITS], op[p.CSV_SIGNED], op[p.DECIMALS] = MOST_DIGITS, 1, max(0, field.decimals)
        elif not isinstance(csv, NumberCsv):
            raise NotPlainError
        op[p.SCALE] = field.decimals - op[p.DECIMALS]
        if not isinstance(code, Zoned | Packed) or max(code.digits, -op[p.SCALE]) > MOST_DIGITS:
            raise NotPlainError
        if op[p.SCALE] > 0 and op[p.CSV_DIGITS] + op[p.SCALE] > MOST_DIGITS:
            raise NotPlainError
        op[p.DIGITS], op[p.SIGNED] = code.digits, int(code.signed)
        if isinstance(code, Packed):
            self._packed(op, code)
            return
        op[p.KIND], op[p.ZONE] = p.ZONED, 0xF0 if code.ebcdic else 0x30
        op[p.SIGN_AT] = 0 if code.sign.startswith("leading") else code.size - 1
        op[p.ROW], op[p.BODY] = self.writer.row(punch_row(code)), int(not code.separate)

    @staticmethod
    def _packed(op: list[int], code: Packed) -> None:
        if not code.sign_nibble:
            raise NotPlainError
        op[p.KIND], op[p.SIGN_AT] = p.PACKED, _SIGN_NIBBLES[code.plus]

    def _date(self, op: list[int], csv: CsvField, field: DateField) -> None:
        plain.check_date(field)
        if not isinstance(csv, DateCsv):
            raise NotPlainError
        op[p.KIND] = p.DATE if field.packed is None else p.PACKED_DATE
        op[p.ERA], op[p.ZONE] = int(bool(field.form.eras)), field.charset.written["0"][0]
        op[p.ROW] = self.writer.row(era_codes(field.form.eras, field.charset))
        op[p.SIGN_AT] = _SIGN_NIBBLES[field.packed.plus] if field.packed else 0

    def _patterns(self, op: list[int], csv: CsvField, placed: Placed, step: Step) -> None:
        """Code tables and declared meanings, as cells to bytes."""
        field = placed.field
        if step.codes:
            if isinstance(csv, NumberCsv) or step.width is not None:
                raise NotPlainError
            pairs = {code: placed.write(given, Losses()) for code, given in step.codes.items()}
            op[p.MUST_MATCH] = 1
        elif isinstance(field, MeaningField):
            if isinstance(field.field, NumberField) and field.by_natural:
                raise NotPlainError
            if isinstance(field.field, NumberField) and set(field.by_value) != {""}:
                raise NotPlainError
            pairs = dict(field.by_value)
        else:
            return
        if step.width is not None and set(pairs) != {""}:
            raise NotPlainError
        usable = {cell: raw for cell, raw in pairs.items() if cell or not op[p.REQUIRED]}
        for cell in usable:
            _ = csv.read(cell) if cell else cell
        self.writer.match(op, [(cell.encode(), raw) for cell, raw in usable.items()])
