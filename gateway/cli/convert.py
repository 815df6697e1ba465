"""``convert``: one file by hand, either way, with the same engine and the same checks as a route."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path

import click

from gateway.cli.output import FAILED, WRONG, as_json, print_faults, print_json, print_table, stop_with
from gateway.formats import (
    BadRecordReport,
    BadRecords,
    Converted,
    Converter,
    Explained,
    Form,
    FormatFaults,
    compile_conversion,
    explain,
)
from gateway.formats.records import Progress
from gateway.load.library import Library, read_library
from gateway.load.reader import Reader
from gateway.load.shelves import Shelf
from gateway.spelling import instead


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--layout", required=True, help="Layout of FILE, by its name in layouts/.")
@click.option(
    "--to", "target", help="Layout to make; not needed where one mapping alone starts from --layout."
)
@click.option("--profile", help="CSV profile, by its name in profiles/; absent: the default one.")
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Business date, which chooses versions of layout, mapping and tables; absent: the first ones.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to write; absent: FILE.<layout>.")
@click.option(
    "--substitutions",
    type=click.Path(path_type=Path),
    help="File for the ledger of every character that was written as another one (unmapped: table or placeholder).",
)
@click.option(
    "--explain",
    "record",
    type=click.IntRange(min=1),
    help="Write nothing; show bytes, item, value and rule of this record (from 1): personal data on your terminal.",
)
@as_json
@click.pass_obj
def convert(
    directory: Path,
    file: Path,
    *,
    layout: str,
    target: str | None,
    profile: str | None,
    on: datetime | None,
    output: Path | None,
    substitutions: Path | None,
    record: int | None,
    as_json: bool,
) -> None:
    """Convert FILE from one layout to another. Nothing is written if a record is bad (exit 1)."""
    library = _library(directory)
    target = target or _only_target(library, layout)
    converter = _converter(library, (layout, target), profile, None if on is None else on.date())
    if record is not None:
        _explain(converter, file, record, as_json=as_json)
        return
    output = output or file.with_name(f"{file.name}.{target}")
    for path in (output, substitutions):
        if path is not None and path.exists():
            stop_with(f"{path} is there already; remove it, or name another", WRONG)
    part = output.with_name(f".{output.name}.part")
    try:
        converted = _convert(converter, file, part, substitutions)
        part.rename(output)
    except BadRecords as bad:
        _print_bad(file, bad.report, as_json=as_json)
        raise SystemExit(FAILED) from None
    finally:
        part.unlink(missing_ok=True)
    _print(output, converted, as_json=as_json)


def _explain(converter: Converter, file: Path, record: int, *, as_json: bool) -> None:
    """One record, taken apart on the terminal of the person who asked for it."""
    items = explain(converter, file, record)
    if not items:
        stop_with(f"{file} has no record {record}", FAILED)
    if as_json:
        print_json([asdict(item) | {"raw": item.raw.hex()} for item in items])
        return
    show_record(items)


def show_record(items: Sequence[Explained]) -> None:
    """A record taken apart, on the terminal of the person who asked for it."""
    print_table(
        ("offset", "bytes", "item", "read as", "value", "becomes", "by line", "fault"),
        [_explained(item) for item in items],
    )


def _explained(item: Explained) -> tuple[str, ...]:
    becomes = ", ".join(f"{name} = {value}" for name, value in item.becomes)
    fault = f"{item.rule}: {item.message}" if item.rule else ""
    lines = ", ".join(map(str, item.lines))
    found = (str(item.offset), item.raw.hex(" ").upper(), item.item, item.read_as, item.value or "")
    return (*found, becomes, lines, fault)


def _library(directory: Path) -> Library:
    """Layouts, mappings and tables of a configuration; their faults are told, those of routes do not matter here."""
    reader = Reader(directory, os.environ)
    homes = (path for path in (directory / "routes").glob("*") if path.is_dir())
    library = read_library(reader, {home.name: f"routes/{home.name}" for home in sorted(homes)})
    print_faults([fault for fault in reader.faults if fault.severity == "error"])
    return library


def _assert_usable(shelf: Shelf, name: str) -> None:
    if name not in shelf:
        stop_with(f"no usable {shelf.kind} {name}; {instead(name, shelf)}", WRONG)


def _only_target(library: Library, layout: str) -> str:
    _assert_usable(library.layouts, layout)
    joined = [{m.source, m.target} for m in library.mappings.firsts()]
    targets = {name for pair in joined if layout in pair for name in pair - {layout}}
    if len(targets) != 1:
        stop_with(
            f"say --to: layout {layout} is joined by mappings to {', '.join(sorted(targets)) or 'none'}",
            WRONG,
        )
    return str(targets.pop())


def _converter(library: Library, layouts: tuple[str, str], profile: str | None, on: date | None) -> Converter:
    fitting = [m.name for m in library.mappings.firsts() if {m.source, m.target} == set(layouts)]
    source, target = (_form(library, name, profile, on) for name in layouts)
    if len(fitting) != 1:
        message = f"{len(fitting)} mappings join {' and '.join(layouts)}; there must be exactly one"
        stop_with(message, WRONG)
    try:
        return compile_conversion(source, target, library.mapping_at(fitting[0], on))
    except FormatFaults as faults:
        stop_with("\n".join(str(fault) for fault in library.faults(faults)), WRONG)


def _form(library: Library, name: str, profile: str | None, on: date | None) -> Form:
    for shelf, wanted in ((library.layouts, name), (library.profiles, profile)):
        if wanted is not None:
            _assert_usable(shelf, wanted)
    layout = library.layout_at(name, on)
    return Form(
        layout=layout,
        profile=library.profiles[profile] if profile and layout.records == "csv" else None,
        tables=library.tables_at(layout, on),
    )


def _convert(converter: Converter, file: Path, output: Path, ledger: Path | None) -> Converted:
    """Convert and prove the way back, with a bar on a terminal."""
    with _shown(file) as progress:
        converted = converter.convert(file, output, progress=progress, ledger=ledger)
        converter.verify(file, output)
    return converted


@contextmanager
def _shown(file: Path) -> Iterator[Progress | None]:
    """A bar for the bytes of a file that were read, on a terminal alone."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich import progress  # noqa: PLC0415 - takes a tenth of a second
    from rich.console import Console  # noqa: PLC0415 - likewise

    bar = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*bar, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(file.name, total=file.stat().st_size)
        yield lambda done: shown.update(task, completed=done)


def _print(output: Path, converted: Converted, *, as_json: bool) -> None:
    counts = {"losses": dict(converted.losses), "warnings": dict(converted.warnings)}
    if as_json:
        records = {"records_in": converted.records_in, "records_out": converted.records_out}
        print_json({"output": str(output), **records, "bytes": converted.bytes_out, **counts})
        return
    click.echo(f"{output}: {converted.records_out} records, {converted.bytes_out} bytes")
    for word, counted in counts.items():
        for what, count in counted.items():
            click.echo(f"  {word}: {what} {count}")


def _print_bad(file: Path, report: BadRecordReport, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"file": str(file), **asdict(report)}, ensure_ascii=False, indent=2))
        return
    for bad in report.records:
        click.secho(
            f"{file}: record {bad.record}, item {bad.item}, offset {bad.offset}: {bad.message} ({bad.rule})",
            err=True,
            fg="red",
        )
    if report.total > len(report.records):
        click.secho(f"{file}: {report.total - len(report.records)} more", err=True, fg="red")
    click.secho("nothing was written; mend the file, or the layout if that is wrong", err=True)
