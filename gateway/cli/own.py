"""``own``: this gateway is to carry a route that another gateway carried."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from gateway.cli.beside import with_journal
from gateway.cli.output import as_json, chosen, city_of, print_json
from gateway.cli.speaking import say
from gateway.journal import Journal


@click.command()
@click.argument("route")
@click.option("--reason", required=True, help="Why; kept in the audit log with your name.")
@as_json
@click.pass_obj
def own(directory: Path, route: str, *, reason: str, as_json: bool) -> None:
    """Let this gateway carry ROUTE, which another gateway carried: stop that one first.

    What the other one delivered is not known here. So of what is under way here, and of what the source shows at the
    next look, the destination is asked first: what it has counts as delivered, the rest is held; linkage-gateway held
    names each file, and release lets one go on.
    """
    city = city_of(directory, quiet=True)
    chosen([route], dict.fromkeys([*city.routes, *city.rejected]))

    async def take(journal: Journal) -> int:
        return await journal.taken_over(route, who=getpass.getuser(), reason=reason)

    unproved = with_journal(city, take, write=True)
    if as_json:
        print_json({"route": route, "unproved": unproved})
        return
    say(f"this gateway carries {route} from its next look on; of {unproved} files its destination is asked")
