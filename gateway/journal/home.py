"""Where a journal lives: one SQLite file, or a PostgreSQL database that outlives the gateway's machine."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from adapters.credentials.secret import SecretRef
from gateway.errors import JournalUnusable
from gateway.journal.port import Journal
from gateway.journal.sqlite import SqliteHome
from gateway.times.clock import Clock

FILE = "sqlite:///"


class JournalHome(Protocol):
    """One journal, closed. Everything here raises ``JournalUnusable`` where it cannot be used."""

    @property
    def file(self) -> Path | None:
        """Its file, where it is one."""

    async def open(self, clock: Clock) -> Journal:
        """Own it: create it or bring its schema up to date, and begin a new generation.

        Raises ``AlreadyRunning`` if another gateway owns it, where the place itself can tell.
        """

    async def join(self, clock: Clock) -> Journal:
        """Write beside the gateway that owns it: no new generation, no migration."""

    async def beats(self, clock: Clock, *, within: float) -> Journal:
        """A way beside the others for a node to say that it lives; nothing in it waits longer than ``within`` seconds.

        Where the journal cannot be shared there is none.
        """

    async def read(self, clock: Clock, *, untouched: bool = False) -> Journal:
        """Look only; ``untouched``: leave not even a file beside it."""

    def is_there(self) -> bool:
        """Whether a gateway ever began it. Blocks."""

    def size(self) -> int:
        """Its bytes. Blocks."""


def journal_home(
    url: str, directory: Path, password: SecretRef | None = None, *, node: str = "", keeper: str = ""
) -> JournalHome:
    """The home of ``journal.url``; a relative file starts at ``directory``. ``node``: ours, where several share it.

    ``keeper``: the node where each keeps its own files; empty where all keep theirs in one place.
    """
    if url.startswith(FILE):
        return SqliteHome(file=directory / url.removeprefix(FILE))
    try:
        from gateway.journal.postgres import PostgresHome  # noqa: PLC0415 - an extra; others do without
    except ImportError as error:
        hint = "install linkage-gateway[postgres], or write sqlite:///{state_dir}/journal.db"
        raise JournalUnusable(
            "a journal in PostgreSQL needs psycopg, which is not installed", hint=hint
        ) from error
    return PostgresHome(url=url, password=password, node=node, keeper=keeper)
