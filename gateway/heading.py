"""The business date of a file that only its header says, read ahead of the file where something hangs on it."""

from __future__ import annotations

import asyncio
from datetime import date

from adapters.base import Adapter, Entry
from adapters.errors import Changed, NotFound
from gateway.formats import Form, FormatFaults
from gateway.formats.faults import BadValueError
from gateway.formats.form import day_of_beginning

BEGINNING = 64 << 10
"""Bytes within which a header lies."""


def says_its_day(form: Form | None) -> bool:
    """Whether files of this form state their business date in the header."""
    return form is not None and form.layout.business_date is not None


async def day_ahead(adapter: Adapter, entry: Entry, form: Form) -> date | None:
    """The day that the header states; None if it cannot be told: the file is read as a whole later, and then held."""
    try:
        beginning = await _beginning(adapter, entry)
        return await asyncio.to_thread(day_of_beginning, form, beginning)
    except (Changed, NotFound, BadValueError, FormatFaults):
        return None


async def _beginning(adapter: Adapter, entry: Entry) -> bytes:
    beginning = bytearray()
    async with adapter.read(entry) as chunks:
        async for chunk in chunks:
            beginning += chunk
            if len(beginning) >= BEGINNING:
                break
    return bytes(beginning)
