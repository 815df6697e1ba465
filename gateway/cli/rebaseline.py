"""``rebaseline``: the next full file of a route with delta begins anew."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from pathlib import Path

import click

from gateway.cli.beside import with_journal
from gateway.cli.output import WRONG, as_json, chosen, city_of, print_json, stop_with
from gateway.errors import Reason
from gateway.journal import Journal, Transfer


@click.command()
@click.argument("route")
@click.option("--reason", required=True, help="Why; kept in the audit log with your name.")
@as_json
@click.pass_obj
def rebaseline(directory: Path, route: str, *, reason: str, as_json: bool) -> None:
    """Let the next file of ROUTE, which must hold everything, be the one that differences begin with.

    It goes out as the route's ``delta.baseline`` says. Files that were held because nobody knew the rows before are
    released. Where full files are made of changes, the next file of changes must hold every row as a new one.
    """
    city = city_of(directory, quiet=True)
    chosen([route], city.routes)
    if city.routes[route].delta is None:
        stop_with(f"route {route} has no delta, so nothing of it stands on what was before", WRONG)

    async def begin_anew(journal: Journal) -> Sequence[Transfer]:
        who = getpass.getuser()
        await journal.deltas.rebaseline(route, who=who, reason=reason)
        waiting = [one for one in await journal.open_transfers(route) if one.reason is Reason.BASE_MISSING]
        return [await journal.released(one, who=who, why=reason) for one in waiting]

    released = with_journal(city, begin_anew, write=True)
    if as_json:
        print_json({"route": route, "released": [one.id for one in released]})
        return
    click.echo(f"the next full file of {route} begins anew")
    for one in released:
        click.echo(f"{one.id} goes on at the next look of {route}")
