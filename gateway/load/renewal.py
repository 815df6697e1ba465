"""A configuration folder read again beside the gateway that runs on it: as little as has changed.

What runs is never worse off for it. A route whose file has become faulty, or that no longer fits to the others, holds
on as it was read before, unless operators no longer allow it. Where only routes' files changed, only they are read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.config import Route
from gateway.load.bounds import bounds
from gateway.load.checks import environments
from gateway.load.city import City
from gateway.load.fault import Fault
from gateway.load.folder import Reading, read
from gateway.load.neighbours import Neighbourhood, quarrels
from gateway.load.reader import Reader
from gateway.load.routes import Routes, admit, bounds_of, how_many, vendor_of
from gateway.load.seals import seals
from gateway.load.spots import spots
from gateway.load.stamps import Stamps, stamps

_ROUTE = re.compile(r"routes/([^/]+)/([^/]+)\.yaml")


def changed_files(before: Stamps, after: Stamps) -> frozenset[str]:
    """The files that differ, came or went."""
    return frozenset(file for file in before.keys() | after.keys() if before.get(file) != after.get(file))


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What another configuration would change, by names of routes."""

    came: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]

    @classmethod
    def between(cls, before: City, after: City) -> Difference:
        """From one configuration to another. Routes whose hash is the same are the same."""
        both = [name for name in before.routes if name in after.routes]
        return cls(
            came=tuple(name for name in after.routes if name not in before.routes),
            changed=tuple(
                name
                for name in both
                if before.routes[name] is not after.routes[name] and before.digest(name) != after.digest(name)
            ),
            gone=tuple(name for name in before.routes if name not in after.routes),
        )

    def __bool__(self) -> bool:
        return bool(self.came or self.changed or self.gone)


def is_of_routes(file: str) -> bool:
    """Whether a file is that of one route, so that no other depends on it."""
    return _ROUTE.fullmatch(file) is not None


def reread(before: Reading, *, now: datetime, environment: Mapping[str, str] | None = None) -> Reading:
    """The folder as it is now, for a gateway that runs on what was read ``before``.

    Of the faults of other files than routes', those of ``before`` stand until such a file changes.
    """
    seen = stamps(before.city.directory, but=before.city.installation.gateway.state_dir)
    changed = changed_files(before.stamps, seen)
    crowded = any(_are_crowded(changed, files, before.city) for files in (before.stamps, seen))
    if all(map(is_of_routes, changed)) and not crowded:
        return _routes_again(before, seen, changed, environment)
    unchanged = [name for name in before.city.routes if before.routes.homes[name] not in changed]
    after = read(before.city.directory, environment=environment, now=now, first=frozenset(unchanged))
    return _held_on(before, after)


def _are_crowded(changed: frozenset[str], seen: Stamps, city: City) -> bool:
    """Whether a vendor whose files changed has more than are read: then it must be found anew which ones are."""
    folders = {found[1] for file in changed if (found := _ROUTE.fullmatch(file))}
    sizes: dict[str, list[int]] = {folder: [] for folder in folders}
    for file, (_, size, _) in seen.items():
        if (found := _ROUTE.fullmatch(file)) and found[1] in folders:
            sizes[found[1]].append(size)
    allowed = {
        folder: bounds_of(vendor_of(folder, city.installation), city.installation) for folder in folders
    }
    return any(how_many(found, allowed[folder]) < len(found) for folder, found in sizes.items())


class _Again:
    """Reads routes again on the ground of what was read before. Others' files stay as they are."""

    def __init__(self, before: Reading, seen: Stamps, environment: Mapping[str, str] | None) -> None:
        self.city = before.city
        self.known = before.known
        self.files = {file: found.groups() for file in seen if (found := _ROUTE.fullmatch(file))}
        self.routes = replace(
            before.routes,
            accepted=dict(self.city.routes),
            rejected=dict(self.city.rejected),
            systems=dict(before.routes.systems),
            vendors=dict(before.routes.vendors),
            homes=dict(before.routes.homes),
            hindered=set(before.routes.hindered),
            names=frozenset(name for _, name in self.files.values()),
        )
        signed = seals(self.city.directory, self.city.installation)
        self.reader = Reader(self.city.directory, os.environ if environment is None else environment, signed)
        self.outdated = dict(self.city.outdated)
        self.earlier = dict(self.city.earlier)

    def concerned(self, changed: frozenset[str]) -> list[str]:
        """The files to read: those that changed, last, and before them those that others' changes may concern."""
        names = self.routes.names
        lost = [name for name, one in self.city.routes.items() if not names.issuperset(one.schedule.after)]
        asked = {self.routes.homes[name] for name in lost} | self.routes.hindered
        return sorted(asked | changed, key=lambda file: (file in changed, file))

    def admit(self, file: str) -> None:
        """Read one file. A route that it was, and that it cannot be any more, holds on as it was."""
        old = self._forget(file)
        if file not in self.files:
            return
        folder, name = self.files[file]
        vendor = vendor_of(folder, self.city.installation)
        known = replace(self.known, bounds=bounds_of(vendor, self.city.installation))
        admit(self.reader, self.routes, self.city.directory / file, vendor, known)
        if old is not None and old.name not in self.routes.accepted:
            self.outdated[name] = self.routes.rejected.pop(name)
            self.earlier[name] = self.city.of(name)
            self.routes.accept(old, file)

    def _forget(self, file: str) -> Route | None:
        """Take out what was read of a file; gives the route that it was, if it was accepted."""
        key = next((name for name, home in self.routes.homes.items() if home == file), None)
        if key is None:
            return None
        self.outdated.pop(key, None)
        self.earlier.pop(key, None)
        return self.routes.forget(key)

    def unsettled(self) -> list[str]:
        """The files that could not be taken: the change of another one may have made room for them."""
        return sorted(self.routes.hindered)


