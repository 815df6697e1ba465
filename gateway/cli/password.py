"""``password``: the hash of a password, for ``console.people`` of gateway.yaml."""

from __future__ import annotations

import os
from pathlib import Path

import click

from gateway.cli.output import FAILED, WRONG, as_json, print_json, stop_with
from gateway.console.passwords import hash_of


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it into this new file, 0600."
)
@as_json
def password(*, out: Path | None, as_json: bool) -> None:
    """Make the hash of a password that is typed in twice (or comes on stdin); name it by {file: ...} or {env: ...}."""
    typed = click.prompt("password", hide_input=True, confirmation_prompt=True, err=True)
    try:
        made = hash_of(typed)
    except ValueError as error:
        stop_with(f"the password {error}", WRONG)
    if out is not None:
        _write(out, made)
    if as_json:
        print_json({"hash": made} if out is None else {"written": str(out)})
    else:
        click.echo(made if out is None else out)


def _write(out: Path, made: str) -> None:
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        stop_with(f"{out} cannot be written ({error.strerror})", FAILED)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(made + "\n")
