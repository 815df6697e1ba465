"""Differences between two full files of 2,000,000 rows: seconds, and the memory that they take.

``python benchmarks/delta.py --rows 2000000``. Each piece of work runs in a process of its own; beside it stands the
time to read both files once. What is made is proved: the differences applied to the older file give the newer rows.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from gateway.formats import Form, Layout
from gateway.formats.differences import apply, difference, digest
from gateway.formats.keyed import Keyed, keyed

LAYOUTS: dict[str, dict[str, object]] = {
    "CSV": {
        "name": "csv",
        "records": "csv",
        "changes": {"item": "kind", "insert": "1", "update": "2", "delete": "3"},
        "items": [
            {"name": "kind", "type": "X", "length": 1},
            {"name": "number", "type": "X", "length": 15},
            *({"name": f"text{at}", "type": "X", "length": 30} for at in range(12)),
        ],
    },
    "fixed": {
        "name": "fixed",
        "records": "fixed",
        "length": 400,
        "encoding": "cp932",
        "changes": {"item": "kind", "insert": "1", "update": "2", "delete": "3"},
        "items": [
            {"name": "kind", "type": "text", "length": 1, "width": "half", "default": ""},
            {"name": "number", "type": "text", "length": 15, "width": "half"},
            *({"name": f"text{at}", "type": "text", "length": 30, "width": "half"} for at in range(12)),
            {"type": "filler", "length": 24},
        ],
    },
}


def ready(kind: str) -> Keyed:
    """The form with its key."""
    return keyed(Form(layout=Layout.model_validate(LAYOUTS[kind])), ["number"])


def write(kind: str, path: Path, rows: range, changed: int) -> None:
    """A full file; every ``changed``-th row is another than in a file that changes none (0)."""
    with path.open("wb") as file:
        if kind == "CSV":
            file.write(("kind,number," + ",".join(f"text{at}" for at in range(12)) + "\n").encode())
        for row in rows:
            mark = "x" if changed and row % changed == 0 else "o"
            cells = [f"{row:015}", *(f"{mark}{row * 7919 % 10**9:028}" for _ in range(12))]
            file.write(_line(kind, cells))


def _line(kind: str, cells: list[str]) -> bytes:
    if kind == "CSV":
        return ("," + ",".join(cells) + "\n").encode()
    return (" " + cells[0] + "".join(cell.ljust(30) for cell in cells[1:])).ljust(400).encode()


def read_both(_: str, older: Path, newer: Path, __: Path) -> dict[str, int]:
    """Both files once, as bytes."""
    size = 0
    for path in (older, newer):
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                size += len(chunk)
    return {"bytes": size}


def make(kind: str, older: Path, newer: Path, target: Path) -> dict[str, int]:
    """The differences of the two, written."""
    found = difference(ready(kind), older, newer)
    found.write(target)
    change = found.change
    return {"inserts": change.inserts, "updates": change.updates, "deletes": change.deletes}


def merge(kind: str, older: Path, newer: Path, target: Path) -> dict[str, int]:
    """The newer file again, out of the older one and the differences."""
    made = target.with_name("made")
    apply(ready(kind), older, [target], made)
    same = digest(ready(kind), made) == digest(ready(kind), newer)
    assert same, "the differences do not lead to the newer file"
    return {"rows differing": 0}


Work = Callable[[str, Path, Path, Path], dict[str, int]]
WORK: dict[str, Work] = {"read both": read_both, "make differences": make, "apply and prove": merge}


def _child(name: str, kind: str, folder: Path, sent: multiprocessing.SimpleQueue[object]) -> None:
    began = time.perf_counter()
    found = WORK[name](kind, folder / "older", folder / "newer", folder / "differences")
    used = resource.getrusage(resource.RUSAGE_SELF)
    sent.put((time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024, found))


def measure(name: str, kind: str, folder: Path, times: int) -> dict[str, object]:
    """Seconds on the clock and of the processor (median, lowest, highest) and peak MiB of one piece of work."""
    spawned = multiprocessing.get_context("spawn")
    runs, processor, peaks, found = [], [], [], None
    for _ in range(times):
        sent = spawned.SimpleQueue()
        child = spawned.Process(target=_child, args=(name, kind, folder, sent))
        child.start()
        seconds, busy, peak, found = sent.get()
        child.join()
        runs.append(seconds)
        processor.append(busy)
        peaks.append(peak)
    figures = {"seconds": _spread(runs), "of processor": _spread(processor), "peak MiB": max(peaks)}
    return {"work": name, "form": kind, **figures, **(found or {})}


def _spread(values: list[float]) -> list[float]:
    return [round(value, 2) for value in (statistics.median(values), min(values), max(values))]


def main() -> None:
    """Measure every piece of work in every form, and print it as JSON lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--form", choices=list(LAYOUTS), action="append")
    chosen = parser.parse_args()
    sys.stdout.write(json.dumps({"rows": chosen.rows, "python": platform.python_version()}) + "\n")
    for kind in chosen.form or LAYOUTS:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write(kind, folder / "older", range(chosen.rows), 0)
            gone = chosen.rows // 200
            write(kind, folder / "newer", range(gone, chosen.rows + gone), 100)
            for work in WORK:
                print_line(measure(work, kind, folder, chosen.times))


def print_line(found: dict[str, object]) -> None:
    """One result."""
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
