"""Routes: found in their vendors' folders, read, checked, accepted or rejected, each alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.config import Installation, MayUse, Route
from gateway.config.words import NAME_PATTERN
from gateway.load.checks import Surroundings, check_route, conversion_faults, spots
from gateway.load.document import Document
from gateway.load.fault import Complaint, Fault, Severity
from gateway.load.not_yet import too_soon, unacted
from gateway.load.reader import Reader
from gateway.naming import DestinationName, TemplateFault


@dataclass(frozen=True, kw_only=True)
class Routes:
    """What became of every route file."""

    accepted: dict[str, Route] = field(default_factory=dict)
    rejected: dict[str, tuple[Fault, ...]] = field(default_factory=dict)
    written: dict[tuple[str, str], str] = field(default_factory=dict)
    """Constant destination names that are taken: (endpoint, path) to route."""


def read_routes(reader: Reader, installation: Installation, known: Surroundings) -> Routes:
    """Read every route file; a fault rejects its own route and no other."""
    routes = Routes()
    _strays(reader)
    for vendor, folder in _folders(reader, installation).items():
        bounds = installation.vendors[vendor].may_use if vendor in installation.vendors else MayUse()
        for path in reader.files(folder, ".yaml"):
            _admit(reader, routes, path, vendor, replace(known, bounds=bounds))
    return routes


def _folders(reader: Reader, installation: Installation) -> dict[str, str]:
    home = reader.directory / "routes"
    found = sorted(path.name for path in home.iterdir() if path.is_dir()) if home.is_dir() else []
    declared = {name: vendor.routes for name, vendor in installation.vendors.items() if vendor.routes}
    folders = {folder.rstrip("/"): name for name, folder in declared.items()}
    unnamed = {name: f"routes/{name}" for name in found if f"routes/{name}" not in folders and name[0] != "."}
    return dict(sorted({**unnamed, **{name: folder for folder, name in folders.items()}}.items()))


def _strays(reader: Reader) -> None:
    for path in reader.files("routes", ".yaml"):
        reader.refuse(
            reader.shown(path), f"belongs into a vendor's folder; move it to routes/VENDOR/{path.name}"
        )


def _admit(reader: Reader, routes: Routes, path: Path, vendor: str, known: Surroundings) -> None:
    before = len(reader.faults)
    route = _read(reader, routes, path, vendor, known)
    faults = tuple(fault for fault in reader.faults[before:] if fault.severity is Severity.ERROR)
    name = path.stem
    if route is not None and not faults:
        routes.accepted[name] = route
        routes.written.update(dict.fromkeys(_constants(route), name))
    elif name in routes.accepted or name in routes.rejected:
        routes.rejected[f"{vendor}/{name}"] = faults
    else:
        routes.rejected[name] = faults


def _read(reader: Reader, routes: Routes, path: Path, vendor: str, known: Surroundings) -> Route | None:
    document = reader.document(path)
    if document is None:
        return None
    reader.complain(document, _name_faults(path.stem, routes))
    route = _model(reader, document, path.stem, vendor)
    if route is None:
        return None
    reader.complain(document, unacted("route", document))
    reader.complain(document, too_soon(document))
    found = list(check_route(route, known))
    reader.complain(document, [*found, *_taken_names(route, routes.written)])
    if not any(complaint.at[:1] in (("from",), ("to",)) for complaint in found):
        reader.faults.extend(fault for fault in conversion_faults(route, known) if fault not in reader.faults)
    return route


def _model(reader: Reader, document: Document, name: str, vendor: str) -> Route | None:
    data = document.data
    if isinstance(data, dict):
        own = [key for key in ("name", "vendor") if key in data]
        message = "is not written; a route's name is its file's, its vendor the folder's; remove it"
        reader.complain(document, (Complaint(at=(key,), key=True, message=f"{key} {message}") for key in own))
        data = {**data, "name": name, "vendor": vendor}
    return reader.model(document, Route, data)


def _name_faults(name: str, routes: Routes) -> Iterator[Complaint]:
    if not re.match(NAME_PATTERN, name):
        yield Complaint(
            at=(), message="the file's name is the route's; write a-z, 0-9 and single hyphens in it"
        )
    taken = routes.accepted.get(name)
    if taken is not None:
        message = f"the route {name} exists already, of {taken.vendor}; give this file another name"
        yield Complaint(at=(), message=message)


def _taken_names(route: Route, written: Mapping[tuple[str, str], str]) -> Iterator[Complaint]:
    for spot in spots(route):
        other = written.get((spot.place.endpoint, spot.place.path))
        if spot.side == "to" and other is not None:
            message = (
                f"the route {other} writes this name too; write another, or {{date}} {{time}} {{seq}} in it"
            )
            yield Complaint(at=(*spot.at, "path"), message=message)


def _constants(route: Route) -> Iterator[tuple[str, str]]:
    for spot in spots(route):
        if spot.side == "to" and _is_constant(spot.place.path):
            yield spot.place.endpoint, spot.place.path


def _is_constant(path: str) -> bool:
    try:
        return DestinationName.compile(path).constant
    except TemplateFault:
        return False
