"""Runs the kernels from CSV to fixed-length records over a file, block by block."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import BinaryIO

from gateway.formats.fast import call as c
from gateway.formats.fast.call import Call
from gateway.formats.fast.downcompiler import DownPlan
from gateway.formats.fast.machine import entrances
from gateway.formats.fast.scrutiny import ASK, GOES_ON, DownScrutiny
from gateway.formats.fast.window import ROOM, Room, Window
from gateway.formats.faults import FaultList
from gateway.formats.records import Chunk, Frame, Progress
from gateway.formats.standardized.delimited import LONGEST, CsvRecords

BLOCK_BYTES = 1 << 18
"""Bytes of CSV that are read at a time, and that one kernel call writes: they stay in a core's own cache."""

Reference = Callable[[Frame], Iterator[bytes]]
"""Converts one record by the reference path; gives nothing for one that is bad."""


class DownRun:
    """One file on its way through the kernels. With a scrutiny each line is asked whether it goes on."""

    def __init__(
        self,
        plan: DownPlan,
        source: CsvRecords,
        reference: Reference,
        faults: FaultList,
        scrutiny: DownScrutiny | None = None,
    ) -> None:
        self._plan, self._source, self._reference, self._faults = plan, source, reference, faults
        self._scrutiny = scrutiny
        self._step = len(plan.blank)
        self._records = max(1, BLOCK_BYTES // self._step)
        self._out = Room(self._records * self._step + ROOM)
        self._window = Window(BLOCK_BYTES)
        self._call, self._kernel = Call(), entrances().down
        self._call.program(plan.program.addresses(), plan.codes.buffer_info()[0])
        numbers = self._call.numbers
        numbers[c.STEP], numbers[c.LINE_END], numbers[c.ROOM] = self._step, plan.line_end, self._records
        numbers[c.EMPTY], numbers[c.OUT] = plan.blank.buffer_info()[0], self._out.address
        self._offset, self._number = 0, 1

    def chunks(self, stream: BinaryIO, progress: Progress | None) -> Iterator[Chunk]:
        """The converted records in order; faults are collected."""
        offset = self._source.begin(stream, self._faults)
        if offset is None:
            return
        self._offset = offset
        going = True
        while going and self._window.read(stream):
            going = yield from self._block(last=False)
            if progress is not None:
                progress(self._offset + self._window.held)
        if going and self._window.held:
            yield from self._block(last=True)

    def _block(self, *, last: bool) -> Generator[Chunk, None, bool]:
        """Convert the whole lines of what was read; False after a fault that ends the reading."""
        at, going = 0, True
        while going:
            before = at
            at, count, stopped = self._converted(at)
            if count and self._scrutiny is not None:
                yield from self._scrutinized(before, at, self._scrutiny)
            elif count:
                yield from self._records_made(0, count)
                self._number += count
            if count == self._records:
                continue
            size = self._whole(at, last=last) if stopped or last else 0
            if not size:
                break
            going = yield from self._by_reference(at, size)
            at += size
        self._offset += at
        self._window.drop(at)
        return going

    def _scrutinized(self, at: int, end: int, scrutiny: DownScrutiny) -> Iterator[Chunk]:
        """Those records that go on, out of the lines that were converted last."""
        ending, good = self._source.line_end, 0
        lines = self._window.part(at, end).split(ending)[:-1]
        verdicts = scrutiny.of(lines)
        if verdicts is None:
            yield from self._records_made(0, len(lines))
            self._number += len(lines)
            return
        for made, (line, verdict) in enumerate(zip(lines, verdicts, strict=True)):
            size = len(line) + len(ending)
            if verdict == GOES_ON:
                good += 1
            else:
                yield from self._records_made(made - good, made)
                good = 0
            if verdict == ASK:
                yield from self._by_reference(at, size)
            else:
                self._number += 1
            at += size
        yield from self._records_made(len(lines) - good, len(lines))

    def _records_made(self, first: int, end: int) -> Iterator[Chunk]:
        """Some of the records that the kernel wrote last."""
        if end > first and not self._faults.total:
            yield end - first, self._out.view[first * self._step : end * self._step]

    def _converted(self, at: int) -> tuple[int, int, bool]:
        """As many lines as there is room for: the place reached, their number, whether one is not for kernels."""
        numbers, begin = self._call.numbers, self._window.address
        numbers[c.BEGIN], numbers[c.END] = begin + at, begin + self._window.lines_end(at)
        stopped = self._kernel(self._call.address)
        return numbers[c.REACHED] - begin, numbers[c.MADE], bool(stopped)

    def _whole(self, at: int, *, last: bool) -> int:
        """Bytes of the record at this place, quotes closed; 0 if more must be read."""
        end, quotes = at, 0
        while (after := self._window.line_after(end)) >= 0 and after - 1 - at < LONGEST:
            quotes += self._window.quotes(end, after)
            end = after
            if quotes % 2 == 0:
                return end - at
        held = self._window.held - at
        if held >= LONGEST:
            return LONGEST
        return held if last else 0

    def _by_reference(self, at: int, size: int) -> Generator[Chunk, None, bool]:
        """One record by the reference path; gives whether reading can go on."""
        record = self._window.part(at, at + size)
        frame = self._source.frame(self._number, self._offset + at, record, self._faults)
        self._number += 1
        for row in self._reference(frame) if frame is not None else ():
            yield 1, row
        return frame is not None
