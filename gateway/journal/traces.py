"""Where a file came from and where it went: transfers, joined where one's output is another's source."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.journal.database import Db, Row, Run, instant_of, text_of

DIGEST = 64
"""Characters of a SHA-256."""
MOST = 200
"""So many transfers are shown of one trace at most."""


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """One output of a transfer, at its destination if it has a name there. ``made_with`` names what converted it."""

    endpoint: str
    path: str
    to_format: str
    bytes: int
    sha256: str
    records: int | None
    filtered: int
    delivered_at: datetime | None
    taken_at: datetime | None
    taken_how: str
    taken_records: int | None
    made_with: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One thing that happened."""

    at: datetime
    event: str
    state: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One transfer of a trace, with all that the journal knows of it.

    Attributes:
        sha256: of what was carried: where people corrected its items, of the file with their corrections.
        arrived_sha256: of the original as it came.
        original_kept: whether that is kept still, so that it can be sent again or shown.
        diverted: bad records that were taken out of it.
        diverted_as: the transfer that they became, if there were any.
        diverted_from: the transfer out of whose file these records were taken; empty for a file that came in.
    """

    id: str
    route: str
    endpoint: str
    path: str
    revision: int
    bytes: int | None
    sha256: str
    records: int | None
    from_format: str
    business_date: str
    admitted_at: datetime
    state: str
    outcome: str
    reason: str
    message: str
    replay_of: str
    replayed_as: tuple[str, ...]
    arrived_sha256: str
    original_kept: bool
    diverted: int
    diverted_from: str
    diverted_as: tuple[str, ...]
    arrivals: tuple[Arrival, ...]
    moments: tuple[Moment, ...]

    @property
    def name(self) -> str:
        """The last part of its source's path."""
        return last_part(self.path)


def last_part(path: str) -> str:
    """A file's name without its folder."""
    return path.rpartition("/")[2]


def trace(db: Db, text: str) -> list[Leg]:
    """See ``Traces.trace``."""
    found: dict[str, Leg] = {}
    _follow(db, found, _matching(db, text), _after)
    _follow(db, found, list(found), _before)
    return sorted(found.values(), key=lambda leg: leg.admitted_at)


def _matching(db: Db, text: str) -> list[str]:
    """Transfers by id, by the digest of their original or output, or else by the path or name of either."""
    plain = text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    where = {"text": text, "end": f"%/{plain}", "most": MOST}
    endpoint, _, path = text.partition(":")
    at_place = {"endpoint": endpoint, "path": path, "most": MOST}
    found = db.rows(_BY_INDEX, where) or db.rows(_BY_NAME, where) or db.rows(_BY_PLACE, at_place)
    if not found and len(text) == DIGEST and text.isalnum():
        found = db.rows(_BY_CORRECTION, {"has": f'%"{text}"%', "most": MOST})
    return [row["id"] for row in found]


_BY_INDEX = """SELECT id FROM transfers WHERE id = :text UNION SELECT id FROM transfers WHERE sha256 = :text
               UNION SELECT transfer_id FROM outputs WHERE sha256 = :text ORDER BY 1 DESC LIMIT :most"""
_BY_NAME = """SELECT id FROM transfers WHERE path = :text OR path LIKE :end ESCAPE '!'
              UNION SELECT transfer_id FROM outputs WHERE path = :text OR path LIKE :end ESCAPE '!'
              ORDER BY 1 DESC LIMIT :most"""


_BY_PLACE = """SELECT id FROM transfers WHERE endpoint = :endpoint AND path = :path
               UNION SELECT transfer_id FROM outputs WHERE endpoint = :endpoint AND path = :path
               ORDER BY 1 DESC LIMIT :most"""


_BY_CORRECTION = "SELECT subject AS id FROM audit WHERE act = 'correct' AND detail LIKE :has LIMIT :most"
"""Files that came with this digest, and went on with another: few, as each was corrected by hand."""


Step = Callable[[Db, Leg], Iterable[str]]


def _follow(db: Db, found: dict[str, Leg], begin: list[str], step: Step) -> None:
    """Add what is reached from ``begin`` step by step, as far as the journal has not forgotten it."""
    todo, seen = deque(begin), set(begin)
    while todo and len(found) < MOST:
        one = todo.popleft()
        leg = found.get(one) or _leg(db, one)
        if leg is None:
            continue
        found[leg.id] = leg
        new = [one for one in step(db, leg) if one not in seen]
        seen.update(new)
        todo.extend(new)


