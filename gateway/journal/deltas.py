"""The chapter of states: what all rows of an end are, by route, end and format, and how they came to be so.

A state is drafted with the output that leads to it, and holds from the moment at which that output is delivered: in
one transaction with it. A state that was returned does not hold any more, nor does any that came after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from gateway.errors import Stale
from gateway.journal import audit, evidence
from gateway.journal.audit import Act
from gateway.journal.database import Db, Row, Run, instant_of, text_of
from gateway.journal.evidence import Kept
from gateway.model import Format

Sent = Literal["changes", "full", "nothing"]
"""What of a state went out: what changed, all rows, or nothing so far."""
Allowed = Literal["shrink", "older"]
"""What a person lets a transfer do: delete that many rows, or go out although a newer full file was delivered."""


@dataclass(frozen=True, kw_only=True)
class Series:
    """An end of a route in a format: its states follow one another."""

    route: str
    side: Literal["from", "to"]
    format: Format


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A state to be: what follows from a transfer once that is delivered.

    Attributes:
        base: the number of the state that it follows; None where it begins anew.
        form: the fingerprint of the form of its files.
        digest: of its rows, in whatever order.
        full: the file of all its rows, as it is kept.
        undo: the differential that leads from it to its base, as it is kept; None without a base.
        asked: the newest request to begin anew that it answers.
    """

    series: Series
    base: int | None
    form: str
    digest: str
    full: Kept
    undo: Kept | None
    rows: int
    inserts: int
    updates: int
    deletes: int
    sent: Sent
    asked: int | None = None


@dataclass(frozen=True, kw_only=True)
class Held:
    """A state that holds, or held. ``sha256`` and ``undo`` name kept files; an empty ``undo``: it began anew."""

    number: int
    series: Series
    transfer: str
    base: int | None
    form: str
    digest: str
    sha256: str
    undo: str
    rows: int
    inserts: int
    updates: int
    deletes: int
    sent: Sent
    version: int
    held_at: datetime


_HOLDING = "version IS NOT NULL AND returned_at IS NULL"
_OF = "route = :route AND side = :side AND format = :format"


def drafted(db: Db, transfer: str, draft: Draft) -> None:
    """Remember what follows from a transfer; within the transaction that gives it its output."""
    values = _named(draft.series) | {
        "transfer": transfer,
        "base": draft.base,
        "form": draft.form,
        "digest": draft.digest,
        "sha256": draft.full.sha256,
        "undo": draft.undo.sha256 if draft.undo else "",
        "rows": draft.rows,
        "inserts": draft.inserts,
        "updates": draft.updates,
        "deletes": draft.deletes,
        "sent": draft.sent,
        "asked": draft.asked,
    }
    evidence.note(db, [kept for kept in (draft.full, draft.undo) if kept])
    sql = """INSERT INTO states (route, side, format, transfer_id, base, form, digest, sha256, undo, rows, inserts,
             updates, deletes, sent, asked) VALUES (:route, :side, :format, :transfer, :base, :form, :digest,
             :sha256, :undo, :rows, :inserts, :updates, :deletes, :sent, :asked)"""
    db.changed(sql, values)


def dropped(db: Db, transfer: str) -> None:
    """The transfer's output was dropped: so is what would have followed from it."""
    db.changed("DELETE FROM states WHERE transfer_id = :id AND version IS NULL", {"id": transfer})


def advanced(db: Db, transfer: str) -> None:
    """The transfer is delivered: its state holds. Within the transaction that says so.

    Raises ``Stale`` if another state than its base holds: then nothing changed.
    """
    rows = db.rows("SELECT * FROM states WHERE transfer_id = :id AND version IS NULL", {"id": transfer})
    if not rows:
        return
    draft, series = rows[0], _series_of(rows[0])
    before = current(db, series)
    if draft["base"] is not None and (before is None or before.number != draft["base"]):
        raise Stale(f"the state that transfer {transfer} was made for no longer holds")
    sql = """UPDATE states SET version = :version, held_at = :at WHERE number = :number"""
    newest = f"SELECT coalesce(max(version), 0) + 1 AS next FROM states WHERE {_OF}"  # noqa: S608 - written here
    version = db.rows(newest, _named(series))[0]["next"]
    db.changed(sql, {"version": version, "at": text_of(db.now), "number": draft["number"]})
    used = (
        "UPDATE rebaselines SET used_by = :id WHERE route = :route AND used_by IS NULL AND number <= :asked"
    )
    db.changed(used, {"id": transfer, "route": series.route, "asked": draft["asked"] or 0})


