"""What a municipality's configuration may not say beside those of the others in one folder.

Nothing is shared between them: neither places nor state, journal, page or people. What one says that reaches into
another's, or that both say, is a fault in each, so that neither works with what may be the other's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from pathlib import Path

from pydantic import BaseModel

from gateway.config import Endpoint, Installation
from gateway.load.fault import Complaint, Location
from gateway.load.municipalities import FOLDER, names
from gateway.load.operators import (
    INSTALLATION,
    EndpointsRead,
    InstallationRead,
    read_endpoints,
    read_installation,
)
from gateway.load.reader import Reader


@dataclass(frozen=True, kw_only=True)
class _Estate:
    """What a municipality calls its own."""

    name: str
    folder: Path
    installation: Installation
    endpoints: Mapping[str, Endpoint]

    @classmethod
    def of(cls, folder: Path, environment: Mapping[str, str]) -> _Estate:
        """As its files say, whatever faults they have."""
        reader = Reader(folder, environment)
        return cls(
            name=folder.name,
            folder=folder,
            installation=read_installation(reader).installation,
            endpoints=read_endpoints(reader).usable,
        )

    @property
    def grounds(self) -> tuple[Path, ...]:
        """The folders in which no other may have anything."""
        who = self.installation.gateway
        return (self.folder, who.state_dir, *([who.kept_dir] if who.kept_dir else []))

    @cached_property
    def single(self) -> dict[Location, str]:
        """What there can be one of on a machine, by the key that says it."""
        whole = self.installation
        said: dict[Location, str] = {("gateway", "name"): whole.gateway.name}
        if whole.journal.url.startswith("postgresql:"):
            said["journal", "url"] = whole.journal.url
        if whole.console.port:
            said["console", "listen"] = whole.console.listen
        if whole.log.to.file is not None:
            said["log", "to"] = str(whole.log.to.file)
        return said


def kept_apart(
    reader: Reader, installation: InstallationRead, endpoints: EndpointsRead
) -> tuple[InstallationRead, EndpointsRead]:
    """What a municipality's files say, without what it cannot have beside the others; their faults are recorded.

    A folder that is no municipality's says whatever it says.
    """
    directory = reader.directory.absolute()
    if directory.parent.name != FOLDER:
        return installation, endpoints
    own = _Estate(
        name=directory.name,
        folder=directory,
        installation=installation.installation,
        endpoints=endpoints.usable,
    )
    siblings = (one for one in names(directory.parent.parent) if one != own.name)
    others = [_Estate.of(directory.parent / one, reader.environment) for one in siblings]
    found = [complaint for other in others for complaint in _meeting(own, other)]
    _complain(reader, INSTALLATION, [one for one in found if one.at[0] != "endpoints"])
    wrong = {str(one.at[1]): one for one in found if one.at[0] == "endpoints"}
    _complain(reader, "endpoints.yaml", list(wrong.values()))
    usable = {name: one for name, one in endpoints.usable.items() if name not in wrong}
    return (
        replace(installation, usable=installation.usable and len(wrong) == len(found)),
        replace(endpoints, usable=usable, broken=endpoints.broken | wrong.keys()),
    )


def _complain(reader: Reader, file: str, found: list[Complaint]) -> None:
    document = reader.document(reader.directory / file, substitute=True) if found else None
    if document is not None:
        reader.complain(document, dict.fromkeys(found))


def _meeting(own: _Estate, other: _Estate) -> Iterator[Complaint]:
    """Everything in which a municipality and another are not apart."""
    for at, value in own.single.items():
        if other.single.get(at) == value:
            message = (
                f"{'.'.join(map(str, at))} {value} is that of {other.name} as well; write one of its own"
            )
            yield Complaint(at=at, message=message)
    for at, path in (*_paths(own.installation), *_journal_file(own.installation)):
        if reason := _trespass(path, own, other):
            yield Complaint(at=at, message=reason)
    for name, endpoint in own.endpoints.items():
        found = [_trespass(path, own, other) for _, path in _paths(endpoint)]
        if reason := next(filter(None, found), "") or _same_place(endpoint, other):
            yield Complaint(at=("endpoints", name), key=True, message=reason)


def _trespass(path: Path, own: _Estate, other: _Estate) -> str:
    """Why a file or folder is not its own; a relative one starts at its folder."""
    whole = Path(os.path.realpath(own.folder / path.expanduser()))
    for ground in map(os.path.realpath, other.grounds):
        if whole.is_relative_to(ground) or Path(ground).is_relative_to(whole):
            return f"{path} is not apart from what {other.name} keeps in {ground}; write a place of its own"
    return ""


def _journal_file(installation: Installation) -> Iterator[tuple[Location, Path]]:
    kind, _, file = installation.journal.url.partition(":///")
    if kind == "sqlite" and not file.startswith("{state_dir}"):  # which is looked at already
        yield ("journal", "url"), Path(file)


def _paths(value: object, at: Location = ()) -> Iterator[tuple[Location, Path]]:
    """Every file and folder that a model names."""
    if isinstance(value, Path):
        yield at, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _paths(getattr(value, name), (*at, name))
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _paths(one, (*at, name))
    elif isinstance(value, list | tuple):
        for index, one in enumerate(value):
            yield from _paths(one, (*at, index))


def _same_place(endpoint: Endpoint, other: _Estate) -> str:
    """Why an endpoint leads to where another municipality's leads."""
    for name, theirs in other.endpoints.items():
        for (where, here), (their_where, there) in product(_places(endpoint), _places(theirs)):
            if where == their_where and (here.startswith(there) or there.startswith(here)):
                return (
                    f"{name} of {other.name} leads there too, and neither could tell its files from the other's; "
                    "write a login, bucket or folder of its own"
                )
    return ""


def _places(endpoint: Endpoint) -> Iterator[tuple[tuple[str, ...], str]]:
    """Who is asked and as whom, and the folder there: for each of an endpoint's addresses."""
    for options in (endpoint.options, *(one.options for one in endpoint.variants)):
        asked = (str(getattr(options, key, "")) for key in ("host", "port", "endpoint_url", "bucket"))
        user = str(getattr(getattr(options, "login", None), "user", ""))
        folder = str(getattr(options, "root", "")) or str(getattr(options, "prefix", ""))
        whole = os.path.realpath(folder) if endpoint.adapter == "local" else folder
        yield (endpoint.adapter, user, *asked), f"{whole.strip('/')}/".lstrip("/")
