"""One object on its way into a bucket: at once, or in parts that become visible together."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from adapters.errors import AdapterError, InDoubt, Transient, in_doubt_when_lost
from adapters.s3_store import MOST_PARTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable

    from adapters.base import Target
    from adapters.s3_store import Creation, Store

T = TypeVar("T")


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
        body = bytearray()
        async for chunk in chunks:
            body += chunk
            self._assert_no_more_than_said(len(body))
        self._assert_as_said(len(body))
        version = await self._publish(self.store.put, bytes(body), self.target.sha256, create=self._create)
        return str(version)

    async def in_parts(self, chunks: AsyncIterable[bytes], part_size: int) -> None:
        """Send parts, one on the line while the next is gathered, and make them visible together."""
        path = self.target.path
        handle: str = await self.run(f"beginning {path}", self.store.begin_parts, path, self.target.sha256)
        size = max(part_size, -(-self.target.size // MOST_PARTS))
        try:
            await self.target.staging(handle)
            parts = await self._send(handle, _in_parts(chunks, size))
            await self._publish(self.store.complete, handle, parts, create=self._create)
        except InDoubt:
            raise
        except BaseException:
            with suppress(AdapterError):  # the journal knows the handle and discards it later
                await self.run(f"dropping the parts of {path}", self.store.abort, path, handle)
            raise

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

    async def _send(self, handle: str, bodies: AsyncIterator[bytes]) -> list[dict[str, Any]]:
        parts: list[dict[str, Any]] = []
        sent = 0
        sending: asyncio.Future[dict[str, Any]] | None = None
        try:
            async for body in bodies:
                if sending is not None:
                    parts.append(await sending)
                sent += len(body)
                self._assert_no_more_than_said(sent)
                sending = asyncio.ensure_future(self._send_part(handle, len(parts) + 1, body))
            if sending is not None:
                parts.append(await sending)
        finally:
            if sending is not None and not sending.done():
                sending.cancel()
                await asyncio.wait({sending})
        self._assert_as_said(sent)
        return parts

    async def _send_part(self, handle: str, number: int, body: bytes) -> dict[str, Any]:
        path = self.target.path
        part: dict[str, Any] = await self.run(
            f"writing part {number} of {path}", self.store.put_part, path, handle, number, body
        )
        return part

    def _assert_no_more_than_said(self, size: int) -> None:
        if size > self.target.size:
            raise Transient(f"{self.target.path}: more than the announced {self.target.size} bytes came")

    def _assert_as_said(self, size: int) -> None:
        if size != self.target.size:
            raise Transient(f"{self.target.path}: {size} bytes came instead of {self.target.size}")


async def _in_parts(chunks: AsyncIterable[bytes], size: int) -> AsyncIterator[bytes]:
    """The same bytes, cut so that every part but the last has exactly ``size``; each byte is copied once."""
    waiting: list[memoryview] = []
    filled = 0
    async for chunk in chunks:
        rest = memoryview(chunk)
        while filled + len(rest) >= size:
            waiting.append(rest[: size - filled])
            rest = rest[size - filled :]
            yield b"".join(waiting)
            waiting, filled = [], 0
        if rest:
            waiting.append(rest)
            filled += len(rest)
    if waiting:
        yield b"".join(waiting)
