"""The SQLite file: how it is opened, and numbered migrations, each applied once, in a transaction with its number."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from importlib import resources
from pathlib import Path

from gateway.errors import JournalUnusable
from gateway.journal.database import text_of


def migrations() -> list[tuple[int, str]]:
    """Every migration as (number, SQL), in order. File names begin with their number."""
    folder = resources.files("gateway.journal") / "migrations"
    files = sorted((file.name, file) for file in folder.iterdir() if file.name.endswith(".sql"))
    return [(int(name.split("_", 1)[0]), file.read_text(encoding="utf-8")) for name, file in files]


def connect(path: Path, *, read_only: bool = False, untouched: bool = False) -> sqlite3.Connection:
    """Open the file with the journal's settings; the caller's thread owns the connection.

    ``untouched``, for a short look: where no gateway left its files beside the journal's, none is made for the look.
    """
    address = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
    if untouched and not path.with_name(f"{path.name}-wal").exists():
        address += "&immutable=1"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=10, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    if not read_only:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    return connection


def prepare(path: Path, now: datetime) -> sqlite3.Connection:
    """Open the file 0600, migrate it, raise its generation. Raises ``JournalUnusable`` or ``sqlite3.Error``."""
    path.touch(mode=0o600, exist_ok=True)
    connection = connect(path)
    migrate(connection, path)
    for sql, parameters in begun(now):
        connection.execute(sql, parameters)
    return connection


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring an older journal up to date. Raises ``JournalUnusable`` for one of a newer gateway."""
    present = connection.execute("PRAGMA user_version").fetchone()[0]
    known = migrations()
    if present > known[-1][0]:
        raise too_new(str(path), present)
    for number, sql in known:
        if number > present:
            connection.executescript(f"BEGIN IMMEDIATE; {sql} PRAGMA user_version = {number}; COMMIT;")


def too_new(journal: str, present: int) -> JournalUnusable:
    """What to say of a journal whose migrations are more than this program's."""
    hint = "start the newer version of the gateway, or restore the backup made before its upgrade"
    return JournalUnusable(f"{journal} was written by a newer version (schema {present})", hint=hint)


def begun(now: datetime) -> Iterator[tuple[str, dict[str, str]]]:
    """A start is a new generation of this installation, so that a copied journal can be told from its original."""
    sql = """INSERT INTO installation (one, installation_id, generation) VALUES (1, :identity, 1)
             ON CONFLICT (one) DO UPDATE SET generation = installation.generation + 1"""
    yield sql, {"identity": f"{now:%Y%m%d}-{secrets.token_hex(6)}"}
    session = {"session": secrets.token_hex(8), "began_at": text_of(now)}
    yield "INSERT INTO sessions (session, began_at) VALUES (:session, :began_at)", session
