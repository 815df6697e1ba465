"""Files kept as evidence, each content once: what was received, and what was delivered where that is another file.

``<root>/ab/<sha256>`` is the file as it is, ``<root>/ab/<sha256>.zst`` the same compressed (Zstandard, RFC 8878, with
its checksum); where both are there, either is whole. Below ``state_dir`` keeping is a second name for a file of the
spool, so it costs no copy on a file's way; ``pack`` compresses later. Below ``kept_dir``, on another disk that several
machines may share, it is a compressed copy. Folders 0700, files 0600. What is written here is durable when a call
returns, and a crash leaves at most a ``.part`` that ``sweep`` removes. Where files are encrypted at rest, each name has
``.age`` behind it; digests are those of the content.

A disk of other machines may be away. ``kept_dir`` holds a mark that the journal knows, so that the empty folder in the
place of a share that is not mounted is never taken for it.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import BinaryIO, ParamSpec, TypeVar, cast

import zstandard

from gateway.config import Installation
from gateway.errors import NotKept, SpoolFailed
from gateway.formats.ondisk import AnyFile, created, opened
from gateway.journal import STORES, Store
from gateway.journal.evidence import Evidence, Mark
from gateway.sealing import (
    PART,
    PLAIN,
    TURN,
    Broken,
    Sealing,
    on_disk,
    sealed_name,
    sealing_of,
    sync,
    sync_folder,
)
from gateway.stores.spool import CHUNK, own_faults

PACKED = ".zst"
LEVEL = 3
MARK = ".lgw-kept"
"""In ``kept_dir``: the installation that keeps there, and a word that its journal knows."""
AT_ONE_TIME = 4
"""Files that are on their way to or from a disk of other machines; where it hangs, these hang and nothing else."""
ABANDONED = 24 * 3600.0
"""Seconds after which an unfinished file that several machines see is no other's work any more."""

P = ParamSpec("P")
T = TypeVar("T")


