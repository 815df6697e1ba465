"""``gateway.yaml``, ``systems.yaml`` and ``endpoints.yaml``: read so that one broken entry spoils no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from adapters import ADAPTERS
from gateway.config import (
    Accepted,
    Endpoint,
    Endpoints,
    Freeze,
    Identity,
    Installation,
    Route,
    System,
    Systems,
    Wave,
)
from gateway.config.places import Zone
from gateway.load.document import Document
from gateway.load.fault import Complaint, Location, Severity
from gateway.load.mending import Mended
from gateway.load.nodes import may_gather, shares_a_journal
from gateway.load.own_dates import needless, why_frozen
from gateway.load.reader import Reader
from gateway.load.wording import complaints
from gateway.spelling import instead, nearest

INSTALLATION = "gateway.yaml"
"""The one file that says where the gateway keeps its state."""

_COMMON = frozenset(Endpoint.model_fields) - {"options"}


@dataclass(frozen=True, kw_only=True)
class SystemsRead:
    """What ``systems.yaml`` says.

    Attributes:
        usable: systems without fault.
        broken: the names of the others.
        dated: those of the others whose migration date is known all the same: to look at their routes, never to run.
        readable: whether the file as a whole could be read.
    """

    usable: Mapping[str, System] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    dated: Mapping[str, System] = field(default_factory=dict)
    waves: Mapping[str, Wave] = field(default_factory=dict)
    freezes: tuple[Freeze, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    readable: bool = False


@dataclass(frozen=True, kw_only=True)
class EndpointsRead:
    """What ``endpoints.yaml`` says.

    Attributes:
        usable: endpoints without fault.
        broken: the names of the others.
        placed: those of the others whose environment is known all the same: to look at their routes, never to run.
        readable: whether the file as a whole could be read.
    """

    usable: Mapping[str, Endpoint] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    placed: Mapping[str, Endpoint] = field(default_factory=dict)
    readable: bool = False


@dataclass(frozen=True, kw_only=True)
class InstallationRead:
    """``gateway.yaml``, with its state folder made absolute; mended, and not usable, if it has any fault."""

    installation: Installation
    usable: bool = False


def read_installation(reader: Reader) -> InstallationRead:
    """What ``gateway.yaml`` says; defaults where nothing can be known."""
    unknown = InstallationRead(installation=Installation(gateway=Identity(name="unusable")))
    document = reader.document(reader.directory / INSTALLATION, substitute=True)
    if document is None:
        return unknown
    found = reader.mended(document, Installation)
    if found.model is None:
        return unknown
    unshared = reader.complain(found.document, found.proper(shares_a_journal(found.model)))
    who = _resolved(found.model.gateway, reader.directory)
    misplaced = reader.complain(found.document, found.proper(_kept_elsewhere(who, reader.directory)))
    installation = found.model.model_copy(update={"gateway": who})
    usable = not found.complaints and not unshared and not misplaced
    return InstallationRead(installation=installation, usable=usable)


def _resolved(who: Identity, directory: Path) -> Identity:
    """Relative folders start at that of the configuration."""
    named = {"state_dir": who.state_dir, "kept_dir": who.kept_dir}
    whole = {
        key: (directory / path.expanduser()).resolve() for key, path in named.items() if path is not None
    }
    return who.model_copy(update=whole)


def _kept_elsewhere(who: Identity, directory: Path) -> Iterator[Complaint]:
    """Where ``kept_dir`` is no folder apart from the others."""
    for folder, what in (
        (who.state_dir, "state_dir"),
        (directory.resolve(), "the folder of the configuration"),
    ):
        if who.kept_dir is not None and who.kept_dir.is_relative_to(folder):
            message = f"kept_dir {who.kept_dir} lies in {what}; name a folder of another disk"
            yield Complaint(at=("gateway", "kept_dir"), message=message)
            return


def read_systems(reader: Reader, now: datetime) -> SystemsRead:
    """``systems.yaml``, with the instants of waves filled in."""
    document = reader.document(reader.directory / "systems.yaml")
    if document is None:
        return SystemsRead()
    found = reader.mended(document, Systems)
    if found.model is None or not _only_entries(found):
        return SystemsRead()
    dated, complained = _dated(found.model)
    more = [*complained, *_members(reader, found.model), *_frozen(dated, found.model, now)]
    reader.complain(found.document, found.proper(more))
    broken = _entries(found, "systems")
    return SystemsRead(
        usable={name: system for name, system in dated.items() if name not in broken},
        broken=frozenset(document.data["systems"]) - (dated.keys() - broken),
        dated={
            name: system
            for name, system in dated.items()
            if not _is_guessed(found, "systems", name, "standard_from")
        },
        waves={
            name: wave for name, wave in found.model.waves.items() if name not in _entries(found, "waves")
        },
        freezes=found.model.freezes,
        accepted=found.model.accepted,
        readable=True,
    )


def _only_entries(found: Mended[Any]) -> bool:
    """Whether no fault concerns more than an entry, such as one system."""
    return all(len(one.at) > 1 for one in found.complaints)


def _entries(found: Mended[Any], section: str) -> set[Any]:
    """The names of a section's entries that have faults."""
    return {one.at[1] for one in found.complaints if one.at[0] == section and len(one.at) > 1}


