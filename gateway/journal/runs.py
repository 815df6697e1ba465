"""The chapter of runs: which slot of its schedule a route took last, and how its last run ended."""

from __future__ import annotations

from datetime import datetime

from gateway.journal.database import Db, text_of
from gateway.journal.port import AHEAD
from gateway.journal.remembered import RunRecord
from gateway.journal.rows import run_of


def slot_taken(db: Db, route: str, slot: datetime) -> bool:
    """See ``Journal.slot_taken``."""
    sql = """INSERT INTO runs (route, last_slot) VALUES (:route, :slot)
             ON CONFLICT (route) DO UPDATE SET last_slot = :slot
             WHERE runs.last_slot IS NULL OR runs.last_slot < :slot OR runs.last_slot > :ahead"""
    return db.changed(sql, {"route": route, "slot": text_of(slot), "ahead": text_of(db.now + AHEAD)}) == 1


def run_finished(db: Db, route: str, outcome: str, error: str) -> None:
    """See ``Journal.run_finished``."""
    sql = """INSERT INTO runs (route, last_run, last_outcome, last_success, last_error)
             VALUES (:route, :at, :outcome, :success, :error)
             ON CONFLICT (route) DO UPDATE SET last_run = :at, last_outcome = :outcome, last_error = :error,
             last_success = coalesce(:success, runs.last_success)"""
    at = text_of(db.now)
    success = at if outcome == "ok" else None
    db.changed(sql, {"route": route, "at": at, "outcome": outcome, "success": success, "error": error})


def runs(db: Db, route: str | None) -> dict[str, RunRecord]:
    """See ``Journal.runs``."""
    sql = "SELECT * FROM runs" + (" WHERE route = :route" if route else "")  # noqa: S608 - written here
    return {row["route"]: run_of(row) for row in db.rows(sql, {"route": route} if route else {})}
