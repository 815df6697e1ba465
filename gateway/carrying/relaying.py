"""A file that passes as it came: once it is in the spool, all that follows is written down in one step."""

from __future__ import annotations

from adapters.errors import AdapterError
from gateway import events
from gateway.carrying.claiming import claim_of
from gateway.carrying.delivery import may_skip
from gateway.carrying.journey import Journey, named, passes_unchanged
from gateway.carrying.precedence import depends_on_none
from gateway.carrying.production import goes_round_since, passed_through
from gateway.carrying.splitting import limit_of
from gateway.cutover import Stand
from gateway.errors import Held, NameBusy
from gateway.journal import Relay, Transfer
from gateway.lifecycle import State
from gateway.stores.spool import Stored


async def pass_on(journey: Journey, transfer: Transfer, stored: Stored) -> Transfer | None:
    """What follows the spooling of a file that passes as it came, in one step; None where it takes the single ones."""
    stand = journey.standing.to
    if not _may_pass_on(journey, transfer, stand):
        return None
    product = await passed_through(journey, transfer, stand, stored)
    output, records = product.output, product.records
    plain = transfer.stated_records in (None, records) and (stored.size if records is None else records)
    if output is None or not plain or not journey.standing.may_pass(transfer.id):
        return None
    try:
        claim_ = await claim_of(journey, transfer, stand.format)
    except AdapterError:
        return None  # the destination is away: the file is spooled, and waits for it
    since = goes_round_since(journey, transfer)
    relay = Relay(output=output, claim=claim_, skips=may_skip(journey, transfer), since=since)
    return await _relayed(journey, transfer, stand, relay)


async def _relayed(journey: Journey, transfer: Transfer, stand: Stand, relay: Relay) -> Transfer | None:
    """Write down all that follows at once, unless the destination has changed meanwhile or another step has a say."""
    if journey.standing.to != stand:
        return None
    try:
        transfer = await journey.journal.relayed(transfer, relay)
    except (Held, NameBusy):
        return None  # the step that claims says so again, with the file in the spool
    if transfer.state is State.ADMITTED:
        return None
    if transfer.state is State.UNCHANGED:
        journey.report.emit(events.FILE_UNCHANGED, **named(transfer))
        return transfer
    journey.report.emit(events.FILE_CONVERTED, **named(transfer), records=relay.output.records)
    journey.report.emit(events.FILE_CLAIMED, **named(transfer))
    return transfer


def _may_pass_on(journey: Journey, transfer: Transfer, stand: Stand) -> bool:
    """Whether the file passes as it came and whole, and depends on no other one."""
    if transfer.early or transfer.unproved or transfer.unwanted or limit_of(journey) is not None:
        return False
    return depends_on_none(journey, transfer) and passes_unchanged(journey, transfer, stand)
