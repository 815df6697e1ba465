"""The journal's transactions as SQL, in the dialect that SQLite and PostgreSQL share.

Every function runs inside one transaction that its caller commits. Parameters are named (``:name``).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from gateway.errors import IllegalMove, Reason, Stale
from gateway.journal import afresh, audit, deltas, evidence, outputs, takings
from gateway.journal.database import Db, text_of
from gateway.journal.deltas import Draft
from gateway.journal.evidence import Kept
from gateway.journal.history import Turn, record, record_all
from gateway.journal.outgoing import Claim, Output
from gateway.journal.port import Admission, Transfer
from gateway.journal.rows import transfer_of
from gateway.journal.transfers import found, with_outputs
from gateway.lifecycle import Event, State, after
from gateway.model import Format

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
LATE = (
    "it came to the old place after the source's cutover",
    "ask the source whether it still counts; release it to convert and deliver it, or end it unsent (--superseded)",
)


def new_id(now: datetime) -> str:
    """A transfer's id: when it came, and what no other has."""
    number, drawn = secrets.randbelow(len(ALPHABET) ** 10), ""
    for _ in range(10):  # one draw for all: ten of them took a twentieth of a file's way through the journal
        number, at = divmod(number, len(ALPHABET))
        drawn += ALPHABET[at]
    return f"{now:%Y%m%dT%H%M%S}-{drawn}"


def _set(
    db: Db, transfer: Transfer, values: Mapping[str, Any], made: tuple[Output, ...] | None = None
) -> Transfer:
    """Compare-and-set: only if the row still is as ``transfer`` says. ``made``: its outputs, where they are known."""
    assignments = ", ".join(f"{column} = :{column}" for column in values)
    sql = f"""UPDATE transfers SET {assignments} WHERE id = :id AND state = :was AND attempt = :attempt_was
              RETURNING *"""  # noqa: S608 - columns are ours
    where = {"id": transfer.id, "was": transfer.state, "attempt_was": transfer.attempt}
    rows = db.rows(sql, {**values, **where})
    if len(rows) != 1:
        raise Stale(f"transfer {transfer.id} is no longer {transfer.state}")
    return with_outputs(db, rows[0]) if made is None else transfer_of(rows[0], made)


def _move(db: Db, transfer: Transfer, event: Event, detail: str = "", **values: Any) -> Transfer:
    return _moves(db, transfer, ((event, detail),), values)


def _moves(
    db: Db,
    transfer: Transfer,
    steps: Iterable[tuple[Event, str]],
    values: Mapping[str, Any],
    made: tuple[Output, ...] | None = None,
) -> Transfer:
    """Moves that follow one another, each with its row of history, as one change of the transfer; see ``_set``."""
    state, turns = transfer.state, []
    for event, detail in steps:
        to_state = after(state, event, held_from=transfer.held_from)
        turns.append(Turn(event=event, from_state=state, to_state=to_state, detail=detail))
        state = to_state
    fresh = {"attempt": 0, "retry_at": None, "first_failed_at": None, "message": None}
    moved = _set(db, transfer, {"state": state, "changed_at": text_of(db.now)} | fresh | dict(values), made)
    record_all(db, transfer.id, turns)
    return moved


def admit(db: Db, admission: Admission) -> Transfer | None:
    """See ``Journal.admit``."""
    entry, identifier = admission.entry, new_id(db.now)
    place = {"route": admission.route, "endpoint": admission.endpoint, "path": entry.path}
    sql = """SELECT coalesce(max(revision), 0) AS last FROM transfers
             WHERE route = :route AND endpoint = :endpoint AND path = :path AND state <> 'withdrawn'"""
    revision = db.rows(sql, place)[0]["last"] + 1
    values = place | {
        "id": identifier,
        "size": entry.size,
        "mtime": entry.mtime,
        "version": entry.version,
        "content": f"{revision}:{admission.content}" if admission.content else "",
        "companion": json.dumps(asdict(admission.companion)) if admission.companion else "",
        "stated_sha256": admission.stated_sha256,
        "stated_records": admission.stated_records,
        "early": admission.early,
        "unproved": int(afresh.is_restored(db, admission.route)),
        "revision": revision,
        "from_format": admission.from_format,
        "business_date": admission.business_date.isoformat(),
        "admitted_at": text_of(db.now),
        "changed_at": text_of(db.now),
        "state": State.ADMITTED,
        "node": db.node,
    }
    columns, marks = ", ".join(values), ", ".join(f":{column}" for column in values)
    sql = f"INSERT INTO transfers ({columns}) VALUES ({marks}) ON CONFLICT DO NOTHING RETURNING *"  # noqa: S608 - columns are ours
    rows = db.rows(sql, values)
    if not rows:
        return None
    record(db, identifier, "admit", from_state=None, to_state=State.ADMITTED)
    transfer = transfer_of(rows[0], ())
    if admission.late:
        return held(db, transfer, Reason.LATE, *LATE)
    if admission.wrong_mode:
        hint = "ask the source which of the two is right; release it only if the list is wrong"
        message = f"its list says {admission.wrong_mode}, and the place where it lay is for other files"
        return held(db, transfer, Reason.NOT_AS_STATED, message, hint)
    if revision > 1 and admission.hold_revisions:
        hint = "see whether the source meant to send it again; release it, or end it unsent (release --superseded)"
        return held(db, transfer, Reason.REVISION, "the same name came with new content", hint)
    return transfer


