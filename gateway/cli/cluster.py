"""``cluster``: the nodes that share the routes; one is emptied before its machine is stopped, and comes back."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click

from adapters.units import parse_duration
from gateway.cli.beside import with_journal
from gateway.cli.output import (
    FAILED,
    WRONG,
    as_json,
    chosen,
    city_of,
    local,
    print_json,
    print_table,
    stop_with,
    words_of,
)
from gateway.cli.speaking import say
from gateway.journal import CITY, Cluster, Journal, Node
from gateway.journal.audit import Act
from gateway.load import City

Standing = Literal["up", "draining", "silent", "stopped"]

LOOKS = 5
"""How often a node that seems silent is looked at within a lease."""

why = click.option("--reason", required=True, help="Why; kept in the audit log with your name.")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A node as people see it; ``routes`` are those that it carries."""

    node: str
    state: Standing
    leads: bool
    routes: int
    host: str
    version: str
    configuration: str
    last_seen: datetime


@dataclass(frozen=True, kw_only=True)
class Carried:
    """Who carries a route; ``node`` is empty where nobody does, ``bound`` names the only node that may."""

    route: str
    node: str
    bound: str
    generation: int


@click.group()
def cluster() -> None:
    """Nodes that share the routes of the city (gateway.yaml: cluster)."""


@cluster.command()
@as_json
@click.pass_obj
def status(directory: Path, *, as_json: bool) -> None:
    """Show every node, what it carries, and which routes nobody carries.

    Exit code 1 if there is one, or if nodes carry by different configurations.
    """
    city = _shared(directory)
    found, silent = with_journal(city, lambda journal: _seen(city, journal), write=False)
    nodes, routes = _nodes(found, silent), _routes(city, found)
    if as_json:
        print_json({"nodes": nodes, "routes": routes})
    else:
        _print(city, nodes, routes)
    if any(not one.node for one in routes) or _differ(nodes):
        raise SystemExit(FAILED)


@cluster.command()
@click.argument("node")
@why
@click.option("--within", default="2m", show_default=True, help="How long to wait until it carries nothing.")
@as_json
@click.pass_obj
def drain(directory: Path, node: str, *, reason: str, within: str, as_json: bool) -> None:
    """Let NODE carry nothing: its transfers end, and the other nodes take its routes over.

    Routes that are bound to it wait until it returns, or are moved. Exit code 1 if it still carries some at the end.
    """
    city, seconds = _shared(directory), _seconds(within)
    act = Act(who=getpass.getuser(), act="drain-node", subject=node, reason=reason)

    async def emptied(journal: Journal) -> int:
        await journal.nodes.drain(node, act, draining=True)
        return await _left(journal, node, seconds)

    left = with_journal(city, emptied, write=True)
    if as_json:
        print_json({"node": node, "draining": True, "routes": left})
    else:
        say(f"node {node} carries nothing" if not left else f"node {node} still carries {left} routes")
    if left:
        raise SystemExit(FAILED)


@cluster.command("return")
@click.argument("node")
@why
@as_json
@click.pass_obj
def return_(directory: Path, node: str, *, reason: str, as_json: bool) -> None:
    """Let NODE carry routes again."""
    city = _shared(directory)
    act = Act(who=getpass.getuser(), act="return-node", subject=node, reason=reason)
    with_journal(city, lambda journal: journal.nodes.drain(node, act, draining=False), write=True)
    if as_json:
        print_json({"node": node, "draining": False})
    else:
        say(f"node {node} takes its share of the routes")


@cluster.command()
@click.argument("route")
@click.option("--to", "node", required=True, help="The node that is to carry it.")
@why
@as_json
@click.pass_obj
def move(directory: Path, route: str, *, node: str, reason: str, as_json: bool) -> None:
    """Bind ROUTE to a node, whatever its file says; the node that carries it lets it go.

    Where publish is direct, see first that the former node is off, or has no line to the place: nothing else keeps what
    it had begun from becoming visible.
    """
    city = _shared(directory)
    chosen([route], dict.fromkeys([*city.routes, *city.rejected]))
    detail = {"node": node}
    act = Act(who=getpass.getuser(), act="move-route", subject=f"route {route}", reason=reason, detail=detail)

    async def bind(journal: Journal) -> None:
        if (await journal.nodes.cluster()).node(node) is None:
            stop_with(f"there is no node {node}; linkage-gateway cluster status lists them", FAILED)
        await journal.nodes.bind(route, node, act)

    with_journal(city, bind, write=True)
    if as_json:
        print_json({"route": route, "node": node})
    else:
        say(f"node {node} alone carries {route} from now on")


