"""Those around the gateway: senders, who write down what they send, and consumers, who look at what arrives."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.chaos.checker import csv_of, expected, fixed_of

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable
    from pathlib import Path

    from tests.chaos.ground import Place
    from tests.chaos.routes import Route

NAMES = ("山田太郎", "佐藤", "鈴木花子", "高橋", "伊藤一")
LARGE = 5 << 20
"""Bytes from which a file goes in parts, to a bucket and while it is spooled."""


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _numbers(paths: Iterable[str]) -> set[int]:
    return {int(path.rpartition("/")[2][1:7]) for path in paths}


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

    async def send(self) -> None:
        """One file of any route."""
        route, number = self.chance.choice(self.routes), len(self.sent)
        rows: list[list[Any]] = []
        if route.form == "as it came":
            content = self._bytes(number)
        else:
            rows = [
                [f"{one:05}", self.chance.choice(NAMES), self.chance.randrange(1, 99999)]
                for one in range(1, self.chance.randrange(2, 200))
            ]
            rows[0][2] = number
            content = fixed_of(rows) if route.form == "to csv" else csv_of(rows)
        own = sum(one["route"] == route.name for one in self.sent)
        stem = f"F{own + 1 if route.ordered else number:06}"
        record = {
            "route": route.name,
            "path": f"{route.name}/in/{stem}{route.suffix}",
            "stem": stem,
            "bytes": len(content),
            "records": len(rows) or None,
            "sha256": _sha256(content),
            "arrives": _sha256(expected(route.form, rows, content)),
        }
        self.sent.append(record)
        self.expected.add((route.name, record["arrives"]))
        self._write_down("sent", record)
        await asyncio.to_thread(self.places[route.source].put, record["path"], content)

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
        place = self.places[route.target]
        if route.ordered:
            self._look_at_order(route, place)
        for path, version in place.found(f"{route.name}/out").items():
            if self.seen.get((route.name, path)) == version:
                continue
            self.seen[route.name, path] = version
            sha256 = _sha256(place.get(path))
            if not any(one["arrives"] == sha256 for one in self.sent if one["route"] == route.name):
                self.partial.append(f"{route.name}: {path} was seen with other bytes than were sent")
                continue
            self.arrived[route.name, sha256] += 1
            if route.collected:
                self._write_down("taken", {"route": route.name, "path": path, "sha256": sha256})
                place.remove(path)

    def _look_at_order(self, route: Route, place: Place) -> None:
        """A number is seen only once those before it are. What one listing missed, the next one shows."""
        shown = _numbers(place.found(f"{route.name}/out"))
        if max(shown, default=0) == len(shown):
            return
        newest, later = max(shown), _numbers(place.found(f"{route.name}/out"))
        if gone := set(range(1, newest)) - later:
            self.partial.append(f"{route.name}: number {newest} was seen before {min(gone)}")

    def missing(self) -> list[dict[str, Any]]:
        """What was sent and has not been seen at its destination."""
        return [one for one in self.sent if not self.arrived[one["route"], one["arrives"]]]

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
