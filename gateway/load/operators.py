"""``gateway.yaml``, ``systems.yaml`` and ``endpoints.yaml``: read so that one broken entry spoils no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from adapters import ADAPTERS
from gateway.config import Endpoint, Endpoints, Freeze, Installation, System, Systems, Wave
from gateway.load.document import Document
from gateway.load.fault import Complaint, Location
from gateway.load.not_yet import unacted
from gateway.load.reader import Reader
from gateway.load.wording import complaints
from gateway.spelling import instead

Model = TypeVar("Model", bound=BaseModel)

_COMMON = frozenset(Endpoint.model_fields) - {"options"}


@dataclass(frozen=True, kw_only=True)
class SystemsRead:
    """Systems without fault, the names of the others, and whether the file could be read at all."""

    usable: Mapping[str, System] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    waves: Mapping[str, Wave] = field(default_factory=dict)
    freezes: tuple[Freeze, ...] = ()
    readable: bool = False


@dataclass(frozen=True, kw_only=True)
class EndpointsRead:
    """Endpoints without fault, the names of the others, and whether the file could be read at all."""

    usable: Mapping[str, Endpoint] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    readable: bool = False


def read_installation(reader: Reader) -> Installation | None:
    """``gateway.yaml``, with its state folder made absolute; None if it has any fault."""
    document = reader.document(reader.directory / "gateway.yaml", substitute=True)
    if document is None:
        return None
    installation = reader.model(document, Installation, document.data)
    if installation is None:
        return None
    reader.complain(document, unacted("installation", document))
    state_dir = (reader.directory / installation.gateway.state_dir.expanduser()).resolve()
    return installation.model_copy(
        update={"gateway": installation.gateway.model_copy(update={"state_dir": state_dir})}
    )


def read_systems(reader: Reader, now: datetime) -> SystemsRead:
    """``systems.yaml``, with the instants of waves filled in."""
    document = reader.document(reader.directory / "systems.yaml")
    found = None if document is None else _salvaged(reader, document, Systems, document.data)
    if document is None or found is None:
        return SystemsRead()
    reader.complain(document, unacted("systems", document))
    dated, complained = _dated(found)
    reader.complain(document, [*complained, *_members(reader, found), *_frozen(dated, found.freezes, now)])
    return SystemsRead(
        usable=dated,
        broken=frozenset(document.data["systems"]) - frozenset(dated),
        waves=found.waves,
        freezes=found.freezes,
        readable=True,
    )


def _dated(found: Systems) -> tuple[dict[str, System], list[Complaint]]:
    waves = {member: (name, wave.at) for name, wave in found.waves.items() for member in wave.members}
    dated: dict[str, System] = {}
    complained: list[Complaint] = []
    for name, system in found.systems.items():
        wave, at = waves.get(name, ("", None))
        if system.written is None and at is None:
            message = "standard_from is missing; add an instant such as 2027-01-04T00:00:00+09:00, or never, or always"
            complained.append(Complaint(at=("systems", name), message=message))
        elif at is not None and system.written not in (None, at):
            message = f"standard_from differs from wave {wave} ({at.isoformat()}); write the same instant, or remove it"
            complained.append(Complaint(at=("systems", name, "standard_from"), message=message))
        else:
            dated[name] = system.model_copy(update={"written": at}) if system.written is None else system
    return dated, complained


def _members(reader: Reader, found: Systems) -> Iterator[Complaint]:
    known = found.systems.keys() | {path.stem for path in (reader.directory / "routes").glob("*/*.yaml")}
    for name, wave in found.waves.items():
        for index, member in enumerate(wave.members):
            if member not in known:
                message = f"no system or route is called {member}; {instead(member, known)}"
                yield Complaint(at=("waves", name, "members", index), message=message)


def _frozen(systems: Mapping[str, System], freezes: tuple[Freeze, ...], now: datetime) -> Iterator[Complaint]:
    """Cutovers still to come that fall on frozen days."""
    for name, system in systems.items():
        moved = system.standard_from
        freeze = next(
            (freeze for freeze in freezes if not isinstance(moved, str) and freeze.covers(moved)), None
        )
        if freeze is not None and not isinstance(moved, str) and moved > now:
            days = f"{freeze.start} to {freeze.end}{f', {freeze.reason}' if freeze.reason else ''}"
            message = f"standard_from falls within a freeze ({days}); move it outside, or change the freeze"
            yield Complaint(at=("systems", name, "standard_from"), message=message)


def check_bounds(reader: Reader, installation: Installation, endpoints: EndpointsRead) -> None:
    """Record the endpoints that vendors may use and that do not exist. Nobody is kept from running by it."""
    document = reader.document(reader.directory / "gateway.yaml", substitute=True)
    known = endpoints.usable.keys() | endpoints.broken
    for vendor, entry in installation.vendors.items():
        for index, name in enumerate(entry.may_use.endpoints or ()):
            if document is not None and endpoints.readable and name not in known:
                message = f"unknown endpoint {name}; {instead(name, known)}"
                at = ("vendors", vendor, "may_use", "endpoints", index)
                reader.complain(document, [Complaint(at=at, message=message)])


def read_endpoints(reader: Reader) -> EndpointsRead:
    """``endpoints.yaml``, each endpoint with the options of its adapter."""
    document = reader.document(reader.directory / "endpoints.yaml", substitute=True)
    if document is None:
        return EndpointsRead()
    data, refused = _with_options(reader, document)
    found = _salvaged(reader, document, Endpoints, data)
    if found is None:
        return EndpointsRead()
    reader.complain(document, unacted("endpoints", document))
    plain = [(name, found.endpoints[name]) for name in found.endpoints]
    unsafe = {name: message for name, endpoint in plain if (message := _unsafe(endpoint))}
    reader.complain(
        document, (Complaint(at=("endpoints", name, "tls"), message=text) for name, text in unsafe.items())
    )
    usable = {name: endpoint for name, endpoint in plain if name not in refused and name not in unsafe}
    return EndpointsRead(
        usable=usable, broken=frozenset(document.data["endpoints"]) - frozenset(usable), readable=True
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
            reader.complain(document, complained)
            endpoints[name] = {key: keys[key] for key in keys if key in _COMMON} | {"options": options}
            refused |= {name} if complained else set()
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


def _unsafe(endpoint: Endpoint) -> str:
    """Plain FTP only where the endpoint says so and stands on site."""
    if getattr(endpoint.options, "tls", None) != "none":
        return ""
    if endpoint.zone != "on-prem":
        clear = f"tls: none sends passwords and records in the clear, and zone is {endpoint.zone}"
        return f"{clear}; write explicit or implicit"
    if "zone" not in endpoint.model_fields_set:
        return "tls: none is allowed on site only; write zone: on-prem beside it"
    return ""


def _salvaged(reader: Reader, document: Document, model: type[Model], data: Any) -> Model | None:
    """The model without its broken entries, or None if more than entries is broken. All faults are recorded."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = complaints(error, model)
        reader.complain(document, found)
        entries = {complaint.at[:2] for complaint in found}
    if any(len(entry) < 2 for entry in entries) or not _all_named(entries):  # noqa: PLR2004 - (section, name)
        return None
    try:
        return model.model_validate({key: _without(value, key, entries) for key, value in data.items()})
    except ValidationError:
        return None


def _all_named(entries: set[Location]) -> bool:
    return all(isinstance(entry[0], str) for entry in entries)


def _without(section: Any, name: str, entries: set[Location]) -> Any:
    if isinstance(section, dict):
        return {key: value for key, value in section.items() if (name, key) not in entries}
    if isinstance(section, list):
        return [value for index, value in enumerate(section) if (name, index) not in entries]
    return section
