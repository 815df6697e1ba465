"""What the journal's chapters are built on: an open transaction, a way to run one, and how instants are written.

A chapter is one area of durable facts: its values, its SQL, and a class with a method for each of its transactions.
It knows nothing of the engine below.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

T = TypeVar("T")
P = ParamSpec("P")
Row = Mapping[str, Any]


class Db(Protocol):
    """One open transaction."""

    now: datetime
    node: str  # whose transaction it is, where several share the journal; else empty
    keeper: str  # the node whose kept files it knows of; empty where there is one store for all

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[Row]:
        """What a query gives."""

    def changed(self, sql: str, parameters: Mapping[str, Any]) -> int:
        """How many rows a statement touched; 0 where a unique index said no (``ON CONFLICT DO NOTHING``)."""


class Run(Protocol):
    """Runs a function inside one transaction, and gives what it gives once that is durable.

    Raises ``JournalUnusable`` when nothing durable could be done, and whatever the function raises; then nothing
    was changed.
    """

    def __call__(
        self, function: Callable[Concatenate[Db, P], T], /, *arguments: P.args, **named: P.kwargs
    ) -> Awaitable[T]:
        """See the class."""


def text_of(instant: datetime) -> str:
    """An aware instant as the journal writes it: UTC, microseconds, so that text order is time order."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def instant_of(text: str | None) -> datetime | None:
    """The reverse of ``text_of``; None for SQL's NULL."""
    return None if text is None else datetime.fromisoformat(text)
