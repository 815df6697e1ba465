"""What is remembered of runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """What is remembered of a route's runs."""

    route: str
    last_slot: datetime | None = None
    last_run: datetime | None = None
    last_outcome: str = ""
    last_success: datetime | None = None
    last_error: str = ""
