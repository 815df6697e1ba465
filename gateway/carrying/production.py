"""The output of a transfer is made out of its original: converted and proved, or the same bytes."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path

from gateway import events
from gateway.carrying import bridge
from gateway.carrying.journey import Journey, converter_for, may_state_its_date, named, source_place
from gateway.cutover import Stand
from gateway.errors import Held, Reason
from gateway.formats import (
    BadRecords,
    Converted,
    Converter,
    Form,
    FormatFaults,
    count_records,
    cut_short,
    private_use,
)
from gateway.formats.faults import BadRecord, BadRecordReport, BadValueError, FaultList
from gateway.formats.form import stated_day
from gateway.formats.ondisk import AnyFile, opened
from gateway.journal import Draft, Output, Transfer
from gateway.journal.evidence import ROUNDS
from gateway.load import NoConversion
from gateway.sealing import on_disk, sealed_name
from gateway.stores.spool import CONVERTED, ORIGINAL, SUBSTITUTIONS, Stored, synced

REPORT = "report.json"
WITHOUT = "without"
"""A file of the spool: the original without the bad records that were taken out of it."""
ROUND = timedelta(hours=1)
"""Within which time a content that comes back counts as going round."""
LEDGER = "substitutions"


@dataclass(frozen=True, kw_only=True)
class Product:
    """What a transfer becomes.

    Attributes:
        output: what is to go out, durable in the spool; None where nothing of its own does (``draft`` has its changes).
        records: of the original, where they are known.
        draft: the state of all rows that follows, where the route keeps one.
    """

    output: Output | None
    records: int | None
    draft: Draft | None = None


async def produce(journey: Journey, transfer: Transfer, stand: Stand) -> Product:
    """The output in a format.

    Raises ``BadRecords`` if a record is bad, or the way back does not give the original's values; ``Held`` if the
    route has no conversion for this pair of formats; ``NoChange`` if a full file holds the rows that were there.
    """
    converter = _converter(journey, transfer, stand)
    side = journey.route.bridge(source_place(journey, transfer), journey.route.to.place_of(stand))
    if side == "from":
        return await _merged(journey, transfer, converter, stand)
    if converter is None:
        return await passed_through(journey, transfer, stand, await _stored(journey, transfer))
    product = await _converted(journey, transfer, converter, stand, going_on(transfer))
    return product if side is None else await _differing(journey, transfer, product, stand)


def going_on(transfer: Transfer) -> str:
    """The file of the spool that goes on: the original, or what is left of it without its bad records."""
    return WITHOUT if transfer.diverted else ORIGINAL


async def _stored(journey: Journey, transfer: Transfer) -> Stored:
    if not transfer.diverted:
        return Stored(size=transfer.bytes or 0, sha256=transfer.sha256)
    return await asyncio.to_thread(synced, journey.spool.file(transfer.id, WITHOUT))


async def _differing(journey: Journey, transfer: Transfer, product: Product, stand: Stand) -> Product:
    """The differences that a converted full file makes."""
    full = product.output
    assert full is not None, "it was converted"
    stored = Stored(size=full.bytes, sha256=full.sha256)
    made = await bridge.differences(journey, transfer, stand, stored)
    sent = made.stored
    output = replace(full, spool_name=made.name, bytes=sent.size, sha256=sent.sha256, records=made.records)
    return replace(product, output=output, draft=made.draft)


async def _merged(journey: Journey, transfer: Transfer, converter: Converter | None, stand: Stand) -> Product:
    """The full file that changes make, if one is due."""
    records = await count(journey, transfer)
    made = await bridge.merged(journey, transfer)
    if made.draft.sent == "nothing":
        return Product(output=None, records=records, draft=made.draft)
    if converter is None:
        output = _output(stand, made.name, made.stored, made.records)
        return Product(output=output, records=records, draft=made.draft)
    product = await _converted(journey, transfer, converter, stand, made.name)
    return replace(product, records=records, draft=made.draft)


def _converter(journey: Journey, transfer: Transfer, stand: Stand) -> Converter | None:
    try:
        return converter_for(journey, transfer, stand)
    except (NoConversion, FormatFaults) as missing:
        hint = "add the mapping to the route's convert, then release the file"
        raise Held(Reason.NO_CONVERSION, str(missing), hint=hint) from None


async def passed_through(journey: Journey, transfer: Transfer, stand: Stand, stored: Stored) -> Product:
    """The original as its own output. Raises ``Held``; see ``assert_means_the_same``."""
    await assert_means_the_same(journey, transfer, stand.place)
    records = await count(journey, transfer)
    return Product(output=_output(stand, going_on(transfer), stored, records), records=records)


async def assert_comes_to_an_end(journey: Journey, transfer: Transfer, sha256: str) -> None:
    """Raise ``Held`` for a file that other routes have brought back some times already, one or one after another.

    The loader refuses circles that can be seen in the configuration. Two names of one folder, or a consumer that hands
    on what it gets, cannot be.
    """
    since = goes_round_since(journey, transfer)
    if since is None:
        return
    rounds = await journey.journal.evidence.rounds(transfer.id, sha256, since)
    if rounds >= ROUNDS:
        message = f"its content came back {rounds} times within an hour by other routes"
        hint = "part the place where one route delivers from where the next one takes; then release it if it counts"
        raise Held(Reason.GOES_ROUND, message, hint=hint)


def goes_round_since(journey: Journey, transfer: Transfer) -> datetime | None:
    """From when on it counts that other routes brought the content back; None where it does not matter."""
    if not journey.city.may_come_back(journey.route) or transfer.replay_of:
        return None
    return journey.clock.now() - ROUND


async def assert_means_the_same(journey: Journey, transfer: Transfer, place: str) -> None:
    """Raise ``Held`` for a spooled file that is to pass as it is, if it was cut, or has codes of one system alone.

    Codes pass where both ends declare the same 外字 table; without a layout nobody knows of them.
    """
    source, forms = _form(journey, transfer), journey.city.conversions
    if source is None:
        return
    path = journey.spool.file(transfer.id, going_on(transfer))
    if bad := await asyncio.to_thread(cut_short, source, path):
        hint = "have it sent whole, and end this one unsent (--superseded); or mend the layout and release it"
        message = f"record {bad.record}, item {bad.item}, offset {bad.offset}: {bad.message} ({bad.rule})"
        raise Held(Reason.BAD_RECORDS, message, hint=hint)
    target = next(one for one in journey.route.to.all_places if one.key == place)
    if _share_a_table(source, forms.form(target, transfer.business_date)):
        return
    found = await asyncio.to_thread(private_use, source, path)
    if found is not None:
        where = f"record {found.record}{f', item {found.item}' if found.item else ''}"
        hint = "name one 外字 table (kind: gaiji) in the layouts of both ends, then release it; or have it converted"
        message = (
            f"{where}: a user-defined code, and the two ends declare no common table that says what it is"
        )
        raise Held(Reason.PRIVATE_USE, message, hint=hint)


def _share_a_table(source: Form, target: Form | None) -> bool:
    tables = [{one.digest for one in form.tables if one.kind == "gaiji"} for form in (source, target) if form]
    return bool(tables[0]) and all(one == tables[0] for one in tables[1:]) and target is not None


def _form(journey: Journey, transfer: Transfer) -> Form | None:
    """What the original looks like, by its business date."""
    return journey.city.conversions.form(source_place(journey, transfer), transfer.business_date)


def has_a_layout(journey: Journey, transfer: Transfer) -> bool:
    """Whether anybody knows what a record of the original is: then its records are counted once it is spooled."""
    return _form(journey, transfer) is not None


async def count(journey: Journey, transfer: Transfer) -> int | None:
    """How many records the file has that goes on; None where no layout says what a record is."""
    form = _form(journey, transfer)
    if form is None:
        return None
    path = journey.spool.file(transfer.id, going_on(transfer))
    return await asyncio.to_thread(count_records, form, path)


async def stated_date(journey: Journey, transfer: Transfer) -> date | None:
    """The business date that the spooled original states in its header; None if its name does, or nothing does.

    Raises ``Held`` if there is no day where it should stand.
    """
    if not may_state_its_date(journey, transfer):
        return None
    form, path = _form(journey, transfer), journey.spool.file(transfer.id, ORIGINAL)
    assert form is not None, "its layout says where the date stands"
    try:
        return await asyncio.to_thread(stated_day, form, path)
    except BadValueError as bad:
        message = (
            f"header, item {form.layout.business_date}: {bad}, and no other thing says the business date"
        )
        hint = "have the source write the date, or put it into the file's name"
        raise Held(Reason.BAD_RECORDS, message, hint=hint) from None


async def is_closed(journey: Journey, transfer: Transfer) -> bool:
    """Whether the spooled original ends with the trailer that its layout asks for, with the counts of its records."""
    form = _form(journey, transfer)
    path = journey.spool.file(transfer.id, ORIGINAL)
    return form is not None and await asyncio.to_thread(_has_its_trailer, form, path)


def _has_its_trailer(form: Form, path: AnyFile) -> bool:
    records, wrong = form.compiled()
    found = FaultList()
    with opened(path) as stream:
        for _ in records.frames(stream, found):
            continue
    return not wrong and not found.total


async def _converted(
    journey: Journey, transfer: Transfer, converter: Converter, stand: Stand, name: str
) -> Product:
    """The file of the spool of this name, converted."""
    original = journey.spool.file(transfer.id, name)
    counted: list[Converted] = []

    ledger = journey.spool.fresh(transfer.id, LEDGER)

    def work(path: AnyFile) -> None:
        counted.append(converter.convert(original, path, ledger=ledger))
        converter.verify(original, path)
        _keep_ledger(ledger, journey.spool.root.parent / SUBSTITUTIONS / f"{transfer.id}.csv")

    stored = await journey.spool.make(transfer.id, CONVERTED, work)
    _tell(journey, transfer, counted[0])
    output = _output(stand, CONVERTED, stored, counted[0].records_out)
    made_with = json.dumps(asdict(journey.city.conversions.made_with(converter)), ensure_ascii=False)
    output = replace(output, filtered=counted[0].filtered, made_with=made_with)
    return Product(output=output, records=counted[0].records_in)


def _keep_ledger(ledger: AnyFile, kept: Path) -> None:
    """A ledger that has a row outlives its transfer: the city answers for every character that was substituted."""
    with opened(ledger) as rows:
        has_rows = len(list(islice(rows, 2))) > 1
    if not has_rows:
        ledger.unlink()
        return
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    on_disk(ledger).replace(kept if isinstance(ledger, Path) else sealed_name(kept))


def _tell(journey: Journey, transfer: Transfer, done: Converted) -> None:
    """Say what was left out, lost as declared, or odd: items, kinds and counts alone."""
    if done.filtered:
        journey.report.emit(events.RECORDS_FILTERED, **named(transfer), count=done.filtered)
    for event, counts in ((events.VALUES_LOST, done.losses), (events.VALUES_ODD, done.warnings)):
        if counts:
            reason = ", ".join(f"{kind} {count}" for kind, count in counts.items())
            journey.report.emit(event, **named(transfer), count=sum(counts.values()), reason=reason)


def _output(stand: Stand, name: str, stored: Stored, records: int | None) -> Output:
    return Output(
        to_format=stand.format,
        place=stand.place,
        spool_name=name,
        bytes=stored.size,
        sha256=stored.sha256,
        records=records,
    )


def reported(folder: Path) -> BadRecordReport | None:
    """What the report beside a held file lists; None where it was not held for bad records. Blocks."""
    try:
        report = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    records = tuple(BadRecord(**{key: one[key] for key in one if key != "kind"}) for one in report["records"])
    return BadRecordReport(records=records, total=report["total"])


async def quarantined(journey: Journey, transfer: Transfer, bad: BadRecords) -> Held:
    """Keep a report beside the original, and say the first fault. No value of a record is in either."""
    path = await journey.spool.write_report(
        transfer.id, REPORT, json.dumps(asdict(bad.report), ensure_ascii=False, indent=2)
    )
    first = bad.report.records[0]
    where = f"record {first.record}, item {first.item}, offset {first.offset}: {first.message} ({first.rule})"
    more = f"; {bad.report.total - 1} more" if bad.report.total > 1 else ""
    reason = Reason.ROUND_TRIP if first.rule == "round-trip" else Reason.BAD_RECORDS
    hint = f"have it sent anew and end this one unsent, or mend the layout and release it; all faults: {path}"
    return Held(reason, where + more, hint=hint)
