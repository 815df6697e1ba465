"""Every endpoint, reached once and shared by all routes; one that refuses us is left alone for a while."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, timedelta, tzinfo
from functools import partial
from typing import Any, Protocol, Self

from adapters import ADAPTERS
from adapters.base import Adapter
from adapters.credentials.secret import stamp
from adapters.errors import (
    AdapterError,
    AlreadyThere,
    Changed,
    ConnectionLost,
    InDoubt,
    Misconfigured,
    NoAccess,
    NotFound,
    NotReady,
    Refused,
    Transient,
)
from adapters.wrappers import Bandwidth, Observation, with_limit, with_observer, with_timeout
from gateway import events
from gateway.config import Endpoint
from gateway.errors import JournalUnusable
from gateway.events import Event
from gateway.journal.absences import Absence, Absences
from gateway.logs.log import Reporter
from gateway.reaching import circuit
from gateway.reaching.circuit import Circuit, Rule, wait
from gateway.reaching.slots import Movement, answered, asking
from gateway.times.clock import Clock
from gateway.times.timetable import Window

PAUSE = 900.0
"""Seconds for which an endpoint that lets nobody in is left alone, since accounts lock; less if its secret changes."""

DEADLINE = timedelta(minutes=10)
"""The longest that any verb may take without a byte; the adapters' own deadlines are shorter."""

SAYS = (NotFound, AlreadyThere, Changed, Refused, NotReady, Misconfigured)
"""Errors that only a place which answers can give."""

Wrap = Callable[[str, Adapter], Adapter]


@dataclass(frozen=True, kw_only=True)
class Pause:
    """An endpoint that let nobody in: until when it is left alone, why, and what was asked."""

    until: float
    why: NoAccess
    asked: str


class Reached(Protocol):
    """Places as the steps of a route see them."""

    async def reach(self, name: str) -> Adapter:
        """The adapter of an endpoint; see ``Places.reach``."""

    def say_once(self, event: Event, name: str, **fields: str) -> None:
        """Report something of an endpoint once; see ``Places.say_once``."""

    def at_one_time(self, names: Iterable[str]) -> AbstractAsyncContextManager[None]:
        """Hold connections of several places; see ``Places.at_one_time``."""


@dataclass(frozen=True, kw_only=True)
class Slowed:
    """Places that are used no faster than some rates allow: that of a vendor, that of a route."""

    places: Places
    rates: tuple[Bandwidth, ...]

    async def reach(self, name: str) -> Adapter:
        """See ``Reached``."""
        adapter = await self.places.reach(name)
        for rate in self.rates:
            adapter = with_limit(adapter, bandwidth=rate)
        return adapter

    def say_once(self, event: Event, name: str, **fields: str) -> None:
        """See ``Reached``."""
        self.places.say_once(event, name, **fields)

    def at_one_time(self, names: Iterable[str]) -> AbstractAsyncContextManager[None]:
        """See ``Reached``."""
        return self.places.at_one_time(names)


