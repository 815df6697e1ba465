"""The three days of ``demo --cutover``: played, and what came of them as values."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.demo import spring
from gateway.journal import ComparisonRow, Transfer, read_journal
from gateway.lifecycle import WORDS, State
from gateway.load import City, load
from gateway.rehearsal import Rehearsed, rehearse
from gateway.times.clock import SystemClock

DELIVERED = "配信済み delivered"
FATES = {
    "delivered": DELIVERED,
    "compared": "比較だけに使用 used for comparison alone",
    "superseded": "新しい全件に置換え replaced by a newer full file",
    "unchanged": "前回と同じ内容 same as before",
}
JUKI, ZEI, KAIGO, KOKUHO = "juki-to-hub", "zei-to-hub", "kaigo-to-hub", "hub-to-kokuho"
WAITS = "切替待ち waiting for the cutover"


@dataclass(frozen=True, kw_only=True)
class Days:
    """The end of the play: what happened, what was compared, and what lies at the destinations."""

    city: City
    start: datetime
    happened: Rehearsed
    comparisons: tuple[ComparisonRow, ...]
    arrived: int
    intact: bool

    @property
    def became(self) -> Counter[str]:
        """What became of every file that was found, in words for people, with how many."""
        return Counter(fate(one) for route in self.happened.transfers.values() for one in route)

    @property
    def delivered(self) -> int:
        """The deliveries that the journal knows of."""
        return self.became[DELIVERED]

    def results(self, route: str) -> Counter[str]:
        """How the comparisons of a route came out."""
        return Counter(one.result for one in self.comparisons if one.route == route)

    def formats(self, route: str) -> list[str]:
        """The formats that the ends of a route took, in order."""
        return [flip.stand.format.value for flip in self.happened.flips if flip.route == route]

    @property
    def proofs(self) -> dict[str, bool]:
        """What the play shows, by a word for each, and whether it was so."""
        closed = {name.partition("@")[0] for name in self.happened.closed}
        together = {flip.actual for flip in self.happened.flips if flip.cutover.startswith("wave:spring@")}
        return {
            "wave": len(together) == 1 and self.formats(JUKI) == self.formats(ZEI) == ["standard"],
            "compared": self.results(JUKI).keys() == {"equal"} and self.results(ZEI).keys() == {"equivalent"},
            "gate": closed == {KAIGO} and not self.formats(KAIGO) and self.results(KAIGO)["different"] > 0,
            "back": self.formats(KOKUHO) == ["standard", "legacy"] and bool(self.discarded),
            "files": self.arrived == self.delivered,
            "audit": self.intact,
        }

    @property
    def discarded(self) -> int:
        """How many files the consumer of the route that went back was told to discard."""
        told = (one.fields for one in self.happened.told if one.event.name == "end_went_back")
        return sum(fields["count"] for fields in told)

    @property
    def ok(self) -> bool:
        """Whether everything went as the play wants it."""
        return all(self.proofs.values())


def fate(one: Transfer) -> str:
    """What became of a file, for people; of one that goes nowhere for now, what it waits for."""
    if one.outcome:
        return FATES.get(one.outcome, one.outcome)
    if one.state is State.HELD:
        return f"保留 held ({one.reason})"
    return WAITS if one.early == "wait" else f"処理中 {WORDS[one.state]}"


async def play(folder: Path) -> Days:
    """Three days in a minute, below a folder."""
    places = folder / "places"
    start = spring.start_of(SystemClock().now())
    spring.write_city(folder / "config", places, start)
    city = load(folder / "config")
    script = list(spring.script(places, start))
    happened = await rehearse(city, script, start=start, end=start + spring.DAYS, speed=spring.SPEED)
    comparisons, intact = await _evidence(city)
    out = [places / "base", places / "onprem" / "kokuho", places / "cloud" / "kokuho"]
    files = [one for place in out for one in place.rglob("*") if one.is_file()]
    aside = {"archive", "out"}
    arrived = sum(not (aside & set(one.parts) or one.name.startswith(".lgw-owner-")) for one in files)
    return Days(
        city=city, start=start, happened=happened, comparisons=comparisons, arrived=arrived, intact=intact
    )


async def _evidence(city: City) -> tuple[tuple[ComparisonRow, ...], bool]:
    """The comparisons, and whether the audit log is as it was written."""
    path = city.installation.gateway.state_dir / "journal.db"
    journal = await read_journal(path, SystemClock())
    try:
        rows = [row for name in city.routes for row in await journal.comparisons.latest(name, 100)]
        return tuple(rows), await journal.audit.first_broken() is None
    finally:
        await journal.close()


def document(days: Days) -> dict[str, object]:
    """For machines."""
    return {
        "ok": days.ok,
        "cutovers": [
            {
                "route": one.route,
                "side": one.side,
                "to": one.stand.format,
                "cutover": one.cutover,
                "planned": one.planned,
                "made": one.actual,
            }
            for one in days.happened.flips
        ],
        "held_by_their_gate": {
            name: [{"condition": one.name, "says": one.says} for one in conditions]
            for name, conditions in days.happened.closed.items()
        },
        "comparisons": Counter(f"{one.route} {one.result}" for one in days.comparisons),
        "delivered": days.delivered,
        "arrived": days.arrived,
        "files": dict(days.became),
        "audit_intact": days.intact,
        "proofs": days.proofs,
    }
