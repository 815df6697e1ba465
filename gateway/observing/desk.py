"""The desk: keeps the book of alarms, notices what no event reports, and has people told."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from gateway import events
from gateway.errors import GatewayError
from gateway.events import Event
from gateway.journal import Alarm, Journal, Raised
from gateway.lifecycle import State
from gateway.load import City
from gateway.logs.log import Reporter
from gateway.observing.alarms import (
    Message,
    Stage,
    Told,
    ended_by,
    is_alarm,
    is_forgotten,
    messages,
    subject_of,
)
from gateway.observing.alerts import Way
from gateway.observing.board import Board
from gateway.reasons import BETWEEN
from gateway.status import backed_up
from gateway.times.clock import Clock

LOOK_EVERY = timedelta(seconds=5)
MOST_WAITING = 10_000
"""Events that may wait to be written into the book; of more, the oldest are in the log alone."""

OF_ROUTES = (events.ROUTE_OVERDUE.name, events.ROUTE_BACKED_UP.name)
"""Alarms of how a route stands, which is looked at."""

OF_DECISIONS = frozenset({events.FILE_HELD.name, events.RECORDS_DIVERTED.name})
"""Alarms of files that wait for a person's decision: they are over with it."""
OF_HELD_FILES = OF_DECISIONS | {events.FILE_HELD_LONG.name}


@dataclass(frozen=True, kw_only=True)
class _Heard:
    event: Event
    fields: Mapping[str, Any]


