"""A file of records, wherever its bytes are: on the system's disk as they are, or kept in another way."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO, Protocol


class Filed(Protocol):
    """A file whose bytes on disk are not those of its content."""

    def open(self, mode: str = "rb") -> BinaryIO:
        """Its content, for reading, at any place."""

    def created(self) -> BinaryIO:
        """As ``created``."""

    @property
    def size(self) -> int:
        """Bytes of its content."""

    def unlink(self, *, missing_ok: bool = False) -> None:
        """Remove it."""


AnyFile = Path | Filed
"""A file of the system, or one that is kept in another way."""

SMALL = 1 << 16
"""Bytes of single records that are gathered before they are written; whole blocks of many are written at once."""


def opened(file: AnyFile) -> BinaryIO:
    """A file's content, for reading."""
    return file.open("rb")


def size_of(file: AnyFile) -> int:
    """Bytes of a file's content."""
    return file.stat().st_size if isinstance(file, Path) else file.size


def created(path: AnyFile) -> BinaryIO:
    """A new or emptied file that only its owner may read."""
    if not isinstance(path, Path):
        return path.created()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    os.fchmod(descriptor, 0o600)
    return os.fdopen(descriptor, "wb", buffering=SMALL)
