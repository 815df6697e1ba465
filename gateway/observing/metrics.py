"""Metrics for Prometheus: how fresh each route is, what waits, what went through, and what people must see to.

Counters count from the start of the process; gauges are taken from the journal when they are asked for. No label
ever holds the name or a value of a file: routes, vendors, endpoints, states and message IDs only.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway import events
from gateway.agenda import Cutover
from gateway.events import CATALOGUE, Event
from gateway.journal import Alarm, Journal, JournalHome
from gateway.journal.switching import GateSeen
from gateway.load import City
from gateway.observing.alarms import AWAY
from gateway.observing.board import Board
from gateway.status import RouteStatus
from gateway.times.clock import Clock

PREFIX = "linkage_gateway_"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
DAY = 86400.0
ANNOUNCED = "announced"
"""How a gate stands before its instant; after it: what the gate says."""

Reading = Callable[[RouteStatus, datetime], float | None]


def _age(since: datetime | None, now: datetime) -> float | None:
    return None if since is None else max((now - since).total_seconds(), 0.0)


ROUTE_GAUGES: dict[str, tuple[str, Reading]] = {
    "route_seconds_since_success": (
        "Seconds since the route's last run that ended well.",
        lambda row, now: _age(row.last_success, now),
    ),
    "route_overdue_seconds": (
        "Seconds since a run fell due that has not ended well; 0 while the route keeps its schedule.",
        lambda row, now: _age(row.overdue_since, now) or 0.0,
    ),
    "route_pending_files": ("Files on their way.", lambda row, _: row.pending),
    "route_held_files": ("Files that wait for a person.", lambda row, _: row.held),
    "route_retrying_files": ("Files on their way that failed at least once.", lambda row, _: row.retrying),
    "route_open_bytes": ("Bytes of the files on their way or held.", lambda row, _: row.bytes),
    "route_oldest_pending_seconds": (
        "Age of the oldest file on its way; 0 if there is none.",
        lambda row, now: _age(row.oldest_since, now) or 0.0,
    ),
    "route_days_to_cutover": (
        "Days until an end of the route changes its format; absent if none will.",
        lambda row, now: None if row.next_cutover is None else (row.next_cutover - now).total_seconds() / DAY,
    ),
}


@dataclass(frozen=True, kw_only=True)
class Room:
    """Bytes on disk."""

    spool: int
    journal: int
    free: int


class Metrics:
    """All metrics of one gateway. ``heard`` is to be told of every event."""

    def __init__(
        self,
        city: City,
        board: Board,
        journal: Journal,
        clock: Clock,
        *,
        home: JournalHome,
        expected: Callable[[], Sequence[Cutover]],
    ) -> None:
        self._city = city
        self._board = board
        self._journal = journal
        self._clock = clock
        self._home = home
        self._expected = expected
        disable_created_metrics()  # type: ignore[no-untyped-call]  # files_created would read like a count of files
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._events = self._counter("events", "Events by message ID.", "message_id", "severity")
        self._files = self._counter("files", "Files that ended, by outcome.", "route", "outcome")
        self._bytes = self._counter("bytes", "Bytes of the files carried.", "route")
        self._records = self._counter("records", "Records of the files carried.", "route")
        self._runs = self._counter("runs", "Runs that ended.", "route", "outcome")
        self._failures = self._counter("failures", "Attempts that failed.", "route", "error_kind")
        self._told: dict[str, Callable[[str, Mapping[str, Any]], None]] = {
            events.FILE_CARRIED.name: self._carried,
            events.FILE_UNCHANGED.name: lambda route, _: self._files.labels(route, "unchanged").inc(),
            events.FILE_HELD.name: lambda route, _: self._files.labels(route, "held").inc(),
            events.ATTEMPT_FAILED.name: self._failed,
            events.SCAN_FAILED.name: self._failed,
            events.ROUTE_RUN.name: self._ran,
        }

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(PREFIX + name, text, labels, registry=self._registry)

    def take(self, city: City) -> None:
        """Go by another configuration."""
        self._city = city

    def heard(self, event: Event, fields: Mapping[str, Any]) -> None:
        """Count an event."""
        self._events.labels(event.message_id, event.severity).inc()
        count = self._told.get(event.name)
        if count is not None and "route" in fields:
            count(str(fields["route"]), fields)

    def _carried(self, route: str, fields: Mapping[str, Any]) -> None:
        self._files.labels(route, "carried").inc()
        self._bytes.labels(route).inc(fields.get("bytes") or 0)
        self._records.labels(route).inc(fields.get("records") or 0)

    def _failed(self, route: str, fields: Mapping[str, Any]) -> None:
        self._failures.labels(route, str(fields.get("error_kind") or "")).inc()

    def _ran(self, route: str, fields: Mapping[str, Any]) -> None:
        self._runs.labels(route, "failed" if fields.get("error_kind") else "ok").inc()

    async def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        await self._board.look()
        alarms = await self._journal.people.open_alarms()
        limits, state = self._city.installation.limits, self._city.installation.gateway.state_dir
        room = await asyncio.to_thread(_room, state, self._home)
        shown = CollectorRegistry()
        shown.register(
            _Gauges(
                gateway=self._city.installation.gateway.name,
                rows=tuple(self._board.rows.values()),
                endpoints=tuple(self._city.endpoints),
                alarms=alarms,
                gates=_gates(self._expected(), await self._journal.switching.gates()),
                room=room,
                spool_limit=int(limits.spool),
                now=self._clock.now(),
            )
        )
        counted = await asyncio.to_thread(self._counted, tuple(self._city.routes))
        return counted + await asyncio.to_thread(generate_latest, shown)

    def _counted(self, routes: Iterable[str]) -> bytes:
        """The counters. What a route carried begins at 0: the first file would not be seen as a rise otherwise."""
        for route in routes:
            self._files.labels(route, "carried")
            self._bytes.labels(route)
            self._records.labels(route)
        return generate_latest(self._registry)


@dataclass(frozen=True, kw_only=True)
class _Gate:
    """The gate of a cutover that is announced or due; ``seen`` is None until it is looked at, at its instant."""

    cutover: Cutover
    seen: GateSeen | None


def _gates(expected: Iterable[Cutover], seen: Mapping[str, GateSeen]) -> tuple[_Gate, ...]:
    return tuple(_Gate(cutover=one, seen=seen.get(one.name)) for one in expected)


def _room(state: Path, home: JournalHome) -> Room:
    return Room(
        spool=_below(state / "spool"),
        journal=home.size(),
        free=shutil.disk_usage(state).free,
    )


def _below(folder: Path) -> int:
    """Bytes of all files below a folder; one that goes away meanwhile counts nothing."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(Path(parent) / name).st_size  # noqa: PTH116 - thousands of files, each second
            except FileNotFoundError:
                continue
    return total


