"""``plan --files``: what the next run would transfer, and how it would look converted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict

import click

from adapters.wrappers import with_eyes_only
from gateway.agenda import plans_of
from gateway.cli.convert import show_record
from gateway.cli.output import FAILED, UNREACHABLE, print_json, print_table, stop_with
from gateway.errors import JournalUnusable
from gateway.journal import Journal
from gateway.load import City
from gateway.logs.log import handler_for, open_log
from gateway.planning.preview import Awaited, Preview, Previewer, Trial, would_be_held
from gateway.reaching.places import Places
from gateway.running import journal_of
from gateway.status import Seen, unseen
from gateway.times.clock import SystemClock

MOST = 64 * 1024 * 1024
"""Bytes up to which a file is read and converted in memory."""


def show_files(city: City, names: Sequence[str], record: int | None, *, as_json: bool) -> int:
    """Look at routes and print what is found; the exit code."""
    try:
        found = asyncio.run(_previews(city, names, record))
    except JournalUnusable as error:
        stop_with(error, FAILED)
    if as_json:
        print_json([_document(one) for one in found])
    else:
        _print(found)
    if any(one.error for one in found):
        return UNREACHABLE
    return FAILED if any(would_be_held(one.files) for one in found) else 0


async def _previews(city: City, names: Sequence[str], record: int | None) -> list[Preview]:
    clock = SystemClock()
    handler = handler_for(stream="stderr")
    gateway = city.installation.gateway.name
    log = open_log(
        handler, gateway=gateway, level="warning", text=True, clock=clock, zone=city.installation.zone
    )
    places = Places(
        city.endpoints, clock=clock, report=log, around=lambda _name, adapter: with_eyes_only(adapter)
    )
    async with places, _journal(city) as journal:
        previewer = Previewer(
            city=city,
            places=places,
            journal=journal,
            report=log,
            seen=await _seen(city, journal),
            now=clock.now(),
            most=MOST,
            record=record,
        )
        return [await previewer.preview(name) for name in names]


async def _seen(city: City, journal: Journal | None) -> Seen:
    """Where the ends of routes stand."""
    if journal is None:
        return unseen(city)
    plans = plans_of(city, await journal.switching.overrides())
    return Seen(runs={}, backlogs={}, flips=await journal.switching.stands(), plans=plans)


@asynccontextmanager
async def _journal(city: City) -> AsyncIterator[Journal | None]:
    home = journal_of(city)
    if not await asyncio.to_thread(home.is_there):
        yield None
        return
    journal = await home.read(SystemClock(), untouched=True)
    try:
        yield journal
    finally:
        await journal.close()


def _document(one: Preview) -> dict[str, object]:
    return {
        "route": one.route,
        "error": str(one.error) if one.error else None,
        "files": [_plain(file) for file in one.files],
    }


def _plain(file: Awaited) -> dict[str, object]:
    shown = asdict(file)
    if file.trial is not None:
        shown["trial"]["items"] = [asdict(item) | {"raw": item.raw.hex()} for item in file.trial.items]
    return shown


def _print(found: Sequence[Preview]) -> None:
    rows = [_row(file) for one in found for file in one.files]
    columns = ("route", "file", "", "bytes", "from → to", "conversion", "records", "gives", "destination")
    print_table(columns, rows)
    for one in found:
        if one.error:
            click.secho(f"{one.route}: {one.error}", err=True, fg="red")
        elif not one.files:
            click.echo(f"{one.route}: nothing new")
        for file in one.files:
            _remark(file)
    click.echo("nothing was written")


def _row(file: Awaited) -> tuple[str, ...]:
    trial = file.trial
    formats = f"{file.from_format} → {file.to_format or '?'}" if file.from_format else ""
    return (
        file.route,
        file.file,
        file.state,
        _count(file.bytes),
        formats,
        "" if trial is None else trial.mapping or "unchanged",
        "" if trial is None else _count(trial.records_in),
        "" if trial is None or trial.faults else _gives(trial),
        file.destination,
    )


def _gives(trial: Trial) -> str:
    """How much would go out, as far as it is known."""
    known = {"records": trial.records_out, "bytes": trial.bytes_out}
    return ", ".join(f"{number:,} {what}" for what, number in known.items() if number is not None)


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _remark(file: Awaited) -> None:
    trial = file.trial
    if trial is not None and trial.faults:
        more = f"; {trial.faults - 1} more" if trial.faults > 1 else ""
        click.secho(f"{file.file} would be held: {trial.fault}{more}", err=True, fg="red")
    if file.note:
        click.echo(f"{file.file}: {file.note}")
    if trial is not None and trial.items:
        show_record(trial.items)
    for loss, count in (trial.losses or {}).items() if trial is not None else ():
        click.echo(f"{file.file}: {loss}: {count}")
