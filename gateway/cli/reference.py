"""``reference``: manual pages and JSON Schemas of everything that people write."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.output import as_json, print_json
from gateway.reference import write_reference


@click.command()
@click.argument("to", type=click.Path(path_type=Path, file_okay=False), default=Path("docs/reference"))
@as_json
def reference(to: Path, *, as_json: bool) -> None:
    """Write the manual pages and JSON Schemas of this version into a folder (docs/reference if none is named)."""
    written = write_reference(to)
    if as_json:
        print_json({"written": [str(path) for path in written]})
        return
    for path in written:
        click.echo(path)
