"""Routes: found in their vendors' folders, read, checked, accepted or rejected, each alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.config import Installation, MayUse, Route
from gateway.config.words import NAME_PATTERN
from gateway.load.bounds import bounds
from gateway.load.bridges import needless
from gateway.load.checks import (
    Surroundings,
    conversion_faults,
    decides_phases,
    environments,
    first_counted,
    frozen_moves,
    grounds,
    has_phases,
    never_due,
    order,
    phases,
    references,
    templates,
)
from gateway.load.comparing import comparisons
from gateway.load.diverting import diverting
from gateway.load.document import Document
from gateway.load.fault import Complaint, Fault, Severity, cannot_be_checked
from gateway.load.files import shown
from gateway.load.gates import unmeetable
from gateway.load.handing import handing_over
from gateway.load.mending import Mended
from gateway.load.namable import namable
from gateway.load.neighbours import Neighbour, Neighbourhood, quarrels
from gateway.load.nodes import has_its_node
from gateway.load.own_dates import own_dates, with_waves
from gateway.load.own_forms import with_own_forms
from gateway.load.parts import splitting
from gateway.load.profilenames import named_by_profiles
from gateway.load.reader import Reader
from gateway.load.shadows import shadows
from gateway.load.telling import telling_apart
from gateway.load.wayback import way_back

MOST_OF_A_ROUTE = 128 * 1024
"""Bytes of a route's file: many times what any route says, and soon read, because others' routes wait meanwhile."""


USUALLY = 16 * 1024
"""Bytes that a route's file may have on average, many of them being read."""


@dataclass(frozen=True, kw_only=True)
class Routes:
    """What became of every route file."""

    accepted: dict[str, Route] = field(default_factory=dict)
    rejected: dict[str, tuple[Fault, ...]] = field(default_factory=dict)
    neighbours: Neighbourhood = field(default_factory=Neighbourhood)
    """The accepted routes, as later ones see them."""
    shadowed: dict[str, Route] = field(default_factory=dict)
    """Those of them that have a shadow."""
    systems: dict[str, frozenset[str]] = field(default_factory=dict)
    """The systems of rejected ones whose files could be read so far."""
    vendors: dict[str, str] = field(default_factory=dict)
    """The vendors of rejected ones."""
    names: frozenset[str] = frozenset()
    """The names of all routes that there are, accepted or not."""
    homes: dict[str, str] = field(default_factory=dict)
    """The file of each, by its name here."""
    hindered: set[str] = field(default_factory=set)
    """The files of those that other routes keep from being accepted: the change of another may make room for them."""

    def accept(self, route: Route, file: str) -> None:
        """Take a route, and let later ones see it."""
        self.accepted[route.name], self.homes[route.name] = route, file
        self.neighbours.add(Neighbour.of(route))
        if route.shadow is not None:
            self.shadowed[route.name] = route

    def reject(
        self, name: str, vendor: str, file: str, faults: tuple[Fault, ...], route: Route | None = None
    ) -> None:
        """Do not take a route; where its name is taken, it stands under vendor/name. ``route``: what could be read."""
        taken = name in self.accepted or name in self.rejected
        key = f"{vendor}/{name}" if taken else name
        self.rejected[key], self.homes[key], self.vendors[key] = faults, file, vendor
        if route is not None:
            self.systems[key] = frozenset({route.source.system, route.to.system})

    def forget(self, name: str) -> Route | None:
        """Take a route out, whichever way it stands here; gives it if it was accepted."""
        self.hindered.discard(self.homes.pop(name, ""))
        self.rejected.pop(name, None)
        self.systems.pop(name, None)
        self.vendors.pop(name, None)
        self.shadowed.pop(name, None)
        route = self.accepted.pop(name, None)
        if route is not None:
            self.neighbours.remove(name)
        return route