def _routes_again(
    before: Reading, seen: Stamps, changed: frozenset[str], environment: Mapping[str, str] | None
) -> Reading:
    again = _Again(before, seen, environment)
    asked = again.concerned(changed)
    for file in asked:
        again.admit(file)
    left = again.unsettled()
    again.reader.forget(left)
    for file in left:
        again.admit(file)
    told = [fault for fault in before.city.faults if fault.file not in {*asked, *left}]
    after = replace(
        before.city,
        routes=again.routes.accepted,
        rejected=again.routes.rejected,
        systems_of_rejected=again.routes.systems,
        vendors_of_rejected=again.routes.vendors,
        faults=tuple(sorted({*told, *again.reader.faults})),
        outdated=again.outdated,
        earlier=again.earlier,
    )
    return Reading(city=after, known=before.known, routes=again.routes, stamps=seen)


def _held_on(before: Reading, after: Reading) -> Reading:
    """The reading with those routes as they were that still have their file, may run, and were not accepted anew."""
    routes, city = after.routes, before.city
    outdated: dict[str, tuple[Fault, ...]] = {}
    while lost := _lost(before, after):
        for name in lost:
            file = routes.homes[name]
            outdated[name] = routes.rejected.pop(name, ())
            routes.accept(city.routes[name], file)
        _give_way(routes, outdated)
    return replace(after, city=holding(after.city, city, outdated))


def holding(
    after: City, before: City, held: Mapping[str, tuple[Fault, ...]], endpoints: Collection[str] = ()
) -> City:
    """A configuration in which some routes are still as they were before, each with what keeps the new one away.

    ``endpoints`` are those that are as they were before, too.
    """
    kept = {name: before.endpoints[name] for name in endpoints}
    places = {spot.place.endpoint for name in held for spot in spots(before.routes[name])}
    systems = {end.system for name in held for end in (before.routes[name].source, before.routes[name].to)}
    return replace(
        after,
        routes={**after.routes, **{name: before.routes[name] for name in held}},
        rejected={name: faults for name, faults in after.rejected.items() if name not in held},
        systems={**{name: before.systems[name] for name in systems}, **after.systems},
        endpoints={**{name: before.endpoints[name] for name in places}, **after.endpoints, **kept},
        outdated={**after.outdated, **held},
        earlier={**after.earlier, **{name: before.of(name) for name in held}},
    )


def _lost(before: Reading, after: Reading) -> list[str]:
    """The routes that were accepted, are rejected now, and may hold on."""
    return [
        name
        for name, route in before.city.routes.items()
        if name in after.routes.rejected
        and after.routes.homes[name] == before.routes.homes[name]
        and _may_hold_on(route, after)
    ]


def _may_hold_on(route: Route, after: Reading) -> bool:
    """Whether operators still allow what the route does: its vendor's bounds, and one environment."""
    allowed = bounds_of(route.vendor, after.city.installation)
    return not [*bounds(route, allowed), *environments(route, after.known.endpoints)]


def _give_way(routes: Routes, outdated: Mapping[str, tuple[Fault, ...]]) -> None:
    """Reject what was accepted and cannot run beside a route that holds on."""
    staying = Neighbourhood()
    for name in outdated:
        staying.add(routes.neighbours.routes[name])
    for name, file in [(name, routes.homes[name]) for name in routes.accepted if name not in outdated]:
        neighbour = routes.neighbours.routes[name]
        found = [one.message for one in quarrels(neighbour, staying, routes.names)]
        if found:
            vendor = routes.accepted[name].vendor
            routes.forget(name)
            faults = tuple(Fault(file=file, line=1, column=1, message=message) for message in found)
            routes.reject(name, vendor, file, faults)
            routes.hindered.add(file)
