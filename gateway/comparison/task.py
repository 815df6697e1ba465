"""What a comparison is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from gateway.comparison.rules import Rules
from gateway.comparison.sides import Side

LISTED = 1000


@dataclass(frozen=True, kw_only=True)
class Task:
    """One comparison to be made.

    Attributes:
        today: the day that decides which tolerances have expired.
        secret: what keys are digested with; digests of one secret can be compared with one another.
        values: a file that gets the values of every listed difference (mode 0600), or None.
        listed: how many differences are listed.
    """

    old: Side
    new: Side
    rules: Rules
    today: date
    secret: bytes
    values: Path | None = None
    listed: int = LISTED


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a report is about, in words that hold no value: names of files may be masked by the caller."""

    title: str
    slot: str
    old: str
    new: str
    at: datetime
