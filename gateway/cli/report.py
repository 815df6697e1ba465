"""``report daily``: one page to sign at the end of the day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from gateway.cli.beside import with_journal
from gateway.cli.output import (
    WRONG,
    as_json,
    both,
    city_of,
    local,
    minute,
    print_json,
    print_table,
    reason_in,
    stop_with,
    words_of,
)
from gateway.cli.status import seen_in
from gateway.console.shown import day_sheet, visible
from gateway.events import CATALOGUE
from gateway.evidence.ledger import lines
from gateway.findings import in_japanese
from gateway.journal import Journal, Transfer
from gateway.load import City
from gateway.observing.alarms import about, words_for
from gateway.observing.alerts import contact_of
from gateway.observing.daily import Daily, business_day, daily
from gateway.sheets import Kind, write_private
from gateway.spelling import instead
from gateway.status import route_statuses
from gateway.times.clock import SystemClock


@click.group()
def report() -> None:
    """Reports for people."""


@report.command(name="daily")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The business day; absent: today's.")
@click.option("--vendor", help="Only this vendor's routes.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the routes into this file: .csv or .xlsx.",
)
@as_json
@click.pass_obj
def daily_report(
    directory: Path, *, day: datetime | None, vendor: str | None, out: Path | None, as_json: bool
) -> None:
    """Expected, arrived, delivered, taken and held of a day; alarms; cutovers of the next 14 days."""
    city = city_of(directory, quiet=True)
    known = {*city.installation.vendors, *(one.vendor for one in city.systems.values())}
    if vendor is not None and vendor not in known:
        stop_with(f"there is no vendor {vendor}; {instead(vendor, sorted(known))}", WRONG)
    made = with_journal(city, lambda journal: _made(city, journal, day, vendor), write=False)
    if out is not None:
        _write(made, out)
    if as_json:
        print_json(_document(made))
    elif out is None:
        _print(city, made)


async def _made(city: City, journal: Journal, day: datetime | None, vendor: str | None) -> Daily:
    now = SystemClock().now()
    wanted = day.date() if day else business_day(city, now)
    statuses = [
        row
        for row in route_statuses(city, await seen_in(city, journal), now)
        if vendor is None or row.vendor == vendor
    ]
    return daily(
        wanted,
        statuses,
        lines=lines(await journal.ledger.sums(wanted, wanted)),
        opened=await journal.open_transfers(),
        alarms=visible(city, await journal.people.open_alarms(), vendor),
        now=now,
    )


def _document(made: Daily) -> dict[str, object]:
    return {
        "day": made.day,
        "made_at": made.made_at,
        "routes": [asdict(row) for row in made.rows],
        "held": [
            {"transfer_id": one.id, "route": one.route, "reason": one.reason, "next_action": one.hint}
            for one in made.held
        ],
        "alarms": [
            {"number": one.number, "message_id": CATALOGUE[one.event].message_id, "subject": one.subject,
             "route": one.route or None, "raised_at": one.raised_at, "acked_by": one.acked_by or None,
             "note": one.note or None}
            for one in made.alarms
        ],
        "cutovers": [{"at": at, "route": route} for at, route in made.cutovers],
    }  # fmt: skip


def _write(made: Daily, out: Path) -> None:
    kind: Kind = "xlsx" if out.suffix.lower() == ".xlsx" else "csv"
    write_private(out, day_sheet(kind, made))


def _print(city: City, made: Daily) -> None:
    w = words_of(city)
    _print_routes(city, w, made)
    held = [(one.id, one.route, reason_in(w, one.reason or ""), _todo(city, one)) for one in made.held]
    _print_part(w, "held", ("transfer", "route", "held_why", "todo"), held)
    _print_alarms(city, w, made)
    cutovers = [(minute(at, city), route) for at, route in made.cutovers]
    _print_part(w, "cutovers", ("cutover", "route"), cutovers)


def _print_part(
    w: Mapping[str, str], part: str, columns: Sequence[str], rows: Sequence[tuple[str, ...]]
) -> None:
    """A part of the day with how much of it there is; of nothing, that there is none."""
    title = f"{w[part]} {len(rows)}"
    print_table([w[key] for key in columns], rows, title=title, empty=f"{w[part]} {w['none']}")


def _print_routes(city: City, w: Mapping[str, str], made: Daily) -> None:
    shown = [
        (
            row.route,
            both(w, row.state),
            str(row.arrived),
            str(row.delivered),
            w["unobserved"] if row.taken is None else str(row.taken),
            str(row.pending),
            str(row.held),
            w["balances" if row.balances else "differs"],
        )
        for row in made.rows
    ]
    columns = ("route", "state", "arrived", "delivered", "taken", "pending", "held", "ledger")
    title = f"{w['daily']}  {city.installation.gateway.name}  {made.day}"
    print_table([w[key] for key in columns], shown, title=title)


def _print_alarms(city: City, w: Mapping[str, str], made: Daily) -> None:
    language = city.installation.console.language
    shown = [
        (
            str(one.number),
            CATALOGUE[one.event].message_id,
            words_for(one, language)[0],
            "\n".join(about(one)),
            local(one.raised_at, city),
            contact_of(city, one),
            f"{one.acked_by}: {one.note}" if one.note else "",
        )
        for one in made.alarms
    ]
    columns = ("number", "message_id", "what", "about", "since", "contact", "seen_by")
    _print_part(w, "alarms", columns, shown)


def _todo(city: City, one: Transfer) -> str:
    return in_japanese(one.hint) if city.installation.console.language == "ja" else one.hint
