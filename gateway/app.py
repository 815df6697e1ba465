"""The one place that joins everything: builds the parts, runs the routes side by side, stops them in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Self

from gateway import events
from gateway.carrying.ownership import OwnedElsewhere
from gateway.cluster.carrier import Carrier
from gateway.cluster.membership import Membership, joined
from gateway.errors import JournalUnusable, LeaseLost, place_of
from gateway.evidence.anchoring import Anchoring
from gateway.evidence.expecting import Expecting
from gateway.evidence.keeping import Keeping
from gateway.evidence.shadowing import Shadowing
from gateway.evidence.taking import Taking
from gateway.journal import Journal, Store, Transfer
from gateway.load import City
from gateway.load.folder import Reading
from gateway.load.stamps import stamps
from gateway.logs.log import Levels, Listener, Reporter, Telling
from gateway.observing.alarms import AWAY
from gateway.observing.alerts import ways
from gateway.observing.board import Board
from gateway.observing.desk import Desk
from gateway.observing.loudness import Loudness
from gateway.observing.masking import Masking
from gateway.observing.metrics import Metrics
from gateway.observing.tracing import Tracing
from gateway.reaching.places import Places, Wrap
from gateway.renewal import Renewal
from gateway.routes.recovery import Tidying, recover
from gateway.routes.roster import RESTART_AFTER, Roster, Shared
from gateway.running import Running, journal_of, node_name
from gateway.sealing import references, sealing_of
from gateway.stores.lock import state_lock
from gateway.stores.originals import KeptFiles, kept_files, make_ready
from gateway.stores.spool import Spool
from gateway.switching.gate import Gatekeeper
from gateway.switching.switch import Switch
from gateway.times.clock import Clock


@dataclass(frozen=True, kw_only=True)
class Around:
    """What stands around the parts: nothing, or what a test puts there to see or to break them."""

    adapter: Wrap = lambda _name, adapter: adapter
    journal: Callable[[Journal], Journal] = lambda journal: journal
    spool: Callable[[Spool], Spool] = lambda spool: spool


@dataclass(frozen=True, kw_only=True)
class Result:
    """What ``once`` did for one route.

    Attributes:
        transfers: every transfer that was open or came up, as the journal shows it afterwards.
        not_ready: paths that are at the source and not complete yet.
        error: that of a place which ended the route's run early.
    """

    route: str
    transfers: tuple[Transfer, ...] = ()
    not_ready: tuple[str, ...] = ()
    error: Exception | None = None


class Gateway:
    """One installation, from lock to shutdown; used as ``async with``."""

    def __init__(
        self,
        read: City | Reading,
        *,
        clock: Clock,
        report: Reporter,
        levels: Levels | None = None,
        around: Around | None = None,
    ) -> None:
        """Of a ``City`` a gateway that stays as it is; of a ``Reading`` one that follows its folder.

        ``levels``: those of the log behind ``report``, which people may change by route.
        """
        self._reading = read if isinstance(read, Reading) else None
        self._running = Running(city=read.city if isinstance(read, Reading) else read)
        self.clock = clock
        self._listeners: list[Listener] = []
        self._home = journal_of(self.city)
        self._node = node_name(self.city)
        log = report.bound(node=self._node) if self._node else report
        told = Telling(log, self._listeners, common=self._running.common)
        self._membership: Membership | None = None
        self._report: Reporter = Masking(told, self.mask_of)
        self._levels = levels or Levels("info")
        self._around = around or Around()
        self._stack = AsyncExitStack()

    @property
    def city(self) -> City:
        """The configuration that holds now."""
        return self._running.city

    async def __aenter__(self) -> Self:
        """Take the lock, open the journal, recover, and make every route ready. Raises ``GatewayError``."""
        async with AsyncExitStack() as stack:
            who = self.city.installation.gateway
            stack.enter_context(state_lock(who.state_dir, gateway=who.name, now=self.clock.now()))
            self.journal = self._around.journal(await self._home.open(self.clock))
            stack.push_async_callback(self.journal.close)
            if self._node:
                member = joined(self._running, self._home, self.journal, self.clock, self._report)
                self._membership = await stack.enter_async_context(member)
            self._look_after()
            await asyncio.to_thread(self._take_snapshot)
            limits = self.city.installation.limits
            sealing = self._sealing = sealing_of(self.city.installation)
            spool = self._around.spool(
                Spool(who.state_dir / "spool", limit=limits.spool, free=limits.free, sealing=sealing)
            )
            stack.callback(spool.close)
            await make_ready(self.city.installation, self.journal.evidence)
            kept = kept_files(self.city.installation, sealing)
            await recover(self.journal, spool, self._report, self.city.routes.keys(), node=self._node)
            self._tidying = Tidying(journal=self.journal, spool=spool, clock=self.clock)
            places = Places(
                self.city.endpoints,
                clock=self.clock,
                report=self._report,
                bandwidth=limits.bandwidth,
                zone=self.city.installation.zone,
                around=self._around.adapter,
                absences=self.journal.absences,
                doubted=[one.subject for one in await self.journal.people.open_alarms() if one.event in AWAY],
            )
            await stack.enter_async_context(places)
            self._places = places
            self._keeping = Keeping(
                self.city,
                kept,
                journal=self.journal,
                clock=self.clock,
                report=self._report,
                reach=places.reach,
                leads=lambda: self.leads,
            )
            await self._make_ready(spool, kept, places)
            self._taking = Taking(self._journeys, self.clock)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    @property
    def leads(self) -> bool:
        """Whether this gateway does what is done once in the city: it is alone, or the node that leads."""
        return self._membership is None or self._membership.leads()

    def _carrier(self, group: asyncio.TaskGroup | None) -> Carrier:
        drain = self.city.installation.gateway.drain.total_seconds()
        return Carrier(
            city=lambda: self.city, roster=self._roster, switch=self.switch, group=group, drain=drain
        )

    def mask_of(self, route: str) -> str | None:
        """What is hidden in names of a route's files."""
        found = self.city.routes.get(route)
        return found.name_mask if found else None

    @property
    def report(self) -> Reporter:
        """Where the parts beside the gateway report: to the log, and to all who listen."""
        return self._report

    def _look_after(self) -> None:
        """Make the parts that show people how it goes."""
        city, journal, clock = self.city, self.journal, self.clock
        self.board = Board(city, journal, clock)
        self.metrics = Metrics(
            city, self.board, journal, clock, home=self._home, expected=lambda: self.switch.expected
        )
        self._desk = Desk(
            city,
            journal=journal,
            board=self.board,
            clock=clock,
            report=self._report,
            ways=ways(city, clock),
            leads=lambda: self.leads,
        )
        self._listeners += [self.metrics.heard, self._desk.heard]
        self._tracing = self._traced()

    def _traced(self) -> Tracing | None:
        """What makes traces, where the configuration asks for them."""
        asked, name = self.city.installation.traces, self.city.installation.gateway.name
        if asked is None:
            return None
        made = Tracing(asked, gateway=name, journal=self.journal, clock=self.clock, report=self._report)
        self._listeners.append(made.heard)
        return made

    def _take_snapshot(self) -> None:
        who = self.city.installation.gateway
        seen = (
            stamps(self.city.directory, but=who.state_dir) if self._reading is None else self._reading.stamps
        )
        self._running.take(seen)

    async def _make_ready(self, spool: Spool, kept: Mapping[Store, KeptFiles], places: Places) -> None:
        self._roster = Roster(
            self.city,
            Shared(
                places=places,
                node=self._node,
                journal=self.journal,
                spool=spool,
                kept=kept,
                clock=self.clock,
                report=self._report,
            ),
        )
        self._journeys, self._runners = self._roster.journeys, self._roster.runners
        keeper = Gatekeeper(
            city=self.city,
            journal=self.journal,
            places=places,
            standings=self._roster.standings,
            clock=self.clock,
        )
        self.switch = Switch(
            city=self.city,
            journal=self.journal,
            keeper=keeper,
            clock=self.clock,
            report=self._report,
            nudge=self.nudge,
            shared=bool(self._node),
            leads=lambda: self.leads,
        )
        await self.switch.begin()
        self.renewal = None if self._reading is None else self._maderenewal(self._reading, places)

    def _maderenewal(self, reading: Reading, places: Places) -> Renewal:
        return Renewal(
            reading,
            self._running,
            roster=self._roster,
            switch=self.switch,
            places=places,
            journal=self.journal,
            clock=self.clock,
            report=self._report,
            parts=(
                self.board.take,
                lambda city, _: self._desk.take(city, ways(city, self.clock)),
                lambda city, _: self.metrics.take(city),
                lambda city, _: self._keeping.take(city),
                lambda city, _: self._sealing.keys.take(references(city.installation)),
            ),
        )

    def renew(self) -> None:
        """Read the configuration again, and take what is sound; nothing for a gateway that stays as it is."""
        if self.renewal is not None:
            self.renewal.ask()

    def nudge(self, route: str) -> None:
        """Have a route look now, if it is carried here."""
        if route in self._runners:
            self._runners[route].nudge()

    async def run(self, stop: asyncio.Event) -> None:
        """Run every route until ``stop`` is set; then take nothing new, drain, and end."""
        self._report.emit(events.GATEWAY_STARTED, count=len(self._runners))
        self._report_rejected()
        await self._places.recall()
        async with asyncio.TaskGroup() as group:
            beside = {
                "keeping": self._keeping.run,
                "absences": self._places.remember,
                "anchoring": Anchoring(self.journal, self.clock, self._report, lambda: self.leads).run,
                "taking": self._taking.run,
                "expecting": Expecting(self._journeys, self.clock).run,
                "shadowing": Shadowing(self._journeys, self.clock).run,
                "switch": self.switch.run,
                "desk": self._desk.run,
                "loudness": Loudness(
                    self._levels, journal=self.journal, clock=self.clock, report=self._report
                ).run,
            }
            if self._node:
                beside["tidying"] = self._tidying.run
            if self._tracing is not None:
                beside["tracing"] = self._tracing.run
            for name, work in beside.items():
                group.create_task(self._tend(work, stop), name=name)
            if self._membership is not None:
                sharing = partial(self._membership.run, carrier=self._carrier(group))
                group.create_task(self._tend(sharing, stop), name="sharing")
            for name in self._runners:
                self._roster.start(group, name)
            await self._until(stop, group)
            self._report.emit(events.GATEWAY_STOPPING)
            await self._roster.end_all(within=self.city.installation.gateway.drain.total_seconds())
        self._report.emit(events.GATEWAY_STOPPED)

    def _report_rejected(self) -> None:
        for name, faults in self.city.rejected.items():
            report = self._report.bound(route=name, vendor=self.city.vendor_of(name))
            report.emit(events.ROUTE_REJECTED, error=str(faults[0]), count=len(faults))

    async def _until(self, stop: asyncio.Event, group: asyncio.TaskGroup) -> None:
        """Wait for ``stop``, and follow the folder meanwhile."""
        renewal = self.renewal
        if renewal is not None:
            await self._tend(lambda until: renewal.run(until, group), stop)
        await stop.wait()

    async def _tend(self, work: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event) -> None:
        """Do work beside the routes until ``stop``. The boundary for its faults: they end no route."""
        while not stop.is_set():
            try:
                await work(stop)
                break
            except LeaseLost:
                await asyncio.sleep(1)
                continue
            except Exception as error:  # noqa: BLE001 - see above; text and values of the error are not logged
                self._report_side_work(_first_of(error))
            await self.clock.wait(stop, until=self.clock.now() + timedelta(seconds=RESTART_AFTER))

    def _report_side_work(self, error: Exception) -> None:
        if isinstance(error, JournalUnusable):
            self._report.emit(events.JOURNAL_FAILED, error=error.message, next_action=error.hint)
            return
        kind = type(error).__name__
        self._report.emit(events.SIDE_WORK_FAULTED, error_kind=kind, error=place_of(error))

    async def once(self, names: Sequence[str], *, patience: timedelta) -> list[Result]:
        """One cycle of each route, side by side; waits up to ``patience`` for files to become complete.

        Raises ``LeaseLost`` where another node carries one of them.
        """
        if self._membership is not None:
            await self._membership.borrow(list(names), self._carrier(None))
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._once(name, patience.total_seconds())) for name in names]
        await self._taking.look()
        return [task.result() for task in tasks]

    async def _once(self, name: str, patience: float) -> Result:
        runner = self._runners[name]
        await self.switch.step()
        before = [transfer.id for transfer in await self.journal.open_transfers(name)]
        until = self.clock.monotonic() + patience
        outcome = await runner.cycle()
        if outcome.error is None and runner.not_ready():
            outcome = replace(outcome, error=await runner.owned_elsewhere())
        while outcome.error is None and (look := runner.waits_until()) is not None and look <= until:
            await asyncio.sleep(max(look - self.clock.monotonic(), 0))
            outcome = outcome.joined(await runner.cycle())
        stood = self._journeys[name].standing.stands
        self.switch.wake()
        await self.switch.step()
        if self._journeys[name].standing.stands != stood:
            outcome = outcome.joined(await runner.cycle())
        left = [transfer.id for transfer in await self.journal.open_transfers(name)]
        touched = await self.journal.find_all(list(dict.fromkeys([*before, *outcome.admitted, *left])))
        return Result(
            route=name,
            transfers=tuple(touched),
            not_ready=() if isinstance(outcome.error, OwnedElsewhere) else runner.not_ready(),
            error=outcome.error,
        )


def _first_of(error: Exception) -> Exception:
    """What happened: several pieces of work that met one fault tell it as a group."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
