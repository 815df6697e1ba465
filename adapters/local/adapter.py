"""Folders of this machine, and shares mounted on it."""

from __future__ import annotations

import asyncio
import errno
import os
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar

import aiofiles

from adapters import names, settling
from adapters.base import Entry, Features, Listing
from adapters.errors import (
    NO_SETTINGS,
    AdapterError,
    AlreadyThere,
    Changed,
    Misconfigured,
    NotFound,
    Refused,
    Rule,
    Settings,
    Transient,
    map_errors,
)
from adapters.handover import CHUNK, Workers
from adapters.local import files
from adapters.local.events import arrivals

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Sequence

    from aiofiles.threadpool.binary import AsyncFileIO

    from adapters.base import Target
    from adapters.options import LocalOptions

P = ParamSpec("P")
T = TypeVar("T")


def _coded(*codes: int) -> Callable[[OSError], bool]:
    return lambda error: error.errno in codes


ERRORS = (
    Rule(error=FileNotFoundError, becomes=NotFound, says="it is not there"),
    Rule(error=NotADirectoryError, becomes=NotFound, says="a part of the path is no folder"),
    Rule(error=FileExistsError, becomes=AlreadyThere, says="the name is taken"),
    Rule(
        error=PermissionError,
        becomes=Misconfigured,
        says="the system refuses it",
        hint="give the gateway's user rights to read and write in this folder",
    ),
    Rule(
        error=OSError,
        when=_coded(errno.EROFS),
        becomes=Misconfigured,
        says="the file system is mounted read-only",
        hint="mount it for writing",
    ),
    Rule(
        error=OSError,
        when=_coded(errno.ENOSPC, errno.EDQUOT),
        becomes=Transient,
        says="no room is left",
        hint="make room there; the file waits",
    ),
    Rule(
        error=OSError,
        when=_coded(errno.ENAMETOOLONG, errno.EINVAL, errno.EISDIR, errno.EFBIG, errno.ELOOP),
        becomes=Refused,
        says="the system cannot hold such a file",
    ),
    Rule(error=OSError, becomes=Transient, says="the system could not do it"),
)


