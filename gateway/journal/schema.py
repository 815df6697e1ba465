"""Numbered migrations, each applied once and in order, in one transaction with its number."""

from __future__ import annotations

import secrets
import sqlite3
from datetime import datetime
from importlib import resources
from pathlib import Path

from gateway.errors import JournalUnusable


def migrations() -> list[tuple[int, str]]:
    """Every migration as (number, SQL), in order. File names begin with their number."""
    folder = resources.files("gateway.journal") / "migrations"
    files = sorted((file.name, file) for file in folder.iterdir() if file.name.endswith(".sql"))
    return [(int(name.split("_", 1)[0]), file.read_text(encoding="utf-8")) for name, file in files]


def prepare(path: Path, now: datetime) -> sqlite3.Connection:
    """Open the file 0600, migrate it, raise its generation. Raises ``JournalUnusable`` or ``sqlite3.Error``."""
    from gateway.journal.sqlite import connect  # noqa: PLC0415 - the two modules are one backend

    path.touch(mode=0o600, exist_ok=True)
    connection = connect(path)
    _migrate(connection, path)
    _raise_generation(connection, now)
    return connection


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    present = connection.execute("PRAGMA user_version").fetchone()[0]
    known = migrations()
    if present > known[-1][0]:
        hint = "start the newer version of the gateway, or restore the backup made before its upgrade"
        raise JournalUnusable(f"{path} was written by a newer version (schema {present})", hint=hint)
    for number, sql in known:
        if number > present:
            connection.executescript(f"BEGIN IMMEDIATE; {sql} PRAGMA user_version = {number}; COMMIT;")


def _raise_generation(connection: sqlite3.Connection, now: datetime) -> None:
    """A start is a new generation of this installation, so that a copied journal can be told from its original."""
    identity = f"{now:%Y%m%d}-{secrets.token_hex(6)}"
    connection.execute(
        """INSERT INTO installation (one, installation_id, generation) VALUES (1, ?, 1)
           ON CONFLICT (one) DO UPDATE SET generation = installation.generation + 1""",
        (identity,),
    )
