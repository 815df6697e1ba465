"""``status``: what every route does, from configuration and journal alone; works beside a running gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from gateway.agenda import plans_of
from gateway.app import journal_path
from gateway.cli.output import FAILED, as_json, chosen, city_of, local, print_json, print_table, stop_with
from gateway.clock import SystemClock
from gateway.errors import JournalUnusable
from gateway.journal import read_journal
from gateway.load import City
from gateway.lock import is_held
from gateway.status import RouteStatus, Seen, route_statuses, unseen


@click.command()
@click.argument("routes", nargs=-1)
@as_json
@click.pass_obj
def status(directory: Path, routes: Sequence[str], *, as_json: bool) -> None:
    """Phase, last and next run, backlog, held files and coming cutover of each ROUTE (all if none is named)."""
    city = city_of(directory, quiet=True)
    names = set(chosen(routes, dict.fromkeys([*city.routes, *city.rejected])))
    rows = [row for row in route_statuses(city, _read(city), SystemClock().now()) if row.route in names]
    if not is_held(city.installation.gateway.state_dir):
        click.secho("the gateway is not running; what follows is what it would do", err=True, fg="yellow")
    if as_json:
        print_json([_in_zone(city, row) for row in rows])
    else:
        _print(city, rows)


def _read(city: City) -> Seen:
    """What the journal says of the routes; nothing if the gateway never ran."""
    path = journal_path(city)
    if not path.exists():
        return unseen(city)
    try:
        return asyncio.run(_read_journal(city, path))
    except JournalUnusable as error:
        stop_with(error, FAILED)


async def _read_journal(city: City, path: Path) -> Seen:
    journal = await read_journal(path, SystemClock())
    try:
        return Seen(
            runs=await journal.runs(),
            backlogs=await journal.overview.backlogs(),
            pauses=await journal.people.pauses(),
            flips=await journal.switching.stands(),
            plans=plans_of(city, await journal.switching.overrides()),
        )
    finally:
        await journal.close()


def _in_zone(city: City, row: RouteStatus) -> dict[str, object]:
    """A row with its instants as people in the gateway's zone write them, offset included."""
    zone = city.installation.zone
    return {
        key: value.astimezone(zone) if isinstance(value, datetime) else value
        for key, value in (asdict(row) | {"why": row.why}).items()
    }


def _print(city: City, rows: Sequence[RouteStatus]) -> None:
    columns = (
        "route",
        "state",
        "phase",
        "from → to",
        "last success",
        "next run",
        "pending",
        "held",
        "cutover",
    )
    print_table(columns, [_row(city, row) for row in rows])
    for row in rows:
        if row.last_error:
            click.secho(f"{row.route}: {row.last_error}", err=True, fg="red")


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
        local(row.next_cutover, city) if row.next_cutover else "-",
    )
