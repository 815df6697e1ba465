"""Try what a place lets us do, with a small file of our own that is removed again: for live checks of an endpoint."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from adapters import names
from adapters.base import Features, Publish, Target
from adapters.errors import (
    NO_SETTINGS,
    AdapterError,
    AlreadyThere,
    ConnectionLost,
    NoAccess,
    NotFound,
    Settings,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from adapters.base import Adapter, Entry

CONTENT = b"Linkage Gateway was here, and removes this file.\r\n"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One step that was tried.

    Attributes:
        step: list, write, create-only, read-back, rename or remove.
        works: whether it did what routes need of it.
        says: what was seen, for a person.
        hint: what to write or to ask for, or an empty string.
        settings: keys of the endpoint that would help, with their values.
    """

    step: str
    works: bool
    says: str
    hint: str = ""
    settings: Settings = field(default_factory=lambda: NO_SETTINGS)

    @classmethod
    def failed(cls, step: str, error: AdapterError) -> Self:
        """A step that an error ended."""
        return cls(step=step, works=False, says=error.message, hint=error.hint, settings=error.settings)


@dataclass(frozen=True, kw_only=True)
class Ability:
    """Something that places can do, whether this one can, and what a route writes where it cannot."""

    what: str
    can: bool
    so: str = ""


MINUTE = 60.0


def abilities(features: Features) -> tuple[Ability, ...]:
    """What a place can do, for a person. ``features`` are complete once it was reached."""
    whole, tells = features.publish is not Publish.DIRECT, features.mtime_precision < MINUTE
    apart = "where it is read: identity: content, or after: delete"
    return (
        Ability(
            what="shows a file only when it is whole",
            can=whole,
            so="where it is written: complete_by: trailer, count or marker",
        ),
        Ability(
            what="refuses a taken name by itself",
            can=features.conditional_create,
            so="the gateway looks before it writes; let nobody else write these names",
        ),
        Ability(what="renames in one step", can=features.rename, so="archiving copies, compares and removes"),
        Ability(what="gives sizes in bytes", can=features.byte_size, so=apart),
        Ability(what=f"tells contents apart by time, to {features.mtime_precision:g} s", can=tells, so=apart),
        Ability(what="goes on with a read that was cut", can=features.resume, so="it is read anew"),
        Ability(what="goes on with a write that was cut", can=features.resume_write, so="it is sent anew"),
        Ability(
            what="tells by itself when something arrives",
            can=features.events,
            so="the schedule says how often it is looked at: schedule: {every: 1m}",
        ),
        Ability(
            what="keeps small notes of the gateway beside the files",
            can=features.keeps_notes,
            so="owner_object has no effect here: see to it that one gateway alone writes",
        ),
    )


async def examine(adapter: Adapter, *, pattern: str, path: str) -> tuple[Finding, ...]:
    """Try each step in turn, on a name that is free; steps that need an earlier one are left out when it failed.

    Args:
        adapter: the endpoint, entered.
        pattern: what is listed.
        path: a name in a place that may be written; nothing may be there.

    Returns:
        A finding for each step that was tried: only the first where the place lets nobody in, since accounts lock
        after a few bad logins. Whatever was written is removed, if removing works; also when the
        examination is cancelled.
    """
    examination = _Examination(adapter, path)
    await examination.step("list", lambda: examination.list(pattern))
    if examination.is_shut_out:
        return tuple(examination.findings)
    if adapter.features.publish is Publish.WORK_THEN_TRIGGER:
        says = "not tried: what is written here starts a job of the host"
        return (*examination.findings, Finding(step="write", works=True, says=says))
    try:
        if await examination.step("write", examination.write):
            await examination.list_made(pattern)
            await examination.step("create-only", examination.write_again)
            await examination.step("read-back", examination.read_back)
            if adapter.features.publish is not Publish.DIRECT:
                await examination.step("rename", examination.rename)
            await examination.step("remove", examination.remove)
    except asyncio.CancelledError:
        await asyncio.shield(asyncio.ensure_future(examination.clean_up()))
        raise
    return tuple(examination.findings)


