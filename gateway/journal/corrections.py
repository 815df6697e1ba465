"""A held file that people corrected: its original stays kept, and it goes on with the corrected bytes."""

from __future__ import annotations

from gateway.errors import Stale
from gateway.journal import audit, book, evidence, transfers
from gateway.journal.asked import Corrected
from gateway.journal.database import Db
from gateway.journal.history import record
from gateway.journal.port import Transfer


def corrected(db: Db, transfer: Transfer, done: Corrected) -> Transfer:
    """See ``Journal.corrected``."""
    evidence.note(db, [done.original])
    detail = {"original": transfer.sha256, "corrected": done.sha256, "items": done.items}
    act = audit.Act(who=done.who, act="correct", subject=transfer.id, reason=done.reason, detail=detail)
    audit.record(db, act)
    released = book.released(db, transfer, done.who, done.reason, force_older=False)
    sql = "UPDATE transfers SET bytes = :bytes, sha256 = :sha256, records = NULL WHERE id = :id AND state = :state"
    where = {"id": released.id, "state": released.state}
    if db.changed(sql, where | {"bytes": done.bytes, "sha256": done.sha256}) != 1:
        raise Stale(f"transfer {transfer.id} went on meanwhile")
    record(
        db,
        transfer.id,
        "correct",
        from_state=released.state,
        to_state=released.state,
        detail=transfer.sha256,
    )
    return transfers.found(db, transfer.id)
