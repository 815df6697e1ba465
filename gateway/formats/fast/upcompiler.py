"""Programs for kernels from fixed-length records to CSV, where a conversion is plain enough for one."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.formats.fast import plain
from gateway.formats.fast import program as p
from gateway.formats.fast.plain import MOST_DIGITS, NotPlainError
from gateway.formats.fast.program import Program, ProgramWriter
from gateway.formats.fast.tables import era_row, sign_row, source_codes
from gateway.formats.faults import BadValueError
from gateway.formats.fixedlength.block import Placed
from gateway.formats.fixedlength.fixed import FixedRecords
from gateway.formats.fixedlength.framing import ByLength
from gateway.formats.layouts.item import Item
from gateway.formats.mappings.lines import Step
from gateway.formats.standardized.csvfields import CsvField, DateCsv, NumberCsv, PatternCsv, TextCsv
from gateway.formats.standardized.delimited import CsvRecords
from gateway.formats.values.fields import DateField, Field, Losses, MeaningField, NumberField, TextField
from gateway.formats.values.numbers import Packed, Zoned

ALLOWED = {"X": p.X_ALLOWED, "N": p.N_ALLOWED, "any": 0}
"""By kind of text: what a character needs to stand in a column."""


@dataclass(frozen=True, kw_only=True)
class UpPlan:
    """A conversion from fixed-length records to CSV as kernels run it."""

    program: Program
    codes: array[int]
    line_end: int
    framing: ByLength
    widest: int


def up_plan(source: FixedRecords, target: CsvRecords, steps: Sequence[Step]) -> UpPlan | None:
    """The plan, or None where only the reference path will do."""
    try:
        return _UpCompiler(source, target, steps).plan()
    except NotPlainError:
        return None


class _UpCompiler:
    def __init__(self, source: FixedRecords, target: CsvRecords, steps: Sequence[Step]) -> None:
        self.source, self.target = source, target
        self.placed = {placed.index: placed for placed in source.block.placed}
        self.lines = steps
        self.steps = {step.target: step for step in steps if step.target is not None}
        self.checks = [step for step in steps if step.target is None]
        self.writer = ProgramWriter()
        self.widest = 2
        self.charset = plain.only_charset(source.block)

    def plan(self) -> UpPlan:
        framing = plain.plain_files(self.source, self.target)
        for step in self.lines:
            plain.check_step(step)
        ending = b"\r\n" if self.target.profile.line_end == "crlf" else b"\n"
        self.writer.pooled(framing.line_end + ending)
        for index, item in enumerate(self.target.layout.items):
            self._column(plain.typed(self.target.fields[index]), item, self.steps.get(index))
        self._unwritten()
        return UpPlan(
            program=self.writer.program(),
            codes=source_codes(self.charset),
            line_end=len(ending),
            framing=framing,
            widest=self.widest,
        )

    def _column(self, csv: CsvField, item: Item, step: Step | None) -> None:
        if step is None or step.source is None:
            text = (item.default or "") if step is None else step.change("")
            self._constant(csv.write(text) if text else "", required=item.required)
            return
        placed = self.placed[step.source]
        op = self._operation(placed, csv, item, step)
        op[p.REQUIRED] = int(item.required or placed.item.required)
        self.widest += placed.field.size * 4 + MOST_DIGITS

    def _constant(self, text: str, *, required: bool) -> None:
        if (required and not text) or any(character in '",\r\n' for character in text):
            raise NotPlainError
        raw = text.encode()
        self.writer.op(kind=p.CONSTANT, at=self.writer.pooled(raw), size=len(raw))
        self.widest += len(raw) + 1

    def _operation(self, placed: Placed, csv: CsvField, item: Item, step: Step) -> list[int]:
        field = plain.plain_field(placed.field)
        if isinstance(field, TextField):
            op = self._text(field, placed, csv, widened=bool(step.width))
        elif step.width:
            raise NotPlainError
        elif isinstance(field, NumberField):
            op = self._number(field, placed, csv)
        else:
            op = self._date(field, placed, csv)
        self._patterns(op, placed.field, csv, item, step)
        return op

    def _text(self, field: TextField, placed: Placed, csv: CsvField, *, widened: bool) -> list[int]:
        plain.check_text(field)
        op = self.writer.op(
            kind=p.TEXT, at=placed.start, size=field.size, mode=plain.text_mode(field, widened=widened)
        )
        op[p.FILL] = plain.eight_blanks(field)
        if isinstance(csv, TextCsv):
            op[p.NEED] = ALLOWED[csv.kind] | p.NO_QUOTES
            op[p.LONGEST] = csv.longest
        elif isinstance(csv, DateCsv | PatternCsv) and not widened:
            op[p.CHECK] = plain.form_check(csv)
            op[p.NEED], op[p.LONGEST] = p.X_ALLOWED | p.NO_QUOTES, MOST_DIGITS
        else:
            raise NotPlainError
        return op

    def _number(self, field: NumberField, placed: Placed, csv: CsvField | None) -> list[int]:
        op = self._stored(field, placed)
        decimals = field.decimals
        if isinstance(csv, NumberCsv):
            op[p.SCALE], op[p.DECIMALS] = csv.decimals - decimals, csv.decimals
            op[p.CSV_DIGITS], op[p.CSV_SIGNED] = csv.digits, int(csv.signed)
        elif isinstance(csv, TextCsv) and csv.kind == "X" and decimals <= 0:
            op[p.SCALE], op[p.LONGEST] = -decimals, csv.longest
            op[p.CSV_DIGITS], op[p.CSV_SIGNED] = MOST_DIGITS, 1
        elif csv is not None:
            raise NotPlainError
        if op[p.DIGITS] + max(0, op[p.SCALE]) > MOST_DIGITS:
            raise NotPlainError
        return op

    def _stored(self, field: NumberField, placed: Placed) -> list[int]:
        code = field.code
        if isinstance(code, Packed) and code.sign_nibble:
            op = self.writer.op(kind=p.PACKED, at=placed.start, size=code.size, signed=int(code.signed))
        elif isinstance(code, Zoned):
            op = self.writer.op(kind=p.ZONED, at=placed.start, size=code.size, signed=int(code.signed))
            op[p.SIGN_AT] = 0 if code.sign.startswith("leading") else code.size - 1
            op[p.ROW], op[p.ZONE] = self.writer.row(sign_row(code)), 0xF0 if code.ebcdic else 0x30
            op[p.BODY] = int(not code.separate)
        else:
            raise NotPlainError
        op[p.DIGITS] = code.digits
        return op

    def _date(self, field: DateField, placed: Placed, csv: CsvField | None) -> list[int]:
        eras = field.form.eras
        plain.check_date(field)
        if not isinstance(csv, DateCsv | None):
            raise NotPlainError
        kind = p.DATE if field.packed is None else p.PACKED_DATE
        op = self.writer.op(kind=kind, at=placed.start, size=field.size, era=int(bool(eras)))
        op[p.ZONE] = field.charset.written["0"][0]
        op[p.ROW] = self.writer.row(era_row(eras, field.charset))
        op[p.DIGITS] = field.packed.digits if field.packed else 0
        return op

    def _patterns(self, op: list[int], field: Field, csv: CsvField, item: Item, step: Step) -> None:
        """Declared meanings and code tables, as bytes to cells."""
        if step.codes:
            if not isinstance(field, TextField):
                raise NotPlainError
            self.writer.match(op, list(self._code_pairs(field, step.codes, csv).items()))
            op[p.MUST_MATCH] = 1
        elif isinstance(field, MeaningField):
            pairs = [(raw, self._cell(value, csv, step)) for raw, value in field.by_raw.items()]
            usable = [(raw, cell) for raw, cell in pairs if cell is not None and (cell or not item.required)]
            if len(usable) < len(pairs) or self._overlooked(field):
                raise NotPlainError
            self.writer.match(op, usable)

    @staticmethod
    def _overlooked(field: MeaningField) -> bool:
        """Whether a meaning shows in other bytes than its pattern: zeros with another sign nibble."""
        return isinstance(field.field, NumberField) and bool(field.by_natural)

    @staticmethod
    def _cell(value: str, csv: CsvField, step: Step) -> bytes | None:
        try:
            text = csv.write(changed) if (changed := step.change(value)) else ""
        except BadValueError:
            return None
        return None if any(character in '",\r\n' for character in text) else text.encode()

    @staticmethod
    def _code_pairs(field: TextField, codes: Mapping[str, str], csv: CsvField) -> dict[bytes, bytes]:
        try:
            return {
                field.write(code, Losses()): (csv.write(given) if given else "").encode()
                for code, given in codes.items()
            }
        except BadValueError:
            raise NotPlainError from None

    def _unwritten(self) -> None:
        """Items that no column takes are read all the same; constants of the mapping must be found."""
        taken = {step.source for step in self.steps.values()} | {step.source for step in self.checks}
        for step in self.checks:
            assert step.source is not None
            placed = self.placed[step.source]
            field = placed.field
            if not isinstance(field, TextField) or step.constant is None:
                raise NotPlainError
            op = self.writer.op(
                kind=p.MATCHED, at=placed.start, size=field.size, must_match=1, target=p.NO_TARGET
            )
            self.writer.match(op, [(field.write(step.constant, Losses()), b"=")])
        for index, placed in self.placed.items():
            if index not in taken:
                self._checked(placed)

    def _checked(self, placed: Placed) -> None:
        field = plain.plain_field(placed.field)
        if isinstance(field, TextField):
            plain.check_text(field)
            op = self.writer.op(
                kind=p.TEXT, at=placed.start, size=field.size, mode=plain.text_mode(field, widened=False)
            )
            op[p.FILL], op[p.LONGEST] = plain.eight_blanks(field), field.size
        elif isinstance(field, NumberField):
            op = self._number(field, placed, None)
            op[p.CSV_DIGITS], op[p.CSV_SIGNED] = MOST_DIGITS, 1
        else:
            op = self._date(field, placed, None)
        op[p.TARGET], op[p.REQUIRED] = p.NO_TARGET, int(placed.item.required)
        if isinstance(placed.field, MeaningField):
            self.writer.match(op, [(raw, value.encode()) for raw, value in placed.field.by_raw.items()])
        self.widest += placed.field.size * 4 + MOST_DIGITS
