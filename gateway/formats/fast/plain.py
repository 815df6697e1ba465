"""What both directions ask of a conversion before kernels may run it."""

from __future__ import annotations

from gateway.formats.characters.charset import Charset
from gateway.formats.fast import program as p
from gateway.formats.fixedlength.block import Block
from gateway.formats.fixedlength.fixed import FixedRecords
from gateway.formats.fixedlength.framing import ByLength
from gateway.formats.mappings.lines import Step
from gateway.formats.standardized.csvfields import CheckedCsv, CsvField, DateCsv, PatternCsv
from gateway.formats.standardized.delimited import CsvRecords
from gateway.formats.values.fields import DateField, Field, MeaningField, NumberField, TextField

MOST_DIGITS = 18
PLAIN_DATES = frozenset({("YYYY", "MM", "DD"), ("G", "YY", "MM", "DD")})


class NotPlainError(Exception):
    """The conversion needs the reference path."""


def plain_field(field: Field) -> TextField | NumberField | DateField:
    """The field without its meanings; raises ``NotPlainError`` for a kind that kernels do not know."""
    inner = field.field if isinstance(field, MeaningField) else field
    if not isinstance(inner, TextField | NumberField | DateField):
        raise NotPlainError
    return inner


def typed(csv: CsvField) -> CsvField:
    """The column's type without its code list and allowed characters, which are looked at after the kernel."""
    return csv.field if isinstance(csv, CheckedCsv) else csv


def plain_files(legacy: FixedRecords, standard: CsvRecords) -> ByLength:
    """How records are cut; raises ``NotPlainError`` unless both files are plain ones."""
    framing, block = legacy.framing, legacy.block
    if not isinstance(framing, ByLength) or legacy.kinds or block.tables or block.resumes:
        raise NotPlainError
    if standard.profile.encoding != "utf-8" or standard.profile.quoting != "minimal":
        raise NotPlainError
    if len(standard.layout.items) == 1:  # an empty record stands in quotes
        raise NotPlainError
    if any(placed.conditions for placed in block.placed):
        raise NotPlainError
    return framing


def check_step(step: Step) -> None:
    """Raises ``NotPlainError`` for a line that is more than codes, a width or a constant, or not for every record."""
    if not step.plain or step.when or step.loses is not None:
        raise NotPlainError


def only_charset(block: Block) -> Charset:
    """The character code of a layout; raises ``NotPlainError`` if it has no text."""
    for placed in block.placed:
        field = plain_field(placed.field)
        if isinstance(field, TextField | DateField):
            if type(field.charset) is not Charset:
                raise NotPlainError
            return field.charset
    raise NotPlainError


def check_text(field: TextField) -> None:
    """Raises ``NotPlainError`` for texts with substitutions, or padded on the left."""
    if field.right or field.unmapped is not None:
        raise NotPlainError


def eight_blanks(field: TextField) -> int:
    """Eight single blanks as one number; 0 for a text in double bytes."""
    if field.width == "full":
        return 0
    blank = field.charset.blank
    if len(blank) != 1:
        raise NotPlainError
    return int.from_bytes(blank * 8, "little", signed=True)


def check_date(field: DateField) -> None:
    """Raises ``NotPlainError`` for forms other than digits in their usual order."""
    eras = field.form.eras
    if field.form.tokens not in PLAIN_DATES or any(len(era) != 1 for era in eras):
        raise NotPlainError


def text_mode(field: TextField, *, widened: bool) -> int:
    """How kernels read or write a text."""
    if widened:
        return p.WIDENED
    if field.width != "mixed":
        return p.SINGLES if field.width == "half" else p.DOUBLES
    return p.SHIFTED if field.charset.shifts else p.LED if field.charset.leads else p.SINGLES


def form_check(csv: CsvField) -> int:
    """The check of a column that holds dates, times or years; NOTHING for others."""
    if isinstance(csv, DateCsv):
        return p.IS_DATE
    if isinstance(csv, PatternCsv):
        return p.IS_YEAR if csv.kind == "YEAR" else p.IS_TIME
    return p.NOTHING
