"""Items that cannot be converted, taken out for people to correct, and the same file with their corrections in it.

What is not corrected keeps its bytes; a line of CSV is written anew as a whole. These values are personal data: they go
into sheets of their owner's, never into a log.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from gateway.formats.compression import reading, writing
from gateway.formats.faults import BadRecord, BadValueError, FaultList
from gateway.formats.fixedlength.fixed import FixedRecords
from gateway.formats.ondisk import AnyFile, created
from gateway.formats.records import Cell, Frame, RecordForm
from gateway.formats.standardized.delimited import CsvRecords
from gateway.formats.values.fields import Losses

Place = tuple[int, int]
"""A record's number, and the index of an item of its layout."""


@dataclass(frozen=True, kw_only=True)
class BadItem:
    """An item that cannot be converted, where it stands, why, and what stands there: text, or bytes in hex.

    ``key``: the items that say whose record it is, each with its value, where the layout names any; without this one.
    """

    place: Place
    item: str
    offset: int
    rule: str
    message: str
    found: str
    key: tuple[tuple[str, str], ...] = ()


class NotCorrected(ValueError):
    """A correction that cannot be put in. Says record, item and rule, never the value."""


def bad_items(form: RecordForm, path: AnyFile, reported: Iterable[BadRecord]) -> list[BadItem]:
    """The items that a report names, as they stand in the file. Faults of a record as a whole have no item."""
    by_record: dict[int, list[BadRecord]] = {}
    for bad in reported:
        by_record.setdefault(bad.record, []).append(bad)
    with reading(path, form) as stream:
        frames = (frame for frame in form.frames(stream, FaultList()) if frame.number in by_record)
        return [item for frame in frames for item in _bad_items(form, frame, by_record[frame.number])]


def _bad_items(form: RecordForm, frame: Frame, reported: Iterable[BadRecord]) -> Iterator[BadItem]:
    cells = list(form.cells(frame))
    for bad in reported:
        named = [cell for cell in cells if form.layout.leaves[cell.index].item.label == bad.item]
        there = [cell for cell in named if cell.offset <= bad.offset < cell.offset + max(len(cell.raw), 1)]
        for cell in (there or named)[:1]:
            yield BadItem(
                place=(frame.number, cell.index),
                item=bad.item,
                offset=cell.offset,
                rule=bad.rule,
                message=bad.message,
                found=_shown(form, cell),
                key=_key(form, cells, but=cell.index),
            )


def _key(form: RecordForm, cells: Iterable[Cell], *, but: int) -> tuple[tuple[str, str], ...]:
    named = ((form.layout.leaves[cell.index].item, cell) for cell in cells if cell.index != but)
    return tuple((item.label, _shown(form, cell).strip()) for item, cell in named if item.key)


def _shown(form: RecordForm, cell: Cell) -> str:
    if isinstance(form, CsvRecords):
        return cell.raw.decode(form.profile.encoding)
    try:
        return form.value_of(cell)
    except BadValueError:
        return f"x'{cell.raw.hex()}'"


def correct(form: RecordForm, source: AnyFile, target: AnyFile, values: Mapping[Place, str]) -> None:
    """Write ``target`` (mode 0600, not synced) as ``source`` with these values in it; raises ``NotCorrected``."""
    left = {number for number, _ in values}
    with (
        reading(source, form) as stream,
        reading(source, form) as copied,
        created(target) as new,
        writing(new, form) as out,
    ):
        at = 0
        for frame in form.frames(stream, FaultList()):
            mine = {index: value for (number, index), value in values.items() if number == frame.number}
            if mine:
                _copy(copied, out, frame.offset - at)
                out.write(_body(form, frame, mine))
                copied.seek(frame.offset + len(frame.body))
                at = frame.offset + len(frame.body)
                left.discard(frame.number)
        shutil.copyfileobj(copied, out)
    if left:
        raise NotCorrected(f"the file has no record {min(left)}")


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    while size > 0 and (chunk := source.read(min(size, 1 << 20))):
        target.write(chunk)
        size -= len(chunk)


def _body(form: RecordForm, frame: Frame, values: Mapping[int, str]) -> bytes:
    cells = {cell.index: cell for cell in form.cells(frame)}
    for index in values:
        if index not in cells:
            raise NotCorrected(f"record {frame.number} has no such item; its file must be sent anew")
    if isinstance(form, CsvRecords):
        return _line(form, frame, {index: cells[index] for index in cells}, values)
    assert isinstance(form, FixedRecords)
    body = bytearray(frame.body)
    for index, value in values.items():
        cell = cells[index]
        start = cell.offset - frame.offset
        body[start : start + len(cell.raw)] = _written(form, frame, cell, value)
    return bytes(body)


def _written(form: FixedRecords, frame: Frame, cell: Cell, value: str) -> bytes:
    label = form.layout.leaves[cell.index].item.label
    try:
        written = form.field(cell.index).write(value, Losses())
    except BadValueError as error:
        raise _refused(frame, label, error) from None
    if len(written) != len(cell.raw) or (cell.alone and cell.alone != cell.raw):
        raise NotCorrected(
            f"record {frame.number}, item {label}: has no place of its own; send the file anew"
        )
    return written


def _line(form: CsvRecords, frame: Frame, cells: Mapping[int, Cell], values: Mapping[int, str]) -> bytes:
    read: list[str | None] = []
    for index in range(len(form.layout.items)):
        try:
            read.append(values[index] if index in values else form.value_of(cells[index]))
        except BadValueError as error:
            raise _refused(frame, form.layout.items[index].label, error) from None
    line, wrong = form.write(read, Losses())
    if wrong:
        raise _refused(frame, *wrong[0])
    return line[: -len(form.line_end)]


def _refused(frame: Frame, item: str, error: BadValueError) -> NotCorrected:
    return NotCorrected(f"record {frame.number}, item {item}: {error} ({error.rule})")