def current(db: Db, series: Series) -> Held | None:
    """See ``Deltas.current``."""
    sql = f"SELECT * FROM states WHERE {_OF} AND {_HOLDING} ORDER BY version DESC LIMIT 1"  # noqa: S608 - written here
    return next((_held_of(row) for row in db.rows(sql, _named(series))), None)


def of_transfer(db: Db, transfer: str) -> Held | None:
    """See ``Deltas.of_transfer``."""
    sql = f"SELECT * FROM states WHERE transfer_id = :id AND {_HOLDING}"  # noqa: S608 - written here
    return next((_held_of(row) for row in db.rows(sql, {"id": transfer})), None)


def since(db: Db, state: Held) -> list[Held]:
    """See ``Deltas.since``."""
    sql = f"SELECT * FROM states WHERE {_OF} AND {_HOLDING} AND version > :version ORDER BY version DESC"  # noqa: S608 - written here
    return [_held_of(row) for row in db.rows(sql, _named(state.series) | {"version": state.version})]


def last_full(db: Db, series: Series) -> datetime | None:
    """See ``Deltas.last_full``."""
    sql = f"SELECT max(held_at) AS at FROM states WHERE {_OF} AND version IS NOT NULL AND sent = 'full'"  # noqa: S608 - written here
    return instant_of(db.rows(sql, _named(series))[0]["at"])


def outdated(db: Db, transfer: str) -> bool:
    """See ``Deltas.outdated``."""
    rows = db.rows("SELECT * FROM states WHERE transfer_id = :id AND version IS NULL", {"id": transfer})
    if not rows:
        return False
    before = current(db, _series_of(rows[0]))
    begins_anew = rows[0]["base"] is None
    moved = not begins_anew and (before is None or before.number != rows[0]["base"])
    return moved or asked_anew(db, rows[0]["route"]) != rows[0]["asked"]


def asked_anew(db: Db, route: str) -> int | None:
    """See ``Deltas.asked_anew``."""
    sql = "SELECT max(number) AS number FROM rebaselines WHERE route = :route AND used_by IS NULL"
    number: int | None = db.rows(sql, {"route": route})[0]["number"]
    return number


def is_first(db: Db, series: Series) -> bool:
    """See ``Deltas.is_first``."""
    carried = "SELECT 1 FROM transfers WHERE route = :route AND carried_to = :format AND outcome = 'delivered' LIMIT 1"
    known = f"SELECT 1 FROM states WHERE {_OF} AND version IS NOT NULL LIMIT 1"  # noqa: S608 - written here
    return not db.rows(carried, _named(series)) and not db.rows(known, _named(series))


def rebaseline(db: Db, route: str, who: str, reason: str) -> None:
    """See ``Deltas.rebaseline``."""
    sql = "INSERT INTO rebaselines (route, who, reason, at) VALUES (:route, :who, :reason, :at)"
    db.changed(sql, {"route": route, "who": who, "reason": reason, "at": text_of(db.now)})
    audit.record(db, Act(who=who, act="rebaseline", subject=route, reason=reason))


def returned(db: Db, state: Held, full: Kept, act: Act) -> Held:
    """See ``Deltas.returned``."""
    later = since(db, state)
    if of_transfer(db, state.transfer) is None:
        raise Stale(f"the state of transfer {state.transfer} was returned before")
    if _is_under_way(db, state.series):
        raise Stale(f"a file of route {state.series.route} is on its way to its destination")
    evidence.note(db, [full])
    back = f"UPDATE states SET returned_at = :at WHERE {_OF} AND {_HOLDING} AND version > :version"  # noqa: S608 - written here
    db.changed(back, _named(state.series) | {"at": text_of(db.now), "version": state.version})
    db.changed(
        "UPDATE states SET sha256 = :sha256 WHERE number = :number",
        {"sha256": full.sha256, "number": state.number},
    )
    audit.record(db, _with_transfers(act, later))
    found = of_transfer(db, state.transfer)
    assert found is not None, "it holds now"
    return found