def withdrawn(db: Db, transfer: Transfer) -> Transfer:
    """See ``Journal.withdrawn``."""
    db.changed("DELETE FROM outputs WHERE transfer_id = :id", {"id": transfer.id})
    return _move(db, transfer, Event.WITHDRAW)


def spooled(db: Db, transfer: Transfer, size: int, sha256: str) -> Transfer:
    """See ``Journal.spooled``."""
    return _move(db, transfer, Event.SPOOL, bytes=size, sha256=sha256)


def generation(db: Db) -> int:
    """See ``Journal.generation``."""
    return int(db.rows("SELECT generation FROM installation", {})[0]["generation"])


def same_as_last(db: Db, transfer: Transfer, to_format: Format) -> bool:
    """See ``Journal.same_as_last``."""
    if transfer.revision == 1:
        return False
    sql = """SELECT sha256, state, carried_to FROM transfers WHERE route = :route AND endpoint = :endpoint
             AND path = :path AND revision < :revision AND state <> 'withdrawn' AND diverted_from IS NULL
             ORDER BY revision DESC LIMIT 1"""
    place = {"route": transfer.route, "endpoint": transfer.endpoint, "path": transfer.entry.path}
    last = db.rows(sql, place | {"revision": transfer.revision})
    carried = {"sha256": transfer.sha256, "state": State.SETTLED, "carried_to": to_format}
    return bool(last) and dict(last[0]) == carried


def skipped(db: Db, transfer: Transfer, to_format: Format) -> Transfer:
    """See ``Journal.skipped``."""
    sql = "SELECT max(records) AS records FROM transfers WHERE sha256 = :sha256 AND route = :route"
    known = db.rows(sql, {"sha256": transfer.sha256, "route": transfer.route})[0]["records"]
    return _move(db, transfer, Event.SKIP, outcome="unchanged", carried_to=to_format, records=known)


def superseded(db: Db, transfer: Transfer, records: int | None, draft: Draft | None = None) -> Transfer:
    """See ``Journal.superseded``."""
    _drop_output(db, transfer)
    if draft is not None:
        deltas.drafted(db, transfer.id, draft)
        deltas.advanced(db, transfer.id)
    return _move(db, transfer, Event.SUPERSEDE, outcome="superseded", records=records)


def converted(
    db: Db, transfer: Transfer, made: Sequence[Output], records: int | None, draft: Draft | None = None
) -> Transfer:
    """See ``Journal.converted``."""
    for output in made:
        outputs.add(db, transfer.id, output)
    if draft is not None:
        deltas.drafted(db, transfer.id, draft)
    return _move(db, transfer, Event.CONVERT, records=records)


def passed(db: Db, transfer: Transfer, output: Output, claim: Claim) -> Transfer:
    """As ``spooled``, ``converted`` and ``claimed``, for an output that is the original."""
    output = outputs.add_named(db, transfer.id, output, claim)
    steps = ((Event.SPOOL, ""), (Event.CONVERT, ""), (Event.CLAIM, output.path))
    values = {"bytes": output.bytes, "sha256": output.sha256, "records": output.records}
    return _moves(db, transfer, steps, values, (output,))


def compared(db: Db, transfer: Transfer) -> Transfer:
    """See ``Journal.compared``."""
    return _move(db, transfer, Event.COMPARE, outcome="compared")


def reconverted(db: Db, transfer: Transfer) -> Transfer:
    """See ``Journal.reconverted``."""
    _drop_output(db, transfer)
    return _move(db, transfer, Event.RECONVERT, anew=0)


