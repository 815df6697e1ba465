"""Whether a place answers as a route needs it: what a person and what a gate ask before a cutover."""

from __future__ import annotations

import secrets
from datetime import datetime

from adapters.base import Adapter
from adapters.errors import AdapterError
from adapters.examine import examine
from gateway.config import Place
from gateway.naming import DestinationName, NameValues, SourcePattern

SAMPLE = "sample.dat"
NEEDED = frozenset({"list", "write", "rename", "remove"})
"""Steps without which no delivery works; the others have substitutes."""


def free_name(adapter: Adapter, place: Place, now: datetime) -> str:
    """A name beside what a route writes, as this place allows names, that no consumer takes for a file."""
    values = NameValues(date=now.date(), time=now, name=SAMPLE, seq=1)
    beside = DestinationName.compile(place.path).render(values)
    token = secrets.token_hex(5)
    folder, slash, _ = beside.rpartition("/")
    return adapter.temporary(beside, token) or f"{folder}{slash}.lgw-{token}"


def pattern_beside(place: Place) -> str:
    """What lists the names that a route writes at a place: all that begin as those do."""
    return f"{place.path.partition('{')[0]}*"


async def why_unreadable(adapter: Adapter, place: Place) -> str:
    """Why a source's place cannot be listed, or an empty string."""
    try:
        await adapter.scan(SourcePattern.compile(place.path).glob)
    except AdapterError as error:
        return error.message
    return ""


async def why_unwritable(adapter: Adapter, place: Place, now: datetime) -> str:
    """Why a destination's place cannot be listed, written, renamed in or removed from, or an empty string."""
    path = free_name(adapter, place, now)
    findings = await examine(adapter, pattern=pattern_beside(place), path=path)
    failed = [one for one in findings if not one.works and one.step in NEEDED]
    return "; ".join(f"{one.step}: {one.says}" for one in failed)
