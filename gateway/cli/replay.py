"""``replay``: send again what was delivered, out of the kept originals."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from gateway.cli.beside import with_journal
from gateway.cli.output import (
    FAILED,
    WRONG,
    as_json,
    city_of,
    local,
    print_json,
    print_table,
    stop_with,
    words_of,
)
from gateway.cli.speaking import warn
from gateway.evidence.replaying import DOES_JA, Choice, Planned, planned, replayed
from gateway.journal import Journal
from gateway.load import City
from gateway.model import Format
from gateway.naming import DestinationName
from gateway.spelling import instead

INSTANT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@click.command()
@click.argument("route")
@click.option("--since", type=INSTANT, help="Delivered from this instant on, in the gateway's zone.")
@click.option("--until", type=INSTANT, help="Delivered before this instant.")
@click.option(
    "--to", type=click.Choice([format_.value for format_ in Format]), help="Delivered in this format."
)
@click.option("--layout", help="Converted from or to this version of a layout, such as juki@2027-04-01.")
@click.option("--transfer", "transfers", multiple=True, help="This transfer; may be given several times.")
@click.option("--plan", is_flag=True, help="Only show what would be sent again.")
@click.option("--again", is_flag=True, help="Also what was replayed before.")
@click.option("--reason", help="Why; kept in the audit log with your name. Needed without --plan.")
@as_json
@click.pass_obj
def replay(
    directory: Path,
    route: str,
    *,
    since: datetime | None,
    until: datetime | None,
    to: str | None,
    layout: str | None,
    transfers: Sequence[str],
    plan: bool,
    again: bool,
    reason: str | None,
    as_json: bool,
) -> None:
    """Send again what ROUTE delivered, from the kept originals: converted as configured now, under new names.

    Each is a transfer of its own at the end of the order. What was replayed once is not replayed a second time,
    so the same command may be repeated; --again does so.
    """
    city = city_of(directory, quiet=True)
    if route not in city.routes:
        stop_with(f"there is no running route {route}; {instead(route, city.routes)}", WRONG)
    if since is None and not transfers:
        stop_with("say which: --since INSTANT, or --transfer TRANSFER", WRONG)
    if not plan and not reason:
        stop_with("a replay needs --reason TEXT; --plan shows what it would do", WRONG)
    zone = city.installation.zone
    choice = Choice(
        since=(since or datetime(2000, 1, 1)).replace(tzinfo=zone),  # noqa: DTZ001 - the zone is put in here
        until=until.replace(tzinfo=zone) if until else None,
        to=Format(to) if to else None,
        layout=layout,
        transfers=frozenset(transfers),
    )

    async def work(journal: Journal) -> list[Planned]:
        found = await planned(city, journal, route, choice, again=again)
        if unknown := choice.transfers - {one.carried.transfer for one in found}:
            stop_with(f"{min(unknown)} is no such delivery of {route}; see linkage-gateway trace", FAILED)
        if plan:
            return found
        who, why = getpass.getuser(), reason or ""
        return [await replayed(journal, one, who=who, reason=why, again=again) for one in found]

    done = with_journal(city, work, write=not plan)
    _warn(city, route)
    _show(city, done, as_json=as_json)


def _warn(city: City, route: str) -> None:
    """What somebody should think of before the files go out again."""
    for format_ in Format:
        for place in city.routes[route].places("to", format_):
            name = DestinationName.compile(place.path)
            if place.exists == "refuse" and not any(map(name.uses, ("seq", "time", "revision"))):
                message = f"the path of {place.endpoint} gives every replay the old name; it will be held"
                warn(message)
            if place.content == "differential":
                message = "these are differences: they go to the end of the order; send a full file first if in doubt"
                warn(message)


def _show(city: City, done: Sequence[Planned], *, as_json: bool) -> None:
    if as_json:
        print_json(done)
        return
    w = words_of(city)
    columns = ("transfer", "delivered", "business_date", "file", "records", "replay", "sent_as")
    print_table([w[key] for key in columns], [_row(city, one) for one in done], empty=w["nothing_to_do"])


def _row(city: City, shown: Planned) -> tuple[str, ...]:
    one = shown.carried
    records = "" if one.records is None else str(one.records)
    day = one.business_date.isoformat()
    return (
        one.transfer,
        local(one.delivered_at, city),
        day,
        one.path,
        records,
        DOES_JA[shown.does] if city.installation.console.language == "ja" else shown.does,
        shown.transfer or "",
    )
