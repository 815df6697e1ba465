"""Every route's row, kept up to date: a look costs what has changed since the last one, not what there is."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

from gateway.agenda import Plans, plans_of, words
from gateway.cutover import Condition
from gateway.journal import Backlog, Journal, Mark, Pause, RunRecord
from gateway.journal.switching import End, Flip, GateSeen, Said
from gateway.load import City
from gateway.status import LATE_AFTER, RouteStatus, Seen, by_scope, rejected, route_status
from gateway.times.clock import Clock

ANYHOW = timedelta(minutes=1)
"""How often every row is made anew, whatever the journal says."""

BREATH = 100
"""Rows made in one go, before others get their turn."""


class Board:
    """The rows of all routes, in the order of the configuration. Only the journal and the clock are asked."""

    def __init__(self, city: City, journal: Journal, clock: Clock) -> None:
        self._city = city
        self._journal = journal
        self._clock = clock
        self._looking = asyncio.Lock()
        self._mark = Mark()
        self._pauses: tuple[Pause, ...] = ()
        self._runs: dict[str, RunRecord] = {}
        self._backlogs: dict[str, Backlog] = {}
        self._flips: dict[End, Flip] = {}
        self._said: list[Said] = []
        self._gates: dict[str, GateSeen] = {}
        self._gates_mark = "", 0
        self._plans: Plans = plans_of(city, ())
        self._turns: dict[str, datetime] = {}
        self._made_at: datetime | None = None
        self.version = 0
        self.rows: dict[str, RouteStatus] = {row.route: row for row in rejected(city)}
        self.changed: dict[str, int] = dict.fromkeys(self.rows, 0)

    def take(self, city: City, names: Collection[str]) -> None:
        """Go by a configuration in which these routes came, changed or went."""
        shown = {row.route for row in rejected(self._city)} | set(names)
        self._city, said = city, words(self._said)
        for name in shown:
            for kept in (self.rows, self.changed, self._turns):
                kept.pop(name, None)
        plans = {end: plan for end, plan in self._plans.items() if end[0] not in shown}
        for name in city.routes.keys() & shown:
            plans |= {(name, side): plan for side, plan in city.plans(name, said).items()}
            self._turns[name] = datetime.min.replace(tzinfo=UTC)
        self._plans = plans
        self.version += 1
        for row in rejected(city):
            self.rows[row.route], self.changed[row.route] = row, self.version

    async def look(self) -> int:
        """Bring the rows up to date; gives their version, which grows when one has changed."""
        async with self._looking:
            now, since = self._clock.now(), self._mark
            self._mark = await self._journal.overview.mark()
            if await self._is_all_different(since) or self._made_at is None or now - self._made_at >= ANYHOW:
                self._made_at = now
                await self._make(None, now)
            else:
                touched = await self._journal.overview.touched(since) & self._city.routes.keys()
                turned = {name for name, turn in self._turns.items() if turn <= now}
                await self._make(touched | turned, now)
            return self.version

    async def _is_all_different(self, since: Mark) -> bool:
        """Read what may concern any route: pauses, stands, gates, people's words; whether one of them has changed."""
        before, moved = (self._pauses, self._said), self._mark.flip != since.flip
        self._pauses = await self._journal.people.pauses()
        self._said = await self._journal.switching.overrides()
        moved |= await self._gates_differ()
        if self._mark.flip != since.flip:
            self._flips = await self._journal.switching.stands()
        if self._said != before[1]:
            self._plans = plans_of(self._city, self._said)
        return moved or (self._pauses, self._said) != before

    async def _gates_differ(self) -> bool:
        """Read the gates if one was looked at; whether one was found otherwise than before."""
        mark = await self._journal.switching.gates_mark()
        if mark == self._gates_mark:
            return False
        before, self._gates_mark = _found(self._gates), mark
        self._gates = await self._journal.switching.gates()
        return _found(self._gates) != before

    async def _make(self, names: frozenset[str] | None, now: datetime) -> None:
        await self._read(names)
        seen = Seen(
            runs=self._runs,
            backlogs=self._backlogs,
            pauses=self._pauses,
            flips=self._flips,
            plans=self._plans,
            gates=self._gates,
            said=by_scope(self._said),
        )
        version = self.version + 1
        for count, name in enumerate(self._city.routes if names is None else sorted(names)):
            if count % BREATH == BREATH - 1:
                await asyncio.sleep(0)
            row = route_status(self._city, name, seen, now)
            self._turns[name] = _turn(row, now)
            if self.rows.get(name) != row:
                self.rows[name], self.changed[name], self.version = row, version, version

    async def _read(self, names: frozenset[str] | None) -> None:
        if names is None or len(names) > BREATH:
            self._backlogs = await self._journal.overview.backlogs()
            self._runs = await self._journal.runs()
            return
        for name in names:
            self._backlogs.pop(name, None)
            self._runs |= await self._journal.runs(name)
        self._backlogs |= await self._journal.overview.backlogs(names)


def _found(gates: Mapping[str, GateSeen]) -> dict[str, tuple[Condition, ...]]:
    """How gates were found, whenever that was."""
    return {name: gate.conditions for name, gate in gates.items()}


def _turn(row: RouteStatus, now: datetime) -> datetime:
    """When a row may change although nothing is written: a slot, a slot without success, a cutover."""
    slot = row.next_run
    late = [slot + LATE_AFTER] if slot is not None else []
    cutover = None if row.cutover_due else row.next_cutover
    return min((turn for turn in (slot, cutover, *late) if turn is not None), default=now + ANYHOW)