def remade(db: Db, transfer: Transfer, output: Output) -> Transfer:
    """See ``Journal.remade``."""
    outputs.remade(db, transfer.id, output)
    _set(db, transfer, {"anew": 0})
    _stay(db, transfer, Event.RECONVERT)
    return found(db, transfer.id)


def _drop_output(db: Db, transfer: Transfer) -> None:
    db.changed("DELETE FROM outputs WHERE transfer_id = :id", {"id": transfer.id})
    deltas.dropped(db, transfer.id)


def claimed(db: Db, transfer: Transfer, claim: Claim) -> Transfer:
    """See ``Journal.claimed``."""
    names = [outputs.reserve(db, transfer.id, claim, output.ordinal).path for output in transfer.outputs]
    return _move(db, transfer, Event.CLAIM, " ".join(names))


def claimed_ahead(db: Db, transfer: Transfer, output: Output, claim: Claim) -> Transfer:
    """See ``Journal.claimed_ahead``."""
    output = outputs.add_named(db, transfer.id, output, claim)
    return _stay(db, transfer, "claim-ahead", output.path)


def unclaimed(db: Db, transfer: Transfer) -> Transfer:
    """See ``Journal.unclaimed``."""
    db.changed("DELETE FROM outputs WHERE transfer_id = :id", {"id": transfer.id})
    return _stay(db, transfer, "unclaim")


def streamed(db: Db, transfer: Transfer, size: int, sha256: str, records: int | None) -> Transfer:
    """See ``Journal.streamed``."""
    sql = """UPDATE outputs SET bytes = :bytes, sha256 = :sha256, records = :records
             WHERE transfer_id = :id AND ordinal = 1"""
    db.changed(sql, {"bytes": size, "sha256": sha256, "records": records, "id": transfer.id})
    steps = [(event, "") for event in (Event.SPOOL, Event.CONVERT, Event.CLAIM, Event.PUBLISH)]
    return _moves(db, transfer, steps, {"bytes": size, "sha256": sha256, "records": records})


def _still(db: Db, transfer: Transfer) -> Transfer:
    """The transfer, now. Raises ``Stale`` if its state is another."""
    now = found(db, transfer.id)
    if now.state is not transfer.state:
        raise Stale(f"transfer {transfer.id} is no longer {transfer.state}")
    return now


def _stay(db: Db, transfer: Transfer, event: str, detail: str = "") -> Transfer:
    """A row of history without a move; the state is compared as for one."""
    now = _still(db, transfer)
    record(db, transfer.id, event, from_state=transfer.state, to_state=transfer.state, detail=detail)
    return now


def staging(db: Db, transfer: Transfer, handle: str) -> Transfer:
    """See ``Journal.staging``."""
    sql = "UPDATE outputs SET handle = :handle WHERE transfer_id = :id AND ordinal = :ordinal"
    db.changed(sql, {"handle": handle} | outputs.turn_of(transfer))
    if transfer.output is None or not transfer.output.handle:
        return _stay(db, transfer, "stage")
    return _still(db, transfer)


def marking(db: Db, transfer: Transfer, ordinal: int) -> Transfer:
    """See ``Journal.marking``."""
    outputs.marked(db, transfer.id, ordinal)
    return _stay(db, transfer, "mark")


def listing(db: Db, transfer: Transfer) -> Transfer:
    """See ``Journal.listing``."""
    outputs.listed(db, transfer.id)
    return _stay(db, transfer, "list")


def publishing(db: Db, transfer: Transfer) -> Transfer:
    """See ``Journal.publishing``. The attempt is kept: it is still the same one."""
    kept = {"attempt": transfer.attempt, "first_failed_at": _kept(transfer)}
    return _moves(db, transfer, ((Event.PUBLISH, ""),), kept, transfer.outputs)


def _kept(transfer: Transfer) -> str | None:
    return text_of(transfer.first_failed_at) if transfer.first_failed_at else None


def unpublished(db: Db, transfer: Transfer) -> Transfer:
    """See ``Journal.unpublished``."""
    kept = {"attempt": transfer.attempt, "first_failed_at": _kept(transfer)}
    return _move(db, transfer, Event.UNPUBLISH, "", **kept)


