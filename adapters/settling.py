"""Settling never touches what was not read: compare, move to a private name, compare again, then act.

For places whose own verbs know no condition (FTP, SFTP, folders). The private name follows from the path, so
that after a crash in between, asking once more goes on where it stopped: what was moved aside is found again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from adapters.errors import AlreadyThere, Changed, Misconfigured, NotFound, Refused
from adapters.names import beside, shown

if TYPE_CHECKING:
    from adapters.base import Entry

FREE_NAMES = 100
"""How many names are tried for a file that must be put back while its own name is taken."""


class Place(Protocol):
    """The steps of one connection that settling is made of."""

    async def look(self, path: str) -> Entry | None:
        """The file, or None if the place says that it is not there."""

    async def move(self, path: str, to: str) -> None:
        """Rename. Raises ``AlreadyThere`` and leaves both as they are if ``to`` exists."""

    async def delete(self, path: str) -> None:
        """Remove the file."""


async def remove(place: Place, entry: Entry, aside: str, *, exclusive: bool = False) -> None:
    """Remove the entry as it was read. Raises ``Changed`` or ``NotFound``; then nothing is lost.

    ``exclusive``: nobody writes under its name before it is gone; then nothing is moved, and one look is enough.
    """
    if exclusive:
        current = await place.look(entry.path)
        if current is None:
            raise NotFound(f"{shown(entry.path)} is not there")
        if current.identity != entry.identity:
            raise _changed(entry)
        await place.delete(entry.path)
        return
    await _take_aside(place, entry, aside)
    await place.delete(aside)


async def rename(place: Place, entry: Entry, path: str, aside: str) -> None:
    """Move the entry as it was read to ``path``. Raises ``Changed``, ``NotFound``, ``AlreadyThere``."""
    if await place.look(path) is not None and await place.look(aside) is None:
        raise AlreadyThere(f"{shown(path)} exists")
    await _take_aside(place, entry, aside)
    try:
        await place.move(aside, path)
    except AlreadyThere:
        await _put_back(place, aside, entry.path)
        raise


async def replace(place: Place, unfinished: str, path: str, aside: str) -> None:
    """Put a finished file under ``path`` where the place replaces nothing in one step: old aside, rename, drop old.

    In between nobody sees a file under ``path``, and never one in part. Asked once more after a crash, it goes on; if
    the new file cannot get the name, the old one gets it back.
    """
    old = await place.look(path) is not None
    if await place.look(aside) is None:
        if old:
            await place.move(path, aside)
    elif old:
        await place.delete(aside)  # a crash came before the last step of an earlier replacing
        await place.move(path, aside)
    try:
        await place.move(unfinished, path)
    except (Refused, Misconfigured):
        if await place.look(aside) is not None and await place.look(path) is None:
            await place.move(aside, path)
        raise
    if await place.look(aside) is not None:
        await place.delete(aside)


async def _take_aside(place: Place, entry: Entry, aside: str) -> None:
    """Afterwards the entry, proved to be the one that was read, stands under its private name."""
    current = await place.look(entry.path)
    if current is None or current.identity != entry.identity:
        await _resume(place, entry, aside, missing=current is None)
        return
    try:
        await place.move(entry.path, aside)
    except AlreadyThere:
        await _put_back(place, aside, entry.path)
        await place.move(entry.path, aside)
    await _prove(place, entry, aside)


async def _resume(place: Place, entry: Entry, aside: str, *, missing: bool) -> None:
    if await place.look(aside) is not None:
        await _prove(place, entry, aside)
    elif missing:
        raise NotFound(f"{shown(entry.path)} is not there")
    else:
        raise _changed(entry)


async def _prove(place: Place, entry: Entry, aside: str) -> None:
    taken = await place.look(aside)
    if taken is None:
        raise NotFound(f"{shown(entry.path)} is not there")
    if taken.identity != entry.identity:
        await _put_back(place, aside, entry.path)
        raise _changed(entry)


async def _put_back(place: Place, aside: str, path: str) -> None:
    """Give a file that is not ours its name again, or a free one like it if that is taken by now."""
    for name in (path, *(_numbered(path, number) for number in range(1, FREE_NAMES))):
        try:
            await place.move(aside, name)
        except AlreadyThere:
            continue
        return
    raise AlreadyThere(f"no free name to put {shown(path)} back", hint=f"it stands as {shown(aside)}")


def _numbered(path: str, number: int) -> str:
    """``JUKI_20270104.dat`` becomes ``JUKI_20270104-1.dat``: usual patterns still find it."""
    stem, dot, suffix = path.rpartition("/")[2].rpartition(".")
    return beside(path, f"{stem}-{number}.{suffix}" if dot else f"{suffix}-{number}")


def _changed(entry: Entry) -> Changed:
    hint = "nothing was touched; what is there now is taken as a new revision"
    return Changed(f"{shown(entry.path)} is another file than the one that was read", hint=hint)
