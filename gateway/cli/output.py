"""How commands speak: tables for people, one JSON document for machines, and the exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from gateway.cli.speaking import parts_of, say, warn
from gateway.errors import GatewayError

if TYPE_CHECKING:
    from rich.console import Console

    from gateway.load import City, Fault

FAILED, WRONG, UNREACHABLE = 1, 2, 3

SPOKEN = "gateway.cli.spoken"
"""Of a command's context: its document was printed."""

as_json = click.option("--json", "as_json", is_flag=True, help="One JSON document instead of text.")


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value)


def print_json(document: object) -> None:
    """One document on stdout."""
    click.echo(json_text(document), nl=False)
    if context := click.get_current_context(silent=True):
        context.meta[SPOKEN] = True


def tell_machine(error: str, code: int, **more: object) -> None:
    """Where one JSON document was asked for and none was printed yet, one that says what went wrong."""
    context = click.get_current_context(silent=True)
    if context is not None and context.params.get("as_json") and SPOKEN not in context.meta:
        print_json({"error": error, "exit_code": code, **more})


def json_text(document: object) -> str:
    """One document as text."""
    return json.dumps(document, ensure_ascii=False, indent=2, default=_plain) + "\n"


def deliver(text: str, out: Path | None) -> None:
    """Write a text into a file, or on stdout if none is named."""
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        stop_with(f"{out} cannot be written ({error.strerror}); name another file", WRONG)
    click.echo(str(out), err=True)


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = "", empty: str = ""
) -> None:
    """A table on stdout, as wide as the terminal; instead of one without rows what ``empty`` says."""
    if empty and not rows:
        click.echo(empty)
        return
    from rich.table import Table  # noqa: PLC0415 - rich takes a tenth of a second

    table = Table(header_style="bold", box=None)
    for column in columns:
        table.add_column(column, overflow="fold")  # a path or command is whole, or it cannot be copied
    for row in rows:
        table.add_row(*row)
    console = console_of()
    if title:
        console.print(title, style="italic")
    console.print(table)


def console_of() -> Console:
    """The terminal, as wide as it is. Brackets and colons in what is printed there are what they are."""
    from rich.console import Console  # noqa: PLC0415 - rich takes a tenth of a second

    return Console(width=None if sys.stdout.isatty() else 200, markup=False, emoji=False)


def city_of(directory: Path, *, quiet: bool = False) -> City:
    """The configuration; ends with exit code 2 and every fault if nothing can run with it."""
    from gateway.load import load  # noqa: PLC0415 - some commands do without it

    return usable(load(directory), quiet=quiet)


def usable(city: City, *, quiet: bool = False) -> City:
    """The configuration, if a gateway can run on it; see ``city_of``."""
    if not city.directory.is_dir():
        stop_with(
            f"there is no configuration folder {city.directory.absolute()}; name it with --config", WRONG
        )
    if not quiet or not city.usable:
        print_faults([fault for fault in city.faults if fault.severity == "error"])
    if not city.usable:
        wrong = "the configuration cannot be used"
        say(
            wrong,
            hint="mend what is told above; linkage-gateway check tells all of it",
            err=True,
            colour="red",
        )
        tell_machine(wrong, WRONG, faults=[asdict(fault) for fault in city.errors])
        raise SystemExit(WRONG)
    return city


def print_faults(faults: Sequence[Fault]) -> None:
    """Every fault on stderr, as file:line:column: what."""
    for fault in faults:
        click.secho(str(fault), err=True, fg="red" if fault.severity == "error" else "yellow")


def tell_rejected(city: City) -> None:
    """Say on stderr which routes are not among what is shown."""
    for name in city.rejected:
        warn(f"route {name} has faults and is left out; check says which")


def stop_with(error: GatewayError | str, code: int) -> NoReturn:
    """Say it on stderr and end."""
    say(*parts_of(error), err=True, colour="red")
    tell_machine(str(error), code)
    raise SystemExit(code)


def words_of(city: City) -> Mapping[str, str]:
    """The words of the page, in the language of ``console.language``: commands say the same."""
    from gateway.console.words import words  # noqa: PLC0415 - needed for tables alone

    return words(city.installation.console.language)


def both(words: Mapping[str, str], word: str) -> str:
    """A state or phase as people read it, and as commands, logs and machines write it."""
    said = words.get(word, word)
    return word if said.lower() == word else f"{said} {word}"


def reason_in(words: Mapping[str, str], reason: str) -> str:
    """Why a file is held, as people read it, with its code."""
    said = words.get(f"h_{reason}", reason)
    return said if said.replace(" ", "_") == reason else f"{said} ({reason})"


def local(instant: datetime | None, city: City) -> str:
    """An instant as a person in the gateway's zone reads it."""
    return instant.astimezone(city.installation.zone).strftime("%m-%d %H:%M:%S") if instant else "-"


def minute(instant: datetime, city: City) -> str:
    """An instant that may be years away, as a person in the gateway's zone reads it: with the year, to the minute."""
    return f"{instant.astimezone(city.installation.zone):%Y-%m-%d %H:%M}"


def chosen(
    names: Sequence[str],
    known: Mapping[str, object],
    *,
    rejected: Mapping[str, Sequence[Fault]] | None = None,
) -> list[str]:
    """The names given, or all; an unknown one is wrong use, and the nearest is named.

    One that is ``rejected`` is wrong configuration: its first fault is told.
    """
    from gateway.spelling import instead  # noqa: PLC0415 - only needed here

    for name in names:
        if rejected and name in rejected:
            stop_with(f"route {name} is rejected: {rejected[name][0]}", WRONG)
        if name not in known:
            stop_with(f"there is no running route {name}; {instead(name, known)}", WRONG)
    return list(names) or list(known)


Printer = Callable[[Any], None]
