"""How much of single routes is logged for a while, by a person's word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from gateway.journal.audit import Act, record
from gateway.journal.database import Db, Row, Run, text_of

Level = Literal["debug", "info", "warning", "error"]


@dataclass(frozen=True, kw_only=True)
class RouteLevel:
    """The least important events of a route that are written until an instant."""

    route: str
    level: Level
    who: str
    reason: str
    made_at: datetime
    until: datetime


def said(db: Db, route: str, level: Level, *, who: str, reason: str, until: datetime) -> RouteLevel:
    """Log so much of a route until then, whatever was said of it before; audited."""
    _end(db, route)
    values = {
        "route": route,
        "level": level,
        "who": who,
        "reason": reason,
        "made_at": text_of(db.now),
        "until": text_of(until),
    }
    db.changed(
        """INSERT INTO levels (route, level, who, reason, made_at, until)
           VALUES (:route, :level, :who, :reason, :made_at, :until)""",
        values,
    )
    detail = {"level": level, "until": values["until"]}
    record(db, Act(who=who, act="log-level", subject=f"route {route}", reason=reason, detail=detail))
    return _level_of(values)


def taken_back(db: Db, route: str, who: str, reason: str) -> bool:
    """Log of a route what is logged of all; audited. False if nothing else was said of it."""
    if not _end(db, route):
        return False
    record(db, Act(who=who, act="log-level", subject=f"route {route}", reason=reason))
    return True


def _end(db: Db, route: str) -> bool:
    sql = "UPDATE levels SET ended_at = :now WHERE route = :route AND ended_at IS NULL"
    return bool(db.changed(sql, {"now": text_of(db.now), "route": route}))


def standing(db: Db) -> tuple[RouteLevel, ...]:
    """What holds now, in order of route."""
    sql = "SELECT * FROM levels WHERE ended_at IS NULL AND until > :now ORDER BY route"
    return tuple(_level_of(row) for row in db.rows(sql, {"now": text_of(db.now)}))


def _level_of(row: Row) -> RouteLevel:
    return RouteLevel(
        route=row["route"],
        level=row["level"],
        who=row["who"],
        reason=row["reason"],
        made_at=datetime.fromisoformat(row["made_at"]),
        until=datetime.fromisoformat(row["until"]),
    )


class Levels:
    """The chapter of log levels."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def said(self, route: str, level: Level, *, who: str, reason: str, until: datetime) -> RouteLevel:
        """Log so much of a route until then, whatever was said of it before."""
        return await self._run(said, route, level, who=who, reason=reason, until=until)

    async def taken_back(self, route: str, *, who: str, reason: str) -> bool:
        """Log of a route what is logged of all. False if nothing else was said of it."""
        return await self._run(taken_back, route, who, reason)

    async def standing(self) -> tuple[RouteLevel, ...]:
        """What holds now, in order of route."""
        return await self._run(standing)
