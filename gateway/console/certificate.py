"""Until when the certificate of the status page is valid: people are told in time, not by browsers that refuse it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from gateway import events
from gateway.logs.log import Reporter
from gateway.times.clock import Clock

TOLD_BEFORE = timedelta(days=30)
"""How long before its end people are told."""

TOLD_EVERY = timedelta(days=1)


def valid_until(path: Path) -> datetime | None:
    """The end of what a PEM file proves: that of the first of its certificates to end.

    None where that cannot be told: what is good enough for TLS opens the page, however oddly it is written.
    """
    try:
        return min(one.not_valid_after_utc for one in x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError):
        return None


async def tell_of_its_end(ends: datetime, closed: asyncio.Event, *, clock: Clock, report: Reporter) -> None:
    """Until the page is closed: say each day that its certificate ends, once that is near."""
    while not closed.is_set():
        now = clock.now()
        if ends - now <= TOLD_BEFORE:
            report.emit(events.CERTIFICATE_ENDS, reason=ends.isoformat())
        await clock.wait(closed, until=now + TOLD_EVERY)
