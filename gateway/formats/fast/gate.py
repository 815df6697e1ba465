"""The round-trip gate by kernels: the way back over the whole file, and its bytes against those of the source.

Equal bytes of the carried items are equal values. Where bytes differ the values may still be equal (another sign
nibble, ``12.5`` for ``12.50``): then nothing is said, and the reference path compares values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from gateway.formats.delimited import CsvRecords
from gateway.formats.fast.downcompiler import down_plan
from gateway.formats.fast.readiness import kernels_ready
from gateway.formats.fast.upcompiler import up_plan
from gateway.formats.faults import FaultList
from gateway.formats.fixed import FixedRecords
from gateway.formats.lines import Step
from gateway.formats.records import Frame, RecordForm

Reference = Callable[[Frame, FaultList], Iterator[bytes]]
"""Converts one record of the converted file back, by the reference path."""


def proved(
    source: RecordForm,
    target: RecordForm,
    back: Sequence[Step],
    reference: Reference,
    files: tuple[Path, Path],
) -> bool:
    """Whether the bytes prove that the carried items come back; ``files`` are the source and what became of it."""
    if not kernels_ready(size=files[0].stat().st_size):
        return False
    if isinstance(source, FixedRecords) and isinstance(target, CsvRecords):
        return _legacy_comes_back(source, target, back, reference, files)
    if isinstance(source, CsvRecords) and isinstance(target, FixedRecords):
        return _csv_comes_back(source, target, back, reference, files)
    return False


def _legacy_comes_back(
    source: FixedRecords,
    target: CsvRecords,
    back: Sequence[Step],
    reference: Reference,
    files: tuple[Path, Path],
) -> bool:
    from gateway.formats.fast.downdriver import DownRun  # noqa: PLC0415 - numba takes a second and 60 MiB

    plan, faults = down_plan(target, source, back), FaultList()
    if plan is None:
        return False
    mask, step = _carried(source, back, len(plan.blank)), len(plan.blank)
    with files[0].open("rb") as first, files[1].open("rb") as second:
        run = DownRun(plan, target, lambda frame: reference(frame, faults), faults)
        for count, raw in run.chunks(second, None):
            original = first.read(count * step)
            if len(original) != len(raw) or _differs(original, raw, mask):
                return False
        return not first.read(1) and not faults.total


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


def _csv_comes_back(
    source: CsvRecords,
    target: FixedRecords,
    back: Sequence[Step],
    reference: Reference,
    files: tuple[Path, Path],
) -> bool:
    from gateway.formats.fast.updriver import UpRun  # noqa: PLC0415 - numba takes a second and 60 MiB

    plan, faults = up_plan(target, source, back), FaultList()
    if plan is None:
        return False
    with files[0].open("rb") as first, files[1].open("rb") as second:
        if source.begin(first, faults) is None:
            return False
        run = UpRun(plan, lambda frame: reference(frame, faults), faults)
        if any(first.read(len(raw)) != bytes(raw) for _, raw in run.chunks(second, None)):
            return False
        return not first.read(1) and not faults.total
