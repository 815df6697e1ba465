"""``put``: hand in a file that its source did not put, or cannot put, where a route looks."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from gateway.cli.beside import with_journal
from gateway.cli.output import WRONG, as_json, city_of, print_json, stop_with
from gateway.cli.speaking import say
from gateway.evidence.handing import Handed, hand_in
from gateway.journal import Journal, Transfer
from gateway.spelling import instead
from gateway.times.clock import SystemClock


@click.command()
@click.argument("route")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--reason", required=True, help="Why; kept in the audit log with your name.")
@click.option(
    "--as", "name", help="The name under which its source would have put it; absent: the file's own."
)
@as_json
@click.pass_obj
def put(directory: Path, route: str, file: Path, *, reason: str, name: str | None, as_json: bool) -> None:
    """Hand in FILE for ROUTE, as if its source had put it there; the route carries it at its next look.

    It goes through every check that any file of the route does: number, revision, layout, conversion and its proof,
    counts. So what came by mail or on a medium is delivered once, kept, and in the ledger. FILE itself stays as it is.
    """
    city = city_of(directory, quiet=True)
    if route not in city.routes:
        stop_with(f"there is no running route {route}; {instead(route, city.routes)}", WRONG)
    handed = Handed(file=file, name=name or file.name, who=getpass.getuser(), reason=reason)

    async def work(journal: Journal) -> Transfer:
        return await hand_in(city, journal, city.routes[route], handed, SystemClock().now())

    done = with_journal(city, work, write=True)
    if as_json:
        document = {"transfer_id": done.id, "route": done.route, "file": f"{done.endpoint}:{done.entry.path}"}
        print_json(document | {"sha256": done.sha256, "state": done.state, "reason": done.reason})
    else:
        say(f"{done.id}: {done.entry.path} goes on at the next look of {done.route}")
