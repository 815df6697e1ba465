"""Tells people that a file has not come: before its deadline as a warning, at it as an alarm, and that it came late."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from gateway import events
from gateway.carrying.journey import Journey
from gateway.config import Expect
from gateway.events import Event
from gateway.journal.expectations import UNDECIDED
from gateway.status import standing_still
from gateway.times.clock import Clock
from gateway.times.expectation import LONGEST, Delivery, Verdict, delivery_on, expected_days, silent_for
from gateway.times.timetable import Window

LOOK_EVERY = timedelta(minutes=1)
FIRST_RUNS = timedelta(seconds=5)
"""How often it is seen whether every route has looked at its source since the gateway was started."""
SILENCE = "silence"
EXCUSED = "excused"
"""Said of a delivery that fell due while its route was paused, more than a day before it went on."""
_DAY = timedelta(days=1)
_SAYS: dict[Verdict, Event] = {Verdict.SOON: events.FILE_DUE_SOON, Verdict.MISSING: events.FILE_MISSING}


class Expecting:
    """What is expected of the sources of all routes."""

    def __init__(self, journeys: Mapping[str, Journey], clock: Clock) -> None:
        self._journeys = journeys
        self._clock = clock
        self._excused: dict[str, date] = {}  # the day on which a paused route was looked at last
        self._since: dict[str, datetime] = {}
        self._stood: dict[str, datetime] = {}  # when a route was last seen to stand still

    async def run(self, stop: asyncio.Event) -> None:
        """Look every minute until ``stop``; first when every route has seen what came while the gateway was down."""
        await self._first_runs(stop)
        while not stop.is_set():
            await self.look(self._clock.now())
            await self._clock.wait(stop, until=self._clock.now() + LOOK_EVERY)

    async def _first_runs(self, stop: asyncio.Event) -> None:
        """Wait until each route has run, a minute at most: what a source shows by then has not failed to come."""
        started = self._clock.now()
        while not stop.is_set() and self._clock.now() - started < LOOK_EVERY:
            expected = [one for one in self._journeys.values() if one.route.expect is not None]
            runs = await expected[0].journal.runs() if expected else {}
            last = [runs[one.route.name].last_run if one.route.name in runs else None for one in expected]
            if all(at is not None and at >= started for at in last):
                return
            await self._clock.wait(stop, until=self._clock.now() + FIRST_RUNS)

    async def look(self, now: datetime) -> None:
        """Look once at every route, at each delivery that has not come; at none that stands still: it does not look."""
        for name, journey in list(self._journeys.items()):
            if (expect := journey.route.expect) is None:
                continue
            if name not in self._since:
                self._since[name] = await journey.journal.expectations.first_seen(name)
            if await _stands_still(journey, now):
                self._stood[name] = now
                await self._excuse(journey, expect, now)
                continue
            await self._look_at(journey, expect, now)
            if expect.silence is not None:
                await self._listen(journey, expect, expect.silence, now)

    async def _look_at(self, journey: Journey, expect: Expect, now: datetime) -> None:
        route, today = journey.route.name, now.astimezone(journey.zone).date()
        journal = journey.journal.expectations
        said = await journal.told_since(route, today - LONGEST * _DAY)
        waited = self._deliveries(journey, expect, said, today)
        due = [one for one in waited if now >= one.warn_at]
        arrived = await journal.arrived(route, {one.business_date for one in due})
        done = {one.day for one in due if await self._decide(journey, expect, one, (arrived, said), now)}
        undecided = min((one.day for one in waited if one.day not in done), default=today + _DAY)
        if said.get(UNDECIDED) != f"{undecided}":
            await journal.tell(route, UNDECIDED, f"{undecided}")

    def _deliveries(
        self, journey: Journey, expect: Expect, said: Mapping[str, str], last: date
    ) -> list[Delivery]:
        """Those up to a day that are not decided on, or that people were told of and wait for.

        An outage is no reason to forget what fell due in it, and another rule none to ask for days that are over.
        """
        since, first = self._since[journey.route.name], last - LONGEST * _DAY
        known = date.fromisoformat(said[UNDECIDED]) if UNDECIDED in said else last - _DAY
        days = {max(known, first) + count * _DAY for count in range((last - max(known, first)).days + 1)}
        days |= {date.fromisoformat(subject) for subject, verdict in said.items() if verdict in _SAYS}
        each = (_expected(journey, expect, day) for day in sorted(days) if first <= day <= last)
        return [one for one in each if one is not None and since <= one.deadline]

    async def _excuse(self, journey: Journey, expect: Expect, now: datetime) -> None:
        """Once a day note what fell due during a pause: of that nobody is told when the route goes on."""
        route, today = journey.route.name, now.astimezone(journey.zone).date()
        if self._excused.get(route) == today:
            return
        self._excused[route] = today
        journal = journey.journal.expectations
        said = await journal.told_since(route, today - LONGEST * _DAY)
        for delivery in self._deliveries(journey, expect, said, today - 2 * _DAY):
            if f"{delivery.day}" not in said:
                await journal.tell(route, f"{delivery.day}", EXCUSED)

    async def _decide(
        self,
        journey: Journey,
        expect: Expect,
        delivery: Delivery,
        known: tuple[Mapping[date, int], Mapping[str, str]],
        now: datetime,
    ) -> bool:
        """Whether it is decided, by files or by what people were told; that they are told, once."""
        journal, route, subject = journey.journal.expectations, journey.route.name, f"{delivery.day}"
        count, said = known[0].get(delivery.business_date, 0), known[1].get(subject, "")
        verdict = delivery.verdict(count, now)
        if verdict is Verdict.MET:
            if said in _SAYS and await journal.tell(route, subject, verdict):
                self._emit(journey, events.FILE_CAME, delivery, count)
            return True
        if said == EXCUSED:
            return True
        if count == 0 and expect.none == "allowed":
            return now - delivery.deadline > 2 * _DAY
        if said != verdict and await journal.tell(route, subject, verdict):
            self._emit(journey, _SAYS[verdict], delivery, count)
        return verdict is Verdict.MISSING

    def _emit(self, journey: Journey, event: Event, delivery: Delivery, arrived: int) -> None:
        by = delivery.deadline.strftime("%Y-%m-%d %H:%M")
        reason = f"by {by}: {arrived} of {delivery.wanted}"
        journey.report.emit(event, reason=reason, count=arrived, planned=f"{delivery.day}")

    async def _listen(self, journey: Journey, expect: Expect, longest: timedelta, now: datetime) -> None:
        """Tell people once of each silence that is too long."""
        journal, route = journey.journal.expectations, journey.route.name
        last = await journal.last_arrival(route)
        began = self._since[route]
        since = max(last or began, began, self._stood.get(route, began))
        silent = silent_for(
            since,
            now,
            during=Window.of(expect.during) if expect.during else None,
            is_open=expected_days(expect, journey.city.business_days),
            zone=journey.zone,
        )
        if silent < longest:
            if await journal.told(route, SILENCE) and await journal.tell(route, SILENCE, ""):
                journey.report.emit(events.SOURCE_HEARD)
        elif await journal.tell(route, SILENCE, since.isoformat()):
            seen = "none so far" if last is None else f"last {last.astimezone(journey.zone):%Y-%m-%d %H:%M}"
            journey.report.emit(events.SOURCE_SILENT, reason=seen)


async def _stands_still(journey: Journey, now: datetime) -> bool:
    """Whether a person or a place's maintenance keeps the route from seeing what has come."""
    pauses = await journey.journal.people.pauses()
    return standing_still(journey.city, journey.route, journey.standing.stands, pauses, now) is not None


def _expected(journey: Journey, expect: Expect, day: date) -> Delivery | None:
    """The delivery of a day; one whose deadline falls into a place's maintenance has time until after it."""
    delivery = delivery_on(day, expect, journey.city.business_days, journey.zone)
    if delivery is None:
        return None
    still = standing_still(journey.city, journey.route, journey.standing.stands, (), delivery.deadline)
    return delivery if still is None or still.until is None else delivery.put_off(still.until)
