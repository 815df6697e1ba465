"""A town whose route makes differences, or full files of them, and a consumer that knows nothing of the gateway."""

from __future__ import annotations

import csv
import io
import sqlite3
from contextlib import closing

from tests.support.city import FIXED, MAPPING, Town

CHANGES = """
title: 見本（差分）
records: csv
changes: {item: 区分, insert: 1, update: 2, delete: 3}
items:
  - {id: "00100000", name: 区分, type: X, length: 1}
  - {id: "00100001", name: 番号, type: X, length: 5, key: true}
  - {id: "00100002", name: 氏名, type: N, length: 5}
  - {id: "00100003", name: 金額, type: S9, length: 5}
"""

ROUTE = """
from:
  system: old
  legacy: {{endpoint: here, path: "*.dat", ready: at-once, layout: fixed, content: full}}
to:
  system: new
  standard: {{endpoint: there, path: "{{seq:04}}.csv", layout: csv, content: differential}}
convert: fixed-to-csv
schedule: {{every: 1s}}
after: delete
delta: {{key: [番号]{more}}}
"""


def town_of_changes(root, *, more: str = "") -> Town:
    """A town with a route ``r`` from full files to changes; ``more`` adds keys to its delta."""
    town = Town(root)
    town.write("layouts/fixed.yaml", FIXED)
    town.write("layouts/csv.yaml", CHANGES)
    town.write("mappings/fixed-to-csv.yaml", MAPPING)
    town.write("routes/v/r.yaml", ROUTE.format(more=more and f", {more}"))
    return town


def full_file(rows: dict[str, tuple[str, int]]) -> bytes:
    """A full file of the source: number, name and amount of each row."""
    return b"".join(
        number.encode() + name.encode("cp932").ljust(10) + f"{amount:05}".encode()
        for number, (name, amount) in rows.items()
    )


def put(town: Town, name: str, rows: dict[str, tuple[str, int]]) -> None:
    """The source puts out a full file."""
    (town.here / name).write_bytes(full_file(rows))


class Consumer:
    """Takes in every file of changes once, in the order of their names, and keeps what they leave."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._taken: set[str] = set()
        self.rows: dict[str, tuple[str, int]] = {}
        self.told: list[str] = []

    def forget(self, *names: str) -> None:
        """These files are none of its business."""
        self._taken.update(names)

    def take(self) -> dict[str, tuple[str, int]]:
        """What the consumer knows, after it has taken what is new."""
        for name, content in sorted(self._town.arrived().items()):
            if name not in self._taken:
                self._taken.add(name)
                for row in csv.DictReader(io.StringIO(content.decode())):
                    self._obey(row)
        return self.rows

    def _obey(self, row: dict[str, str]) -> None:
        kind, number = row["区分"], row["番号"]
        self.told.append(kind + number)
        match kind:
            case "1":
                assert number not in self.rows, "a row that is known cannot be new"
            case "2" | "3":
                assert number in self.rows, "a row that is not known cannot be changed or gone"
            case _:
                raise AssertionError(kind)
        if kind == "3":
            del self.rows[number]
        else:
            self.rows[number] = row["氏名"], int(row["金額"])


def states(town: Town) -> list[dict[str, object]]:
    """The states that hold or held, in order."""
    with closing(sqlite3.connect(town.root / "state/journal.db")) as journal:
        journal.row_factory = sqlite3.Row
        sql = "SELECT * FROM states WHERE version IS NOT NULL AND returned_at IS NULL ORDER BY version"
        return [dict(row) for row in journal.execute(sql)]
