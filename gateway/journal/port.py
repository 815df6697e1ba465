"""What the gateway asks of its journal, in the gateway's own words.

Each call is one transaction: a compare-and-set of the transfer's state (one row, or it raises ``Stale``) with a row of
its history. What returned survives a loss of power. An illegal state (``gateway.lifecycle``): ``IllegalMove``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, Protocol

from adapters.base import Entry
from gateway.errors import Reason
from gateway.journal.absences import Absences
from gateway.journal.asked import Corrected, HandedIn, Reconversion, Replay, Skip
from gateway.journal.audit import Act, Audit
from gateway.journal.comparisons import Comparisons
from gateway.journal.deltas import Deltas, Draft
from gateway.journal.diversions import Diversions
from gateway.journal.evidence import Evidence, Kept
from gateway.journal.expectations import Expectations
from gateway.journal.ledger import Ledger
from gateway.journal.nodes import Lease, Nodes
from gateway.journal.outgoing import Claim, Output, Relay
from gateway.journal.overview import Overview
from gateway.journal.owners import Owners
from gateway.journal.people import People
from gateway.journal.remembered import RunRecord
from gateway.journal.shadows import Shadows
from gateway.journal.switching import Switching
from gateway.journal.takings import Takings
from gateway.journal.traces import Traces
from gateway.lifecycle import UNSENT, State
from gateway.model import Format

Early = Literal["", "compare", "wait"]
"""A file found in the new place before the cutover: material for comparison, or it waits for the flip."""


@dataclass(frozen=True, kw_only=True)
class Admission:
    """A file that was found ready, as it is to be recorded."""

    route: str
    endpoint: str
    entry: Entry
    from_format: Format
    business_date: date
    content: str = ""  # hex SHA-256, where what the place shows does not tell contents apart
    companion: Entry | None = None  # the marker or manifest that said the file is complete
    stated_sha256: str = ""  # what it said of the content
    stated_records: int | None = None
    wrong_mode: str = ""  # what it said of the mode, where the place is for another one: held at once
    numbered: bool = False  # files of this route carry numbers, each once
    number: int | None = None
    hold_revisions: bool = False  # a known path with new content is held at once
    early: Early = ""
    late: bool = False  # found in the old place after the cutover: held at once


@dataclass(frozen=True, kw_only=True)
class Numbering:
    """How far the numbered files of a route and format have come."""

    format: Format
    next: int | None  # the number whose turn it is; None before the first file
    numbers: Mapping[str, int]  # of open transfers, by id


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """One version of one file on its way through one route."""

    id: str
    route: str
    endpoint: str
    entry: Entry
    revision: int
    from_format: Format
    business_date: date
    admitted_at: datetime
    state: State
    companion: Entry | None = None
    content: str = ""  # the digest by which it was told from the one before, where the listing does not tell
    stated_sha256: str = ""
    stated_records: int | None = None
    early: Early = ""
    held_from: State | None = None
    reason: Reason | None = None
    message: str = ""
    hint: str = ""
    attempt: int = 0
    first_failed_at: datetime | None = None
    failed_at: datetime | None = None  # when the last attempt did
    retry_at: datetime | None = None
    attempts: int = 0  # failed ones, over all states
    bytes: int | None = None
    sha256: str = ""
    records: int | None = None
    outcome: str = ""
    outputs: tuple[Output, ...] = ()  # in the order in which they are published
    replay_of: str = ""  # the transfer whose original is sent again
    diverted: int = 0  # bad records that were taken out
    diverted_from: str = ""  # the transfer out of whose file they were taken
    anew: bool = False  # a person has it converted anew before it goes out
    by_hand: bool = False  # a person handed it in: its bytes are a kept original
    unproved: bool = False  # another journal may know that it is over: its destination is asked first
    unwanted: bool = False  # a person said that nothing of it is to be sent
    node: str = ""  # the node in whose spool its files lie, where several share the routes

    @property
    def output(self) -> Output | None:
        """The output whose turn it is: the first that is not delivered, or the last one; None before there is any."""
        waiting = (one for one in self.outputs if not one.delivered)
        return next(waiting, self.outputs[-1] if self.outputs else None)

    @property
    def is_at_its_last_output(self) -> bool:
        """Whether no other output waits behind the one whose turn it is."""
        return sum(not one.delivered for one in self.outputs) <= 1

    @property
    def may_be_left_out(self) -> bool:
        """Whether it is held, and nothing of it is or may be under a final name at its destination."""
        shown = any(one.delivered or one.marking or one.listing for one in self.outputs)
        doubtful = self.reason is Reason.PERHAPS_COLLECTED
        return not (shown or doubtful) and (self.held_from in UNSENT or self.reason is Reason.NAME_TAKEN)

    @property
    def token(self) -> str:
        """The part of the id that is unique and allowed in any place's names."""
        return self.id.rsplit("-", 1)[-1]


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """One row of a transfer's history."""

    at: datetime
    event: str
    from_state: str
    to_state: str
    detail: str


