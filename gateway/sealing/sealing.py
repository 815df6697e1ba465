"""How an installation keeps files on its own disk: as they are, or encrypted. Both are read, whichever is there."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from adapters.credentials.secret import SecretRef
from gateway.config.installation import Installation
from gateway.formats.ondisk import AnyFile
from gateway.sealing.keys import Keys
from gateway.sealing.sealed import SUFFIX, SealedFile

PART = ".part"
"""At the end of the name of a file that is not whole yet."""
TURN = ".turn"
"""A file beside folders of files that several machines renew: whoever has locked it may change what is in them."""


@dataclass(frozen=True, kw_only=True)
class Sealing:
    """Where the content of a name is. ``on``: whether new files are encrypted."""

    keys: Keys
    on: bool

    def new(self, path: Path, *, unfinished: bool = False) -> AnyFile:
        """The file to be written under a name; ``unfinished``: that which is published under it once it is whole."""
        target = sealed_name(path) if self.on else path
        if unfinished:
            target = target.with_name(target.name + PART)
        return SealedFile(path=target, keys=self.keys) if self.on else target

    def at(self, path: Path) -> AnyFile:
        """The file that is there under a name: the encrypted one, where there is one."""
        sealed = sealed_name(path)
        return SealedFile(path=sealed, keys=self.keys) if sealed.exists() else path

    def publish(self, part: AnyFile, path: Path) -> None:
        """Give a whole, synced file its name, durably; what had the name before, plain or encrypted, is gone."""
        target = on_disk(self.new(path))
        with self.turn(path.parent):
            on_disk(part).replace(target)
            sync_folder(path.parent)
            for other in (path, sealed_name(path)):
                if other != target and other.exists():
                    other.unlink()

    @contextmanager
    def turn(self, folder: Path) -> Iterator[None]:
        """Files of a folder are renewed by another process only outside of this block. Nothing where it is off."""
        if not self.on:
            yield
            return
        common = folder.parent / TURN  # network file systems lock files alone, not folders
        descriptor = (
            os.open(common, os.O_RDWR) if common.exists() else os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        )
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def sealed_name(path: Path) -> Path:
    """The name that the content of a name has when it is encrypted."""
    return path.with_name(path.name + SUFFIX)


def on_disk(file: AnyFile) -> Path:
    """The file that the system knows."""
    if isinstance(file, Path):
        return file
    assert isinstance(file, SealedFile), "there are two kinds"
    return file.path


def sync(file: AnyFile) -> None:
    """Make what was written into a file durable."""
    _sync(on_disk(file), os.O_RDONLY)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sealing_of(installation: Installation) -> Sealing:
    """As ``gateway.yaml`` says. No key is fetched yet."""
    return Sealing(keys=Keys(references(installation)), on=installation.encryption is not None)


def references(installation: Installation) -> dict[str, SecretRef]:
    """Where the keys are, by id, the newest first."""
    written = installation.encryption
    return {} if written is None else {one.id: one.key for one in written.keys}


PLAIN = Sealing(keys=Keys({}), on=False)
"""Files are written as they are."""