def _is_guessed(found: Mended[Any], section: str, name: str, key: str) -> bool:
    return not {(section, name), (section, name, key)}.isdisjoint(found.guessed)


def _dated(found: Systems) -> tuple[dict[str, System], list[Complaint]]:
    waves: dict[str, tuple[str, datetime]] = {}
    for first, one in found.waves.items():
        for member in one.members:
            waves.setdefault(member, (first, one.at))
    dated: dict[str, System] = {}
    complained: list[Complaint] = []
    for name, system in found.systems.items():
        wave, at = waves.get(name, ("", None))
        if system.written is None and at is None:
            message = "standard_from is missing; add an instant such as 2027-01-04T00:00:00+09:00, or never, or always"
            complained.append(Complaint(at=("systems", name, "standard_from"), message=message))
        elif at is not None and system.written not in (None, at):
            message = f"standard_from differs from wave {wave} ({at.isoformat()}); write the same instant, or remove it"
            complained.append(Complaint(at=("systems", name, "standard_from"), message=message))
        else:
            dated[name] = system.model_copy(update={"written": at}) if system.written is None else system
    return dated, complained


def _members(reader: Reader, found: Systems) -> Iterator[Complaint]:
    known = found.systems.keys() | {path.stem for path in (reader.directory / "routes").glob("*/*.yaml")}
    first: dict[str, str] = {}
    for name, wave in found.waves.items():
        for index, member in enumerate(wave.members):
            if member not in known:
                message = f"no system or route is called {member}; {instead(member, known)}"
                yield Complaint(at=("waves", name, "members", index), message=message)
            elif first.setdefault(member, name) != name:
                message = (
                    f"{member} is a member of wave {first[member]} too, and switches once; remove it from one"
                )
                yield Complaint(at=("waves", name, "members", index), message=message)


def _frozen(systems: Mapping[str, System], found: Systems, now: datetime) -> Iterator[Complaint]:
    """Cutovers still to come that fall on frozen days; of a wave's, those of its systems say so."""
    for name, system in systems.items():
        if reason := why_frozen(system.standard_from, found.freezes, now):
            yield Complaint(at=("systems", name, "standard_from"), message=reason)
    for name, wave in found.waves.items():
        reason = why_frozen(wave.at, found.freezes, now)
        if reason and not systems.keys() & set(wave.members):
            message = reason.replace("standard_from falls", "at falls")
            yield Complaint(at=("waves", name, "at"), message=message)