def _after(db: Db, leg: Leg) -> Iterable[str]:
    """Transfers that read what this one wrote, its replays, and its bad records."""
    sql = (
        "SELECT id, path FROM transfers WHERE sha256 = :sha256 AND replay_of IS NULL AND admitted_at > :since"
    )
    for arrival in leg.arrivals:
        where = {"sha256": arrival.sha256, "since": text_of(leg.admitted_at)}
        name = last_part(arrival.path)
        yield from (row["id"] for row in db.rows(sql, where) if name and last_part(row["path"]) == name)
    yield from leg.replayed_as
    yield from leg.diverted_as


def _before(db: Db, leg: Leg) -> Iterable[str]:
    """Transfers that wrote what this one read, and the one that it replays or was taken out of."""
    sql = """SELECT o.transfer_id AS id, o.path FROM outputs o JOIN transfers t ON t.id = o.transfer_id
             WHERE o.sha256 = :sha256 AND t.admitted_at < :until AND o.path IS NOT NULL"""
    where = {"sha256": leg.arrived_sha256, "until": text_of(leg.admitted_at)}
    if origin := leg.replay_of or leg.diverted_from:
        yield origin
    else:
        yield from (row["id"] for row in db.rows(sql, where) if last_part(row["path"]) == leg.name)


def _leg(db: Db, transfer: str) -> Leg | None:
    """A transfer with all that belongs to it; None if the journal knows it no more."""
    rows = db.rows("SELECT * FROM transfers WHERE id = :id", {"id": transfer})
    if not rows:
        return None
    row = rows[0]
    outputs = db.rows("SELECT * FROM outputs WHERE transfer_id = :id ORDER BY ordinal", {"id": transfer})
    moments = db.rows("SELECT * FROM events WHERE transfer_id = :id ORDER BY number", {"id": transfer})
    replays = db.rows("SELECT id FROM transfers WHERE replay_of = :id ORDER BY number", {"id": transfer})
    parts = db.rows("SELECT id FROM transfers WHERE diverted_from = :id", {"id": transfer})
    came = next((one["detail"] for one in moments if one["event"] == "correct"), row["sha256"] or "")
    kept = db.rows("SELECT 1 FROM kept WHERE store = 'originals' AND sha256 = :came LIMIT 1", {"came": came})
    plain = (
        "id",
        "route",
        "endpoint",
        "path",
        "revision",
        "bytes",
        "records",
        "from_format",
        "business_date",
        "state",
        "diverted",
    )
    texts = ("sha256", "outcome", "reason", "message", "replay_of", "diverted_from")
    fields: dict[str, Any] = {key: row[key] for key in plain} | {key: row[key] or "" for key in texts}
    return Leg(
        **fields,
        admitted_at=datetime.fromisoformat(row["admitted_at"]),
        replayed_as=tuple(one["id"] for one in replays),
        arrived_sha256=came,
        original_kept=bool(kept),
        diverted_as=tuple(one["id"] for one in parts),
        arrivals=tuple(map(_arrival_of, outputs)),
        moments=tuple(map(_moment_of, moments)),
    )


def _arrival_of(row: Row) -> Arrival:
    plain = ("to_format", "bytes", "sha256", "records", "filtered")
    return Arrival(
        **{key: row[key] for key in plain},
        endpoint=row["endpoint"] or "",
        path=row["path"] or "",
        delivered_at=instant_of(row["delivered_at"]),
        taken_at=instant_of(row["taken_at"]),
        taken_how=row["taken_how"] or "",
        taken_records=row["taken_records"],
        made_with=json.loads(row["made_with"]) if row["made_with"] else {},
    )


def _moment_of(row: Row) -> Moment:
    at = datetime.fromisoformat(row["at"])
    return Moment(at=at, event=row["event"], state=row["to_state"], detail=row["detail"])


class Traces:
    """The chapter of traces. It has no tables of its own."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def trace(self, text: str) -> list[Leg]:
        """Every transfer that a file went through, before and after, in order of admission.

        ``text`` is a transfer's id, the path or name of a source or destination, also as logs and tables write
        it (endpoint:path), or a SHA-256. Two transfers belong
        together where one's output has the name and content of the other's source.
        """
        return await self._run(trace, text)