def before(db: Db, state: Held) -> Held | None:
    """See ``Deltas.before``."""
    sql = f"SELECT * FROM states WHERE {_OF} AND {_HOLDING} AND version < :version ORDER BY version DESC LIMIT 1"  # noqa: S608 - written here
    rows = db.rows(sql, _named(state.series) | {"version": state.version})
    return _held_of(rows[0]) if rows else None


def forgotten(db: Db, series: Series, since: datetime, act: Act) -> int:
    """See ``Deltas.forgotten``."""
    sql = f"UPDATE states SET returned_at = :at WHERE {_OF} AND {_HOLDING} AND held_at >= :since"  # noqa: S608 - written here
    count = db.changed(sql, _named(series) | {"at": text_of(db.now), "since": text_of(since)})
    if count:
        audit.record(db, act)
    return count


def _is_under_way(db: Db, series: Series) -> bool:
    sql = f"""SELECT 1 FROM states WHERE {_OF} AND version IS NULL AND transfer_id IN
              (SELECT id FROM transfers WHERE state IN ('claimed', 'publishing')
               OR held_from IN ('claimed', 'publishing')) LIMIT 1"""  # noqa: S608 - written here
    return bool(db.rows(sql, _named(series)))


def _with_transfers(act: Act, later: Iterable[Held]) -> Act:
    detail = {**(act.detail or {}), "returned": [one.transfer for one in later]}
    return Act(who=act.who, act=act.act, subject=act.subject, reason=act.reason, detail=detail)


def allow(db: Db, transfer: str, kind: Allowed) -> None:
    """A person lets the transfer do this."""
    sql = "INSERT INTO allowances (transfer_id, kind) VALUES (:id, :kind) ON CONFLICT DO NOTHING"
    db.changed(sql, {"id": transfer, "kind": kind})


def is_allowed(db: Db, transfer: str, kind: Allowed) -> bool:
    """See ``Deltas.is_allowed``."""
    sql = "SELECT 1 FROM allowances WHERE transfer_id = :id AND kind = :kind"
    return bool(db.rows(sql, {"id": transfer, "kind": kind}))


def newer_waits(db: Db, transfer: str) -> bool:
    """See ``Deltas.newer_waits``."""
    sql = """SELECT 1 FROM transfers t JOIN transfers n ON n.route = t.route AND n.from_format = t.from_format
             WHERE t.id = :id AND n.early = ''
             AND n.state IN ('admitted', 'spooled', 'converted', 'claimed', 'publishing')
             AND (n.business_date, n.number) > (t.business_date, t.number) LIMIT 1"""
    return bool(db.rows(sql, {"id": transfer}))


def passed_by(db: Db, transfer: str, to_format: Format) -> bool:
    """See ``Deltas.passed_by``."""
    sql = """SELECT 1 FROM transfers t JOIN transfers n ON n.route = t.route AND n.number > t.number
             WHERE t.id = :id AND t.replay_of IS NULL AND n.outcome = 'delivered' AND n.carried_to = :format
             AND n.business_date >= t.business_date
             AND NOT EXISTS (SELECT 1 FROM events e WHERE e.transfer_id = t.id AND e.event = 'release') LIMIT 1"""
    return bool(db.rows(sql, {"id": transfer, "format": to_format}))


def is_as_newest(db: Db, transfer: str, sha256: str, to_format: Format) -> bool:
    """See ``Deltas.is_as_newest``."""
    sql = """SELECT l.sha256, l.state, l.carried_to FROM transfers t
             JOIN transfers l ON l.route = t.route AND l.number < t.number
             WHERE t.id = :id AND l.state <> 'withdrawn' AND l.diverted_from IS NULL
             ORDER BY l.number DESC LIMIT 1"""
    rows = db.rows(sql, {"id": transfer})
    return bool(rows) and dict(rows[0]) == {"sha256": sha256, "state": "settled", "carried_to": to_format}


