"""Two deliveries compared by key, in an embedded SQL engine (DuckDB) with bounded memory.

The first pass keeps of each record its number, its key and a hash of 64 bits over all compared values; the second one
takes the values of those records that the first one told apart. Two different records of one key are taken for equal
with a probability of 1 in 2^64. What does not fit into memory goes to files in the folder that the caller gives, which
should be one that only its owner reads.
"""

from __future__ import annotations

import re
from pathlib import Path

from gateway.comparison.account import Account
from gateway.comparison.joining import Joining
from gateway.comparison.normalisers import Which
from gateway.comparison.outcome import Outcome
from gateway.comparison.sides import NotCompared, Scan, scan
from gateway.comparison.task import Task

MEMORY = "512MB"
"""What the engine may hold at a time; Python and the files' own buffers come on top."""

_LINE = re.compile(r"CSV Error on Line: (\d+)")


def compare(task: Task, folder: Path) -> Outcome:
    """Compare; ``folder`` is an empty one for what must be written on the way. Raises ``NotCompared``."""
    scans: dict[Which, Scan] = {
        "old": scan(task.old, "old", task.rules, folder),
        "new": scan(task.new, "new", task.rules, folder),
    }
    spill = folder / "spill"
    spill.mkdir(mode=0o700)
    import duckdb  # noqa: PLC0415 - 65 MB that nothing but a comparison needs

    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY,
        "temp_directory": str(spill),
        "autoload_known_extensions": False,
    }
    with duckdb.connect(":memory:", config=settings) as engine:
        try:
            joining = Joining(task, scans, engine, folder)
            uses = joining.joined()
            return Account(task, joining).outcome(uses)
        except duckdb.Error as error:
            raise _unreadable(error) from None


def _unreadable(error: Exception) -> NotCompared:
    """The engine's error without its text, which quotes the file."""
    line = _LINE.search(str(error))
    where = (
        f"line {line[1]} of a CSV file cannot be read"
        if line
        else f"the engine stopped ({type(error).__name__})"
    )
    hint = "have its sender mend the file" if line else "see that the disk of state_dir has room; try again"
    return NotCompared(where, hint=hint)
