"""What the steps of one route's transfers need, and the words that they share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from gateway.carrying.ownership import Ownership
from gateway.carrying.standing import Standing
from gateway.config import Place, Route
from gateway.cutover import Stand
from gateway.formats import Converter, FormatFaults
from gateway.journal import Journal, Store, Transfer
from gateway.load import City, NoConversion
from gateway.logs.log import Reporter
from gateway.model import Format
from gateway.naming import NameValues, SourcePattern
from gateway.reaching.places import Reached
from gateway.stores.originals import KeptFiles
from gateway.stores.spool import Spool
from gateway.times.clock import Clock


@dataclass(frozen=True, kw_only=True)
class Journey:
    """What the steps of one route's transfers need."""

    route: Route
    standing: Standing
    city: City
    places: Reached
    journal: Journal
    spool: Spool
    kept: Mapping[Store, KeptFiles]
    clock: Clock
    report: Reporter
    ownership: Ownership
    zone: ZoneInfo
    node: str = ""  # this one, where several share the routes


def source_place(journey: Journey, transfer: Transfer) -> Place:
    """Where the transfer was found; see ``found_in``."""
    return found_in(journey.route, transfer)


def found_in(route: Route, transfer: Transfer) -> Place:
    """The place of a route's source where a transfer was found, by its format, endpoint and path."""
    places = route.places("from", transfer.from_format)
    here = [place for place in places if place.endpoint == transfer.endpoint] or list(places)
    assert here, "the transfer was admitted from a place in this format"
    if len(here) == 1:
        return here[0]
    fitting = (place for place in here if SourcePattern.compile(place.path).match(transfer.entry.path))
    return next(fitting, here[0])


def may_state_its_date(journey: Journey, transfer: Transfer) -> bool:
    """Whether the file's name says no business date, and its layout an item of the header that does."""
    place = source_place(journey, transfer)
    form = journey.city.conversions.form(place, transfer.business_date)
    if form is None or form.layout.business_date is None:
        return False
    seen = SourcePattern.compile(place.path).match(transfer.entry.path)
    return seen is None or seen.date is None


def target_place(journey: Journey, transfer: Transfer, to_format: Format) -> Place:
    """Where the transfer's output goes: the place that it was made for, else the one where the end stands."""
    places = journey.route.places("to", to_format)
    made_for = transfer.output.place if transfer.output else ""
    found = next((one for one in places if one.key == made_for), None)
    return found or journey.route.to.place_of(journey.standing.to)


def converter_for(journey: Journey, transfer: Transfer, stand: Stand) -> Converter | None:
    """The conversion of a transfer for a stand of its destination; None if its bytes pass unchanged.

    Raises ``NoConversion`` or ``FormatFaults``.
    """
    source = transfer.from_format, source_place(journey, transfer)
    target = stand.format, journey.route.to.place_of(stand)
    return journey.city.conversion(journey.route, source, target, transfer.business_date)


def passes_unchanged(journey: Journey, transfer: Transfer, stand: Stand) -> bool:
    """Whether the bytes pass unchanged; where that cannot be told, the step that converts says what is wrong."""
    try:
        return converter_for(journey, transfer, stand) is None
    except (NoConversion, FormatFaults):
        return False


def named(transfer: Transfer) -> dict[str, str]:
    """The fields by which log lines name a transfer."""
    return {"transfer_id": transfer.id, "file": f"{transfer.endpoint}:{transfer.entry.path}"}


def name_values(journey: Journey, transfer: Transfer, number: int) -> NameValues:
    """What names are made of; ``number`` is the journal's counter, 0 where a name uses none."""
    return NameValues(
        date=transfer.business_date,
        time=transfer.admitted_at.astimezone(journey.zone),
        name=transfer.entry.name,
        seq=number or None,
        revision=transfer.revision,
    )