class Desk:
    """The book of alarms of one gateway. ``heard`` is to be told of every event, ``run`` to be kept running."""

    def __init__(
        self,
        city: City,
        *,
        journal: Journal,
        board: Board,
        clock: Clock,
        report: Reporter,
        ways: Sequence[Way],
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        """``leads``: whether this gateway looks after the book for the city; of several nodes one does."""
        self._leads = leads
        self._city = city
        self._journal = journal
        self._board = board
        self._clock = clock
        self._report = report
        self._ways = ways
        self._waiting: deque[_Heard] = deque(maxlen=MOST_WAITING)
        self._noticed: dict[str, set[str]] = {name: set() for name in OF_ROUTES}
        self._failing: set[str] = set()
        self._open: set[tuple[str, str]] = set()
        self._started = clock.now()

    def take(self, city: City, ways: Sequence[Way]) -> None:
        """Go by another configuration, and tell people by its ways."""
        self._city, self._ways = city, ways

    def heard(self, event: Event, fields: Mapping[str, Any]) -> None:
        """Take an event to be written into the book."""
        if is_alarm(event) or ended_by(event, fields):
            self._waiting.append(_Heard(event=event, fields=dict(fields)))

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the book until ``stop``; a journal that cannot be written is tried again."""
        while not stop.is_set():
            try:
                await self.look()
            except GatewayError:
                self._open.clear()  # whoever uses the journal reports that it fails
            await self._clock.wait(stop, until=self._clock.now() + LOOK_EVERY)
        with suppress(GatewayError):
            await self._write()

    async def look(self) -> None:
        """Write what was heard, look for what nobody reports, and have people told."""
        await self._write()
        self._open.clear()  # other nodes write into the book too
        if not self._leads():
            return
        await self._notice()
        await self._write()
        for way in self._ways:
            await self._tell(way)

    async def _write(self) -> None:
        people = self._journal.people
        if not self._open:
            self._open = {(one.event, one.subject) for one in await people.open_alarms()} | {("", "")}
        while self._waiting:
            heard = self._waiting.popleft()
            try:
                await self._enter(heard)
            except GatewayError:
                self._waiting.appendleft(heard)
                raise

    async def _enter(self, heard: _Heard) -> None:
        people, subject = self._journal.people, subject_of(heard.event, heard.fields)
        for name in ended_by(heard.event, heard.fields):
            if (name, subject) in self._open:
                await people.ended(name, subject)
                self._open.discard((name, subject))
        if is_alarm(heard.event):
            await people.raised(_raised(heard, subject))
            self._open.add((heard.event.name, subject))

    async def _notice(self) -> None:
        """Routes that are late or backed up, files that were released elsewhere, alarms of which nothing is heard."""
        await self._board.look()
        self._notice_routes()
        now, open_alarms = self._clock.now(), await self._journal.people.open_alarms()
        held = await self._held() if any(one.event in OF_HELD_FILES for one in open_alarms) else frozenset()
        for alarm in open_alarms:
            if self._is_over(alarm, held, now):
                await self._journal.people.ended(alarm.event, alarm.subject)
                self._open.discard((alarm.event, alarm.subject))
                if alarm.event in OF_DECISIONS:
                    self._report.emit(
                        events.FILE_RELEASED,
                        route=alarm.route,
                        vendor=alarm.vendor,
                        transfer_id=alarm.subject,
                    )

    def _notice_routes(self) -> None:
        """Say of each route once that no run of it ended well in time, or that too much of it is on its way."""
        now, rows = self._clock.now(), self._board.rows
        late = {name: row.last_error for name, row in rows.items() if row.overdue_since is not None}
        full = {
            name: why
            for name, route in self._city.routes.items()
            if name in rows and (why := backed_up(route, rows[name], now))
        }
        for name in self._newly(events.ROUTE_OVERDUE, late):
            vendor, error = rows[name].vendor, late[name] or None
            self._report.emit(events.ROUTE_OVERDUE, route=name, vendor=vendor, error=error)
        for name in self._newly(events.ROUTE_BACKED_UP, full):
            vendor, count = rows[name].vendor, rows[name].pending
            self._report.emit(
                events.ROUTE_BACKED_UP, route=name, vendor=vendor, count=count, reason=full[name]
            )

    def _newly(self, event: Event, found: Collection[str]) -> list[str]:
        """The routes of which this was not so at the last look."""
        fresh = sorted(set(found) - self._noticed[event.name])
        self._noticed[event.name] = set(found)
        return fresh

    async def _held(self) -> frozenset[str]:
        opened = await self._journal.open_transfers()
        return frozenset(one.id for one in opened if one.state is State.HELD)

    def _is_over(self, alarm: Alarm, held: frozenset[str], now: datetime) -> bool:
        match alarm.event:
            case name if name in OF_HELD_FILES:
                return alarm.subject not in held
            case "route_overdue" | "route_backed_up":
                return alarm.subject not in self._noticed[alarm.event]
            case "route_rejected":
                return alarm.subject not in self._city.rejected
        return is_forgotten(alarm, self._started, now)

    async def _tell(self, way: Way) -> None:
        told = [
            Told(alarm=alarm, stages=cast("frozenset[Stage]", stages))
            for alarm, stages in await self._journal.people.told(way.name)
            if (alarm.event, alarm.subject) != (events.ALERT_FAILED.name, way.name)
        ]
        now, zone = self._clock.now(), self._city.installation.zone
        for message in messages(told, way.rule, now, zone):
            if not await self._told(way, message):
                return

    async def _told(self, way: Way, message: Message) -> bool:
        try:
            await way.tell(message)
        except GatewayError as error:
            if way.name not in self._failing:
                self._report.emit(
                    events.ALERT_FAILED, endpoint=way.name, error=error.message, next_action=error.hint
                )
            self._failing.add(way.name)
            return False
        self._failing.discard(way.name)
        numbers = [alarm.number for alarm in message.alarms]
        await self._journal.people.note_told(way.name, message.stage, numbers)
        self._report.emit(
            events.ALERT_SENT, endpoint=way.name, reason=message.stage, count=len(message.alarms)
        )
        return True


def _raised(heard: _Heard, subject: str) -> Raised:
    fields = heard.fields
    detail = [str(fields[key]) for key in ("file", "endpoint", "reason", "error") if fields.get(key)]
    return Raised(
        event=heard.event.name,
        subject=subject,
        route=str(fields.get("route") or ""),
        vendor=str(fields.get("vendor") or ""),
        detail=BETWEEN.join(detail),
        next_action=str(fields.get("next_action") or ""),
    )
