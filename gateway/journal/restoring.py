"""Backups of the journal's file, made while it is in use, and the journal that begins anew with one."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.errors import JournalUnusable
from gateway.journal import audit
from gateway.journal.reconciling import begin_anew
from gateway.journal.schema import connect, migrate, migrations
from gateway.journal.sqlite import SqliteTransaction

COPYING = "see that its disk is writable and not full; if it is damaged, restore the last backup"


@dataclass(frozen=True, kw_only=True)
class Backup:
    """A backup: its file, its bytes, how many transfers it knows, and how often its journal was opened."""

    path: Path
    bytes: int
    transfers: int
    generation: int


def back_up(journal: Path, target: Path) -> Backup:
    """Copy a journal that may be in use into a new file (0600), whole, checked and synced. Blocks.

    Raises ``JournalUnusable`` if the copy is not sound, ``FileExistsError`` if the target is there.
    """
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(connect(journal, read_only=True)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        made = looked_at(part)
        _sync(part)
        os.link(part, target)
    except sqlite3.Error as error:
        raise JournalUnusable(f"{journal} cannot be copied ({error})", hint=COPYING) from error
    finally:
        part.unlink(missing_ok=True)
    _sync(target.parent)
    return Backup(path=target, bytes=made.bytes, transfers=made.transfers, generation=made.generation)


def looked_at(path: Path) -> Backup:
    """What a backup holds. Raises ``JournalUnusable`` if it is no journal, damaged, or of a newer gateway. Blocks."""
    try:
        with closing(connect(path, read_only=True)) as connection:
            wrong = faults(connection)
            transfers = connection.execute("SELECT count(*) FROM transfers").fetchone()[0]
            generation = connection.execute("SELECT generation FROM installation").fetchone()[0]
    except (sqlite3.Error, TypeError) as error:
        raise JournalUnusable(f"{path} is no journal ({error})", hint="give another backup") from error
    if wrong:
        raise JournalUnusable(f"{path} cannot be used: {wrong[0]}", hint="give another backup")
    size = path.stat().st_size
    return Backup(path=path, bytes=size, transfers=transfers, generation=generation)


def faults(connection: sqlite3.Connection) -> list[str]:
    """What is wrong with a journal's file: damage, rows without the rows that they belong to, a newer schema."""
    found = [row[0] for row in connection.execute("PRAGMA integrity_check(10)") if row[0] != "ok"]
    found += [
        f"a row of {row[0]} has lost its {row[2]}" for row in connection.execute("PRAGMA foreign_key_check")
    ]
    version, newest = connection.execute("PRAGMA user_version").fetchone()[0], migrations()[-1][0]
    return found + ([f"it was written by a newer gateway (schema {version})"] if version > newest else [])


def restore(
    journal: Path, backup: Path, *, routes: Iterable[str], now: datetime, act: audit.Act
) -> Path | None:
    """Put a backup in the journal's place, to be reconciled; gives where the former journal is kept. Blocks.

    No gateway may run. The former journal is moved aside, never removed. Raises ``JournalUnusable``.
    """
    looked_at(backup)
    part = journal.with_name(f"{journal.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(connect(backup, read_only=True)) as source, closing(sqlite3.connect(part)) as copy:
        source.backup(copy)
    _reconcile(part, routes, act, now)
    _sync(part)
    aside = _move_aside(journal, now)
    part.rename(journal)
    _sync(journal.parent)
    return aside


def _reconcile(path: Path, routes: Iterable[str], act: audit.Act, now: datetime) -> None:
    with closing(connect(path)) as connection:
        migrate(connection, path)
        connection.execute("BEGIN IMMEDIATE")
        begin_anew(SqliteTransaction(connection, now), routes, act)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = DELETE")


def _move_aside(journal: Path, now: datetime) -> Path | None:
    """The former journal with its write-ahead log, under names of their own."""
    if not journal.exists():
        return None
    aside = journal.with_name(f"{journal.name}.replaced-{now:%Y%m%dT%H%M%S}")
    for suffix in ("-wal", "-shm", ""):
        file = journal.with_name(journal.name + suffix)
        if file.exists():
            file.rename(aside.with_name(aside.name + suffix))
    return aside


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
