"""The sample city's senders: they put files where their systems would, as those systems would.

Mainframe and servers write under a working name and rename; systems on the object store write the file, then
its marker. Nothing goes through the gateway's adapters.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.demo import samples
from gateway.demo.s3_server import store
from gateway.demo.samples import Drawn, Sample

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.demo.servers import Places

ZONE = ZoneInfo("Asia/Tokyo")
KAIGO_MOVES = datetime(2027, 3, 1, tzinfo=ZONE)
"""When the care-insurance system moves; the same instant stands in ``config/systems.yaml``."""

ROUTES = (
    "juki-to-linkage-master",
    "tax-host-to-shuno",
    "kaigo-to-atena",
    "kyushoku-to-zaimu",
    "juki-to-kokuho",
)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One file that was sent, and what must become of it.

    Attributes:
        route: the route that must carry it.
        phase: that route's phase when it was sent: current, transition or standard.
        place: where it was put, as ``place:path``; the path is that which the route sees.
        expected: SHA-256 of what must arrive, hex.
        size: bytes that must arrive.
        records: records in it.
    """

    route: str
    phase: str
    place: str
    expected: str
    size: int
    records: int


class Seeder:
    """Sends batches of files to the places of one demo; keeps no state but what it has sent."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._store = store(places.store)
        self.sent: list[Sent] = []

    def close(self) -> None:
        """Let go of the object store."""
        self._store.close()

    def seed(self, batch: int, *, now: datetime, files: int = 2, records: int = 40) -> tuple[Sent, ...]:
        """Send ``files`` files of ``records`` records on every route, in the formats in force at ``now``.

        A batch number (from 0) may be used once for one set of places; at most 20 files a route.
        """
        before = len(self.sent)
        for place in range(files):
            number = batch * 20 + place + 1
            day = now.astimezone(ZONE).date()
            for offset, route in enumerate(ROUTES):
                drawn = Drawn(serial=number * len(ROUTES) + offset, day=day.isoformat(), records=records)
                self._send(route, number, drawn, moved=now >= KAIGO_MOVES)
        return tuple(self.sent[before:])

    def _send(self, route: str, number: int, drawn: Drawn, *, moved: bool) -> None:
        day = drawn.day.replace("-", "")
        match route:
            case "juki-to-linkage-master":
                key = f"juki/out/001o001_{day}_{number:06}.csv"
                self._offer(route, "transition", key, samples.resident_changes(drawn))
            case "tax-host-to-shuno":
                name = f"ZEI.SHUNO.D{day[2:]}.N{number:07}"
                self._job(route, name, samples.payments(drawn))
            case "kaigo-to-atena" if moved:
                key = f"kaigo/out/031o001_{day}_{number:06}.csv"
                self._offer(route, "standard", key, samples.standard_addressees(drawn))
            case "kaigo-to-atena":
                home, path = self._places.kaigo, f"out/ATENA_{day}_{number:06}.dat"
                self._rename_in(home, path, samples.addressees(drawn))
                self._note(route, "transition", f"kaigo:{path}", samples.addressees(drawn))
            case "kyushoku-to-zaimu":
                path = f"FURIKAE_{day}_{number:06}.txt"
                self._rename_in(self._places.dropbox, path, samples.debits(drawn))
                self._note(route, "current", f"dropbox:{path}", samples.debits(drawn))
            case "juki-to-kokuho":
                key = f"juki/out/024o001_{day}_{number:06}.csv"
                self._offer(route, "standard", key, samples.passed_on(drawn))

    def _job(self, route: str, name: str, sample: Sample) -> None:
        """As a batch job does: a work dataset out of sight, catalogued under its name at the end."""
        work = self._places.mainframe.parent / f"{name}.WORK"
        work.write_bytes(sample.sent)
        work.rename(self._places.mainframe / name)
        self._note(route, "transition", f"mainframe:{name}", sample)

    def _rename_in(self, home: Path, path: str, sample: Sample) -> None:
        """As servers do: under a working name in the same folder, then its own."""
        work = (home / path).with_suffix(".tmp")
        work.write_bytes(sample.sent)
        work.rename(home / path)

    def _offer(self, route: str, phase: str, key: str, sample: Sample) -> None:
        """As systems on the object store do: the file, then its marker."""
        self._store.put_object(Bucket=self._places.bucket, Key=key, Body=sample.sent)
        self._store.put_object(Bucket=self._places.bucket, Key=f"{key}.done", Body=b"")
        self._note(route, phase, f"store:{key}", sample)

    def _note(self, route: str, phase: str, place: str, sample: Sample) -> None:
        self.sent.append(
            Sent(
                route=route,
                phase=phase,
                place=place,
                expected=hashlib.sha256(sample.expected).hexdigest(),
                size=len(sample.expected),
                records=sample.records,
            )
        )
