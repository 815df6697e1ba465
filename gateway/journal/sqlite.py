"""The journal in one SQLite file: WAL, full sync."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.errors import JournalUnusable
from gateway.journal import schema
from gateway.journal.database import Row
from gateway.journal.schema import connect
from gateway.journal.transactions import SqlJournal
from gateway.journal.writer import Writer
from gateway.times.clock import Clock

FAILED = "see that the disk of state_dir is writable and not full"
DAMAGED = "stop the gateway, and put back a backup: linkage-gateway restore"


@dataclass
class SqliteTransaction:
    """``Db`` over one connection, inside a transaction."""

    connection: sqlite3.Connection
    now: datetime
    node: str = ""
    keeper: str = ""

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[Row]:
        """See ``Db``."""
        return [dict(row) for row in self.connection.execute(sql, parameters)]

    def changed(self, sql: str, parameters: Mapping[str, Any]) -> int:
        """See ``Db``."""
        return self.connection.execute(sql, parameters).rowcount


class SqliteEngine:
    """``writer.Engine`` over one connection; ``begin`` is the statement that a transaction begins with."""

    def __init__(self, connection: sqlite3.Connection, clock: Clock, begin: str) -> None:
        self._connection = connection
        self._clock = clock
        self._begin = begin

    def hint(self, error: Exception) -> str:
        """See ``Engine``."""
        return DAMAGED if _is_damage(error) else FAILED

    def begin(self) -> None:
        """See ``Engine``."""
        self._connection.execute(self._begin)

    def execute(self, sql: str) -> None:
        """See ``Engine``."""
        self._connection.execute(sql)

    def transaction(self) -> SqliteTransaction:
        """See ``Engine``."""
        return SqliteTransaction(self._connection, self._clock.now())

    def ends_batch(self, error: Exception) -> bool:
        """See ``Engine``: a full disk, a lock, damage."""
        return isinstance(error, sqlite3.OperationalError) or _is_damage(error)

    def give_up(self) -> None:
        """See ``Engine``. The database may have rolled back by itself."""
        with suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """See ``Engine``."""
        self._connection.close()


def _is_damage(error: Exception) -> bool:
    """Whether SQLite met what it did not write: it says so by the class that stands above all its others."""
    return type(error) is sqlite3.DatabaseError


@dataclass(frozen=True, kw_only=True)
class SqliteHome:
    """``JournalHome`` in one file."""

    file: Path

    async def open(self, clock: Clock) -> SqlJournal:
        """See ``JournalHome``."""
        return await open_journal(self.file, clock)

    async def join(self, clock: Clock) -> SqlJournal:
        """See ``JournalHome``."""
        return await join_journal(self.file, clock)

    async def beats(self, clock: Clock, *, within: float) -> SqlJournal:  # noqa: ARG002 - there are none
        """See ``JournalHome``: a file is not shared."""
        hint = "write journal: {url: postgresql://...}"
        raise JournalUnusable(f"{self.file} cannot be shared by several nodes", hint=hint)

    async def read(self, clock: Clock, *, untouched: bool = False) -> SqlJournal:
        """See ``JournalHome``."""
        return await read_journal(self.file, clock, untouched=untouched)

    def is_there(self) -> bool:
        """See ``JournalHome``."""
        return self.file.exists()

    def size(self) -> int:
        """See ``JournalHome``: with what is not in the file itself yet."""
        parts = [self.file.with_name(self.file.name + suffix) for suffix in ("", "-wal")]
        return sum(part.stat().st_size for part in parts if part.exists())


async def open_journal(path: Path, clock: Clock) -> SqlJournal:
    """Open or create the journal (mode 0600) and bring its schema up to date.

    Raises:
        JournalUnusable: damaged, newer than this program, or not writable.
    """
    try:
        connection = await asyncio.to_thread(schema.prepare, path, clock.now())
    except sqlite3.Error as error:
        failed = isinstance(error, sqlite3.OperationalError)  # what stands in the file is another class's
        hint = FAILED if failed else "restore a backup, or move the file away if this gateway never ran"
        raise JournalUnusable(f"{path} cannot be used as a journal ({error})", hint=hint) from error
    return _journal(connection, clock)


async def join_journal(path: Path, clock: Clock) -> SqlJournal:
    """Open an existing journal to write beside a running gateway: no new start, no migration.

    Raises ``JournalUnusable``.
    """
    await (await read_journal(path, clock)).close()
    return _journal(await asyncio.to_thread(connect, path), clock)


async def read_journal(path: Path, clock: Clock, *, untouched: bool = False) -> SqlJournal:
    """Open the journal beside a running gateway, to look only; see ``connect``. Raises ``JournalUnusable``."""
    try:
        connection = await asyncio.to_thread(connect, path, read_only=True, untouched=untouched)
    except sqlite3.Error as error:
        hint = "start the gateway once, or see that state_dir is the right one"
        raise JournalUnusable(f"there is no journal at {path} ({error})", hint=hint) from error
    return _journal(connection, clock, begin="BEGIN")


def _journal(connection: sqlite3.Connection, clock: Clock, *, begin: str = "BEGIN IMMEDIATE") -> SqlJournal:
    return SqlJournal.over(Writer(SqliteEngine(connection, clock, begin)))
