"""Commands that look into the journal or write to it beside a gateway that may be running."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.app import journal_path
from gateway.cli.output import FAILED, stop_with
from gateway.clock import SystemClock
from gateway.errors import GatewayError
from gateway.journal import Journal, join_journal, read_journal
from gateway.load import City

T = TypeVar("T")


def with_journal(city: City, use: Callable[[Journal], Awaitable[T]], *, write: bool) -> T:
    """Do something with the journal; ends with exit code 1 where the journal or the use of it refuses."""

    async def opened() -> T:
        open_one = join_journal if write else read_journal
        journal = await open_one(journal_path(city), SystemClock())
        try:
            return await use(journal)
        finally:
            await journal.close()

    try:
        return asyncio.run(opened())
    except GatewayError as error:
        stop_with(error, FAILED)