class LocalAdapter:
    """One folder."""

    def __init__(self, options: LocalOptions, *, name: str) -> None:
        self._options = options
        self._root = options.root
        self._workers = Workers(name, options.connections)
        self._found: Settings = NO_SETTINGS
        self._rights: files.Rights | None = None

    @property
    def features(self) -> Features:
        """Create-only by link(2) or renameat2(2)."""
        events = self._options.events
        return Features(
            conditional_create=True,
            events=events,
            mtime_precision=self._options.mtime_precision,
            settings=self._found,
        )

    async def __aenter__(self) -> Self:
        if self._options.events and not await self._workers.run(files.tells_events, self._root, _mounts()):
            self._found = {"events": False}
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._workers.close()

    async def scan(self, pattern: str) -> Listing:
        """See ``Adapter.scan``."""
        names.assert_safe(pattern)
        await self._assert_mounted()
        return await self._run(f"listing {pattern}", files.scan, self._root, pattern)

    async def exact(self, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """See ``Adapter.exact``: listings are exact here."""
        return tuple(entries)

    async def stat(self, path: str) -> Entry:
        """See ``Adapter.stat``."""
        return await self._run(f"looking at {path}", files.look, self._root, path)

    @asynccontextmanager
    async def read(self, entry: Entry) -> AsyncIterator[AsyncIterator[bytes]]:
        """See ``Adapter.read``."""
        async with self._told(f"reading {entry.path}"):
            place = files.locate(self._root, entry.path)
            file = await self._opened(place)
            try:
                await self._assert_same(entry)
                yield self._chunks(entry, file)
            finally:
                await file.close()

    async def _opened(self, place: Path) -> AsyncFileIO:
        """Whoever is cancelled meanwhile leaves nothing open: the thread goes on, and what it opens is closed then."""
        opening = asyncio.ensure_future(
            aiofiles.open(
                place, "rb", buffering=0, opener=files.open_to_read, executor=self._workers.executor
            )
        )
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_when_opened)
            raise

    async def _chunks(self, entry: Entry, file: AsyncFileIO) -> AsyncIterator[bytes]:
        with map_errors(ERRORS, f"reading {entry.path}"):
            while chunk := await file.read(CHUNK):
                yield chunk
        await self._assert_same(entry)

    async def _assert_same(self, entry: Entry) -> None:
        if (await self.stat(entry.path)).identity != entry.identity:
            raise Changed(f"{entry.path} is another file than the one that was listed")

    def temporary(self, path: str, token: str) -> str:
        """See ``Adapter.temporary``."""
        return names.temporary_beside(path, token)

    async def write(self, target: Target, chunks: AsyncIterable[bytes]) -> Entry:
        """See ``Adapter.write``."""
        names.assert_safe(target.path)
        await self._assert_mounted()
        await target.staging(target.temporary)
        try:
            staged = await self._stage(target, chunks)
            await target.publishing()
            await self._publish(target)
        except BaseException:
            with suppress(AdapterError):  # the journal knows the name and discards it later
                await self.discard(target.temporary, target.path)
            raise
        return Entry(path=target.path, size=staged.size, mtime=staged.mtime)

    async def _stage(self, target: Target, chunks: AsyncIterable[bytes]) -> Entry:
        """Every byte under the temporary name, flushed to disk and counted."""
        async with self._told(f"writing {target.path}"):
            place = files.locate(self._root, target.temporary)
            if self._rights is None:
                self._rights = await self._workers.run(files.Rights.of, self._options)
            opener = partial(files.create_unfinished, root=self._root, rights=self._rights)
            async with aiofiles.open(place, "wb", opener=opener, executor=self._workers.executor) as file:
                async for chunk in chunks:
                    await file.write(chunk)
                await file.flush()
                await self._workers.run(os.fsync, file.fileno())
        staged = await self.stat(target.temporary)
        if staged.size != target.size:
            raise Transient(f"{target.path}: {staged.size} bytes were staged instead of {target.size}")
        return staged

    async def _publish(self, target: Target) -> None:
        move = files.move_over if target.replace else partial(files.move_new, root=self._root)
        place, final = (files.locate(self._root, path) for path in (target.temporary, target.path))
        await self._run(f"publishing {target.path}", move, place, final)

    async def discard(self, handle: str, path: str) -> bool:
        """See ``Adapter.discard``. The folder is flushed in any case: a crash may have kept its last step from disk."""
        removed = False
        with suppress(NotFound):
            await self._steps.delete(handle)
            removed = True
        with suppress(NotFound):
            await self._run("flushing", files.flush_folders, files.locate(self._root, path))
        return removed

    async def rename(self, entry: Entry, path: str) -> Entry:
        """See ``Adapter.rename``."""
        await settling.rename(self._steps, entry, path, _aside(entry.path))
        return replace(entry, path=path)

    async def remove(self, entry: Entry, *, exclusive: bool = False) -> None:
        """See ``Adapter.remove``."""
        await settling.remove(self._steps, entry, _aside(entry.path), exclusive=exclusive)

    async def hints(self, pattern: str) -> AsyncIterator[None]:
        """See ``Adapter.hints``."""
        folder = self._root / names.fixed_folder(pattern)
        identify = partial(self._workers.run, files.identity, folder)
        with map_errors(ERRORS, f"listening for {pattern}"):
            async for _ in arrivals(self._root, folder, pattern, identify):
                yield

    async def _assert_mounted(self) -> None:
        await self._run("looking for the folder", files.assert_mounted, self._root, self._options.sentinel)

    @property
    def _steps(self) -> _Steps:
        return _Steps(self._run, self._root)

    async def _run(self, doing: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        async with self._told(doing):
            return await self._workers.run(call, *args, **kwargs)

    @asynccontextmanager
    async def _told(self, doing: str) -> AsyncIterator[None]:
        """The system's errors as ours. A share that came off its mount point says nothing of any file."""
        try:
            with map_errors(ERRORS, doing):
                yield
        except NotFound:
            await self._assert_mounted()
            raise


def _close_when_opened(opening: asyncio.Future[AsyncFileIO]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opened: Any = opening.result()
        opened._file.close()  # noqa: SLF001 - its own close asks for a thread, and all may have ended


def _mounts() -> str:
    return Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")


def _aside(path: str) -> str:
    return names.temporary_beside(path, f"aside-{names.digest_token(path)}")


@dataclass(frozen=True)
class _Steps:
    """The steps of settling, by system calls."""

    run: Callable[..., Awaitable[Any]]
    root: Path

    async def look(self, path: str) -> Entry | None:
        with suppress(NotFound):
            entry: Entry = await self.run(f"looking at {path}", files.look, self.root, path)
            return entry
        return None

    async def move(self, path: str, to: str) -> None:
        place, final = (files.locate(self.root, name) for name in (path, to))
        await self.run(f"moving {path}", partial(files.move_new, root=self.root), place, final)

    async def delete(self, path: str) -> None:
        await self.run(f"removing {path}", files.delete, files.locate(self.root, path))
