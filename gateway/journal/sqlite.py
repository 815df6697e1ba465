"""The journal in one SQLite file: one writer thread, WAL, full sync, many calls to a commit under load."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from adapters.base import Entry
from gateway.clock import Clock
from gateway.errors import JournalUnusable, Reason
from gateway.journal import afresh, book, corrections, numbering, relays, replays, runs, schema
from gateway.journal.audit import Audit
from gateway.journal.comparisons import Comparisons
from gateway.journal.database import Db, Row
from gateway.journal.deltas import Deltas, Draft
from gateway.journal.evidence import Evidence, Kept
from gateway.journal.expectations import Expectations
from gateway.journal.ledger import Ledger
from gateway.journal.overview import Overview
from gateway.journal.people import People
from gateway.journal.port import (
    Admission,
    Claim,
    Corrected,
    Numbering,
    Occurrence,
    Output,
    Relay,
    Replay,
    RunRecord,
    Skip,
    Transfer,
)
from gateway.journal.shadows import Shadows
from gateway.journal.switching import Switching
from gateway.journal.takings import Takings
from gateway.journal.traces import Traces
from gateway.model import Format

T = TypeVar("T")
P = ParamSpec("P")
BATCH = 64  # calls that share one commit at most


@dataclass
class SqliteTransaction:
    """``Db`` over one connection, inside a transaction."""

    connection: sqlite3.Connection
    now: datetime

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[Row]:
        """See ``Db``."""
        return [dict(row) for row in self.connection.execute(sql, parameters)]

    def changed(self, sql: str, parameters: Mapping[str, Any]) -> int:
        """See ``Db``."""
        return self.connection.execute(sql, parameters).rowcount


@dataclass(frozen=True)
class Call:
    """One transaction that somebody waits for."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    named: dict[str, Any]
    done: Future[Any]


def connect(path: Path, *, read_only: bool = False, untouched: bool = False) -> sqlite3.Connection:
    """Open the file with the journal's settings; the caller's thread owns the connection.

    ``untouched``, for a short look: where no gateway left its files beside the journal's, none is made for the look.
    """
    address = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
    if untouched and not path.with_name(f"{path.name}-wal").exists():
        address += "&immutable=1"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=10, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    if not read_only:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    return connection


