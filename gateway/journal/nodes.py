"""The chapter of nodes: which machines share the routes of the city, and which of them holds the lease on which route.

No clock decides here. A node raises its *beat*; whoever watches it by its own monotonic clock, and sees for a whole
lease that it does not move, takes it for lost and lets its leases go. A lease's *generation* grows with each holder:
whatever a former holder still asks of the journal about that route is refused (``assert_held``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.errors import GatewayError, LeaseLost
from gateway.journal import audit
from gateway.journal.audit import Act
from gateway.journal.database import Db, Row, Run, text_of

CITY = ""
"""The work of what runs once in the whole city: alarms told to people, announced cutovers, the daily report."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """A machine that shares the routes, as it last spoke of itself.

    Attributes:
        home: the mark of its state folder.
        session: of the start that it lives by; empty: it has stopped, or was taken for lost.
        beat: a number that grows while it lives.
        draining: a person wants it to carry nothing.
        configuration: a hash of the files by which it carries its routes; empty: it has not said so yet.
    """

    node: str
    home: str
    session: str
    host: str
    version: str
    beat: int
    seen_at: datetime
    draining: bool = False
    configuration: str = ""

    @property
    def is_up(self) -> bool:
        """Whether it holds leases, or may take some."""
        return bool(self.session)


@dataclass(frozen=True, kw_only=True)
class Lease:
    """Who carries a route (or does the work of the city). ``node`` is empty where nobody does now."""

    work: str
    node: str
    generation: int
    former: str
    taken_at: datetime


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Everything that a node decides by."""

    nodes: tuple[Node, ...]
    leases: tuple[Lease, ...]
    bindings: tuple[tuple[str, str], ...] = ()  # route and node, by a person's word

    def node(self, name: str) -> Node | None:
        """One node; None if it never was here."""
        return next((one for one in self.nodes if one.node == name), None)

    @property
    def configurations(self) -> dict[str, str]:
        """By node: the hash of the files by which it carries its routes, of all that are up and said so."""
        return {one.node: one.configuration for one in self.nodes if one.is_up and one.configuration}

    def held_by(self, node: str) -> tuple[Lease, ...]:
        """The leases of a node."""
        return tuple(one for one in self.leases if one.node == node)


def assert_held(db: Db, lease: Lease) -> None:
    """Raise ``LeaseLost`` unless the lease is still the one that its holder took."""
    sql = "SELECT 1 FROM leases WHERE work = :work AND node = :node AND generation = :generation"
    if not db.rows(sql, {"work": lease.work, "node": lease.node, "generation": lease.generation}):
        raise LeaseLost(f"another node may carry {lease.work or 'the work of the city'} by now")


def cluster(db: Db) -> Cluster:
    """See ``Nodes.cluster``."""
    return Cluster(
        nodes=tuple(map(_node_of, db.rows("SELECT * FROM nodes ORDER BY node", {}))),
        leases=tuple(map(_lease_of, db.rows("SELECT * FROM leases ORDER BY work", {}))),
        bindings=tuple((row["route"], row["node"]) for row in db.rows("SELECT * FROM bindings", {})),
    )


def joined(db: Db, node: Node) -> None:
    """See ``Nodes.join``."""
    sql = """INSERT INTO nodes (node, home, session, host, version, beat, seen_at)
             VALUES (:node, :home, :session, :host, :version, 1, :at)
             ON CONFLICT (node) DO UPDATE SET home = :home, session = :session, host = :host, version = :version,
             beat = nodes.beat + 1, seen_at = :at"""
    said = {key: getattr(node, key) for key in ("node", "home", "session", "host", "version")}
    _let_go_all(db, node.node)
    db.changed(sql, said | {"at": text_of(db.now)})


def beaten(db: Db, node: str, session: str, configuration: str) -> Cluster | None:
    """See ``Nodes.beat``."""
    sql = """UPDATE nodes SET beat = beat + 1, seen_at = :at, configuration = :configuration
             WHERE node = :node AND session = :session"""
    said = {"node": node, "session": session, "configuration": configuration}
    if not db.changed(sql, said | {"at": text_of(db.now)}):
        return None
    return cluster(db)


def left(db: Db, node: str, session: str) -> None:
    """See ``Nodes.leave``."""
    sql = "UPDATE nodes SET session = '', seen_at = :at WHERE node = :node AND session = :session"
    if db.changed(sql, {"node": node, "session": session, "at": text_of(db.now)}):
        _let_go_all(db, node)


def ousted(db: Db, lost: Node) -> bool:
    """See ``Nodes.oust``."""
    sql = "UPDATE nodes SET session = '' WHERE node = :node AND session = :session AND beat = :beat"
    if not db.changed(sql, {"node": lost.node, "session": lost.session, "beat": lost.beat}):
        return False
    _let_go_all(db, lost.node)
    return True


