"""A route whose journal is not the one that knows its deliveries: restored from a backup, or taken over."""

from __future__ import annotations

from gateway.errors import Reason
from gateway.journal import afresh, book, transfers
from gateway.journal.audit import Act, record
from gateway.journal.database import Db, text_of
from gateway.journal.owners import ANYBODY
from gateway.lifecycle import State

UNSURE = frozenset({State.ADMITTED, State.SPOOLED, State.CONVERTED, State.CLAIMED, State.PUBLISHING})
"""States of a transfer that another journal may know to be over."""

TAKEN_OVER = (
    "it was under way when the route was taken over from another gateway, which may have delivered it",
    "look whether the destination has it; release it only if it has not",
)


def taken_over(db: Db, route: str, who: str, reason: str) -> int:
    """See ``Journal.taken_over``."""
    begin_anew(db, route, installation=ANYBODY)
    held = hold_what_is_unsure(db, route, Reason.RESTORED, *TAKEN_OVER)
    record(db, Act(who=who, act="own", subject=f"route {route}", reason=reason))
    return held


def begin_anew(db: Db, route: str, *, installation: str) -> None:
    """The route's source is looked at as after a restore, and its owner object may be replaced once."""
    afresh.restored(db, route)
    sql = """INSERT INTO takeovers (route, installation, made_at) VALUES (:route, :installation, :now)
             ON CONFLICT (route) DO UPDATE SET installation = :installation, made_at = :now"""
    db.changed(sql, {"route": route, "installation": installation, "now": text_of(db.now)})


def hold_what_is_unsure(db: Db, route: str | None, reason: Reason, message: str, hint: str) -> int:
    """Hold every transfer that another journal may know to be over; gives how many."""
    unsure = [one for one in transfers.open_transfers(db, route) if one.state in UNSURE]
    for transfer in unsure:
        book.held(db, transfer, reason, message, hint)
    return len(unsure)
