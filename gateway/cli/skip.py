"""``skip``: let a route go on over a number that will not come."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from gateway.cli.beside import with_journal
from gateway.cli.output import WRONG, as_json, city_of, print_json, stop_with
from gateway.cli.speaking import say
from gateway.journal import Journal, Numbering, Skip
from gateway.model import Format
from gateway.routes.discovery import is_numbered


@click.command()
@click.argument("route")
@click.option("--to", "next_", type=click.IntRange(0), required=True, help="The number whose turn it is now.")
@click.option("--format", "format_", type=click.Choice([one.value for one in Format]), help="Of this format.")
@click.option("--reason", required=True, help="Why; kept in the audit log with your name.")
@as_json
@click.pass_obj
def skip(directory: Path, route: str, *, next_: int, format_: str | None, reason: str, as_json: bool) -> None:
    """Let ROUTE go on with another number than the one that it waits for. A lower one lets the series start anew.

    --format is needed only where the source offers files in both formats.
    """
    city = city_of(directory, quiet=True)
    if route not in city.routes or not is_numbered(city.routes[route].order):
        stop_with(f"there is no running route {route} whose files carry numbers (order: sequence)", WRONG)
    offered = [one for one in Format if city.routes[route].places("from", one)]
    if format_ is None and len(offered) > 1:
        stop_with("the source offers both formats; say which with --format", WRONG)
    which = Format(format_) if format_ else offered[0]
    order = Skip(route=route, format=which, next=next_, who=getpass.getuser(), reason=reason)

    async def work(journal: Journal) -> Numbering:
        return await journal.skip(order)

    done = with_journal(city, work, write=True)
    if as_json:
        print_json(done)
    else:
        say(f"{route} goes on with number {done.next} at its next look")
