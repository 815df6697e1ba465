"""The contract between the gateway and a place: few verbs, values, and what a place can do as data.

An adapter reaches one endpoint. It is used as ``async with adapter:``; nothing connects before that. Paths
are strings relative to the endpoint's root, with ``/`` between segments (a dataset name on MVS). All errors
are those of ``adapters.errors``. No adapter retries on its own: retries belong to the journal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, Self

from adapters.errors import NO_SETTINGS, Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager


class Publish(StrEnum):
    """What ``write`` promises about the final name."""

    ATOMIC = "atomic"  # rename or commit: the whole file is visible, or nothing
    WORK_THEN_TRIGGER = (
        "work_then_trigger"  # whole and verified under a work name, then a job or a marker is sent
    )
    DIRECT = "direct"  # a partial file can be seen under the final name


@dataclass(frozen=True, kw_only=True)
class Features:
    """What a place can do. The core branches on these flags, never on an adapter's type."""

    publish: Publish = Publish.ATOMIC
    conditional_create: bool = False  # an existing final name is refused by the place itself, without a race
    rename: bool = True  # False: ``rename`` copies, verifies and deletes (object stores)
    byte_size: bool = True  # listings and stat give the size in bytes
    resume_write: bool = (
        False  # ``Target.resume`` is gone on with: what the place has of the file is not sent again
    )
    mtime_precision: float = 1.0  # seconds; what ``Entry.mtime`` can tell apart
    resume: bool = (
        False  # ``read`` takes up a stream that was cut where it broke, if the file is still the same
    )
    keeps_notes: bool = True  # small files of the gateway's own may stay beside others, and can be read back
    events: bool = False  # ``hints`` yields when something may have arrived
    settings: Settings = field(default_factory=lambda: NO_SETTINGS)
    """Keys of the endpoint that were found out by asking, with their values."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One file as a place showed it.

    ``size`` is in bytes, or None where the place gives none. ``mtime`` is the place's own text, compared and
    never calculated with. ``version`` is an ETag, version id or generation: the identity where there is one.
    ``vague`` entries come from listings that tell time less exactly than ``stat`` does: their identity is none
    before ``Adapter.exact``.
    """

    path: str
    size: int | None
    mtime: str = ""
    version: str = ""
    vague: bool = False

    @property
    def name(self) -> str:
        """The last segment of the path."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def identity(self) -> str:
        """What tells this content from another under the same path, as far as the place can tell."""
        return f"{'' if self.size is None else self.size}|{self.mtime}|{self.version}"


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What one scan saw. ``refused`` are names that may not be used, each with its reason."""

    entries: tuple[Entry, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    unparsed: int = 0


async def _nothing(*_: object) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where and how to write one file.

    Attributes:
        path: the final name.
        temporary: what ``Adapter.temporary`` gave for the unfinished file.
        size, sha256: bytes that will come, and their hex digest (stored with the file where the place can).
        labels: what else is stored with the file where the place can: names in ``[a-z-]``, values in ASCII.
        replace: an existing final name may be replaced. Otherwise it raises ``AlreadyThere``.
        look: look at the published file. Without, a place whose own answer proves size and content may leave it out,
            and gives an entry without ``mtime``, which is nothing to read by.
        resume: the last handle of an earlier try to write this file, where ``Features.resume_write``.
        fenced: others may take over while this write stands still: nothing may become visible but what ``discard`` of
            its handle would have kept from it. Where one request would stage and publish, two are made.
        staging: awaited with the handle of the unfinished write (the temporary name, an upload id) before the
            first byte goes out, and again as it comes to say more; after a crash the last one goes to ``resume`` or
            ``discard``.
        publishing: awaited once when every byte is staged and checked, right before the step that makes the
            file visible under its final name. If it raises, nothing becomes visible.
    """

    path: str
    temporary: str
    size: int
    sha256: str
    labels: Mapping[str, str] = field(default_factory=dict, compare=False)
    replace: bool = False
    look: bool = True
    resume: str = ""
    fenced: bool = False
    staging: Callable[[str], Awaitable[None]] = field(default=_nothing, compare=False)
    publishing: Callable[[], Awaitable[None]] = field(default=_nothing, compare=False)


class Adapter(Protocol):
    """One endpoint, reached. Verbs may be called from one event loop, several at a time."""

    @property
    def features(self) -> Features:
        """What the place can do; complete only inside ``async with``."""

    async def __aenter__(self) -> Self:
        """Make ready. Connections may be opened later, at the first verb that needs one."""

    async def __aexit__(self, *exc: object) -> None:
        """Close every connection and thread. Never raises because of the network."""

    async def scan(self, pattern: str) -> Listing:
        """List the files whose path matches ``pattern`` (``*`` and ``?`` within one segment).

        Raises ``UnreadableListing`` when lines came and none was understood, ``NotFound`` when the folder
        itself is not there. Unfinished files are left out; unsafe names are ``refused`` (``adapters.names``).
        """

    async def exact(self, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """The entries as ``stat`` gives them, without those that are gone; only ``vague`` ones cost anything."""

    async def stat(self, path: str) -> Entry:
        """One file, now. Raises ``NotFound``."""

    def read(self, entry: Entry) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The bytes of the entry as chunks of 64 KiB to 8 MiB.

        Raises ``Changed`` if the place shows another identity before the first or after the last byte (the
        latter from the iterator, after its last chunk), ``NotFound`` if it is gone.
        """

    def temporary(self, path: str, token: str) -> str:
        """A name beside ``path`` for its unfinished file, as this place allows names; pure.

        ``token`` is unique to the output, in ``[0-9a-z]``. A place that commits without one gives ``""``.
        """

    async def write(self, target: Target, chunks: AsyncIterable[bytes]) -> Entry:
        """Stage, check the size, call ``target.publishing``, publish under ``target.path``, flush, stat.

        Raises ``AlreadyThere`` (final name taken; staged bytes removed), ``InDoubt`` (the answer of the
        publishing step was lost), ``Transient`` (before it). The bytes are then durable, where the place can.
        """

    async def discard(self, handle: str, path: str) -> bool:
        """Remove the unfinished write ``handle`` meant for ``path``; no error if it is gone already.

        True only if it was there and this call removed it: then nobody can have published it, or ever will.
        """

    async def rename(self, entry: Entry, path: str) -> Entry:
        """Move the entry as it was read to ``path``. Raises ``Changed``, ``NotFound``, ``AlreadyThere``."""

    async def remove(self, entry: Entry, *, exclusive: bool = False) -> None:
        """Remove the entry as it was read. Raises ``Changed`` if it is another one now, ``NotFound``.

        ``exclusive``: nobody writes under this name before it is gone, so that a look is enough to be sure.
        """

    def hints(self, pattern: str) -> AsyncIterator[None]:
        """Yield when a file matching ``pattern`` may have arrived (``Features.events``); never the truth."""
