"""The whole of a configuration folder, read in the order in which one part needs another."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

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
    first_file = stamp_of(directory / INSTALLATION)
    installation = read_installation(reader)
    seen = stamps(directory, but=installation.installation.gateway.state_dir) | first_file
    reader.seals = {} if unsigned else seals(directory, installation.installation)
    business_days = read_business_days(reader, installation.installation)
    now = now or datetime.now(UTC)
    systems = read_systems(reader, now)
    installation, endpoints = kept_apart(reader, installation, read_endpoints(reader))
    conversions = Conversions(read_library(reader, vendors_folders(reader, installation.installation)))
    known = Surroundings(
        complete=systems.readable and endpoints.readable,
        systems={**systems.dated, **systems.usable},
        broken_systems=systems.broken,
        endpoints={**endpoints.placed, **endpoints.usable},
        broken_endpoints=endpoints.broken,
        conversions=conversions,
        shared=installation.installation.cluster is not None,
        originals=installation.installation.retention.originals,
        zone=installation.installation.zone,
        business_days=business_days,
        agreed=Agreed(now=now, accepted=systems.accepted, freezes=systems.freezes, waves=systems.waves),
    )
    check_bounds(reader, installation.installation, endpoints)
    today = now.astimezone(installation.installation.zone).date()
    expired(reader, conversions.library, today)
    routes = read_routes(reader, installation.installation, known, first=first)
    check_accepted(reader, systems, routes.accepted, routes.names)
    if known.shared:
        check_nodes(reader, systems, routes.accepted)
    reader.add(conversions.library.faults(FormatFaults(tuple(conversions.try_unused()))))
    city = City(
        directory=directory,
        usable=installation.usable and systems.readable and endpoints.readable,
        installation=installation.installation,
        systems=systems.usable,
        endpoints=endpoints.usable,
        waves=systems.waves,
        freezes=systems.freezes,
        routes=routes.accepted,
        rejected=routes.rejected,
        faults=tuple(sorted(reader.faults)),
        conversions=conversions,
        digests=Digests(known.systems, known.endpoints, conversions),
        business_days=business_days,
    )
    return Reading(city=city, known=known, routes=routes, stamps=seen)
