"""What was expected of sources, what came of it, and what people were told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from gateway.journal.database import Db, Run, text_of

UNDECIDED = "from"
"""The subject under which the first day stands that was not decided on yet."""


def first_seen(db: Db, route: str) -> datetime:
    """See ``Expectations.first_seen``."""
    sql = "INSERT INTO expecting (route, since) VALUES (:route, :at) ON CONFLICT DO NOTHING"
    db.changed(sql, {"route": route, "at": text_of(db.now)})
    found = db.rows("SELECT since FROM expecting WHERE route = :route", {"route": route})
    return datetime.fromisoformat(found[0]["since"])


def arrived(db: Db, route: str, dates: Collection[date]) -> dict[date, int]:
    """See ``Expectations.arrived``."""
    asked = {f"day{number}": day.isoformat() for number, day in enumerate(dates)}
    sql = f"""SELECT business_date, count(DISTINCT endpoint || ':' || path) AS files FROM transfers
              WHERE route = :route AND business_date IN ({", ".join(f":{name}" for name in asked)})
                AND state <> 'withdrawn' AND replay_of IS NULL AND diverted_from IS NULL AND early <> 'compare'
              GROUP BY business_date"""  # noqa: S608 - names of parameters are ours
    found = db.rows(sql, {"route": route, **asked}) if asked else []
    return {date.fromisoformat(row["business_date"]): int(row["files"]) for row in found}


def last_arrival(db: Db, route: str) -> datetime | None:
    """See ``Expectations.last_arrival``."""
    sql = """SELECT admitted_at FROM transfers WHERE route = :route AND replay_of IS NULL
             AND diverted_from IS NULL ORDER BY number DESC LIMIT 1"""
    found = db.rows(sql, {"route": route})
    return datetime.fromisoformat(found[0]["admitted_at"]) if found else None


def told(db: Db, route: str, subject: str) -> str:
    """See ``Expectations.told``."""
    sql = "SELECT said FROM expectations WHERE route = :route AND subject = :subject"
    found = db.rows(sql, {"route": route, "subject": subject})
    return str(found[0]["said"]) if found else ""


def told_since(db: Db, route: str, first: str) -> dict[str, str]:
    """See ``Expectations.told_since``."""
    sql = "SELECT subject, said FROM expectations WHERE route = :route AND (subject >= :first OR subject = :undecided)"
    where = {"route": route, "first": first, "undecided": UNDECIDED}
    return {row["subject"]: row["said"] for row in db.rows(sql, where)}


def tell(db: Db, route: str, subject: str, said: str) -> bool:
    """See ``Expectations.tell``."""
    sql = """INSERT INTO expectations (route, subject, said, at) VALUES (:route, :subject, :said, :at)
             ON CONFLICT (route, subject) DO UPDATE SET said = :said, at = :at WHERE expectations.said <> :said"""
    values = {"route": route, "subject": subject, "said": said, "at": text_of(db.now)}
    return db.changed(sql, values) == 1


class Expectations:
    """The chapter of expected files. ``subject`` is a delivery's day, ``silence``, or ``UNDECIDED``."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def first_seen(self, route: str) -> datetime:
        """Since when files of a route are expected: no delivery before counts as missing."""
        return await self._run(first_seen, route)

    async def arrived(self, route: str, dates: Collection[date]) -> dict[date, int]:
        """How many files came, by business date; a date of which none came is not in it."""
        return await self._run(arrived, route, dates)

    async def last_arrival(self, route: str) -> datetime | None:
        """When the newest file of a route came."""
        return await self._run(last_arrival, route)

    async def told(self, route: str, subject: str) -> str:
        """What people were told last of a subject; an empty string if nothing."""
        return await self._run(told, route, subject)

    async def told_since(self, route: str, first: date) -> dict[str, str]:
        """What people were told last of each day from ``first`` on, by subject; with it, what is ``UNDECIDED``."""
        return await self._run(told_since, route, first.isoformat())

    async def tell(self, route: str, subject: str, said: str) -> bool:
        """Note that people are told; False if they were told so already."""
        return await self._run(tell, route, subject, said)
