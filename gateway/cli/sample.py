"""``check --sample``: which codes of a sample are in no table."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from gateway.cli.output import FAILED, WRONG, print_json, print_table, stop_with
from gateway.formats import FormatFaults, Sampled, look_outside
from gateway.load import City
from gateway.spelling import instead


def check_sample(city: City, file: Path, layout: str, *, as_json: bool) -> int:
    """Say every code of a file that its layout's tables do not have; the exit code."""
    library = city.conversions.library
    if layout not in library.layouts:
        stop_with(f"no usable layout {layout}; {instead(layout, library.layouts)}", WRONG)
    try:
        found = look_outside(city.conversions.plain_form(layout), file)
    except FormatFaults as faults:
        stop_with("\n".join(str(fault) for fault in library.faults(faults)), WRONG)
    except ValueError as wrong:
        stop_with(f"{layout}: {wrong}", WRONG)
    if as_json:
        print_json(asdict(found) | {"file": str(file), "layout": layout})
    else:
        _print(file, found)
    return FAILED if found.outside or found.unreadable else 0


def _print(file: Path, found: Sampled) -> None:
    rows = [(one.code, str(one.count), str(one.record), one.item) for one in found.outside]
    if rows:
        print_table(("code", "count", "first record", "item"), rows)
    click.echo(f"{file}: {found.records} records, {len(rows)} codes outside the tables")
    if rows:
        click.echo("enter them in a table in characters/, and name it in the layout's characters")
    if found.unreadable:
        click.echo(f"{found.unreadable} items or records are wrong otherwise; convert says which")
