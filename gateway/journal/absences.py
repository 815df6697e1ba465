"""Places that are left alone for a while, also by the gateway that is started next.

No start asks a host that is down before its time, or logs in once more where the login was refused: accounts lock.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from gateway.journal.database import Db, Run, text_of


@dataclass(frozen=True, kw_only=True)
class Absence:
    """Why and until when a place is left alone.

    Attributes:
        failures, opened: how often it failed in a row, and how often the wait was doubled.
        refused: what it said when it let nobody in; empty if it did not answer.
        asked: what tells the state of its address and secrets from the next.
    """

    until: datetime
    failures: int = 0
    opened: int = 0
    refused: str = ""
    hint: str = ""
    asked: str = ""


def known(db: Db) -> dict[str, Absence]:
    """See ``Absences.known``."""
    rows = [dict(row) for row in db.rows("SELECT * FROM absences", {})]
    return {
        row.pop("endpoint"): Absence(**row | {"until": datetime.fromisoformat(row["until"])}) for row in rows
    }


def noted(db: Db, endpoint: str, absence: Absence | None) -> None:
    """See ``Absences.noted``."""
    db.changed("DELETE FROM absences WHERE endpoint = :endpoint", {"endpoint": endpoint})
    if absence is not None:
        sql = """INSERT INTO absences (endpoint, until, failures, opened, refused, hint, asked)
                 VALUES (:endpoint, :until, :failures, :opened, :refused, :hint, :asked)"""
        db.changed(sql, asdict(absence) | {"endpoint": endpoint, "until": text_of(absence.until)})


class Absences:
    """The chapter of places that are left alone."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def known(self) -> dict[str, Absence]:
        """The places that are left alone, by endpoint."""
        return await self._run(known)

    async def noted(self, endpoint: str, absence: Absence | None) -> None:
        """How it stands with a place now; None: it answers."""
        await self._run(noted, endpoint, absence)
