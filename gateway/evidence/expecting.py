"""Tells people that a file has not come: before its deadline as a warning, at it as an alarm, and that it came late."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from gateway import events
from gateway.carrying.journey import Journey
from gateway.config import Expect
from gateway.events import Event
from gateway.status import standing_still
from gateway.times.clock import Clock
from gateway.times.expectation import Delivery, Verdict, delivery_on, expected_days, silent_for
from gateway.times.timetable import Window

LOOK_EVERY = timedelta(minutes=1)
SILENCE = "silence"
_DAY = timedelta(days=1)
_SAYS: dict[Verdict, Event] = {Verdict.SOON: events.FILE_DUE_SOON, Verdict.MISSING: events.FILE_MISSING}


class Expecting:
    """What is expected of the sources of all routes."""

    def __init__(self, journeys: Mapping[str, Journey], clock: Clock) -> None:
        self._journeys = journeys
        self._clock = clock
        self._met: set[tuple[str, date]] = set()
        self._since: dict[str, datetime] = {}
        self._stood: dict[str, datetime] = {}  # when a route was last seen to stand still

    async def run(self, stop: asyncio.Event) -> None:
        """Look every minute until ``stop``."""
        while not stop.is_set():
            await self.look(self._clock.now())
            await self._clock.wait(stop, until=self._clock.now() + LOOK_EVERY)

    async def look(self, now: datetime) -> None:
        """Look once at every route, today's delivery and yesterday's; at none that stands still: it does not look."""
        for name, journey in list(self._journeys.items()):
            if (expect := journey.route.expect) is None:
                continue
            if name not in self._since:
                self._since[name] = await journey.journal.expectations.first_seen(name)
            if await _stands_still(journey, now):
                self._stood[name] = now
                continue
            await self._look_at(journey, expect, now)
            if expect.silence is not None:
                await self._listen(journey, expect, expect.silence, now)

    async def _look_at(self, journey: Journey, expect: Expect, now: datetime) -> None:
        today = now.astimezone(journey.zone).date()
        for day in (today - _DAY, today):
            delivery = _expected(journey, expect, day)
            if delivery is None or now < delivery.warn_at or (journey.route.name, day) in self._met:
                continue
            since = self._since[journey.route.name]
            if since <= delivery.deadline and await self._decide(journey, expect, delivery, now):
                self._met.add((journey.route.name, day))

    async def _decide(self, journey: Journey, expect: Expect, delivery: Delivery, now: datetime) -> bool:
        """Whether everything has come; else people are told what is due, once."""
        journal, route = journey.journal.expectations, journey.route.name
        arrived = await journal.arrived(route, delivery.business_date)
        verdict = delivery.verdict(arrived, now)
        subject = f"{delivery.day}"
        if verdict is Verdict.MET:
            if await journal.told(route, subject) and await journal.tell(route, subject, verdict):
                self._emit(journey, events.FILE_CAME, delivery, arrived)
            return True
        if arrived == 0 and expect.none == "allowed":
            return False
        if await journal.tell(route, subject, verdict):
            self._emit(journey, _SAYS[verdict], delivery, arrived)
        return False

    def _emit(self, journey: Journey, event: Event, delivery: Delivery, arrived: int) -> None:
        by = delivery.deadline.strftime("%Y-%m-%d %H:%M")
        journey.report.emit(event, reason=f"by {by}: {arrived} of {delivery.wanted}", count=arrived)

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
