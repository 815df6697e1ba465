"""A file whose delivery was claimed is converted anew, by a person's word: the names that it has stay its own."""

from __future__ import annotations

from gateway.carrying.delivery import output_of
from gateway.carrying.journey import Journey
from gateway.carrying.leaving import take_back
from gateway.carrying.production import produce, quarantined
from gateway.carrying.splitting import parts_of
from gateway.cutover import Stand
from gateway.errors import Held, Reason
from gateway.formats import BadRecords
from gateway.journal import Transfer


async def remade(journey: Journey, transfer: Transfer) -> Transfer:
    """Convert anew for the names that the delivery has, so that no number in them is used up.

    What was staged under them is removed first. Raises ``Held``, and what the place raises.
    """
    before = output_of(transfer)
    await take_back(journey, transfer)
    stand = Stand(format=before.to_format, place=before.place)
    try:
        product = await produce(journey, transfer, stand)
    except BadRecords as bad:
        raise await quarantined(journey, transfer, bad) from None
    assert product.output is not None, "nobody may ask for it where a state of all rows follows"
    outputs = await parts_of(journey, transfer, product.output, stand)
    if len(outputs) != 1:
        hint = "put the limit or the mapping back, then release it"
        raise Held(Reason.REFUSED, "converted anew it has to go in parts, and has one file's name", hint=hint)
    return await journey.journal.remade(transfer, outputs[0])
