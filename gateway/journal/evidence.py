"""What is kept as evidence: originals and outputs by digest, whose transfers they were, and what was erased when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from gateway.errors import Stale
from gateway.journal.database import Db, Row, Run, text_of
from gateway.journal.erasures import Erasure, erasures, proof
from gateway.journal.forgetting import Forgetting
from gateway.journal.history import record
from gateway.lifecycle import FINAL, State
from gateway.model import Format

Store = Literal["originals", "outputs", "states", "undos"]
STORES: tuple[Store, ...] = ("originals", "outputs", "states", "undos")


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A content that is kept. ``bytes`` are those of the content, ``stored`` what it takes on disk."""

    store: Store
    sha256: str
    bytes: int
    stored: int = 0


@dataclass(frozen=True, kw_only=True)
class Room:
    """How much a store holds: files, their bytes, and what they take on disk."""

    files: int
    bytes: int
    stored: int


@dataclass(frozen=True, kw_only=True)
class Carried:
    """A delivered file of a route: its original, and what it became.

    Attributes:
        transfer: its transfer's id.
        path: the source's.
        destination: the names of its outputs, parted by blanks.
        sha256: of the original, by which the originals are opened.
        made_with: JSON, as in ``Output``.
        replay_of: the transfer whose original was sent again, if it was.
        replayed_as: the newest replay of this one.
    """

    transfer: str
    path: str
    destination: str
    sha256: str
    bytes: int
    records: int | None
    business_date: date
    from_format: Format
    to_format: Format
    delivered_at: datetime
    made_with: str
    replay_of: str
    replayed_as: str


@dataclass(frozen=True, kw_only=True)
class Term:
    """What has had its time in a store: last used before ``until``, and not spared.

    ``keep_last`` says for a route how many of its newest originals are spared.
    """

    store: Store
    until: datetime
    keep_last: Mapping[str, int] = field(default_factory=dict)


_THIS = "node = :node AND store = :store AND sha256 = :sha256"
"""Where each node keeps its own files, it knows of those alone."""


def note(db: Db, kept: Iterable[Kept]) -> None:
    """These are kept, and were used now."""
    sql = """INSERT INTO kept (node, store, sha256, bytes, stored, kept_at, used_at)
             VALUES (:node, :store, :sha256, :bytes, :bytes, :at, :at)
             ON CONFLICT (node, store, sha256) DO UPDATE SET used_at = :at"""
    for one in kept:
        values = {"store": one.store, "sha256": one.sha256, "bytes": one.bytes, "at": text_of(db.now)}
        db.changed(sql, values | {"node": db.keeper})


def unpacked(db: Db, count: int) -> list[Kept]:
    """See ``Evidence.unpacked``."""
    sql = "SELECT * FROM kept WHERE node = :node AND packed = 0 ORDER BY kept_at LIMIT :count"
    return [_kept_of(row) for row in db.rows(sql, {"node": db.keeper, "count": count})]


def packed(db: Db, kept: Kept, stored: int) -> None:
    """See ``Evidence.packed``."""
    sql = f"UPDATE kept SET packed = 1, stored = :stored WHERE {_THIS}"  # noqa: S608 - written here
    db.changed(sql, {"stored": stored} | _named(db, kept))


def room(db: Db, store: Store) -> Room:
    """See ``Evidence.room``."""
    sql = """SELECT count(*) AS files, coalesce(sum(bytes), 0) AS bytes, coalesce(sum(stored), 0) AS stored
             FROM kept WHERE node = :node AND store = :store"""
    return Room(**db.rows(sql, {"node": db.keeper, "store": store})[0])


def growth(db: Db, since: datetime) -> dict[str, int]:
    """See ``Evidence.growth``."""
    sql = """SELECT route, sum(stored) AS stored FROM
             (SELECT DISTINCT t.route, k.sha256, k.stored FROM kept k JOIN transfers t ON t.sha256 = k.sha256
              WHERE k.node = :node AND k.store = 'originals' AND k.kept_at >= :since) AS lately
             GROUP BY route ORDER BY stored DESC"""
    values = {"node": db.keeper, "since": text_of(since)}
    return {row["route"]: row["stored"] for row in db.rows(sql, values)}


def carried(db: Db, route: str, since: datetime) -> list[Carried]:
    """See ``Evidence.carried``."""
    sql = """SELECT t.*, min(o.to_format) AS to_format, min(o.made_with) AS made_with,
                    max(o.delivered_at) AS delivered_at,
                    group_concat(o.path, ' ') AS destination,
                    (SELECT r.id FROM transfers r WHERE r.replay_of = t.id
                     ORDER BY r.number DESC LIMIT 1) AS replayed_as
             FROM transfers t JOIN outputs o ON o.transfer_id = t.id
             WHERE t.route = :route AND t.outcome = 'delivered' GROUP BY t.number
             HAVING max(o.delivered_at) >= :since ORDER BY max(o.delivered_at), t.number"""
    return [_carried_of(row) for row in db.rows(sql, {"route": route, "since": text_of(since)})]