def _let_go_all(db: Db, node: str) -> None:
    sql = "UPDATE leases SET node = '', former = :node, generation = generation + 1 WHERE node = :node"
    db.changed(sql, {"node": node})


def taken(db: Db, node: str, session: str, work: Sequence[str]) -> list[Lease]:
    """See ``Nodes.take``."""
    if not db.rows("SELECT 1 FROM nodes WHERE node = :n AND session = :s", {"n": node, "s": session}):
        raise LeaseLost("this node was taken for lost")
    return [lease for one in work if (lease := _taken(db, node, one))]


def _taken(db: Db, node: str, work: str) -> Lease | None:
    sql = """INSERT INTO leases (work, node, generation, taken_at) VALUES (:work, :node, 1, :at)
             ON CONFLICT (work) DO UPDATE SET node = :node, generation = leases.generation + 1, taken_at = :at
             WHERE leases.node = ''"""
    if not db.changed(sql, {"work": work, "node": node, "at": text_of(db.now)}):
        return None
    return _lease_of(db.rows("SELECT * FROM leases WHERE work = :work", {"work": work})[0])


def let_go(db: Db, lease: Lease) -> None:
    """See ``Nodes.let_go``."""
    sql = """UPDATE leases SET node = '', former = :node, generation = generation + 1
             WHERE work = :work AND node = :node AND generation = :generation"""
    db.changed(sql, {"work": lease.work, "node": lease.node, "generation": lease.generation})


def forgotten(db: Db, work: Iterable[str]) -> None:
    """See ``Nodes.forget``."""
    for one in work:
        db.changed("DELETE FROM leases WHERE work = :work AND node = ''", {"work": one})


def drained(db: Db, node: str, act: Act, *, draining: bool) -> None:
    """See ``Nodes.drain``."""
    sql = "UPDATE nodes SET draining = :draining WHERE node = :node"
    if not db.changed(sql, {"node": node, "draining": int(draining)}):
        raise GatewayError(f"there is no node {node}", hint="linkage-gateway cluster status lists them")
    audit.record(db, act)


def bound(db: Db, route: str, node: str, act: Act) -> None:
    """See ``Nodes.bind``."""
    sql = """INSERT INTO bindings (route, node, made_at) VALUES (:route, :node, :at)
             ON CONFLICT (route) DO UPDATE SET node = :node, made_at = :at"""
    db.changed(sql, {"route": route, "node": node, "at": text_of(db.now)})
    audit.record(db, act)


def _node_of(row: Row) -> Node:
    said = {key: row[key] for key in ("node", "home", "session", "host", "version", "beat", "configuration")}
    return Node(**said, seen_at=datetime.fromisoformat(row["seen_at"]), draining=bool(row["draining"]))


def _lease_of(row: Row) -> Lease:
    said = {key: row[key] for key in ("work", "node", "generation", "former")}
    return Lease(**said, taken_at=datetime.fromisoformat(row["taken_at"]))


class Nodes:
    """Transactions about nodes and leases."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def cluster(self) -> Cluster:
        """All nodes and leases, as they are now."""
        return await self._run(cluster)

    async def join(self, node: Node) -> None:
        """A node begins to share the routes. What a former start of it held is free again."""
        await self._run(joined, node)

    async def beat(self, node: str, session: str, configuration: str = "") -> Cluster | None:
        """Say that the node lives, and by which files it carries its routes.

        Gives how all stands, or None if it was taken for lost and must begin anew.
        """
        return await self._run(beaten, node, session, configuration)

    async def leave(self, node: str, session: str) -> None:
        """A node stops; what it holds is free at once."""
        await self._run(left, node, session)

    async def oust(self, lost: Node) -> bool:
        """Take a node for lost whose beat did not move; False if it did after all. What it holds is free."""
        return await self._run(ousted, lost)

    async def take(self, node: str, session: str, work: Sequence[str]) -> list[Lease]:
        """The leases that the node gets of those asked for. Raises ``LeaseLost`` if it was taken for lost itself."""
        return await self._run(taken, node, session, work)

    async def let_go(self, lease: Lease) -> None:
        """Give a lease back. One that was lost meanwhile stays as it is."""
        await self._run(let_go, lease)

    async def forget(self, work: Sequence[str]) -> None:
        """Routes that are no longer configured need no lease."""
        await self._run(forgotten, work)

    async def drain(self, node: str, act: Act, *, draining: bool) -> None:
        """A person wants a node to carry nothing, or to carry routes again; audited."""
        await self._run(drained, node, act, draining=draining)

    async def bind(self, route: str, node: str, act: Act) -> None:
        """A person binds a route to another node than the configuration names; audited."""
        await self._run(bound, route, node, act)
