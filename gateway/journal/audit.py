"""The audit log: who did what, to what, and why; each entry holds the hash of the one before.

An entry's hash is SHA-256 over its fields as one line of JSON (keys sorted, no blanks, UTF-8) with the hash of the
entry before it, so that a changed, removed or inserted row shows. Only a cut at the end cannot be seen from within:
for that ``head`` is kept somewhere else and compared.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.journal.database import Db, Row, Run, text_of

FIRST = "0" * 64
"""What the first entry is chained to."""


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something done that somebody may ask about. ``detail`` holds no value out of a record."""

    who: str
    act: str
    subject: str
    reason: str = ""
    detail: Mapping[str, object] | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row of the audit log."""

    number: int
    at: datetime
    who: str
    act: str
    subject: str
    reason: str
    detail: str
    hash: str


def record(db: Db, act: Act) -> str:
    """Add an entry within the caller's transaction; gives its hash."""
    fields = {
        "at": text_of(db.now),
        "who": act.who,
        "act": act.act,
        "subject": act.subject,
        "reason": act.reason,
        "detail": json.dumps(act.detail or {}, ensure_ascii=False, sort_keys=True, default=str),
        "previous": head(db),
    }
    fields["hash"] = digest_of(fields)
    columns, marks = ", ".join(fields), ", ".join(f":{column}" for column in fields)
    db.changed(f"INSERT INTO audit ({columns}) VALUES ({marks})", fields)  # noqa: S608 - columns are ours
    return fields["hash"]


def digest_of(fields: Row) -> str:
    """The hash of an entry: see the module."""
    hashed = {key: fields[key] for key in ("at", "who", "act", "subject", "reason", "detail", "previous")}
    line = json.dumps(hashed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(line.encode()).hexdigest()


def head(db: Db) -> str:
    """The hash of the newest entry, ``FIRST`` if there is none."""
    newest = db.rows("SELECT hash FROM audit ORDER BY number DESC LIMIT 1", {})
    return str(newest[0]["hash"]) if newest else FIRST


def first_broken(db: Db) -> int | None:
    """The number of the first entry that is not as it was written, or not where it was; None if all are."""
    previous = FIRST
    for row in db.rows("SELECT * FROM audit ORDER BY number", {}):
        if row["previous"] != previous or row["hash"] != digest_of(row):
            return int(row["number"])
        previous = row["hash"]
    return None


def holds(db: Db, digest: str) -> bool:
    """Whether an entry has this hash."""
    return digest == FIRST or bool(db.rows("SELECT 1 FROM audit WHERE hash = :hash", {"hash": digest}))


def has(db: Db, act: str, subject: str) -> bool:
    """Whether such an act is on record."""
    sql = "SELECT 1 FROM audit WHERE act = :act AND subject = :subject LIMIT 1"
    return bool(db.rows(sql, {"act": act, "subject": subject}))


def entries(db: Db, count: int) -> list[Entry]:
    """The newest entries, oldest first."""
    sql = "SELECT * FROM (SELECT * FROM audit ORDER BY number DESC LIMIT :count) AS newest ORDER BY number"
    return [_entry_of(row) for row in db.rows(sql, {"count": count})]


def _entry_of(row: Row) -> Entry:
    return Entry(
        number=row["number"],
        at=datetime.fromisoformat(row["at"]),
        who=row["who"],
        act=row["act"],
        subject=row["subject"],
        reason=row["reason"],
        detail=row["detail"],
        hash=row["hash"],
    )


class Audit:
    """The chapter of what people did and of every change of format."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def record(self, act: Act) -> str:
        """Add an entry; gives its hash."""
        return await self._run(record, act)

    async def head(self) -> str:
        """The hash of the newest entry."""
        return await self._run(head)

    async def first_broken(self) -> int | None:
        """The number of the first entry that does not fit, None if the log is as it was written."""
        return await self._run(first_broken)

    async def holds(self, digest: str) -> bool:
        """Whether an entry has this hash, so that a log cut off at its end shows."""
        return await self._run(holds, digest)

    async def has(self, *, act: str, subject: str) -> bool:
        """Whether such an act is on record."""
        return await self._run(has, act, subject)

    async def entries(self, count: int) -> list[Entry]:
        """The newest entries, oldest first."""
        return await self._run(entries, count)
