"""Every endpoint, reached once and shared by all routes; one that refuses us is left alone for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Self

from adapters import ADAPTERS
from adapters.base import Adapter
from adapters.errors import AdapterError, Misconfigured
from gateway import events
from gateway.clock import Clock
from gateway.config import Endpoint
from gateway.log import Reporter

PAUSE = timedelta(minutes=15)
"""How long an endpoint that refused login, host key or rights is left alone: accounts lock."""

Wrap = Callable[[str, Adapter], Adapter]


class Places:
    """The adapters of all endpoints, opened when first needed and closed together."""

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        *,
        clock: Clock,
        report: Reporter,
        around: Wrap = lambda _name, adapter: adapter,
    ) -> None:
        self._endpoints = endpoints
        self._clock = clock
        self._report = report
        self._around = around
        self._open: dict[str, Adapter] = {}
        self._opening = asyncio.Lock()
        self._paused: dict[str, tuple[datetime, Misconfigured]] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._open.clear()
        await self._stack.aclose()

    async def reach(self, name: str) -> Adapter:
        """The adapter of an endpoint. Raises ``Misconfigured`` while the endpoint is paused."""
        until, why = self._paused.get(name, (None, None))
        if until is not None and why is not None and self._clock.now() < until:
            raise why
        async with self._opening:
            if name not in self._open:
                self._open[name] = await self._stack.enter_async_context(self._built(name))
        return self._open[name]

    def _built(self, name: str) -> Adapter:
        endpoint = self._endpoints[name]
        return self._around(name, ADAPTERS[endpoint.adapter].build(endpoint.options, name=name))

    def refused(self, name: str, error: AdapterError) -> None:
        """The endpoint refused us: leave it alone for ``PAUSE``."""
        if isinstance(error, Misconfigured) and name not in self._paused:
            self._report.emit(
                events.ENDPOINT_DOWN, endpoint=name, error=error.message, next_action=error.hint
            )
        if isinstance(error, Misconfigured):
            self._paused[name] = (self._clock.now() + PAUSE, error)

    def answered(self, name: str) -> None:
        """The endpoint did what it was asked."""
        if self._paused.pop(name, None):
            self._report.emit(events.ENDPOINT_UP, endpoint=name)

    def paused(self) -> dict[str, str]:
        """The endpoints that are left alone, each with the reason."""
        return {name: error.message for name, (_, error) in self._paused.items()}
