"""The whole of a configuration folder, read in the order in which one part needs another."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from gateway.formats import FormatFaults
from gateway.load.businessdays import read_business_days
from gateway.load.checks import Surroundings
from gateway.load.city import City
from gateway.load.comparing import expired
from gateway.load.conversions import Conversions
from gateway.load.library import read_library
from gateway.load.operators import (
    check_accepted,
    check_bounds,
    read_endpoints,
    read_installation,
    read_systems,
)
from gateway.load.own_dates import Agreed
from gateway.load.reader import Reader
from gateway.load.routes import read_routes


def load(
    directory: Path, *, environment: Mapping[str, str] | None = None, now: datetime | None = None
) -> City:
    """Read a configuration folder.

    ``environment`` (default: the process's) fills ``{env: ..., default: ...}``; ``now`` (default: the clock's)
    tells cutovers to come from those of the past.
    """
    reader = Reader(directory, os.environ if environment is None else environment)
    installation = read_installation(reader)
    business_days = read_business_days(reader, installation.installation)
    now = now or datetime.now(UTC)
    systems = read_systems(reader, now)
    endpoints = read_endpoints(reader)
    conversions = Conversions(read_library(reader))
    known = Surroundings(
        complete=systems.readable and endpoints.readable,
        systems={**systems.dated, **systems.usable},
        broken_systems=systems.broken,
        endpoints={**endpoints.placed, **endpoints.usable},
        broken_endpoints=endpoints.broken,
        conversions=conversions,
        originals=installation.installation.retention.originals,
        agreed=Agreed(now=now, accepted=systems.accepted, freezes=systems.freezes, waves=systems.waves),
    )
    check_bounds(reader, installation.installation, endpoints)
    today = (now or datetime.now(UTC)).astimezone(installation.installation.zone).date()
    expired(reader, conversions.library, today)
    routes = read_routes(reader, installation.installation, known)
    check_accepted(reader, systems, routes.accepted, routes.names)
    reader.add(conversions.library.faults(FormatFaults(tuple(conversions.try_unused()))))
    return City(
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
        business_days=business_days,
    )
