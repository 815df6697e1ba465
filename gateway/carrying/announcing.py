"""A delivery is complete: a list of its files, then their markers, tell the consumer so, each written once."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace

from adapters.base import Adapter, Target
from gateway.carrying.completeness import is_there
from gateway.carrying.journey import Journey, source_place, target_place
from gateway.config import Place
from gateway.errors import Held, Reason
from gateway.journal import Output, Transfer
from gateway.manifest import Listed, render
from gateway.naming import Companion


async def announce(journey: Journey, transfer: Transfer, place: Place) -> Transfer:
    """Write what the place's ``manifest`` and ``marker`` ask for, once every output is there.

    Raises ``Held`` if one was begun and is not there: a consumer may have acted on it.
    """
    if place.manifest is not None:
        transfer = await _list(journey, transfer, place.manifest)
    if place.marker is not None:
        for output in transfer.outputs:
            transfer = await _mark(journey, transfer, output, place.marker)
    return transfer


async def _list(journey: Journey, transfer: Transfer, template: str) -> Transfer:
    """Write the list of all outputs beside the first one."""
    first = transfer.outputs[0]
    adapter = await journey.places.reach(first.endpoint)
    path = Companion.compile(template).of(first.path)
    if first.listing:
        await _assert_there(adapter, path, known=first.listing == "there")
        return transfer
    transfer = await journey.journal.listing(transfer)
    again = await _republished_of(journey, transfer)
    content = _content(journey, transfer)
    text = render(
        tuple(replace(_listed(one), content=content, republished_of=again) for one in transfer.outputs)
    )
    await _write(adapter, path, f"{transfer.token}l", text.encode())
    return transfer


async def _republished_of(journey: Journey, transfer: Transfer) -> str:
    """The names under which the consumer got before what is sent again."""
    before = await journey.journal.find(transfer.replay_of) if transfer.replay_of else None
    return " ".join(_name(one) for one in before.outputs) if before else ""


def _content(journey: Journey, transfer: Transfer) -> str:
    """Whether the files hold everything or changes; empty where nobody says so, or where one may be either."""
    if journey.route.delta is not None and journey.route.delta.baseline == "whole":
        return ""
    place = target_place(journey, transfer, transfer.outputs[0].to_format)
    return place.content or source_place(journey, transfer).content or ""


def _name(output: Output) -> str:
    return output.path.rsplit("/", 1)[-1]


def _listed(output: Output) -> Listed:
    return Listed(
        name=_name(output),
        size=output.bytes,
        sha256=output.sha256,
        records=output.records,
        format=output.to_format,
    )


async def _mark(journey: Journey, transfer: Transfer, output: Output, template: str) -> Transfer:
    """Write the empty marker beside an output."""
    adapter = await journey.places.reach(output.endpoint)
    path = Companion.compile(template).of(output.path)
    if output.marking:
        await _assert_there(adapter, path, known=output.marking == "there")
        return transfer
    transfer = await journey.journal.marking(transfer, output.ordinal)
    await _write(adapter, path, f"{transfer.token}m{output.ordinal}", b"")
    return transfer


async def _assert_there(adapter: Adapter, path: str, *, known: bool) -> None:
    if not known and not await is_there(adapter, path):
        raise perhaps_collected()


def perhaps_collected() -> Held:
    """What was begun at the destination is not there: a consumer may have it."""
    hint = "ask the consumer whether it has the file: release --delivered if it has; else release, which sends it"
    return Held(Reason.PERHAPS_COLLECTED, "it may have been published and already collected", hint=hint)


async def _write(adapter: Adapter, path: str, token: str, content: bytes) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        if content:
            yield content

    target = Target(
        path=path,
        temporary=adapter.temporary(path, token),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        replace=True,
    )
    await adapter.write(target, chunks())
