"""What the three days of ``demo --cutover`` came to, as a person reads it."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from gateway.clock import SystemClock
from gateway.demo import spring
from gateway.journal import ComparisonRow, Transfer, read_journal
from gateway.lifecycle import WORDS, State
from gateway.load import City, load
from gateway.model import Format
from gateway.rehearsal import Rehearsed, rehearse

DELIVERED = "配信済み delivered"
FATES = {
    "delivered": DELIVERED,
    "compared": "比較だけに使用 used for comparison alone",
    "superseded": "新しい全件に置換え replaced by a newer full file",
    "unchanged": "前回と同じ内容 same as before",
}
WAITS = "切替待ち waiting for the cutover"
FORMATS_JA = {"legacy": "現行形式", "standard": "標準形式"}


@dataclass(frozen=True, kw_only=True)
class Days:
    """The end of the play: what happened, what was compared, and what lies at the destinations."""

    city: City
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

    @property
    def ok(self) -> bool:
        """Whether everything went as the play wants it."""
        made = {flip.cutover.partition("@")[0] for flip in self.happened.flips}
        closed = {name.partition("@")[0] for name in self.happened.closed}
        results = {one.result for one in self.comparisons}
        return (
            made == {"wave:spring", "hub-to-kokuho"}
            and closed == {"kaigo-to-hub"}
            and results >= {"equal", "equivalent", "different"}
            and self.arrived == self.delivered
            and self.intact
        )


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
    return Days(city=city, happened=happened, comparisons=comparisons, arrived=arrived, intact=intact)


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
    }


def print_summary(days: Days) -> None:
    """For people, in Japanese and English."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(
        Panel.fit("三日間の切替（一分で再生）  Three days around a wave, in a minute", style="bold")
    )
    console.print(_cutovers(days))
    console.print(_comparisons(days))
    console.print(_files(days))
    held = ", ".join(
        f"{name.partition('@')[0]}: {'; '.join(one.says for one in conditions)}"
        for name, conditions in days.happened.closed.items()
    )
    console.print(f"切替を保留 held by its gate: {held or '-'}")
    back = [told for told in days.happened.told if told.event.name == "end_went_back"]
    for told in back:
        console.print(f"切戻し went back: {told.fields['route']}: {told.fields['reason']}")
    mark = "○" if days.ok else "×"
    intact = "改ざんなし intact" if days.intact else "改ざんあり NOT intact"
    found = " + ".join(f"{word} {count}" for word, count in days.became.most_common())
    console.print(f"見つかったファイル files found: {days.became.total()} = {found}")
    console.print(
        f"{mark} 送信先で数えたファイル files counted at the destinations: {days.arrived} "
        f"（{DELIVERED} {days.delivered}）; 監査記録 audit log: {intact}"
    )


def _cutovers(days: Days) -> Table:
    table = Table(
        "経路 route", "端 end", "切替後 speaks", "予定 planned", "実施 made", title="切替 cutovers", box=None
    )
    zone = days.city.installation.zone
    for one in days.happened.flips:
        assert one.planned is not None, "first stands are left out"
        planned, made = (f"{at.astimezone(zone):%m-%d %H:%M}" for at in (one.planned, one.actual))
        table.add_row(one.route, one.side, FORMATS_JA[one.stand.format], planned, made)
    return table


def _comparisons(days: Days) -> Table:
    columns = ("経路 route", "一致 equal", "許容 equivalent", "相違 different")
    table = Table(*columns, title="新旧比較 comparisons", box=None)
    for route in days.city.routes:
        results = Counter(one.result for one in days.comparisons if one.route == route)
        if results:
            table.add_row(route, *(str(results[kind]) for kind in ("equal", "equivalent", "different")))
    return table


def _files(days: Days) -> Table:
    columns = (
        "経路 route",
        "現行形式で legacy",
        "標準形式で standard",
        "未配信と理由 not delivered, and why",
    )
    table = Table(*columns, title="ファイル files", box=None)
    for route, listed in days.happened.transfers.items():
        delivered = [one.output.to_format for one in listed if one.output and one.outcome == "delivered"]
        waiting = Counter(word for one in listed if (word := fate(one)) != DELIVERED)
        said = ", ".join(f"{word} {count}" for word, count in waiting.items())
        counts = (str(delivered.count(format_)) for format_ in Format)
        table.add_row(route, *counts, said or "-")
    return table
