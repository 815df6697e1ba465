"""Files on their way, on the gateway's own disk: temporary name, fsync, rename, fsync of the folder.

One folder a transfer, ``<state_dir>/spool/<transfer id>/``, mode 0700, files 0600. A name without ``.part`` is
complete and survives the loss of power. What no open transfer owns is swept at start. Where files are encrypted at
rest (see ``sealing``), sizes and digests here are those of their content.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import threading
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from gateway.errors import Held, Reason, SpoolFailed
from gateway.formats.ondisk import AnyFile, created, opened, size_of
from gateway.sealing import PART, PLAIN, Broken, Sealing, sync, sync_folder
from gateway.stores.beside import Beside
from gateway.stores.writing import Writing

if TYPE_CHECKING:
    from io import BufferedReader

CHUNK = 1 << 20
ORIGINAL = "original"
CONVERTED = "converted"
SHEETS = "diverted"
"""Folder of the state folder: sheets of records that were taken out of their files, each called after its transfer."""
SUBSTITUTIONS = "substitutions"
"""Folder of the state folder: which characters were substituted, each called after its transfer."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A complete file of the spool: bytes and hex SHA-256."""

    size: int
    sha256: str


PATIENCE = 60.0
"""Seconds that a file waits for room before its attempt ends, so that others get its turn."""


