"""The whole of a configuration folder, read in the order in which one part needs another."""

from __future__ import annotations

import gc
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gateway.config import Installation
from gateway.formats import FormatFaults
from gateway.load.apart import kept_apart
from gateway.load.businessdays import read_business_days
from gateway.load.checks import Surroundings
from gateway.load.city import City
from gateway.load.comparing import expired
from gateway.load.conversions import Conversions
from gateway.load.digests import Digests
from gateway.load.library import read_library
from gateway.load.operators import (
    INSTALLATION,
    EndpointsRead,
    InstallationRead,
    SystemsRead,
    check_accepted,
    check_bounds,
    check_nodes,
    read_endpoints,
    read_installation,
    read_systems,
)
from gateway.load.own_dates import Agreed
from gateway.load.reader import Reader
from gateway.load.routes import Routes, read_routes, vendors_folders
from gateway.load.seals import seals
from gateway.load.stamps import Stamps, stamp_of, stamps
from gateway.times.businessdays import BusinessDays


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A configuration folder as it was read, with what it takes to read one of its routes again.

    Attributes:
        known: what routes may refer to.
        routes: what became of every route file.
        stamps: the files, as they were before they were read.
    """

    city: City
    known: Surroundings
    routes: Routes
    stamps: Stamps


@dataclass(frozen=True, kw_only=True)
class _Operators:
    """What the operators' files say."""

    installation: InstallationRead
    systems: SystemsRead
    endpoints: EndpointsRead
    business_days: BusinessDays

    @property
    def settings(self) -> Installation:
        return self.installation.installation

    def surroundings(self, conversions: Conversions, now: datetime) -> Surroundings:
        """What routes may refer to."""
        systems, endpoints = self.systems, self.endpoints
        agreed = Agreed(now=now, accepted=systems.accepted, freezes=systems.freezes, waves=systems.waves)
        return Surroundings(
            complete=systems.readable and endpoints.readable,
            systems={**systems.dated, **systems.usable},
            broken_systems=systems.broken,
            endpoints={**endpoints.placed, **endpoints.usable},
            broken_endpoints=endpoints.broken,
            conversions=conversions,
            shared=self.settings.cluster is not None,
            kept_in_common=self.settings.gateway.kept_dir is not None,
            originals=self.settings.retention.originals,
            zone=self.settings.zone,
            business_days=self.business_days,
            agreed=agreed,
        )


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without looking for garbage: what is read stays, and thousands of files are looked through again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def load(
    directory: Path,
    *,
    environment: Mapping[str, str] | None = None,
    now: datetime | None = None,
    unsigned: bool = False,
) -> City:
    """Read a configuration folder.

    ``environment`` (default: the process's) fills ``{env: ..., default: ...}``; ``now`` (default: the clock's)
    tells cutovers to come from those of the past. ``unsigned``: as if vendors had signed whatever is there.
    """
    return read(directory, environment=environment, now=now, unsigned=unsigned).city


@_uncollected()
def read(
    directory: Path,
    *,
    environment: Mapping[str, str] | None = None,
    now: datetime | None = None,
    first: Collection[str] = (),
    unsigned: bool = False,
) -> Reading:
    """Read a configuration folder; see ``load``.

    ``first`` are routes that are looked at before others: where two cannot both run, the one that runs already stays.
    """
    reader = Reader(directory, os.environ if environment is None else environment)
    now, first_file = now or datetime.now(UTC), stamp_of(directory / INSTALLATION)
    installation = read_installation(reader)
    seen = stamps(directory, but=installation.installation.gateway.state_dir) | first_file
    reader.seals = {} if unsigned else seals(directory, installation.installation)
    found = _operators(reader, installation, now)
    conversions = Conversions(read_library(reader, vendors_folders(reader, found.settings)))
    known = found.surroundings(conversions, now)
    check_bounds(reader, found.settings, found.endpoints)
    expired(reader, conversions.library, now.astimezone(found.settings.zone).date())
    routes = read_routes(reader, found.settings, known, first=first)
    check_accepted(reader, found.systems, routes.accepted, routes.names)
    if known.shared:
        check_nodes(reader, found.systems, routes.accepted)
    reader.add(conversions.library.faults(FormatFaults(tuple(conversions.try_unused()))))
    city = City(
        directory=directory,
        usable=found.installation.usable and known.complete,
        installation=found.settings,
        systems=found.systems.usable,
        endpoints=found.endpoints.usable,
        waves=found.systems.waves,
        freezes=found.systems.freezes,
        routes=routes.accepted,
        rejected=routes.rejected,
        systems_of_rejected=routes.systems,
        vendors_of_rejected=routes.vendors,
        faults=tuple(sorted(reader.faults)),
        conversions=conversions,
        digests=Digests(known.systems, known.endpoints, conversions),
        business_days=found.business_days,
    )
    return Reading(city=city, known=known, routes=routes, stamps=seen)


def _operators(reader: Reader, installation: InstallationRead, now: datetime) -> _Operators:
    business_days = read_business_days(reader, installation.installation)
    systems = read_systems(reader, now)
    installation, endpoints = kept_apart(reader, installation, read_endpoints(reader))
    return _Operators(
        installation=installation, systems=systems, endpoints=endpoints, business_days=business_days
    )
