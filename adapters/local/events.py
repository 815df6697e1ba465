"""File events of the system as hints that a file may have arrived; a scan finds out whether one has.

watchdog's queue can overflow without a word, and NFS and SMB give no events: nothing may rely on a hint.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from watchdog.events import (
    DirCreatedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from adapters import names

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

LOOK_AGAIN = 30.0
"""Seconds without an event after which it is looked whether the folder is still the one that is listened to."""

# A moved-in or linked file gives "created" and never "closed": all three are listened to.
ARRIVALS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileMovedEvent,
    FileClosedEvent,
    DirCreatedEvent,
    DirMovedEvent,
]


class _Waker(FileSystemEventHandler):
    """Wakes the loop for events that concern a pattern."""

    def __init__(self, root: Path, pattern: str, wake: Callable[[], object]) -> None:
        self._root, self._pattern, self._wake = root, pattern, wake

    def on_any_event(self, event: FileSystemEvent) -> None:
        place = os.fsdecode(event.dest_path or event.src_path)
        path = os.path.relpath(place, self._root).replace(os.sep, "/")
        if event.is_directory or (names.matches(self._pattern, path) and not names.is_temporary(path)):
            self._wake()


async def arrivals(
    root: Path, folder: Path, pattern: str, identify: Callable[[], Awaitable[object]]
) -> AsyncIterator[None]:
    """Yield once for any number of events since the last time; until the caller leaves.

    ``identify`` tells the folder from another under its name, and gives None while there is none: what is listened to
    goes with the share, and one that was mounted again is listened to anew, and yields.
    """
    while True:
        known = await identify()
        async with _listening(root, folder, pattern) as arrived:
            while await _came(arrived) or await identify() == known:
                if arrived.is_set():
                    arrived.clear()
                    yield
        while await identify() is None:  # noqa: ASYNC110 - no event tells of a mount
            await asyncio.sleep(LOOK_AGAIN)
        yield


async def _came(arrived: asyncio.Event) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(LOOK_AGAIN):
            await arrived.wait()
    return arrived.is_set()


@asynccontextmanager
async def _listening(root: Path, folder: Path, pattern: str) -> AsyncIterator[asyncio.Event]:
    loop = asyncio.get_running_loop()
    arrived = asyncio.Event()
    observer = Observer()
    waker = _Waker(root, pattern, lambda: loop.call_soon_threadsafe(arrived.set))
    recursive = "/" in pattern.removeprefix(names.fixed_folder(pattern)).lstrip("/")
    observer.schedule(waker, str(folder), recursive=recursive, event_filter=ARRIVALS)
    await asyncio.to_thread(observer.start)
    try:
        yield arrived
    finally:
        observer.stop()
        await asyncio.to_thread(observer.join)