class KeptFiles:
    """One store of kept files; ``common``: below ``kept_dir``, on a disk apart from the spool's."""

    def __init__(self, root: Path, sealing: Sealing = PLAIN, *, common: bool = False) -> None:
        self.root = root
        self.sealing = sealing
        self.common = common
        self._threads = ThreadPoolExecutor(AT_ONE_TIME, thread_name_prefix="kept") if common else None
        if not root.exists() and not common:
            root.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            root.mkdir(mode=0o700)
            sync_folder(root.parent)

    async def _away(self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """Run what blocks in a thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: function(*arguments, **named))

    def _faults(self) -> AbstractContextManager[None]:
        return own_faults("kept_dir" if self.common else "state_dir")

    async def keep(self, file: AnyFile, sha256: str) -> None:
        """Keep a complete, synced file of the spool under its digest; one that is kept already stays.

        Raises ``NotKept`` if there is neither, ``SpoolFailed`` for this disk's faults.
        """
        with self._faults():
            await self._away(self._keep, file, sha256)

    def _keep(self, file: AnyFile, sha256: str) -> None:
        whole = self._whole(sha256)
        if self._is_there(_packed(whole)):
            return
        if not whole.parent.exists():
            whole.parent.mkdir(mode=0o700, exist_ok=True)
            sync_folder(self.root)
        if self.common:
            self._copy(file, whole)
        else:
            self._link(file, whole)

    def _copy(self, file: AnyFile, whole: Path) -> None:
        if not on_disk(file).exists():
            if not self._is_there(whole):
                raise _neither()
            return
        part = self._part(_packed(whole))
        _compress(file, part, lambda: False)
        self.sealing.publish(part, _packed(whole))

    def _part(self, path: Path) -> AnyFile:
        """A file of its own to be published under a name: others may be keeping the same content."""
        return self.sealing.new(path.with_name(f"{path.name}.{secrets.token_hex(4)}"), unfinished=True)

    def _link(self, file: AnyFile, whole: Path) -> None:
        name = whole if isinstance(file, Path) else sealed_name(whole)
        try:
            os.link(on_disk(file), name)
        except FileExistsError:
            pass
        except FileNotFoundError:
            if not self._is_there(whole):
                raise _neither() from None
        sync_folder(whole.parent)

    async def open(self, sha256: str) -> AsyncIterator[bytes]:
        """The bytes of a kept file, in chunks.

        Raises ``NotKept`` if it is not here, or, at its end, if they were not those that were kept; ``SpoolFailed``
        for this disk's faults.
        """
        digest = hashlib.sha256()
        with self._faults():
            file = await self._away(self._reader, sha256)
        try:
            while chunk := await self._away(self._read, file, digest):
                yield chunk
        finally:
            await self._away(file.close)
        if digest.hexdigest() != sha256:
            raise _damaged()

    def _reader(self, sha256: str) -> BinaryIO:
        whole = self._whole(sha256)
        try:
            with suppress(FileNotFoundError):
                return opened(self.sealing.at(whole))
            packed = opened(self.sealing.at(_packed(whole)))
        except FileNotFoundError:
            if not self.root.exists():
                raise
            folder = "kept_dir" if self.common else "state_dir"
            hint = f"its time to be kept was over (retention in gateway.yaml), or {folder} is not whole"
            raise NotKept("the file is no longer kept", hint=hint) from None
        except Broken as broken:
            raise NotKept(broken.message, hint=broken.hint) from None
        return cast("BinaryIO", zstandard.ZstdDecompressor().stream_reader(packed, closefd=True))

    def _read(self, file: BinaryIO, digest: hashlib._Hash) -> bytes:
        try:
            with self._faults():
                chunk = file.read(CHUNK)
        except zstandard.ZstdError:
            raise _damaged() from None
        except Broken as broken:
            raise NotKept(broken.message, hint=broken.hint) from None
        digest.update(chunk)
        return chunk

    async def has(self, sha256: str) -> bool:
        """Whether the file is kept. Raises ``SpoolFailed`` where nobody can tell."""
        return await self._away(self._has, sha256)

    def _has(self, sha256: str) -> bool:
        whole = self._whole(sha256)
        there = self._is_there(whole) or self._is_there(_packed(whole))
        if not there:
            with self._faults():
                self.root.stat()
        return there

    def _is_there(self, path: Path) -> bool:
        return path.exists() or sealed_name(path).exists()

    async def pack(self, sha256: str, stop: Callable[[], bool] = lambda: False) -> int | None:
        """Compress a kept file; gives the bytes that it takes from now on, 0 if it is not here.

        Gives None, and leaves it as it is, where ``stop`` became true before the end.
        """
        with self._faults():
            return await self._away(self._pack, sha256, stop)

    def _pack(self, sha256: str, stop: Callable[[], bool]) -> int | None:
        whole = self._whole(sha256)
        packed = _packed(whole)
        if not self._is_there(packed):
            if not self._is_there(whole):
                return 0
            part = self._part(packed)
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
        """Remove a kept file; no error if it is not here. Blocks. Raises ``SpoolFailed`` where nobody can tell."""
        whole = self._whole(sha256)
        with self._faults():
            self.root.stat()
            self._remove(whole, _packed(whole))

    def _remove(self, *paths: Path) -> None:
        if not paths[0].parent.exists():
            return
        with self.sealing.turn(paths[0].parent):
            for path in paths:
                path.unlink(missing_ok=True)
                sealed_name(path).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what a crash left unfinished; where others may be at work, only what is old. Blocks."""
        until = time.time() - ABANDONED
        with self._faults():
            for part in self.root.glob(f"*/*{PART}"):
                with suppress(FileNotFoundError):  # whose it is has finished it meanwhile
                    if not self.common or part.stat().st_mtime < until:
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


def _neither() -> NotKept:
    return NotKept("the file is neither in the spool nor among those kept")


def _damaged() -> NotKept:
    return NotKept("the kept file is damaged", hint="see whether the disk on which it is kept fails")


def kept_root(installation: Installation) -> Path:
    """The folder of the stores of kept files."""
    return installation.gateway.kept_dir or installation.gateway.state_dir


def kept_files(installation: Installation, sealing: Sealing | None = None) -> dict[Store, KeptFiles]:
    """Every store of kept files. Raises ``SpoolFailed`` if they are kept in ``kept_dir`` and that is not there."""
    root, common = kept_root(installation), installation.gateway.kept_dir is not None
    if common and not (root / MARK).exists():
        raise _absent(root)
    using = sealing or sealing_of(installation)
    return {store: KeptFiles(root / store, using, common=common) for store in STORES}


async def make_ready(installation: Installation, evidence: Evidence) -> None:
    """See that ``kept_dir`` is the folder in which this journal's files are kept; a new one is marked.

    Raises ``SpoolFailed`` if it is another one, or files are still kept in ``state_dir``.
    """
    root = installation.gateway.kept_dir
    if root is None:
        return
    with own_faults("kept_dir"):
        await evidence.marked(await asyncio.to_thread(_marked, installation, root, await evidence.mark()))


def _marked(installation: Installation, root: Path, known: Mark) -> str:
    """The mark of the folder, written if it is new."""
    if left := next(_kept_below(installation.gateway.state_dir), None):
        hint = (
            f"with every gateway stopped, copy the folders {', '.join(STORES)} of state_dir into {root} (cp -a), "
            "and remove them from state_dir"
        )
        raise SpoolFailed(f"kept_dir is written, and files are still kept in {left.parent.parent}", hint=hint)
    path = root / MARK
    if not path.exists():
        if known.folder:
            raise _absent(root)
        _mark(root, f"{known.installation} {secrets.token_hex(8)}")
    installed, _, folder = path.read_text(encoding="utf-8").strip().partition(" ")
    if installed != known.installation or known.folder not in ("", folder):
        hint = f"name a folder of its own; if that gateway is gone for good and its files may stay, remove {path}"
        raise SpoolFailed(f"another gateway keeps its files in {root}", hint=hint)
    return folder


def _mark(root: Path, text: str) -> None:
    """Make a folder ready; of several nodes that begin at one time one makes the mark."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    for store in STORES:
        (root / store).mkdir(mode=0o700, exist_ok=True)
        (root / store / TURN).touch(mode=0o600)
        sync_folder(root / store)
    part = root / f"{MARK}.{secrets.token_hex(4)}{PART}"
    with created(part) as file:
        file.write(f"{text}\n".encode())
    sync(part)
    with suppress(FileExistsError):
        os.link(part, root / MARK)
    part.unlink()
    sync_folder(root)


def _kept_below(state_dir: Path) -> Iterator[Path]:
    return (path for store in STORES for path in state_dir.glob(f"{store}/*/*"))


def _absent(root: Path) -> SpoolFailed:
    hint = (
        "see that the share is mounted; after a move to another disk copy everything there, with the file "
        f"{MARK}; a gateway that has never run with it makes it at its start"
    )
    return SpoolFailed(f"kept_dir {root} is not the folder in which files are kept", hint=hint)