LEGS = 8
"""Routes of a circle at most."""

ROUNDS = 3
"""Times that a content comes back before the next one waits for a person."""


def rounds(db: Db, transfer: str, sha256: str, since: datetime) -> int:
    """See ``Evidence.rounds``. A leg takes what one before it put out, by its digest.

    Neither a content that went out several times and came back once makes several rounds, nor one that passes several
    routes of the circle unchanged.
    """
    sql = """WITH RECURSIVE leg (first, id, number, legs) AS (
                 SELECT sent.id, sent.id, sent.number, 1 FROM transfers own
                 JOIN transfers sent ON sent.route = own.route AND sent.sha256 = :sha256 AND sent.number < own.number
                 WHERE own.id = :id AND sent.outcome = 'delivered' AND sent.admitted_at >= :since
                 UNION
                 SELECT leg.first, next.id, next.number, leg.legs + 1 FROM leg
                 JOIN outputs out ON out.transfer_id = leg.id
                 JOIN transfers next ON next.sha256 = out.sha256 AND next.number > leg.number
                 JOIN transfers own ON own.id = :id AND own.route <> next.route
                 WHERE leg.legs < :most AND next.outcome = 'delivered' AND next.admitted_at >= :since)
             SELECT count(DISTINCT leg.first) AS gone, count(DISTINCT leg.id) AS returned FROM leg
             JOIN outputs returned ON returned.transfer_id = leg.id AND returned.sha256 = :sha256
             WHERE leg.legs > 1
             AND NOT EXISTS (SELECT 1 FROM events WHERE transfer_id = :id AND event = 'release')"""
    values = {"id": transfer, "sha256": sha256, "since": text_of(since), "most": LEGS}
    counted = db.rows(sql, values)[0]
    return min(int(counted["gone"]), int(counted["returned"]))


def due(db: Db, term: Term) -> list[Kept]:
    """See ``Evidence.due``."""
    where = {"node": db.keeper, "store": term.store, "until": text_of(term.until)}
    over = [_kept_of(row) for row in db.rows(_DUE[term.store], where)]
    spared = _spared(db, term) if over else frozenset()
    return [one for one in over if one.sha256 not in spared]


_OVER = f"NOT IN ({', '.join(repr(state.value) for state in sorted(FINAL))})"
_DUE: dict[Store, str] = {
    "originals": f"""SELECT * FROM kept k WHERE k.node = :node AND store = :store AND used_at < :until AND NOT EXISTS
        (SELECT 1 FROM transfers t WHERE t.sha256 = k.sha256 AND t.state {_OVER}) ORDER BY used_at""",  # noqa: S608 - written here
    "outputs": f"""SELECT * FROM kept k WHERE k.node = :node AND store = :store AND used_at < :until AND NOT EXISTS
        (SELECT 1 FROM transfers t JOIN outputs o ON o.transfer_id = t.id
         WHERE o.sha256 = k.sha256 AND t.state {_OVER}) ORDER BY used_at""",  # noqa: S608 - written here
    "states": f"""SELECT * FROM kept k WHERE k.node = :node AND store = :store AND used_at < :until AND NOT EXISTS
        (SELECT 1 FROM states s JOIN transfers t ON t.id = s.transfer_id
         WHERE s.sha256 = k.sha256 AND s.version IS NULL AND t.state {_OVER}) AND NOT EXISTS
        (SELECT 1 FROM states s WHERE s.sha256 = k.sha256 AND s.version = (SELECT max(h.version) FROM states h
         WHERE h.route = s.route AND h.side = s.side AND h.format = s.format AND h.returned_at IS NULL))
        ORDER BY used_at""",  # noqa: S608 - written here
    "undos": f"""SELECT * FROM kept k WHERE k.node = :node AND store = :store AND used_at < :until AND NOT EXISTS
        (SELECT 1 FROM states s JOIN transfers t ON t.id = s.transfer_id
         WHERE s.undo = k.sha256 AND t.state {_OVER}) ORDER BY used_at""",  # noqa: S608 - written here
}


def _spared(db: Db, term: Term) -> frozenset[str]:
    """The digests of the newest originals of the routes that spare some."""
    if term.store != "originals":
        return frozenset()
    sql = """SELECT sha256 FROM transfers WHERE route = :route AND outcome = 'delivered'
             ORDER BY number DESC LIMIT :count"""
    newest = (db.rows(sql, {"route": route, "count": count}) for route, count in term.keep_last.items())
    return frozenset(row["sha256"] for rows in newest for row in rows)


def erased(db: Db, term: Term, forget: Callable[[str], None], count: int) -> Erasure | None:
    """See ``Evidence.erase``."""
    over = due(db, term)[:count]
    for one in over:
        db.changed(f"DELETE FROM kept WHERE {_THIS}", _named(db, one))  # noqa: S608 - written here
        forget(one.sha256)
    if not over:
        return None
    size = sum(one.bytes for one in over)
    return proof(db, term.store, files=len(over), size=size, until=term.until)


