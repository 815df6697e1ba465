"""The chapter of switching: where each end stands, what people said of it, and how its gates were found."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Literal

from gateway.cutover import Condition, Override, Stand, Verdict
from gateway.errors import Stale
from gateway.journal import audit, series
from gateway.journal.audit import Act
from gateway.journal.database import Db, Row, Run, instant_of, text_of
from gateway.model import Format

Side = Literal["from", "to"]
End = tuple[str, Side]
"""A route's name and one of its sides."""

RulingKind = Literal["waive", "approve", "baseline", "reopen"]


@dataclass(frozen=True, kw_only=True)
class Flip:
    """An end took a stand. ``planned`` is None for where it was first seen."""

    route: str
    side: Side
    stand: Stand
    planned: datetime | None
    actual: datetime
    cutover: str
    number: int = 0


@dataclass(frozen=True, kw_only=True)
class Said:
    """An override as it was made; ``scope`` is ``system:NAME``, ``end:ROUTE:from`` or ``end:ROUTE:to``."""

    scope: str
    override: Override
    who: str
    reason: str
    made_at: datetime
    number: int = 0


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """What a person said of a gate. ``subject`` is the condition that is waived, or the route that is confirmed."""

    cutover: str
    kind: RulingKind
    subject: str
    who: str
    reason: str
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class GateSeen:
    """A gate as it was found when it was last looked at."""

    cutover: str
    looked_at: datetime
    verdict: Verdict
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, kw_only=True)
class Flipping:
    """A cutover to be made: its ends, each with the number of the flip that it stands on.

    Attributes:
        cutover: its name.
        ends: the changes, by end.
        standing: the number of each end's newest flip, as the caller saw it.
        detail: for the audit log: conditions, waivers, planned instant.
    """

    cutover: str
    planned: datetime
    ends: Mapping[End, Stand]
    standing: Mapping[End, int]
    detail: Mapping[str, object] = field(default_factory=dict)


def stands(db: Db) -> dict[End, Flip]:
    """The newest flip of every end."""
    sql = "SELECT * FROM flips WHERE number IN (SELECT max(number) FROM flips GROUP BY route, side)"
    return {(row["route"], row["side"]): _flip_of(row) for row in db.rows(sql, {})}


def flips(db: Db, route: str) -> list[Flip]:
    """Every stand that the ends of a route took, in order."""
    sql = "SELECT * FROM flips WHERE route = :route ORDER BY number"
    return [_flip_of(row) for row in db.rows(sql, {"route": route})]


def every_flip(db: Db) -> dict[End, list[Flip]]:
    """Every stand that the ends of all routes took, in order, by end."""
    found: dict[End, list[Flip]] = {}
    for flip in map(_flip_of, db.rows("SELECT * FROM flips ORDER BY number", {})):
        found.setdefault((flip.route, flip.side), []).append(flip)
    return found


def _flip_of(row: Row) -> Flip:
    return Flip(
        route=row["route"],
        side=row["side"],
        stand=Stand(format=Format(row["format"]), place=row["place"]),
        planned=instant_of(row["planned"]),
        actual=datetime.fromisoformat(row["actual"]),
        cutover=row["cutover"],
        number=row["number"],
    )


def _take(db: Db, end: End, stand: Stand, planned: datetime | None, cutover: str) -> None:
    sql = """INSERT INTO flips (route, side, format, place, planned, actual, cutover)
             VALUES (:route, :side, :format, :place, :planned, :actual, :cutover)"""
    values = {
        "route": end[0],
        "side": end[1],
        "format": stand.format,
        "place": stand.place,
        "planned": text_of(planned) if planned else None,
        "actual": text_of(db.now),
        "cutover": cutover,
    }
    db.changed(sql, values)


def begun(db: Db, first: Mapping[End, Stand]) -> dict[End, Flip]:
    """Record where ends stand that were never seen; gives where all stand."""
    known = stands(db)
    for end, stand in first.items():
        if end not in known:
            _take(db, end, stand, None, "")
    return stands(db)