class Spool:
    """All spooled files of one gateway, within ``limit`` bytes; ``free`` bytes of its disk are left to the journal."""

    def __init__(self, root: Path, *, limit: int, free: int = 0, sealing: Sealing = PLAIN) -> None:
        self.root = root
        self.sealing = sealing
        self._limit = limit
        self._free = free
        self._used: dict[str, int] = {}
        self._route_of: dict[str, str] = {}
        self._room = asyncio.Condition()
        self._names = SharedSync(root)
        self._makers = ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="convert")
        if not root.exists():
            root.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            root.mkdir(mode=0o700)
            sync_folder(root.parent)

    def file(self, transfer: str, name: str) -> AnyFile:
        """A complete file of a transfer, which is there."""
        return self.sealing.at(self.root / transfer / name)

    def size_of(self, transfer: str, name: str) -> int | None:
        """Bytes of a complete file's content; None if it is not there, or is no whole file."""
        try:
            return size_of(self.file(transfer, name))
        except (FileNotFoundError, Broken):
            return None

    def fresh(self, transfer: str, name: str) -> AnyFile:
        """A file to be written beside those of a transfer, which is not complete before it is ``synced``."""
        return self.sealing.new(self.root / transfer / name)

    def has_to_spare(self, size: int, *, route: str, quota: int | None) -> bool:
        """Whether there is room for what waits for people: half of it is left to the files on their way."""
        of_route = sum(used for one, used in self._used.items() if self._route_of.get(one) == route)
        if quota is not None and of_route + size > quota // 2:
            return False
        return sum(self._used.values()) + size <= self._limit // 2

    async def reserve(self, transfer: str, size: int, *, route: str = "", quota: int | None = None) -> None:
        """Wait for room for ``size`` bytes of a transfer; what it has already counts.

        ``quota``: bytes that all files of its route may take, held ones included. Raises ``Held`` if they can never
        fit, ``SpoolFailed`` if there is no room after ``PATIENCE`` seconds.
        """
        for most, key in (
            (self._limit, "limits.spool in gateway.yaml"),
            (quota, "limits.spool of the route"),
        ):
            if most is not None and size > most:
                hint = f"raise {key} and give its disk the room, then release the file"
                needs = f"the file needs {size} bytes of spool, the limit is {most}"
                raise Held(Reason.REFUSED, needs, hint=hint)
        size = max(size, self._used.get(transfer, 0))
        try:
            async with asyncio.timeout(PATIENCE), self._room:
                await self._room.wait_for(lambda: not self._lacks(transfer, size, route, quota))
        except TimeoutError:
            raise self._full(transfer, size, route, quota) from None
        self._used[transfer], self._route_of[transfer] = size, route

    def _lacks(self, transfer: str, size: int, route: str, quota: int | None) -> str:
        """What there is no room in for a file of this size; empty if there is room."""
        own = self._used.get(transfer, 0)
        if sum(self._used.values()) - own + size > self._limit:
            return "the spool is full"
        of_route = sum(used for one, used in self._used.items() if self._route_of.get(one) == route)
        if quota is not None and of_route - own + size > quota:
            return "the route's part of the spool is full"
        with own_faults():
            disk = os.statvfs(self.root)
        if size > own and disk.f_bavail * disk.f_frsize - (size - own) < self._free:
            return "the disk of state_dir is nearly full"
        return ""

    def _full(self, transfer: str, size: int, route: str, quota: int | None) -> SpoolFailed:
        lacks = self._lacks(transfer, size, route, quota) or "the spool is full"
        seen = "see what is held (linkage-gateway held), or raise limits.spool"
        hints = {"the route's part of the spool is full": f"{seen} of the route"}
        hints["the disk of state_dir is nearly full"] = "make room on it, or lower limits.free"
        return SpoolFailed(lacks, hint=hints.get(lacks, seen))

    async def shrink(self, transfer: str) -> None:
        """From now on only what a transfer really has in the spool counts."""
        await self._note(transfer, await asyncio.to_thread(_size_of, self.root / transfer))

    async def _note(self, transfer: str, size: int) -> None:
        async with self._room:
            if size:
                self._used[transfer] = size
            else:
                self._used.pop(transfer, None)
                self._route_of.pop(transfer, None)
            self._room.notify_all()

    async def store(
        self, transfer: str, name: str, chunks: AsyncIterable[bytes], *, read_again: bool = True
    ) -> Stored:
        """Write a stream; when this returns, the file is complete and durable under its name.

        Where nobody ``read_again`` a large file soon, the system is told that it need not stay in memory.
        Raises ``SpoolFailed`` for this disk's faults, and what the stream raises.
        """
        stream = aiter(chunks)
        ahead = bytearray()
        while len(ahead) < CHUNK:
            try:
                ahead += await anext(stream)
            except StopAsyncIteration:
                return await asyncio.to_thread(self._store_small, transfer, name, ahead)
        return await self._store_large(transfer, name, _joined(ahead, stream), read_again=read_again)

    def _store_small(self, transfer: str, name: str, data: bytearray) -> Stored:
        """As ``store``, of bytes that are all here; blocks."""
        part = self._part(transfer, name)
        with own_faults():
            with created(part) as file:
                file.write(data)
            self._publish(part, transfer, name)
        return Stored(size=len(data), sha256=hashlib.sha256(data).hexdigest())

    async def _store_large(
        self, transfer: str, name: str, chunks: AsyncIterable[bytes], *, read_again: bool
    ) -> Stored:
        part = await asyncio.to_thread(self._part, transfer, name)
        with own_faults():
            writing = await asyncio.to_thread(Writing, part, read_again=read_again)
        beside = Beside(writing.take)
        try:
            async for chunk in chunks:
                with own_faults():
                    await beside.take(chunk)
            with own_faults():
                await beside.done()
        finally:
            await beside.stop()
            with own_faults():
                await asyncio.to_thread(writing.file.close)
        with own_faults():
            await asyncio.to_thread(self._publish, part, transfer, name)
        return Stored(size=writing.size, sha256=writing.digest.hexdigest())

    async def make(self, transfer: str, name: str, work: Callable[[AnyFile], None]) -> Stored:
        """Let ``work`` write the file that it is given, in a thread; then as ``store``."""
        part = await asyncio.to_thread(self._part, transfer, name)
        with own_faults():
            if isinstance(part, Path):
                part.touch(mode=0o600)
            await asyncio.get_running_loop().run_in_executor(self._makers, work, part)
            stored = await asyncio.to_thread(digest_of, part)
            await asyncio.to_thread(self._publish, part, transfer, name)
        return stored

    def _publish(self, part: AnyFile, transfer: str, name: str) -> None:
        sync(part)
        self.sealing.publish(part, self.root / transfer / name)

    async def read(self, transfer: str, name: str) -> AsyncIterator[bytes]:
        """The bytes of a complete file, in chunks. Raises ``SpoolFailed``."""
        with own_faults():
            chunk, file = await asyncio.to_thread(_first, self.file(transfer, name))
        yield chunk
        if file is None:
            return
        try:
            while True:
                with own_faults():
                    chunk = await asyncio.to_thread(file.read, CHUNK)
                if not chunk:
                    return
                yield chunk
        finally:
            await asyncio.to_thread(file.close)

    async def write_report(self, transfer: str, name: str, text: str) -> Path:
        """Put a text for people beside a held file. It holds nothing of the file, and is never encrypted."""
        return await asyncio.to_thread(self._write_report, transfer, name, text)

    def _write_report(self, transfer: str, name: str, text: str) -> Path:
        folder = self._folder(transfer)
        part, path = folder / f"{name}{PART}", folder / name
        with own_faults():
            with created(part) as file:
                file.write(text.encode())
            sync(part)
            PLAIN.publish(part, path)
        return path

    async def remove(self, transfer: str) -> None:
        """Remove everything of a transfer; no error if nothing is there."""
        left = await asyncio.to_thread(self._emptied, self.root / transfer)
        await self._note(transfer, left)

    async def sweep(self, owners: Mapping[str, str]) -> list[str]:
        """Remove the folders of transfers that are not among ``owners``, and unfinished files; names the folders.

        ``owners`` are transfers with their routes.
        """
        self._route_of |= owners
        orphans = [name for name in await self.owners() if name not in owners]
        for name in orphans:
            await self.remove(name)
        for part in self.root.glob(f"*/*{PART}"):
            await asyncio.to_thread(part.unlink)
        for owner in owners:
            await self.shrink(owner)
        return orphans

    async def owners(self) -> list[str]:
        """The transfers of which something is in the spool."""
        return await asyncio.to_thread(os.listdir, self.root)

    def is_empty(self) -> bool:
        """Whether nothing at all is in the spool."""
        return not any(self.root.iterdir())

    def close(self) -> None:
        """Let the threads of conversions end; one under way is not waited for."""
        self._makers.shutdown(wait=False, cancel_futures=True)

    def _emptied(self, folder: Path) -> int:
        """Remove a folder with its files; bytes of what could not be removed."""
        with suppress(FileNotFoundError), self.sealing.turn(folder):
            _remove(folder)
        return _size_of(folder) if folder.exists() else 0

    def _folder(self, transfer: str) -> Path:
        folder = self.root / transfer
        with own_faults():
            if not folder.exists():
                folder.mkdir(mode=0o700)
                self._names.sync()
        return folder

    def _part(self, transfer: str, name: str) -> AnyFile:
        return self.sealing.new(self._folder(transfer) / name, unfinished=True)