def check_accepted(
    reader: Reader, systems: SystemsRead, routes: Mapping[str, Route], names: frozenset[str]
) -> None:
    """Record acceptances that accept nothing. Nobody is kept from running by it."""
    document = reader.document(reader.directory / "systems.yaml") if systems.accepted else None
    if document is not None:
        reader.complain(document, needless(systems.accepted, routes, names, systems.usable))


def check_nodes(reader: Reader, systems: SystemsRead, routes: Mapping[str, Route]) -> None:
    """Record waves that no node could make, where several share the routes. Nobody is kept from running by it."""
    document = reader.document(reader.directory / "systems.yaml") if systems.waves else None
    if document is not None:
        reader.complain(document, may_gather(systems.waves, routes))


def check_bounds(reader: Reader, installation: Installation, endpoints: EndpointsRead) -> None:
    """Record endpoints that vendors may use and that do not exist. Nobody is kept from running by it."""
    document = reader.document(reader.directory / "gateway.yaml", substitute=True)
    known = endpoints.usable.keys() | endpoints.broken
    for vendor, entry in installation.vendors.items():
        for index, name in enumerate(entry.may_use.endpoints or ()):
            if document is not None and endpoints.readable and name not in known:
                message = f"unknown endpoint {name}; {instead(name, known)}"
                at = ("vendors", vendor, "may_use", "endpoints", index)
                reader.complain(document, [Complaint(at=at, message=message)])
    if document is not None and installation.vendors:
        reader.complain(document, _unbounded(reader, installation))


def _unbounded(reader: Reader, installation: Installation) -> Iterator[Complaint]:
    """Folders of routes that no vendor owns, where some vendors have bounds."""
    home = reader.directory / "routes"
    found = {path.name for path in home.iterdir() if path.is_dir()} if home.is_dir() else set()
    owned = {Path(vendor.routes or name).name: name for name, vendor in installation.vendors.items()}
    for folder in sorted(found - owned.keys()):
        if folder[0] != ".":
            lacking = [name for own, name in owned.items() if own not in found]
            meant = nearest(folder, lacking)
            hint = f"did you mean {meant}?" if meant else f"add {folder}: with may_use:"
            message = f"no vendor has the folder routes/{folder}, so nothing bounds its routes; {hint}"
            yield Complaint(at=("vendors",), key=True, message=message, severity=Severity.WARNING)


def read_endpoints(reader: Reader) -> EndpointsRead:
    """``endpoints.yaml``, each endpoint with the options of its adapter."""
    document = reader.document(reader.directory / "endpoints.yaml", substitute=True)
    if document is None:
        return EndpointsRead()
    data, refused = _with_options(reader, document)
    found = reader.mended(replace(document, data=data), Endpoints)
    if found.model is None or not _only_entries(found):
        return EndpointsRead()
    unsafe = {name: text for name, keys in document.data["endpoints"].items() if (text := _unsafe(keys))}
    reader.complain(
        document, (Complaint(at=("endpoints", name, "tls"), message=text) for name, text in unsafe.items())
    )
    broken = refused | unsafe.keys() | _entries(found, "endpoints")
    known = found.model.endpoints
    return EndpointsRead(
        usable={name: endpoint for name, endpoint in known.items() if name not in broken},
        broken=frozenset(document.data["endpoints"]) - (known.keys() - broken),
        placed={
            name: endpoint
            for name, endpoint in known.items()
            if name in broken
            and "environment" in endpoint.model_fields_set
            and not _is_guessed(found, "endpoints", name, "environment")
        },
        readable=True,
    )


