"""Converting anew, by a person's word, what was converted and nobody can have seen at its destination."""

from __future__ import annotations

import json

from gateway.errors import IllegalMove
from gateway.journal import audit, book, transfers
from gateway.journal.asked import Reconversion
from gateway.journal.database import Db
from gateway.journal.port import Transfer
from gateway.lifecycle import State

AT_ITS_END = "it is at its end; send it again with replay if it was delivered"
BEGUN = "its delivery has begun, and it goes as it was converted; send it again afterwards with replay"
NOT_YET = "it was not converted yet, and will be as the configuration says then"


def why_not(transfer: Transfer) -> str:
    """Why a transfer cannot be converted anew; empty if it can. Names that a delivery has are kept."""
    state = transfer.held_from if transfer.state is State.HELD else transfer.state
    if state is State.SPOOLED and transfer.state is State.HELD:
        return ""
    if state in (State.ADMITTED, State.SPOOLED):
        return NOT_YET
    if state is State.PUBLISHING or (state is State.CLAIMED and len(transfer.outputs) > 1):
        return BEGUN
    return "" if state in (State.CONVERTED, State.CLAIMED) else AT_ITS_END


def asked(db: Db, word: Reconversion) -> Transfer:
    """See ``Journal.reconvert``."""
    transfer = transfers.found(db, word.transfer)
    claimed = State.CLAIMED in (transfer.state, transfer.held_from)
    if reason := why_not(transfer) or (BEGUN if claimed and _has_draft(db, transfer.id) else ""):
        raise IllegalMove(f"{transfer.id}: {reason}")
    made = [json.loads(one.made_with) for one in transfer.outputs if one.made_with]
    act = audit.Act(
        who=word.who,
        act="reconvert",
        subject=transfer.id,
        reason=word.reason,
        detail={"was_made_with": made[0] if made else None},
    )
    if transfer.state is State.HELD:
        transfer = book.let_go(db, transfer, act)
    else:
        audit.record(db, act)
    if transfer.state is not State.SPOOLED:
        db.changed("UPDATE transfers SET anew = 1 WHERE id = :id", {"id": transfer.id})
    return transfers.found(db, transfer.id)


def _has_draft(db: Db, transfer: str) -> bool:
    """Whether a state of all rows follows from what was made: others may be made on top of it already."""
    sql = "SELECT 1 FROM states WHERE transfer_id = :id AND version IS NULL"
    return bool(db.rows(sql, {"id": transfer}))
