"""``inventory``: the linkage inventory written, read and compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Literal, get_args

import click

from gateway.cli.output import (
    FAILED,
    WRONG,
    as_json,
    city_of,
    deliver,
    json_text,
    print_json,
    print_table,
    stop_with,
    tell_rejected,
)
from gateway.cli.recall import recalled
from gateway.drawing.palette import Language
from gateway.inventory import (
    Entry,
    Listed,
    SheetFault,
    csv_text,
    differences,
    entries,
    linkage_map,
    markdown,
    mermaid,
    read_sheet,
    skeletons,
    write_xlsx,
)
from gateway.load import City, load
from gateway.reference import create
from gateway.spelling import instead
from gateway.times.clock import SystemClock

Shape = Literal["table", "csv", "xlsx", "md", "mermaid", "svg", "json"]
Readable = click.Path(path_type=Path, exists=True)


@click.command()
@click.option(
    "--format",
    "shape",
    type=click.Choice(get_args(Shape)),
    help="How it is written; absent: as --out ends, else a table.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="File to write; with --import the folder for routes/."
)
@click.option(
    "--system",
    default="",
    help="Only this system's linkages, as its own sheet has them. With --import: whose sheet it is.",
)
@click.option(
    "--language", type=click.Choice(get_args(Language)), help="Language of the map; absent: the console's."
)
@click.option(
    "--import",
    "sheet",
    type=Readable,
    help="Read this linkage sheet (.xlsx, .csv) and write skeletons of routes.",
)
@click.option("--vendor", default="", help="With --import: who gets the rows that name no vendor.")
@click.option(
    "--diff",
    nargs=2,
    type=Readable,
    help="Compare two inventories: sheets or configuration folders. Exit 1 if they differ.",
)
@as_json
@click.pass_obj
def inventory(
    directory: Path,
    *,
    shape: Shape | None,
    out: Path | None,
    system: str,
    language: Language | None,
    sheet: Path | None,
    vendor: str,
    diff: tuple[Path, Path] | None,
    as_json: bool,
) -> None:
    """Write the linkage inventory (連携一覧) of the configuration; or read one, or compare two."""
    if diff is not None:
        raise SystemExit(_compare(*diff, as_json=as_json))
    city = city_of(directory, quiet=True)
    if system and system not in city.systems:
        stop_with(f"unknown system {system}; {instead(system, city.systems)}", WRONG)
    if sheet is not None:
        raise SystemExit(_import(city, sheet, out or directory, vendor, system, as_json=as_json))
    found = entries(_listed(city), seen_from=system)
    tell_rejected(city)
    if out is not None or not as_json:
        _write(city, found, shape or _shape_of(out), out, language)
    if as_json:
        print_json([asdict(entry) for entry in found])


def _shape_of(out: Path | None) -> Shape:
    if out is None:
        return "table"
    ending = out.suffix.lower().removeprefix(".").replace("mmd", "mermaid")
    return next((shape for shape in get_args(Shape) if shape == ending), "csv")


def _write(
    city: City, found: Sequence[Entry], shape: Shape, out: Path | None, language: Language | None
) -> None:
    match shape:
        case "table":
            _show(found)
        case "json":
            deliver(json_text([asdict(entry) for entry in found]), out)
        case "csv":
            deliver(csv_text(found), out)
        case "md":
            deliver(markdown(found), out)
        case "mermaid":
            deliver(mermaid(found, {name: one.title for name, one in city.systems.items()}), out)
        case "svg":
            deliver(linkage_map(_listed(city), language=language or city.installation.console.language), out)
        case "xlsx":
            _workbook(found, out, city.installation.gateway.name)


def _listed(city: City) -> Listed:
    now = SystemClock().now()
    return Listed(city=city, now=now, history=recalled(city, now))


def _workbook(found: Sequence[Entry], out: Path | None, title: str) -> None:
    if out is None:
        raise click.UsageError("a workbook is no text; name a file with --out")
    try:
        write_xlsx(found, out, title=title)
    except OSError as error:
        stop_with(f"{out} cannot be written ({error.strerror}); name another file", WRONG)
    click.echo(str(out), err=True)


def _show(found: Sequence[Entry]) -> None:
    columns = (
        "連携ID",
        "枝番",
        "経路",
        "経路名",
        "送り側",
        "受け側",
        "段階",
        "方法",
        "提供時期",
        "取込の確認",
    )
    rows = [
        (
            one.linkage_id,
            one.branch,
            one.route,
            one.title,
            one.source,
            one.target,
            one.phase,
            one.method,
            one.supplied,
            one.taken,
        )
        for one in found
    ]
    print_table(columns, rows)


def _import(city: City, sheet: Path, home: Path, vendor: str, system: str, *, as_json: bool) -> int:
    """Write a file for each row; 1 if one was there already."""
    rows = _read(sheet)
    if not vendor and not all(row.vendor for row in rows):
        raise click.UsageError("the sheet names no vendor for some rows; say who gets them with --vendor")
    bounds = {name: one.may_use for name, one in city.installation.vendors.items()}
    made = skeletons(rows, city.systems, vendor=vendor, system=system, bounds=bounds)
    written: list[tuple[Path, int]] = []
    there: list[tuple[Path, int]] = []
    for one in made:
        path = home / _folder(city, one.vendor) / f"{one.name}.yaml"
        new = _created(path, one.text, home)
        (written if new else there).append((path, one.open))
    if as_json:
        print_json(
            {
                "written": [{"file": str(path), "open": count} for path, count in written],
                "there_already": [str(path) for path, _ in there],
            }
        )
    else:
        for path, count in written:
            click.echo(f"{path}: {count} places to fill in")
        for path, _ in there:
            click.secho(f"{path} is there already and stays as it is", err=True, fg="yellow")
        click.echo(f"{len(rows)} rows, {len(written)} routes written; check says what is left to do")
    return FAILED if there else 0


def _created(path: Path, text: str, home: Path) -> bool:
    try:
        return create(path, text, kind="route", directory=home)
    except OSError as error:
        stop_with(f"{path} cannot be written ({error.strerror}); name another folder with --out", WRONG)


def _folder(city: City, vendor: str) -> str:
    entry = city.installation.vendors.get(vendor)
    return entry.routes.rstrip("/") if entry and entry.routes else f"routes/{vendor}"


def _read(sheet: Path) -> tuple[Entry, ...]:
    try:
        return read_sheet(sheet)
    except SheetFault as fault:
        stop_with(str(fault), WRONG)


def _compare(old: Path, new: Path, *, as_json: bool) -> int:
    found = differences(_inventory_at(old), _inventory_at(new))
    if as_json:
        print_json([asdict(one) for one in found])
        return FAILED if found else 0
    for one in found:
        click.echo(f"{one.kind} {one.name}")
        for heading, before, after in one.changes:
            click.echo(f"    {heading}: {before or '-'} → {after or '-'}")
    click.echo(f"{len(found)} linkages differ")
    return FAILED if found else 0


def _inventory_at(path: Path) -> tuple[Entry, ...]:
    """The inventory of a sheet, or of a configuration folder."""
    if path.is_file():
        return _read(path)
    city = load(path)
    if not city.usable:
        stop_with(f"{path} cannot be used as a configuration; check says why", WRONG)
    tell_rejected(city)
    return entries(_listed(city))
