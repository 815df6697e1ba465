"""Between rows of the journal's tables and values."""

from __future__ import annotations

import json
from datetime import date, datetime

from adapters.base import Entry
from gateway.errors import Reason
from gateway.journal.database import Row, instant_of
from gateway.journal.outgoing import Output, Telling
from gateway.journal.port import Occurrence, Transfer
from gateway.journal.remembered import RunRecord
from gateway.lifecycle import State
from gateway.model import Format

TELLING: tuple[Telling, ...] = ("", "begun", "there")


def transfer_of(row: Row, outputs: tuple[Output, ...]) -> Transfer:
    """A row of ``transfers`` with its outputs."""
    return Transfer(
        id=row["id"],
        route=row["route"],
        endpoint=row["endpoint"],
        entry=Entry(path=row["path"], size=row["size"], mtime=row["mtime"], version=row["version"]),
        revision=row["revision"],
        from_format=Format(row["from_format"]),
        business_date=date.fromisoformat(row["business_date"]),
        admitted_at=datetime.fromisoformat(row["admitted_at"]),
        state=State(row["state"]),
        companion=Entry(**json.loads(row["companion"])) if row["companion"] else None,
        content=row["content"].rpartition(":")[2],
        stated_sha256=row["stated_sha256"],
        stated_records=row["stated_records"],
        early=row["early"],
        held_from=State(row["held_from"]) if row["held_from"] else None,
        reason=Reason(row["reason"]) if row["reason"] else None,
        message=row["message"] or "",
        hint=row["hint"] or "",
        attempt=row["attempt"],
        first_failed_at=instant_of(row["first_failed_at"]),
        failed_at=instant_of(row["failed_at"]),
        retry_at=instant_of(row["retry_at"]),
        attempts=row["attempts"],
        bytes=row["bytes"],
        sha256=row["sha256"] or "",
        records=row["records"],
        outcome=row["outcome"] or "",
        outputs=outputs,
        replay_of=row["replay_of"] or "",
        diverted=row["diverted"],
        diverted_from=row["diverted_from"] or "",
        anew=bool(row["anew"]),
        by_hand=bool(row["by_hand"]),
        unproved=bool(row["unproved"]),
        unwanted=bool(row["unwanted"]),
        node=row["node"],
    )


def output_of(row: Row) -> Output:
    """A row of ``outputs``."""
    return Output(
        ordinal=row["ordinal"],
        delivered=row["delivered_at"] is not None,
        listing=TELLING[row["listing"]],
        to_format=Format(row["to_format"]),
        spool_name=row["spool_name"],
        bytes=row["bytes"],
        sha256=row["sha256"],
        records=row["records"],
        place=row["place"],
        endpoint=row["endpoint"] or "",
        path=row["path"] or "",
        temporary=row["temporary"] or "",
        handle=row["handle"] or "",
        marking=TELLING[row["marking"]],
        filtered=row["filtered"],
        made_with=row["made_with"],
    )


def run_of(row: Row) -> RunRecord:
    """A row of ``runs``."""
    return RunRecord(
        route=row["route"],
        last_slot=instant_of(row["last_slot"]),
        last_run=instant_of(row["last_run"]),
        last_outcome=row["last_outcome"] or "",
        last_success=instant_of(row["last_success"]),
        last_error=row["last_error"] or "",
    )


def occurrence_of(row: Row) -> Occurrence:
    """A row of ``events``."""
    return Occurrence(
        at=datetime.fromisoformat(row["at"]),
        event=row["event"],
        from_state=row["from_state"] or "",
        to_state=row["to_state"],
        detail=row["detail"],
    )
