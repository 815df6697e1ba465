"""What lay in the new place before its source's cutover: once that is made, what counts goes on, the rest is held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from gateway.carrying.standing import Standing
from gateway.config import End, Route
from gateway.cutover import Seen, Stand, counts
from gateway.errors import Reason
from gateway.journal import Journal, Transfer
from gateway.journal.switching import Flip
from gateway.lifecycle import State
from gateway.load import City
from gateway.naming import SourcePattern
from gateway.routes.discovery import seen_again

TOO_EARLY = "it lay in the new place before the cutover, and does not belong to what the cutover delivers"
TOO_EARLY_HINT = "release it if it counts all the same, or end it unsent (release --superseded)"


async def settled(
    city: City, journal: Journal, route: str, standing: Standing, flip: Flip | None
) -> list[Transfer]:
    """Let the files that waited for the flip of their source go on, or hold them; gives those that are held."""
    held, settings, zone = [], city.routes[route], city.installation.zone
    numbering = await journal.numbering(route, standing.source.format)
    opened = await journal.open_transfers(route)
    pattern = settings.source.place_of(standing.source).path
    for transfer in _waiting(settings.source, standing, opened):
        recorded = numbering.numbers.get(transfer.id)
        late = recorded is not None and recorded < (numbering.next or 0)  # the old place used it meanwhile
        told = seen_again(settings.order, transfer, pattern, recorded, zone)
        if not late and _counts(settings, told, flip, zone):
            await journal.switching.let_go(transfer.id)
        else:
            held.append(await journal.held(transfer, Reason.EARLY, TOO_EARLY, TOO_EARLY_HINT))
    return held


def _waiting(end: End, standing: Standing, opened: Sequence[Transfer]) -> Iterator[Transfer]:
    """The early files of the place where the source stands now; of a place that is still to come none."""
    place, coming = end.place_of(standing.source), standing.expected
    for transfer in opened:
        waits = transfer.early == "wait" and transfer.from_format is standing.source.format
        if not waits or transfer.endpoint != place.endpoint or transfer.state is State.HELD:
            continue
        ahead = coming is not None and _is_of(transfer, coming.after, end)
        if not ahead or _is_of(transfer, standing.source, end):  # else its path alone tells the next place
            yield transfer


def _is_of(transfer: Transfer, stand: Stand, end: End) -> bool:
    """Whether a file lay where the end puts its files by this stand."""
    place = end.place_of(stand)
    if transfer.from_format is not stand.format or transfer.endpoint != place.endpoint:
        return False
    return SourcePattern.compile(place.path).match(transfer.entry.path) is not None


def _counts(route: Route, told: Seen, flip: Flip | None, zone: ZoneInfo) -> bool:
    """Whether an early file belongs to what the flip delivers; ``told``: what it says of itself."""
    if flip is None or flip.planned is None:
        return True
    return counts(told, route.source.first_counted, flip.planned.astimezone(zone).date())
