"""``diff``: what runs beside what is on disk, route by route and line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any

import click

from gateway.cli.output import FAILED, as_json, chosen, print_json, print_table, stop_with
from gateway.load import City, load
from gateway.load.document import masked
from gateway.load.snapshot import snapshot
from gateway.load.stamps import stamps
from gateway.running import RUNNING


@dataclass(frozen=True, kw_only=True)
class Row:
    """A route that differs. ``what``: new, changed, gone, or faulty, with the faults that keep it from being taken."""

    route: str
    what: str
    faults: tuple[str, ...] = ()


WORDS = {
    "new": "will run",
    "changed": "will be drained and swapped",
    "gone": "will be drained and ended",
    "faulty": "will go on as it runs",
    "rejected": "will not run",
}


@click.command()
@click.argument("routes", nargs=-1)
@as_json
@click.pass_obj
def diff(directory: Path, routes: tuple[str, ...], *, as_json: bool) -> None:
    """Show what differs between the configuration that runs and the one on disk: routes, then lines of files.

    Exit 0 if nothing differs, 1 if something does. The next SIGHUP, or the gateway's own look, takes what is sound.
    """
    city = load(directory)
    running = _running(city)
    rows = list(_rows(city, running["routes"]))
    if routes:
        known = {row.route: None for row in rows} | dict.fromkeys([*city.routes, *running["routes"]])
        rows = [row for row in rows if row.route in chosen(routes, known)]
    lines = list(_lines(city, running["files"], {f"{name}.yaml" for name in routes}))
    if as_json:
        print_json({"since": running["since"], "routes": rows, "lines": lines})
    else:
        _print(rows, lines)
    raise SystemExit(FAILED if rows or lines else 0)


def _running(city: City) -> Mapping[str, Any]:
    """What the gateway that ran last on the state folder runs by."""
    path = city.installation.gateway.state_dir / RUNNING
    try:
        found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        stop_with(f"{path} is not there: no gateway has run on this state folder yet", FAILED)
    except (OSError, ValueError) as error:
        stop_with(f"{path} cannot be read ({type(error).__name__}); restart the gateway", FAILED)
    return found


def _rows(city: City, running: Mapping[str, str]) -> Iterator[Row]:
    for name in sorted({*city.routes, *city.rejected, *running}):
        faults = tuple(map(str, city.rejected.get(name, ())))
        if name in city.rejected:
            yield Row(route=name, what="faulty" if name in running else "rejected", faults=faults)
        elif name not in running:
            yield Row(route=name, what="new")
        elif name not in city.routes:
            yield Row(route=name, what="gone")
        elif city.digest(name) != running[name]:
            yield Row(route=name, what="changed")


def _lines(city: City, before: Mapping[str, str], names: set[str]) -> Iterator[str]:
    """The lines that differ, file by file, as ``diff -u`` has them; nothing that may be a secret."""
    state = city.installation.gateway.state_dir
    after = snapshot(city.directory, stamps(city.directory, but=state)).texts
    for file in sorted(before.keys() | after.keys()):
        if not names or file.rpartition("/")[2] in names:
            old, new = (texts.get(file, "").splitlines() for texts in (before, after))
            if old != new:
                yield from map(masked, unified_diff(old, new, f"running/{file}", f"disk/{file}", lineterm=""))


def _print(rows: list[Row], lines: list[str]) -> None:
    if rows:
        print_table(
            ["route", "differs", "at the next reload"],
            [[row.route, row.what, "; ".join((WORDS[row.what], *row.faults))] for row in rows],
        )
    for line in lines:
        click.secho(line, fg={"+": "green", "-": "red"}.get(line[:1]))
    if not rows and not lines:
        click.echo("what runs is what is on disk")
