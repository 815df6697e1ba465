"""What people ask of the journal about one route or transfer, with their names and reasons."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.journal.evidence import Kept
from gateway.model import Format


@dataclass(frozen=True, kw_only=True)
class Skip:
    """A person's word that a series goes on with another number."""

    route: str
    format: Format
    next: int
    who: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Corrected:
    """The bytes with which a held file goes on, its original that stays kept, and who corrected how many items."""

    original: Kept
    bytes: int
    sha256: str
    items: int
    who: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class HandedIn:
    """A file that a person handed in: what is kept of it, by whom and why."""

    original: Kept
    who: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Replay:
    """A transfer that is to be sent again; ``again``: although that was done before."""

    of: str
    who: str
    reason: str
    again: bool = False


@dataclass(frozen=True, kw_only=True)
class Reconversion:
    """A transfer that is to be converted anew, with the layouts, mapping and tables that hold now."""

    transfer: str
    who: str
    reason: str