def delivered(db: Db, transfer: Transfer, *, keep_name: bool, observed: bool) -> Transfer:
    """See ``Journal.delivered``."""
    if transfer.output:
        takings.replaced(db, transfer.output.endpoint, transfer.output.path)
    made = outputs.delivered(db, transfer, keep_name=keep_name, observed=observed)
    path = transfer.output.path if transfer.output else ""
    if not transfer.is_at_its_last_output:
        return _moves(db, transfer, ((Event.DELIVER_PART, path),), {}, made)
    deltas.advanced(db, transfer.id)
    carried = transfer.output.to_format if transfer.output else None
    values = {"outcome": "delivered", "carried_to": carried}
    return _moves(db, transfer, ((Event.DELIVER, ""),), values, made)


def settled(db: Db, transfer: Transfer, detail: str, kept: Sequence[Kept]) -> Transfer:
    """See ``Journal.settled``."""
    evidence.note(db, kept)
    return _moves(db, transfer, ((Event.SETTLE, detail),), {}, transfer.outputs)


def moved_in(db: Db, transfer: Transfer, temporaries: Mapping[int, str]) -> Transfer:
    """See ``Journal.moved_in``."""
    outputs.begun_anew(db, transfer.id, temporaries)
    db.changed("UPDATE transfers SET node = :node WHERE id = :id", {"node": db.node, "id": transfer.id})
    _stay(db, transfer, "move-in", f"{transfer.node} -> {db.node}")
    return found(db, transfer.id)


def held(db: Db, transfer: Transfer, reason: Reason, message: str, hint: str) -> Transfer:
    """See ``Journal.held``."""
    # a file that may have been collected is sent again by a release, by whoever has asked the consumer
    held_from = State.CLAIMED if reason is Reason.PERHAPS_COLLECTED else transfer.state
    why = {"held_from": held_from, "reason": reason, "message": message, "hint": hint}
    return _move(db, transfer, Event.HOLD, f"{reason}: {message}", **why)


def released(db: Db, transfer: Transfer, who: str, why: str, *, force_older: bool = False) -> Transfer:
    """See ``Journal.released``."""
    if transfer.reason is Reason.PERHAPS_COLLECTED:
        outputs.announced_anew(db, transfer.id)
    if transfer.reason is Reason.SHRINK:
        deltas.allow(db, transfer.id, "shrink")
    if force_older:
        deltas.allow(db, transfer.id, "older")
    going = let_go(db, transfer, audit.Act(who=who, act="release", subject=transfer.id, reason=why))
    return reconverted(db, going) if transfer.reason is Reason.FORMAT_CHANGED else going


def let_go(db: Db, transfer: Transfer, act: audit.Act) -> Transfer:
    """A held transfer is where it was held from again, by this act of a person."""
    audit.record(db, act)
    cleared: dict[str, Any] = dict.fromkeys(("held_from", "reason", "message", "hint")) | {"early": ""}
    if transfer.reason is Reason.RESTORED:
        cleared |= {"unproved": 0}
    return _move(db, transfer, Event.RELEASE, f"{act.who}: {act.reason}", **cleared)


def received(db: Db, transfer: Transfer, who: str, why: str) -> Transfer:
    """See ``Journal.received``. What was taken leaves its name free."""
    if transfer.reason is not Reason.PERHAPS_COLLECTED:
        raise IllegalMove(f"{transfer.id} is held for another reason; whether it arrived is known")
    going = let_go(db, transfer, audit.Act(who=who, act="received", subject=transfer.id, reason=why))
    return delivered(db, publishing(db, going), keep_name=False, observed=False)


def unwanted(db: Db, transfer: Transfer, who: str, why: str) -> Transfer:
    """See ``Journal.unwanted``."""
    if not transfer.may_be_left_out:
        raise IllegalMove(f"something of {transfer.id} is, or may be, at its destination")
    _set(db, transfer, {"unwanted": 1})
    going = let_go(db, transfer, audit.Act(who=who, act="supersede", subject=transfer.id, reason=why))
    return unpublished(db, going) if going.state is State.PUBLISHING else going


def failed(db: Db, transfer: Transfer, kind: str, message: str, retry_at: datetime) -> Transfer:
    """See ``Journal.failed``."""
    first = transfer.first_failed_at or db.now
    values = {
        "attempt": transfer.attempt + 1,
        "attempts": transfer.attempts + 1,
        "retry_at": text_of(retry_at),
        "first_failed_at": text_of(first),
        "failed_at": text_of(db.now),
    }
    _set(db, transfer, values | {"message": message})
    return _stay(db, transfer, "fail", f"{kind}: {message}")
