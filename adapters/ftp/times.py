"""Times of files to the second where listings show minutes: MDTM (RFC 3659), asked once a file, not once a poll."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from adapters.base import Entry
    from adapters.ftp.listing import Line

SETTLED_SECONDS = 120.0
"""After so long a rewritten file must look different in a listing of minutes."""


@dataclass
class _Known:
    look: tuple[int | None, str]
    since: float
    asked: float
    told: str


class Times:
    """What MDTM said of each listed file. Shared by the sessions of one endpoint.

    An answer is kept only if it came when the file had looked the same for ``SETTLED_SECONDS`` of our own clock: an
    earlier one may be of a file that was rewritten within the same minute, with the same size.

    Attributes:
        in_step: whether the host loses commands that come before the last one is answered; None: not tried yet.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.in_step: bool | None = None
        self._monotonic = monotonic
        self._known: dict[str, _Known] = {}

    def lasting(self, paths: Sequence[str], lines: Sequence[Line]) -> list[str]:
        """Each file's time from memory; nothing where the host must be asked."""
        if not self._known:
            return [""] * len(paths)
        return list(map(self._lasting, paths, lines))

    def _lasting(self, path: str, line: Line) -> str:
        known = self._known.get(path)
        if (
            known is None
            or known.look != (line.size, line.time)
            or known.asked - known.since < SETTLED_SECONDS
        ):
            return ""
        return known.told

    def tell(self, vague: Entry, told: str) -> None:
        """The host was asked just now for the time of a listed file."""
        now, look = self._monotonic(), (vague.size, vague.mtime)
        known = self._known.get(vague.path)
        since = known.since if known is not None and known.look == look else now
        self._known[vague.path] = _Known(look=look, since=since, asked=now, told=told)

    def keep(self, folder: str, listed: Iterable[str]) -> None:
        """Forget the files of a folder that are no longer listed."""
        paths = set(listed) if self._known else set()
        for path in [path for path in self._known if path.rpartition("/")[0] == folder and path not in paths]:
            del self._known[path]
