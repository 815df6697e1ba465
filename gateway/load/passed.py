"""Dates that were changed after their cutovers had been made: they undo nothing, and say what is not so."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from gateway.config import Route
from gateway.load.city import City
from gateway.load.document import Document
from gateway.load.fault import Complaint, Fault, Location
from gateway.load.reader import Reader
from gateway.load.routes import route_file

End = tuple[str, Literal["from", "to"]]


@dataclass(frozen=True, kw_only=True)
class Passed:
    """When an end took the standardized format, and when by its date; None where it was first seen in that format."""

    actual: datetime
    planned: datetime | None


def with_contradictions(city: City, passed: Mapping[End, Passed]) -> City:
    """The city with an error for each date that was changed after its end had passed: ``passed``, by the journal."""
    if not passed:
        return city
    reader = Reader(city.directory, os.environ)
    systems = reader.document(city.directory / "systems.yaml")
    found: list[Fault] = []
    for end, at in passed.items():
        route = city.routes[end[0]]
        own = route.end(end[1]).standard_from is not None and _is_written(reader, city, route, end)
        document = reader.document(route_file(reader, city.installation, route)) if own else systems
        if document is not None:
            where: Location = (end[1], "standard_from") if own else _where(city, document, route, end)
            found.append(document.fault(Complaint(at=where, message=_says(city, end, at))))
    return replace(city, faults=tuple(sorted({*city.faults, *_first_of_each(found)})))


def _is_written(reader: Reader, city: City, route: Route, end: End) -> bool:
    """Whether the route's file states the date, and not a wave of which it is a member."""
    document = reader.document(route_file(reader, city.installation, route))
    return document is not None and (end[1], "standard_from") in document.keys


def _where(city: City, systems: Document, route: Route, end: End) -> Location:
    """Where ``systems.yaml`` says the date of an end."""
    system = route.end(end[1]).system
    written: Location = ("systems", system, "standard_from")
    named = {route.name, system}
    wave = next((name for name, one in city.waves.items() if named & set(one.members)), "")
    return written if not wave or written in systems.keys else ("waves", wave, "at")


def _says(city: City, end: End, at: Passed) -> str:
    zone = city.installation.zone
    made = at.actual.astimezone(zone).isoformat(timespec="seconds")
    former = f" ({at.planned.astimezone(zone).isoformat(timespec='seconds')})" if at.planned else ""
    return (
        f"{end[0]} ({end[1]}) has spoken standard since {made}, and a date changed afterwards undoes nothing; write "
        f"the former date{former}, and go back with: linkage-gateway switch {end[0]}:{end[1]} --back --reason ..."
    )


def _first_of_each(found: Iterable[Fault]) -> Iterable[Fault]:
    """One fault for each place: a system's date is that of many ends."""
    return {(one.file, one.line, one.column): one for one in reversed(list(found))}.values()
