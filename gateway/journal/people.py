"""What people do to a running gateway: what they stopped for a while, and what they have seen of its alarms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from gateway.journal.audit import Act, record
from gateway.journal.database import Db, Row, Run, instant_of, text_of
from gateway.journal.levels import Levels

Kind = Literal["route", "endpoint", "vendor"]

LATELY = timedelta(days=7)
"""How long after its end people may still be told that an alarm is over."""


@dataclass(frozen=True, kw_only=True)
class Pause:
    """Something that a person stopped. ``until`` None: until somebody lets it go on."""

    kind: Kind
    name: str
    who: str
    reason: str
    made_at: datetime
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Raised:
    """Something wrong, as it is reported. ``detail`` and ``next_action`` hold no value out of a record."""

    event: str
    subject: str
    route: str = ""
    vendor: str = ""
    detail: str = ""
    next_action: str = ""


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """Something wrong that is not over, or was until ``ended_at``.

    Attributes:
        event: its name in the catalogue.
        subject: the transfer, endpoint or route that it is about.
        times: how often it was reported.
        acked_until: until when nobody is told of it again, because somebody has seen it.
    """

    number: int
    event: str
    subject: str
    route: str
    vendor: str
    detail: str
    next_action: str
    raised_at: datetime
    last_at: datetime
    times: int
    ended_at: datetime | None
    acked_by: str
    acked_until: datetime | None
    note: str

    def is_seen(self, now: datetime) -> bool:
        """Whether somebody has taken it on, for as long as that person said."""
        return self.acked_until is not None and now < self.acked_until


def pause(db: Db, kind: Kind, name: str, *, who: str, reason: str, until: datetime | None) -> Pause:
    """Stop it, whatever was said of it before; audited."""
    _end(db, kind, name)
    values = {
        "kind": kind,
        "name": name,
        "who": who,
        "reason": reason,
        "made_at": text_of(db.now),
        "until": text_of(until) if until else None,
    }
    db.changed(
        """INSERT INTO pauses (kind, name, who, reason, made_at, until)
           VALUES (:kind, :name, :who, :reason, :made_at, :until)""",
        values,
    )
    detail = {"until": values["until"]}
    record(db, Act(who=who, act="pause", subject=f"{kind} {name}", reason=reason, detail=detail))
    return _pause_of(values)


def resume(db: Db, kind: Kind, name: str, who: str, reason: str) -> bool:
    """Let it go on; audited. False if it was not stopped."""
    if not _end(db, kind, name):
        return False
    record(db, Act(who=who, act="resume", subject=f"{kind} {name}", reason=reason))
    return True


def _end(db: Db, kind: Kind, name: str) -> bool:
    sql = "UPDATE pauses SET ended_at = :now WHERE kind = :kind AND name = :name AND ended_at IS NULL"
    return bool(db.changed(sql, {"now": text_of(db.now), "kind": kind, "name": name}))


def pauses(db: Db) -> tuple[Pause, ...]:
    """What stands stopped now, in order of time."""
    sql = "SELECT * FROM pauses WHERE ended_at IS NULL AND (until IS NULL OR until > :now) ORDER BY number"
    return tuple(_pause_of(row) for row in db.rows(sql, {"now": text_of(db.now)}))


def _pause_of(row: Row) -> Pause:
    return Pause(
        kind=row["kind"],
        name=row["name"],
        who=row["who"],
        reason=row["reason"],
        made_at=datetime.fromisoformat(row["made_at"]),
        until=instant_of(row["until"]),
    )


def raised(db: Db, what: Raised) -> Alarm:
    """Note that it is wrong, once more if it was before."""
    sql = """INSERT INTO alarms (event, subject, route, vendor, detail, next_action, raised_at, last_at, times)
             VALUES (:event, :subject, :route, :vendor, :detail, :next_action, :now, :now, 1)
             ON CONFLICT (event, subject) WHERE ended_at IS NULL DO UPDATE SET last_at = :now,
             times = alarms.times + 1, detail = :detail, next_action = :next_action RETURNING *"""
    given = {
        "event": what.event,
        "subject": what.subject,
        "route": what.route,
        "vendor": what.vendor,
        "detail": what.detail,
        "next_action": what.next_action,
        "now": text_of(db.now),
    }
    return _alarm_of(db.rows(sql, given)[0])


def ended(db: Db, event: str, subject: str) -> bool:
    """Note that it is over; False if it was."""
    sql = "UPDATE alarms SET ended_at = :now WHERE event = :event AND subject = :subject AND ended_at IS NULL"
    return bool(db.changed(sql, {"now": text_of(db.now), "event": event, "subject": subject}))


def acked(db: Db, number: int, who: str, note: str, until: datetime) -> Alarm | None:
    """Somebody has seen it and takes it on until then; audited. None if no such alarm is open."""
    sql = """UPDATE alarms SET acked_by = :who, acked_at = :now, acked_until = :until, note = :note
             WHERE number = :number AND ended_at IS NULL RETURNING *"""
    given = {"who": who, "now": text_of(db.now), "until": text_of(until), "note": note, "number": number}
    found = db.rows(sql, given)
    if not found:
        return None
    alarm = _alarm_of(found[0])
    detail = {"until": given["until"], "event": alarm.event}
    record(db, Act(who=who, act="ack", subject=f"alarm {number}", reason=note, detail=detail))
    return alarm


def closed(db: Db, number: int, who: str, note: str) -> Alarm | None:
    """Somebody has seen to it, and nothing else would end it; audited. None if no such alarm is open."""
    sql = """UPDATE alarms SET ended_at = :now, acked_by = :who, acked_at = :now, note = :note
             WHERE number = :number AND ended_at IS NULL RETURNING *"""
    found = db.rows(sql, {"who": who, "now": text_of(db.now), "note": note, "number": number})
    if not found:
        return None
    alarm = _alarm_of(found[0])
    detail = {"event": alarm.event, "about": alarm.subject}
    record(db, Act(who=who, act="close", subject=f"alarm {number}", reason=note, detail=detail))
    return alarm


def open_alarms(db: Db) -> tuple[Alarm, ...]:
    """Every alarm that is not over, oldest first."""
    rows = db.rows("SELECT * FROM alarms WHERE ended_at IS NULL ORDER BY number", {})
    return tuple(_alarm_of(row) for row in rows)


def past_alarms(db: Db, count: int) -> tuple[Alarm, ...]:
    """The alarms that ended last, the newest end first."""
    sql = "SELECT * FROM alarms WHERE ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT :count"
    return tuple(_alarm_of(row) for row in db.rows(sql, {"count": count}))


def told(db: Db, way: str) -> list[tuple[Alarm, frozenset[str]]]:
    """Every open alarm, and every one that ended lately, with the stages that were told by this way."""
    sql = """SELECT a.*, group_concat(t.stage, ',') AS stages FROM alarms a
             LEFT JOIN tellings t ON t.alarm = a.number AND t.way = :way
             WHERE a.ended_at IS NULL OR a.ended_at > :lately GROUP BY a.number ORDER BY a.number"""
    rows = db.rows(sql, {"way": way, "lately": text_of(db.now - LATELY)})
    return [(_alarm_of(row), frozenset((row["stages"] or "").split(",")) - {""}) for row in rows]


def note_told(db: Db, way: str, stage: str, numbers: Iterable[int]) -> None:
    """People were told of these alarms by this way."""
    sql = "INSERT INTO tellings (alarm, way, stage, at) VALUES (:alarm, :way, :stage, :at) ON CONFLICT DO NOTHING"
    for number in numbers:
        db.changed(sql, {"alarm": number, "way": way, "stage": stage, "at": text_of(db.now)})


def _alarm_of(row: Row) -> Alarm:
    return Alarm(
        number=row["number"],
        event=row["event"],
        subject=row["subject"],
        route=row["route"],
        vendor=row["vendor"],
        detail=row["detail"],
        next_action=row["next_action"],
        raised_at=datetime.fromisoformat(row["raised_at"]),
        last_at=datetime.fromisoformat(row["last_at"]),
        times=row["times"],
        ended_at=instant_of(row["ended_at"]),
        acked_by=row["acked_by"] or "",
        acked_until=instant_of(row["acked_until"]),
        note=row["note"],
    )


class People:
    """The chapter of pauses and alarms, and of log levels: ``levels``."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.levels = Levels(run)

    async def pause(
        self, kind: Kind, name: str, *, who: str, reason: str, until: datetime | None = None
    ) -> Pause:
        """Stop a route, an endpoint or a vendor, whatever was said of it before."""
        return await self._run(pause, kind, name, who=who, reason=reason, until=until)

    async def resume(self, kind: Kind, name: str, *, who: str, reason: str) -> bool:
        """Let it go on; False if it was not stopped."""
        return await self._run(resume, kind, name, who, reason)

    async def pauses(self) -> tuple[Pause, ...]:
        """What stands stopped now, in order of time."""
        return await self._run(pauses)

    async def raised(self, what: Raised) -> Alarm:
        """Note that something is wrong, once more if it was before."""
        return await self._run(raised, what)

    async def ended(self, event: str, subject: str) -> bool:
        """Note that it is over; False if it was."""
        return await self._run(ended, event, subject)

    async def acked(self, number: int, *, who: str, note: str, until: datetime) -> Alarm | None:
        """Somebody takes an alarm on until then. None if no such alarm is open."""
        return await self._run(acked, number, who, note, until)

    async def closed(self, number: int, *, who: str, note: str) -> Alarm | None:
        """Somebody has seen to an alarm that nothing else ends. None if no such alarm is open."""
        return await self._run(closed, number, who, note)

    async def open_alarms(self) -> tuple[Alarm, ...]:
        """Every alarm that is not over, oldest first."""
        return await self._run(open_alarms)

    async def past_alarms(self, count: int) -> tuple[Alarm, ...]:
        """The alarms that ended last, the newest end first."""
        return await self._run(past_alarms, count)

    async def told(self, way: str) -> list[tuple[Alarm, frozenset[str]]]:
        """Every open alarm, and every one that ended lately, with the stages that were told by this way."""
        return await self._run(told, way)

    async def note_told(self, way: str, stage: str, numbers: Iterable[int]) -> None:
        """People were told of these alarms by this way."""
        await self._run(note_told, way, stage, numbers)
