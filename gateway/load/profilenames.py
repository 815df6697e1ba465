"""File names that a profile gives: a place whose path ends with / takes them from there. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gateway.config import End, Place, Route
from gateway.formats import CsvProfile
from gateway.load.fault import Complaint, Location
from gateway.load.spots import Side
from gateway.model import Format

_PLAIN = re.compile(r"[A-Za-z0-9_-]+")


def named_by_profiles(
    route: Route, profiles: Mapping[str, CsvProfile]
) -> tuple[Route, tuple[Complaint, ...]]:
    """The route with whole paths; unknown profiles are left for the check of references."""
    found: list[Complaint] = []
    update = {"from": _end(route, "from", profiles, found), "to": _end(route, "to", profiles, found)}
    return route.model_copy(update={"source": update["from"], "to": update["to"]}), tuple(found)


def _end(route: Route, side: Side, profiles: Mapping[str, CsvProfile], found: list[Complaint]) -> End:
    end = route.end(side)
    places = end.places(Format.STANDARD)
    if not any(place.path.endswith("/") for place in places):
        return end
    whole: list[Place] = []
    for index, place in enumerate(places):
        at: Location = (side, "standard") if len(places) == 1 else (side, "standard", index)
        try:
            whole.append(_named(route, place, profiles))
        except ValueError as reason:
            found.append(Complaint(at=(*at, "path"), message=str(reason)))
            whole.append(place.model_copy(update={"path": f"{place.path}{{seq}}"}))  # one fault is enough
    return end.model_copy(update={"standard": whole[0] if isinstance(end.standard, Place) else tuple(whole)})


def _named(route: Route, place: Place, profiles: Mapping[str, CsvProfile]) -> Place:
    if not place.path.endswith("/") or (place.profile is not None and place.profile not in profiles):
        return place
    naming = profiles[place.profile].naming if place.profile is not None else ""
    if not naming:
        raise ValueError("a path names files, not a folder alone; write the name, or naming in its profile")
    for word, value in _words(route):
        if f"{{{word}}}" in naming and not _PLAIN.fullmatch(value):
            raise ValueError(
                f"the profile's naming has {{{word}}}; write it under linkage:, of letters, digits, - and _ alone"
            )
        naming = naming.replace(f"{{{word}}}", value)
    return place.model_copy(update={"path": place.path + naming})


def _words(route: Route) -> Iterator[tuple[str, str]]:
    yield "linkage", route.linkage.id if route.linkage else ""
    yield "branch", route.linkage.branch if route.linkage else ""
