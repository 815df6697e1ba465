"""What the steps of one route's transfers need, and the words that they share."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from gateway.clock import Clock
from gateway.config import Route
from gateway.cutover import RouteFormat
from gateway.journal import Journal, Transfer
from gateway.load import City
from gateway.log import Reporter
from gateway.naming import NameValues
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
    clock: Clock
    report: Reporter
    zone: ZoneInfo


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