def _shared(directory: Path) -> City:
    """The configuration, where it says that routes are shared."""
    city = city_of(directory, quiet=True)
    if city.installation.cluster is None:
        stop_with(
            "this gateway carries its routes alone; write cluster: {} into gateway.yaml to share them", WRONG
        )
    return city


def _seconds(text: str) -> float:
    try:
        return parse_duration(text).total_seconds()
    except ValueError as error:
        stop_with(f"--within {error}", WRONG)


async def _left(journal: Journal, node: str, seconds: float) -> int:
    """How many leases a node still has, once it has none or the time is over."""
    left = len(_leases(await journal.nodes.cluster(), node))
    while left and seconds > 0:
        await asyncio.sleep(1)
        seconds -= 1
        left = len(_leases(await journal.nodes.cluster(), node))
    return left


def _leases(found: Cluster, node: str) -> list[str]:
    return [one.work for one in found.held_by(node) if one.work != CITY]


async def _seen(city: City, journal: Journal) -> tuple[Cluster, set[str]]:
    """All nodes, and which of them say nothing. Clocks need not agree: where one seems late, its beat decides."""
    assert city.installation.cluster is not None, "routes are shared"
    lease = city.installation.cluster.lease
    first = found = await journal.nodes.cluster()
    silent = {one.node for one in first.nodes if one.is_up and abs(datetime.now(UTC) - one.seen_at) > lease}
    for _ in range(LOOKS):
        if not silent:
            break
        await asyncio.sleep(lease.total_seconds() / LOOKS)
        found = await journal.nodes.cluster()
        silent = {name for name in silent if _life(found, name) == _life(first, name)}
    return found, silent


def _life(found: Cluster, name: str) -> tuple[str, int] | None:
    node = found.node(name)
    return (node.session, node.beat) if node else None


def _nodes(found: Cluster, silent: Collection[str]) -> list[Shown]:
    leader = next((one.node for one in found.leases if one.work == CITY), "")
    return [
        Shown(
            node=node.node,
            state=_state(node, silent),
            leads=node.node == leader,
            routes=len(_leases(found, node.node)),
            host=node.host,
            version=node.version,
            configuration=node.configuration if node.is_up else "",
            last_seen=node.seen_at,
        )
        for node in found.nodes
    ]


def _differ(nodes: Sequence[Shown]) -> bool:
    """Whether nodes that are up carry by different configurations."""
    return len({one.configuration for one in nodes} - {""}) > 1


def _state(node: Node, silent: Collection[str]) -> Standing:
    if not node.is_up:
        return "stopped"
    if node.node in silent:
        return "silent"
    return "draining" if node.draining else "up"


def _routes(city: City, found: Cluster) -> list[Carried]:
    leases, said = {one.work: one for one in found.leases}, dict(found.bindings)
    shown = []
    for name, route in city.routes.items():
        lease = leases.get(name)
        shown.append(
            Carried(
                route=name,
                node=lease.node if lease else "",
                bound=said.get(name, route.node or ""),
                generation=lease.generation if lease else 0,
            )
        )
    return shown


def _print(city: City, nodes: list[Shown], routes: list[Carried]) -> None:
    w = words_of(city)
    rows = [
        (
            one.node,
            w[one.state],
            w["leads"] if one.leads else "",
            str(one.routes),
            one.host,
            one.version,
            one.configuration,
            local(one.last_seen, city),
        )
        for one in nodes
    ]
    columns = ("node", "state", "leader", "routes", "host", "version", "configuration", "last_seen")
    print_table([w[key] for key in columns], rows)
    if _differ(nodes):
        say(
            "nodes have different configurations; put the same files on all of them (gateway.yaml may differ)"
        )
    versions = sorted({one.version for one in nodes if one.state != "stopped"})
    if len(versions) > 1:
        say(f"an upgrade goes on: nodes run {' and '.join(versions)}")
    lost = [one for one in routes if not one.node]
    if lost:
        print_table(
            (w["route"], w["waits_for"]),
            [(one.route, one.bound or w["any_node"]) for one in lost],
            title=w["not_carried"],
        )
