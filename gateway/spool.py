"""Files on their way, on the gateway's own disk: temporary name, fsync, rename, fsync of the folder.

One folder a transfer, ``<state_dir>/spool/<transfer id>/``, mode 0700, files 0600. A name without ``.part`` is
complete and survives the loss of power. What no open transfer owns is swept at start.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiofiles

from gateway.errors import Held, Reason, SpoolFailed

CHUNK = 1 << 20
PART = ".part"
ORIGINAL = "original"
CONVERTED = "converted"


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A complete file of the spool: bytes and hex SHA-256."""

    size: int
    sha256: str


class Spool:
    """All spooled files of one gateway, within ``limit`` bytes."""

    def __init__(self, root: Path, *, limit: int) -> None:
        self.root = root
        self._limit = limit
        self._reserved = 0
        self._room = asyncio.Condition()
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def path(self, transfer: str, name: str) -> Path:
        """Where a file of a transfer is."""
        return self.root / transfer / name

    async def reserve(self, size: int) -> None:
        """Wait for room for ``size`` bytes; raises ``Held`` if they can never fit."""
        if size > self._limit:
            hint = "raise limits.spool in gateway.yaml and give its disk the room, then release the file"
            raise Held(
                Reason.REFUSED, f"the file needs {size} bytes of spool, the limit is {self._limit}", hint=hint
            )
        async with self._room:
            await self._room.wait_for(lambda: self._reserved + size <= self._limit)
            self._reserved += size

    async def give_back(self, size: int) -> None:
        """End a reservation."""
        async with self._room:
            self._reserved -= size
            self._room.notify_all()

    async def store(self, transfer: str, name: str, chunks: AsyncIterable[bytes]) -> Stored:
        """Write a stream; when this returns, the file is complete and durable under its name.

        Raises ``SpoolFailed`` for this disk's faults, and what the stream raises.
        """
        part = self._part(transfer, name)
        digest, size = hashlib.sha256(), 0
        with _own_faults():
            file = await aiofiles.open(part, "wb", opener=_private)
        try:
            async for chunk in chunks:
                with _own_faults():
                    await asyncio.gather(file.write(chunk), asyncio.to_thread(digest.update, chunk))
                size += len(chunk)
        finally:
            await file.close()
        with _own_faults():
            await asyncio.to_thread(_publish, part, self.path(transfer, name))
        return Stored(size=size, sha256=digest.hexdigest())

    async def make(self, transfer: str, name: str, work: Callable[[Path], None]) -> Stored:
        """Let ``work`` write the file at the path it is given, in a thread; then as ``store``."""
        part = self._part(transfer, name)
        with _own_faults():
            part.touch(mode=0o600)
            await asyncio.to_thread(work, part)
            stored = await asyncio.to_thread(_digest, part)
            await asyncio.to_thread(_publish, part, self.path(transfer, name))
        return stored

    async def read(self, transfer: str, name: str) -> AsyncIterator[bytes]:
        """The bytes of a complete file, in chunks. Raises ``SpoolFailed``."""
        with _own_faults():
            file = await aiofiles.open(self.path(transfer, name), "rb")
        try:
            while True:
                with _own_faults():
                    chunk = await file.read(CHUNK)
                if not chunk:
                    return
                yield chunk
        finally:
            await file.close()

    async def write_report(self, transfer: str, name: str, text: str) -> Path:
        """Put a text for people beside a held file."""

        async def whole() -> AsyncIterator[bytes]:
            yield text.encode()

        await self.store(transfer, name, whole())
        return self.path(transfer, name)

    async def remove(self, transfer: str) -> None:
        """Remove everything of a transfer; no error if nothing is there."""
        await asyncio.to_thread(shutil.rmtree, self.root / transfer, ignore_errors=True)

    async def sweep(self, owners: frozenset[str]) -> list[str]:
        """Remove the folders of transfers that are not among ``owners``, and unfinished files; names the folders."""
        orphans = [name for name in await asyncio.to_thread(os.listdir, self.root) if name not in owners]
        for name in orphans:
            await self.remove(name)
        for part in self.root.glob(f"*/*{PART}"):
            await asyncio.to_thread(part.unlink)
        return orphans

    def _part(self, transfer: str, name: str) -> Path:
        folder = self.root / transfer
        with _own_faults():
            if not folder.exists():
                folder.mkdir(mode=0o700)
                _sync_folder(self.root)
        return folder / f"{name}{PART}"


@contextmanager
def _own_faults() -> Iterator[None]:
    """The system's errors here are those of the gateway's own disk, and are told from a place's."""
    try:
        yield
    except OSError as error:
        hint = "see that the disk of state_dir is writable and not full"
        raise SpoolFailed(f"the gateway's own disk failed ({error.strerror})", hint=hint) from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _publish(part: Path, path: Path) -> None:
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.rename(path)
    _sync_folder(path.parent)


def _digest(path: Path) -> Stored:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return Stored(size=path.stat().st_size, sha256=digest.hexdigest())
