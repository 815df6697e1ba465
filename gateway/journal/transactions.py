"""The journal's transactions, on whatever database runs them: each call of the port is one function of a chapter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Concatenate, ParamSpec, Self, TypeVar

from adapters.base import Entry
from gateway.errors import Reason
from gateway.journal import (
    afresh,
    book,
    corrections,
    dating,
    handing,
    numbering,
    reconciling,
    reconversions,
    relays,
    replays,
    runs,
    takeovers,
    transfers,
)
from gateway.journal.absences import Absences
from gateway.journal.asked import Corrected, HandedIn, Reconversion, Replay, Skip
from gateway.journal.audit import Act, Audit
from gateway.journal.comparisons import Comparisons
from gateway.journal.database import Db, Run
from gateway.journal.deltas import Deltas, Draft
from gateway.journal.diversions import Diversions
from gateway.journal.evidence import Evidence, Kept
from gateway.journal.expectations import Expectations
from gateway.journal.ledger import Ledger
from gateway.journal.nodes import Lease, Nodes, assert_held
from gateway.journal.outgoing import Claim, Output, Relay
from gateway.journal.overview import Overview
from gateway.journal.owners import Owners
from gateway.journal.people import People
from gateway.journal.port import Admission, Numbering, Occurrence, Transfer
from gateway.journal.remembered import RunRecord
from gateway.journal.shadows import Shadows
from gateway.journal.switching import Switching
from gateway.journal.takings import Takings
from gateway.journal.traces import Traces
from gateway.journal.writer import Writer
from gateway.model import Format

T = TypeVar("T")
P = ParamSpec("P")


def _fenced(run: Run, lease: Lease) -> Run:
    """As ``run``; each transaction begins with a look whether the lease still is its holder's."""

    def fenced(
        function: Callable[Concatenate[Db, P], T], /, *arguments: P.args, **named: P.kwargs
    ) -> Awaitable[T]:
        def checked(db: Db) -> T:
            assert_held(db, lease)
            return function(db, *arguments, **named)

        return run(checked)

    return fenced


class SqlJournal:
    """``port.Journal`` over whatever runs its transactions; ``closing`` ends that."""

    def __init__(self, run: Run, closing: Callable[[], Awaitable[None]]) -> None:
        self._run = run
        self._closing = closing
        self.audit = Audit(run)
        self.diversions = Diversions(run)
        self.deltas = Deltas(run)
        self.evidence = Evidence(run)
        self.ledger = Ledger(run)
        self.traces = Traces(run)
        self.takings = Takings(run)
        self.expectations = Expectations(run)
        self.comparisons = Comparisons(run)
        self.shadows = Shadows(run)
        self.switching = Switching(run)
        self.overview = Overview(run)
        self.absences = Absences(run)
        self.nodes = Nodes(run)
        self.owners = Owners(run)
        self.people = People(run)

    @classmethod
    def over(cls, writer: Writer) -> Self:
        """The journal of a writer, which it closes."""
        return cls(writer.run, writer.close)

    def under(self, lease: Lease) -> SqlJournal:
        return SqlJournal(_fenced(self._run, lease), self._closing)

    async def close(self) -> None:
        """Finish what was asked, then close the database."""
        await self._closing()

    async def unknown(self, route: str, endpoint: str, entries: Sequence[Entry]) -> list[Entry]:
        return await self._run(transfers.unknown, route, endpoint, entries)

    async def last_content(self, route: str, endpoint: str, path: str) -> str:
        return await self._run(transfers.last_content, route, endpoint, path)

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

    async def dated(self, transfer: Transfer, day: date) -> Transfer:
        return await self._run(dating.dated, transfer, day)

    async def taken_over(self, route: str, *, who: str, reason: str) -> int:
        return await self._run(takeovers.taken_over, route, who, reason)

    async def reconciled(self, route: str) -> None:
        return await self._run(afresh.reconciled, route)

    async def begin_anew(self, routes: Sequence[str], act: Act) -> None:
        return await self._run(reconciling.begin_anew, routes, act)

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
        self,
        transfer: Transfer,
        outputs: Sequence[Output],
        *,
        records: int | None,
        draft: Draft | None = None,
    ) -> Transfer:
        return await self._run(book.converted, transfer, outputs, records, draft)

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

    async def marking(self, transfer: Transfer, ordinal: int) -> Transfer:
        return await self._run(book.marking, transfer, ordinal)

    async def listing(self, transfer: Transfer) -> Transfer:
        return await self._run(book.listing, transfer)

    async def unpublished(self, transfer: Transfer) -> Transfer:
        return await self._run(book.unpublished, transfer)

    async def delivered(self, transfer: Transfer, *, keep_name: bool, observed: bool = False) -> Transfer:
        return await self._run(book.delivered, transfer, keep_name=keep_name, observed=observed)

    async def settled(self, transfer: Transfer, detail: str, kept: Sequence[Kept] = ()) -> Transfer:
        return await self._run(book.settled, transfer, detail, kept)

    async def moved_in(self, transfer: Transfer, temporaries: Mapping[int, str]) -> Transfer:
        return await self._run(book.moved_in, transfer, temporaries)

    async def held(self, transfer: Transfer, reason: Reason, message: str, hint: str) -> Transfer:
        return await self._run(book.held, transfer, reason, message, hint)

    async def released(
        self, transfer: Transfer, *, who: str, why: str, force_older: bool = False
    ) -> Transfer:
        return await self._run(book.released, transfer, who, why, force_older=force_older)

    async def received(self, transfer: Transfer, *, who: str, why: str) -> Transfer:
        return await self._run(book.received, transfer, who, why)

    async def unwanted(self, transfer: Transfer, *, who: str, why: str) -> Transfer:
        return await self._run(book.unwanted, transfer, who, why)

    async def corrected(self, transfer: Transfer, done: Corrected) -> Transfer:
        return await self._run(corrections.corrected, transfer, done)

    async def remade(self, transfer: Transfer, output: Output) -> Transfer:
        return await self._run(book.remade, transfer, output)

    async def reconvert(self, asked: Reconversion) -> Transfer:
        return await self._run(reconversions.asked, asked)

    async def handed_in(self, admission: Admission, given: HandedIn) -> Transfer | None:
        return await self._run(handing.handed_in, admission, given)

    async def replayed(self, replay: Replay) -> Transfer | None:
        return await self._run(replays.replayed, replay)

    async def failed(self, transfer: Transfer, *, kind: str, message: str, retry_at: datetime) -> Transfer:
        return await self._run(book.failed, transfer, kind, message, retry_at)

    async def find(self, transfer_id: str) -> Transfer | None:
        return await self._run(transfers.find, transfer_id)

    async def find_all(self, transfer_ids: Sequence[str]) -> list[Transfer]:
        return await self._run(transfers.find_all, transfer_ids)

    async def open_transfers(self, route: str | None = None) -> list[Transfer]:
        return await self._run(transfers.open_transfers, route)

    async def recent(self, route: str, count: int) -> list[Transfer]:
        return await self._run(transfers.recent, route, count)

    async def history(self, transfer_id: str) -> list[Occurrence]:
        return await self._run(transfers.history, transfer_id)

    async def slot_taken(self, route: str, slot: datetime) -> bool:
        return await self._run(runs.slot_taken, route, slot)

    async def run_finished(self, route: str, *, outcome: str, error: str = "") -> None:
        return await self._run(runs.run_finished, route, outcome, error)

    async def runs(self, route: str | None = None) -> dict[str, RunRecord]:
        return await self._run(runs.runs, route)
