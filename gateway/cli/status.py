"""``status``: what every route does, from configuration and journal alone; works beside a running gateway."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Container, Iterator, Mapping, Sequence
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
    both,
    chosen,
    city_of,
    console_of,
    local,
    minute,
    print_json,
    stop_with,
    words_of,
)
from gateway.cli.speaking import warn
from gateway.errors import JournalUnusable
from gateway.findings import in_japanese
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
        warn("the gateway is not running; what follows is what it would do")
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
    w = words_of(city)
    heads = (w.get(key, key) for key in COLUMNS)
    table = Table(*heads, title=title or None, title_justify="left", header_style="bold", box=None)
    for row in rows:
        cells = _row(city, w, row)
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


COLUMNS = ("route", "state", "phase", "stands", "last_success", "next_run", "pending", "held", "cutover")
STYLES = {"running": "green", "paused": "yellow", "waiting": "blue", "rejected": "bold red"}
WATCH_EVERY = 2.0


def _print(city: City, rows: Sequence[RouteStatus]) -> None:
    w = words_of(city)
    console_of().print(_table(city, rows))
    for row in rows:
        if row.why and not row.cutover_due:
            click.echo(f"{row.route}: {_why(city, w, row)}")
        for line in _about_cutovers(city, w, row):
            click.echo(f"{row.route}: {line}")
        if row.last_error:
            click.secho(f"{row.route}: {_said(city, row.last_error)}", err=True, fg="red")


def _said(city: City, text: str) -> str:
    return in_japanese(text) if city.installation.console.language == "ja" else text


def _why(city: City, w: Mapping[str, str], row: RouteStatus) -> str:
    """What it waits for or who paused it, as the page says it."""
    still = row.still
    if still is not None and still.kind == "maintenance":
        return f"{w['maintenance']}: {still.name}"
    if still is not None:
        until = f" · {w['until']} {minute(still.until, city)}" if still.until else ""
        return f"{w['paused']} ({w[still.kind]} {still.name}): {still.who}: {still.reason}{until}"
    if row.missing:
        return f"{w['number_missing']}: {row.missing}"
    return w["behind_held"] if row.held else f"{w['at_gate']}: {_gate(city, w, row)}"


def _gate(city: City, w: Mapping[str, str], row: RouteStatus) -> str:
    ja = city.installation.console.language == "ja"
    told = (
        (w.get(f"c_{one.name}", one.name), (one.says_ja or one.says) if ja else one.says) for one in row.unmet
    )
    return "; ".join(": ".join(filter(None, one)) for one in told)


def _about_cutovers(city: City, w: Mapping[str, str], row: RouteStatus) -> Iterator[str]:
    """What keeps a cutover that is due, what an announced one still lacks, and what people said by hand."""
    if row.unmet and row.next_cutover:
        lacks = w["at_gate" if row.cutover_due else "still_lacks"]
        yield f"{w['cutover']} {minute(row.next_cutover, city)} {lacks}: {_gate(city, w, row)}"
    if row.early:
        planned = minute(row.next_cutover, city) if row.next_cutover else w["none"]
        yield f"{w['early_files']}: {row.early} ({w['next_cutover']}: {planned})"
    for said in row.by_hand:
        spoken = f"{w[said.end]} {w[f'{said.format}_format']} {minute(said.since, city)}"
        yield f"{w['by_hand']}: {spoken} ({said.who}: {said.reason})"


def _row(city: City, w: Mapping[str, str], row: RouteStatus) -> tuple[str, ...]:
    formats = f"{w[f'{row.from_format}_format']} → {w[f'{row.to_format}_format']}" if row.from_format else ""
    waits = SystemClock().now() - row.oldest_since if row.oldest_since else None
    age = f" ({waits.total_seconds():.0f}s)" if waits else ""
    return (
        row.route,
        both(w, row.state),
        both(w, row.phase) if row.phase else "",
        formats,
        local(row.last_success, city),
        local(row.next_run, city),
        f"{row.pending}{age}",
        str(row.held),
        _cutover(city, w, row),
    )


def _cutover(city: City, w: Mapping[str, str], row: RouteStatus) -> str:
    if row.next_cutover is None:
        return "-"
    return minute(row.next_cutover, city) + (f" {w['at_gate']}" if row.cutover_due and row.unmet else "")