def read_routes(
    reader: Reader, installation: Installation, known: Surroundings, *, first: Collection[str] = ()
) -> Routes:
    """Read every route file, those named ``first`` before the others; a fault rejects its own route and no other."""
    _strays(reader)
    files: list[tuple[Path, str]] = []
    left_out: dict[str, list[Path]] = {}
    for vendor, folder in vendors_folders(reader, installation).items():
        there = sorted(reader.files(folder, ".yaml"), key=lambda path: path.stem not in first)
        count = how_many(map(_size, there), bounds_of(vendor, installation))
        files += [(path, vendor) for path in there[:count]]
        if count < len(there):
            left_out[vendor] = there[count:]
    routes = Routes(names=frozenset(path.stem for path, _ in files))
    for path, vendor in sorted(files, key=lambda one: one[0].stem not in first):
        admit(reader, routes, path, vendor, replace(known, bounds=bounds_of(vendor, installation)))
    for vendor, others in left_out.items():
        _leave_out(reader, routes, vendor, others, bounds_of(vendor, installation))
    return routes


def how_many(sizes: Iterable[int], allowed: MayUse) -> int:
    """How many of a vendor's files are read, of those with these sizes in bytes."""
    room = allowed.routes * USUALLY
    count = 0
    for size in sizes:
        room -= size
        if count == allowed.routes or room < 0:
            break
        count += 1
    return count


def _size(path: Path) -> int:
    """A file's size in bytes, and none for one that cannot be looked at: reading it says why."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _leave_out(reader: Reader, routes: Routes, vendor: str, others: list[Path], allowed: MayUse) -> None:
    """Say once, and reject the first of those left out by it, that a vendor has more files than are read."""
    folder = reader.shown(others[0].parent)
    more = f" and {len(others) - 1} others are" if len(others) > 1 else " is"
    most = f"{allowed.routes} files and {allowed.routes * USUALLY // 1024} KiB"
    message = (
        f"more than {most}, which are read of {vendor}: {shown(others[0].name)}{more} left out; remove what is no "
        f"route, or write a larger may_use: {{routes: {allowed.routes}}} for {vendor} in gateway.yaml"
    )
    fault = Fault(file=folder, line=1, column=1, message=message)
    reader.add([fault])
    routes.reject(shown(others[0].stem), vendor, reader.shown(others[0]), (fault,))


def bounds_of(vendor: str, installation: Installation) -> MayUse:
    """What a vendor may use."""
    known = installation.vendors.get(vendor)
    return known.may_use if known else MayUse()


def vendor_of(folder: str, installation: Installation) -> str:
    """The vendor in whose folder of ``routes/`` a route stands."""
    declared = {
        vendor.routes.rstrip("/"): name for name, vendor in installation.vendors.items() if vendor.routes
    }
    return declared.get(f"routes/{folder}", folder)


def vendors_folders(reader: Reader, installation: Installation) -> dict[str, str]:
    """The folder of each vendor's routes, relative to the configuration's."""
    home = reader.directory / "routes"
    found = sorted(path.name for path in home.iterdir() if path.is_dir()) if home.is_dir() else []
    declared = {name: vendor.routes for name, vendor in installation.vendors.items() if vendor.routes}
    folders = {folder.rstrip("/"): name for name, folder in declared.items()}
    unnamed = {name: f"routes/{name}" for name in found if f"routes/{name}" not in folders and name[0] != "."}
    return dict(sorted({**unnamed, **{name: folder for folder, name in folders.items()}}.items()))


def route_file(reader: Reader, installation: Installation, route: Route) -> Path:
    """Where the file of an accepted route is."""
    return reader.directory / vendors_folders(reader, installation)[route.vendor] / f"{route.name}.yaml"


def _strays(reader: Reader) -> None:
    for path in reader.files("routes", ".yaml"):
        reader.refuse(
            reader.shown(path),
            f"a route stands in its vendor's folder; move this file to routes/VENDOR/{path.name}",
        )


def admit(reader: Reader, routes: Routes, path: Path, vendor: str, known: Surroundings) -> None:
    """Read one route's file, and accept or reject it."""
    own = Reader(reader.directory, reader.environment, reader.seals)
    route = _read_safely(own, routes, path, vendor, known)
    reader.add(own.faults)
    faults = tuple(fault for fault in own.faults if fault.severity is Severity.ERROR)
    file = reader.shown(path)
    if route is not None and not faults:
        routes.accept(route, file)
    else:
        routes.reject(shown(path.stem), vendor, file, faults, route)


