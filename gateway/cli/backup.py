"""``backup`` and ``restore``: the journal saved while the gateway runs, and put back after a loss."""

from __future__ import annotations

import asyncio
import getpass
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from gateway.cli.beside import with_journal
from gateway.cli.output import FAILED, WRONG, as_json, city_of, print_json, stop_with
from gateway.cli.speaking import say
from gateway.errors import AlreadyRunning, JournalUnusable
from gateway.evidence.drawers import BACKUPS, backups
from gateway.journal.audit import Act
from gateway.journal.restoring import back_up
from gateway.journal.restoring import restore as put_back
from gateway.load import City
from gateway.running import journal_of
from gateway.stores.lock import state_lock
from gateway.times.clock import SystemClock

NAME = "journal-{:%Y%m%dT%H%M%S}.db"


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="A new file; absent: in state_dir/backups."
)
@as_json
@click.pass_obj
def backup(directory: Path, out: Path | None, *, as_json: bool) -> None:
    """Save the journal into a new file, also while the gateway runs, and check the copy.

    Backups in state_dir/backups are erased after retention.backups. The kept files (originals and outputs
    in state_dir or kept_dir) are plain files of one content each: copy them with any tool.
    """
    city = city_of(directory, quiet=True)
    journal = _file(city, "save it by the database's own means (pg_dump, or continuous archiving)")
    if not journal.exists():
        stop_with(f"there is no journal at {journal} yet; start the gateway once", FAILED)
    now, home = SystemClock().now(), city.installation.gateway.state_dir / BACKUPS
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        made = back_up(journal, out or home / NAME.format(now))
    except FileExistsError:
        stop_with(f"{out} is there already; give a new name", WRONG)
    except JournalUnusable as error:
        stop_with(str(error), FAILED)
    except OSError as error:
        stop_with(f"{out or home}: {error.strerror}", FAILED)
    erased = _erase_old(city)
    if as_json:
        print_json(asdict(made) | {"erased": erased})
    else:
        say(f"{made.path}: {made.transfers} transfers, {made.bytes} bytes; {len(erased)} old ones erased")


def _erase_old(city: City) -> list[str]:
    """Erase the backups of our own naming whose time is over, as ``purge`` does, and keep proof of it."""
    drawer = backups(city, SystemClock().now())
    counts = {"files": len(drawer.due), "size": sum(one.size for one in drawer.due)}
    names = [one.path.name for one in drawer.due]
    for one in drawer.due:
        drawer.remove(one.path)
    if names:
        with_journal(
            city,
            lambda journal: journal.evidence.rows.proof(drawer.store, **counts, until=drawer.until),
            write=True,
        )
    return names


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False)
@click.option("--reason", required=True, help="Why; kept in the audit log with your name.")
@as_json
@click.pass_obj
def restore(directory: Path, file: Path | None, *, reason: str, as_json: bool) -> None:
    """Put a backup in the journal's place; the gateway must be stopped.

    The journal then knows nothing of what was delivered after the backup. So of every file that was under way, and of
    every one that a source shows at its route's next look, the destination is asked: what it has, byte for byte, counts
    as delivered; the rest is held until a person releases it. The former journal is moved aside, never removed.

    A journal in PostgreSQL is put back by the database's own means; then this command, without FILE, has the gateway
    begin anew with it in the same way.
    """
    city = city_of(directory, quiet=True)
    who, now = city.installation.gateway, SystemClock().now()
    act = Act(who=getpass.getuser(), act="restore", subject=file.name if file else "database", reason=reason)
    try:
        with state_lock(who.state_dir, gateway=who.name, now=now):
            aside = _put_back(city, file, act, now)
    except AlreadyRunning as error:
        stop_with(error, WRONG)
    except JournalUnusable as error:
        stop_with(error, FAILED)
    if as_json:
        print_json({"restored": file, "former": aside, "routes": list(city.routes)})
    else:
        say(f"restored from {file or 'the database'}; the former journal is {aside or 'not there'}")
        say(
            "start the gateway: it asks each destination; of what linkage-gateway held shows then, ask the consumer"
        )


def _put_back(city: City, file: Path | None, act: Act, now: datetime) -> Path | None:
    """Where the former journal is kept, if it was a file."""
    if file is not None:
        journal = _file(city, "put it back by the database's own means, then: restore, without a file")
        return put_back(journal, file, routes=city.routes, now=now, act=act)
    if journal_of(city).file is not None:
        stop_with("name the backup that is to be put back", WRONG)
    asyncio.run(_begin_anew(city, act))
    return None


async def _begin_anew(city: City, act: Act) -> None:
    """As the journal's owner, so that no gateway runs on it meanwhile."""
    journal = await journal_of(city).open(SystemClock())
    try:
        await journal.begin_anew(tuple(city.routes), act)
    finally:
        await journal.close()


def _file(city: City, otherwise: str) -> Path:
    """The journal's file; ends the command if it is in a database."""
    file = journal_of(city).file
    if file is None:
        stop_with(f"the journal is in PostgreSQL; {otherwise}", WRONG)
    return file
