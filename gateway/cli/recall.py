"""What the journal remembers of switching, for commands that plan; nothing if no gateway ever ran."""

from __future__ import annotations

import asyncio
from datetime import datetime

from gateway.cli.output import FAILED, stop_with
from gateway.errors import JournalUnusable
from gateway.journal import JournalHome
from gateway.load import City
from gateway.planning.course import History
from gateway.planning.plan import remembered
from gateway.running import journal_of
from gateway.times.clock import SystemClock


def recalled(city: City, now: datetime) -> History | None:
    """The history of the city's routes; ends the command if there is a journal that cannot be read."""
    try:
        home = journal_of(city)
        return asyncio.run(_recalled(home, now)) if home.is_there() else None
    except JournalUnusable as error:
        stop_with(error, FAILED)


async def _recalled(home: JournalHome, now: datetime) -> History:
    journal = await home.read(SystemClock(), untouched=True)
    try:
        return await remembered(journal, now)
    finally:
        await journal.close()