def _read_safely(own: Reader, routes: Routes, path: Path, vendor: str, known: Surroundings) -> Route | None:
    """``_read``, so that no file, whatever it holds, keeps other vendors' routes from being read."""
    try:
        return _read(own, routes, path, vendor, known)
    except Exception as error:  # noqa: BLE001 - it is told as a fault, and the route is rejected
        own.refuse(own.shown(path), cannot_be_checked(error))
        return None


def _read(own: Reader, routes: Routes, path: Path, vendor: str, known: Surroundings) -> Route | None:
    """The route of a file, or None. All faults that keep it from running are recorded in its own reader.

    A route that had to be mended comes back too: its faults keep it from running.
    """
    document = own.document(path, most=MOST_OF_A_ROUTE)
    if document is None:
        return None
    own.complain(document, _name_faults(path.stem))
    _hindered(own, document, routes, _taken(path.stem, routes))
    found = _mended(own, document, path.stem, vendor)
    if found.model is None:
        return None
    route, wrong = with_waves(found.model, known.agreed.waves)
    own.complain(document, found.proper(wrong) if known.complete else ())
    route = with_own_forms(route, known.conversions.library)
    route, unnamed = named_by_profiles(route, known.conversions.library.profiles)
    own.complain(document, found.proper(unnamed))
    _check(own, found, route, routes, known)
    return route


def _check(own: Reader, found: Mended[Route], route: Route, routes: Routes, known: Surroundings) -> None:
    document = found.document
    alone = [
        *templates(route),
        *order(route, known),
        *first_counted(route),
        *splitting(route),
        *diverting(route),
        *needless(route),
        *never_due(route, known),
        *bounds(route, known.bounds),
    ]
    own.complain(document, found.proper(alone))
    own.complain(document, environments(route, known.endpoints))
    _hindered(
        own,
        document,
        routes,
        found.proper(quarrels(Neighbour.of(route), routes.neighbours, routes.names)),
    )
    if not known.complete:
        return
    own.complain(document, found.proper(references(route, known)))
    own.complain(document, found.proper(own_dates(route, known.systems, known.agreed)))
    own.complain(document, found.proper(handing_over(route, known.endpoints)))
    own.complain(document, found.proper(telling_apart(route, known.endpoints)))
    own.complain(document, found.proper(namable(route, known.endpoints)))
    if known.shared:
        bound = has_its_node(route, known.endpoints, kept_in_common=known.kept_in_common)
        own.complain(document, found.proper(bound))
    ways = way_back(route, known.systems, originals=known.originals, now=known.agreed.now)
    own.complain(document, found.proper(ways))
    own.complain(document, found.proper(unmeetable(route, known.systems, known.agreed)))
    own.complain(document, found.proper(grounds(route, known)))
    own.complain(document, found.proper(comparisons(route, known)))
    near = routes.accepted if route.shadow else routes.shadowed
    _hindered(own, document, routes, found.proper(shadows(route, near, known)))
    if not any(map(decides_phases, found.guessed)) and has_phases(route, known):
        own.complain(document, phases(route, known))
        own.complain(document, frozen_moves(route, known))
        own.add(conversion_faults(route, known))


def _hindered(own: Reader, document: Document, routes: Routes, found: Iterable[Complaint]) -> None:
    """Record faults that are no fault of the file alone."""
    if own.complain(document, found):
        routes.hindered.add(document.file)


def _mended(reader: Reader, document: Document, name: str, vendor: str) -> Mended[Route]:
    data = document.data
    if isinstance(data, dict):
        own = [key for key in ("name", "vendor") if key in data]
        message = "may not be written: a route's name is its file's, its vendor is its folder's; remove it"
        reader.complain(document, (Complaint(at=(key,), key=True, message=f"{key} {message}") for key in own))
        document = replace(document, data={**data, "name": name, "vendor": vendor})
    return reader.mended(document, Route)


def _name_faults(name: str) -> Iterator[Complaint]:
    if not re.match(NAME_PATTERN, name):
        yield Complaint(
            at=(), message="the file's name is the route's; write a-z, 0-9 and single hyphens in it"
        )


def _taken(name: str, routes: Routes) -> Iterator[Complaint]:
    taken = routes.accepted.get(name)
    if taken is not None:
        message = f"the route {name} exists already, of {taken.vendor}; give this file another name"
        yield Complaint(at=(), message=message)
