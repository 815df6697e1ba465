"""Times of files to the second where listings show minutes: MDTM (RFC 3659), asked once a file, not once a poll."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.listing import Line

SETTLED_SECONDS = 120.0
"""After so long a rewritten file must look different in a listing of minutes."""


@dataclass
class _Known:
    look: str
    since: float
    asked: float
    told: str


class Times:
    """What MDTM said of each listed line. Shared by the sessions of one endpoint.

    An answer is kept only if it came when the line had stood unchanged for ``SETTLED_SECONDS`` of our own clock: an
    earlier one may be of a file that was rewritten within the same minute, with the same size.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._known: dict[str, _Known] = {}

    def get(self, path: str, line: Line, ask: Callable[[], str]) -> str:
        """The file's time, from the host or from memory."""
        now = self._monotonic()
        look = f"{line.size}|{line.time}"
        known = self._known.get(path)
        if known is None or known.look != look:
            known = self._known[path] = _Known(look=look, since=now, asked=now, told="")
        if not known.told or known.asked - known.since < SETTLED_SECONDS:
            known.asked, known.told = now, ask()
        return known.told

    def keep(self, folder: str, paths: set[str]) -> None:
        """Forget the files of a folder that are no longer listed."""
        for path in [path for path in self._known if path.rpartition("/")[0] == folder and path not in paths]:
            del self._known[path]
