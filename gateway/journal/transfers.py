"""Transfers as the journal has them: one, those that are open, what a source's files are known as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.base import Entry
from gateway.errors import Stale
from gateway.journal.database import Db, Row
from gateway.journal.outgoing import Output
from gateway.journal.port import Occurrence, Transfer
from gateway.journal.rows import occurrence_of, output_of, transfer_of

CHUNK = 400  # paths or transfers in one query


def found(db: Db, transfer_id: str) -> Transfer:
    """A transfer that is there; raises ``Stale`` if it is not."""
    one = find(db, transfer_id)
    if one is None:
        raise Stale(f"transfer {transfer_id} is not in the journal")
    return one


def with_outputs(db: Db, row: Row) -> Transfer:
    """The transfer of a row of its table."""
    rows = db.rows("SELECT * FROM outputs WHERE transfer_id = :id ORDER BY ordinal", {"id": row["id"]})
    return transfer_of(row, tuple(map(output_of, rows)))


def _outputs(db: Db, where: str, parameters: Mapping[str, Any]) -> dict[str, tuple[Output, ...]]:
    sql = f"""SELECT o.* FROM outputs o JOIN transfers t ON t.id = o.transfer_id WHERE {where}
              ORDER BY o.ordinal"""  # noqa: S608 - written here
    found: dict[str, tuple[Output, ...]] = {}
    for row in db.rows(sql, parameters):
        found[row["transfer_id"]] = (*found.get(row["transfer_id"], ()), output_of(row))
    return found


def _transfers(db: Db, where: str, parameters: Mapping[str, Any], tail: str = "") -> list[Transfer]:
    rows = db.rows(f"SELECT t.* FROM transfers t WHERE {where} {tail}", parameters)  # noqa: S608 - written here
    of = _outputs(db, where, parameters)
    return [transfer_of(row, of.get(row["id"], ())) for row in rows]


def find(db: Db, transfer_id: str) -> Transfer | None:
    """See ``Journal.find``."""
    rows = db.rows("SELECT * FROM transfers WHERE id = :id", {"id": transfer_id})
    return with_outputs(db, rows[0]) if rows else None


def find_all(db: Db, transfer_ids: Sequence[str]) -> list[Transfer]:
    """See ``Journal.find_all``."""
    found: list[Transfer] = []
    for start in range(0, len(transfer_ids), CHUNK):
        ids = {f"t{number}": one for number, one in enumerate(transfer_ids[start : start + CHUNK])}
        found += _transfers(db, f"t.id IN ({', '.join(f':{key}' for key in ids)})", ids, "ORDER BY t.number")
    return found


def open_transfers(db: Db, route: str | None) -> list[Transfer]:
    """See ``Journal.open_transfers``."""
    where = "t.state NOT IN ('settled', 'withdrawn')" + (" AND t.route = :route" if route else "")
    return _transfers(db, where, {"route": route} if route else {}, "ORDER BY t.number")


def recent(db: Db, route: str, count: int) -> list[Transfer]:
    """See ``Journal.recent``."""
    ids = "t.id IN (SELECT id FROM transfers WHERE route = :route ORDER BY number DESC LIMIT :count)"
    return _transfers(db, ids, {"route": route, "count": count}, "ORDER BY t.number DESC")


def history(db: Db, transfer_id: str) -> list[Occurrence]:
    """See ``Journal.history``."""
    sql = "SELECT * FROM events WHERE transfer_id = :id ORDER BY number"
    return [occurrence_of(row) for row in db.rows(sql, {"id": transfer_id})]


def unknown(db: Db, route: str, endpoint: str, entries: Sequence[Entry]) -> list[Entry]:
    """See ``Journal.unknown``."""
    known: set[tuple[str, str]] = set()
    for start in range(0, len(entries), CHUNK):
        known |= _known(db, route, endpoint, entries[start : start + CHUNK])
    return [entry for entry in entries if (entry.path, entry.identity) not in known]


def _known(db: Db, route: str, endpoint: str, entries: Sequence[Entry]) -> set[tuple[str, str]]:
    paths = {f"p{number}": entry.path for number, entry in enumerate(entries)}
    sql = f"""SELECT path, size, mtime, version FROM transfers WHERE route = :route AND endpoint = :endpoint
              AND state <> 'withdrawn' AND path IN ({", ".join(f":{key}" for key in paths)})"""  # noqa: S608 - placeholders only
    rows = db.rows(sql, {"route": route, "endpoint": endpoint, **paths})
    return {(row["path"], Entry(**dict(row)).identity) for row in rows}


def last_content(db: Db, route: str, endpoint: str, path: str) -> str:
    """See ``Journal.last_content``."""
    sql = """SELECT content, sha256 FROM transfers WHERE route = :route AND endpoint = :endpoint AND path = :path
             AND state <> 'withdrawn' AND replay_of IS NULL AND diverted_from IS NULL
             ORDER BY revision DESC LIMIT 1"""
    last = db.rows(sql, {"route": route, "endpoint": endpoint, "path": path})
    return (last[0]["sha256"] or last[0]["content"].rpartition(":")[2]) if last else ""
