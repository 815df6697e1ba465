"""After a restore or a take-over: whether a destination has what the journal does not know to be delivered.

A file that stands there byte for byte was delivered, under whatever name the former journal gave it. One that is not
there may have been taken since: nobody can prove that it was never delivered, so a person is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from adapters.base import Adapter
from adapters.errors import NotFound
from gateway import events
from gateway.carrying.completeness import is_there
from gateway.carrying.delivery import holds, output_of
from gateway.carrying.journey import Journey, named, target_place
from gateway.config import Place
from gateway.errors import Held, NameBusy, Reason
from gateway.journal import Claim, Name, Output, Transfer
from gateway.lifecycle import State
from gateway.naming import Companion, DestinationName, split_name


async def prove(journey: Journey, transfer: Transfer) -> Transfer:
    """Take a transfer that the destination has in full as delivered; raises ``Held`` for any other."""
    place = target_place(journey, transfer, output_of(transfer).to_format)
    adapter = await journey.places.reach(place.endpoint)
    if transfer.state is State.CONVERTED:
        transfer = await _claimed_as_found(journey, transfer, place, adapter)
    elif not await _shows_all(adapter, transfer):
        raise unproved("it does not show the file under its name")
    elif (left := output_of(transfer)).handle:
        await adapter.discard(left.handle, left.path)
    if not await _was_told(adapter, transfer, place):
        raise unproved("it shows the file, and not what tells its consumer that it is complete")
    return await _delivered(journey, transfer, place)


async def _claimed_as_found(journey: Journey, transfer: Transfer, place: Place, adapter: Adapter) -> Transfer:
    """Give each output the name under which the destination has its bytes, and which no other transfer has."""
    shown = (await adapter.scan(_glob(transfer, place))).entries
    found = {
        one.ordinal: [entry.path for entry in shown if await holds(adapter, entry, one)]
        for one in transfer.outputs
    }
    if not all(found.values()):
        raise unproved("it shows no file with these bytes")

    def names(_number: int, ordinal: int) -> Iterator[Name]:
        return (Name(path=path, temporary="") for path in found[ordinal])

    try:
        return await journey.journal.claimed(transfer, Claim(endpoint=place.endpoint, names=names))
    except (Held, NameBusy):
        raise unproved("the only files with these bytes are those of other transfers") from None


def _glob(transfer: Transfer, place: Place) -> str:
    """What the names have in common that the former journal may have given: date, time and numbers may be others."""
    said = dict(zip(("name", "stem", "suffix"), split_name(transfer.entry.name), strict=True))
    parts = DestinationName.compile(place.path).parts
    return re.sub(r"\*+", "*", "".join(part.text or said.get(part.key, "*") for part in parts))


async def _shows_all(adapter: Adapter, transfer: Transfer) -> bool:
    return all([one.delivered or await _shows(adapter, one) for one in transfer.outputs])


async def _shows(adapter: Adapter, output: Output) -> bool:
    try:
        return await holds(adapter, await adapter.stat(output.path), output)
    except NotFound:
        return False


async def _was_told(adapter: Adapter, transfer: Transfer, place: Place) -> bool:
    """Whether the list and the markers that tell a consumer of the delivery are there; True where none are written."""
    asked = [(place.manifest, transfer.outputs[:1]), (place.marker, transfer.outputs)]
    paths = [Companion.compile(one).of(output.path) for one, outputs in asked if one for output in outputs]
    return all([await is_there(adapter, path) for path in paths])


async def _delivered(journey: Journey, transfer: Transfer, place: Place) -> Transfer:
    while transfer.state is not State.DELIVERED:
        if transfer.state is State.CLAIMED:
            transfer = await journey.journal.publishing(transfer)
        keep_name, observed = place.exists == "refuse", place.taken.by != "none"
        transfer = await journey.journal.delivered(transfer, keep_name=keep_name, observed=observed)
    journey.report.emit(events.FILE_PROVED, **named(transfer))
    return transfer


def unproved(why: str) -> Held:
    """Nobody but the consumer knows whether it was delivered."""
    message = f"another journal may know that it was delivered; its destination was asked, and {why}"
    hint = "ask the consumer whether it has the file; release it if it has not, else end it unsent (--superseded)"
    return Held(Reason.RESTORED, message, hint=hint)
