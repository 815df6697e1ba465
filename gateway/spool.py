"""Files on their way, on the gateway's own disk: temporary name, fsync, rename, fsync of the folder.

One folder a transfer, ``<state_dir>/spool/<transfer id>/``, mode 0700, files 0600. A name without ``.part`` is
complete and survives the loss of power. What no open transfer owns is swept at start.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import threading
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiofiles

from gateway.errors import Held, Reason, SpoolFailed

CHUNK = 1 << 20
PART = ".part"
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

    def __init__(self, root: Path, *, limit: int, free: int = 0) -> None:
        self.root = root
        self._limit = limit
        self._free = free
        self._used: dict[str, int] = {}
        self._route_of: dict[str, str] = {}
        self._room = asyncio.Condition()
        self._names = SharedSync(root)
        self._makers = ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="convert")
        if not root.exists():
            root.mkdir(mode=0o700, parents=True)
            sync_folder(root.parent)

    def path(self, transfer: str, name: str) -> Path:
        """Where a file of a transfer is."""
        return self.root / transfer / name

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

    async def store(self, transfer: str, name: str, chunks: AsyncIterable[bytes]) -> Stored:
        """Write a stream; when this returns, the file is complete and durable under its name.

        Raises ``SpoolFailed`` for this disk's faults, and what the stream raises.
        """
        stream = aiter(chunks)
        ahead = bytearray()
        while len(ahead) < CHUNK:
            try:
                ahead += await anext(stream)
            except StopAsyncIteration:
                return await asyncio.to_thread(self._store_small, transfer, name, ahead)
        return await self._store_large(transfer, name, _joined(ahead, stream))

    def _store_small(self, transfer: str, name: str, data: bytearray) -> Stored:
        """As ``store``, of bytes that are all here; blocks."""
        part = self._part(transfer, name)
        with own_faults():
            with open(part, "wb", buffering=0, opener=_private) as file:
                file.write(data)
                os.fsync(file.fileno())
            _rename(part, self.path(transfer, name))
        return Stored(size=len(data), sha256=hashlib.sha256(data).hexdigest())

    async def _store_large(self, transfer: str, name: str, chunks: AsyncIterable[bytes]) -> Stored:
        part = await asyncio.to_thread(self._part, transfer, name)
        digest, size = hashlib.sha256(), 0
        with own_faults():
            file = await aiofiles.open(part, "wb", opener=_private)
        try:
            async for chunk in chunks:
                with own_faults():
                    await asyncio.gather(file.write(chunk), asyncio.to_thread(digest.update, chunk))
                size += len(chunk)
        finally:
            await file.close()
        with own_faults():
            await asyncio.to_thread(_publish, part, self.path(transfer, name))
        return Stored(size=size, sha256=digest.hexdigest())

    async def make(self, transfer: str, name: str, work: Callable[[Path], None]) -> Stored:
        """Let ``work`` write the file at the path it is given, in a thread; then as ``store``."""
        part = await asyncio.to_thread(self._part, transfer, name)
        with own_faults():
            part.touch(mode=0o600)
            await asyncio.get_running_loop().run_in_executor(self._makers, work, part)
            stored = await asyncio.to_thread(_digest, part)
            await asyncio.to_thread(_publish, part, self.path(transfer, name))
        return stored

    async def read(self, transfer: str, name: str) -> AsyncIterator[bytes]:
        """The bytes of a complete file, in chunks. Raises ``SpoolFailed``."""
        path = self.path(transfer, name)
        with own_faults():
            chunk = await asyncio.to_thread(_first, path)
        yield chunk
        if len(chunk) < CHUNK:
            return
        with own_faults():
            file = await aiofiles.open(path, "rb")
            await file.seek(CHUNK)
        try:
            while True:
                with own_faults():
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
        left = await asyncio.to_thread(_emptied, self.root / transfer)
        await self._note(transfer, left)

    async def sweep(self, owners: Mapping[str, str]) -> list[str]:
        """Remove the folders of transfers that are not among ``owners``, and unfinished files; names the folders.

        ``owners`` are transfers with their routes.
        """
        self._route_of |= owners
        orphans = [name for name in await asyncio.to_thread(os.listdir, self.root) if name not in owners]
        for name in orphans:
            await self.remove(name)
        for part in self.root.glob(f"*/*{PART}"):
            await asyncio.to_thread(part.unlink)
        for owner in owners:
            await self.shrink(owner)
        return orphans

    def is_empty(self) -> bool:
        """Whether nothing at all is in the spool."""
        return not any(self.root.iterdir())

    def close(self) -> None:
        """Let the threads of conversions end; one under way is not waited for."""
        self._makers.shutdown(wait=False, cancel_futures=True)

    def _part(self, transfer: str, name: str) -> Path:
        folder = self.root / transfer
        with own_faults():
            if not folder.exists():
                folder.mkdir(mode=0o700)
                self._names.sync()
        return folder / f"{name}{PART}"


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
def own_faults() -> Iterator[None]:
    """The system's errors here are those of the gateway's own disk, and are told from a place's."""
    try:
        yield
    except OSError as error:
        hint = "see that the disk of state_dir is writable and not full"
        raise SpoolFailed(f"the gateway's own disk failed ({error.strerror})", hint=hint) from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _publish(part: Path, path: Path) -> None:
    with part.open("rb") as file:
        os.fsync(file.fileno())
    _rename(part, path)


def _rename(part: Path, path: Path) -> None:
    part.rename(path)
    sync_folder(path.parent)


async def _joined(ahead: bytearray, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield bytes(ahead)
    async for chunk in rest:
        yield chunk


def _first(path: Path) -> bytes:
    """The first chunk of a file, the whole of a small one."""
    with path.open("rb", buffering=0) as file:
        return file.read(CHUNK) or b""


def synced(path: Path) -> Stored:
    """What a file of this disk holds, once it is durable. Blocks."""
    with own_faults(), path.open("rb") as file:
        os.fsync(file.fileno())
        return _digest(path)


def _size_of(folder: Path) -> int:
    """Bytes of the files in a folder; 0 if there is none."""
    try:
        return sum(path.stat().st_size for path in folder.iterdir())
    except FileNotFoundError:
        return 0


def _emptied(folder: Path) -> int:
    """Remove a folder with its files; bytes of what could not be removed."""
    shutil.rmtree(folder, ignore_errors=True)
    return _size_of(folder)


def _digest(path: Path) -> Stored:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    return Stored(size=path.stat().st_size, sha256=digest.hexdigest())
