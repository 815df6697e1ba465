"""Commands that look into the journal or write to it beside a gateway that may be running."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.cli.output import FAILED, WRONG, stop_with
from gateway.errors import GatewayError, WrongUse
from gateway.journal import Journal
from gateway.load import City
from gateway.running import journal_of
from gateway.times.clock import SystemClock

T = TypeVar("T")


def with_journal(city: City, use: Callable[[Journal], Awaitable[T]], *, write: bool) -> T:
    """Do something with the journal; exit code 1 where it or its use refuses, 2 for wrong use."""

    async def opened() -> T:
        home = journal_of(city)
        journal = await (home.join if write else home.read)(SystemClock())
        try:
            return await use(journal)
        finally:
            await journal.close()

    try:
        return asyncio.run(opened())
    except WrongUse as error:
        stop_with(error, WRONG)
    except GatewayError as error:
        stop_with(error, FAILED)