def newer_delivered(db: Db, transfer: str, to_format: Format, *, of_later_day: bool) -> bool:
    """See ``Deltas.newer_delivered``."""
    sql = """SELECT 1 FROM transfers t JOIN transfers n ON n.route = t.route
             WHERE t.id = :id AND n.outcome = 'delivered' AND n.carried_to = :format
             AND (n.business_date, n.number) > (t.business_date, t.number)
             AND (n.business_date > t.business_date OR :of_later_day = 0) LIMIT 1"""
    return bool(db.rows(sql, {"id": transfer, "format": to_format, "of_later_day": of_later_day}))


def _named(series: Series) -> dict[str, str]:
    return {"route": series.route, "side": series.side, "format": series.format}


def _series_of(row: Row) -> Series:
    return Series(route=row["route"], side=row["side"], format=Format(row["format"]))


_PLAIN = (
    "number", "base", "form", "digest", "sha256", "undo", "rows", "inserts", "updates", "deletes", "sent", "version",
)  # fmt: skip


def _held_of(row: Row) -> Held:
    return Held(
        series=_series_of(row),
        transfer=row["transfer_id"],
        held_at=datetime.fromisoformat(row["held_at"]),
        **{key: row[key] for key in _PLAIN},
    )


class Deltas:
    """The chapter of states."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def current(self, series: Series) -> Held | None:
        """The state that holds; None if there never was one, or all were returned."""
        return await self._run(current, series)

    async def of_transfer(self, transfer: str) -> Held | None:
        """The state that a transfer led to, if it was delivered and not returned."""
        return await self._run(of_transfer, transfer)

    async def since(self, state: Held) -> list[Held]:
        """The states that came after one, the newest first."""
        return await self._run(since, state)

    async def last_full(self, series: Series) -> datetime | None:
        """When all rows went out last."""
        return await self._run(last_full, series)

    async def outdated(self, transfer: str) -> bool:
        """Whether the transfer's output was made for another state than the one that holds now."""
        return await self._run(outdated, transfer)

    async def asked_anew(self, route: str) -> int | None:
        """The number of the newest request to begin anew that is not answered yet."""
        return await self._run(asked_anew, route)

    async def is_first(self, series: Series) -> bool:
        """Whether nothing was ever delivered to this end in this format."""
        return await self._run(is_first, series)

    async def rebaseline(self, route: str, *, who: str, reason: str) -> None:
        """A person says that the next full file begins anew."""
        await self._run(rebaseline, route, who, reason)

    async def returned(self, state: Held, full: Kept, act: Act) -> Held:
        """An older state holds again, its rows in a kept file; those after it are returned. Raises ``Stale``."""
        return await self._run(returned, state, full, act)

    async def before(self, state: Held) -> Held | None:
        """The state that held before one, if it was not returned; None if there is none."""
        return await self._run(before, state)

    async def forgotten(self, series: Series, since: datetime, act: Act) -> int:
        """What came of files delivered since an instant holds no more: the consumer discards them. Gives how many."""
        return await self._run(forgotten, series, since, act)

    async def is_allowed(self, transfer: str, kind: Allowed) -> bool:
        """Whether a person lets the transfer do this."""
        return await self._run(is_allowed, transfer, kind)

    async def is_as_newest(self, transfer: str, sha256: str, to_format: Format) -> bool:
        """Whether the newest file before a full file has its content, and went to the same end: it replaced all."""
        return await self._run(is_as_newest, transfer, sha256, to_format)

    async def newer_waits(self, transfer: str) -> bool:
        """Whether a newer file of the route is on its way, by business date, then by admission; a held one is not."""
        return await self._run(newer_waits, transfer)

    async def passed_by(self, transfer: str, to_format: Format) -> bool:
        """Whether a newer file, admitted after this one, was delivered in a format while this one waited for itself.

        Not where a person let this one go on.
        """
        return await self._run(passed_by, transfer, to_format)

    async def newer_delivered(self, transfer: str, to_format: Format, *, of_later_day: bool) -> bool:
        """Whether a newer file of the route, or one of a later business day, was delivered in a format."""
        return await self._run(newer_delivered, transfer, to_format, of_later_day=of_later_day)
