"""This machine as one node of several: says that it lives, watches the others, and takes its share of the routes."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Self

from gateway import events
from gateway.cluster.carrier import Carrier
from gateway.cluster.sharing import Share, View, share
from gateway.errors import AlreadyRunning, GatewayError, LeaseLost
from gateway.journal import CITY, Cluster, Journal, JournalHome, Lease, Node
from gateway.logs.log import Reporter
from gateway.reaching.fence import Fence, age
from gateway.running import Running, node_name
from gateway.sealing import sync_folder
from gateway.times.clock import Clock

BEATS = 5
"""How often in a lease a node says that it lives."""

FRESH = 0.5
"""Part of a lease for which a node acts on its last word; others wait a whole one."""

DIFFER = 4
"""Leases for which nodes may have different configurations before people are told: it is put on one after another."""

AT_ONCE = 500
"""Routes that are taken in one go, so that others get their turn at the journal."""


def home_mark(state_dir: Path) -> str:
    """The mark of a state folder, made at the first start: what tells it from any other. Blocks."""
    file = state_dir / "node"
    with suppress(FileNotFoundError):
        return file.read_text(encoding="ascii").strip()
    made, part = secrets.token_hex(8), file.with_suffix(".part")
    part.write_text(made, encoding="ascii")
    part.chmod(0o600)
    part.rename(file)
    sync_folder(state_dir)
    return made


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What another node last said, and since when it has said nothing else."""

    session: str
    beat: int
    since: float