def flipped(db: Db, flipping: Flipping) -> dict[End, Flip]:
    """All ends of a cutover pass together. Raises ``Stale``: then nothing changed."""
    known = stands(db)
    for end in flipping.ends:
        if (known[end].number if end in known else 0) != flipping.standing[end]:
            raise Stale(f"{end[0]} {end[1]} no longer stands where it was seen")
    for end, stand in flipping.ends.items():
        if end in known and stand.format is not known[end].stand.format:
            begin_anew = series.begun_anew if end[1] == "from" else series.renumbered
            begin_anew(db, end[0], stand.format)
        _take(db, end, stand, flipping.planned, flipping.cutover)
    changed = {f"{route}/{side}": stand.format for (route, side), stand in flipping.ends.items()}
    detail = {"planned": text_of(flipping.planned), "ends": changed, **flipping.detail}
    audit.record(db, Act(who="gateway", act="flip", subject=flipping.cutover, detail=detail))
    return stands(db)


def let_go(db: Db, transfer: str) -> None:
    """A file that waited for its source's cutover goes on."""
    db.changed("UPDATE transfers SET early = '' WHERE id = :id AND early = 'wait'", {"id": transfer})


def newest_delivered(db: Db, route: str) -> Format | None:
    """The format in which the file came that a route delivered last; None if it delivered none."""
    sql = """SELECT from_format FROM transfers WHERE route = :route AND outcome = 'delivered'
             ORDER BY number DESC LIMIT 1"""
    rows = db.rows(sql, {"route": route})
    return Format(rows[0]["from_format"]) if rows else None


def went_back(db: Db, end: End) -> datetime | None:
    """When an end went back from standard to legacy last; None if it never did."""
    mine = [one for one in flips(db, end[0]) if one.side == end[1]]
    returns = [
        after.actual
        for before, after in pairwise(mine)
        if before.stand.format is Format.STANDARD and after.stand.format is Format.LEGACY
    ]
    return max(returns, default=None)


def overridden(db: Db, said: Sequence[Said]) -> None:
    """Record a person's word on some ends or systems, all or none."""
    sql = """INSERT INTO overrides (scope, format, holds_from, back, who, reason, made_at)
             VALUES (:scope, :format, :holds_from, :back, :who, :reason, :made_at)"""
    for one in said:
        made = {"format": one.override.format, "holds_from": text_of(one.override.holds_from)}
        by = {"who": one.who, "reason": one.reason, "made_at": text_of(db.now), "back": one.override.back}
        db.changed(sql, {"scope": one.scope, **made, **by})
        act = "switch-back" if one.override.back else "switch"
        audit.record(db, Act(who=one.who, act=act, subject=one.scope, reason=one.reason, detail=made))


def cleared(db: Db, scopes: Sequence[str], who: str, reason: str) -> int:
    """End every override of these scopes; gives how many there were."""
    count = 0
    for scope in scopes:
        sql = "UPDATE overrides SET cleared_at = :now WHERE scope = :scope AND cleared_at IS NULL"
        done = db.changed(sql, {"now": text_of(db.now), "scope": scope})
        if done:
            audit.record(db, Act(who=who, act="switch-clear", subject=scope, reason=reason))
        count += done
    return count


def overrides(db: Db) -> list[Said]:
    """Every override that is not cleared, in the order of their making."""
    sql = "SELECT * FROM overrides WHERE cleared_at IS NULL ORDER BY number"
    return [_said_of(row) for row in db.rows(sql, {})]


def instants_by_hand(db: Db) -> frozenset[datetime]:
    """The instants from which people's words held, those that were taken back too."""
    rows = db.rows("SELECT DISTINCT holds_from FROM overrides", {})
    return frozenset(datetime.fromisoformat(row["holds_from"]) for row in rows)


def _said_of(row: Row) -> Said:
    override = Override(
        format=Format(row["format"]),
        holds_from=datetime.fromisoformat(row["holds_from"]),
        back=bool(row["back"]),
        own=row["scope"].startswith("end:"),
    )
    return Said(
        scope=row["scope"],
        override=override,
        who=row["who"],
        reason=row["reason"],
        made_at=datetime.fromisoformat(row["made_at"]),
        number=row["number"],
    )


def ruled(db: Db, ruling: Ruling) -> None:
    """Record what a person said of a gate."""
    sql = """INSERT INTO rulings (cutover, kind, subject, who, reason, at)
             VALUES (:cutover, :kind, :subject, :who, :reason, :at)"""
    values = asdict(ruling) | {"at": text_of(db.now)}
    db.changed(sql, values)
    detail = {"subject": ruling.subject}
    act = Act(who=ruling.who, act=ruling.kind, subject=ruling.cutover, reason=ruling.reason, detail=detail)
    audit.record(db, act)


