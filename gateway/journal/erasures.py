"""Proof of what was erased, from which store and how old it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.journal.database import Db, Row, text_of


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """Files of a store (rows, of the journal) that were erased together, all last used before ``until``."""

    at: datetime
    store: str
    files: int
    bytes: int
    until: datetime


def proof(db: Db, store: str, *, files: int, size: int, until: datetime) -> Erasure:
    """A row that says what was erased."""
    sql = "INSERT INTO erasures (at, store, files, bytes, until) VALUES (:at, :store, :files, :bytes, :until)"
    counts = {"files": files, "bytes": size}
    db.changed(sql, {"at": text_of(db.now), "store": store, "until": text_of(until)} | counts)
    return Erasure(at=db.now, store=store, until=until, **counts)


def erasures(db: Db, since: datetime) -> list[Erasure]:
    """See ``Evidence.erasures``."""
    rows = db.rows("SELECT * FROM erasures WHERE at >= :since ORDER BY number", {"since": text_of(since)})
    return [_erasure_of(row) for row in rows]


def _erasure_of(row: Row) -> Erasure:
    return Erasure(
        at=datetime.fromisoformat(row["at"]),
        store=row["store"],
        files=row["files"],
        bytes=row["bytes"],
        until=datetime.fromisoformat(row["until"]),
    )
