"""Sums over transfers for the ledger: by business day, route and what became of the files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gateway.journal.database import Db, Row, Run
from gateway.lifecycle import State


@dataclass(frozen=True, kw_only=True)
class Sum:
    """Transfers of one route and business day that have come equally far.

    Attributes:
        outcome: what became of them, as far as that is decided: ``delivered``, ``unchanged``, ...; else empty.
        files: how many.
        bytes: of the originals, as read or, where nothing was read yet, as listed.
        records: of the originals, where they are known.
        uncounted: files whose records are not known.
        sent: records in the outputs; of full files that went out as changes, the rows that the destination holds
            with them; of changes that went out in a full file, themselves.
        filtered: records that the route's ``select`` left out.
        diverted: bad records that were taken out of these files, whatever became of them since.
        apart: these are such records themselves, not files that came in.
        replayed: files that were sent again from their originals.
        observed: files of which it is seen whether their consumers took them.
        taken: files, records and bytes that were seen to be taken.
    """

    day: date
    route: str
    state: State
    outcome: str
    files: int
    bytes: int
    records: int
    uncounted: int
    sent: int
    filtered: int
    diverted: int
    apart: bool
    replayed: int
    observed: int = 0
    taken: tuple[int, int, int] = (0, 0, 0)


_SUMS = """
    SELECT t.business_date AS day, t.route, t.state, coalesce(t.outcome, '') AS outcome, count(*) AS files,
           sum(coalesce(t.bytes, t.size, 0)) AS bytes, sum(coalesce(t.records, 0)) AS records,
           count(*) FILTER (WHERE t.records IS NULL) AS uncounted,
           sum(coalesce(CASE s.side WHEN 'to' THEN s.rows WHEN 'from' THEN t.records END, o.sent, 0)) AS sent,
           sum(coalesce(o.filtered, 0)) AS filtered, sum(t.diverted) AS diverted,
           t.diverted_from IS NOT NULL AS apart, count(*) FILTER (WHERE t.replay_of IS NOT NULL) AS replayed,
           count(*) FILTER (WHERE o.observed > 0) AS observed,
           count(*) FILTER (WHERE o.taken = o.outputs) AS taken_files,
           sum(coalesce(o.taken_records, 0)) AS taken_records,
           sum(CASE WHEN o.taken = o.outputs THEN coalesce(t.bytes, 0) ELSE 0 END) AS taken_bytes
    FROM transfers t LEFT JOIN
         (SELECT transfer_id, sum(records) AS sent, sum(filtered) AS filtered, count(*) AS outputs,
                 sum(observed) AS observed, count(taken_at) AS taken,
                 sum(coalesce(taken_records, CASE WHEN taken_at IS NULL THEN 0 ELSE records END, 0)) AS taken_records
          FROM outputs WHERE transfer_id IN
               (SELECT id FROM transfers WHERE business_date BETWEEN :first AND :last)
          GROUP BY transfer_id) o
         ON o.transfer_id = t.id
         LEFT JOIN states s ON s.transfer_id = t.id AND s.version IS NOT NULL
    WHERE t.business_date BETWEEN :first AND :last AND t.state <> 'withdrawn'
    GROUP BY t.business_date, t.route, t.state, t.outcome, t.diverted_from IS NOT NULL
    ORDER BY t.business_date, t.route"""


def sums(db: Db, first: date, last: date) -> list[Sum]:
    """See ``Ledger.sums``."""
    rows = db.rows(_SUMS, {"first": first.isoformat(), "last": last.isoformat()})
    return [_sum_of(row) for row in rows]


def _sum_of(row: Row) -> Sum:
    plain = (
        "outcome",
        "route",
        "files",
        "bytes",
        "records",
        "uncounted",
        "sent",
        "filtered",
        "diverted",
        "replayed",
        "observed",
    )
    return Sum(
        day=date.fromisoformat(row["day"]),
        state=State(row["state"]),
        apart=bool(row["apart"]),
        taken=(row["taken_files"], row["taken_records"], row["taken_bytes"]),
        **{key: row[key] for key in plain},
    )


@dataclass(frozen=True, kw_only=True)
class RowSum:
    """The rows that an end of a route knows, over a business day.

    Attributes:
        before: rows before the day's first file; 0 where that began anew.
        after: rows with its last one.
        unexplained: rows that no new and no gone one explains, over all files: 0, or something is wrong.
    """

    day: date
    route: str
    format: str
    before: int
    inserts: int
    updates: int
    deletes: int
    after: int
    unexplained: int


_ROW_SUMS = """
    WITH held AS (
        SELECT t.business_date AS day, s.*, coalesce(b.rows, 0) AS had,
               row_number() OVER (PARTITION BY t.business_date, s.route, s.side, s.format ORDER BY s.version) AS nth,
               row_number() OVER (PARTITION BY t.business_date, s.route, s.side, s.format
                                  ORDER BY s.version DESC) AS nth_last
        FROM states s JOIN transfers t ON t.id = s.transfer_id LEFT JOIN states b ON b.number = s.base
        WHERE s.version IS NOT NULL AND s.returned_at IS NULL AND t.business_date BETWEEN :first AND :last)
    SELECT day, route, format, sum(CASE nth WHEN 1 THEN had ELSE 0 END) AS before, sum(inserts) AS inserts,
           sum(updates) AS updates, sum(deletes) AS deletes, sum(CASE nth_last WHEN 1 THEN rows ELSE 0 END) AS after,
           sum(rows - had - inserts + deletes) AS unexplained
    FROM held GROUP BY day, route, side, format ORDER BY day, route, format"""


def row_sums(db: Db, first: date, last: date) -> list[RowSum]:
    """See ``Ledger.row_sums``."""
    rows = db.rows(_ROW_SUMS, {"first": first.isoformat(), "last": last.isoformat()})
    return [RowSum(**{**row, "day": date.fromisoformat(row["day"])}) for row in rows]


class Ledger:
    """The chapter of sums. It has no tables of its own: the ledger is what the transfers say."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def sums(self, first: date, last: date) -> list[Sum]:
        """Every sum of the business days from ``first`` to ``last``; withdrawn transfers are in none."""
        return await self._run(sums, first, last)

    async def row_sums(self, first: date, last: date) -> list[RowSum]:
        """For routes that make differences, or full files of them: how rows became others, by business day."""
        return await self._run(row_sums, first, last)
