"""Runs the kernels from fixed-length records to CSV over a file, block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

from gateway.formats.fast import call as c
from gateway.formats.fast.call import Call
from gateway.formats.fast.machine import entrances
from gateway.formats.fast.scrutiny import ASK, GOES_ON, UpScrutiny
from gateway.formats.fast.upcompiler import UpPlan
from gateway.formats.fast.window import ROOM, Room, Window
from gateway.formats.faults import FaultList
from gateway.formats.fixedlength.framing import short_record
from gateway.formats.records import Chunk, Frame, Progress

BLOCK_BYTES = 1 << 18
"""Bytes of source records that one kernel call converts: what it reads and writes stays in a core's own cache."""

Reference = Callable[[Frame], Iterator[bytes]]
"""Converts one record by the reference path; gives nothing for one that is bad."""


class UpRun:
    """One file on its way through the kernels. With a scrutiny each record is asked whether it goes on."""

    def __init__(
        self, plan: UpPlan, reference: Reference, faults: FaultList, scrutiny: UpScrutiny | None = None
    ) -> None:
        self._plan, self._reference, self._faults, self._scrutiny = plan, reference, faults, scrutiny
        step = plan.framing.step
        records = max(1, BLOCK_BYTES // step)
        self._window = Window(records * step)
        self._out = Room(records * plan.widest + ROOM)
        self._call, self._kernel = Call(), entrances().up
        self._call.program(plan.program.addresses(), plan.codes.buffer_info()[0])
        numbers = self._call.numbers
        numbers[c.STEP], numbers[c.OWN_END], numbers[c.CSV_END] = (
            step,
            step - plan.framing.size,
            plan.line_end,
        )
        numbers[c.BLOCK], numbers[c.OUT] = self._window.address, self._out.address
        self._done, self._ending = 0, b"\r\n" if plan.line_end == len(b"\r\n") else b"\n"

    def chunks(self, stream: BinaryIO, progress: Progress | None) -> Iterator[Chunk]:
        """The converted records in order; faults are collected."""
        step, window = self._plan.framing.step, self._window
        while window.read(stream):
            count = window.held // step
            yield from self._block(count)
            self._done += count
            window.drop(count * step)
            if progress is not None:
                progress(self._done * step + window.held)
        if window.held:
            self._faults.add(short_record(self._done + 1, self._done * step, window.held, step))

    def _block(self, count: int) -> Iterator[Chunk]:
        numbers, first = self._call.numbers, 0
        while first < count:
            numbers[c.FIRST], numbers[c.COUNT] = first, count
            self._kernel(self._call.address)
            stop, size = numbers[c.REACHED], numbers[c.MADE]
            if size and self._scrutiny is not None:
                yield from self._scrutinized(first, bytes(self._out.view[:size]), self._scrutiny)
            elif size and not self._faults.total:
                yield stop - first, self._out.view[:size]
            if stop < count:
                yield from self._by_reference(stop)
            first = stop + 1

    def _scrutinized(self, first: int, written: bytes, scrutiny: UpScrutiny) -> Iterator[Chunk]:
        """Those of the lines written that go on; ``first`` is the record of the first one."""
        step, lines = self._plan.framing.step, written.split(self._ending)[:-1]
        verdicts = scrutiny.of(self._window.part(first * step, (first + len(lines)) * step), step, lines)
        good: list[bytes] = []
        for at, verdict in enumerate(verdicts or ()):
            if verdict == GOES_ON:
                good.append(lines[at])
            elif verdict == ASK:
                yield from self._joined(good)
                good = []
                yield from self._by_reference(first + at)
        yield from self._joined(lines if verdicts is None else good)

    def _joined(self, lines: list[bytes]) -> Iterator[Chunk]:
        if lines and not self._faults.total:
            yield len(lines), self._ending.join([*lines, b""])

    def _by_reference(self, index: int) -> Iterator[Chunk]:
        framing = self._plan.framing
        body = self._window.part(index * framing.step, (index + 1) * framing.step)
        number = self._done + index
        for frame in framing.checked(Frame(number + 1, number * framing.step, body), self._faults):
            for row in self._reference(frame):
                yield 1, row
