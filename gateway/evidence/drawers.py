"""Stores that are plain files below the state folder, each with an age of its own: sheets, reports, backups.

Nothing here erases by itself: a drawer says what it holds and what has had its time, and removes what it is told to.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from gateway.comparison import EXPIRING, Series
from gateway.load import City
from gateway.running import journal_of
from gateway.stores.spool import SHEETS

CORRECTED = "corrected"
"""Folder of the state folder: sheets as staff filled them in, each called after its transfer."""
REPORTS = "comparisons"
"""Folder of reports and their secrets in the state folder."""
REHEARSALS = "rehearsals"
"""Folder of the state folder: what each rehearsal came to."""
BACKUPS = "backups"
"""Folder of the state folder: the journal as it was saved."""
LOGS = ("-wal", "-shm")
"""What SQLite writes beside a journal, by the end of its name."""
PLAYED_HERE = ".linkage-gateway-rehearsal"
"""File in a folder in which a rehearsal was played, so that none but its own is ever removed: the result's name."""


@dataclass(frozen=True, kw_only=True)
class Lying:
    """A file in a drawer. ``size``: bytes on disk, with all that belongs to it; ``written``: seconds since 1970."""

    path: Path
    size: int
    written: float


def _unlinked(path: Path) -> None:
    path.unlink(missing_ok=True)


@dataclass(frozen=True, kw_only=True)
class Drawer:
    """What one store holds now, in files of its own.

    Attributes:
        store: what erasures call it.
        until: what was written before has had its time.
        files: everything that lies there.
        remove: removes one of them, and all that belongs to it.
        awaits_end: a file is called after a transfer, and is needed until that is over.
        stays: the one that is not erased, however long ago it was written.
    """

    store: str
    until: datetime
    files: tuple[Lying, ...]
    remove: Callable[[Path], None] = _unlinked
    awaits_end: bool = False
    stays: Path | None = None

    @property
    def due(self) -> tuple[Lying, ...]:
        """What was written before ``until``, and does not stay."""
        until = self.until.timestamp()
        return tuple(one for one in self.files if one.written < until and one.path != self.stays)


def drawers(city: City, now: datetime) -> list[Drawer]:
    """Every drawer of an installation; for comparisons one a series. Blocks."""
    home, retention = city.installation.gateway.state_dir, city.installation.retention
    diverted, corrected = (tuple(_files(home / folder)) for folder in (SHEETS, CORRECTED))
    return [
        Drawer(store="diverted", until=now - retention.diverted, files=diverted, awaits_end=True),
        Drawer(store="corrected", until=now - retention.corrected, files=corrected),
        *_comparisons(city, home / REPORTS, now),
        Drawer(
            store="rehearsal",
            until=now - retention.rehearsal,
            files=tuple(_files(home / REHEARSALS)),
            remove=_remove_rehearsal,
        ),
        backups(city, now),
    ]


def backups(city: City, now: datetime) -> Drawer:
    """The backups of our own naming, of which the newest always stays, and the journals that a restore moved aside."""
    saved = tuple(_files(city.installation.gateway.state_dir / BACKUPS, "journal-*.db"))
    return Drawer(
        store="backups",
        until=now - city.installation.retention.backups,
        files=(*_replaced(city), *saved),
        remove=_remove_journal,
        stays=saved[-1].path if saved else None,
    )


def _replaced(city: City) -> Iterator[Lying]:
    """Journals in whose place a backup was put, each with its write-ahead log."""
    file = journal_of(city).file
    if file is not None:
        for path in sorted(file.parent.glob(f"{file.name}.replaced-*")):
            if not path.name.endswith(LOGS):
                yield from _lying(path, *_logs(path))


def _logs(journal: Path) -> list[Path]:
    return [journal.with_name(journal.name + end) for end in LOGS]


def _remove_journal(path: Path) -> None:
    """The file goes last: its logs are found by it."""
    for one in (*_logs(path), path):
        _unlinked(one)


def _files(folder: Path, pattern: str = "*") -> Iterator[Lying]:
    """The finished files of a folder, by name."""
    for path in sorted(folder.glob(pattern)):
        if path.name[0] != "." and path.is_file():
            yield from _lying(path)


def _lying(path: Path, *beside: Path) -> Iterator[Lying]:
    """A file with others that go with it; nothing if somebody removed it just now."""
    with suppress(FileNotFoundError):
        own = path.stat()
        size = own.st_size + sum(one.stat().st_size for one in beside if one.exists())
        yield Lying(path=path, size=size, written=own.st_mtime)


def _comparisons(city: City, root: Path, now: datetime) -> Iterator[Drawer]:
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        if folder.is_dir() and folder.name[0] != "." and folder.name != EXPIRING:
            series, until = Series(root, folder.name), now - _kept(city, folder.name)
            files = (one for path in series.reports() for one in _lying(path, path.with_suffix(".html")))
            yield Drawer(store="comparison", until=until, files=tuple(files), remove=series.remove)


def _kept(city: City, series: str) -> timedelta:
    """How long the reports of a series stay."""
    route = city.routes.get(series)
    settings = None if route is None else route.compare
    keep: timedelta | None = None if settings is None else settings.keep
    return keep or city.installation.retention.comparison


def _remove_rehearsal(result: Path) -> None:
    """The folder in which it was played goes first, if it is still that of this rehearsal."""
    scratch = json.loads(result.read_text(encoding="utf-8")).get("scratch")
    mark = Path(scratch) / PLAYED_HERE if scratch else None
    if mark is not None and mark.is_file() and mark.read_text(encoding="utf-8") == result.name:
        shutil.rmtree(mark.parent)
    _unlinked(result)
