"""Which files of a route may go at one time: small ones whose order, and whose names, depend on no other file."""

from __future__ import annotations

from gateway.carrying.journey import Journey, target_place
from gateway.carrying.precedence import depends_on_none, lets_none_pass
from gateway.journal import Transfer
from gateway.naming import DestinationName

SMALL = 4 << 20
"""Bytes below which a file's steps cost more than its bytes; larger ones fill the line alone."""


def goes_in_any_order(journey: Journey, transfer: Transfer) -> bool:
    """Whether the transfer may pass others of its route, and they it.

    Not where names are counted up, and not where files follow one another under one name.
    """
    if lets_none_pass(journey, transfer) or not depends_on_none(journey, transfer):
        return False
    place = target_place(journey, transfer, journey.standing.to.format)
    size = transfer.bytes if transfer.entry.size is None else transfer.entry.size
    counted = DestinationName.compile(place.path).uses("seq")
    return size is not None and size < SMALL and place.exists == "refuse" and not counted


def connections(journey: Journey, transfer: Transfer) -> int:
    """How many files keep both places of a transfer busy: each file uses one connection at a time."""
    target = target_place(journey, transfer, journey.standing.to.format)
    names = {transfer.endpoint, target.endpoint}
    endpoints = journey.city.endpoints
    return sum(endpoints[name].options_at(journey.clock.now()).connections for name in names)
