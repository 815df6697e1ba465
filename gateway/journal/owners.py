"""The chapter of owners: who this gateway is, which starts were its own, and which routes it may take over."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.journal.database import Db, Run

ANYBODY = "*"
"""Whoever the owner object of a route names."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """This gateway as owner objects name it: its journal, how often that was opened, and this very start."""

    installation: str
    generation: int
    session: str


class Owners:
    """Transactions about owners."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def me(self) -> Identity:
        """Who opened this journal to write."""
        return await self._run(me)

    async def knows(self, session: str) -> bool:
        """Whether this was a start of this journal, or of the one that it was copied from."""
        return await self._run(knows, session)

    async def may_take(self, route: str, installation: str) -> bool:
        """Whether the owner object of a route may be replaced although it names a start that is not known."""
        return await self._run(may_take, route, installation)

    async def took(self, route: str) -> None:
        """It was replaced."""
        await self._run(took, route)


def me(db: Db) -> Identity:
    """See ``Owners.me``."""
    generation = db.rows("SELECT generation FROM installation", {})[0]["generation"]
    newest = db.rows("SELECT session FROM sessions ORDER BY number DESC LIMIT 1", {})[0]
    return Identity(installation=installation_of(db), generation=generation, session=newest["session"])


def installation_of(db: Db) -> str:
    """The journal's name for itself, which a backup and a copy of it share."""
    return str(db.rows("SELECT installation_id FROM installation", {})[0]["installation_id"])


def knows(db: Db, session: str) -> bool:
    """See ``Owners.knows``."""
    return bool(db.rows("SELECT 1 FROM sessions WHERE session = :session", {"session": session}))


def may_take(db: Db, route: str, installation: str) -> bool:
    """See ``Owners.may_take``."""
    sql = "SELECT 1 FROM takeovers WHERE route = :route AND installation IN (:anybody, :installation)"
    return bool(db.rows(sql, {"route": route, "anybody": ANYBODY, "installation": installation}))


def took(db: Db, route: str) -> None:
    """See ``Owners.took``."""
    db.changed("DELETE FROM takeovers WHERE route = :route", {"route": route})
