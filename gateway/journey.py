"""What the steps of one route's transfers need, and the words that they share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from gateway.clock import Clock
from gateway.config import Place, Route
from gateway.cutover import RouteFormat
from gateway.journal import Journal, Store, Transfer
from gateway.load import City
from gateway.log import Reporter
from gateway.model import Format
from gateway.naming import NameValues
from gateway.originals import KeptFiles
from gateway.places import Places
from gateway.spool import Spool


@dataclass(frozen=True, kw_only=True)
class Journey:
    """What the steps of one route's transfers need."""

    route: Route
    formats: RouteFormat
    city: City
    places: Places
    journal: Journal
    spool: Spool
    kept: Mapping[Store, KeptFiles]
    clock: Clock
    report: Reporter
    zone: ZoneInfo


def source_place(journey: Journey, transfer: Transfer) -> Place:
    """Where the transfer was found: the place that its source had in that format then.

    For a replay whose place is no longer the source's: the last that was.
    """
    place = journey.route.place("from", transfer.from_format, transfer.admitted_at)
    if place is None and transfer.replay_of:
        place = journey.route.places("from", transfer.from_format)[-1]
    assert place is not None, "the transfer was admitted from this place"
    return place


def target_place(journey: Journey, transfer: Transfer, to_format: Format) -> Place:
    """Where the transfer goes: the place whose name was fixed for it, else the one that holds now."""
    places = journey.route.places("to", to_format)
    fixed = transfer.output.endpoint if transfer.output else ""
    now = journey.clock.now()
    place = next((one for one in places if one.endpoint == fixed), None) or journey.route.place(
        "to", to_format, now
    )
    assert place is not None, "the loader refuses routes without it"
    return place


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
