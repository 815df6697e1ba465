"""``loglevel``: log more or less of one route for a while; beside a running gateway too."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import cast, get_args

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
from gateway.cli.pause import instant_given
from gateway.cli.speaking import say
from gateway.journal import Journal
from gateway.journal.levels import Level, RouteLevel
from gateway.load import City
from gateway.spelling import instead


@click.command()
@click.argument("route", required=False)
@click.argument("level", required=False, type=click.Choice(get_args(Level)))
@click.option("--until", default="1h", show_default=True, help="Until an instant, or for a time such as 2h.")
@click.option("--clear", is_flag=True, help="Log of ROUTE again what is logged of all.")
@click.option("--reason", help="Why; kept in the audit log with your name.")
@as_json
@click.pass_obj
def loglevel(
    directory: Path,
    route: str | None,
    level: str | None,
    *,
    until: str,
    clear: bool,
    reason: str | None,
    as_json: bool,
) -> None:
    """Log of ROUTE everything from LEVEL on, for a while; without ROUTE: which routes are logged so now.

    A running gateway follows within seconds. When the time is over, or the route is cleared, log.level holds again.
    """
    city = city_of(directory, quiet=True)
    if route is None:
        found = with_journal(city, lambda journal: journal.people.levels.standing(), write=False)
        _show(city, found, as_json=as_json)
        return
    if route not in {*city.routes, *city.rejected}:
        stop_with(f"there is no route {route}; {instead(route, dict.fromkeys(city.routes))}", WRONG)
    if not reason:
        stop_with("say why: --reason", WRONG)
    if clear:
        _clear(city, route, reason, as_json=as_json)
        return
    if level is None:
        stop_with(f"name a level: {', '.join(get_args(Level))}; or --clear", WRONG)
    end, who = instant_given(city, until), getpass.getuser()

    async def say(journal: Journal) -> RouteLevel:
        return await journal.people.levels.said(
            route, cast("Level", level), who=who, reason=reason, until=end
        )

    _show(city, (with_journal(city, say, write=True),), as_json=as_json)


def _clear(city: City, route: str, reason: str, *, as_json: bool) -> None:
    async def take_back(journal: Journal) -> bool:
        return await journal.people.levels.taken_back(route, who=getpass.getuser(), reason=reason)

    if not with_journal(city, take_back, write=True):
        stop_with(f"route {route} is logged as all others", FAILED)
    if as_json:
        print_json({"route": route, "level": None})
    else:
        say(f"route {route} is logged as all others again")


def _show(city: City, found: tuple[RouteLevel, ...], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    rows = [(one.route, one.level, local(one.until, city), one.who, one.reason) for one in found]
    w = words_of(city)
    print_table([w[key] for key in ("route", "level", "ends_at", "who", "why")], rows, empty=w["none"])