def rulings(db: Db, cutover: str) -> list[Ruling]:
    """What people said of a gate, in order."""
    rows = db.rows("SELECT * FROM rulings WHERE cutover = :cutover ORDER BY number", {"cutover": cutover})
    return [
        Ruling(
            cutover=row["cutover"],
            kind=row["kind"],
            subject=row["subject"],
            who=row["who"],
            reason=row["reason"],
            at=datetime.fromisoformat(row["at"]),
        )
        for row in rows
    ]


def gate_seen(db: Db, cutover: str, verdict: Verdict, conditions: Sequence[Condition]) -> None:
    """Remember how a gate was found."""
    sql = """INSERT INTO gates (cutover, looked_at, verdict, conditions)
             VALUES (:cutover, :looked_at, :verdict, :conditions)
             ON CONFLICT (cutover) DO UPDATE SET looked_at = :looked_at, verdict = :verdict, conditions = :conditions"""
    found = json.dumps([asdict(one) for one in conditions], ensure_ascii=False)
    values = {"cutover": cutover, "looked_at": text_of(db.now), "verdict": verdict, "conditions": found}
    db.changed(sql, values)


def gates(db: Db) -> dict[str, GateSeen]:
    """How each gate was found when it was last looked at, by cutover."""
    return {
        row["cutover"]: GateSeen(
            cutover=row["cutover"],
            looked_at=datetime.fromisoformat(row["looked_at"]),
            verdict=Verdict(row["verdict"]),
            conditions=tuple(Condition(**one) for one in json.loads(row["conditions"])),
        )
        for row in db.rows("SELECT * FROM gates", {})
    }


def gates_mark(db: Db) -> tuple[str, int]:
    """What is another one once a gate was looked at: the newest look, and how many gates there are."""
    row = db.rows("SELECT max(looked_at) AS newest, count(*) AS gates FROM gates", {})[0]
    return row["newest"] or "", int(row["gates"])


class Switching:
    """The chapter of switching. All calls are one transaction each."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def stands(self) -> dict[End, Flip]:
        """Where every end stands, by its newest flip."""
        return await self._run(stands)

    async def every_flip(self) -> dict[End, list[Flip]]:
        """See ``every_flip``."""
        return await self._run(every_flip)

    async def flips(self, route: str) -> list[Flip]:
        """Every stand that the ends of a route took, in order."""
        return await self._run(flips, route)

    async def begun(self, first: Mapping[End, Stand]) -> dict[End, Flip]:
        """Record where ends stand that were never seen; gives where all stand."""
        return await self._run(begun, first)

    async def flipped(self, flipping: Flipping) -> dict[End, Flip]:
        """All ends of a cutover pass together, or, raising ``Stale``, none."""
        return await self._run(flipped, flipping)

    async def let_go(self, transfer: str) -> None:
        """A file that waited for its source's cutover goes on."""
        await self._run(let_go, transfer)

    async def newest_delivered(self, route: str) -> Format | None:
        """See ``newest_delivered``."""
        return await self._run(newest_delivered, route)

    async def went_back(self, end: End) -> datetime | None:
        """See ``went_back``."""
        return await self._run(went_back, end)

    async def overridden(self, said: Sequence[Said]) -> None:
        """Record a person's word on some ends or systems, all or none."""
        await self._run(overridden, said)

    async def cleared(self, scopes: Sequence[str], *, who: str, reason: str) -> int:
        """End every override of these scopes; gives how many there were."""
        return await self._run(cleared, scopes, who, reason)

    async def overrides(self) -> list[Said]:
        """Every override that is not cleared, in the order of their making."""
        return await self._run(overrides)

    async def instants_by_hand(self) -> frozenset[datetime]:
        """See ``instants_by_hand``."""
        return await self._run(instants_by_hand)

    async def ruled(self, ruling: Ruling) -> None:
        """Record what a person said of a gate."""
        await self._run(ruled, ruling)

    async def rulings(self, cutover: str) -> list[Ruling]:
        """What people said of a gate, in order."""
        return await self._run(rulings, cutover)

    async def gate_seen(self, cutover: str, verdict: Verdict, conditions: Sequence[Condition]) -> None:
        """Remember how a gate was found."""
        await self._run(gate_seen, cutover, verdict, conditions)

    async def gates(self) -> dict[str, GateSeen]:
        """How each gate was found when it was last looked at."""
        return await self._run(gates)

    async def gates_mark(self) -> tuple[str, int]:
        """See ``gates_mark``."""
        return await self._run(gates_mark)
