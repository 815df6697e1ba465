"""Runs the kernels from CSV to fixed-length records over a file, block by block."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import BinaryIO

import numpy as np

from gateway.formats.delimited import LONGEST, CsvRecords
from gateway.formats.fast.down import records
from gateway.formats.fast.downcompiler import DownPlan
from gateway.formats.faults import FaultList
from gateway.formats.records import Chunk, Frame, Progress

BLOCK_BYTES = 1 << 20
"""Bytes of CSV that are read at a time."""

RECORDS = 2048
"""Records that one kernel call writes at most."""

Reference = Callable[[Frame], Iterator[bytes]]
"""Converts one record by the reference path; gives nothing for one that is bad."""


class DownRun:
    """One file on its way through the kernels."""

    def __init__(self, plan: DownPlan, source: CsvRecords, reference: Reference, faults: FaultList) -> None:
        self._plan, self._source, self._reference, self._faults = plan, source, reference, faults
        self._step = len(plan.blank)
        self._out = np.empty(RECORDS * self._step, np.uint8)
        self._rest, self._offset, self._number = b"", 0, 1

    def chunks(self, stream: BinaryIO, progress: Progress | None) -> Iterator[Chunk]:
        """The converted records in order; faults are collected."""
        offset = self._source.begin(stream, self._faults)
        if offset is None:
            return
        self._offset = offset
        going = True
        while going and (raw := stream.read(BLOCK_BYTES)):
            self._rest += raw
            going = yield from self._block(last=False)
            if progress is not None:
                progress(self._offset + len(self._rest))
        if going and self._rest:
            yield from self._block(last=True)

    def _block(self, *, last: bool) -> Generator[Chunk, None, bool]:
        """Convert the whole lines of what was read; False after a fault that ends the reading."""
        array, at, going = np.frombuffer(self._rest, np.uint8), 0, True
        frame = (self._step, self._plan.line_end)
        while going:
            after, count, stopped = records(
                array, at, frame, self._plan.blank, self._out, self._plan.program, self._plan.codes
            )
            if count and not self._faults.total:
                yield count, self._out.data[: count * self._step]
            self._number, at = self._number + count, after
            if count == RECORDS:
                continue
            size = self._whole(at, last=last) if stopped or last else 0
            if not size:
                break
            going = yield from self._by_reference(at, size)
            at += size
        self._offset, self._rest = self._offset + at, self._rest[at:]
        return going

    def _whole(self, at: int, *, last: bool) -> int:
        """Bytes of the record at this place, quotes closed; 0 if more must be read."""
        end, quotes = at, 0
        while (line := self._rest.find(b"\n", end)) >= 0 and line - at < LONGEST:
            quotes += self._rest.count(b'"', end, line + 1)
            end = line + 1
            if quotes % 2 == 0:
                return end - at
        if len(self._rest) - at >= LONGEST:
            return LONGEST
        return len(self._rest) - at if last else 0

    def _by_reference(self, at: int, size: int) -> Generator[Chunk, None, bool]:
        """One record by the reference path; gives whether reading can go on."""
        record = self._rest[at : at + size]
        frame = self._source.frame(self._number, self._offset + at, record, self._faults)
        self._number += 1
        for row in self._reference(frame) if frame is not None else ():
            yield 1, row
        return frame is not None
