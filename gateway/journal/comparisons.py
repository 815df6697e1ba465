"""What was compared with what, and how it came out: the evidence that a cutover's gate asks for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from gateway.journal.database import Db, Row, Run, text_of

Result = Literal["equal", "equivalent", "different", "missing", "unreadable"]
CLEAN: frozenset[Result] = frozenset({"equal", "equivalent"})


@dataclass(frozen=True, kw_only=True)
class ComparisonRow:
    """One comparison of a route's slot.

    Attributes:
        slot: the business date, and after ``#`` which of the day's deliveries it was, from 1.
        against: early or shadow, as the route says.
        old: transfer whose file was the old side, empty if it was missing.
        new: likewise of the new side.
        result: the verdict; ``missing`` where one side never came, ``unreadable`` where it could not be compared.
        unexplained: records that differ and that no tolerance covers.
        tolerated: records that differ and that tolerances cover.
        report: path of the report's JSON.
        detail: why there is no verdict.
    """

    route: str
    slot: str
    business_date: date
    against: str
    old: str
    new: str
    result: Result
    old_records: int | None = None
    new_records: int | None = None
    only_old: int = 0
    only_new: int = 0
    changed: int = 0
    unexplained: int = 0
    tolerated: int = 0
    report: str = ""
    detail: str = ""
    at: datetime | None = None

    @property
    def clean(self) -> bool:
        """Whether no unexplained difference was left."""
        return self.result in CLEAN


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A file that can be one side of a comparison: delivered, or come early."""

    transfer: str
    business_date: date
    outcome: Literal["delivered", "compared"]


_COLUMNS = (
    "route", "slot", "business_date", "against", "old", "new", "result", "old_records", "new_records", "only_old",
    "only_new", "changed", "unexplained", "tolerated", "report", "detail",
)  # fmt: skip


def made(db: Db, row: ComparisonRow) -> None:
    """See ``Comparisons.made``."""
    names = ", ".join(_COLUMNS)
    values = ", ".join(f":{name}" for name in _COLUMNS)
    given = {name: getattr(row, name) for name in _COLUMNS} | {"business_date": row.business_date.isoformat()}
    sql = f"INSERT INTO comparisons ({names}, at) VALUES ({values}, :at)"  # noqa: S608 - names are ours
    db.changed(sql, given | {"at": text_of(db.now)})


def latest(db: Db, route: str, count: int) -> list[ComparisonRow]:
    """See ``Comparisons.latest``."""
    sql = """SELECT * FROM comparisons c WHERE route = :route AND number =
             (SELECT max(number) FROM comparisons WHERE route = c.route AND slot = c.slot)
             ORDER BY business_date DESC, length(slot) DESC, slot DESC LIMIT :count"""
    return [_row_of(row) for row in db.rows(sql, {"route": route, "count": count})]


def candidates(db: Db, route: str, since: date) -> list[Candidate]:
    """See ``Comparisons.candidates``."""
    sql = """SELECT id, business_date, outcome FROM transfers
             WHERE route = :route AND business_date >= :since AND outcome IN ('delivered', 'compared')
             AND state = 'settled' AND replay_of IS NULL AND diverted_from IS NULL ORDER BY number"""
    rows = db.rows(sql, {"route": route, "since": since.isoformat()})
    return [
        Candidate(
            transfer=row["id"],
            business_date=date.fromisoformat(row["business_date"]),
            outcome=row["outcome"],
        )
        for row in rows
    ]


def known(db: Db, route: str, since: date) -> frozenset[tuple[str, str]]:
    """See ``Comparisons.known``."""
    sql = "SELECT old, new FROM comparisons WHERE route = :route AND business_date >= :since"
    rows = db.rows(sql, {"route": route, "since": since.isoformat()})
    return frozenset((row["old"], row["new"]) for row in rows)


def _row_of(row: Row) -> ComparisonRow:
    given = {name: row[name] for name in _COLUMNS} | {
        "business_date": date.fromisoformat(row["business_date"])
    }
    return ComparisonRow(**given, at=datetime.fromisoformat(row["at"]))


def leading_clean(rows: Iterable[ComparisonRow]) -> int:
    """How many of the first ones are clean."""
    count = 0
    for row in rows:
        if not row.clean:
            break
        count += 1
    return count


ENOUGH = 1000
"""Comparisons of a route that are looked back over."""


class Comparisons:
    """The chapter of comparisons."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def made(self, row: ComparisonRow) -> None:
        """A comparison was made, or could not be."""
        await self._run(made, row)

    async def latest(self, route: str, count: int) -> list[ComparisonRow]:
        """The newest slots of a route, newest first, each by its last comparison."""
        return await self._run(latest, route, count)

    async def clean_in_a_row(self, route: str) -> int:
        """How many of the newest slots were clean, counted back to the first that was not."""
        return leading_clean(await self.latest(route, ENOUGH))

    async def candidates(self, route: str, since: date) -> list[Candidate]:
        """What was delivered or came early, of these business dates, in the order of admission."""
        return await self._run(candidates, route, since)

    async def known(self, route: str, since: date) -> frozenset[tuple[str, str]]:
        """The pairs of transfers (old, new) that were compared."""
        return await self._run(known, route, since)
