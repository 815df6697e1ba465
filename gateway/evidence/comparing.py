"""Old and new deliveries of a route, compared slot by slot, from what the journal and the kept originals show.

Nothing here is on a file's way: it looks afterwards at what was delivered and at what came early. A slot is a
business date; the first file delivered for it is compared with the first that came early, the second with the second.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import assert_never

from gateway.carrying.journey import found_in
from gateway.comparison import (
    ExpiringValues,
    NotCompared,
    Outcome,
    RuleFault,
    Rules,
    Series,
    Side,
    Subject,
    Task,
    compare,
)
from gateway.config import Compare, Place, Route
from gateway.errors import GatewayError
from gateway.evidence.drawers import REPORTS
from gateway.formats import BadRecords, FormatFaults
from gateway.formats.ondisk import created
from gateway.journal import Candidate, ComparisonRow, Journal, Transfer
from gateway.load import City, NoConversion
from gateway.load.comparing import rules_of
from gateway.model import Format
from gateway.sealing import sealing_of
from gateway.stores.originals import KeptFiles
from gateway.times.clock import Clock

WORK = ".linkage-gateway-work-"
"""How the names of folders begin in which a comparison works; they hold values, and go with it."""

LEFT_BEHIND = timedelta(days=1)
"""Working folders that are older were left by a crash."""


@dataclass(frozen=True, kw_only=True)
class Due:
    """A slot that can be compared, or one that has only one side although a later one has both."""

    slot: str
    business_date: date
    old: str
    new: str

    @property
    def whole(self) -> bool:
        """Whether both sides are there."""
        return bool(self.old and self.new)


def slots(candidates: Iterable[Candidate]) -> list[Due]:
    """Every slot of the candidates, in order of business dates."""
    sides: defaultdict[date, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for one in candidates:
        sides[one.business_date][one.outcome == "compared"].append(one.transfer)
    return [due for day in sorted(sides) for due in _of_day(day, *sides[day])]


def _of_day(day: date, olds: list[str], news: list[str]) -> Iterator[Due]:
    for number in range(max(len(olds), len(news))):
        old, new = ("".join(side[number : number + 1]) for side in (olds, news))
        slot = day.isoformat() + (f"#{number + 1}" if number else "")
        yield Due(slot=slot, business_date=day, old=old, new=new)


def due(candidates: Iterable[Candidate], known: frozenset[tuple[str, str]], *, today: date) -> list[Due]:
    """What was not compared yet. A slot with one side is due once its day is over and a later slot has both."""
    found = slots(candidates)
    last = max((one.business_date for one in found if one.whole), default=None)
    return [
        one
        for one in found
        if (one.old, one.new) not in known
        and (one.whole or (last is not None and one.business_date < min(last, today)))
    ]


class Comparing:
    """Makes the comparisons of one installation's routes."""

    def __init__(self, city: City, journal: Journal, originals: KeptFiles, clock: Clock) -> None:
        self._city, self._journal, self._originals, self._clock = city, journal, originals, clock
        self._root = city.installation.gateway.state_dir / REPORTS

    @property
    def today(self) -> date:
        """The day by the gateway's own zone: it decides which tolerances hold."""
        return self._now().date()

    async def due(self, name: str) -> list[Due]:
        """What of a route was not compared yet, within the time for which material is kept."""
        since = self.today - self._city.installation.retention.comparison
        candidates = await self._journal.comparisons.candidates(name, since)
        return due(candidates, await self._journal.comparisons.known(name, since), today=self.today)

    async def of_day(self, name: str, day: date) -> list[Due]:
        """Every slot of a route on a business date."""
        candidates = await self._journal.comparisons.candidates(name, day)
        return [one for one in slots(candidates) if one.business_date == day]

    async def compare(self, name: str, slot: Due, values: Path | None = None) -> ComparisonRow:
        """Compare one slot of a route, write the report, and put the result into the journal."""
        route = self._city.routes[name]
        assert route.compare is not None, "the caller chose a route that compares"
        row = ComparisonRow(
            route=name,
            slot=slot.slot,
            business_date=slot.business_date,
            against=route.compare.against,
            old=slot.old,
            new=slot.new,
            result="missing",
            detail="" if slot.whole else f"the {'new' if slot.old else 'old'} side did not come",
        )
        if slot.whole:
            row = await self._row(route, route.compare, row, values)
        await self._journal.comparisons.made(row)
        return row

    def _now(self) -> datetime:
        return self._clock.now().astimezone(self._city.installation.zone)

    def _series(self, name: str) -> Series:
        return Series(self._root, name, sealing_of(self._city.installation))

    async def _row(
        self, route: Route, settings: Compare, row: ComparisonRow, values: Path | None
    ) -> ComparisonRow:
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=work_folder(self._city), prefix=WORK) as folder:
            try:
                sides, rules = await self._sides(route, settings, row, Path(folder))
                task = Task(
                    old=sides[0],
                    new=sides[1],
                    rules=rules,
                    today=self.today,
                    secret=self._series(route.name).secret(),
                    values=values,
                )
                work = Path(folder) / "work"
                work.mkdir(mode=0o700)
                outcome = await asyncio.to_thread(compare, task, work)
            except (NoConversion, FormatFaults, BadRecords, RuleFault, GatewayError) as reason:
                return replace(row, result="unreadable", detail=_said(reason))
        subject = Subject(
            title=route.title or route.name,
            slot=row.slot,
            old=sides[0].name,
            new=sides[1].name,
            at=self._now(),
        )
        return _counted(row, outcome, self._series(route.name).write(subject, outcome))

    async def _sides(
        self, route: Route, settings: Compare, row: ComparisonRow, folder: Path
    ) -> tuple[tuple[Side, Side], Rules]:
        old, new = [await self._transfer(one) for one in (row.old, row.new)]
        target = _target(route, settings, old)
        form = self._city.conversions.form(target[1], row.business_date)
        if form is None:
            raise NotCompared("the files have no layout", hint="add layout: to the place")
        rules = rules_of(settings, form.layout, self._city.conversions.library)
        sides = [
            await self._side(route, one, target, folder / which)
            for which, one in (("old", old), ("new", new))
        ]
        return (sides[0], sides[1]), rules

    async def _transfer(self, transfer: str) -> Transfer:
        found = await self._journal.find(transfer)
        if found is None:
            raise NotCompared(f"transfer {transfer} is not in the journal")
        return found

    async def _side(self, route: Route, transfer: Transfer, target: tuple[Format, Place], path: Path) -> Side:
        """A file as the destination gets it, out of its original."""
        with created(path) as file:
            async for chunk in self._originals.open(transfer.sha256):
                await asyncio.to_thread(file.write, chunk)
        source = transfer.from_format, found_in(route, transfer)
        day = transfer.business_date
        converter = self._city.conversion(route, source, target, day)
        form = self._city.conversions.form(target[1] if converter else source[1], day)
        assert form is not None, "a conversion has two forms, and a file passes unchanged between equal ones"
        name = f"{transfer.endpoint}:{transfer.entry.path}"
        if converter is None:
            return Side(name=name, form=form, paths=(path,))
        converted = path.with_suffix(".converted")
        await asyncio.to_thread(converter.convert, path, converted)
        await asyncio.to_thread(path.unlink)
        return Side(name=name, form=form, paths=(converted,))


