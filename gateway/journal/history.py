"""Rows of a transfer's history, for every chapter that has something to say of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from gateway.journal.database import Db, text_of
from gateway.lifecycle import State

_TOLD = ("event", "from_state", "to_state", "detail")


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One row: what happened, and the states before and after it."""

    event: str
    from_state: State | None
    to_state: State
    detail: str = ""


def record(
    db: Db, transfer: str, event: str, *, from_state: State | None, to_state: State, detail: str = ""
) -> None:
    """Add a row."""
    record_all(db, transfer, [Turn(event=event, from_state=from_state, to_state=to_state, detail=detail)])


def record_all(db: Db, transfer: str, turns: Sequence[Turn]) -> None:
    """Add rows, in their order."""
    values: dict[str, Any] = {"at": text_of(db.now), "id": transfer}
    for number, turn in enumerate(turns):
        values |= {f"{name}_{number}": getattr(turn, name) for name in _TOLD}
    db.changed(_insert_of(len(turns)), values)


@cache
def _insert_of(count: int) -> str:
    marks = (f"(:at, :id, {', '.join(f':{name}_{number}' for name in _TOLD)})" for number in range(count))
    return f"INSERT INTO events (at, transfer_id, {', '.join(_TOLD)}) VALUES {', '.join(marks)}"  # noqa: S608 - columns are ours
