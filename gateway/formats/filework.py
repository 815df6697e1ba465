"""The records that a conversion reads and writes: told how far they are, written in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from gateway.formats.records import BLOCK, Chunk, Frame, Progress, RecordWriter


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
