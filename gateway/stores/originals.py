"""Files kept as evidence, each content once: what was received, and what was delivered where that is another file.

``<root>/ab/<sha256>`` is the file as it is, ``<root>/ab/<sha256>.zst`` the same compressed (Zstandard, RFC 8878, with
its checksum); where both are there, either is whole. Keeping is a second name for a file of the spool, so it costs no
copy on a file's way; ``pack`` compresses later. Folders 0700, files 0600. What is written here is durable when a call
returns, and a crash leaves at most a ``.part`` that ``sweep`` removes. Where files are encrypted at rest, each name has
``.age`` behind it; digests are those of the content.
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
from gateway.formats.ondisk import AnyFile, created, opened
from gateway.sealing import PART, PLAIN, Broken, Sealing, on_disk, sealed_name, sync, sync_folder
from gateway.stores.spool import CHUNK, own_faults

PACKED = ".zst"
LEVEL = 3


class KeptFiles:
    """One store of kept files."""

    def __init__(self, root: Path, sealing: Sealing = PLAIN) -> None:
        self.root = root
        self.sealing = sealing
        if not root.exists():
            root.mkdir(mode=0o700, parents=True)
            sync_folder(root.parent)

    async def keep(self, file: AnyFile, sha256: str) -> None:
        """Keep a complete, synced file of the spool under its digest; one that is kept already stays.

        Raises ``NotKept`` if there is neither, ``SpoolFailed`` for this disk's faults.
        """
        with own_faults():
            await asyncio.to_thread(self._link, file, sha256)

    def _link(self, file: AnyFile, sha256: str) -> None:
        whole = self._whole(sha256)
        if self._is_there(_packed(whole)):
            return
        if not whole.parent.exists():
            whole.parent.mkdir(mode=0o700, exist_ok=True)
            sync_folder(self.root)
        name = whole if isinstance(file, Path) else sealed_name(whole)
        try:
            os.link(on_disk(file), name)
        except FileExistsError:
            pass
        except FileNotFoundError:
            if not self._is_there(whole):
                raise NotKept("the file is neither in the spool nor among those kept") from None
        sync_folder(whole.parent)

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
        whole = self._whole(sha256)
        try:
            with suppress(FileNotFoundError):
                return opened(self.sealing.at(whole))
            packed = opened(self.sealing.at(_packed(whole)))
        except FileNotFoundError:
            hint = "its time to be kept was over (retention in gateway.yaml), or state_dir is not whole"
            raise NotKept("the file is no longer kept", hint=hint) from None
        except Broken as broken:
            raise NotKept(broken.message, hint=broken.hint) from None
        return cast("BinaryIO", zstandard.ZstdDecompressor().stream_reader(packed, closefd=True))

    def has(self, sha256: str) -> bool:
        """Whether the file is kept."""
        whole = self._whole(sha256)
        return self._is_there(whole) or self._is_there(_packed(whole))

    def _is_there(self, path: Path) -> bool:
        return path.exists() or sealed_name(path).exists()

    async def pack(self, sha256: str, stop: Callable[[], bool] = lambda: False) -> int | None:
        """Compress a kept file; gives the bytes that it takes from now on, 0 if it is not here.

        Gives None, and leaves it as it is, where ``stop`` became true before the end.
        """
        with own_faults():
            return await asyncio.to_thread(self._pack, sha256, stop)

    def _pack(self, sha256: str, stop: Callable[[], bool]) -> int | None:
        whole = self._whole(sha256)
        packed = _packed(whole)
        if not self._is_there(packed):
            if not self._is_there(whole):
                return 0
            part = self.sealing.new(packed, unfinished=True)
            source = self.sealing.at(whole)
            try:
                if not _compress(source, part, stop):
                    return None
            except Broken:  # it stays as it is: whoever asks for it is told
                part.unlink(missing_ok=True)
                return on_disk(source).stat().st_size
            self.sealing.publish(part, packed)
        self._remove(whole)
        return on_disk(self.sealing.at(packed)).stat().st_size

    def forget(self, sha256: str) -> None:
        """Remove a kept file; no error if it is not here. Blocks."""
        whole = self._whole(sha256)
        self._remove(whole, _packed(whole))

    def _remove(self, *paths: Path) -> None:
        if not paths[0].parent.exists():
            return
        with self.sealing.turn(paths[0].parent):
            for path in paths:
                path.unlink(missing_ok=True)
                sealed_name(path).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what a crash left unfinished. Blocks."""
        for part in self.root.glob(f"*/*{PART}"):
            part.unlink()

    def _whole(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256


def _packed(whole: Path) -> Path:
    return whole.with_name(whole.name + PACKED)


def _compress(whole: AnyFile, part: AnyFile, stop: Callable[[], bool]) -> bool:
    """Whether the compressed file is there, synced; False where ``stop`` became true."""
    compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
    with opened(whole) as source, created(part) as target:
        for chunk in compressor.read_to_iter(source, read_size=CHUNK, write_size=CHUNK):
            if stop():
                part.unlink()
                return False
            target.write(chunk)
    sync(part)
    return True


def _read(file: BinaryIO, digest: hashlib._Hash) -> bytes:
    try:
        with own_faults():
            chunk = file.read(CHUNK)
    except zstandard.ZstdError:
        raise _damaged() from None
    except Broken as broken:
        raise NotKept(broken.message, hint=broken.hint) from None
    digest.update(chunk)
    return chunk


def _damaged() -> NotKept:
    return NotKept("the kept file is damaged", hint="see whether the disk of state_dir fails")
