"""Whether a conversion can go through the kernels."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from typing import BinaryIO

from gateway.formats.fast.downcompiler import down_plan
from gateway.formats.fast.readiness import kernels_ready
from gateway.formats.fast.scrutiny import down_scrutiny, up_scrutiny
from gateway.formats.fast.upcompiler import up_plan
from gateway.formats.faults import FaultList
from gateway.formats.fixedlength.fixed import FixedRecords
from gateway.formats.mappings.lines import Step
from gateway.formats.records import Chunk, Frame, Progress, RecordForm
from gateway.formats.selection import Selecting
from gateway.formats.standardized.delimited import CsvRecords
from gateway.formats.values.fields import Losses

Reference = Callable[[Frame], Iterator[bytes]]
FastPath = Callable[[Reference, FaultList, Losses, BinaryIO, Progress | None], Iterator[Chunk]]
"""Converts a whole stream, calling the reference for what is not ordinary."""

TOLD = 2048
"""Records between two reports of progress without kernels."""


@cache
def kernels_installed() -> bool:
    """Whether numba is there (the extra ``fast``), and this process may run code that it makes."""
    return find_spec("numba") is not None and _may_run_new_code()


def _may_run_new_code() -> bool:
    """False where a hardened service may not (MemoryDenyWriteExecute= of systemd, SELinux)."""
    try:
        mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()
    except OSError:
        return False
    return True


def fast_path(
    source: RecordForm, target: RecordForm, steps: Sequence[Step], selecting: Selecting | None = None
) -> FastPath | None:
    """The fast path of a conversion, or None where only the reference path will do."""
    if not kernels_installed():
        return None
    if isinstance(source, FixedRecords) and isinstance(target, CsvRecords):
        return _up(source, target, steps, selecting)
    if isinstance(source, CsvRecords) and isinstance(target, FixedRecords):
        return _down(source, target, steps, selecting)
    return None


def _up(
    source: FixedRecords, target: CsvRecords, steps: Sequence[Step], selecting: Selecting | None
) -> FastPath | None:
    plan = up_plan(source, target, steps)
    if plan is None:
        return None

    def run(
        reference: Reference, faults: FaultList, losses: Losses, stream: BinaryIO, progress: Progress | None
    ) -> Iterator[Chunk]:
        if not kernels_ready(size=_size(stream)):
            return _slowly(source, reference, faults, stream, progress)
        from gateway.formats.fast.updriver import UpRun  # noqa: PLC0415 - numba takes a second and 60 MiB

        scrutiny = up_scrutiny(source, target, selecting, losses)
        return UpRun(plan, reference, faults, scrutiny).chunks(stream, progress)

    return run


def _down(
    source: CsvRecords, target: FixedRecords, steps: Sequence[Step], selecting: Selecting | None
) -> FastPath | None:
    plan = down_plan(source, target, steps)
    if plan is None:
        return None

    def run(
        reference: Reference, faults: FaultList, losses: Losses, stream: BinaryIO, progress: Progress | None
    ) -> Iterator[Chunk]:
        if not kernels_ready(size=_size(stream)):
            return _slowly(source, reference, faults, stream, progress)
        from gateway.formats.fast.downdriver import DownRun  # noqa: PLC0415 - numba takes a second and 60 MiB

        scrutiny = down_scrutiny(source, selecting, losses)
        return DownRun(plan, source, reference, faults, scrutiny).chunks(stream, progress)

    return run


def _size(stream: BinaryIO) -> int:
    return os.fstat(stream.fileno()).st_size


def _slowly(
    source: RecordForm,
    reference: Reference,
    faults: FaultList,
    stream: BinaryIO,
    progress: Progress | None,
) -> Iterator[Chunk]:
    """The whole stream by the reference path."""
    for frame in source.frames(stream, faults):
        for row in reference(frame):
            yield 1, row
        if progress is not None and frame.number % TOLD == 0:
            progress(stream.tell())
    if progress is not None:
        progress(stream.tell())
