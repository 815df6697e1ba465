"""What only a file's header says, its business date and its number, read ahead where something hangs on it."""

from __future__ import annotations

import asyncio
from datetime import date

from adapters.base import Adapter, Entry
from adapters.errors import Changed, NotFound
from gateway.formats import Form, FormatFaults
from gateway.formats.faults import BadValueError
from gateway.formats.form import day_of_beginning, head_of_beginning

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


async def number_ahead(adapter: Adapter, entry: Entry, form: Form, item: str) -> int | None:
    """The number that the header states; None if it states none that can be read: the file is held then."""
    try:
        return await asyncio.to_thread(number_in, form, await _beginning(adapter, entry), item)
    except (Changed, NotFound):
        return None


def number_in(form: Form, beginning: bytes, item: str) -> int | None:
    """The number in an item of the header at a file's beginning; None if there is none. Blocks."""
    try:
        told = head_of_beginning(form, beginning, item)
    except FormatFaults:
        return None
    return int(told) if told and told.isdecimal() else None


async def _beginning(adapter: Adapter, entry: Entry) -> bytes:
    beginning = bytearray()
    async with adapter.read(entry) as chunks:
        async for chunk in chunks:
            beginning += chunk
            if len(beginning) >= BEGINNING:
                break
    return bytes(beginning)
