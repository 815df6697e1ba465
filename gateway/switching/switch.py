"""Makes the cutovers: announces them, looks at their gates, and flips the ends, all of a cutover or none.

The journal's flips say where every end stands. At its instant a cutover is *due*: what only needs time is waited
for, the turnstiles of its routes are closed, what was claimed comes to its end, and one transaction lets all its
ends pass. A crash leaves it wholly before or wholly after: the next start looks at what is due, and goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Container, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from gateway import events
from gateway.agenda import SIDES, Agenda, Cutover, Plans, agenda, first_files, is_placed, plans_of, words
from gateway.cutover import Condition, Stand, Verdict, unmet, verdict
from gateway.errors import Stale
from gateway.journal import Journal
from gateway.journal.switching import End, Flip, Flipping
from gateway.load import City
from gateway.logs.log import Reporter
from gateway.switching.early import settled
from gateway.switching.gate import Gatekeeper
from gateway.switching.rollback import Way, returned
from gateway.times.clock import Clock, Steadiness

LOOK_AGAIN = timedelta(minutes=1)
"""How often a closed gate is looked at."""

LOOK_AHEAD = timedelta(hours=1)
"""How often the gate of an announced cutover is looked at before its instant, and whenever a person said something."""

NEWS = timedelta(seconds=5)
"""How often people's words are read that were written beside the running gateway."""

GATHER = timedelta(minutes=5)
"""How long before its instant the routes of a cutover come to one node, where several share the routes."""

QUIET = timedelta(hours=1)
"""How long nothing is worked out at most."""

FINISH = 60.0
"""Seconds that deliveries under way are given before a flip is tried again later."""