@dataclass(frozen=True, kw_only=True, eq=False)
class _Gauges(Collector):
    """What is so at this moment, as Prometheus' library asks for it."""

    gateway: str
    rows: Sequence[RouteStatus]
    endpoints: Sequence[str]
    alarms: Sequence[Alarm]
    gates: Sequence[_Gate]
    room: Room
    spool_limit: int
    now: datetime

    def collect(self) -> Iterable[Metric]:
        """See ``Collector``."""
        yield from self._of_routes()
        yield _gauge("info", "1, with the gateway's name.", ("gateway",), [((self.gateway,), 1.0)])
        yield self._endpoints()
        yield self._alarms()
        yield from self._of_cutovers()
        yield _gauge("spool_bytes", "Bytes of unfinished files.", (), [((), self.room.spool)])
        yield _gauge("spool_limit_bytes", "limits.spool.", (), [((), self.spool_limit)])
        yield _gauge("journal_bytes", "Bytes of the journal.", (), [((), self.room.journal)])
        yield _gauge("disk_free_bytes", "Bytes free on the disk of state_dir.", (), [((), self.room.free)])

    def _of_routes(self) -> Iterator[Metric]:
        states = [((row.route, row.vendor, row.state), 1.0) for row in self.rows]
        yield _gauge(
            "route_state", "1 for the state that the route is in.", ("route", "vendor", "state"), states
        )
        phases = [((row.route, str(row.phase)), 1.0) for row in self.rows if row.phase]
        yield _gauge("route_phase", "1 for the phase that the route is in.", ("route", "phase"), phases)
        accepted = [row for row in self.rows if row.phase]
        for name, (text, reading) in ROUTE_GAUGES.items():
            values = [((row.route, row.vendor), reading(row, self.now)) for row in accepted]
            yield _gauge(name, text, ("route", "vendor"), values)

    def _endpoints(self) -> Metric:
        down = {alarm.subject for alarm in self.alarms if alarm.event in AWAY}
        values = [((name,), 0.0 if name in down else 1.0) for name in self.endpoints]
        return _gauge(
            "endpoint_up", "0 while the place refuses us or does not answer.", ("endpoint",), values
        )

    def _of_cutovers(self) -> Iterator[Metric]:
        states = [
            ((one.cutover.name, one.seen.verdict if one.seen else ANNOUNCED), 1.0) for one in self.gates
        ]
        text = "1 for how the gate of a cutover stands that is announced or due."
        yield _gauge("cutover_gate", text, ("cutover", "state"), states)
        met = [
            ((one.cutover.name, condition.name), float(condition.passes))
            for one in self.gates
            for condition in (one.seen.conditions if one.seen else ())
        ]
        text = "1 for a condition of its gate that is met or waived, 0 for one that keeps it closed."
        yield _gauge("cutover_condition_met", text, ("cutover", "condition"), met)
        left = [((one.cutover.name,), (one.cutover.planned - self.now).total_seconds()) for one in self.gates]
        text = "Seconds until its instant; below 0 while it is due and not made."
        yield _gauge("cutover_seconds_left", text, ("cutover",), left)

    def _alarms(self) -> Metric:
        found = dict.fromkeys(("warning", "error", "critical"), 0)
        for alarm in self.alarms:
            if alarm.event in CATALOGUE:
                found[CATALOGUE[alarm.event].severity] += 1
        return _gauge(
            "alarms", "Alarms that are not over.", ("severity",), [((k,), v) for k, v in found.items()]
        )


def _gauge(
    name: str, text: str, labels: Sequence[str], values: Iterable[tuple[tuple[str, ...], float | None]]
) -> Metric:
    gauge = GaugeMetricFamily(PREFIX + name, text, labels=labels)
    for given, value in values:
        if value is not None:
            gauge.add_metric(given, value)
    return gauge
