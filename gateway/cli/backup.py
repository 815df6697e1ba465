"""``backup`` and ``restore``: the journal saved while the gateway runs, and put back after a loss."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import click

from gateway.app import journal_path
from gateway.cli.output import FAILED, WRONG, as_json, city_of, print_json, stop_with
from gateway.clock import SystemClock
from gateway.errors import AlreadyRunning, JournalUnusable
from gateway.journal.restoring import back_up
from gateway.journal.restoring import restore as put_back
from gateway.load import City
from gateway.lock import state_lock

NAME = "journal-{:%Y%m%dT%H%M%S}.db"


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="A new file; absent: in state_dir/backups."
)
@as_json
@click.pass_obj
def backup(directory: Path, out: Path | None, *, as_json: bool) -> None:
    """Save the journal into a new file, also while the gateway runs, and check the copy.

    Backups in state_dir/backups are erased after retention.backups. The kept files (state_dir/originals, outputs)
    are plain files of one content each: copy them with any tool.
    """
    city = city_of(directory, quiet=True)
    now, home = SystemClock().now(), city.installation.gateway.state_dir / "backups"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        made = back_up(journal_path(city), out or home / NAME.format(now))
    except FileExistsError:
        stop_with(f"{out} is there already; give a new name", WRONG)
    except (JournalUnusable, OSError) as error:
        stop_with(str(error), FAILED)
    erased = _erase_old(city, home)
    if as_json:
        print_json(asdict(made) | {"erased": erased})
    else:
        click.echo(
            f"{made.path}: {made.transfers} transfers, {made.bytes} bytes; {len(erased)} old ones erased"
        )


def _erase_old(city: City, home: Path) -> list[str]:
    """Erase the backups of our own naming whose time is over; the newest always stays."""
    oldest = (SystemClock().now() - city.installation.retention.backups + timedelta(0)).timestamp()
    old = [path for path in sorted(home.glob("journal-*.db"))[:-1] if path.stat().st_mtime < oldest]
    for path in old:
        path.unlink()
    return [path.name for path in old]


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--reason", required=True, help="Why; kept in the audit log with your name.")
@as_json
@click.pass_obj
def restore(directory: Path, file: Path, *, reason: str, as_json: bool) -> None:
    """Put a backup in the journal's place; the gateway must be stopped.

    The journal then knows nothing of what was delivered after the backup. So every file that was under way, and every
    one that a source shows at its route's next look, is held until a person releases it. The former journal is moved
    aside, never removed.
    """
    city = city_of(directory, quiet=True)
    who, now = city.installation.gateway, SystemClock().now()
    try:
        with state_lock(who.state_dir, gateway=who.name, now=now):
            aside = put_back(
                journal_path(city), file, routes=city.routes, now=now, who=getpass.getuser(), reason=reason
            )
    except AlreadyRunning as error:
        stop_with(error, WRONG)
    except JournalUnusable as error:
        stop_with(error, FAILED)
    if as_json:
        print_json({"restored": file, "former": aside, "routes": list(city.routes)})
    else:
        click.echo(f"restored from {file}; the former journal is {aside or 'not there'}")
        click.echo(
            "start the gateway, then see linkage-gateway held: ask each destination before you release"
        )
