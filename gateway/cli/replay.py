"""``replay``: send again what was delivered, out of the kept originals."""

from __future__ import annotations

import getpass
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from gateway.cli.beside import with_journal
from gateway.cli.output import WRONG, as_json, city_of, local, print_json, print_table, stop_with
from gateway.journal import Carried, Journal, Replay
from gateway.load import City
from gateway.model import Format
from gateway.naming import DestinationName
from gateway.originals import KeptFiles

INSTANT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which of a route's deliveries are meant."""

    since: datetime
    until: datetime | None
    to: Format | None
    layout: str | None
    transfers: frozenset[str]

    def covers(self, one: Carried) -> bool:
        """Whether a delivery is meant. A delivery that was a replay itself is not."""
        made = json.loads(one.made_with) if one.made_with else {}
        return (
            not one.replay_of
            and (self.until is None or one.delivered_at < self.until)
            and (self.to is None or one.to_format is self.to)
            and (self.layout is None or self.layout in (made.get("source"), made.get("target")))
            and (not self.transfers or one.transfer in self.transfers)
        )


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A delivery that is meant, and what is or would be done with it."""

    carried: Carried
    does: str
    transfer: str | None = None


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
        stop_with(f"there is no running route {route}", WRONG)
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
        meant = [one for one in await journal.evidence.carried(route, choice.since) if choice.covers(one)]
        planned = [_planned(city, one, again=again) for one in meant]
        return planned if plan else [await _done(journal, one, reason or "", again=again) for one in planned]

    done = with_journal(city, work, write=not plan)
    _warn(city, route)
    _show(city, done, as_json=as_json)


def _planned(city: City, one: Carried, *, again: bool) -> Planned:
    originals = KeptFiles(city.installation.gateway.state_dir / "originals")
    if one.replayed_as and not again:
        return Planned(carried=one, does="was replayed", transfer=one.replayed_as)
    if not originals.has(one.sha256):
        return Planned(carried=one, does="its original is no longer kept")
    return Planned(carried=one, does="to replay")


async def _done(journal: Journal, planned: Planned, reason: str, *, again: bool) -> Planned:
    if planned.does != "to replay":
        return planned
    order = Replay(of=planned.carried.transfer, who=getpass.getuser(), reason=reason, again=again)
    made = await journal.replayed(order)
    if made is None:
        return Planned(carried=planned.carried, does="a replay is under way")
    return Planned(carried=planned.carried, does="replays", transfer=made.id)


def _warn(city: City, route: str) -> None:
    """What somebody should think of before the files go out again."""
    for format_ in Format:
        for place in city.routes[route].places("to", format_):
            name = DestinationName.compile(place.path)
            if place.exists == "refuse" and not any(map(name.uses, ("seq", "time", "revision"))):
                message = f"the path of {place.endpoint} gives every replay the old name; it will be held"
                click.secho(message, err=True, fg="yellow")
            if place.content == "differential":
                message = "these are differences: they go to the end of the order; send a full file first if in doubt"
                click.secho(message, err=True, fg="yellow")


def _show(city: City, done: Sequence[Planned], *, as_json: bool) -> None:
    if as_json:
        print_json(done)
        return
    columns = ("transfer", "delivered", "business date", "file", "records", "", "as")
    print_table(columns, [_row(city, one) for one in done])


def _row(city: City, planned: Planned) -> tuple[str, ...]:
    one = planned.carried
    records = "" if one.records is None else str(one.records)
    day = one.business_date.isoformat()
    return (
        one.transfer,
        local(one.delivered_at, city),
        day,
        one.path,
        records,
        planned.does,
        planned.transfer or "",
    )
