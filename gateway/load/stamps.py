"""What tells a changed file from an unchanged one, for all files of a configuration folder, without reading any."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from gateway.load.files import shown
from gateway.load.municipalities import FROM_A_TOWN, shared_by

Stamp = tuple[int, int, int]
"""Time of the last change in nanoseconds, size, and the file's number on its disk."""

Stamps = Mapping[str, Stamp]
"""By path relative to the folder, with slashes, as it is shown."""

DEEPEST = 4
"""Folders below the configuration's; its own are at most two deep."""


def stamps(directory: Path, *, but: Path | None = None) -> dict[str, Stamp]:
    """The stamps of all files; those that begin with a dot, and everything under ``but``, are left out.

    What a municipality shares with others is among them, as the folder's files would name it.
    """
    left_out = None if but is None else os.path.realpath(but)
    shared = shared_by(directory)
    also = {} if shared is None else dict(_below(os.fspath(shared), FROM_A_TOWN, None, DEEPEST))
    return dict(_below(os.fspath(directory), "", left_out, DEEPEST)) | also


def stamp_of(path: Path) -> dict[str, Stamp]:
    """The stamp of one file at the top, by its name; none if it is not there."""
    try:
        return {path.name: _stamp(path.stat())}
    except OSError:
        return {}


def _below(folder: str, prefix: str, left_out: str | None, deep: int) -> Iterator[tuple[str, Stamp]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.name[0] == ".":
            continue
        if entry.is_dir(follow_symlinks=False):
            if deep and os.path.realpath(entry.path) != left_out:
                yield from _below(entry.path, f"{prefix}{entry.name}/", left_out, deep - 1)
            continue
        with suppress(OSError):  # a file that went away meanwhile
            yield shown(f"{prefix}{entry.name}"), _stamp(entry.stat())


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_mtime_ns, status.st_size, status.st_ino
