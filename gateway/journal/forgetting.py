"""Rows of finished transfers that have had their time leave the journal; proof of it stays.

What the gateway still decides by is never forgotten: what a source still has, the newest delivery of a route in each
format and the newest number of a series, outputs whose consumer is waited for, states of differences, what stands at a
shadow place, and files that are still kept, because a replay needs their rows. The audit log, changes of format and
decisions of people stay.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from gateway.journal.database import Db, Run, text_of
from gateway.journal.erasures import Erasure, proof
from gateway.lifecycle import FINAL

STORE = "journal"
"""What erasures call it."""

_FINAL = f"({', '.join(repr(state.value) for state in sorted(FINAL))})"
_DUE = f"""FROM transfers t WHERE t.state IN {_FINAL} AND t.changed_at < :until
    AND NOT EXISTS (SELECT 1 FROM events e WHERE e.transfer_id = t.id AND e.event = 'settle'
        AND e.detail IN ('kept', 'left alone') AND NOT EXISTS (SELECT 1 FROM transfers n
        WHERE n.route = t.route AND n.endpoint = t.endpoint AND n.path = t.path AND n.number > t.number))
    AND NOT (t.outcome = 'delivered' AND NOT EXISTS (SELECT 1 FROM transfers n WHERE n.route = t.route
        AND n.outcome = 'delivered' AND n.carried_to = t.carried_to AND n.number > t.number))
    AND NOT EXISTS (SELECT 1 FROM numbered f WHERE f.transfer_id = t.id AND f.number = (SELECT max(g.number)
        FROM numbered g WHERE g.route = f.route AND g.format = f.format))
    AND NOT EXISTS (SELECT 1 FROM outputs o WHERE o.transfer_id = t.id AND o.observed = 1 AND o.taken_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM states s WHERE s.transfer_id = t.id)
    AND NOT EXISTS (SELECT 1 FROM kept k WHERE k.store = 'originals' AND k.sha256 = t.sha256)
    AND NOT EXISTS (SELECT 1 FROM shadows s WHERE s.transfer_id = t.id AND s.written = 1 AND s.erased_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM transfers c WHERE (c.replay_of = t.id OR c.diverted_from = t.id)
        AND c.state NOT IN {_FINAL})"""  # noqa: S608 - written here
_OF_TRANSFERS = ("events", "outputs", "numbered", "shadows", "allowances")


def due(db: Db, until: datetime) -> int:
    """See ``Forgetting.due``."""
    return int(db.rows(f"SELECT count(*) AS rows {_DUE}", {"until": text_of(until)})[0]["rows"])


def known(db: Db) -> int:
    """See ``Forgetting.known``."""
    return int(db.rows("SELECT count(*) AS rows FROM transfers", {})[0]["rows"])


def forgotten(db: Db, until: datetime, forget: Callable[[str], None], count: int) -> Erasure | None:
    """See ``Forgetting.forget``."""
    sql = f"SELECT t.id {_DUE} ORDER BY t.number LIMIT :count"
    over = [row["id"] for row in db.rows(sql, {"until": text_of(until), "count": count})]
    for transfer in over:
        for table in _OF_TRANSFERS:
            db.changed(f"DELETE FROM {table} WHERE transfer_id = :id", {"id": transfer})  # noqa: S608 - named here
        db.changed("DELETE FROM transfers WHERE id = :id", {"id": transfer})
        forget(transfer)
    return proof(db, STORE, files=len(over), size=0, until=until) if over else None


class Forgetting:
    """The chapter of what leaves the journal."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def known(self) -> int:
        """How many transfers the journal knows."""
        return await self._run(known)

    async def due(self, until: datetime) -> int:
        """How many transfers, finished before an instant, nothing needs any more."""
        return await self._run(due, until)

    async def forget(
        self, until: datetime, *, forget: Callable[[str], None], count: int = 200
    ) -> Erasure | None:
        """Remove up to ``count`` of those that are due, and keep proof of it; None if there are none.

        ``forget`` removes what files are called after a transfer, within the transaction.
        """
        return await self._run(forgotten, until, forget, count)

    async def proof(self, store: str, *, files: int, size: int, until: datetime) -> Erasure:
        """Write down that files of another store were erased."""
        return await self._run(proof, store, files=files, size=size, until=until)
