"""The open transfers of a route in the order in which they may go: by their numbers, where its files carry some."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gateway import events
from gateway.carrying.journey import Journey
from gateway.journal import Numbering, Transfer
from gateway.lifecycle import State
from gateway.routes.discovery import is_numbered
from gateway.routes.sequence import turn


async def in_turn(journey: Journey) -> list[Transfer]:
    """The open transfers in the order in which they may go; those behind a gap in their numbers are left out.

    Numbers tell the order at the destination: a file that is over there, and whose source is still to be put away,
    waits for none of them.
    """
    opened = await journey.journal.open_transfers(journey.route.name)
    if not is_numbered(journey.route.order):
        return opened
    by_id = {transfer.id: transfer for transfer in opened}
    numbered: set[str] = set()
    going: list[Transfer] = []
    for format_ in dict.fromkeys(transfer.from_format for transfer in opened):
        numbering = await journey.journal.numbering(journey.route.name, format_)
        numbering = replace(numbering, numbers=_of_now(numbering, by_id))
        numbered |= numbering.numbers.keys()
        going += [by_id[one] for one in await _turn_of(journey, numbering, by_id)]
    others = [transfer for transfer in opened if transfer.id not in numbered]
    over = [transfer for transfer in others if transfer.outcome]
    return over + going + [transfer for transfer in others if not transfer.outcome]


def _of_now(numbering: Numbering, opened: Mapping[str, Transfer]) -> dict[str, int]:
    """The numbers of files that did not come early: those of a place to come stop nobody before its cutover."""
    return {
        one: number for one, number in numbering.numbers.items() if one in opened and not opened[one].early
    }


async def _turn_of(journey: Journey, numbering: Numbering, opened: Mapping[str, Transfer]) -> tuple[str, ...]:
    """Whose turn it is; people are told once of a number that is missing, and when it is not any more."""
    over_gaps = journey.route.order is not None and journey.route.order.on_gap == "warn"
    held = [one for one, transfer in opened.items() if transfer.state is State.HELD]
    found = turn(numbering.numbers, numbering.next, held=held, over_gaps=over_gaps)
    chapter, name, subject = journey.journal.expectations, journey.route.name, f"gap {numbering.format}"
    now = str(found.gap[0]) if found.gap else ""
    if await chapter.told(name, subject) != now and await chapter.tell(name, subject, now):
        _tell(journey, found.gap, over_gaps=over_gaps)
    return found.ids


def _tell(journey: Journey, gap: tuple[int, int] | None, *, over_gaps: bool) -> None:
    if gap is None:
        journey.report.emit(events.SEQUENCE_GOES_ON)
        return
    event = events.SEQUENCE_GAP_PASSED if over_gaps else events.SEQUENCE_GAP
    skip = f"linkage-gateway skip {journey.route.name} --to {gap[1]} --reason TEXT"
    todo = None if over_gaps else f"ask the source for the missing file; if there is none: {skip}"
    journey.report.emit(event, reason=f"{gap[0]} is missing, {gap[1]} is there", next_action=todo)