AHEAD = timedelta(hours=1)  # a remembered instant that lies further ahead of now is that of a wrong clock


class Journal(Protocol):
    """See the module. All calls raise ``JournalUnusable`` when nothing durable could be done."""

    absences: Absences
    audit: Audit
    deltas: Deltas
    diversions: Diversions
    evidence: Evidence
    ledger: Ledger
    traces: Traces
    takings: Takings
    expectations: Expectations
    nodes: Nodes
    comparisons: Comparisons
    shadows: Shadows
    switching: Switching
    overview: Overview
    owners: Owners
    people: People

    def under(self, lease: Lease) -> Journal:
        """The same journal, for what a lease allows: each call raises ``LeaseLost`` once another node may hold it."""

    async def close(self) -> None:
        """Finish what was asked, then close."""

    async def unknown(self, route: str, endpoint: str, entries: Sequence[Entry]) -> list[Entry]:
        """Those of the entries whose content is not recorded on this route yet, in their order."""

    async def last_content(self, route: str, endpoint: str, path: str) -> str:
        """The digest of the newest transfer of this path, or an empty string."""

    async def admit(self, admission: Admission) -> Transfer | None:
        """Record a file, or new content as the next revision of its path; None if exactly this is recorded."""

    async def admit_all(self, admissions: Sequence[Admission]) -> list[Transfer | None]:
        """As ``admit`` for each, in their order and in one transaction."""

    async def numbering(self, route: str, format_: Format) -> Numbering:
        """How far the numbered files of a route and format have come."""

    async def skip(self, skip: Skip) -> Numbering:
        """Let a series go on with another number; a lower one lets it start anew. Audited."""

    async def reconciled(self, route: str) -> None:
        """After a restore: what the source showed at the first look is recorded, as unproved. From now on as ever."""

    async def taken_over(self, route: str, *, who: str, reason: str) -> int:
        """Let this gateway own a route; audited. What is under way, and the next look's files, is to be proved.

        Gives how many are under way.
        """

    async def begin_anew(self, routes: Sequence[str], act: Act) -> None:
        """After a backup was put back: what is unfinished, and what these sources show at first, is to be proved."""

    async def generation(self) -> int:
        """How often this journal was opened to write; 1 for a new one."""

    async def withdrawn(self, transfer: Transfer) -> Transfer:
        """It changed at the source before it was read; what was fixed for its output is given back."""

    async def spooled(self, transfer: Transfer, *, size: int, sha256: str) -> Transfer:
        """The original is durable in the spool."""

    async def dated(self, transfer: Transfer, day: date) -> Transfer:
        """The original itself states its business date, which its name does not."""

    async def same_as_last(self, transfer: Transfer, to_format: Format) -> bool:
        """Whether the newest earlier revision of this path was carried to the same end with the same digest."""

    async def skipped(self, transfer: Transfer, to_format: Format) -> Transfer:
        """It came again with the content that was carried last."""

    async def superseded(
        self, transfer: Transfer, *, records: int | None, draft: Draft | None = None
    ) -> Transfer:
        """A newer file holds all that it holds; or its changes are in the state of ``draft``, which holds now."""

    async def converted(
        self,
        transfer: Transfer,
        outputs: Sequence[Output],
        *,
        records: int | None,
        draft: Draft | None = None,
    ) -> Transfer:
        """The outputs are durable in the spool; ``records`` are those of the original, ``draft`` follows from it."""

    async def compared(self, transfer: Transfer) -> Transfer:
        """It came early and was material for a comparison; it is not delivered."""

    async def reconverted(self, transfer: Transfer) -> Transfer:
        """What the output was made for no longer holds: it is dropped, to be made anew."""

    async def remade(self, transfer: Transfer, output: Output) -> Transfer:
        """The output of a claimed transfer was made anew; its names stay, what was staged under them was removed."""

    async def claimed(self, transfer: Transfer, claim: Claim) -> Transfer:
        """Fix final and temporary name of each output, unique at the endpoint.

        Raises ``Held`` if every candidate is taken, ``NameBusy`` if it only has to wait for one.
        """

    async def relayed(self, transfer: Transfer, relay: Relay) -> Transfer:
        """``spooled``, ``converted``, ``claimed`` in one, or ``spooled``, ``skipped``; refused as ``claimed`` is.

        Nothing is done, and the transfer given as it is, where its content came back too often.
        """

    async def claimed_ahead(self, transfer: Transfer, output: Output, claim: Claim) -> Transfer:
        """As ``claimed``, before the original is in the spool; the state stays."""

    async def unclaimed(self, transfer: Transfer) -> Transfer:
        """Drop what ``claimed_ahead`` fixed; the state stays."""

    async def streamed(self, transfer: Transfer, *, size: int, sha256: str, records: int | None) -> Transfer:
        """The original is in the spool and staged at the destination: all moves up to publishing at once."""

    async def staging(self, transfer: Transfer, handle: str) -> Transfer:
        """Remember the unfinished write, before its first byte."""

    async def publishing(self, transfer: Transfer) -> Transfer:
        """The step that makes the file visible is about to be taken."""

    async def marking(self, transfer: Transfer, ordinal: int) -> Transfer:
        """The marker of an output at the destination is about to be written; those of the outputs before it were."""

    async def listing(self, transfer: Transfer) -> Transfer:
        """The list of all outputs at the destination is about to be written."""

    async def unpublished(self, transfer: Transfer) -> Transfer:
        """It was seen that the file did not become visible."""

    async def delivered(self, transfer: Transfer, *, keep_name: bool, observed: bool = False) -> Transfer:
        """The output whose turn it is is complete at the destination; with the last one, the transfer is.

        ``keep_name``: no later transfer may use the name again. ``observed``: it is watched until it is taken.
        """

    async def settled(self, transfer: Transfer, detail: str, kept: Sequence[Kept] = ()) -> Transfer:
        """The source was dealt with as ``detail`` says, ``kept`` is kept as evidence; the transfer is over."""

    async def moved_in(self, transfer: Transfer, temporaries: Mapping[int, str]) -> Transfer:
        """Its files lie with this node from now on; unfinished files of its outputs have these names, by ordinal."""

    async def held(self, transfer: Transfer, reason: Reason, message: str, hint: str) -> Transfer:
        """It waits for a person."""

    async def released(
        self, transfer: Transfer, *, who: str, why: str, force_older: bool = False
    ) -> Transfer:
        """A person lets it go on from where it was held; with ``force_older`` after a newer full file too."""

    async def received(self, transfer: Transfer, *, who: str, why: str) -> Transfer:
        """Its consumer says that it has what was perhaps collected: it counts as delivered, and is not sent."""

    async def unwanted(self, transfer: Transfer, *, who: str, why: str) -> Transfer:
        """A person says that nothing of a held file is to be sent; raises ``IllegalMove`` where some may have been."""

    async def corrected(self, transfer: Transfer, done: Corrected) -> Transfer:
        """Let a held file go on with corrected bytes; audited."""

    async def reconvert(self, asked: Reconversion) -> Transfer:
        """A person has what was converted, and nobody can have seen, converted anew; audited.

        Raises ``IllegalMove``.
        """

    async def handed_in(self, admission: Admission, given: HandedIn) -> Transfer | None:
        """Admit a file whose bytes are kept already, by a person's word; None if exactly this is recorded."""

    async def replayed(self, replay: Replay) -> Transfer | None:
        """Admit a delivered original anew, as the next revision; None if none was, or a replay is under way or done."""

    async def failed(self, transfer: Transfer, *, kind: str, message: str, retry_at: datetime) -> Transfer:
        """An attempt failed; the state stays. Counts the attempt and says when the next may be."""

    async def find(self, transfer_id: str) -> Transfer | None:
        """One transfer."""

    async def find_all(self, transfer_ids: Sequence[str]) -> list[Transfer]:
        """Those that are there."""

    async def open_transfers(self, route: str | None = None) -> list[Transfer]:
        """Every transfer that is neither settled nor withdrawn, in order of admission."""

    async def recent(self, route: str, count: int) -> list[Transfer]:
        """The newest transfers of a route, newest first."""

    async def history(self, transfer_id: str) -> list[Occurrence]:
        """Everything that happened to a transfer, in order."""

    async def slot_taken(self, route: str, slot: datetime) -> bool:
        """Take a slot of the schedule; False if it, or a later one, was taken before (a clock that went back).

        A taken slot that lies more than ``AHEAD`` in the future is that of a clock that was wrong, and does not count.
        """

    async def run_finished(self, route: str, *, outcome: str, error: str = "") -> None:
        """A run ended, ``ok`` or ``failed``."""

    async def runs(self, route: str | None = None) -> dict[str, RunRecord]:
        """What is remembered of each route, or of one."""