def _named(db: Db, one: Kept) -> dict[str, str]:
    return {"node": db.keeper, "store": one.store, "sha256": one.sha256}


def _kept_of(row: Row) -> Kept:
    return Kept(store=row["store"], sha256=row["sha256"], bytes=row["bytes"], stored=row["stored"])


def _carried_of(row: Row) -> Carried:
    return Carried(
        transfer=row["id"],
        **{key: row[key] for key in ("path", "destination", "sha256", "bytes", "records", "made_with")},
        business_date=date.fromisoformat(row["business_date"]),
        from_format=Format(row["from_format"]),
        to_format=Format(row["to_format"]),
        delivered_at=datetime.fromisoformat(row["delivered_at"]),
        replay_of=row["replay_of"] or "",
        replayed_as=row["replayed_as"] or "",
    )


def everything(db: Db) -> list[Kept]:
    """See ``Evidence.all``."""
    sql = "SELECT * FROM kept WHERE node = :node ORDER BY store, sha256"
    return [_kept_of(row) for row in db.rows(sql, {"node": db.keeper})]


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What tells the folder in which an installation keeps files: its own name, and the folder's, empty for none."""

    installation: str
    folder: str


def mark(db: Db) -> Mark:
    """See ``Evidence.mark``."""
    row = db.rows("SELECT installation_id, kept_mark FROM installation", {})[0]
    return Mark(installation=row["installation_id"], folder=row["kept_mark"])


def marked(db: Db, folder: str) -> None:
    """See ``Evidence.marked``."""
    db.changed("UPDATE installation SET kept_mark = :folder", {"folder": folder})
    ours = {"node": db.node, "keeper": db.keeper}
    if db.node == db.keeper:
        return
    sql = """UPDATE kept SET node = :keeper WHERE node = :node AND NOT EXISTS (SELECT 1 FROM kept k
             WHERE k.node = :keeper AND k.store = kept.store AND k.sha256 = kept.sha256)"""
    db.changed(sql, ours)
    db.changed("DELETE FROM kept WHERE node = :node", {"node": db.node})


def secured(db: Db, transfer_id: str, size: int, sha256: str) -> None:
    """See ``Evidence.secured``."""
    sql = """UPDATE transfers SET bytes = :bytes, sha256 = :sha256
             WHERE id = :id AND state = 'held' AND held_from = 'admitted'"""
    if db.changed(sql, {"id": transfer_id, "bytes": size, "sha256": sha256}) != 1:
        raise Stale(f"transfer {transfer_id} is no longer held unread")
    record(db, transfer_id, "secure", from_state=State.HELD, to_state=State.HELD)


class Evidence:
    """The chapter of what is kept."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.rows = Forgetting(run)

    async def secured(self, transfer_id: str, *, size: int, sha256: str) -> None:
        """The original of a file held unread is in the spool. Raises ``Stale`` if it is not held so any more."""
        await self._run(secured, transfer_id, size, sha256)

    async def unpacked(self, count: int) -> list[Kept]:
        """The oldest kept files that are not compressed yet."""
        return await self._run(unpacked, count)

    async def packed(self, kept: Kept, stored: int) -> None:
        """The file is compressed and takes so many bytes on disk."""
        await self._run(packed, kept, stored)

    async def all(self) -> list[Kept]:
        """Everything that is kept."""
        return await self._run(everything)

    async def room(self, store: Store) -> Room:
        """What a store holds."""
        return await self._run(room, store)

    async def growth(self, since: datetime) -> dict[str, int]:
        """Bytes on disk that each route added to the originals since an instant, the most first."""
        return await self._run(growth, since)

    async def rounds(self, transfer: str, sha256: str, since: datetime) -> int:
        """How often other routes brought back the content of a file after its own route had sent it out.

        None where a person let the file go on.
        """
        return await self._run(rounds, transfer, sha256, since)

    async def carried(self, route: str, since: datetime) -> list[Carried]:
        """The files of a route that were delivered since an instant, in the order of their delivery."""
        return await self._run(carried, route, since)

    async def due(self, term: Term) -> Sequence[Kept]:
        """What would be erased: what has had its time, and is needed by no open transfer."""
        return await self._run(due, term)

    async def erase(self, term: Term, *, forget: Callable[[str], None], count: int = 200) -> Erasure | None:
        """Erase up to ``count`` of what is due, and keep proof of it; None if nothing was.

        ``forget`` removes a file by its digest, within the transaction: a transfer of the same content that comes
        at this moment either keeps it from being due, or finds no file and keeps its own.
        """
        return await self._run(erased, term, forget, count)

    async def erasures(self, since: datetime) -> list[Erasure]:
        """What was erased since an instant, oldest first."""
        return await self._run(erasures, since)

    async def mark(self) -> Mark:
        """What tells the folder (``kept_dir``) in which the files are kept."""
        return await self._run(mark)

    async def marked(self, folder: str) -> None:
        """Files are kept in the folder of this mark from now on, those that this node kept for itself as well."""
        await self._run(marked, folder)
