"""What must be said where several nodes share the routes: a common journal, and who carries what cannot move. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from gateway.config import Endpoint, Installation, Route, Wave
from gateway.load.fault import Complaint
from gateway.load.spots import spots

SHORTEST = timedelta(seconds=3)
"""The shortest lease: a busy machine or database must not look like a lost one."""


def shares_a_journal(installation: Installation) -> Iterator[Complaint]:
    """What keeps an installation with ``cluster`` from being shared."""
    if installation.cluster is None:
        return
    if not installation.journal.url.startswith("postgresql://"):
        message = (
            "nodes share one journal in PostgreSQL; write journal: {url: postgresql://...}, or remove cluster"
        )
        yield Complaint(at=("cluster",), key=True, message=message)
    if installation.cluster.lease < SHORTEST:
        message = "is too short: a node that is busy for a moment would be taken for lost; write 3s or more"
        yield Complaint(at=("cluster", "lease"), message=f"lease {message}")


def may_gather(waves: Mapping[str, Wave], routes: Mapping[str, Route]) -> Iterator[Complaint]:
    """Waves whose routes are bound to several nodes: one node must carry all of them when they pass."""
    for name, wave in waves.items():
        members = set(wave.members)
        bound = {
            route.node: route.name
            for route in routes.values()
            if route.node and members & {route.name, route.source.system, route.to.system}
        }
        if len(bound) > 1:
            said = ", ".join(f"{route} to {node}" for node, route in sorted(bound.items()))
            message = (
                f"one node carries all routes of a wave when it passes, and these are bound apart: {said}; "
            )
            yield Complaint(at=("waves", name, "members"), message=message + "write the same node: in them")


def has_its_node(
    route: Route, endpoints: Mapping[str, Endpoint], *, kept_in_common: bool
) -> Iterator[Complaint]:
    """A route that no other node may take over by itself says which node carries it."""
    if route.node is not None:
        return
    if route.delta is not None and not kept_in_common:
        yield Complaint(
            at=("delta",),
            key=True,
            message="the rows that differences are taken from lie with one node (gateway.yaml: cluster); "
            "write node: NAME, the node that carries this route, or keep them for all nodes (gateway: kept_dir)",
        )
    for spot in spots(route):
        options = getattr(endpoints.get(spot.place.endpoint), "options", None)
        if spot.side == "to" and getattr(options, "publish", "") == "direct":
            message = (
                f"at {spot.place.endpoint} (publish: direct) nothing keeps a lost node from writing on (gateway.yaml: "
                "cluster); write node: NAME, the node that carries this route"
            )
            yield Complaint(at=(*spot.at, "endpoint"), message=message)
