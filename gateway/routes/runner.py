"""One route's loop: wait until something is due, look at the source, carry what is open. Never two at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from adapters.errors import AdapterError
from gateway import events
from gateway.carrying.custody import secure
from gateway.carrying.journey import Journey
from gateway.carrying.ownership import OwnedElsewhere
from gateway.carrying.precedence import lets_none_pass
from gateway.cutover import Stand
from gateway.errors import StandsStill
from gateway.journal import RunRecord, Transfer
from gateway.lifecycle import OPEN, State
from gateway.model import Format
from gateway.reaching.slots import Slots
from gateway.routes.attempt import attempt, policy
from gateway.routes.crowd import connections, goes_in_any_order
from gateway.routes.discovery import Role, Source
from gateway.routes.halting import Halt
from gateway.routes.queueing import in_turn
from gateway.routes.retry import retry_at

STILL_FOR = timedelta(seconds=30)
"""How often a route that stands still looks whether somebody let it go on."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one cycle did: the transfers that it admitted, and what ended it early."""

    admitted: tuple[str, ...] = ()
    error: Exception | None = None

    def joined(self, later: Outcome) -> Outcome:
        """This cycle and a later one together."""
        return Outcome(admitted=self.admitted + later.admitted, error=later.error)


class Runner:
    """Runs one route. ``slots`` bounds how many transfers of all routes are under way."""

    def __init__(
        self,
        journey: Journey,
        *,
        transfers: Slots,
        finished: Callable[[str], None] = lambda _route: None,
    ) -> None:
        self._journey = journey
        self._transfers = transfers
        self._finished = finished
        self._nudge = asyncio.Event()
        self._stopping = False
        self._sources: dict[tuple[Role, Stand], Source] = {}
        self._away_until: dict[Stand, float] = {}  # monotonic, of places left behind
        self._looked_at = journey.clock.monotonic()
        self._failures = 0
        self._scan_again: datetime | None = None
        self._busy_until: datetime | None = None
        self._halt = Halt()

    def nudge(self) -> None:
        """Look now: something may have arrived, or a person asked for it."""
        self._nudge.set()

    def may_follow(self) -> None:
        """Look now, for a reason of the route's own schedule, if its windows and days allow."""
        if self._journey.city.timetable(self._journey.route).covers(self._journey.clock.now()):
            self.nudge()

    def go_on(self, journey: Journey) -> None:
        """Go on by another configuration that says the same of this route."""
        self._journey = journey
        for source in self._sources.values():
            source.go_on(journey)

    def stop(self) -> None:
        """Take nothing new; the transfer under way goes on to its end."""
        self._stopping = True
        self._nudge.set()

    async def run(self) -> None:
        """Run until ``stop``. What is open from before is carried first, then what fell due meanwhile."""
        self._journey.report.emit(events.ROUTE_STARTED)
        listening = asyncio.create_task(self._listen())
        try:
            await self._carry_open()
            last = await self._catch_up()
            while not self._stopping:
                last = await self._turn(last)
        finally:
            listening.cancel()
            await asyncio.wait({listening})

    async def _turn(self, last: datetime) -> datetime:
        """Wait for the next thing to do, and do it; gives the newest slot that was decided."""
        clock = self._journey.clock
        nudged = await clock.wait(self._nudge, until=await self._next_wake(last))
        self._nudge.clear()
        now = clock.now()
        if self._stopping:
            return last
        if self._was_set_back(last, now):
            last, self._scan_again, self._busy_until = now, None, None
        slot, run = await self._slot(last, now)
        if nudged or run or self._halt.now or self._look_due(now):
            await self.cycle()
            self._busy_until = clock.now()
        else:
            await self._carry_open()
        return slot

    async def _listen(self) -> None:
        """Turn the source's hints into nudges; they are hints, and the schedule's poll stands behind them."""
        if not self._journey.route.schedule.watch:
            return
        poll = self._journey.route.schedule.poll.total_seconds()
        while True:
            with suppress(AdapterError):
                async for _ in self._source().hints():
                    self.may_follow()
            await asyncio.sleep(poll)

    async def cycle(self) -> Outcome:
        """Look at the source once and carry every open transfer that may go now."""
        name = self._journey.route.name
        admitted: tuple[str, ...] = ()
        error: Exception | None = None
        if await self._halt.look(self._journey):
            hint = "linkage-gateway resume, or wait until it goes on by itself"
            return Outcome(error=StandsStill(str(self._halt.now), hint=hint))
        began = self._looked_at = self._journey.clock.monotonic()
        standing, looked = self._journey.standing, self._journey.standing.source
        try:
            admitted = await self._source().admit()
            self._failures, self._scan_again = 0, None
            if (
                standing.source == looked
            ):  # else the cutover overtook this look, and the new place was not seen yet
                standing.fresh = None
        except AdapterError as failed:
            error = self._scan_failed(failed)
        await self._look_aside()
        scanned = error is None
        error = await self._carry_open() or error
        if scanned:
            opened = await self._journey.journal.open_transfers(name)
            await secure(self._journey, () if self._stopping else opened)
            self._note_drained(began, opened)
        outcome = "failed" if error else "ok"
        await self._journey.journal.run_finished(name, outcome=outcome, error=str(error or ""))
        kind = type(error).__name__ if error else None
        self._journey.report.emit(events.ROUTE_RUN, count=len(admitted), error_kind=kind)
        self._finished(name)
        return Outcome(admitted=admitted, error=error)

    def waits_until(self) -> float | None:
        """Monotonic seconds at which a file seen may be ready; None if none is waited for."""
        return self._source().watcher.next_look()

    def not_ready(self) -> tuple[str, ...]:
        """See ``Source.waiting``."""
        return self._source().waiting()

    async def owned_elsewhere(self) -> OwnedElsewhere | None:
        """See ``Source.owned_elsewhere``."""
        return await self._source().owned_elsewhere()

    async def next_retry(self) -> datetime | None:
        """When the next open transfer may be tried again; None if none waits."""
        opened = await self._journey.journal.open_transfers(self._journey.route.name)
        waiting = [t.retry_at for t in opened if t.retry_at and t.state is not State.HELD and self._waits(t)]
        return min(waiting, default=None)

    def _source(self, role: Role = Role.CURRENT, stand: Stand | None = None) -> Source:
        """The place where the source end puts its files now, or one that is looked at beside it."""
        looked = role, stand or self._journey.standing.source
        if looked not in self._sources:
            if role is Role.CURRENT:  # what it was seen to show before it was current begins anew
                self._sources = {key: one for key, one in self._sources.items() if key[0] is Role.LATE}
            self._sources[looked] = Source(self._journey, looked[1], role)
        return self._sources[looked]

    async def _look_aside(self) -> None:
        """Around a cutover: files that came too early to the new place, or too late to the old one."""
        standing, clock = self._journey.standing, self._journey.clock
        expected = standing.expected
        if expected is not None and (
            self._journey.route.source.early != "ignore" or clock.now() >= expected.planned
        ):
            await self._look_at(Role.EARLY, expected.after)
        for stand, settle in standing.left.items():
            now = clock.monotonic()
            if now >= self._away_until.get(stand, now) and not await self._look_at(Role.LATE, stand):
                self._away_until[stand] = clock.monotonic() + settle

    async def _look_at(self, role: Role, stand: Stand) -> bool:
        """Look at a place beside the current one; False if it is away, which harms nobody."""
        source = self._source(role, stand)
        try:
            await source.admit()
        except AdapterError as error:
            self._journey.places.say_once(events.ASIDE_UNSEEN, source.place.endpoint, error=error.message)
            return False
        return True

    def _note_drained(self, began: float, opened: Sequence[Transfer]) -> None:
        """Remember when nothing was left of the source's place: nothing new, nothing waiting, all settled."""
        if not self._source().watcher.waiting() and all(one.early for one in opened):
            self._journey.standing.drained_at = began

    async def _carry_open(self) -> Exception | None:
        """Carry what may go now until a place says no: small files several at a time, then the others in turn."""
        going = await in_turn(self._journey)
        crowd = [] if self._stopping else self._crowd(going)
        error = await self._carry_crowd(crowd)
        carried = {transfer.id for transfer in crowd}
        return error or await self._carry_in_turn([one for one in going if one.id not in carried])

    def _crowd(self, going: Sequence[Transfer]) -> list[Transfer]:
        """Small files that may go now and whose order matters to nobody; of one path only the first."""
        first: dict[tuple[str, str], Transfer] = {}
        for transfer in going:
            first.setdefault((transfer.endpoint, transfer.entry.path), transfer)
        return [one for one in first.values() if self._may_go(one) and goes_in_any_order(self._journey, one)]

    def _may_go(self, transfer: Transfer) -> bool:
        return transfer.state is not State.HELD and not _is_parked(transfer) and not self._waits(transfer)

    async def _carry_crowd(self, crowd: Sequence[Transfer]) -> Exception | None:
        """The first goes alone: a place that refuses everybody hears one of them."""
        line = iter(crowd)
        refused: list[Exception] = []

        async def carry_next() -> bool:
            async with self._transfers.one():
                if refused or self._stopping or await self._halt.lately(self._journey):
                    return False
                transfer = next(line, None)
                error = await attempt(self._journey, transfer) if transfer else None
            refused.extend([error] if error else [])
            return transfer is not None

        async def carry_on() -> None:
            while await carry_next():
                continue

        if crowd and await carry_next():
            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(min(len(crowd) - 1, connections(self._journey, crowd[0]))):
                        group.create_task(carry_on())
            except BaseExceptionGroup as faults:
                raise faults.exceptions[0] from None
        return refused[0] if refused else None

    async def _carry_in_turn(self, going: Sequence[Transfer]) -> Exception | None:
        """One after the other, in order of admission.

        Where the order matters, a file that waits or is held lets nothing pass it that comes from the same place.
        """
        stopped: set[tuple[Format, str]] = set()
        for transfer in going:
            line = transfer.from_format, transfer.endpoint
            if line in stopped or _is_parked(transfer):
                continue
            if transfer.state is State.HELD or self._waits(transfer):
                if lets_none_pass(self._journey, transfer):
                    stopped.add(line)
                continue
            async with self._transfers.one():
                if self._stopping or await self._halt.look(self._journey):
                    return None
                error = await attempt(self._journey, transfer)
            if error is not None:
                return error
            latest = await self._journey.journal.find(transfer.id)
            if latest is not None and latest.state in OPEN and lets_none_pass(self._journey, latest):
                stopped.add(line)
        return None

    def _waits(self, transfer: Transfer) -> bool:
        """Whether the transfer's next attempt is still to come; not if the clock that set it was ahead of this one."""
        now, failed_at = self._journey.clock.now(), transfer.failed_at or datetime.min.replace(tzinfo=UTC)
        return transfer.retry_at is not None and failed_at <= now < transfer.retry_at

    def _scan_failed(self, error: AdapterError) -> AdapterError:
        self._failures += 1
        now = self._journey.clock.now()
        self._scan_again = retry_at(policy(self._journey), error, attempt=self._failures, now=now)
        self._journey.report.emit(
            events.SCAN_FAILED,
            endpoint=self._source().place.endpoint,
            error_kind=type(error).__name__,
            error=error.message,
            attempt=self._failures,
            next_action=error.hint,
        )
        return error

    async def _next_wake(self, last: datetime) -> datetime | None:
        now = self._journey.clock.now()
        timetable = self._journey.city.timetable(self._journey.route)
        if self._halt.now is not None:
            return (
                now + STILL_FOR
                if self._halt.now.until is None
                else min(self._halt.now.until, now + STILL_FOR)
            )
        times = [
            timetable.next_after(now if self._was_set_back(last, now) else max(last, now)),
            await self.next_retry(),
            self._scan_again,
        ]
        if self._scan_again is None and (look := self.waits_until()) is not None:
            times.append(now + timedelta(seconds=max(look - self._journey.clock.monotonic(), 0.05)))
        return min((time for time in times if time is not None), default=None)

    def _look_due(self, now: datetime) -> bool:
        if self._scan_again is not None:
            return self._scan_again <= now
        look = self.waits_until()
        return look is not None and look <= self._journey.clock.monotonic()

    async def _catch_up(self) -> datetime:
        """Decide the slots that fell due while the gateway was down, and the run that its end cut short."""
        route, now = self._journey.route, self._journey.clock.now()
        record = (await self._journey.journal.runs(route.name)).get(route.name, RunRecord(route=route.name))
        last = min(record.last_slot or now, now)
        if _was_cut_short(record):
            self.nudge()
        found = self._journey.city.timetable(route).missed(last, now)
        if found.last is None or not await self._journey.journal.slot_taken(route.name, found.last):
            return now
        decision = "run once now" if found.run else "skipped"
        self._journey.report.emit(events.SLOTS_MISSED, count=found.count, reason=decision)
        if found.run:
            self.nudge()
        return now

    async def _slot(self, last: datetime, now: datetime) -> tuple[datetime, bool]:
        """Decide the slots since ``last``: the newest is run unless it fell within the last run.

        A slot that a clock shows for the second time is none; but the route looks as often as its schedule says.
        """
        route = self._journey.route
        found = self._journey.city.timetable(route).missed(last, now)
        if found.last is None:
            return last, False
        fresh = await self._journey.journal.slot_taken(route.name, found.last)
        overlapped = self._busy_until is not None and found.last <= self._busy_until
        run = (fresh or self._is_late(found.last)) and not (overlapped and route.schedule.overlap == "skip")
        left_out = found.count - run
        if fresh and left_out and not route.schedule.watch and self._halt.now is None:
            self._journey.report.emit(
                events.SLOTS_MISSED, count=left_out, reason="the last run was still going"
            )
        return found.last, run

    def _gap(self, after: datetime) -> timedelta | None:
        """The time between two slots of the schedule; None if it has none."""
        timetable = self._journey.city.timetable(self._journey.route)
        first = timetable.next_after(after)
        second = first and timetable.next_after(first)
        return second - first if first and second else None

    def _was_set_back(self, last: datetime, now: datetime) -> bool:
        """Whether the clock shows a time long before one that it showed."""
        if last <= now:
            return False
        gap = self._gap(now)
        return gap is not None and last - now > gap

    def _is_late(self, slot: datetime) -> bool:
        """Whether the last look was longer ago than the schedule wants, whatever the clock showed since."""
        gap = self._gap(slot)
        if gap is None:
            return False
        return self._journey.clock.monotonic() - self._looked_at >= gap.total_seconds()


def _is_parked(transfer: Transfer) -> bool:
    """Whether the transfer came early and waits for its source's cutover."""
    return transfer.early == "wait" and transfer.state is not State.ADMITTED


def _was_cut_short(record: RunRecord) -> bool:
    """Whether a slot was taken and its run did not end well."""
    ended = (
        record.last_run is not None and record.last_slot is not None and record.last_run >= record.last_slot
    )
    return record.last_slot is not None and (not ended or record.last_outcome != "ok")
