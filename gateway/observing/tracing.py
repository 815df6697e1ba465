"""Traces for OpenTelemetry: one for each file at its end, with a span for each step that the journal knows.

The steps are those of ``trace``; no value of a record is among them. What cannot be sent is lost, and counted.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from gateway import events
from gateway.config import Traces
from gateway.errors import GatewayError
from gateway.events import Event
from gateway.journal import Journal
from gateway.journal.port import Occurrence
from gateway.logs.log import Reporter
from gateway.times.clock import Clock

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext

SEND_EVERY = timedelta(seconds=5)
SECONDS = 3.0
"""How long the collector may take, trying again included: less than a stop waits."""
MOST_WAITING = 10_000
"""Files whose traces may wait to be sent; of more, the oldest have none."""

ENDS = frozenset({events.FILE_CARRIED.name, events.FILE_UNCHANGED.name, events.FILE_SUPERSEDED.name})
ATTRIBUTES = (
    "route",
    "linkage_id",
    "vendor",
    "transfer_id",
    "file",
    "destination",
    "bytes",
    "records",
    "from_format",
    "to_format",
    "phase",
    "configuration",
)
"""The keys of the line of a file's end that stand with its span."""


class TracesUnusable(GatewayError):
    """What makes and sends traces is not installed."""


class Tracing:
    """Makes and sends the traces of one gateway. ``heard`` is to be told of every event, ``run`` to be kept running.

    Raises ``TracesUnusable`` without the extra.
    """

    def __init__(
        self, traces: Traces, *, gateway: str, journal: Journal, clock: Clock, report: Reporter
    ) -> None:
        self._spans = _Spans(traces.endpoint, gateway)
        self._journal = journal
        self._clock = clock
        self._report = report
        self._waiting: deque[Mapping[str, Any]] = deque(maxlen=MOST_WAITING)

    def heard(self, event: Event, fields: Mapping[str, Any]) -> None:
        """Take a file's end."""
        if event.name in ENDS and fields.get("transfer_id"):
            self._waiting.append(dict(fields))

    async def run(self, stop: asyncio.Event) -> None:
        """Send every few seconds until ``stop``, and what is left then."""
        while not stop.is_set():
            await self.send()
            await self._clock.wait(stop, until=self._clock.now() + SEND_EVERY)
        await self.send()

    async def send(self) -> None:
        """Send the traces of the files that ended meanwhile."""
        ended = [self._waiting.popleft() for _ in range(len(self._waiting))]
        for fields in ended:
            self._spans.add(fields, await self._journal.history(str(fields["transfer_id"])))
        if ended and not await asyncio.to_thread(self._spans.sent):
            self._report.emit(events.TRACES_LOST, count=len(ended))


class _Spans:
    """Spans that were made and not sent yet."""

    def __init__(self, endpoint: str, gateway: str) -> None:
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - an extra
                OTLPSpanExporter,
            )
            from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        except ImportError:
            hint = "install linkage-gateway[traces], or leave traces out of gateway.yaml"
            raise TracesUnusable("the libraries of OpenTelemetry are not installed", hint=hint) from None
        library = logging.getLogger("opentelemetry")
        library.addHandler(logging.NullHandler())
        library.propagate = False  # what is lost is told by us
        self._exporter = OTLPSpanExporter(endpoint=endpoint, timeout=SECONDS)
        self._resource = Resource({"service.name": "linkage-gateway", "service.instance.id": gateway})
        self._made: list[ReadableSpan] = []

    def add(self, fields: Mapping[str, Any], steps: Sequence[Occurrence]) -> None:
        """One span for the file, and below it one for each step: from the end of the step before to its own."""
        if not steps:
            return
        transfer = str(fields["transfer_id"])
        told = {f"lgw.{key}": fields[key] for key in ATTRIBUTES if fields.get(key) not in (None, "")}
        self._span("transfer", transfer, 0, (steps[0].at, steps[-1].at), told)
        for number, (before, step) in enumerate(pairwise(steps), start=1):
            self._span(step.event, transfer, number, (before.at, step.at), {"lgw.state": step.to_state})

    def _span(
        self,
        name: str,
        transfer: str,
        number: int,
        span: tuple[datetime, datetime],
        told: Mapping[str, Any],
    ) -> None:
        from opentelemetry.sdk.trace import ReadableSpan  # noqa: PLC0415 - an extra

        self._made.append(
            ReadableSpan(
                name,
                _context(transfer, number),
                parent=_context(transfer, 0) if number else None,
                resource=self._resource,
                attributes=told,
                start_time=_nanoseconds(span[0]),
                end_time=_nanoseconds(span[1]),
            )
        )

    def sent(self) -> bool:
        """Send what was made; False if the collector did not take it. Blocks."""
        from opentelemetry.sdk.trace.export import SpanExportResult  # noqa: PLC0415 - an extra

        made, self._made = self._made, []
        return self._exporter.export(made) is SpanExportResult.SUCCESS


def _context(transfer: str, number: int) -> SpanContext:
    """Who a span is: the same whenever it is made again."""
    from opentelemetry.trace import SpanContext, TraceFlags  # noqa: PLC0415 - an extra

    return SpanContext(
        trace_id=int.from_bytes(hashlib.sha256(transfer.encode()).digest()[:16]),
        span_id=int.from_bytes(hashlib.sha256(f"{transfer}/{number}".encode()).digest()[:8]),
        is_remote=False,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000) * 1000
