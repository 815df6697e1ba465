"""An output that is longer than its destination takes goes out as several, each a whole file with its own trailer."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from gateway.carrying.journey import Journey
from gateway.cutover import Stand
from gateway.errors import Held, Reason
from gateway.formats import Form
from gateway.formats.ondisk import AnyFile
from gateway.formats.parts import Limit, NoRoom, split
from gateway.journal import Output, Transfer
from gateway.stores.spool import synced


def limit_of(journey: Journey) -> Limit | None:
    """What the route's destination takes in one file; None if any file goes as a whole."""
    limits = journey.route.limits
    if limits.records_per_file is None and limits.bytes_per_file is None:
        return None
    return Limit(records=limits.records_per_file, bytes=limits.bytes_per_file)


async def parts_of(journey: Journey, transfer: Transfer, output: Output, stand: Stand) -> tuple[Output, ...]:
    """The outputs that an output of the spool becomes, durable there: itself, or its parts.

    Raises ``Held`` if a record alone is longer than a file may be; ``BadRecords`` if a part cannot be written.
    """
    limit = limit_of(journey)
    if limit is None or not limit.exceeded_by(records=output.records, size=output.bytes):
        return (output,)
    form = journey.city.conversions.form(journey.route.to.place_of(stand), transfer.business_date)
    assert form is not None, "check refuses limits where no layout says what a record is"
    try:
        counts = await asyncio.to_thread(_split, journey, transfer, output, form, limit)
    except NoRoom as alone:
        hint = "raise limits.bytes_per_file if the destination takes longer files, then release the file"
        raise Held(Reason.REFUSED, str(alone), hint=hint) from None
    assert output.records in (None, sum(counts)), "no record is lost between the parts"
    return tuple(
        [await _part(journey, transfer, output, number, records) for number, records in enumerate(counts, 1)]
    )


def _split(journey: Journey, transfer: Transfer, output: Output, form: Form, limit: Limit) -> list[int]:
    records, _ = form.compiled()
    source = journey.spool.file(transfer.id, output.spool_name)
    return split(records, source, limit, lambda number: _fresh(journey, transfer, output, number))


def _fresh(journey: Journey, transfer: Transfer, output: Output, number: int) -> AnyFile:
    return journey.spool.fresh(transfer.id, _name(output, number))


def _name(whole: Output, number: int) -> str:
    return f"{whole.spool_name}.{number}"


async def _part(journey: Journey, transfer: Transfer, whole: Output, number: int, records: int) -> Output:
    stored = await asyncio.to_thread(synced, _fresh(journey, transfer, whole, number))
    return replace(
        whole,
        ordinal=number,
        spool_name=_name(whole, number),
        bytes=stored.size,
        sha256=stored.sha256,
        records=records,
        filtered=whole.filtered if number == 1 else 0,
    )
