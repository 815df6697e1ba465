"""What stands open and what has changed, of all routes at once: for pages and metrics that are asked often.

It only reads. A look that finds nothing new costs two look-ups, however many routes and transfers there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.journal.database import Db, Row, Run, instant_of, text_of

CHUNK = 400  # names in one query
BACK = timedelta(seconds=1)
"""Runs are compared by their time: this much of it is looked at twice, so that none is missed."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Up to where somebody has looked."""

    event: int = 0
    run: str = ""
    flip: int = 0


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """The open files of one route, with the bytes of all.

    ``early``: pending ones that came early and wait for their source's cutover. ``oldest`` is the admission of the
    oldest that is neither held nor one of these; ``missing``: the number that did not come and that others wait for,
    as people were told.
    """

    route: str
    pending: int = 0
    early: int = 0
    held: int = 0
    retrying: int = 0
    bytes: int = 0
    oldest: datetime | None = None
    missing: str = ""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that happened to a file of a route; numbers grow with time."""

    number: int
    at: datetime
    transfer: str
    path: str
    event: str
    state: str
    detail: str


def mark(db: Db) -> Mark:
    """Where the journal stands now."""
    sql = "SELECT (SELECT max(number) FROM events) AS event, (SELECT max(number) FROM flips) AS flip"
    newest = db.rows(sql, {})[0]
    return Mark(event=newest["event"] or 0, run=text_of(db.now - BACK), flip=newest["flip"] or 0)


def touched(db: Db, since: Mark) -> frozenset[str]:
    """The routes of which something was written after the mark."""
    sql = """SELECT DISTINCT t.route FROM events e JOIN transfers t ON t.id = e.transfer_id WHERE e.number > :event
             UNION SELECT route FROM runs WHERE last_run >= :run OR last_slot >= :run"""
    return frozenset(row["route"] for row in db.rows(sql, {"event": since.event, "run": since.run}))


def backlogs(db: Db, routes: Iterable[str] | None) -> dict[str, Backlog]:
    """The open files of these routes (None: of all), for each that has any."""
    if routes is None:
        return _backlogs(db, "", {})
    names, found = sorted(routes), dict[str, Backlog]()
    for start in range(0, len(names), CHUNK):
        chosen = {f"r{number}": name for number, name in enumerate(names[start : start + CHUNK])}
        found |= _backlogs(db, f"AND route IN ({', '.join(f':{key}' for key in chosen)})", chosen)
    return found


def _backlogs(db: Db, where: str, parameters: dict[str, str]) -> dict[str, Backlog]:
    sql = f"""SELECT route, count(*) FILTER (WHERE state <> 'held') AS pending,
              count(*) FILTER (WHERE state <> 'held' AND early = 'wait') AS early,
              count(*) FILTER (WHERE state = 'held') AS held,
              count(*) FILTER (WHERE state <> 'held' AND attempt > 0) AS retrying,
              sum(coalesce(bytes, size, 0)) AS bytes,
              min(CASE WHEN state <> 'held' AND early <> 'wait' THEN admitted_at END) AS oldest,
              max((SELECT said FROM expectations e WHERE e.route = transfers.route
                   AND e.subject = 'gap ' || transfers.from_format AND transfers.early = '')) AS missing
              FROM transfers WHERE state NOT IN ('settled', 'withdrawn') {where} GROUP BY route"""  # noqa: S608 - placeholders only
    return {
        row["route"]: Backlog(
            route=row["route"],
            pending=row["pending"],
            early=row["early"],
            held=row["held"],
            retrying=row["retrying"],
            bytes=row["bytes"],
            oldest=instant_of(row["oldest"]),
            missing=row["missing"] or "",
        )
        for row in db.rows(sql, parameters)
    }


_STEPS = """SELECT e.number, e.at, e.transfer_id AS transfer, t.path, e.event, e.to_state AS state, e.detail
            FROM events e JOIN transfers t ON t.id = e.transfer_id WHERE t.route = :route"""


def steps_after(db: Db, route: str, number: int) -> list[Step]:
    """What happened to a route's files after a step, in order."""
    sql = f"{_STEPS} AND e.number > :number ORDER BY e.number LIMIT 1000"
    return [_step_of(row) for row in db.rows(sql, {"route": route, "number": number})]


def last_steps(db: Db, route: str, count: int) -> list[Step]:
    """The last steps of a route's files, in order."""
    sql = f"{_STEPS} ORDER BY e.number DESC LIMIT :count"
    return [_step_of(row) for row in reversed(db.rows(sql, {"route": route, "count": count}))]


def _step_of(row: Row) -> Step:
    return Step(**dict(row) | {"at": datetime.fromisoformat(row["at"])})


class Overview:
    """The chapter of what stands open."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def mark(self) -> Mark:
        """Where the journal stands now."""
        return await self._run(mark)

    async def touched(self, since: Mark) -> frozenset[str]:
        """The routes of which something was written after the mark; some may be named without need."""
        return await self._run(touched, since)

    async def backlogs(self, routes: Iterable[str] | None = None) -> dict[str, Backlog]:
        """The open files of these routes (None: of all), for each that has any."""
        return await self._run(backlogs, routes)

    async def steps_after(self, route: str, number: int) -> list[Step]:
        """What happened to a route's files after a step, in order."""
        return await self._run(steps_after, route, number)

    async def last_steps(self, route: str, count: int) -> list[Step]:
        """The last steps of a route's files, in order."""
        return await self._run(last_steps, route, count)
