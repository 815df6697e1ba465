"""Routes whose source was not looked at since the journal was restored: what it shows may have been delivered."""

from __future__ import annotations

from gateway.journal.database import Db


def restored(db: Db, route: str) -> None:
    """The journal of this route came from a backup."""
    db.changed("INSERT INTO restored (route) VALUES (:route) ON CONFLICT DO NOTHING", {"route": route})


def is_restored(db: Db, route: str) -> bool:
    """Whether it did, and the route's source was not looked at since."""
    return bool(db.rows("SELECT 1 FROM restored WHERE route = :route", {"route": route}))


def reconciled(db: Db, route: str) -> None:
    """See ``Journal.reconciled``."""
    db.changed("DELETE FROM restored WHERE route = :route", {"route": route})
