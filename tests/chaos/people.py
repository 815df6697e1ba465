"""Those around the gateway: senders, who write down what they send, and consumers, who look at what arrives."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.chaos.checker import applied, csv_of, expected, fixed_of

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from tests.chaos.ground import Place
    from tests.chaos.routes import Route

NAMES = ("山田太郎", "佐藤", "鈴木花子", "高橋", "伊藤一")
LATE = 0.15
"""How many of all numbered files come after their successor."""
LARGE = 5 << 20
"""Bytes from which a file goes in parts, to a bucket and while it is spooled."""


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass
class People:
    """Senders and consumers of all routes. ``chance`` decides what they send and when they look."""

    routes: list[Route]
    places: dict[str, Place]
    records: Path
    chance: random.Random
    sent: list[dict[str, Any]] = field(default_factory=list)
    expected: set[tuple[str, str]] = field(default_factory=set)
    seen: dict[tuple[str, str], str] = field(default_factory=dict)
    arrived: Counter[tuple[str, str]] = field(default_factory=Counter)
    partial: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    numbers: Counter[str] = field(default_factory=Counter)
    late: dict[str, tuple[dict[str, Any], bytes]] = field(default_factory=dict)
    tables: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    told: dict[str, dict[str, bytes]] = field(default_factory=lambda: defaultdict(dict))

    async def send(self) -> None:
        """One file of any route. A numbered one is now and then late, and its successor there first."""
        route, number = self.chance.choice(self.routes), len(self.sent)
        rows = self._rows(route, number)
        content = fixed_of(rows) if rows else self._bytes(number)
        if route.form == "to fixed":
            content = csv_of(rows)
        record = self._record(route, f"F{number:06}", rows, content)
        self.sent.append(record)
        self.expected |= {(route.name, sha256) for sha256 in record["arrives"]}
        self._write_down("sent", record)
        if (
            route.numbered
            and record["number"] > 1
            and route.name not in self.late
            and self.chance.random() < LATE
        ):
            self.late[route.name] = record, content
            return
        await self._put(route, record, content)
        if route.name in self.late:
            await self._put(route, *self.late.pop(route.name))

    async def catch_up(self) -> None:
        """What is late is sent now."""
        for route in self.routes:
            if route.name in self.late:
                await self._put(route, *self.late.pop(route.name))

    async def _put(self, route: Route, record: dict[str, Any], content: bytes) -> None:
        await asyncio.to_thread(self.places[route.source].put, record["path"], content)

    def _record(self, route: Route, stem: str, rows: list[list[Any]], content: bytes) -> dict[str, Any]:
        if route.numbered:
            self.numbers[route.name] += 1
            stem = f"{stem}_{self.numbers[route.name]:06}"
        parts = () if route.changes else expected(route.form, rows, content, route.split)
        return {
            "route": route.name,
            "path": f"{route.name}/in/{stem}{route.suffix}",
            "stem": stem,
            "number": self.numbers[route.name],
            "bytes": len(content),
            "records": len(rows) or None,
            "rows": rows if route.changes else [],
            "sha256": _sha256(content),
            "arrives": [_sha256(part) for part in parts],
        }

    def _rows(self, route: Route, number: int) -> list[list[Any]]:
        """What a file of records holds; no part of any file is like one of another."""
        if route.form == "as it came":
            return []
        if route.changes:
            return self._changed(self.tables.setdefault(route.name, {}), number)
        rows = [self._row(one) for one in range(1, self.chance.randrange(2, 200))]
        for row in rows[:: route.split or len(rows)]:
            row[2] = number
        return rows

    def _row(self, number: int) -> list[Any]:
        return [f"{number:05}", self.chance.choice(NAMES), self.chance.randrange(1, 99999)]

    def _changed(self, table: dict[str, list[Any]], number: int) -> list[list[Any]]:
        """The next full file: some rows are new, some others, some gone."""
        for one in self.chance.sample(range(1, 400), 1 if table else 100):
            row = self._row(one)
            table[row[0]] = [*row[:2], number]
        for one in self.chance.sample(sorted(table), min(len(table) - 1, self.chance.randrange(3))):
            del table[one]
        return [table[one] for one in sorted(table)]

    def _bytes(self, number: int) -> bytes:
        size = self.chance.choice((0, 200, 3000, 40_000, 200_000))
        if self.chance.random() < 0.02:
            size = LARGE + self.chance.randrange(4 << 20)
        return b"%020d" % number + self.chance.randbytes(size)

    async def look(self) -> None:
        """Look at every destination once; take away what is to be collected."""
        for route in self.routes:
            await asyncio.to_thread(self._look, route)

    def _look(self, route: Route) -> None:
        self._see(route)
        if route.numbered and self._overtaken(route):
            self._see(route)  # it may have come after the listing had passed it
            self.disordered += self._overtaken(route)

    def _overtaken(self, route: Route) -> list[str]:
        """Files of a numbered route that are there before one with a lower number."""
        own = [one for one in self.sent if one["route"] == route.name]
        there = [self._has_arrived(one) for one in own]
        first = there.index(False) if False in there else len(own)
        return [f"{one['path']} before {own[first]['path']}" for one in own[first:] if self._has_arrived(one)]

    def _see(self, route: Route) -> None:
        place = self.places[route.target]
        for path, version in place.found(f"{route.name}/out").items():
            if self.seen.get((route.name, path)) == version:
                continue
            self.seen[route.name, path] = version
            data = place.get(path)
            if route.changes:
                self._hear(route, path, data)
                continue
            sha256 = _sha256(data)
            if (route.name, sha256) not in self.expected:
                self.partial.append(f"{route.name}: {path} was seen with other bytes than were sent")
                continue
            self.arrived[route.name, sha256] += 1
            if route.collected:
                self._write_down("taken", {"route": route.name, "path": path, "sha256": sha256})
                place.remove(path)

    def _hear(self, route: Route, path: str, data: bytes) -> None:
        """A file of changes is what it is from the first look on."""
        if self.told[route.name].setdefault(path, data) != data:
            self.partial.append(f"{route.name}: {path} was seen with other bytes than before")

    def _has_arrived(self, one: dict[str, Any]) -> bool:
        return all(self.arrived[one["route"], sha256] for sha256 in one["arrives"])

    def missing(self) -> list[dict[str, Any]]:
        """What was sent and has not been seen at its destination; of full files, the newest if it is not told whole."""
        found = [one for one in self.sent if not self._has_arrived(one)]
        newest = {one["route"]: one for one in self.sent if one["rows"]}
        for route, one in newest.items():
            table, _ = applied(list(self.told[route].items()))
            if table != {row[0]: row for row in one["rows"]}:
                found.append(one)
        return found

    def unsettled(self) -> list[str]:
        """Files that are still where their senders put them, of routes that put them away."""
        away = [route for route in self.routes if route.after != "keep"]
        return [
            path
            for route in away
            for path in self.places[route.source].found(f"{route.name}/in")
            if path.endswith(route.suffix)
        ]

    def _write_down(self, book: str, record: dict[str, Any]) -> None:
        with (self.records / f"{book}.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
