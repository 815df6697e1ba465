"""Files of changes that pass one another, where the route says ``order: {per: key}`` and they have no key in common."""

from __future__ import annotations

import asyncio

from adapters.errors import NotReady
from gateway.carrying.journey import Journey, source_place
from gateway.formats.keysets import Keys, have_common, keys_of
from gateway.journal import Transfer
from gateway.lifecycle import State
from gateway.stores.spool import ORIGINAL

STANDING = frozenset({State.ADMITTED, State.SPOOLED, State.CONVERTED, State.CLAIMED, State.PUBLISHING})
"""States of a file that may not be at its destination yet."""


async def assert_may_pass(journey: Journey, transfer: Transfer) -> None:
    """Raise ``NotReady`` if a file before this one waits or is held, and has a record of the same key.

    So it is as well where the keys of one of them cannot be read: whoever cannot be told apart waits.
    """
    if not journey.route.per_key:
        return
    before = [one for one in await _before(journey, transfer) if one.early != "wait"]
    if not before:
        return
    own = await _keys(journey, transfer)
    for one in before:
        theirs = None if own is None else await _keys(journey, one)
        if own is None or theirs is None or have_common(own, theirs):
            raise NotReady(
                f"the transfer {one.id} came before it, waits or is held, and may have records of the same keys"
            )


async def _before(journey: Journey, transfer: Transfer) -> list[Transfer]:
    """The open transfers of the same place that were found before this one and may not be at the destination yet."""
    found: list[Transfer] = []
    for one in await journey.journal.open_transfers(transfer.route):
        if one.id == transfer.id:
            break
        same = (one.from_format, one.endpoint) == (transfer.from_format, transfer.endpoint)
        if same and (one.held_from or one.state) in STANDING:
            found.append(one)
    return found


async def _keys(journey: Journey, transfer: Transfer) -> Keys | None:
    """The keys of the file as it came; None if it is not in the spool, or they cannot be read."""
    form = journey.city.conversions.form(source_place(journey, transfer), transfer.business_date)
    if form is None or (transfer.held_from or transfer.state) is State.ADMITTED:
        return None
    return await asyncio.to_thread(keys_of, form, journey.spool.file(transfer.id, ORIGINAL))
