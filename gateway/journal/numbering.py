"""Files that carry a number: which one is next on a route, which came before, and which a person gave up.

A series is that of a route and a format of its source; it starts anew where the source changes to that format, and
goes on by another number by a person's word.
"""

from __future__ import annotations

import json

from gateway.errors import Reason
from gateway.journal import audit, book
from gateway.journal.asked import Skip
from gateway.journal.database import Db, text_of
from gateway.journal.port import Admission, Numbering, Transfer
from gateway.model import Format

_COUNTS = """f.route = :route AND f.format = :format AND t.state <> 'withdrawn'
             AND (t.number > :after OR (:forward = 1 AND f.number >= :next))"""
"""Of the files of a series those since its last start; ``forward``: it only left numbers out."""


def admitted(db: Db, admission: Admission) -> Transfer | None:
    """See ``Journal.admit``."""
    transfer = book.admit(db, admission)
    if transfer is None or not admission.numbered or admission.early == "compare":
        return transfer
    if admission.number is None:
        hint = "have the source name it as agreed, or mend the route's order; release it to have it delivered as it is"
        return _refused(db, transfer, "it carries no number", hint)
    series = numbering(db, admission.route, admission.from_format)
    twin = db.rows(
        _TWIN,
        _where(db, admission.route, admission.from_format)
        | {"number": admission.number, "early": admission.early},
    )
    values = {"id": transfer.id, "route": admission.route, "format": admission.from_format}
    sql = "INSERT INTO numbered (transfer_id, route, format, number) VALUES (:id, :route, :format, :number)"
    db.changed(sql, values | {"number": admission.number})
    if twin or (series.next is not None and admission.number < series.next):
        message = f"its number {admission.number} was used before" if twin else _behind(db, admission, series)
        hint = "ask the source which file counts; release this one too, or end it unsent (--superseded)"
        return _refused(db, transfer, message, hint)
    return transfer


def _refused(db: Db, transfer: Transfer, message: str, hint: str) -> Transfer:
    if transfer.held_from is not None:
        return transfer
    return book.held(db, transfer, Reason.SEQUENCE, message, hint)


_TWIN = f"""SELECT 1 FROM numbered f JOIN transfers t ON t.id = f.transfer_id
            WHERE {_COUNTS} AND f.number = :number AND (t.early = '' OR :early <> '') LIMIT 1"""  # noqa: S608 - written here


def _behind(db: Db, admission: Admission, series: Numbering) -> str:
    number = admission.number or 0
    sql = "SELECT who, detail FROM audit WHERE act = 'skip' AND subject = :route ORDER BY number DESC"
    for one in db.rows(sql, {"route": admission.route}):
        skip = json.loads(one["detail"])
        first = number if skip["expected"] is None else skip["expected"]
        if skip["format"] == admission.from_format and first <= number < skip["next"]:
            return f"its number {number} was skipped by {one['who']}, from {first} to {skip['next']}"
    return f"its number {number} comes after those up to {(series.next or 1) - 1} went on"


def _where(db: Db, route: str, format_: Format) -> dict[str, object]:
    sql = """SELECT * FROM series_starts WHERE route = :route AND format = :format ORDER BY number DESC LIMIT 1"""
    starts = db.rows(sql, {"route": route, "format": format_})
    start = starts[0] if starts else {"after": 0, "forward": 1, "next": 0}
    named = {key: start[key] for key in ("after", "forward", "next")}
    return {"route": route, "format": format_} | named


def numbering(db: Db, route: str, format_: Format) -> Numbering:
    """See ``Journal.numbering``."""
    where = _where(db, route, format_)
    sql = f"""SELECT max(f.number) AS last FROM numbered f JOIN transfers t ON t.id = f.transfer_id
              WHERE {_COUNTS} AND t.outcome IS NOT NULL"""  # noqa: S608 - written here
    last = db.rows(sql, where)[0]["last"]
    candidates = [int(str(where["next"]))] if where["next"] else []
    candidates += [last + 1] if last is not None else []
    opened = """SELECT f.transfer_id, f.number FROM numbered f JOIN transfers t ON t.id = f.transfer_id
                WHERE f.route = :route AND f.format = :format AND t.outcome IS NULL AND t.state <> 'withdrawn'"""
    numbers = {row["transfer_id"]: int(row["number"]) for row in db.rows(opened, where)}
    return Numbering(format=format_, next=max(candidates, default=None), numbers=numbers)


def skipped(db: Db, skip: Skip) -> Numbering:
    """See ``Journal.skip``."""
    before = numbering(db, skip.route, skip.format)
    forward = before.next is None or skip.next >= before.next
    sql = """INSERT INTO series_starts (route, format, next, after, forward, at)
             SELECT :route, :format, :next, coalesce(max(number), 0), :forward, :at FROM transfers"""
    values = {"route": skip.route, "format": skip.format, "next": skip.next, "forward": int(forward)}
    db.changed(sql, values | {"at": text_of(db.now)})
    detail = {"format": skip.format, "expected": before.next, "next": skip.next}
    act = audit.Act(who=skip.who, act="skip", subject=skip.route, reason=skip.reason, detail=detail)
    audit.record(db, act)
    return numbering(db, skip.route, skip.format)