class _Examination:
    def __init__(self, adapter: Adapter, path: str) -> None:
        self.findings: list[Finding] = []
        self.is_shut_out = False
        self._adapter = adapter
        self._path = path
        # Of this path alone: two examinations of one folder at one time must not take each other's files.
        unfinished, moved = (names.digest_token(f"{path}|{use}") for use in ("unfinished", "moved"))
        self._unfinished = adapter.temporary(path, unfinished)
        self._moved = adapter.temporary(path, moved) or f"{path}.moved"
        self._entry: Entry | None = None
        self._lacks_folder = False

    async def step(self, name: str, act: Callable[[], Awaitable[str]]) -> bool:
        try:
            says = await act()
        except AdapterError as error:
            self.findings.append(Finding.failed(name, error))
            self._lacks_folder |= name == "list" and isinstance(error, NotFound)
            self.is_shut_out = isinstance(error, NoAccess | ConnectionLost)
            return False
        self.findings.append(Finding(step=name, works=True, says=says))
        return True

    async def list(self, pattern: str) -> str:
        listing = await self._adapter.scan(pattern)
        counts = f"{len(listing.entries)} files, {len(listing.refused)} refused names"
        return f"{counts}, {listing.unparsed} lines not understood"

    async def list_made(self, pattern: str) -> None:
        """A folder that is not there is made by the first file: then it counts whether it can be listed."""
        if self._lacks_folder:
            before = self.findings.pop(0)
            listed = await self.step("list", lambda: self.list(pattern))
            again = self.findings.pop()
            says = f"{again.says}; the folder was not there, and was made"
            self.findings.insert(0, replace(again, says=says) if listed else before)

    async def write(self) -> str:
        self._entry = await self._send()
        shown = self._adapter.features.publish
        return f"written and published ({shown})"

    async def write_again(self) -> str:
        try:
            self._entry = await self._send()
        except AlreadyThere:
            if self._adapter.features.conditional_create:
                return "the place itself refuses a taken name"
            return "a taken name is noticed by looking first; the place itself would not refuse it"
        raise AlreadyThere("a taken name was written over", hint="give each route names of its own here")

    async def read_back(self) -> str:
        async with self._adapter.read(self._written) as chunks:
            content = b"".join([chunk async for chunk in chunks])
        if content != CONTENT:
            raise AdapterError(
                f"{len(content)} bytes came back, and not the {len(CONTENT)} that were sent",
                hint="the place changes what it stores: binary transfer, another profile, no translation",
            )
        return "the same bytes came back"

    async def rename(self) -> str:
        self._entry = await self._adapter.rename(self._written, self._moved)
        return "moved" if self._adapter.features.rename else "moved by copying"

    async def remove(self) -> str:
        await self._adapter.remove(self._written)
        return "removed"

    async def clean_up(self) -> None:
        """After a step that was cut off: remove the file under whichever name it stands, if it is ours."""
        with suppress(AdapterError):
            await self._adapter.discard(self._unfinished, self._path)
        for path in (self._path, self._moved):
            with suppress(AdapterError):
                self._entry = await self._adapter.stat(path)
                await self.read_back()
                await self.remove()
        with suppress(AdapterError):
            if self._entry is not None:  # a removal that was cut off goes on where it stopped
                await self._adapter.remove(self._entry)

    @property
    def _written(self) -> Entry:
        assert self._entry is not None
        return self._entry

    async def _send(self) -> Entry:
        target = Target(
            path=self._path,
            temporary=self._unfinished,
            size=len(CONTENT),
            sha256=hashlib.sha256(CONTENT).hexdigest(),
        )
        return await self._adapter.write(target, _content())


async def _content() -> AsyncIterator[bytes]:
    yield CONTENT
