"""The configuration that runs, its journal, and its files as they were read, where ``diff`` finds them."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from gateway.journal import JournalHome, journal_home
from gateway.load import City
from gateway.load.snapshot import EMPTY, Snapshot, snapshot
from gateway.load.stamps import Stamps
from gateway.sheets import write_private

RUNNING = "running.json"
"""In the state folder: every file of the configuration that runs, as it was read, and the hash of each route."""

SHOWN = 12
"""Digits of a configuration's hash on a log line."""


@dataclass(kw_only=True)
class Running:
    """What holds now: changed by ``Renewal`` alone."""

    city: City
    snapshot: Snapshot = EMPTY
    common: dict[str, Any] = field(default_factory=dict)

    def take(self, stamps: Stamps, *, held: Collection[str] = ()) -> None:
        """Read the files as they are now, but for those that are held as they were."""
        self.snapshot = snapshot(self.city.directory, stamps, self.snapshot, held=held)
        self.common["configuration"] = self.snapshot.digest[:SHOWN]

    def agreed(self) -> str:
        """The hash of what is to be the same on all nodes, as people are shown it; empty before it was read."""
        return self.snapshot.common[:SHOWN]

    def write(self, now: str) -> None:
        """Put what runs where ``diff`` finds it."""
        routes = {name: self.city.digest(name) for name in self.city.routes}
        outdated = {name: list(map(str, faults)) for name, faults in self.city.outdated.items()}
        document = {
            "since": now,
            "configuration": self.snapshot.digest,
            "routes": routes,
            "outdated": outdated,
            "files": self.snapshot.texts,
        }
        path = self.city.installation.gateway.state_dir / RUNNING
        write_private(path, json.dumps(document, ensure_ascii=False).encode())


def journal_of(city: City) -> JournalHome:
    """Where the city's journal lives; a relative file starts at the configuration's folder, as state_dir does.

    Raises ``JournalUnusable`` where its kind cannot be used here.
    """
    installation, node = city.installation, node_name(city)
    return journal_home(
        installation.journal_url,
        city.directory.resolve(),
        installation.journal.password,
        node=node,
        keeper=node if installation.gateway.kept_dir is None else "",
    )


def node_name(city: City) -> str:
    """This machine's name among the nodes; empty where one gateway runs alone."""
    asked = city.installation.cluster
    if asked is None:
        return ""
    return asked.node or os.environ.get("LINKAGE_GATEWAY_NODE") or socket.gethostname().partition(".")[0]
