"""Sending again what was sent before: a transfer of its own, made out of a kept original."""

from __future__ import annotations

from gateway.journal import audit, book, transfers
from gateway.journal.asked import Replay
from gateway.journal.database import Db, text_of
from gateway.journal.history import record
from gateway.journal.port import Transfer
from gateway.lifecycle import FINAL, State

_OPEN = f"NOT IN ({', '.join(repr(state.value) for state in sorted(FINAL))})"
_INSERT = f"""
    INSERT INTO transfers (id, route, endpoint, path, size, mtime, version, content, companion, stated_sha256,
                           revision, from_format, business_date, admitted_at, changed_at, state, sha256, replay_of,
                           node)
    SELECT :id, route, endpoint, path, bytes, mtime, version, :content, '', '',
           (SELECT max(revision) + 1 FROM transfers r
            WHERE r.route = t.route AND r.endpoint = t.endpoint AND r.path = t.path),
           from_format, business_date, :at, :at, 'admitted', sha256, id, node
    FROM transfers t
    WHERE id = :of AND outcome = 'delivered'
      AND NOT EXISTS (SELECT 1 FROM transfers r WHERE r.replay_of = t.id AND (:again = 0 OR r.state {_OPEN}))"""  # noqa: S608 - written here


def replayed(db: Db, replay: Replay) -> Transfer | None:
    """See ``Journal.replayed``."""
    identifier = book.new_id(db.now)
    values = {"id": identifier, "content": f"replay {identifier}", "at": text_of(db.now)}
    if not db.changed(_INSERT, values | {"of": replay.of, "again": int(replay.again)}):
        return None
    record(db, identifier, "replay", from_state=None, to_state=State.ADMITTED, detail=replay.of)
    detail = {"replay": identifier}
    act = audit.Act(who=replay.who, act="replay", subject=replay.of, reason=replay.reason, detail=detail)
    audit.record(db, act)
    return transfers.found(db, identifier)