class SharedSync:
    """Makes the names in one folder durable; calls that wait at one time share the next sync. Used from threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = threading.Lock()
        self._asking = threading.Lock()
        self._asked = self._done = 0

    def sync(self) -> None:
        """Return when every name that was there before is durable. Raises ``OSError``."""
        with self._asking:
            self._asked += 1
            mine = self._asked
        with self._turn:
            if self._done >= mine:
                return
            covered = self._asked  # whoever asked by now has made its names
            sync_folder(self._folder)
            self._done = covered


@contextmanager
def own_faults(folder: str = "state_dir") -> Iterator[None]:
    """The system's errors here are those of the gateway's own disk, and are told from a place's."""
    try:
        yield
    except OSError as error:
        hint = f"see that the disk of {folder} is writable and not full"
        what = "the gateway's own disk" if folder == "state_dir" else f"the disk of {folder}"
        raise SpoolFailed(f"{what} failed ({error.strerror})", hint=hint) from error


async def _joined(ahead: bytearray, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield bytes(ahead)
    async for chunk in rest:
        yield chunk


def _first(path: AnyFile) -> tuple[bytes, BinaryIO | None]:
    """The first chunk of a file, the whole of a small one, and what is open for the rest, if there is one."""
    file = opened(path)
    try:
        chunk = file.read(CHUNK)
    except BaseException:
        file.close()
        raise
    if len(chunk) == CHUNK:
        return chunk, file
    file.close()
    return chunk, None


def synced(file: AnyFile) -> Stored:
    """What a file of this disk holds, once it is durable. Blocks."""
    with own_faults():
        sync(file)
        return digest_of(file)


def _remove(folder: Path) -> None:
    """As ``shutil.rmtree``, which takes three times as long for the few files of a transfer."""
    try:
        for file in os.scandir(folder):
            os.unlink(file)  # noqa: PTH108 - one step for each file of each transfer
        folder.rmdir()
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)


def _size_of(folder: Path) -> int:
    """Bytes of the files in a folder; 0 if there is none."""
    try:
        return sum(path.stat().st_size for path in folder.iterdir())
    except FileNotFoundError:
        return 0


def digest_of(path: AnyFile) -> Stored:
    """Size and digest of a file's content. Blocks."""
    with opened(path) as file:
        digest = hashlib.file_digest(cast("BufferedReader", file), "sha256")
    return Stored(size=size_of(path), sha256=digest.hexdigest())
