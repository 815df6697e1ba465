"""The files that a conversion reads and writes: made for their owner alone, told how far they are, written in order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from gateway.formats.records import BLOCK, Chunk, Frame, Progress, RecordWriter

SMALL = 1 << 16
"""Bytes of single records that are gathered before they are written; whole blocks of many are written at once."""


def created(path: Path) -> BinaryIO:
    """A new or emptied file that only its owner may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    os.fchmod(descriptor, 0o600)
    return os.fdopen(descriptor, "wb", buffering=SMALL)


def watched(frames: Iterator[Frame], stream: BinaryIO, progress: Progress | None) -> Iterator[Frame]:
    """The same frames, telling ``progress`` how far the file is read."""
    told = 0
    for frame in frames:
        yield frame
        if progress is not None and frame.offset - told >= BLOCK:
            told = frame.offset
            progress(told)
    if progress is not None:
        progress(stream.tell())


def write_all(out: BinaryIO, writer: RecordWriter, chunks: Iterator[Chunk]) -> int:
    """Write the records; gives their number."""
    count = 0
    for records, raw in chunks:
        if not count:
            out.write(writer.open())
        out.write(raw)
        count += records
    return count
