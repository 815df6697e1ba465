"""A file that is longer than its destination takes, as several: each with its own header, trailer, counts and totals.

Records keep their bytes and their order; what stands around them is written anew for each part. Every part is read
back: its trailer must agree with its records, and all parts together have the records of the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from gateway.formats.compression import reading, writing
from gateway.formats.faults import BadRecord, BadRecordReport, BadRecords, FaultList
from gateway.formats.ondisk import AnyFile, created
from gateway.formats.records import Frame, RecordForm, RecordWriter


class NoRoom(ValueError):
    """One record alone is longer than a whole file may be. Says its number, never its content."""


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What a destination takes in one file at most; ``bytes`` are those before compression, of the whole file."""

    records: int | None = None
    bytes: int | None = None

    def exceeded_by(self, *, records: int | None, size: int) -> bool:
        """Whether a file may not go as a whole."""
        too_many = self.records is not None and (records is None or records > self.records)
        return too_many or (self.bytes is not None and size > self.bytes)


Which = Callable[[Frame], bool]
"""Tells which records are meant."""


def split(form: RecordForm, source: AnyFile, limit: Limit, named: Callable[[int], AnyFile]) -> list[int]:
    """Write the parts of ``source`` at ``named(1)``, ``named(2)``, ... (mode 0600, not synced); the records of each.

    Raises ``NoRoom``; ``BadRecords`` where a part cannot be written, or does not read as it was written.
    """
    faults = FaultList()
    counts: list[int] = []
    with reading(source, form) as stream:
        for group in _groups(form, form.frames(stream, faults), limit):
            counts.append(_write(form, group, named(len(counts) + 1)))
    faults.raise_if_any()
    for number, records in enumerate(counts, start=1):
        _assert_reads(form, named(number), records)
    return counts


def extract(form: RecordForm, source: AnyFile, target: AnyFile, which: Which) -> int:
    """Write a file of those records that are meant (mode 0600, not synced); their number.

    What is wrong with the records around the data is no matter here: these are written anew.
    """
    with reading(source, form) as stream:
        frames = (frame for frame in form.frames(stream, FaultList()) if which(frame))
        return _write(form, frames, target)


def _write(form: RecordForm, frames: Iterator[Frame], target: AnyFile) -> int:
    writer, count = form.writer(), 0
    with created(target) as new, writing(new, form) as out:
        for frame in frames:
            _add(out, writer, frame, first=not count)
            count += 1
        out.write(writer.close())
    return count


def _add(out: BinaryIO, writer: RecordWriter, frame: Frame, *, first: bool) -> None:
    if first:
        out.write(writer.open())
    raw, wrong = writer.again(frame)
    for item, error in wrong:
        raise BadRecords(BadRecordReport(records=(frame.bad(item, error),), total=len(wrong)))
    out.write(raw)


def _groups(form: RecordForm, frames: Iterator[Frame], limit: Limit) -> Iterator[Iterator[Frame]]:
    """The records of one part after the other. Each group is used up before the next one is asked for."""
    room = _Room(form, limit)
    waiting = next(frames, None)

    def group() -> Iterator[Frame]:
        nonlocal waiting
        room.begin()
        while waiting is not None and room.takes(waiting):
            yield waiting
            waiting = next(frames, None)

    while waiting is not None:
        yield group()


class _Room:
    """What still goes into a part."""

    def __init__(self, form: RecordForm, limit: Limit) -> None:
        self._form, self._limit = form, limit
        self._around: int | None = None
        self.begin()

    def begin(self) -> None:
        """A new part."""
        self._records, self._bytes = 0, 0
        self._head: tuple[str, ...] | None = None

    def takes(self, frame: Frame) -> bool:
        """Count a record in, if it goes in; the first of a part must. Raises ``NoRoom``."""
        size = self._size(frame)
        full = self._limit.exceeded_by(records=self._records + 1, size=self._bytes + size)
        if full and not self._records:
            raise NoRoom(
                f"record {frame.number} and what stands around it take {size} bytes, more than a file may have"
            )
        if not full:
            self._records, self._bytes, self._head = self._records + 1, self._bytes + size, frame.head
        return not full

    def _size(self, frame: Frame) -> int:
        """Bytes that a record adds, with what stands around the records where that comes with it."""
        size = self._form.stored_length(frame)
        if self._limit.bytes is None or frame.head == self._head:
            return size
        if self._around is None:
            writer = self._form.writer()
            alone = len(writer.open()) + len(writer.again(frame)[0]) + len(writer.close())
            self._around = alone - size
        return size + self._around


def _assert_reads(form: RecordForm, path: AnyFile, records: int) -> None:
    """Raises ``BadRecords`` if a written file does not hold so many records, or its trailer does not agree."""
    faults = FaultList()
    with reading(path, form) as stream:
        found = sum(1 for _ in form.frames(stream, faults))
    if found != records:
        message = "the part does not read back with the records that were written into it"
        faults.add(BadRecord(record=0, offset=0, item="(file)", rule="count", message=message))
    faults.raise_if_any()
