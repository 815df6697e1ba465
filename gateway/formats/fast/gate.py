"""The round-trip gate by kernels: the way back over the whole file, and its bytes against those of the source.

Equal bytes of the carried items are equal values. Where bytes differ the values may still be equal (another sign
nibble, ``12.5`` for ``12.50``): then nothing is said, and the reference path compares values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from gateway.formats.fast.downcompiler import down_plan
from gateway.formats.fast.readiness import kernels_ready
from gateway.formats.fast.scrutiny import (
    LEFT_OUT,
    CsvSieve,
    LegacySieve,
    Verdicts,
    down_scrutiny,
    up_scrutiny,
)
from gateway.formats.fast.upcompiler import up_plan
from gateway.formats.faults import FaultList
from gateway.formats.fixedlength.fixed import FixedRecords
from gateway.formats.mappings.lines import Step
from gateway.formats.ondisk import AnyFile, opened, size_of
from gateway.formats.records import Frame, RecordForm
from gateway.formats.selection import Selecting
from gateway.formats.standardized.delimited import CsvRecords
from gateway.formats.values.fields import Losses

AT_ONCE = 512
"""Records or lines that are looked at together."""

Reference = Callable[[Frame, FaultList], Iterator[bytes]]
"""Converts one record of the converted file back, by the reference path."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What is to be proved: that the carried items of ``file`` come back out of ``converted`` by the lines ``back``.

    ``selecting`` says which records of ``file`` went on; None: all of them.
    """

    source: RecordForm
    target: RecordForm
    back: Sequence[Step]
    reference: Reference
    file: AnyFile
    converted: AnyFile
    selecting: Selecting | None = None

    def holds(self) -> bool:
        """Whether the bytes prove it; if not, nothing is known."""
        if not kernels_ready(size=size_of(self.file)):
            return False
        if isinstance(self.source, FixedRecords) and isinstance(self.target, CsvRecords):
            return self._legacy_comes_back(self.source, self.target)
        if isinstance(self.source, CsvRecords) and isinstance(self.target, FixedRecords):
            return self._csv_comes_back(self.source, self.target)
        return False

    def _legacy_comes_back(self, source: FixedRecords, target: CsvRecords) -> bool:
        from gateway.formats.fast.downdriver import DownRun  # noqa: PLC0415 - numba takes a second and 60 MiB

        plan, faults = down_plan(target, source, self.back), FaultList()
        if plan is None:
            return False
        mask, step = _carried(source, self.back, len(plan.blank)), len(plan.blank)
        with opened(self.file) as first, opened(self.converted) as second:
            wanted = self._chosen_records(source, first, step)
            scrutiny = down_scrutiny(target, None, Losses())
            run = DownRun(plan, target, lambda frame: self.reference(frame, faults), faults, scrutiny)
            for count, raw in run.chunks(second, None):
                original = wanted.read(count * step)
                if len(original) != len(raw) or _differs(original, raw, mask):
                    return False
            return not wanted.read(1) and not faults.total

    def _csv_comes_back(self, source: CsvRecords, target: FixedRecords) -> bool:
        from gateway.formats.fast.updriver import UpRun  # noqa: PLC0415 - numba takes a second and 60 MiB

        plan, faults = up_plan(target, source, self.back), FaultList()
        if plan is None:
            return False
        with opened(self.file) as first, opened(self.converted) as second:
            if source.begin(first, faults) is None:
                return False
            wanted = self._chosen_lines(source, first)
            scrutiny = up_scrutiny(target, source, None, Losses())
            run = UpRun(plan, lambda frame: self.reference(frame, faults), faults, scrutiny)
            if any(wanted.read(len(raw)) != bytes(raw) for _, raw in run.chunks(second, None)):
                return False
            return not wanted.read(1) and not faults.total

    def _chosen_records(self, source: FixedRecords, stream: BinaryIO, step: int) -> BinaryIO | Chosen:
        if self.selecting is None:
            return stream
        return Chosen(_records(stream, step, LegacySieve(self.selecting, source)))

    def _chosen_lines(self, source: CsvRecords, stream: BinaryIO) -> BinaryIO | Chosen:
        if self.selecting is None:
            return stream
        return Chosen(_lines(stream, source, CsvSieve(self.selecting, source)))


def _records(stream: BinaryIO, step: int, sieve: LegacySieve) -> Iterator[bytes]:
    """The records that went on; those that the sieve leaves to the reference path too."""
    while block := stream.read(step * AT_ONCE):
        whole = len(block) // step * step
        verdicts = sieve.of(block[:whole], step)
        records = [block[at : at + step] for at in range(0, whole, step)]
        yield b"".join(_kept(records, verdicts)) + block[whole:]


def _lines(stream: BinaryIO, source: CsvRecords, sieve: CsvSieve) -> Iterator[bytes]:
    """The lines that went on. After those that are not ordinary nothing is said any more."""
    commas = len(source.fields) - 1
    while lines := list(islice(stream, AT_ONCE)):
        if any(b'"' in line or line.count(b",") != commas for line in lines):
            yield b'"'
            return
        verdicts = sieve.of_lines([line.removesuffix(source.line_end) for line in lines])
        yield b"".join(_kept(lines, verdicts))


def _kept(records: Sequence[bytes], verdicts: Verdicts) -> Iterable[bytes]:
    if verdicts is None:
        return records
    return (record for record, verdict in zip(records, verdicts, strict=True) if verdict != LEFT_OUT)


class Chosen:
    """Some records of a file as one stream."""

    def __init__(self, records: Iterator[bytes]) -> None:
        self._records, self._held = records, bytearray()

    def read(self, size: int) -> bytes:
        """The next bytes; fewer at the end."""
        while len(self._held) < size and (record := next(self._records, None)) is not None:
            self._held += record
        found = bytes(self._held[:size])
        del self._held[:size]
        return found


def _carried(source: FixedRecords, back: Sequence[Step], step: int) -> bytes:
    """FF at the bytes of carried items and of the mapping's constants, 0 elsewhere."""
    mask = bytearray(step)
    places = {placed.index: placed for placed in source.block.placed}
    for line in back:
        if line.target is not None:
            placed = places[line.target]
            mask[placed.start : placed.end] = b"\xff" * (placed.end - placed.start)
    return bytes(mask)


def _differs(original: bytes, raw: bytes | memoryview, mask: bytes) -> bool:
    if original == bytes(raw):
        return False
    one, two, carried = (
        int.from_bytes(part, "little") for part in (original, raw, mask * (len(raw) // len(mask)))
    )
    return bool((one ^ two) & carried)
