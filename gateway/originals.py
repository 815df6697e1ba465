"""Files kept as evidence, each content once: what was received, and what was delivered where that is another file.

``<root>/ab/<sha256>`` is the file as it is, ``<root>/ab/<sha256>.zst`` the same compressed (Zstandard, RFC 8878, with
its checksum); where both are there, either is whole. Keeping is a second name for a file of the spool, so it costs no
copy on a file's way; ``pack`` compresses later. Folders 0700, files 0600. What is written here is durable when a call
returns, and a crash leaves at most a ``.part`` that ``sweep`` removes.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from gateway.errors import NotKept
from gateway.spool import CHUNK, PART, own_faults, sync_folder

PACKED = ".zst"
LEVEL = 3


class KeptFiles:
    """One store of kept files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        if not root.exists():
            root.mkdir(mode=0o700, parents=True)
            sync_folder(root.parent)

    async def keep(self, path: Path, sha256: str) -> None:
        """Keep a complete, synced file of the spool under its digest; one that is kept already stays.

        Raises ``NotKept`` if there is neither, ``SpoolFailed`` for this disk's faults.
        """
        with own_faults():
            await asyncio.to_thread(self._link, path, sha256)

    def _link(self, path: Path, sha256: str) -> None:
        plain = self._plain(sha256)
        if _packed(plain).exists():
            return
        if not plain.parent.exists():
            plain.parent.mkdir(mode=0o700, exist_ok=True)
            sync_folder(self.root)
        try:
            os.link(path, plain)
        except FileExistsError:
            pass
        except FileNotFoundError:
            if not plain.exists():
                raise NotKept("the file is neither in the spool nor among those kept") from None
        sync_folder(plain.parent)

    async def open(self, sha256: str) -> AsyncIterator[bytes]:
        """The bytes of a kept file, in chunks.

        Raises ``NotKept`` if it is not here, or, at its end, if they were not those that were kept; ``SpoolFailed``
        for this disk's faults.
        """
        digest = hashlib.sha256()
        with own_faults():
            file = await asyncio.to_thread(self._reader, sha256)
        try:
            while chunk := await asyncio.to_thread(_read, file, digest):
                yield chunk
        finally:
            await asyncio.to_thread(file.close)
        if digest.hexdigest() != sha256:
            raise _damaged()

    def _reader(self, sha256: str) -> BinaryIO:
        plain = self._plain(sha256)
        with suppress(FileNotFoundError):
            return plain.open("rb")
        try:
            packed = _packed(plain).open("rb")
        except FileNotFoundError:
            hint = "its time to be kept was over (retention in gateway.yaml), or state_dir is not whole"
            raise NotKept("the file is no longer kept", hint=hint) from None
        return cast("BinaryIO", zstandard.ZstdDecompressor().stream_reader(packed, closefd=True))

    def has(self, sha256: str) -> bool:
        """Whether the file is kept."""
        plain = self._plain(sha256)
        return plain.exists() or _packed(plain).exists()

    async def pack(self, sha256: str, stop: Callable[[], bool] = lambda: False) -> int | None:
        """Compress a kept file; gives the bytes that it takes from now on, 0 if it is not here.

        Gives None, and leaves it as it is, where ``stop`` became true before the end.
        """
        with own_faults():
            return await asyncio.to_thread(self._pack, sha256, stop)

    def _pack(self, sha256: str, stop: Callable[[], bool]) -> int | None:
        plain = self._plain(sha256)
        packed = _packed(plain)
        if not packed.exists():
            if not plain.exists():
                return 0
            if not _compress(plain, packed, stop):
                return None
            sync_folder(packed.parent)
        plain.unlink(missing_ok=True)
        return packed.stat().st_size

    def forget(self, sha256: str) -> None:
        """Remove a kept file; no error if it is not here. Blocks."""
        plain = self._plain(sha256)
        for path in (plain, _packed(plain)):
            path.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what a crash left unfinished. Blocks."""
        for part in self.root.glob(f"*/*{PART}"):
            part.unlink()

    def _plain(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256


def _packed(plain: Path) -> Path:
    return plain.with_name(plain.name + PACKED)


def _compress(plain: Path, packed: Path, stop: Callable[[], bool]) -> bool:
    """Whether the compressed file is there, synced under its name; False where ``stop`` became true."""
    part = packed.with_name(packed.name + PART)
    compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
    with plain.open("rb") as source, os.fdopen(_created(part), "wb") as target:
        for chunk in compressor.read_to_iter(source, read_size=CHUNK, write_size=CHUNK):
            if stop():
                part.unlink()
                return False
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    part.rename(packed)
    return True


def _created(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)


def _read(file: BinaryIO, digest: hashlib._Hash) -> bytes:
    try:
        with own_faults():
            chunk = file.read(CHUNK)
    except zstandard.ZstdError:
        raise _damaged() from None
    digest.update(chunk)
    return chunk


def _damaged() -> NotKept:
    return NotKept("the kept file is damaged", hint="see whether the disk of state_dir fails")