class SqliteJournal:
    """``port.Journal`` on SQLite. Build it with ``open_journal``."""

    def __init__(
        self, connection: sqlite3.Connection, clock: Clock, *, begin: str = "BEGIN IMMEDIATE"
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._begin = begin
        self._calls: queue.SimpleQueue[Call | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()
        self.audit = Audit(self._run)
        self.deltas = Deltas(self._run)
        self.evidence = Evidence(self._run)
        self.ledger = Ledger(self._run)
        self.traces = Traces(self._run)
        self.takings = Takings(self._run)
        self.expectations = Expectations(self._run)
        self.comparisons = Comparisons(self._run)
        self.shadows = Shadows(self._run)
        self.switching = Switching(self._run)
        self.overview = Overview(self._run)
        self.people = People(self._run)

    async def close(self) -> None:
        """Finish what was asked, then close the file."""
        self._calls.put(None)
        await asyncio.to_thread(self._thread.join)
        self._connection.close()

    async def _run(
        self, function: Callable[Concatenate[Db, P], T], /, *arguments: P.args, **named: P.kwargs
    ) -> T:
        done: Future[T] = Future()
        self._calls.put(Call(function, arguments, named, done))
        return await asyncio.shield(asyncio.wrap_future(done))

    def _work(self) -> None:
        while (first := self._calls.get()) is not None:
            calls = [first]
            last = self._gather(calls)
            self._commit(calls)
            if last:
                return

    def _gather(self, calls: list[Call]) -> bool:
        """Add the calls that wait already; True when the last one was seen."""
        while len(calls) < BATCH and not self._calls.empty():
            call = self._calls.get()
            if call is None:
                return True
            calls.append(call)
        return False

    def _commit(self, calls: Sequence[Call]) -> None:
        """One commit for all; each call in a savepoint, so that a refused one takes nothing with it.

        Whatever goes wrong, every caller gets an answer: the writer outlives all faults.
        """
        try:
            self._connection.execute(self._begin)
            answers = [self._answer(call) for call in calls]
            self._connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - see above
            self._give_up(calls, error)
            return
        for call, (value, refused) in zip(calls, answers, strict=True):
            _resolve(call.done, value, refused)

    def _answer(self, call: Call) -> tuple[Any, Exception | None]:
        """What the call gives, or why not. The writer outlives any call, so this is a boundary for all errors."""
        self._connection.execute("SAVEPOINT call")
        transaction = SqliteTransaction(self._connection, self._clock.now())
        try:
            value, refused = call.function(transaction, *call.arguments, **call.named), None
        except sqlite3.OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 - handed to the caller, whose error it is
            value, refused = None, error
            self._connection.execute("ROLLBACK TO call")
        self._connection.execute("RELEASE call")
        return value, refused

    def _give_up(self, calls: Sequence[Call], error: Exception) -> None:
        with suppress(sqlite3.Error):  # the database may have rolled back by itself
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        for call in calls:
            hint = "see that the disk of state_dir is writable and not full"
            _resolve(
                call.done, None, JournalUnusable(f"the journal could not be written ({error})", hint=hint)
            )

    async def unknown(self, route: str, endpoint: str, entries: Sequence[Entry]) -> list[Entry]:
        return await self._run(book.unknown, route, endpoint, entries)

    async def last_content(self, route: str, endpoint: str, path: str) -> str:
        return await self._run(book.last_content, route, endpoint, path)

    async def admit(self, admission: Admission) -> Transfer | None:
        return await self._run(numbering.admitted, admission)

    async def admit_all(self, admissions: Sequence[Admission]) -> list[Transfer | None]:
        return await self._run(relays.admitted, admissions)

    async def numbering(self, route: str, format_: Format) -> Numbering:
        return await self._run(numbering.numbering, route, format_)

    async def skip(self, skip: Skip) -> Numbering:
        return await self._run(numbering.skipped, skip)

    async def withdrawn(self, transfer: Transfer) -> Transfer:
        return await self._run(book.withdrawn, transfer)

    async def spooled(self, transfer: Transfer, *, size: int, sha256: str) -> Transfer:
        return await self._run(book.spooled, transfer, size, sha256)

    async def reconciled(self, route: str) -> None:
        return await self._run(afresh.reconciled, route)

    async def generation(self) -> int:
        return await self._run(book.generation)

    async def same_as_last(self, transfer: Transfer, to_format: Format) -> bool:
        return await self._run(book.same_as_last, transfer, to_format)

    async def skipped(self, transfer: Transfer, to_format: Format) -> Transfer:
        return await self._run(book.skipped, transfer, to_format)

    async def superseded(
        self, transfer: Transfer, *, records: int | None, draft: Draft | None = None
    ) -> Transfer:
        return await self._run(book.superseded, transfer, records, draft)

    async def converted(
        self, transfer: Transfer, output: Output, *, records: int | None, draft: Draft | None = None
    ) -> Transfer:
        return await self._run(book.converted, transfer, output, records, draft)

    async def compared(self, transfer: Transfer) -> Transfer:
        return await self._run(book.compared, transfer)

    async def reconverted(self, transfer: Transfer) -> Transfer:
        return await self._run(book.reconverted, transfer)

    async def claimed(self, transfer: Transfer, claim: Claim) -> Transfer:
        return await self._run(book.claimed, transfer, claim)

    async def relayed(self, transfer: Transfer, relay: Relay) -> Transfer:
        return await self._run(relays.relayed, transfer, relay)

    async def claimed_ahead(self, transfer: Transfer, output: Output, claim: Claim) -> Transfer:
        return await self._run(book.claimed_ahead, transfer, output, claim)

    async def unclaimed(self, transfer: Transfer) -> Transfer:
        return await self._run(book.unclaimed, transfer)

    async def streamed(self, transfer: Transfer, *, size: int, sha256: str, records: int | None) -> Transfer:
        return await self._run(book.streamed, transfer, size, sha256, records)

    async def staging(self, transfer: Transfer, handle: str) -> Transfer:
        return await self._run(book.staging, transfer, handle)

    async def publishing(self, transfer: Transfer) -> Transfer:
        return await self._run(book.publishing, transfer)

    async def marking(self, transfer: Transfer) -> Transfer:
        return await self._run(book.marking, transfer)

    async def unpublished(self, transfer: Transfer) -> Transfer:
        return await self._run(book.unpublished, transfer)

    async def delivered(self, transfer: Transfer, *, keep_name: bool, observed: bool = False) -> Transfer:
        return await self._run(book.delivered, transfer, keep_name=keep_name, observed=observed)

    async def settled(self, transfer: Transfer, detail: str, kept: Sequence[Kept] = ()) -> Transfer:
        return await self._run(book.settled, transfer, detail, kept)

    async def held(self, transfer: Transfer, reason: Reason, message: str, hint: str) -> Transfer:
        return await self._run(book.held, transfer, reason, message, hint)

    async def released(
        self, transfer: Transfer, *, who: str, why: str, force_older: bool = False
    ) -> Transfer:
        return await self._run(book.released, transfer, who, why, force_older=force_older)

    async def corrected(self, transfer: Transfer, done: Corrected) -> Transfer:
        return await self._run(corrections.corrected, transfer, done)

    async def replayed(self, replay: Replay) -> Transfer | None:
        return await self._run(replays.replayed, replay)

    async def failed(self, transfer: Transfer, *, kind: str, message: str, retry_at: datetime) -> Transfer:
        return await self._run(book.failed, transfer, kind, message, retry_at)

    async def find(self, transfer_id: str) -> Transfer | None:
        return await self._run(book.find, transfer_id)

    async def open_transfers(self, route: str | None = None) -> list[Transfer]:
        return await self._run(book.open_transfers, route)

    async def recent(self, route: str, count: int) -> list[Transfer]:
        return await self._run(book.recent, route, count)

    async def history(self, transfer_id: str) -> list[Occurrence]:
        return await self._run(book.history, transfer_id)

    async def slot_taken(self, route: str, slot: datetime) -> bool:
        return await self._run(runs.slot_taken, route, slot)

    async def run_finished(self, route: str, *, outcome: str, error: str = "") -> None:
        return await self._run(runs.run_finished, route, outcome, error)

    async def runs(self, route: str | None = None) -> dict[str, RunRecord]:
        return await self._run(runs.runs, route)


def _resolve(done: Future[Any], value: Any, refused: Exception | None) -> None:
    if done.cancelled():
        return
    if refused is None:
        done.set_result(value)
    else:
        done.set_exception(refused)


async def open_journal(path: Path, clock: Clock) -> SqliteJournal:
    """Open or create the journal (mode 0600) and bring its schema up to date.

    Raises:
        JournalUnusable: damaged, newer than this program, or not writable.
    """
    try:
        connection = await asyncio.to_thread(schema.prepare, path, clock.now())
    except sqlite3.Error as error:
        hint = "restore a backup, or move the file away if this gateway never ran"
        raise JournalUnusable(f"{path} cannot be used as a journal ({error})", hint=hint) from error
    return SqliteJournal(connection, clock)


async def join_journal(path: Path, clock: Clock) -> SqliteJournal:
    """Open an existing journal to write beside a running gateway: no new start, no migration.

    Raises ``JournalUnusable``.
    """
    await (await read_journal(path, clock)).close()
    return SqliteJournal(await asyncio.to_thread(connect, path), clock)


async def read_journal(path: Path, clock: Clock, *, untouched: bool = False) -> SqliteJournal:
    """Open the journal beside a running gateway, to look only; see ``connect``. Raises ``JournalUnusable``."""
    try:
        connection = await asyncio.to_thread(connect, path, read_only=True, untouched=untouched)
    except sqlite3.Error as error:
        hint = "start the gateway once, or see that state_dir is the right one"
        raise JournalUnusable(f"there is no journal at {path} ({error})", hint=hint) from error
    return SqliteJournal(connection, clock, begin="BEGIN")
