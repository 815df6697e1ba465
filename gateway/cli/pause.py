"""``pause`` and ``resume``: stop a route, an endpoint or a vendor for a while; beside a running gateway too."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path

import click

from adapters.units import parse_duration
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
from gateway.cli.speaking import say
from gateway.journal import Journal, Pause
from gateway.journal.people import Kind
from gateway.load import City
from gateway.spelling import instead

_NAMES = "A route, an endpoint or a vendor; where two have the same name, write route:NAME or endpoint:NAME."


@click.command()
@click.argument("name", required=False)
@click.option(
    "--until", help="When it goes on by itself: an instant such as 2027-01-04T08:00, or a time such as 2h."
)
@click.option("--reason", help="Why; kept in the audit log with your name.")
@as_json
@click.pass_obj
def pause(directory: Path, name: str | None, *, until: str | None, reason: str | None, as_json: bool) -> None:
    """Stop NAME (a route, an endpoint or a vendor) until --until or `resume`; without NAME: what stands paused.

    The transfer under way goes on to its end; nothing new is begun, and nothing counts as missing.
    """
    city = city_of(directory, quiet=True)
    if name is None:
        _show(city, with_journal(city, lambda journal: journal.people.pauses(), write=False), as_json=as_json)
        return
    if not reason:
        stop_with("say why: --reason", WRONG)
    kind, found = _named(city, name)
    end = instant_given(city, until) if until else None

    async def stop(journal: Journal) -> Pause:
        return await journal.people.pause(kind, found, who=getpass.getuser(), reason=reason, until=end)

    _show(city, (with_journal(city, stop, write=True),), as_json=as_json)


@click.command()
@click.argument("name")
@click.option("--reason", required=True, help="Why; kept in the audit log with your name.")
@as_json
@click.pass_obj
def resume(directory: Path, name: str, *, reason: str, as_json: bool) -> None:
    """Let NAME (a route, an endpoint or a vendor) go on, within half a minute. Exit code 1 if it was not paused."""
    city = city_of(directory, quiet=True)
    kind, found = _named(city, name)

    async def go_on(journal: Journal) -> bool:
        return await journal.people.resume(kind, found, who=getpass.getuser(), reason=reason)

    if not with_journal(city, go_on, write=True):
        stop_with(f"{kind} {found} is not paused", FAILED)
    if as_json:
        print_json({"kind": kind, "name": found, "paused": False})
    else:
        say(f"{kind} {found} goes on")


def _named(city: City, name: str) -> tuple[Kind, str]:
    """What kind of thing the name is; ends the command if it is none, or more than one."""
    known: dict[Kind, set[str]] = {
        "route": {*city.routes, *city.rejected},
        "endpoint": set(city.endpoints),
        "vendor": {*city.installation.vendors, *(route.vendor for route in city.routes.values())},
    }
    said, colon, rest = name.partition(":")
    if colon and said in known:
        known, name = {said: known[said]}, rest
    kinds = [kind for kind, names in known.items() if name in names]
    if not kinds:
        every = dict.fromkeys(sorted(set().union(*known.values())))
        stop_with(f"there is no route, endpoint or vendor {name}; {instead(name, every)}", WRONG)
    if len(kinds) > 1:
        stop_with(
            f"{name} is a {kinds[0]} and a {kinds[1]} too; write {kinds[0]}:{name} or {kinds[1]}:{name}",
            WRONG,
        )
    return kinds[0], name


def instant_given(city: City, text: str) -> datetime:
    """The instant that --until names, absolute or from now on; ends the command where it is none, or past."""
    now = datetime.now(UTC)
    try:
        instant = now + parse_duration(text) if text[-1] in "smhd" else datetime.fromisoformat(text)
    except ValueError:
        stop_with(
            f"--until {text} is no instant; write 2027-01-04T08:00, or a time from now such as 2h", WRONG
        )
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=city.installation.zone)
    if instant <= now:
        stop_with(f"--until {text} is past", WRONG)
    return instant


def _show(city: City, pauses: tuple[Pause, ...], *, as_json: bool) -> None:
    if as_json:
        print_json(pauses)
        return
    w = words_of(city)
    rows = [
        (w[one.kind], one.name, local(one.made_at, city), local(one.until, city), one.who, one.reason)
        for one in pauses
    ]
    print_table(
        [w[key] for key in ("about", "name", "paused_at", "until", "who", "why")], rows, empty=w["none"]
    )
