"""Rows of a transfer's history, for every chapter that has something to say of one."""

from __future__ import annotations

from gateway.journal.database import Db, text_of
from gateway.lifecycle import State


def record(
    db: Db, transfer: str, event: str, *, from_state: State | None, to_state: State, detail: str = ""
) -> None:
    """Add a row."""
    sql = """INSERT INTO events (at, transfer_id, event, from_state, to_state, detail)
             VALUES (:at, :id, :event, :from_state, :to_state, :detail)"""
    row = {
        "at": text_of(db.now),
        "id": transfer,
        "event": event,
        "from_state": from_state,
        "to_state": to_state,
    }
    db.changed(sql, row | {"detail": detail})
