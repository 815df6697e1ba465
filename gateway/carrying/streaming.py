"""A large file that passes unchanged goes to spool and destination at one time: the same read feeds both.

The name at the destination is fixed before the first byte, as always. Publishing waits until the spool holds the
whole original, synced, with its digest, and the source was seen to be the one that was admitted: from then on the
journal's states are those of any other file. Before that a crash leaves an unfinished write, known by its handle.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import suppress

from adapters.base import Publish
from gateway.carrying.journey import Journey, may_state_its_date, passes_unchanged, source_place, target_place
from gateway.carrying.precedence import is_superseded
from gateway.carrying.splitting import limit_of
from gateway.cutover import Stand
from gateway.journal import Output, Transfer
from gateway.naming import DestinationName
from gateway.stores.spool import ORIGINAL, Stored

WORTH_IT = 4 << 20
"""Bytes below which a file goes the plain way: its steps cost more than its bytes."""

DEPTH = 4
"""Chunks that the destination may be ahead of the spool."""


async def fits(journey: Journey, transfer: Transfer, stand: Stand) -> bool:
    """Whether this file may be streamed: it is large, passes unchanged, and its destination shows all or nothing."""
    place = target_place(journey, transfer, stand.format)
    size = transfer.entry.size
    if size is None or size < WORTH_IT or place.endpoint == transfer.endpoint:
        return False
    says_more = source_place(journey, transfer).ready.trailer or may_state_its_date(journey, transfer)
    is_here = transfer.bytes is not None  # it was taken in while it was held
    if is_here or says_more or limit_of(journey) or journey.route.per_key:
        return False
    if place.exists == "wait" or DestinationName.compile(place.path).uses("seq"):
        return False
    if (
        journey.standing.closed
        or transfer.early
        or transfer.unproved
        or not passes_unchanged(journey, transfer, stand)
    ):
        return False
    if await is_superseded(journey, transfer, stand):
        return False
    return (await journey.places.reach(place.endpoint)).features.publish is Publish.ATOMIC


def output_ahead(transfer: Transfer, stand: Stand) -> Output:
    """The output of a file that is streamed, before its digest is known."""
    assert transfer.entry.size is not None, "only files of known size are streamed"
    return Output(
        to_format=stand.format,
        place=stand.place,
        spool_name=ORIGINAL,
        bytes=transfer.entry.size,
        sha256="",
        records=None,
    )


class Tee:
    """Gives every chunk to the spool and to whoever iterates ``chunks``.

    ``stored`` waits for the spool; it raises what went wrong there. ``close`` ends a spooling that nobody waits for.
    """

    def __init__(
        self, source: AsyncIterable[bytes], store: Callable[[AsyncIterable[bytes]], Awaitable[Stored]]
    ) -> None:
        self._source = source
        self._line: asyncio.Queue[bytes | None] = asyncio.Queue(DEPTH)
        self._storing = asyncio.ensure_future(store(self._branch()))

    async def chunks(self) -> AsyncIterator[bytes]:
        """The source's chunks. Raises the source's error, or the spool's."""
        async for chunk in self._source:
            await self._hand_over(chunk)
            yield chunk
        await self._hand_over(None)

    async def _hand_over(self, chunk: bytes | None) -> None:
        if not (self._line.full() or self._storing.done()):
            self._line.put_nowait(chunk)
            return
        putting = asyncio.ensure_future(self._line.put(chunk))
        await asyncio.wait({putting, self._storing}, return_when=asyncio.FIRST_COMPLETED)
        if not putting.done():
            putting.cancel()
            await self._storing

    async def _branch(self) -> AsyncIterator[bytes]:
        while (chunk := await self._line.get()) is not None:
            yield chunk

    async def stored(self) -> Stored:
        """The whole original is in the spool."""
        return await self._storing

    async def close(self) -> None:
        """End the spooling, whatever its state."""
        self._storing.cancel()
        with suppress(asyncio.CancelledError, Exception):  # whoever waited for it has its error
            await self._storing