def _with_options(reader: Reader, document: Document) -> tuple[Any, set[str]]:
    """The data with every endpoint's own keys turned into its adapter's options, and the names that failed."""
    data = document.data
    written = data.get("endpoints") if isinstance(data, dict) else None
    if not isinstance(written, dict):
        return data, set()
    refused: set[str] = set()
    endpoints = dict(written)
    for name, keys in written.items():
        if isinstance(keys, dict):
            options, complained = _options(name, keys)
            variants, more = _variants(name, keys)
            reader.complain(document, (*complained, *more))
            common = {key: keys[key] for key in keys if key in _COMMON}
            endpoints[name] = common | variants | {"options": options}
            refused |= {name} if complained or more else set()
    return {**data, "endpoints": endpoints}, refused


def _options(name: str, keys: Mapping[str, Any]) -> tuple[Any, tuple[Complaint, ...]]:
    kind = ADAPTERS.get(str(keys.get("adapter")))
    at: Location = ("endpoints", name)
    if kind is None:
        message = f"unknown adapter {keys.get('adapter')}; {instead(str(keys.get('adapter')), ADAPTERS)}"
        wrong = (Complaint(at=(*at, "adapter"), message=message),) if "adapter" in keys else ()
        return None, wrong
    misplaced = _misplaced(at, keys)
    try:
        return kind.options.model_validate(_own(keys)), misplaced
    except ValidationError as error:
        found = complaints(error, kind.options, Endpoint)
        return None, (*misplaced, *(_below(at, complaint) for complaint in found))


def _variants(name: str, keys: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Complaint, ...]]:
    """The variants with their adapter's options, and what is wrong in their own keys."""
    written = keys.get("variants")
    kind = ADAPTERS.get(str(keys.get("adapter")))
    if not isinstance(written, list) or kind is None or not all(isinstance(one, dict) for one in written):
        return {}, ()
    made: list[dict[str, Any]] = []
    found: list[Complaint] = []
    for index, one in enumerate(written):
        own = {key: value for key, value in one.items() if key not in ("from", "until")}
        made.append({key: value for key, value in one.items() if key not in own})
        try:
            made[-1]["options"] = kind.options.model_validate({**_own(keys), **own})
        except ValidationError as error:
            wrong = complaints(error, kind.options)
            at: Location = ("endpoints", name, "variants", index)
            found += [
                _below(at, complaint) for complaint in wrong if complaint.at[:1] and complaint.at[0] in own
            ]
    return {"variants": made}, tuple(found)


def _misplaced(at: Location, keys: Mapping[str, Any]) -> tuple[Complaint, ...]:
    if "connections" not in keys:
        return ()
    message = "connections belongs to limits; write limits: {connections: 1}"
    return (Complaint(at=(*at, "connections"), key=True, message=message),)


def _own(keys: Mapping[str, Any]) -> dict[str, Any]:
    own = {key: value for key, value in keys.items() if key not in _COMMON | {"connections"}}
    limits = keys.get("limits")
    connections = limits.get("connections") if isinstance(limits, dict) else None
    return own if connections is None else {**own, "connections": connections}


def _below(at: Location, complaint: Complaint) -> Complaint:
    where = ("limits", "connections") if complaint.at == ("connections",) else complaint.at
    return Complaint(
        at=(*at, *where), message=complaint.message, severity=complaint.severity, key=complaint.key
    )


def _unsafe(keys: Any) -> str:
    """Plain FTP only where the endpoint says so and stands on site. Looks at what is written, faults or not."""
    if not isinstance(keys, dict) or keys.get("adapter") != "ftp" or "none" not in _encryptions(keys):
        return ""
    zone = keys.get("zone")
    if zone in get_args(Zone) and zone != "on-prem":
        return f"tls: none sends passwords and records in the clear, and zone is {zone}; write explicit or implicit"
    if zone is None:
        return "tls: none is allowed on site only; write zone: on-prem beside it"
    return ""


def _encryptions(keys: Mapping[str, Any]) -> list[Any]:
    """What an endpoint and its variants say of encryption."""
    variants = keys.get("variants")
    dated = [one for one in variants if isinstance(one, dict)] if isinstance(variants, list) else []
    return [one.get("tls") for one in (keys, *dated)]
