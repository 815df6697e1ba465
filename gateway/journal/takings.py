"""What consumers did with delivered files: took them, and how many records they say they took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.journal.database import Db, Row, Run, text_of
from gateway.journal.history import record
from gateway.lifecycle import State
from gateway.model import Format


@dataclass(frozen=True, kw_only=True)
class Untaken:
    """A delivered output that its consumer was not seen to take."""

    transfer: str
    ordinal: int
    route: str
    endpoint: str
    path: str
    to_format: Format
    records: int | None
    delivered_at: datetime
    alarmed: bool


def untaken(db: Db) -> list[Untaken]:
    """See ``Takings.untaken``."""
    sql = """SELECT o.*, t.route FROM outputs o JOIN transfers t ON t.id = o.transfer_id
             WHERE o.observed = 1 AND o.taken_at IS NULL AND o.delivered_at IS NOT NULL ORDER BY o.delivered_at"""
    return [_untaken_of(row) for row in db.rows(sql, {})]


def taken(db: Db, one: Untaken, how: str, records: int | None) -> bool:
    """See ``Takings.taken``."""
    sql = """UPDATE outputs SET taken_at = :at, taken_how = :how, taken_records = :records
             WHERE transfer_id = :id AND ordinal = :ordinal AND taken_at IS NULL"""
    values = {"at": text_of(db.now), "how": how, "records": records}
    if not db.changed(sql, values | {"id": one.transfer, "ordinal": one.ordinal}):
        return False
    _tell(db, one, "take", how)
    return True


def disputed(db: Db, one: Untaken, records: int | None) -> bool:
    """See ``Takings.disputed``."""
    sql = """UPDATE outputs SET taken_how = 'receipt', taken_records = :records, alarmed_at = coalesce(alarmed_at, :at)
             WHERE transfer_id = :id AND ordinal = :ordinal AND taken_at IS NULL
               AND (taken_how IS NULL OR coalesce(taken_records, -1) <> :said)"""
    values = {"at": text_of(db.now), "records": records, "said": -1 if records is None else records}
    if not db.changed(sql, values | {"id": one.transfer, "ordinal": one.ordinal}):
        return False
    _tell(db, one, "alarm", "its receipt differs")
    return True


def left(db: Db, transfer: str) -> int:
    """See ``Takings.left``."""
    sql = "SELECT count(*) AS n FROM outputs WHERE transfer_id = :id AND observed = 1 AND taken_at IS NULL"
    return int(db.rows(sql, {"id": transfer})[0]["n"])


def alarmed(db: Db, one: Untaken) -> bool:
    """See ``Takings.alarmed``."""
    sql = """UPDATE outputs SET alarmed_at = :at
             WHERE transfer_id = :id AND ordinal = :ordinal AND taken_at IS NULL AND alarmed_at IS NULL"""
    if not db.changed(sql, {"at": text_of(db.now), "id": one.transfer, "ordinal": one.ordinal}):
        return False
    _tell(db, one, "alarm", "not taken in time")
    return True


def replaced(db: Db, endpoint: str, path: str) -> None:
    """What was delivered there before is not observed any more: a file that comes now takes its name."""
    sql = """UPDATE outputs SET observed = 0 WHERE observed = 1 AND taken_at IS NULL AND endpoint = :endpoint
             AND path = :path"""
    db.changed(sql, {"endpoint": endpoint, "path": path})


def _tell(db: Db, one: Untaken, event: str, detail: str) -> None:
    state = State(db.rows("SELECT state FROM transfers WHERE id = :id", {"id": one.transfer})[0]["state"])
    record(db, one.transfer, event, from_state=state, to_state=state, detail=detail)


def _untaken_of(row: Row) -> Untaken:
    return Untaken(
        transfer=row["transfer_id"],
        **{key: row[key] for key in ("ordinal", "route", "endpoint", "path", "records")},
        to_format=Format(row["to_format"]),
        delivered_at=datetime.fromisoformat(row["delivered_at"]),
        alarmed=row["alarmed_at"] is not None,
    )


class Takings:
    """The chapter of what consumers took."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def untaken(self) -> list[Untaken]:
        """Every output that is observed and was not seen to be taken, in the order of delivery."""
        return await self._run(untaken)

    async def taken(self, one: Untaken, how: str, records: int | None = None) -> bool:
        """It was seen to be taken, ``records`` by the consumer's own count; False if that was known."""
        return await self._run(taken, one, how, records)

    async def disputed(self, one: Untaken, records: int | None) -> bool:
        """Its receipt states another count than was sent, or none: it is not taken yet; False if that was known."""
        return await self._run(disputed, one, records)

    async def left(self, transfer: str) -> int:
        """How many outputs of a transfer are observed and were not seen to be taken."""
        return await self._run(left, transfer)

    async def alarmed(self, one: Untaken) -> bool:
        """People are told that it was not taken in time; False if they were, or it was taken meanwhile."""
        return await self._run(alarmed, one)
