"""A large file as it is written: its digest beside its bytes, and the disk at work before the last of them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from gateway.formats.ondisk import AnyFile, created
from gateway.sealing import on_disk

AT_ONE_TIME = 32 << 20
"""Bytes of a large file after which the disk is to begin with them: so little is left for the sync at its end."""


class Writing:
    """A large file that is written chunk by chunk, with its digest. Everything here blocks; errors are the system's."""

    def __init__(self, part: AnyFile, *, read_again: bool) -> None:
        self.file = created(part)
        self.digest = hashlib.sha256()
        self.size = 0
        self._path = on_disk(part)
        self._read_again = read_again
        self._going_out = 0

    def take(self, chunk: bytes) -> None:
        """The next bytes; the disk is asked to begin with them when they are many."""
        self.digest.update(chunk)
        self.file.write(chunk)
        self.size += len(chunk)
        if self.size - self._going_out >= AT_ONE_TIME:
            start = self._going_out if self._read_again else 0
            _begin_to_write_out(self._path, start, self.size - start)
            self._going_out = self.size


def _begin_to_write_out(file: Path, start: int, count: int) -> None:
    """Ask the system to begin with these bytes (posix_fadvise(2), POSIX_FADV_DONTNEED), without waiting for them.

    Advice about pages that are still to be written drops none of them. Given once more, when they are on the disk, it
    lets the next bytes have their memory: new memory for each costs more than all else that writing does.
    """
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.posix_fadvise(descriptor, start, count, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
