"""The day of a file that only its content says: known once the file is in the spool."""

from __future__ import annotations

from datetime import date

from gateway.errors import Stale
from gateway.journal import transfers
from gateway.journal.database import Db
from gateway.journal.port import Transfer


def dated(db: Db, transfer: Transfer, day: date) -> Transfer:
    """See ``Journal.dated``. Raises ``Stale``."""
    sql = "UPDATE transfers SET business_date = :day WHERE id = :id AND state = :state"
    if db.changed(sql, {"day": day.isoformat(), "id": transfer.id, "state": transfer.state}) != 1:
        raise Stale(f"transfer {transfer.id} is no longer {transfer.state}")
    return transfers.found(db, transfer.id)
