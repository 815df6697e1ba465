"""Runs the kernels from fixed-length records to CSV over a file, block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

import numpy as np

from gateway.formats.fast.up import lines
from gateway.formats.fast.upcompiler import UpPlan
from gateway.formats.faults import FaultList
from gateway.formats.framing import short_record
from gateway.formats.records import Chunk, Frame, Progress

BLOCK_BYTES = 1 << 20
"""Bytes of source records that one kernel call converts."""

Reference = Callable[[Frame], Iterator[bytes]]
"""Converts one record by the reference path; gives nothing for one that is bad."""


class UpRun:
    """One file on its way through the kernels."""

    def __init__(self, plan: UpPlan, reference: Reference, faults: FaultList) -> None:
        self._plan, self._reference, self._faults = plan, reference, faults
        self._records = max(1, BLOCK_BYTES // plan.framing.step)
        self._frame = (plan.framing.size, len(plan.framing.line_end), plan.line_end)
        self._out = np.empty(self._records * plan.widest + 8, np.uint8)
        self._done = 0

    def chunks(self, stream: BinaryIO, progress: Progress | None) -> Iterator[Chunk]:
        """The converted records in order; faults are collected."""
        step, rest = self._plan.framing.step, b""
        while raw := stream.read(self._records * step - len(rest)):
            block = rest + raw
            count = len(block) // step
            yield from self._block(block, count)
            self._done += count
            rest = block[count * step :]
            if progress is not None:
                progress(self._done * step + len(rest))
        if rest:
            self._faults.add(short_record(self._done + 1, self._done * step, len(rest), step))

    def _block(self, block: bytes, count: int) -> Iterator[Chunk]:
        array, first = np.frombuffer(block, np.uint8), 0
        plan = self._plan
        while first < count:
            stop, size = lines(array, first, count, self._frame, self._out, plan.program, plan.codes)
            if size and not self._faults.total:
                yield stop - first, self._out.data[:size]
            if stop < count:
                yield from self._by_reference(block, stop)
            first = stop + 1

    def _by_reference(self, block: bytes, index: int) -> Iterator[Chunk]:
        framing = self._plan.framing
        body = block[index * framing.step : (index + 1) * framing.step]
        number = self._done + index
        for frame in framing.checked(Frame(number + 1, number * framing.step, body), self._faults):
            for row in self._reference(frame):
                yield 1, row