class Membership:
    """Used as ``async with``: it has joined inside, beats, and leaves at the end. ``run`` shares the routes."""

    def __init__(
        self,
        *,
        name: str,
        home: str,
        lease: float,
        journal: Journal,
        beats: Journal,
        report: Reporter,
        configuration: Callable[[], str],
    ) -> None:
        """``lease`` in seconds; ``beats`` is the way to the journal that waits for nobody.

        ``configuration``: a hash of the files by which this node carries its routes now.
        """
        self.name = name
        self._home = home
        self._lease = lease
        self._journal = journal
        self._beats = beats
        self._report = report
        self._session = ""
        self._sent = self._acted = 0.0
        self._fresh_until = 0.0
        self._cluster = Cluster(nodes=(), leases=())
        self._seen: dict[str, Seen] = {}
        self._news = asyncio.Event()
        self._hurry = asyncio.Event()
        self._cut_off = False
        self._configuration = configuration
        self._differ_since: float | None = None
        self._differ = False
        self._city_lease: Lease | None = None
        self._beating: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._assert_only_one()
        await self._join()
        self._beating = asyncio.create_task(self._beat_on(), name="beats")
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._beating is not None, "it was entered"
        self._beating.cancel()
        await asyncio.wait({self._beating})
        with suppress(GatewayError):
            await self._journal.nodes.leave(self.name, self._session)

    @property
    def cluster(self) -> Cluster:
        """All nodes, as the last beat showed them."""
        return self._cluster

    def fresh(self, session: str) -> bool:
        """Whether no other node can have taken over what this one got in a session."""
        return session == self._session and age() < self._fresh_until

    def leads(self) -> bool:
        """Whether this node does what is done once in the city."""
        return self._city_lease is not None and self.fresh(self._session)

    def fence(self, lease: Lease) -> Fence:
        """What a lease allows, for as long as this session lasts."""
        return Fence(lease=lease, fresh=partial(self.fresh, self._session))

    async def _assert_only_one(self) -> None:
        """Raise ``AlreadyRunning`` if another machine lives by this node's name."""
        other = (await self._beats.nodes.cluster()).node(self.name)
        if other is None or not other.is_up or other.home == self._home:
            return
        await asyncio.sleep(self._lease)
        later = (await self._beats.nodes.cluster()).node(self.name)
        if later is not None and later.is_up and later.beat != other.beat:
            hint = "give each machine a name of its own: cluster: {node: NAME}, or $LINKAGE_GATEWAY_NODE"
            raise AlreadyRunning(f"a node {self.name} runs on {later.host} already", hint=hint)

    async def _join(self) -> None:
        session, sent = secrets.token_hex(8), age()
        node = Node(
            node=self.name,
            home=self._home,
            session=session,
            host=socket.gethostname(),
            version=version("linkage-gateway"),
            beat=0,
            seen_at=datetime.now(UTC),
        )
        await self._journal.nodes.join(node)
        self._session, self._sent, self._fresh_until = session, sent, sent + FRESH * self._lease
        self._seen.clear()
        self._report.emit(events.NODE_JOINED, node=self.name)

    async def _beat_on(self) -> None:
        while True:
            await self._beat()
            self._news.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), self._lease / BEATS)
            self._hurry.clear()

    async def _beat(self) -> None:
        sent, session = age(), self._session
        try:
            found = await self._beats.nodes.beat(self.name, session, self._configuration())
        except GatewayError as error:
            self._say_cut_off(error)
            return
        if session != self._session:
            return
        if found is None:
            self._fresh_until, self._session = 0.0, ""
            return
        if self._cut_off:
            self._cut_off = False
            self._report.emit(events.NODE_BACK, node=self.name)
        self._watch(found, sent)
        self._cluster, self._sent = found, sent
        self._fresh_until = sent + FRESH * self._lease
        self._compare(found)

    def _compare(self, found: Cluster) -> None:
        """Note whether all nodes carry by the same configuration. Each notes it, the one that leads tells it."""
        said = found.configurations
        if len(set(said.values())) <= 1:
            if self._differ and self.leads():
                self._report.emit(events.NODES_AGREE)
            self._differ_since, self._differ = None, False
            return
        if self._differ_since is None:
            self._differ_since = age()
        if not self._differ and age() - self._differ_since >= DIFFER * self._lease:
            self._differ = True
            if self.leads():
                shown = ", ".join(f"{node} {one}" for node, one in sorted(said.items()))
                self._report.emit(events.NODES_DIFFER, reason=shown)

    def _say_cut_off(self, error: GatewayError) -> None:
        if not self._cut_off and age() > self._fresh_until:
            self._cut_off = True
            self._report.emit(
                events.NODE_CUT_OFF, node=self.name, error=error.message, next_action=error.hint
            )

    def _watch(self, found: Cluster, sent: float) -> None:
        """Note since when each other node says nothing new. Who could not look itself has seen nobody be silent."""
        if sent - self._sent > FRESH * self._lease:
            self._seen.clear()
        for node in found.nodes:
            seen = self._seen.get(node.node)
            if seen is None or (seen.session, seen.beat) != (node.session, node.beat):
                self._seen[node.node] = Seen(session=node.session, beat=node.beat, since=age())

    async def run(self, stop: asyncio.Event, carrier: Carrier) -> None:
        """Share the routes with the others until ``stop``."""
        while not stop.is_set():
            await _either(stop, self._news)
            self._news.clear()
            with suppress(
                GatewayError
            ):  # whoever beats says that the journal is away; the next beat tries again
                await self._share(carrier)

    async def _share(self, carrier: Carrier) -> None:
        if not self._session:
            await self._begin_anew(carrier)
            return
        if self._sent <= self._acted or not self.fresh(self._session):
            return
        await self._oust_the_silent()
        held = {lease.work: lease for lease in self._cluster.held_by(self.name)}
        self._city_lease = held.pop(CITY, None)
        for route in carrier.lost(held):
            await carrier.end(route, within=0)
        for route in carrier.idle(held):
            await self._let_go(held[route])
        now = share(self._view(carrier))
        self._give(carrier, held, now)
        await self._take(carrier, now)
        await self._let_others_lead()

    async def _begin_anew(self, carrier: Carrier) -> None:
        """Others took this node for lost: everything it carried is theirs."""
        self._city_lease = None
        for route in carrier.carried():
            await carrier.end(route, within=0)
        await self._join()
        self._hurry.set()

    async def _oust_the_silent(self) -> None:
        for node in self._cluster.nodes:
            seen = self._seen.get(node.node)
            if node.node == self.name or not node.is_up or seen is None:
                continue
            silent = age() - seen.since
            if silent >= self._lease and await self._journal.nodes.oust(node):
                self._report.emit(events.NODE_LOST, node=node.node, seconds=round(silent, 1))
                self._hurry.set()

    async def _let_others_lead(self) -> None:
        """Who carries nothing speaks for nobody."""
        me = self._cluster.node(self.name)
        if me is not None and me.draining and self._city_lease is not None:
            lease, self._city_lease = self._city_lease, None
            await self._let_go(lease)

    def _view(self, carrier: Carrier) -> View:
        ready = {one.node for one in self._cluster.nodes if one.is_up and not one.draining}
        holders = {one.work: one.node for one in self._cluster.leases if one.node and one.work != CITY}
        return View(
            me=self.name,
            ready=ready,
            routes=carrier.routes,
            holders=holders,
            bound=carrier.bound(self._cluster),
        )

    def _give(self, carrier: Carrier, held: Mapping[str, Lease], now: Share) -> None:
        for route in now.give:
            carrier.give(route, self._let_go, held[route])

    async def _let_go(self, lease: Lease) -> None:
        with suppress(GatewayError):
            await self._journal.nodes.let_go(lease)
        self._hurry.set()

    async def _take(self, carrier: Carrier, now: Share) -> None:
        me = self._cluster.node(self.name)
        work = list(now.take[:AT_ONCE])
        if me is not None and not me.draining and not _is_held(self._cluster, CITY):
            work.append(CITY)
        if not work:
            return
        leases = await self._journal.nodes.take(self.name, self._session, work)
        self._acted = age()
        self._city_lease = next((one for one in leases if one.work == CITY), self._city_lease)
        await carrier.begin([self.fence(one) for one in leases if one.work != CITY])

    async def borrow(self, routes: list[str], carrier: Carrier) -> None:
        """Carry these routes now, beside those that are carried. Raises ``LeaseLost`` where another node has one."""
        asked = [route for route in routes if route not in carrier.carried()]
        leases = await self._journal.nodes.take(self.name, self._session, asked)
        refused = sorted(set(asked) - {one.work for one in leases})
        if refused:
            holder = next(
                one.node for one in (await self._journal.nodes.cluster()).leases if one.work == refused[0]
            )
            raise LeaseLost(
                f"node {holder} carries {refused[0]}", hint=f"run it on {holder}, or drain that node"
            )
        await carrier.begin([self.fence(one) for one in leases])


@asynccontextmanager
async def joined(
    runs: Running, home: JournalHome, journal: Journal, clock: Clock, report: Reporter
) -> AsyncIterator[Membership]:
    """This machine as one of the city's nodes, until the end."""
    installation = runs.city.installation
    assert installation.cluster is not None, "the configuration says that routes are shared"
    lease = installation.cluster.lease.total_seconds()
    beats = await home.beats(clock, within=lease / 3)
    try:
        async with Membership(
            name=node_name(runs.city),
            home=await asyncio.to_thread(home_mark, installation.gateway.state_dir),
            lease=lease,
            journal=journal,
            beats=beats,
            report=report,
            configuration=runs.agreed,
        ) as membership:
            yield membership
    finally:
        await beats.close()


def _is_held(cluster: Cluster, work: str) -> bool:
    return any(one.work == work and one.node for one in cluster.leases)


async def _either(*waited: asyncio.Event) -> None:
    """Wait for one of the events."""
    waits = [asyncio.ensure_future(one.wait()) for one in waited]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waits:
            one.cancel()