def work_folder(city: City) -> Path:
    """Where comparisons have their working folders: in memory where files at rest are encrypted."""
    written = city.installation.encryption
    return city.installation.gateway.state_dir / REPORTS if written is None else written.work


def sweep(city: City, now: datetime) -> None:
    """Remove files of values whose last day is over, and what a crash left behind. Blocks."""
    root = city.installation.gateway.state_dir / REPORTS
    ExpiringValues(root).purge(now.astimezone(city.installation.zone).date())
    _remove_left_behind(root.glob(".*"))
    _remove_left_behind(work_folder(city).glob(f"{WORK}*"))


def _remove_left_behind(folders: Iterable[Path]) -> None:
    for folder in folders:
        if time.time() - folder.stat().st_mtime > LEFT_BEHIND.total_seconds():  # both by this machine's clock
            shutil.rmtree(folder, ignore_errors=True)


def _target(route: Route, settings: Compare, delivered: Transfer) -> tuple[Format, Place]:
    """The place in whose form both sides are compared."""
    if settings.against == "shadow":
        assert route.shadow is not None, "the loader refuses with: shadow without a place"
        return shadow_format(delivered), route.shadow
    if settings.against == "early":
        assert delivered.output is not None, "it was delivered"
        made_for = delivered.output
        places = route.places("to", made_for.to_format)
        return made_for.to_format, next((one for one in places if one.key == made_for.place), places[0])
    assert_never(settings.against)


def shadow_format(delivered: Transfer) -> Format:
    """The format that a delivered file's shadow has: the one that its destination did not get."""
    assert delivered.output is not None, "it was delivered"
    return Format.LEGACY if delivered.output.to_format is Format.STANDARD else Format.STANDARD


def _counted(row: ComparisonRow, outcome: Outcome, report: Path) -> ComparisonRow:
    return replace(
        row,
        result=outcome.verdict.value,
        old_records=outcome.old.records,
        new_records=outcome.new.records,
        only_old=outcome.only_old,
        only_new=outcome.only_new,
        changed=outcome.changed,
        unexplained=outcome.unexplained,
        tolerated=outcome.tolerated,
        report=str(report),
    )


def _said(reason: Exception) -> str:
    return reason.message if isinstance(reason, GatewayError) else str(reason)
