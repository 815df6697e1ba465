"""What the next run of a route would transfer, and how it would look converted: with nothing written anywhere.

Places are reached by connections that only look, the journal is only read, and a file is converted in memory that
has no name in any folder.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from adapters.base import Adapter, Entry
from adapters.errors import AdapterError
from gateway.agenda import SIDES
from gateway.carrying.completeness import Proof, witness
from gateway.carrying.heading import day_ahead, says_its_day
from gateway.config import Place, Route
from gateway.formats import BadRecords, Converter, Explained, Form, FormatFaults, count_records, explain
from gateway.journal import Journal, Transfer
from gateway.lifecycle import WORDS, State, word
from gateway.load import City, NoConversion
from gateway.logs.log import Reporter
from gateway.model import Format
from gateway.naming import DestinationName, NameValues, SourcePattern
from gateway.reaching.places import Places
from gateway.status import Seen, stand_of

NEW, NOT_READY = "new", "not complete yet"
PARKED = "came early: waits for its source's cutover"


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What a conversion in memory gave.

    Attributes:
        mapping: empty where the bytes pass unchanged.
        items: of the one record that a person asked to see, if any: values, for a terminal alone.
        fault: the first one, by record, item, offset and rule; the file would be held. ``faults`` counts them.
    """

    mapping: str = ""
    records_in: int | None = None
    records_out: int | None = None
    bytes_out: int | None = None
    losses: Mapping[str, int] | None = None
    fault: str = ""
    faults: int = 0
    items: tuple[Explained, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Awaited:
    """A file that the next run would see.

    Attributes:
        state: new, superseded (a newer one holds everything), not complete yet, or where it stands in the journal.
        destination: endpoint and name; digits that only a counter gives are shown as N.
        trial: None where it was not tried.
        note: what a person should know besides.
    """

    route: str
    file: str
    state: str
    bytes: int | None = None
    business_date: date | None = None
    from_format: Format | None = None
    to_format: Format | None = None
    destination: str = ""
    trial: Trial | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """One route's next run; ``error`` is that of a place which could not be looked at."""

    route: str
    files: tuple[Awaited, ...] = ()
    error: AdapterError | None = None


@dataclass(frozen=True, kw_only=True)
class Previewer:
    """Looks at routes.

    Attributes:
        places: reached by connections that only look.
        journal: open to read; None if there is none yet.
        seen: where the ends of routes stand.
        most: bytes up to which a file is read and tried.
        record: number of a record that a person wants to see taken apart.
    """

    city: City
    places: Places
    journal: Journal | None
    seen: Seen
    report: Reporter
    now: datetime
    most: int
    record: int | None = None

    async def preview(self, name: str) -> Preview:
        """What is open in the journal, then what is new at the source."""
        opened = await self.journal.open_transfers(name) if self.journal else []
        known = [_opened(transfer) for transfer in opened]
        try:
            found = await self._found(self.city.routes[name])
        except AdapterError as error:
            return Preview(route=name, files=tuple(known), error=error)
        return Preview(route=name, files=(*known, *found))

    async def _found(self, route: Route) -> list[Awaited]:
        stands = [stand_of(self.seen, (route.name, side), self.now) for side in SIDES]
        place, target = route.source.place_of(stands[0]), route.to.place_of(stands[1])
        adapter = await self.places.reach(place.endpoint)
        pattern = SourcePattern.compile(place.path)
        listing = await adapter.scan(pattern.glob)
        matched = {entry: seen for entry in listing.entries if (seen := pattern.match(entry.path))}
        new = list(matched)
        if self.journal is not None:
            new = await self.journal.unknown(route.name, place.endpoint, new)
        proofs = await witness(place, self.report).proofs(adapter, new, list(matched))
        form = self.city.conversions.form(place, self._business_date(None))
        days = {
            entry: await day_ahead(adapter, entry, form)
            for entry in new
            if form is not None and says_its_day(form) and not matched[entry].date
        }
        looks = [
            _Look(
                route=route,
                source=(stands[0].format, place),
                target=(stands[1].format, target),
                entry=entry,
                business_date=self._business_date(matched[entry].date or days.get(entry)),
                proof=proofs.get(entry),
            )
            for entry in sorted(new, key=lambda entry: entry.path)
        ]
        newest = max((look for look in looks if look.is_complete), key=_age, default=None)
        return [await self._awaited(adapter, look, newest) for look in looks]

    async def _awaited(self, adapter: Adapter, look: _Look, newest: _Look | None) -> Awaited:
        too_large = (look.entry.size or 0) > self.most
        notes = [look.waits_for, look.sends, "too large to be tried here" if too_large else ""]
        trial = None if too_large else await self._tried(adapter, look)
        if trial is not None and look.sends:
            trial = replace(trial, records_out=None, bytes_out=None)
        return Awaited(
            route=look.route.name,
            file=f"{look.source[1].endpoint}:{look.entry.path}",
            state=look.state(newest),
            bytes=look.entry.size,
            business_date=look.business_date,
            from_format=look.source[0],
            to_format=look.target[0],
            destination=self._destination(look),
            trial=trial,
            note="; ".join(filter(None, notes)),
        )

    def _business_date(self, said: date | None) -> date:
        starts = self.city.installation.gateway.business_day_starts
        offset = timedelta(hours=starts.hour, minutes=starts.minute)
        return said or (self.now.astimezone(self.city.installation.zone) - offset).date()

    def _destination(self, look: _Look) -> str:
        """Endpoint and name, with the digits of a counter as N: only the run itself takes numbers."""
        target = look.target[1]
        template = re.sub(r"\{seq(?::0?(\d+))?\}", lambda found: "N" * int(found[1] or 1), target.path)
        values = NameValues(
            date=look.business_date,
            time=self.now.astimezone(self.city.installation.zone),
            name=look.entry.name,
        )
        return f"{target.endpoint}:{DestinationName.compile(template).render(values)}"

    async def _tried(self, adapter: Adapter, look: _Look) -> Trial:
        try:
            converter = self.city.conversion(look.route, look.source, look.target, look.business_date)
        except (NoConversion, FormatFaults) as missing:
            return Trial(fault=str(missing), faults=1)
        form = self.city.conversions.form(look.source[1], look.business_date)
        async with _in_memory(adapter, look.entry, self.most) as original:
            if original is None:
                return Trial(fault="it has grown beyond what is tried here", faults=1)
            trial = await asyncio.to_thread(_trial, converter, form, original)
            if self.record is None or converter is None:
                return trial
            items = await asyncio.to_thread(explain, converter, original, self.record)
            return replace(trial, items=items)


@dataclass(frozen=True, kw_only=True)
class _Look:
    """A file at a source, as it was seen, and where it would go."""

    route: Route
    source: tuple[Format, Place]
    target: tuple[Format, Place]
    entry: Entry
    business_date: date
    proof: Proof | None

    @property
    def is_complete(self) -> bool:
        """Whether something says that the file is complete, as far as one look can tell."""
        ready, expect = self.source[1].ready, self.route.expect
        may_be_empty = ready.marker or ready.manifest or (expect is not None and expect.empty == "allowed")
        return self.proof is not None and (self.entry.size != 0 or bool(may_be_empty))

    def state(self, newest: _Look | None) -> str:
        """Not complete, replaced by the newest complete one because each holds everything, or new."""
        if not self.is_complete:
            return NOT_READY
        (_, source), (_, target) = self.source, self.target
        replaces = self.route.holds_everything(source, target) and source.supersede and target.supersede
        return WORDS[State.SUPERSEDED] if replaces and self is not newest else NEW

    @property
    def sends(self) -> str:
        """What goes out instead of the converted file; empty where that goes."""
        match self.route.bridge(self.source[1], self.target[1]):
            case "to":
                return "converted, and then only what differs from the rows sent before goes out"
            case "from":
                return "goes out with the rows sent before, as a full file"
        return ""

    @property
    def waits_for(self) -> str:
        """What a run still waits for."""
        ready = self.source[1].ready
        if self.proof is None:
            return f"waits for {ready.marker or ready.manifest}"
        if not self.is_complete:
            return "empty; only expect: {empty: allowed} lets it go"
        if ready.stable is not None:
            seconds = ready.stable.quiet.total_seconds()
            return f"goes once it has been the same for {ready.stable.polls} looks and {seconds:g} s"
        return ""


def _age(look: _Look) -> tuple[date, str]:
    """Later files are newer, and of one day those whose path comes later."""
    return look.business_date, look.entry.path


def _opened(transfer: Transfer) -> Awaited:
    output = transfer.output
    return Awaited(
        route=transfer.route,
        file=f"{transfer.endpoint}:{transfer.entry.path}",
        state=word(transfer.state, transfer.outcome),
        bytes=transfer.bytes or transfer.entry.size,
        business_date=transfer.business_date,
        from_format=transfer.from_format,
        to_format=output.to_format if output else None,
        destination=f"{output.endpoint}:{output.path}" if output and output.path else "",
        note=transfer.message or (PARKED if transfer.early == "wait" else ""),
    )


@asynccontextmanager
async def _in_memory(adapter: Adapter, entry: Entry, most: int) -> AsyncIterator[Path | None]:
    """The file's bytes in memory, as a path that only this process has; None if there are more than ``most``."""
    with os.fdopen(os.memfd_create("original"), "wb") as memory:
        size = 0
        async with adapter.read(entry) as chunks:
            async for chunk in chunks:
                size += len(chunk)
                if size > most:
                    break
                memory.write(chunk)
        memory.flush()
        yield _path(memory.fileno()) if size <= most else None


def _path(descriptor: int) -> Path:
    return Path(f"/proc/self/fd/{descriptor}")


def _trial(converter: Converter | None, form: Form | None, original: Path) -> Trial:
    """Convert in memory and prove the way back, or count the records where bytes pass unchanged."""
    name = "" if converter is None else converter.mapping.name
    try:
        return _passed(form, original) if converter is None else _converted(converter, original)
    except BadRecords as bad:
        first = bad.report.records[0]
        where = f"record {first.record}, item {first.item}, offset {first.offset}"
        return Trial(mapping=name, fault=f"{where}: {first.message} ({first.rule})", faults=bad.report.total)


def _passed(form: Form | None, original: Path) -> Trial:
    records = None if form is None else count_records(form, original)
    return Trial(records_in=records, records_out=records, bytes_out=original.stat().st_size)


def _converted(converter: Converter, original: Path) -> Trial:
    with os.fdopen(os.memfd_create("converted"), "wb") as made:
        done = converter.write(original, made)
        made.flush()
        converter.verify(original, _path(made.fileno()))
    return Trial(
        mapping=converter.mapping.name,
        records_in=done.records_in,
        records_out=done.records_out,
        bytes_out=done.bytes_out,
        losses=done.losses,
    )


def would_be_held(files: Sequence[Awaited]) -> int:
    """How many of these files a run would hold."""
    return sum(one.trial is not None and bool(one.trial.faults) for one in files)