class Switch:
    """One installation's cutovers.

    ``near``: those for which one node must carry all routes, where several share them.
    """

    def __init__(
        self,
        *,
        city: City,
        journal: Journal,
        keeper: Gatekeeper,
        clock: Clock,
        report: Reporter,
        nudge: Callable[[str], None],
        shared: bool = False,
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        """``shared``: other nodes carry routes too, and make cutovers; ``leads``: whether this one speaks for all."""
        self._city = city
        self._journal = journal
        self._keeper = keeper
        self._clock = clock
        self._report = report
        self._nudge_route = nudge
        self._shared = shared
        self._leads = leads
        self.near: tuple[Cutover, ...] = ()
        self._flips: dict[End, Flip] = {}
        self._said: dict[str, tuple[object, ...]] = {}
        self._looked: dict[str, datetime] = {}
        self._ahead: dict[str, datetime] = {}
        self._head = ""
        self._quiet_until = clock.now()
        self._stepping = asyncio.Lock()
        self._steadiness = Steadiness(clock)
        self.expected: tuple[Cutover, ...] = ()

    def wake(self) -> None:
        """Look now: a person said something."""
        self._forget_looks()
        self._head = ""

    def _forget_looks(self) -> None:
        self._looked.clear()
        self._ahead.clear()

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop``: look at what is due, and wait for the next instant or a person's word."""
        while not stop.is_set():
            following = await self.step()
            await self._clock.wait(stop, until=min(following, self._clock.now() + NEWS))

    async def begin(self) -> None:
        """Take the stands that the journal shows; an end that was never seen stands where its dates say."""
        now = self._clock.now()
        plans = await self._plans()
        wanted = {end: plan.wanted(now) for end, plan in plans.items() if is_placed(plan, now)}
        self._take(await self._journal.switching.begun(wanted), plans, now)
        passed = {route for (route, _), flip in self._flips.items() if flip.planned is not None}
        for route in [name for name in self._keeper.standings if name in passed]:
            await self._follow_up(route)
        self._expect(agenda(self._city, plans, self._stands(), now), now)

    async def renew(self, city: City, names: Collection[str]) -> None:
        """Go by a configuration in which these routes came, changed or went; its standings hold them already."""
        async with self._stepping:
            self._city, self._keeper, now = city, replace(self._keeper, city=city), self._clock.now()
            said = words(await self._journal.switching.overrides())
            plans = {
                (name, side): plan
                for name in names
                if name in city.routes
                for side, plan in city.plans(name, said).items()
            }
            wanted = {end: plan.wanted(now) for end, plan in plans.items() if is_placed(plan, now)}
            flips = await self._journal.switching.begun(wanted)
            self._flips = {end: flip for end, flip in self._flips.items() if end[0] not in names}
            self._flips |= {end: flips[end] for end in plans if end in flips}
            for name in {route for route, _ in plans} & self._keeper.standings.keys():
                source, to = (plans[name, side].present(self._flips[name, side].stand, now) for side in SIDES)
                self._keeper.standings[name].stand(source, to)
                await self._follow_up(name)
            self.wake()

    async def step(self) -> datetime:
        """Do what is due now; gives the instant of the next look.

        While nobody said anything and no instant is near, nothing is worked out: thousands of routes cost nothing.
        Routes that are run once, side by side, all ask: one look at a time, and the later ones find it done.
        """
        async with self._stepping:
            return await self._step()

    async def _step(self) -> datetime:
        now = self._clock.now()
        head = await self._journal.audit.head()
        if head != self._head:
            self._forget_looks()
        elif now < self._quiet_until and not any(one.too_early for one in self._keeper.standings.values()):
            return self._quiet_until
        self._head = head
        plans = await self._fresh_plans(now)
        found = await self._agenda(plans, now)
        self._expect(found, now)
        if self._leads():
            self._tell(found)
        for cutover in filter(self._makes, found.coming):
            if cutover.planned - cutover.rule.announce <= now and self._ahead.get(cutover.name, now) <= now:
                await self._look_ahead(cutover)
        for route, standing in list(self._keeper.standings.items()):
            if standing.too_early:
                await self._settle_early(route)
        for cutover in filter(self._makes, found.due):
            if not self._is_doubtful(cutover) and self._looked.get(cutover.name, now) <= now:
                await self._decide(cutover, plans)
        self._quiet_until = self._next_look(found, now)
        return self._quiet_until

    async def _agenda(self, plans: Plans, now: datetime) -> Agenda:
        """See ``agenda``; the gates are asked only where no instant is written for a cutover that is due."""
        found = agenda(self._city, plans, self._stands(), now)
        if all(change.dated for cutover in found.due for change in cutover.changes.values()):
            return found
        gates = await self._journal.switching.gates()
        return agenda(self._city, plans, self._stands(), now, gates)

    def _makes(self, cutover: Cutover) -> bool:
        """Whether this node makes a cutover: it carries all its routes (see ``agenda.gathered``)."""
        return not self._shared or all(route in self._keeper.standings for route in cutover.routes)

    def _next_look(self, found: Agenda, now: datetime) -> datetime:
        """Soon while a cutover is due, else at the next instant or announcement."""
        if found.due:
            following = min(self._looked.values(), default=now + LOOK_AGAIN)
            return max(following, now + timedelta(seconds=1))
        announced = (one.planned - one.rule.announce for one in found.coming)
        gathering = (one.planned - GATHER for one in found.coming if self._shared)
        instants = [*(one.planned for one in found.coming), *announced, *gathering, *self._ahead.values()]
        return min((one for one in instants if one > now), default=now + QUIET)

    async def _fresh_plans(self, now: datetime) -> Plans:
        """As ``_plans``; where other nodes make cutovers too, routes stand where those have let them pass."""
        plans = await self._plans()
        if self._shared:
            self._take(await self._journal.switching.stands(), plans, now)
        return plans

    async def _plans(self) -> Plans:
        return plans_of(self._city, await self._journal.switching.overrides())

    def _stands(self) -> dict[End, Stand]:
        return {end: flip.stand for end, flip in self._flips.items()}

    def _take(self, flips: Mapping[End, Flip], plans: Plans, now: datetime) -> None:
        """Have every route stand where the journal says."""
        self._flips = {end: flip for end, flip in flips.items() if end in plans}
        for route, standing in self._keeper.standings.items():
            source, to = (plans[route, side].present(self._flips[route, side].stand, now) for side in SIDES)
            standing.stand(source, to)

    def _expect(self, found: Agenda, now: datetime) -> None:
        """Tell each route which change of its source is announced, or due and not made yet."""
        for standing in self._keeper.standings.values():
            standing.expected = None
        announced = [one for one in found.coming if one.planned - one.rule.announce <= now]
        self.near = (*found.due, *(one for one in found.coming if one.planned - GATHER <= now))
        self.expected = tuple(one for one in (*announced, *found.due) if not one.back)
        for cutover in self.expected:
            for (route, side), change in cutover.changes.items():
                if side == "from" and not change.back and route in self._keeper.standings:
                    self._keeper.standings[route].expected = change

    async def _look_ahead(self, cutover: Cutover) -> None:
        """Announce a cutover, and show what its gate would say now; nothing is decided before its instant."""
        found = await self._keeper.conditions(cutover)
        await self._journal.switching.gate_seen(cutover.name, Verdict.ANNOUNCED, found)
        self._ahead[cutover.name] = self._clock.now() + LOOK_AHEAD
        self._say(events.CUTOVER_ANNOUNCED, cutover, unmet(found))

    def _tell(self, found: Agenda) -> None:
        for name, ends in (("contradicted", found.contradicted), ("unplaced", found.unplaced)):
            event = events.CUTOVER_CONTRADICTED if name == "contradicted" else events.CUTOVER_UNPLACED
            for route, side in ends:
                if self._said.get(f"{name}/{route}/{side}") is None:
                    self._said[f"{name}/{route}/{side}"] = (True,)
                    self._report.emit(event, route=route, reason=side)
            self._tell_resolved(name, {f"{name}/{route}/{side}" for route, side in ends})
        known = {cutover.name for cutover in (*found.due, *found.coming)}
        for name in [name for name, said in self._said.items() if said[0] == events.GATE_CLOSED.name]:
            if name not in known:
                del self._said[name]
                self._report.emit(events.CUTOVER_RESOLVED, cutover=name.partition("@")[0])

    def _tell_resolved(self, name: str, still: Container[str]) -> None:
        """Report the ends of which something was said that holds no more."""
        for key in [key for key in self._said if key.startswith(f"{name}/") and key not in still]:
            del self._said[key]
            self._report.emit(events.CUTOVER_RESOLVED, route=key.split("/")[1], reason=key.split("/")[2])

    def _say(self, event: events.Event, cutover: Cutover, what: str) -> None:
        """Report something of a cutover, unless it is what was said last."""
        if self._said.get(cutover.name) == (event.name, what):
            return
        self._said[cutover.name] = (event.name, what)
        self._report.emit(
            event,
            cutover=cutover.subject,
            planned=cutover.planned.astimezone(self._city.installation.zone).isoformat(),
            reason=what,
            count=len(cutover.changes),
        )

    def _is_doubtful(self, cutover: Cutover) -> bool:
        """Whether the wall clock may be wrong, so that nothing may go forward by it."""
        rule = self._city.installation.clock
        doubt = self._steadiness.doubt(rule.max_step, synchronised=rule.synchronised == "required")
        if cutover.back or not doubt:
            return False
        if doubt == "stepped":
            self._say(events.CLOCK_STEPPED, cutover, f"{self._steadiness.jumped():.0f} seconds")
        else:
            self._say(events.CLOCK_UNSYNCHRONISED, cutover, "")
        return True

    async def _decide(self, cutover: Cutover, plans: Plans) -> None:
        """Look at the gate; flip if it is open, and if not, look again in a minute."""
        found = await self._keeper.conditions(cutover)
        says = self._verdict(cutover, found)
        if says is Verdict.OPEN:
            says, found = await self._pass(cutover, found, plans)
        await self._journal.switching.gate_seen(cutover.name, says, found)
        if says is Verdict.OPEN:
            self._looked.pop(cutover.name, None)
            return
        soon = timedelta(seconds=1) if says is Verdict.DRAINING else LOOK_AGAIN
        self._looked[cutover.name] = self._clock.now() + soon
        event = events.GATE_DRAINING if says is Verdict.DRAINING else events.GATE_CLOSED
        self._say(event, cutover, unmet(found))
        for route in cutover.routes:
            self._nudge_route(route)

    def _verdict(self, cutover: Cutover, found: tuple[Condition, ...]) -> Verdict:
        rule = cutover.rule
        return verdict(found, now=self._clock.now(), planned=cutover.planned, settle=rule.settle, go=rule.go)

    async def _pass(
        self, cutover: Cutover, found: tuple[Condition, ...], plans: Plans
    ) -> tuple[Verdict, tuple[Condition, ...]]:
        """Stop claims, let what was claimed end, and flip all ends in one transaction."""
        standings = [self._keeper.standings[route] for route in cutover.routes]
        try:
            for standing in standings:
                await standing.close(within=FINISH)
            found = (*found, await self._keeper.finished(cutover))
            says = self._verdict(cutover, found)
            if says is Verdict.OPEN:
                await self._flip(cutover, found, plans)
            return says, found
        finally:
            for standing in standings:
                standing.open()

    async def _flip(self, cutover: Cutover, found: tuple[Condition, ...], plans: Plans) -> None:
        before = {end: self._flips[end].stand for end in cutover.changes}
        flipping = Flipping(
            cutover=cutover.name,
            planned=cutover.planned,
            ends={end: change.after for end, change in cutover.changes.items()},
            standing={end: self._flips[end].number for end in cutover.changes},
            detail={
                "waived": [one.name for one in found if one.waived],
                "back": cutover.back,
                "start_from": first_files(self._city, cutover),
            },
        )
        with suppress(Stale):
            self._take(await self._journal.switching.flipped(flipping), plans, self._clock.now())
            self._say(events.END_PASSED, cutover, ", ".join(sorted("/".join(end) for end in before)))
        for route in cutover.routes:
            await self._follow_up(route)
            self._nudge_route(route)

    async def _follow_up(self, route: str) -> None:
        """What a flip leaves to do on a route; done again after a crash, to the same end."""
        await self._remember_fresh(route)
        await self._remember_left(route)
        await self._settle_early(route)
        await self._go_back(route)

    async def _go_back(self, route: str) -> None:
        """After a destination's return: see ``rollback.returned``; people are told once."""
        went = await returned(self._city, self._journal, route)
        if went is None or self._said.get(f"back/{route}") == (went.back.number,):
            return
        self._said[f"back/{route}"] = (went.back.number,)
        event = events.UNDO_IMPOSSIBLE if went.undone.way is Way.IMPOSSIBLE else events.END_WENT_BACK
        self._report.emit(event, route=route, reason=went.undone.says.text, count=len(went.undone.discard))

    async def _remember_fresh(self, route: str) -> None:
        """What lies in the new place when it is looked at for the first time came before the flip."""
        flip, run = self._flips.get((route, "from")), (await self._journal.runs(route)).get(route)
        looked = (
            flip is not None and run is not None and run.last_run is not None and run.last_run > flip.actual
        )
        standing = self._keeper.standings[route]
        standing.fresh = None
        if flip is not None and flip.planned is not None and not looked:
            standing.fresh = flip.planned.astimezone(self._city.installation.zone).date()

    async def _remember_left(self, route: str) -> None:
        """Look for late files where the source stood before, for as long as the route names that place."""
        standing, end = self._keeper.standings[route], self._city.routes[route].source
        settle = self._city.systems[end.system].gate.settle.total_seconds()
        stood = {one.stand for one in await self._journal.switching.flips(route) if one.side == "from"}
        standing.left = {
            stand: settle
            for stand in stood - {standing.source}
            if stand.place in {one.key for one in end.places(stand.format)}
        }

    async def _settle_early(self, route: str) -> None:
        """After its source's flip: the early files that count go on, the others are held."""
        standing, flip = self._keeper.standings[route], self._flips.get((route, "from"))
        standing.too_early = False
        for held in await settled(self._city, self._journal, route, standing, flip):
            self._report.emit(
                events.FILE_HELD,
                route=route,
                transfer_id=held.id,
                file=f"{held.endpoint}:{held.entry.path}",
                reason=held.reason,
                error=held.message,
                next_action=held.hint,
            )