class Places:
    """The adapters of all endpoints, opened when first needed and closed together.

    ``doubted``: endpoints that were away when the gateway stopped; their first answer is reported. ``absences``: where
    it is remembered which places are left alone; ``recall`` takes up what is there, ``remember`` keeps it.
    """

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        *,
        clock: Clock,
        report: Reporter,
        bandwidth: int | None = None,
        zone: tzinfo = UTC,
        rule: Rule = Rule(),  # noqa: B008 - frozen
        doubted: Iterable[str] = (),
        absences: Absences | None = None,
        around: Wrap = lambda _name, adapter: adapter,
    ) -> None:
        self._endpoints = endpoints
        self._clock = clock
        self._report = report
        self._around = around
        self._zone = zone
        self._shared = Bandwidth(bandwidth) if bandwidth else None
        self._open: dict[str, Adapter] = {}
        self._built_for: dict[str, Any] = {}
        self._opening = asyncio.Lock()
        self._paused: dict[str, Pause] = {}
        self._said: set[tuple[str, str]] = set()
        self._streams: dict[str, asyncio.Semaphore] = {}
        self._circuits: dict[str, Circuit] = {}
        self._rule = rule
        self._doubted = set(doubted)
        self._absences = absences
        self._unwritten: set[str] = set()
        self._news = asyncio.Event()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._open.clear()
        with suppress(JournalUnusable):
            await self.written()
        await self._stack.aclose()

    async def recall(self) -> None:
        """Leave alone what was left alone when the gateway stopped, for as long as that would have lasted.

        Not an endpoint whose address or secrets are others by now.
        """
        known = await self._absences.known() if self._absences else {}
        for name, absence in known.items():
            if name not in self._endpoints or absence.asked != self._asked(name):
                continue
            left = max((absence.until - self._clock.now()).total_seconds(), 0.0)
            most = (
                PAUSE if absence.refused else wait(self._rule, absence.opened)
            )  # the clock may have been set back
            until = self._clock.monotonic() + min(left, most)
            if absence.refused:
                why = NoAccess(absence.refused, hint=absence.hint)
                self._paused[name] = Pause(until=until, why=why, asked=absence.asked)
            else:
                self._circuits[name] = Circuit(failures=absence.failures, opened=absence.opened, until=until)

    async def remember(self, stop: asyncio.Event) -> None:
        """Write down which places are left alone, as it changes, until ``stop``."""
        stopped = asyncio.ensure_future(stop.wait())
        try:
            while not stop.is_set():
                await self.written()
                self._news.clear()
                news = asyncio.ensure_future(self._news.wait())
                await asyncio.wait({stopped, news}, return_when=asyncio.FIRST_COMPLETED)
                news.cancel()
        finally:
            stopped.cancel()

    async def written(self) -> None:
        """Write down what has changed since the last time."""
        while self._absences and self._unwritten:
            name = next(iter(self._unwritten))
            await self._absences.noted(name, self._absence(name))
            self._unwritten.discard(name)

    def _note(self, name: str) -> None:
        """Something has changed about whether a place is left alone."""
        self._unwritten.add(name)
        self._news.set()

    def _absence(self, name: str) -> Absence | None:
        pause, known = self._paused.get(name), self._circuits.get(name, Circuit())
        if pause is None and not known.opened:
            return None
        left = (pause.until if pause else known.until) - self._clock.monotonic()
        until = self._clock.now() + timedelta(seconds=max(left, 0.0))
        if pause is not None:
            return Absence(until=until, refused=pause.why.message, hint=pause.why.hint, asked=pause.asked)
        return Absence(until=until, failures=known.failures, opened=known.opened, asked=self._asked(name))

    async def reach(self, name: str) -> Adapter:
        """The adapter of an endpoint, as its dated variants say for now.

        Its verbs raise ``Misconfigured`` while the endpoint is paused, ``Transient`` while its circuit is open. When
        a variant begins to hold, what is under way ends with the former adapter; that is closed with the gateway.
        """
        endpoint = self._endpoints[name]
        options = endpoint.options_at(self._clock.now())
        async with self._opening:
            if name not in self._open or self._built_for[name] != (endpoint.limits, options):
                if getattr(options, "algorithms", "modern") == "legacy":
                    self.say_once(events.LEGACY_ALGORITHMS, name)
                if name in self._open:
                    self._forget(name)
                self._open[name] = await self._stack.enter_async_context(self._built(name, options))
                self._built_for[name] = endpoint.limits, options
        return self._open[name]

    def keeps_owner(self, name: str) -> bool:
        """Whether owner objects of routes are to be kept there."""
        return self._endpoints[name].owner_object

    def take(self, endpoints: Mapping[str, Endpoint]) -> None:
        """Go by other endpoints. One that is another now is opened anew when it is next needed."""
        for name, endpoint in self._endpoints.items():
            if endpoints.get(name) != endpoint:
                self._streams.pop(name, None)
        self._endpoints = endpoints

    @asynccontextmanager
    async def trial(self, name: str, endpoint: Endpoint) -> AsyncIterator[Adapter]:
        """An endpoint as it would be, apart from the one that routes use under that name."""
        options = endpoint.options_at(self._clock.now())
        async with ADAPTERS[endpoint.adapter].build(options, name=name) as adapter:
            yield with_timeout(self._around(name, adapter), DEADLINE)

    def _forget(self, name: str) -> None:
        """What was seen of an address that no longer holds."""
        self._paused.pop(name, None)
        self._circuits.pop(name, None)
        self._note(name)

    def say_once(self, event: Event, name: str, **fields: str) -> None:
        """Report something about an endpoint that holds for as long as this gateway runs."""
        if (event.name, name) not in self._said:
            self._said.add((event.name, name))
            self._report.emit(event, endpoint=name, **fields)

    @asynccontextmanager
    async def at_one_time(self, names: Iterable[str]) -> AsyncIterator[None]:
        """Hold connections of several places at one time, without two who hold one each waiting for the other.

        At most as many holders a place as it has connections, and all of them take the places in one order.
        """
        async with AsyncExitStack() as stack:
            for name in sorted(set(names)):
                limit = self._endpoints[name].options.connections
                await stack.enter_async_context(self._streams.setdefault(name, asyncio.Semaphore(limit)))
            yield

    def _ask(self, name: str) -> None:
        self._assert_asked(name)
        asking()

    def _assert_asked(self, name: str) -> None:
        """Before each verb: leave the place alone if it is paused or silent."""
        pause = self._paused.get(name)
        if pause is not None and self._clock.monotonic() < pause.until and pause.asked == self._asked(name):
            raise pause.why
        known, now = self._circuits.get(name, Circuit()), self._clock.monotonic()
        if circuit.is_open(known, now):
            wait = max(known.until - now, 1.0)
            raise Transient(
                f"{name} did not answer {known.failures} times and is left alone", retry_after=wait
            )
        self._circuits[name] = circuit.asked(known)

    def _built(self, name: str, options: Any) -> Adapter:
        endpoint = self._endpoints[name]
        adapter = ADAPTERS[endpoint.adapter].build(options, name=name)
        limits = endpoint.limits
        if limits.verbs:
            adapter = with_limit(adapter, verbs=Bandwidth(limits.verbs))
        own = Bandwidth(partial(self.rate, endpoint)) if limits.bandwidth else None
        for bandwidth in (own, self._shared):
            if bandwidth is not None:
                adapter = with_limit(adapter, bandwidth=bandwidth)
        guarded = with_limit(with_timeout(self._around(name, adapter), DEADLINE), bandwidth=Movement())
        return with_observer(guarded, partial(self._observed, name), before=partial(self._ask, name))

    def rate(self, endpoint: Endpoint) -> int | None:
        """Bytes a second at this time of day; None: as many as there are."""
        now = self._clock.now().astimezone(self._zone).time()
        holding = (
            one.rate
            for one in endpoint.limits.bandwidth
            if not one.during or any(Window.of(window).covers(now) for window in one.during)
        )
        return next(holding, None)

    def _observed(self, name: str, seen: Observation) -> None:
        """Pause an endpoint that refuses us; one that answers is up again."""
        answered()
        if isinstance(seen.raised, NoAccess):
            if name not in self._paused:
                why = seen.raised
                self._report.emit(
                    events.ENDPOINT_DOWN, endpoint=name, error=why.message, next_action=why.hint
                )
            until = self._clock.monotonic() + PAUSE
            self._paused[name] = Pause(until=until, why=seen.raised, asked=self._asked(name))
            self._note(name)
        elif isinstance(seen.raised, ConnectionLost | InDoubt):
            self._failed(name, seen.raised)
        elif seen.raised is None or isinstance(seen.raised, SAYS):
            self._answered(name)
        else:
            self._circuits[name] = circuit.undecided(self._circuits.get(name, Circuit()))

    def _asked(self, name: str) -> str:
        """What tells one state of an endpoint's address and secrets from the next; no secret is read."""
        options = self._endpoints[name].options_at(self._clock.now())
        return hashlib.sha256(f"{options.model_dump_json()} {stamp(options)}".encode()).hexdigest()

    def _failed(self, name: str, why: AdapterError) -> None:
        before = self._circuits.get(name, Circuit())
        after = circuit.failed(before, self._rule, self._clock.monotonic())
        self._circuits[name] = after
        if after.opened != before.opened:
            self._note(name)
        if after.opened and not before.opened:
            self._report.emit(events.ENDPOINT_SILENT, endpoint=name, error=why.message, count=after.failures)

    def _answered(self, name: str) -> None:
        was_open = self._circuits.pop(name, Circuit()).opened
        was_doubted = name in self._doubted
        self._doubted.discard(name)
        was_paused = self._paused.pop(name, None) is not None
        if was_paused or was_open:
            self._note(name)
        if was_paused or was_open or was_doubted:
            self._report.emit(events.ENDPOINT_UP, endpoint=name)

    def paused(self) -> dict[str, str]:
        """The endpoints that are left alone, each with the reason."""
        return {name: pause.why.message for name, pause in self._paused.items()}
