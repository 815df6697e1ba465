"""Which deliveries were also written to a shadow place, in the other format, and what was erased there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.journal.database import Db, Row, Run, text_of
from gateway.journal.erasures import Erasure, proof

ATTEMPTS = 5
"""So often a shadow is tried before it is given up."""

FIRST_WAIT = timedelta(minutes=5)
"""Between the first try and the second; each later wait is four times the one before."""

STORE = "shadow"
"""What erasures call it."""


@dataclass(frozen=True, kw_only=True)
class Shadow:
    """A file that was written to a shadow place.

    ``identity`` is what the place told of it then, as in ``Entry``; of files that an older version wrote neither that,
    nor the endpoint, nor the bytes are known.
    """

    transfer: str
    route: str
    endpoint: str
    path: str
    bytes: int
    identity: str


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


def tried(db: Db, transfer: str, detail: str) -> int:
    """See ``Shadows.failed``; without ``detail`` it was written."""
    sql = """INSERT INTO shadows (transfer_id, written, attempts, path, detail, at)
             VALUES (:id, :written, 1, '', :detail, :at)
             ON CONFLICT (transfer_id) DO UPDATE SET written = :written, attempts = shadows.attempts + 1,
             detail = :detail, at = :at"""
    values = {"id": transfer, "written": int(not detail), "detail": detail, "at": text_of(db.now)}
    db.changed(sql, values)
    found = db.rows("SELECT attempts FROM shadows WHERE transfer_id = :id", {"id": transfer})
    return int(found[0]["attempts"])


def written(db: Db, one: Shadow) -> None:
    """See ``Shadows.written``."""
    tried(db, one.transfer, "")
    sql = """UPDATE shadows SET endpoint = :endpoint, path = :path, bytes = :bytes, identity = :identity
             WHERE transfer_id = :id"""
    values = {"endpoint": one.endpoint, "path": one.path, "bytes": one.bytes, "identity": one.identity}
    db.changed(sql, values | {"id": one.transfer})


_STANDS = "s.written = 1 AND s.erased_at IS NULL"


def due(db: Db, until: datetime) -> list[Shadow]:
    """See ``Shadows.due``."""
    sql = f"""SELECT s.*, t.route FROM shadows s JOIN transfers t ON t.id = s.transfer_id
              WHERE {_STANDS} AND s.at < :until ORDER BY s.at"""  # noqa: S608 - written here
    return [_shadow_of(row) for row in db.rows(sql, {"until": text_of(until)})]


def _shadow_of(row: Row) -> Shadow:
    known = {key: row[key] for key in ("route", "endpoint", "path", "bytes", "identity")}
    return Shadow(transfer=row["transfer_id"], **known)


def standing(db: Db) -> tuple[int, int]:
    """See ``Shadows.standing``."""
    sql = f"SELECT count(*) AS files, coalesce(sum(s.bytes), 0) AS bytes FROM shadows s WHERE {_STANDS}"  # noqa: S608 - written here
    found = db.rows(sql, {})[0]
    return int(found["files"]), int(found["bytes"])


def over(db: Db, shadows: Sequence[Shadow], removed: Sequence[Shadow], until: datetime) -> Erasure | None:
    """See ``Shadows.over``."""
    sql = "UPDATE shadows SET erased_at = :at WHERE transfer_id = :id"
    for one in shadows:
        db.changed(sql, {"at": text_of(db.now), "id": one.transfer})
    size = sum(one.bytes for one in removed)
    return proof(db, STORE, files=len(removed), size=size, until=until) if removed else None


class Shadows:
    """The chapter of shadow output."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def unshadowed(self, route: str, since: datetime) -> list[str]:
        """Transfers of a route, delivered since then, whose shadow is to be written; those tried least first."""
        return await self._run(unshadowed, route, since)

    async def written(self, one: Shadow) -> None:
        """The shadow of a delivery is complete at its place."""
        await self._run(written, one)

    async def failed(self, transfer: str, detail: str) -> bool:
        """It could not be written; gives whether that was the last try."""
        return await self._run(tried, transfer, detail or "failed") >= ATTEMPTS

    async def due(self, until: datetime) -> list[Shadow]:
        """What was written before an instant and was not erased, oldest first."""
        return await self._run(due, until)

    async def standing(self) -> tuple[int, int]:
        """How many files that were not erased by us, and their bytes."""
        return await self._run(standing)

    async def over(
        self, shadows: Sequence[Shadow], removed: Sequence[Shadow], until: datetime
    ) -> Erasure | None:
        """These need no erasing any more; of those that were removed now proof is kept. None if none was."""
        return await self._run(over, shadows, removed, until)
