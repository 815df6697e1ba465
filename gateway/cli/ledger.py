"""``ledger``: what came in, where it is, and the proof that nothing else became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import click

from gateway.cli.beside import with_journal
from gateway.cli.output import FAILED, WRONG, as_json, city_of, print_json, print_table, stop_with, words_of
from gateway.cli.speaking import say
from gateway.evidence.ledger import PARTS, TITLES_JA, Amount, Line, lines, rows, total
from gateway.journal import Journal
from gateway.journal.ledger import RowSum, Sum
from gateway.load import City
from gateway.observing.daily import business_day
from gateway.sheets import Kind, sheet, write_private
from gateway.spelling import instead
from gateway.times.clock import SystemClock

DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--day", type=DAY, help="The business day; absent: today's.")
@click.option("--since", type=DAY, help="The first of several business days.")
@click.option("--route", "routes", multiple=True, help="This route alone; may be given several times.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["table", "csv", "xlsx", "json"]),
    default="table",
    show_default=True,
    help="How it is printed; csv and xlsx have a row for each of files, records and bytes.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write csv or xlsx to this file."
)
@as_json
@click.pass_obj
def ledger(
    directory: Path,
    *,
    day: datetime | None,
    since: datetime | None,
    routes: Sequence[str],
    kind: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """The ledger (受渡台帳) of a business day: per route, what came in and where it is, in files and records.

    Exit code 1 if it does not balance, 2 if ROUTE is no route and has no line.
    """
    if kind == "xlsx" and out is None:
        raise click.UsageError("xlsx needs --out FILE")
    city = city_of(directory, quiet=True)
    last = day.date() if day else business_day(city, SystemClock().now())
    first = since.date() if since else last
    if first > last:
        stop_with(f"--since {first} is later than the last day, {last}", WRONG)

    async def look(journal: Journal) -> tuple[list[Sum], list[RowSum]]:
        return await journal.ledger.sums(first, last), await journal.ledger.row_sums(first, last)

    found, counted = with_journal(city, look, write=False)
    each = lines(one for one in found if not routes or one.route in routes)
    known = [one for one in counted if not routes or one.route in routes]
    _assert_known(city, routes, each)
    _show((each, known), "json" if as_json else kind, out, words_of(city))
    if not _balance(each, known):
        say("the ledger does not balance: see the column difference", err=True, colour="red")
        raise SystemExit(FAILED)


def _assert_known(city: City, names: Sequence[str], each: Sequence[Line]) -> None:
    """A name that no route has and no line shows is wrong use; routes of former days have lines alone."""
    there = {*city.routes, *city.rejected, *(line.route for line in each)}
    for name in names:
        if name not in there:
            stop_with(f"there is no route {name}; {instead(name, city.routes)}", WRONG)


def _balance(each: Sequence[Line], known: Sequence[RowSum]) -> bool:
    return all(line.balances for line in each) and not any(one.unexplained for one in known)


def _show(
    found: tuple[Sequence[Line], Sequence[RowSum]], kind: str, out: Path | None, w: Mapping[str, str]
) -> None:
    each, known = found
    if kind == "json":
        print_json({"lines": list(rows(each)), "rows": known, "balances": _balance(each, known)})
    elif kind == "table":
        _print(each, w)
        _print_rows(known, w)
    else:
        _write(each, "csv" if kind == "csv" else "xlsx", out)


def _write(each: Sequence[Line], kind: Kind, out: Path | None) -> None:
    content = sheet(kind, TITLES_JA, rows([*each, total(each)]), name="受渡台帳")
    if out is None:
        click.echo(content.decode("utf-8-sig"), nl=False)
    else:
        write_private(out, content)


def _print(each: Sequence[Line], w: Mapping[str, str]) -> None:
    used = [part for part in PARTS if any(line.parts[part] != Amount() for line in each)]
    used = list(dict.fromkeys(["delivered", *used]))
    parts = [w[f"p_{part}"] for part in used]
    columns = (w["business_date"], w["route"], w["p_in"], *parts, w["taken"], w["difference"], w["uncounted"])
    title = f"{w['ledger']} ({w['files']} / {w['records']})"
    print_table(columns, [_row(line, used, w) for line in [*each, total(each)]], title=title)


def _print_rows(known: Sequence[RowSum], w: Mapping[str, str]) -> None:
    """The second line of routes with delta: rows before + new - gone = rows after."""
    if not known:
        return
    keys = (
        "business_date",
        "route",
        "format",
        "before",
        "inserts",
        "changed",
        "deletes",
        "after",
        "difference",
    )
    shown = [
        (
            one.day.isoformat(),
            one.route,
            one.format,
            *map(str, (one.before, one.inserts, one.updates, one.deletes, one.after, one.unexplained or "-")),
        )
        for one in known
    ]
    print_table([w[key] for key in keys], shown, title=w["known_rows"])


def _row(line: Line, used: Sequence[str], w: Mapping[str, str]) -> tuple[str, ...]:
    taken = w["unobserved"] if line.taken is None else _shown(line.taken)
    return (
        line.day.isoformat() if line.day else w["sum"],
        line.route or "",
        _shown(line.arrived),
        *(_shown(line.parts[part]) for part in used),
        taken,
        "-" if line.balances else _shown(line.difference),
        str(line.uncounted or "-"),
    )


def _shown(amount: Amount) -> str:
    return f"{amount.files} / {amount.records}" if amount != Amount() else "-"
