"""What the journal remembers of switching, for commands that plan; nothing if no gateway ever ran."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

from gateway.app import journal_path
from gateway.cli.output import FAILED, stop_with
from gateway.clock import SystemClock
from gateway.course import History
from gateway.errors import JournalUnusable
from gateway.journal import read_journal
from gateway.load import City
from gateway.plan import remembered


def recalled(city: City, now: datetime) -> History | None:
    """The history of the city's routes; ends the command if there is a journal that cannot be read."""
    path = journal_path(city)
    if not path.exists():
        return None
    try:
        return asyncio.run(_recalled(path, now))
    except JournalUnusable as error:
        stop_with(error, FAILED)


async def _recalled(path: Path, now: datetime) -> History:
    journal = await read_journal(path, SystemClock(), untouched=True)
    try:
        return await remembered(journal, now)
    finally:
        await journal.close()
