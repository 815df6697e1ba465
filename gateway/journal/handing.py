"""A file that a person hands in: admitted as if its source had shown it, with its bytes among the kept originals."""

from __future__ import annotations

from gateway.journal import audit, evidence, numbering, transfers
from gateway.journal.asked import HandedIn
from gateway.journal.database import Db
from gateway.journal.port import Admission, Transfer


def handed_in(db: Db, admission: Admission, given: HandedIn) -> Transfer | None:
    """See ``Journal.handed_in``."""
    transfer = numbering.admitted(db, admission)
    if transfer is None:
        return None
    evidence.note(db, [given.original])
    sql = "UPDATE transfers SET by_hand = 1, sha256 = :sha256 WHERE id = :id"
    db.changed(sql, {"id": transfer.id, "sha256": given.original.sha256})
    detail = {"route": transfer.route, "path": transfer.entry.path, "sha256": given.original.sha256}
    audit.record(
        db, audit.Act(who=given.who, act="put", subject=transfer.id, reason=given.reason, detail=detail)
    )
    return transfers.found(db, transfer.id)
