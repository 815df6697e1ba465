"""A file that passes as it came: spooled, its output fixed, its names claimed, all in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.journal import book, evidence, numbering
from gateway.journal.database import Db
from gateway.journal.outgoing import Relay
from gateway.journal.port import Admission, Transfer


def admitted(db: Db, admissions: Sequence[Admission]) -> list[Transfer | None]:
    """See ``Journal.admit_all``."""
    return [numbering.admitted(db, admission) for admission in admissions]


def relayed(db: Db, transfer: Transfer, relay: Relay) -> Transfer:
    """See ``Journal.relayed``."""
    output = relay.output
    if relay.since and evidence.rounds(db, transfer.id, output.sha256, relay.since) >= evidence.ROUNDS:
        return transfer
    if relay.skips and book.same_as_last(db, replace(transfer, sha256=output.sha256), output.to_format):
        transfer = book.spooled(db, transfer, output.bytes, output.sha256)
        return book.skipped(db, transfer, output.to_format)
    return book.passed(db, transfer, output, relay.claim)
