"""Bad records that were taken out of their files: each time a transfer of its own, held until people correct them.

It has its file's path, day and format, and the next revision; it is no arrival of its own, and the ledger counts its
records with those of the file that they came in.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.errors import Reason, Stale
from gateway.journal.database import Db, Run, text_of
from gateway.journal.history import record
from gateway.lifecycle import State


@dataclass(frozen=True, kw_only=True)
class Diversion:
    """Records that are taken out of a spooled file.

    Attributes:
        id: of the transfer that they become; its original is in the spool already.
        of: the transfer out of whose file they come.
        records: how many they are; ``total`` with those that stay.
        bytes, sha256: of the file of these records alone.
        message, hint: what people read of it.
    """

    id: str
    of: str
    records: int
    total: int
    bytes: int
    sha256: str
    message: str
    hint: str


def id_of(transfer: str) -> str:
    """The transfer that the bad records of a file become: always the same, whatever is cut short."""
    return f"{transfer}d"


_INSERT = """
    INSERT INTO transfers (id, route, endpoint, path, size, mtime, version, content, companion, stated_sha256,
                           revision, from_format, business_date, admitted_at, changed_at, state, held_from, reason,
                           message, hint, bytes, sha256, records, diverted_from, node)
    SELECT :id, route, endpoint, path, :bytes, mtime, version, :content, '', '',
           (SELECT max(revision) + 1 FROM transfers r
            WHERE r.route = t.route AND r.endpoint = t.endpoint AND r.path = t.path),
           from_format, business_date, :at, :at, 'held', 'spooled', :reason, :message, :hint, :bytes, :sha256,
           :records, id, node
    FROM transfers t WHERE id = :of AND state = 'spooled' AND diverted = 0 AND diverted_from IS NULL"""


def diverted(db: Db, part: Diversion) -> None:
    """See ``Diversions.divert``."""
    values = {
        "id": part.id,
        "of": part.of,
        "bytes": part.bytes,
        "sha256": part.sha256,
        "records": part.records,
    }
    why = {"reason": Reason.BAD_RECORDS, "message": part.message, "hint": part.hint}
    if db.changed(_INSERT, values | why | {"content": f"of {part.of}", "at": text_of(db.now)}) != 1:
        raise Stale(f"transfer {part.of} is no longer spooled and whole")
    counts = {"id": part.of, "records": part.records, "total": part.total}
    db.changed("UPDATE transfers SET diverted = :records, records = :total WHERE id = :id", counts)
    out = f"{Reason.BAD_RECORDS}: {part.message}"
    record(db, part.id, "divert", from_state=None, to_state=State.HELD, detail=out)
    record(db, part.of, "divert", from_state=State.SPOOLED, to_state=State.SPOOLED, detail=part.id)


class Diversions:
    """The chapter of records that were taken out of their files."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def divert(self, part: Diversion) -> None:
        """Bad records wait as a transfer of their own, and their file goes on without them. Raises ``Stale``."""
        await self._run(diverted, part)
