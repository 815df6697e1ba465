"""Which deliveries were also written to a shadow place, in the other format."""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.journal.database import Db, Row, Run, text_of

ATTEMPTS = 5
"""So often a shadow is tried before it is given up."""

FIRST_WAIT = timedelta(minutes=5)
"""Between the first try and the second; each later wait is four times the one before."""


def unshadowed(db: Db, route: str, since: datetime) -> list[str]:
    """See ``Shadows.unshadowed``."""
    sql = """SELECT t.id, s.attempts, s.at FROM transfers t JOIN outputs o ON o.transfer_id = t.id
             LEFT JOIN shadows s ON s.transfer_id = t.id
             WHERE t.route = :route AND t.state = 'settled' AND t.outcome = 'delivered' AND t.replay_of IS NULL
             AND t.diverted_from IS NULL
             AND (s.transfer_id IS NULL OR (s.written = 0 AND s.attempts < :most))
             GROUP BY t.number, s.attempts, s.at HAVING max(o.delivered_at) >= :since
             ORDER BY coalesce(s.attempts, 0), t.number"""
    rows = db.rows(sql, {"route": route, "since": text_of(since), "most": ATTEMPTS})
    return [row["id"] for row in rows if _may_be_tried(row, db.now)]


def _may_be_tried(row: Row, now: datetime) -> bool:
    """Whether enough time went by since the last try."""
    if row["attempts"] is None:
        return True
    wait: timedelta = FIRST_WAIT * 4 ** (row["attempts"] - 1)
    return datetime.fromisoformat(row["at"]) + wait <= now


def tried(db: Db, transfer: str, path: str, detail: str) -> int:
    """See ``Shadows.failed``; without ``detail`` it was written."""
    sql = """INSERT INTO shadows (transfer_id, written, attempts, path, detail, at)
             VALUES (:id, :written, 1, :path, :detail, :at)
             ON CONFLICT (transfer_id) DO UPDATE SET written = :written, attempts = shadows.attempts + 1,
             path = :path, detail = :detail, at = :at"""
    values = {"id": transfer, "written": int(not detail), "path": path, "detail": detail}
    db.changed(sql, values | {"at": text_of(db.now)})
    found = db.rows("SELECT attempts FROM shadows WHERE transfer_id = :id", {"id": transfer})
    return int(found[0]["attempts"])


class Shadows:
    """The chapter of shadow output."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def unshadowed(self, route: str, since: datetime) -> list[str]:
        """Transfers of a route, delivered since then, whose shadow is to be written; those tried least first."""
        return await self._run(unshadowed, route, since)

    async def written(self, transfer: str, path: str) -> None:
        """The shadow of a delivery is complete at its place."""
        await self._run(tried, transfer, path, "")

    async def failed(self, transfer: str, detail: str) -> bool:
        """It could not be written; gives whether that was the last try."""
        return await self._run(tried, transfer, "", detail or "failed") >= ATTEMPTS
