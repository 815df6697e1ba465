"""A route whose journal is not the one that knows its deliveries: restored from a backup, or taken over."""

from __future__ import annotations

from gateway.journal import afresh, transfers
from gateway.journal.audit import Act, record
from gateway.journal.database import Db, text_of
from gateway.journal.owners import ANYBODY
from gateway.lifecycle import State

UNSURE = frozenset({State.ADMITTED, State.SPOOLED, State.CONVERTED, State.CLAIMED, State.PUBLISHING})
"""States of a transfer that another journal may know to be over."""


def taken_over(db: Db, route: str, who: str, reason: str) -> int:
    """See ``Journal.taken_over``."""
    begin_anew(db, route, installation=ANYBODY)
    unsure = doubt(db, route)
    record(db, Act(who=who, act="own", subject=f"route {route}", reason=reason))
    return unsure


def begin_anew(db: Db, route: str, *, installation: str) -> None:
    """The route's source is looked at as after a restore, and its owner object may be replaced once."""
    afresh.restored(db, route)
    sql = """INSERT INTO takeovers (route, installation, made_at) VALUES (:route, :installation, :now)
             ON CONFLICT (route) DO UPDATE SET installation = :installation, made_at = :now"""
    db.changed(sql, {"route": route, "installation": installation, "now": text_of(db.now)})


def doubt(db: Db, route: str | None) -> int:
    """Have the destination asked of each transfer that another journal may know to be over; gives how many."""
    unsure = [one for one in transfers.open_transfers(db, route) if (one.held_from or one.state) in UNSURE]
    for transfer in unsure:
        db.changed("UPDATE transfers SET unproved = 1 WHERE id = :id", {"id": transfer.id})
    return len(unsure)
