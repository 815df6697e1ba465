"""``check``: every fault of the configuration at once."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.output import WRONG, as_json, print_faults, print_json
from gateway.load import City, load


@click.command()
@as_json
@click.pass_obj
def check(directory: Path, *, as_json: bool) -> None:
    """Say every fault of the configuration, with file, line and column. Exit 2 if there is an error."""
    city = load(directory)
    if as_json:
        print_json(_document(city))
    else:
        print_faults(city.faults)
        _summary(city)
    raise SystemExit(WRONG if any(fault.severity == "error" for fault in city.faults) else 0)


def _document(city: City) -> dict[str, object]:
    return {
        "usable": city.usable,
        "routes": sorted(city.routes),
        "rejected": sorted(city.rejected),
        "faults": list(city.faults),
    }


def _summary(city: City) -> None:
    errors = sum(fault.severity == "error" for fault in city.faults)
    warnings = len(city.faults) - errors
    click.echo(
        f"{len(city.routes)} routes accepted, {len(city.rejected)} rejected; {errors} errors, {warnings} warnings"
    )
