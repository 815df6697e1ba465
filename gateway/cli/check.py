"""``check``: every fault of the configuration at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Literal, get_args

import click

from gateway.agenda import agenda, plans_of
from gateway.cli.faultformats import github_lines, sarif
from gateway.cli.output import WRONG, as_json, print_json
from gateway.cli.sample import check_sample
from gateway.cutover import redated
from gateway.journal.switching import End, Flip
from gateway.load import City, Fault, load
from gateway.load.losses import loss_list
from gateway.load.passed import Passed, with_contradictions
from gateway.model import Format as StandFormat
from gateway.times.clock import SystemClock

Format = Literal["text", "json", "sarif", "github"]


@click.command()
@click.option(
    "--format",
    "format_",
    type=click.Choice(get_args(Format)),
    help="How faults are written: for people, as one JSON document, as SARIF 2.1.0, or as annotations of GitHub.",
)
@click.option(
    "--live",
    is_flag=True,
    help="Also log in at every endpoint that a route uses, list, and try a small file of our own where routes write.",
)
@click.option(
    "--sample",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Instead say which codes of this file are in no table: codes, counts, first record and item; no values.",
)
@click.option(
    "--unsigned",
    is_flag=True,
    help="Look at files of vendors as if they were signed: for vendors, before they pack them.",
)
@click.option("--layout", help="Layout of the sample, by its name in layouts/.")
@as_json
@click.pass_obj
def check(
    directory: Path,
    *,
    format_: Format | None,
    live: bool,
    sample: Path | None,
    layout: str | None,
    unsigned: bool,
    as_json: bool,
) -> None:
    """Say every fault of the configuration, with file, line and column. Exit 2 if there is an error.

    With --sample: exit 1 if a code is in no table.

    With --live: exit 3 if a place cannot be reached, 1 if it cannot do what routes need.
    """
    if as_json and format_ not in (None, "json"):
        raise click.UsageError(f"--json and --format {format_} exclude one another; write one of them")
    if (sample is None) != (layout is None):
        raise click.UsageError("--sample and --layout belong together; write both")
    city = load(directory, unsigned=unsigned)
    if sample is not None and layout is not None:
        raise SystemExit(check_sample(city, sample, layout, as_json=as_json or format_ == "json"))
    if live and not city.errors:
        raise SystemExit(_check_live(city, as_json=as_json or format_ == "json"))
    city = with_contradictions(city, _contradicted(city)) if city.usable else city
    _PRINTERS["json" if as_json else format_ or "text"](directory, city)
    raise SystemExit(WRONG if city.errors else 0)


def _contradicted(city: City) -> dict[End, Passed]:
    """The ends that have passed by the journal, and whose dates were changed since."""
    from gateway.cli.recall import recalled  # noqa: PLC0415 - where nothing can run there is nothing to recall

    now = SystemClock().now()
    history = recalled(city, now)
    if history is None:
        return {}
    plans = plans_of(city, history.said)
    stands = {end: flips[-1].stand for end, flips in history.flips.items()}
    contradicted = agenda(city, plans, stands, now).contradicted
    passed = {end: _passed(history.flips[end]) for end, stand in stands.items() if end in plans}
    return {
        end: one
        for end, one in passed.items()
        if one is not None
        and (end in contradicted or (one.planned and redated(plans[end], one.planned, history.by_hand)))
    }


def _passed(flips: Sequence[Flip]) -> Passed | None:
    """The passing of an end that speaks standard; None of one that speaks legacy."""
    formats = [None, *(flip.stand.format for flip in flips)]
    turns = [flip for before, flip in zip(formats, flips, strict=False) if before is not flip.stand.format]
    newest = turns[-1]
    if newest.stand.format is StandFormat.LEGACY:
        return None
    return Passed(actual=newest.actual, planned=newest.planned)


def _check_live(city: City, *, as_json: bool) -> int:
    """Examine every endpoint that a route uses; the worst exit code of them."""
    from gateway.cli.doctor import examine_all, show  # noqa: PLC0415 - who only reads does not wait for what runs

    examined = asyncio.run(examine_all(city))
    show(examined, as_json=as_json)
    return max((one.exit_code for one in examined), default=0)


def _print_text(_directory: Path, city: City) -> None:
    for fault in city.faults:
        print_fault(fault)
    for losses in loss_list(city):
        click.echo(f"loss list: {losses}")
    click.echo(_summary(city))


def print_fault(fault: Fault) -> None:
    """One fault on stderr, as file:line:column: what; with the line that it is in and a caret below its place."""
    warning = fault.severity == "warning"
    shown = f"{fault.file}:{fault.line}:{fault.column}: {'warning: ' if warning else ''}{fault.message}"
    click.secho(shown, err=True, fg="yellow" if warning else "red")
    if fault.excerpt:
        for line in fault.excerpt.splitlines():
            click.secho(f"    {line}", err=True, dim=True)


def _print_document(_directory: Path, city: City) -> None:
    print_json(
        {
            "usable": city.usable,
            "routes": sorted(city.routes),
            "rejected": sorted(city.rejected),
            "faults": list(city.faults),
            "losses": [asdict(losses) for losses in loss_list(city)],
        }
    )


def _print_sarif(directory: Path, city: City) -> None:
    print_json(sarif(city.faults, directory))


def _print_github(directory: Path, city: City) -> None:
    for line in github_lines(city.faults, directory):
        click.echo(line)
    click.echo(_summary(city))


def _summary(city: City) -> str:
    warnings = len(city.faults) - len(city.errors)
    counted = f"{len(city.errors)} errors, {warnings} warnings"
    return f"{len(city.routes)} routes accepted, {len(city.rejected)} rejected; {counted}"


_PRINTERS: dict[Format, Callable[[Path, City], None]] = {
    "text": _print_text,
    "json": _print_document,
    "sarif": _print_sarif,
    "github": _print_github,
}
