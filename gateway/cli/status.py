"""``status``: what every route does, from configuration and journal alone; works beside a running gateway."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Container, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gateway.agenda import plans_of
from gateway.cli.output import (
    FAILED,
    as_json,
    chosen,
    city_of,
    console_of,
    local,
    minute,
    print_json,
    stop_with,
)
from gateway.errors import JournalUnusable
from gateway.journal import Journal, JournalHome
from gateway.load import City
from gateway.running import journal_of
from gateway.status import RouteStatus, Seen, by_scope, route_statuses, unseen
from gateway.stores.lock import is_held
from gateway.times.clock import SystemClock


@click.command()
@click.argument("routes", nargs=-1)
@click.option("--watch", is_flag=True, help="Keep it current on the terminal until Ctrl-C.")
@as_json
@click.pass_obj
def status(directory: Path, routes: Sequence[str], *, watch: bool, as_json: bool) -> None:
    """Phase, last and next run, backlog, held files and coming cutover of each ROUTE (all if none is named)."""
    city = city_of(directory, quiet=True)
    names = set(chosen(routes, dict.fromkeys([*city.routes, *city.rejected])))
    if watch:
        _watch(city, names)
        return
    rows = _rows(city, names)
    if not is_held(city.installation.gateway.state_dir):
        click.secho("the gateway is not running; what follows is what it would do", err=True, fg="yellow")
    if as_json:
        print_json([_in_zone(city, row) for row in rows])
    else:
        _print(city, rows)


def _rows(city: City, names: Container[str]) -> list[RouteStatus]:
    return [row for row in route_statuses(city, _read(city), SystemClock().now()) if row.route in names]


def _watch(city: City, names: Container[str]) -> None:
    """The table, again and again. What needs a person stands at the top."""
    with suppress(KeyboardInterrupt), Live(console=console_of(), screen=True, auto_refresh=False) as screen:
        while True:
            rows = sorted(_rows(city, names), key=lambda row: not row.wrong)
            screen.update(_table(city, rows, title=local(SystemClock().now(), city)), refresh=True)
            time.sleep(WATCH_EVERY)


def _table(city: City, rows: Sequence[RouteStatus], *, title: str = "") -> Table:
    table = Table(*COLUMNS, title=title or None, title_justify="left", header_style="bold", box=None)
    for row in rows:
        cells = _row(city, row)
        table.add_row(
            cells[0], Text(cells[1], style=STYLES[row.state]), *cells[2:], style="red" if row.wrong else ""
        )
    return table


def _read(city: City) -> Seen:
    """What the journal says of the routes; nothing if the gateway never ran."""
    try:
        home = journal_of(city)
        return asyncio.run(_read_journal(city, home)) if home.is_there() else unseen(city)
    except JournalUnusable as error:
        stop_with(error, FAILED)


async def _read_journal(city: City, home: JournalHome) -> Seen:
    journal = await home.read(SystemClock())
    try:
        return await seen_in(city, journal)
    finally:
        await journal.close()


async def seen_in(city: City, journal: Journal) -> Seen:
    """What a journal says of all routes."""
    said = await journal.switching.overrides()
    return Seen(
        runs=await journal.runs(),
        backlogs=await journal.overview.backlogs(),
        pauses=await journal.people.pauses(),
        flips=await journal.switching.stands(),
        plans=plans_of(city, said),
        gates=await journal.switching.gates(),
        said=by_scope(said),
    )


def _in_zone(city: City, row: RouteStatus) -> dict[str, object]:
    """A row with its instants as people in the gateway's zone write them, offset included."""
    zone = city.installation.zone
    return {
        key: value.astimezone(zone) if isinstance(value, datetime) else value
        for key, value in (asdict(row) | {"gate": row.gate, "why": row.why}).items()
    }


COLUMNS = ("route", "state", "phase", "from → to", "last success", "next run", "pending", "held", "cutover")
STYLES = {"running": "green", "paused": "yellow", "waiting": "blue", "rejected": "bold red"}
WATCH_EVERY = 2.0


def _print(city: City, rows: Sequence[RouteStatus]) -> None:
    console_of().print(_table(city, rows))
    for row in rows:
        if row.why and not row.cutover_due:
            click.echo(f"{row.route}: {row.why}")
        for line in _about_cutovers(city, row):
            click.echo(line)
        if row.last_error:
            click.secho(f"{row.route}: {row.last_error}", err=True, fg="red")


def _about_cutovers(city: City, row: RouteStatus) -> Iterator[str]:
    """What keeps a cutover that is due, what an announced one still lacks, and what people said by hand."""
    if row.gate and row.next_cutover:
        lacks = "is held" if row.cutover_due else "still lacks"
        yield f"{row.route}: the cutover of {minute(row.next_cutover, city)} {lacks}: {'; '.join(row.gate)}"
    if row.early:
        planned = f"planned for {minute(row.next_cutover, city)}" if row.next_cutover else "not planned"
        yield f"{row.route}: {row.early} files came early and wait for its source's cutover, which is {planned}"
    for said in row.by_hand:
        since = minute(said.since, city)
        yield f"{row.route}: by hand: {said.end} speaks {said.format} from {since} ({said.who}: {said.reason})"


def _row(city: City, row: RouteStatus) -> tuple[str, ...]:
    formats = f"{row.from_format} → {row.to_format}" if row.from_format else ""
    waits = SystemClock().now() - row.oldest_since if row.oldest_since else None
    age = f" ({waits.total_seconds():.0f}s)" if waits else ""
    return (
        row.route,
        row.state,
        row.phase or "",
        formats,
        local(row.last_success, city),
        local(row.next_run, city),
        f"{row.pending}{age}",
        str(row.held),
        _cutover(city, row),
    )


def _cutover(city: City, row: RouteStatus) -> str:
    if row.next_cutover is None:
        return "-"
    return minute(row.next_cutover, city) + (", held by its gate" if row.cutover_due and row.gate else "")
