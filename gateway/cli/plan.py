"""``plan``: the timeline of the migration, and what another order would cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, cast, get_args

import click

from gateway.cli import impact as scope
from gateway.cli.output import WRONG, as_json, chosen, city_of, deliver, json_text, stop_with, tell_rejected
from gateway.cli.preview import show_files
from gateway.cli.recall import recalled
from gateway.cli.timetable import By, Timetable
from gateway.drawing.palette import Language
from gateway.load import City
from gateway.model import StandardFrom
from gateway.planning.impact import impact
from gateway.planning.plan import Planner, UnknownMove
from gateway.spelling import instead
from gateway.times.clock import SystemClock

Shape = Literal["table", "csv", "json", "svg"]


@click.command()
@click.argument("routes", nargs=-1, metavar="[ROUTE...]")
@click.option(
    "--files",
    "files",
    is_flag=True,
    help="Instead look at the sources of each ROUTE (all if none is named): what the next run would transfer, and how "
    "it would look converted. Nothing is written anywhere; exit 1 if a file would be held, 3 if a place is away.",
)
@click.option(
    "--explain",
    "record",
    type=click.IntRange(min=1),
    help="With --files: show this record (from 1) of each file and what becomes of it: personal data on your terminal.",
)
@click.option(
    "--from", "start", type=click.DateTime(["%Y-%m-%d"]), help="First day; absent: about a month ago."
)
@click.option(
    "--to", "end", type=click.DateTime(["%Y-%m-%d"]), help="Last day; absent: a month after the last cutover."
)
@click.option(
    "--move",
    "moves",
    multiple=True,
    metavar="SYSTEM=DATE",
    help="Another date of a system or wave (2027-03-01, an instant, never, always), beside today's plan. More may "
    "follow, each as SYSTEM=DATE.",
)
@click.option(
    "--impact",
    "system",
    metavar="SYSTEM",
    help="Instead say what this system's move changes, and therefore needs a test, and what provably stays.",
)
@click.option(
    "--by", type=click.Choice(get_args(By)), default="route", help="Rows of table and CSV.", show_default=True
)
@click.option(
    "--format",
    "shape",
    type=click.Choice(get_args(Shape)),
    help="How it is shown; absent: as --out ends, else a table.",
)
@click.option(
    "--language",
    type=click.Choice(get_args(Language)),
    help="Language of the picture; absent: the console's.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write into this file instead.")
@as_json
@click.pass_obj
def plan(
    directory: Path,
    routes: Sequence[str],
    *,
    files: bool,
    record: int | None,
    start: datetime | None,
    end: datetime | None,
    moves: Sequence[str],
    system: str | None,
    by: By,
    shape: Shape | None,
    language: Language | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Show in which phase each ROUTE is when, each cutover with its gate, and the transitional conversions.

    All routes if none is named. Nothing is changed, with --move neither.
    """
    moves = (*moves, *(word for word in routes if "=" in word))
    routes = [word for word in routes if "=" not in word]
    shape = "json" if as_json else shape or _shape_of(out)
    if shape == "table" and out is not None:
        raise click.UsageError("a table is for the terminal; write --format csv, json or svg")
    _require_sense(files=files, names=routes, record=record, system=system, moves=moves)
    city = city_of(directory, quiet=True)
    tell_rejected(city)
    if files:
        wanted = chosen(routes, city.routes, rejected=city.rejected)
        raise SystemExit(show_files(city, wanted, record, as_json=shape == "json"))
    if system is not None:
        _show_impact(city, system, shape, out)
        return
    city = replace(
        city, routes={name: city.routes[name] for name in chosen(routes, city.routes, rejected=city.rejected)}
    )
    found = _laid_out(city, (start, end), moves)
    if shape == "json":
        deliver(json_text(found.document()), out)
    elif shape == "svg":
        deliver(found.picture(language or city.installation.console.language), out)
    elif shape == "csv":
        deliver(found.table(by), out)
    else:
        found.show(by)


def _shape_of(out: Path | None) -> Shape:
    """As the file's name ends; a table on the terminal."""
    if out is None:
        return "table"
    ending = out.suffix.lower().removeprefix(".")
    if ending not in ("csv", "json", "svg"):
        raise click.UsageError(f"what is written into {out} cannot be told from its name; write --format")
    return cast("Shape", ending)


def _require_sense(
    *, files: bool, names: Sequence[str], record: int | None, system: str | None, moves: Sequence[str]
) -> None:
    """Options that mean nothing together are wrong use."""
    if not files and record is not None:
        raise click.UsageError("--explain belongs to --files; write it, or leave it out")
    if names and system is not None:
        raise click.UsageError("--impact looks at every route; leave ROUTE out")
    if sum((files, system is not None, bool(moves))) > 1:
        raise click.UsageError("--files, --impact and --move exclude one another; write one of them")


def _show_impact(city: City, system: str, shape: Shape, out: Path | None) -> None:
    if system not in city.systems:
        stop_with(f"unknown system {system}; {instead(system, city.systems)}", WRONG)
    now = SystemClock().now()
    found = impact(city, system, now, history=recalled(city, now))
    match shape:
        case "json":
            deliver(json_text(scope.document(found, city)), out)
        case "csv":
            deliver(scope.table(found), out)
        case "table":
            scope.show(found, city)
        case "svg":
            raise click.UsageError("--impact has no picture; write --format table, csv or json")


def _laid_out(city: City, window: tuple[datetime | None, datetime | None], moves: Sequence[str]) -> Timetable:
    now, zone = SystemClock().now(), city.installation.zone
    planner = Planner(city=city, history=recalled(city, now))
    wanted = dict(_move(one, city) for one in moves)
    try:
        usual = planner.usual(now, wanted)
        start = usual[0] if window[0] is None else window[0].replace(tzinfo=zone)
        end = usual[1] if window[1] is None else window[1].replace(tzinfo=zone) + timedelta(days=1)
        if start >= end:
            raise click.UsageError(f"the plan ends before it begins ({start.date()}, {end.date()})")
        today = planner.timeline(start, end)
        other = planner.timeline(start, end, wanted) if wanted else today
    except UnknownMove as error:
        stop_with(str(error), WRONG)
    return Timetable(planner=planner, now=now, plan=other, before=today if wanted else None)


def _move(written: str, city: City) -> tuple[str, StandardFrom]:
    name, _, when = written.partition("=")
    if when in ("always", "never"):
        return name, "always" if when == "always" else "never"
    try:
        at = datetime.fromisoformat(when)
    except ValueError:
        raise click.UsageError(
            f"--move {written}: write SYSTEM=2027-03-01, an instant, never or always"
        ) from None
    return name, at if at.tzinfo else at.replace(tzinfo=city.installation.zone)
