"""One object on its way into a bucket: at once, or in parts that become visible together."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self, TypeVar

from adapters.errors import AdapterError, InDoubt, Transient, in_doubt_when_lost
from adapters.s3.body import Body
from adapters.s3.store import MOST_PARTS, UploadGone

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping

    from adapters.base import Target
    from adapters.s3.probe import Creation
    from adapters.s3.store import Part, Store

T = TypeVar("T")


class Miscounted(Transient):
    """More or fewer bytes came than were announced."""


AT_ONE_TIME = 2
"""Parts on the line at one time: one is signed while the other goes out."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """An upload that was begun, and the digests of the parts that arrived, from the first on."""

    upload: str
    digests: tuple[str, ...] = ()

    @property
    def handle(self) -> str:
        """Both as one text."""
        return " ".join((self.upload, *self.digests))

    @classmethod
    def of(cls, handle: str) -> Self:
        """The reverse of ``handle``."""
        upload, *digests = handle.split(" ")
        return cls(upload=upload, digests=tuple(digests))

    def holds(self, number: int, digest: str) -> bool:
        """Whether the part of this number arrived with this digest."""
        return self.digests[number - 1 : number] == (digest,)

    def with_part(self, number: int, digest: str) -> Progress:
        """With one more part; what was known of later ones stays."""
        digests = (*self.digests[: number - 1], digest, *self.digests[number:])
        return replace(self, digests=digests)


@dataclass(frozen=True, kw_only=True)
class Upload:
    """What one write is made of. ``run`` runs a request in a thread and maps its errors."""

    store: Store
    run: Callable[..., Awaitable[Any]]
    target: Target
    creation: Creation

    async def at_once(self, chunks: AsyncIterable[bytes]) -> str:
        """Gather the bytes and store them in one request, which publishes; gives the object's ETag."""
        await self.target.staging("")
        pieces, size = [], 0
        async for chunk in chunks:
            pieces.append(chunk)
            size += len(chunk)
            self._assert_no_more_than_said(size)
        self._assert_as_said(size)
        version = await self._publish(self.store.put, Body(pieces), self._labels, create=self._create)
        return str(version)

    async def in_parts(self, chunks: AsyncIterable[bytes], part_size: int) -> None:
        """Send parts, some on the line while the next is gathered, and make them visible together.

        What an earlier try left in the store is gone on with: parts that hold the same bytes are not sent again. So a
        connection that goes leaves the parts where they are, for the next try or for ``discard``.
        """
        progress, there = await self._begin()
        size = max(part_size, -(-self.target.size // MOST_PARTS))
        try:
            await self.target.staging(progress.handle)
            sent = await self._send(progress, there, _in_parts(chunks, size))
            await self._publish(self.store.complete, progress.upload, sent, create=self._create)
        except (
            UploadGone
        ):  # some stores list no parts, and so say it only now: the next try goes on with another
            await self.target.staging((await self._begun()).handle)
            raise
        except BaseException as error:
            if isinstance(error, Transient | InDoubt | asyncio.CancelledError) and not isinstance(
                error, Miscounted
            ):
                raise
            path = self.target.path
            with suppress(AdapterError):  # the journal knows the handle and discards it later
                await self.run(f"dropping the parts of {path}", self.store.abort, path, progress.upload)
            raise

    async def _begin(self) -> tuple[Progress, Mapping[int, Part]]:
        """The upload of an earlier try and its parts, or a new one."""
        path = self.target.path
        if self.target.resume:
            progress = Progress.of(self.target.resume)
            with suppress(UploadGone):
                doing = f"looking at the parts of {path}"
                return progress, await self.run(doing, self.store.parts_of, path, progress.upload)
        return await self._begun(), {}

    async def _begun(self) -> Progress:
        path = self.target.path
        upload = await self.run(f"beginning {path}", self.store.begin_parts, path, self._labels)
        return Progress(upload=upload)

    @property
    def _labels(self) -> Mapping[str, str]:
        return {"sha256": self.target.sha256, **self.target.labels}

    @property
    def _create(self) -> bool:
        return self.creation.accepted and not self.target.replace

    async def _publish(self, request: Callable[..., T], *arguments: Any, create: bool) -> T:
        path = self.target.path
        if not self.target.replace and not self.creation.enforced:
            await self.run(f"looking at {path}", self.store.assert_free, path)
        await self.target.publishing()
        with in_doubt_when_lost(f"publishing {path}"):
            answer: T = await self.run(f"publishing {path}", request, path, *arguments, create=create)
        return answer

    async def _send(
        self, progress: Progress, there: Mapping[int, Part], bodies: AsyncIterator[Body]
    ) -> list[tuple[str, str]]:
        arrived: list[tuple[str, str]] = []
        sent = number = 0
        sending: deque[asyncio.Future[tuple[str, str]]] = deque()

        async def arrive() -> None:
            nonlocal progress
            etag, digest = await sending.popleft()
            arrived.append((etag, digest))
            if not progress.holds(len(arrived), digest):
                progress = progress.with_part(len(arrived), digest)
                await self.target.staging(progress.handle)

        try:
            async for body in bodies:
                sent += len(body)
                self._assert_no_more_than_said(sent)
                if len(sending) == AT_ONE_TIME:
                    await arrive()
                number += 1
                sending.append(asyncio.ensure_future(self._part(progress, there, number, body)))
            while sending:
                await arrive()
        finally:
            for future in sending:
                future.cancel()
            await asyncio.gather(*sending, return_exceptions=True)
        self._assert_as_said(sent)
        return arrived

    async def _part(
        self, progress: Progress, there: Mapping[int, Part], number: int, body: Body
    ) -> tuple[str, str]:
        """The ETag of a part that the store has, and the digest of its bytes."""
        path = self.target.path
        kept = there.get(number)
        if kept is not None and kept.size == len(body):
            digest = await asyncio.to_thread(self.store.digest_of, body)
            if progress.holds(number, digest):
                return kept.etag, digest
        doing = f"writing part {number} of {path}"
        sent: tuple[str, str] = await self.run(
            doing, self.store.put_part, path, progress.upload, number, body
        )
        return sent

    def _assert_no_more_than_said(self, size: int) -> None:
        if size > self.target.size:
            raise Miscounted(f"{self.target.path}: more than the announced {self.target.size} bytes came")

    def _assert_as_said(self, size: int) -> None:
        if size != self.target.size:
            raise Miscounted(f"{self.target.path}: {size} bytes came instead of {self.target.size}")


async def _in_parts(chunks: AsyncIterable[bytes], size: int) -> AsyncIterator[Body]:
    """The same bytes, cut so that every part but the last has exactly ``size``; of none at all, one empty part."""
    waiting: list[memoryview] = []
    filled = came = 0
    async for chunk in chunks:
        rest = memoryview(chunk)
        came += len(chunk)
        while filled + len(rest) >= size:
            waiting.append(rest[: size - filled])
            rest = rest[size - filled :]
            yield Body(waiting)
            waiting, filled = [], 0
        if rest:
            waiting.append(rest)
            filled += len(rest)
    if waiting or not came:
        yield Body(waiting)
