"""What goes to destinations: outputs, the names that they may have, and what is known of one at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from gateway.model import Format

Telling = Literal["", "begun", "there"]  # how far a consumer was told that a delivery is complete


@dataclass(frozen=True, kw_only=True)
class Name:
    """A final name and the name of the unfinished file beside it."""

    path: str
    temporary: str


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Where outputs will go. ``names`` gives candidates in order of preference for a counter's value and an ordinal."""

    endpoint: str
    names: Callable[[int, int], Iterable[Name]]
    series: str | None = None  # the counter to advance for each output, if a name needs one
    counts_up: bool = False  # a name that is taken is followed by the one with the next number
    waits: bool = False  # a name that an earlier file still has will be free: wait for it


@dataclass(frozen=True, kw_only=True)
class Output:
    """One file that goes to the destination: what it holds, and once claimed, under which name."""

    to_format: Format
    spool_name: str
    bytes: int
    sha256: str
    records: int | None
    ordinal: int = 1  # which part it is, where a file is sent in several
    delivered: bool = False
    place: str = ""  # of the end that it was made for: endpoint:path
    endpoint: str = ""
    path: str = ""
    temporary: str = ""
    handle: str = ""
    marking: Telling = ""  # the marker at the destination
    listing: Telling = ""  # the list of all parts at the destination, with the first of them
    filtered: int = 0  # records that the route's select left out
    made_with: str = ""  # JSON: names of layouts and mapping, and a digest of all that determines the bytes


@dataclass(frozen=True, kw_only=True)
class Relay:
    """What is known at once of a file that passes as it came.

    ``skips``: unless it is what was carried last. ``since``: unless its content came back by other routes too often
    since then (see ``Evidence.rounds``); None where it cannot.
    """

    output: Output
    claim: Claim
    skips: bool
    since: datetime | None = None
