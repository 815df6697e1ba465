"""Buckets of object stores. An object appears as a whole: no temporary name is used."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, Self, TypeVar, cast

from adapters import names
from adapters.base import Entry, Features, Listing
from adapters.errors import (
    Crowded,
    InDoubt,
    Misconfigured,
    NoAccess,
    NotFound,
    Transient,
    map_errors,
)
from adapters.handover import Workers, inflow
from adapters.s3.errors import ERRORS
from adapters.s3.probe import Creation
from adapters.s3.store import Store, assert_same
from adapters.s3.upload import Progress, Upload
from adapters.turns import Turns

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence

    from adapters.base import Target
    from adapters.s3.options import S3Options

P = ParamSpec("P")
T = TypeVar("T")


def _wait_for_the_block() -> None:
    """A request cannot be woken from outside: the thread ends with its next block, or at the reply timeout."""


class S3Adapter:
    """One bucket."""

    def __init__(self, options: S3Options, *, name: str) -> None:
        self._options = options
        self._store = Store(options)
        self._workers = Workers(name, options.connections)
        self._turns = Turns(options.connections)
        self._rests_until = 0.0  # by the loop's time: the store asked to be left alone until then
        self._creation: Creation | None = None
        self._probing = asyncio.Lock()
        self._keeps_sizes = False  # a look has shown that the store keeps a body as it was sent

    @property
    def features(self) -> Features:
        """Whether creation is conditional is known after the first write, which tries it."""
        enforced = self._creation is not None and self._creation.enforced
        return Features(conditional_create=enforced, rename=False, resume_write=True, mtime_precision=1.0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._store.close()
        await self._workers.close()

    async def scan(self, pattern: str) -> Listing:
        """See ``Adapter.scan``."""
        names.assert_safe(pattern)
        return await self._run(f"listing {pattern}", self._store.scan, pattern)

    async def exact(self, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """See ``Adapter.exact``: listings are exact here."""
        return tuple(entries)

    async def stat(self, path: str) -> Entry:
        """See ``Adapter.stat``."""
        names.assert_safe(path)
        return await self._run(f"looking at {path}", self._store.look, path)

    @asynccontextmanager
    async def read(self, entry: Entry) -> AsyncIterator[AsyncIterator[bytes]]:
        """See ``Adapter.read``."""
        names.assert_safe(entry.path)

        def fill(put: Callable[[bytes], None]) -> None:
            self._store.with_keys_renewed(partial(self._store.retrieve, entry, put))

        async with inflow(self._workers, fill, abort=_wait_for_the_block) as chunks:
            yield self._chunks(entry, chunks)

    async def _chunks(self, entry: Entry, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        try:
            with map_errors(ERRORS, f"reading {entry.path}"):
                async for chunk in chunks:
                    yield chunk
        except Crowded as crowded:
            self._note_rest(crowded)
            self._turns.refused(self._turns.held + 1)
            raise
        assert_same(entry, await self.stat(entry.path))

    def temporary(self, path: str, token: str) -> str:  # noqa: ARG002 - an object appears as a whole
        """See ``Adapter.temporary``."""
        return ""

    async def write(self, target: Target, chunks: AsyncIterable[bytes]) -> Entry:
        """See ``Adapter.write``."""
        names.assert_safe(target.path)
        creation = (
            Creation(accepted=False, enforced=True)
            if target.replace
            else await self._find_creation(target.path)
        )
        upload = Upload(store=self._store, run=self._run, target=target, creation=creation)
        if target.size > self._options.part_size or target.fenced:
            await upload.in_parts(chunks, self._options.part_size)
            return await self._confirm(target)
        version = await upload.at_once(chunks)
        if self._keeps_sizes and creation.enforced and version and not target.look:
            return Entry(path=target.path, size=target.size, version=version)
        entry = await self._confirm(target)
        self._keeps_sizes = True
        return entry

    async def _find_creation(self, path: str) -> Creation:
        """Tried once, where no consumer looks; beside the first name that is written if rights end there."""
        async with self._probing:
            if self._creation is None:
                self._creation = await self._try_creation(path)
            return self._creation

    async def _try_creation(self, path: str) -> Creation:
        doing = "trying conditional creation"
        try:
            return cast("Creation", await self._run(doing, self._store.probe))
        except NoAccess:
            raise
        except Misconfigured:
            return cast("Creation", await self._run(doing, partial(self._store.probe, path)))

    async def _confirm(self, target: Target) -> Entry:
        """What the store now has. It is published: no error of this look may make anyone send it again."""
        try:
            entry = await self.stat(target.path)
        except NotFound:
            return Entry(path=target.path, size=target.size)  # the consumer was quick
        except Transient as error:
            raise InDoubt(
                f"{target.path} was published, and could not be looked at: {error.message}"
            ) from error
        if entry.size != target.size:
            raise Misconfigured(
                f"the store keeps {entry.size} bytes of {target.path} instead of {target.size}",
                hint="another profile may fit this store; compare the object with its original",
                settings={"profile": "generic"},
            )
        return entry

    async def discard(self, handle: str, path: str) -> bool:
        """See ``Adapter.discard``."""
        if not handle:
            return False
        upload = Progress.of(handle).upload
        return await self._run(f"dropping the parts of {path}", self._store.abort, path, upload)

    async def rename(self, entry: Entry, path: str) -> Entry:
        """See ``Adapter.rename``: copied, compared, and only then removed. A copy that a crash left is used."""
        names.assert_safe(path)
        assert_same(entry, await self.stat(entry.path))
        if not await self._run(f"looking at {path}", self._store.is_copy, entry.path, path):
            await self._run(f"looking at {path}", self._store.assert_free, path)
            await self._run(f"copying {entry.path}", self._store.copy, entry, path)
        copied = await self.stat(path)
        if copied.size != entry.size:
            raise Transient(f"the copy of {entry.path} has {copied.size} bytes instead of {entry.size}")
        await self.remove(entry)
        return copied

    async def remove(self, entry: Entry, *, exclusive: bool = False) -> None:  # noqa: ARG002 - the condition is the store's
        """See ``Adapter.remove``."""
        names.assert_safe(entry.path)
        await self._run(f"removing {entry.path}", self._store.delete, entry)

    async def hints(self, pattern: str) -> AsyncIterator[None]:  # noqa: ARG002 - a bucket tells nothing by itself
        """See ``Adapter.hints``: none here."""
        return
        yield

    def _note_rest(self, crowded: Crowded) -> None:
        if crowded.retry_after:
            self._rests_until = asyncio.get_running_loop().time() + crowded.retry_after

    def _assert_may_ask(self) -> None:
        """Raise ``Crowded`` while the store wants to be left alone: the journal waits that long."""
        left = self._rests_until - asyncio.get_running_loop().time()
        if left > 0:
            raise Crowded(f"the store asked to be left alone for {left:.0f} seconds more", retry_after=left)

    async def _run(self, doing: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask. What the store is too busy for is asked again after others of ours, of which there are fewer then.

        Where it says how long it wants to be left alone, nothing is asked of it before.
        """
        request = partial(call, *args, **kwargs)
        while True:
            async with self._turns.turn() as turn:
                self._assert_may_ask()
                try:
                    with map_errors(ERRORS, doing):
                        answer = await self._workers.run(self._store.with_keys_renewed, request)
                except Crowded as crowded:
                    self._note_rest(crowded)
                    if not self._turns.refused_one(turn) or crowded.retry_after:
                        raise
                except Misconfigured:
                    self._store.close()  # keys may have been renewed by now: the next try fetches them anew
                    raise
                else:
                    self._turns.served()
                    return answer
