"""At start: the journal against the spool. What the journal does not own is removed, what it misses is held.

The destination is looked at by the steps themselves (``transfer.resolve``, ``transfer.deliver``): an unfinished
write is discarded by its journalled handle before anything is sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from gateway import events
from gateway.carrying.production import WITHOUT
from gateway.errors import JournalUnusable, Reason
from gateway.journal import Journal, Transfer
from gateway.lifecycle import State
from gateway.logs.log import Reporter
from gateway.stores.spool import ORIGINAL, Spool
from gateway.times.clock import Clock

NEEDS_ORIGINAL = frozenset({State.SPOOLED, State.CONVERTED, State.CLAIMED, State.PUBLISHING})
NEEDS_OUTPUT = frozenset({State.CONVERTED, State.CLAIMED, State.PUBLISHING})


async def recover(
    journal: Journal, spool: Spool, report: Reporter, routes: Collection[str], *, node: str = ""
) -> list[Transfer]:
    """Bring spool and journal together; gives the transfers that go on. Raises ``JournalUnusable``.

    ``node``: ours, where several share the routes. What another one has is brought (``moving``) in its turn.
    """
    if await journal.generation() == 1 and not spool.is_empty():
        hint = "put the journal back that belongs to this spool, or move the spool's files to a safe place"
        raise JournalUnusable(
            f"the journal is new, and {spool.root} holds files that it knows nothing of", hint=hint
        )
    opened = await journal.open_transfers()
    orphans = await spool.sweep({transfer.id: transfer.route for transfer in opened})
    if orphans:
        report.emit(events.ORPHANS_SWEPT, count=len(orphans))
    own = [transfer for transfer in opened if transfer.node == node]
    return [transfer for transfer in own if await _goes_on(journal, spool, report, transfer, routes)]


TIDY_EVERY = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Tidying:
    """Takes away what a node has of transfers that other nodes have ended."""

    journal: Journal
    spool: Spool
    clock: Clock

    async def run(self, stop: asyncio.Event) -> None:
        """Look once an hour until ``stop``."""
        while not stop.is_set():
            await self.look()
            await self.clock.wait(stop, until=self.clock.now() + TIDY_EVERY)

    async def look(self) -> None:
        """Look once. What the spool shows was admitted before, so that what is not open then is over."""
        shown = await self.spool.owners()
        opened = {transfer.id for transfer in await self.journal.open_transfers()}
        for name in shown:
            if name not in opened:
                await self.spool.remove(name)


async def _goes_on(
    journal: Journal, spool: Spool, report: Reporter, transfer: Transfer, routes: Collection[str]
) -> bool:
    if transfer.state is State.HELD:
        return False
    names = {
        "route": transfer.route,
        "transfer_id": transfer.id,
        "file": f"{transfer.endpoint}:{transfer.entry.path}",
    }
    if not _complete(spool, transfer):
        message = "its bytes are no longer in the spool as the journal knows them"
        hint = "see what happened to state_dir; the source was not touched"
        await journal.held(transfer, Reason.SPOOL_LOST, message, hint)
        report.emit(events.FILE_HELD, **names, reason=Reason.SPOOL_LOST, error=message, next_action=hint)
        return False
    if transfer.route in routes:
        report.emit(events.FILE_RECOVERED, **names)
    return transfer.route in routes


def _complete(spool: Spool, transfer: Transfer) -> bool:
    """Whether every file that the state promises is there in its length."""
    promised: list[tuple[str, int | None]] = []
    if transfer.state in NEEDS_ORIGINAL:
        promised.append((ORIGINAL, transfer.bytes))
    if transfer.state in NEEDS_ORIGINAL and transfer.diverted and spool.size_of(transfer.id, WITHOUT) is None:
        return False
    if transfer.state in NEEDS_OUTPUT:
        promised += [(one.spool_name, one.bytes) for one in transfer.outputs]
    return all(spool.size_of(transfer.id, name) == size for name, size in promised)
