"""What the three days of ``demo --cutover`` came to, told to a person who was not there: in Japanese and English."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from gateway.demo.days import DELIVERED, JUKI, KAIGO, KOKUHO, ZEI, Days, fate
from gateway.journal import Transfer
from gateway.model import Format

WIDTH = 132
"""Columns where the output is no terminal."""

SPEAKS = {Format.LEGACY: "現行形式 legacy", Format.STANDARD: "標準形式 standard"}

PROOFS = {
    "wave": (
        "一斉切替は二経路とも同じ瞬間に行われた",
        "both routes of the wave switched at one moment",
    ),
    "compared": (
        "新旧の比較が一致した、または差が許容の範囲だった経路だけが切り替わった",
        "only routes switched whose old and new files were equal, or differed within the tolerance",
    ),
    "gate": (
        "比較が合わない経路は切り替わらず、現行形式のまま動き続けた",
        "the route whose files differ did not switch, and went on in the old format",
    ),
    "back": (
        "切戻しで最新の全件を現行形式で再送し、破棄すべきファイルの一覧を残した",
        "the way back sent the newest full file again, and listed what the consumer must discard",
    ),
    "files": (
        "どのファイルも一度だけ届いた（記録と送信先の実数が一致）",
        "every delivered file is at its destination once: the journal's count and theirs agree",
    ),
    "audit": ("監査記録に改ざんがない", "the audit log is as it was written"),
}


Line = tuple[str, str, str]
"""When something was, in Japanese, and in English."""


def print_summary(days: Days) -> None:
    """The story, the routes, the files, and what it proves."""
    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    console.print(Panel.fit("三日間の切替  Three days around a wave of cutovers", style="bold"))
    console.print(_story(days))
    console.print(_routes(days))
    found = " + ".join(f"{word} {count}" for word, count in days.became.most_common())
    console.print(f"見つかったファイル files found: {days.became.total()} = {found}\n")
    console.print(_proofs(days))


def _story(days: Days) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for when, japanese, english in story(days):
        table.add_row(f"[bold]{when}[/]", f"{japanese}\n[dim]{english}[/]")
    return table


def story(days: Days) -> Iterator[Line]:
    """What happened, in order."""
    yield from _compared(days)
    yield from _wave(days)
    yield from _held(days)
    yield from _health(days)


def _compared(days: Days) -> Iterator[Line]:
    equal, tolerated = days.results(JUKI)["equal"], days.results(ZEI)["equivalent"]
    different = days.results(KAIGO)["different"]
    japanese = (
        f"新旧の比較: 住民記録 一致 {equal} 回、個人住民税 許容内の差（端数処理、税務課）{tolerated} 回、"
        f"介護保険 相違 {different} 回"
    )
    english = (
        f"old and new compared: resident records equal {equal} times; taxes {tolerated} times with a tolerated "
        f"difference (rounding); care insurance different {different} times"
    )
    yield _day(days, days.start), japanese, english


def _wave(days: Days) -> Iterator[Line]:
    flip = next((one for one in days.happened.flips if one.route == JUKI), None)
    if flip is None or flip.planned is None:
        yield "-", "一斉切替は行われなかった", "the wave was not made"
        return
    waited = round((flip.actual - flip.planned) / timedelta(minutes=1))
    japanese = f"一斉切替: 住民記録と個人住民税が標準形式へ（旧置場が空になるまで {waited} 分待った）"
    english = (
        "the wave: resident records and taxes switch to the standardized format, together "
        f"({waited} minutes later, once the old places were empty)"
    )
    yield _minute(days, flip.planned), japanese, english


def _held(days: Days) -> Iterator[Line]:
    for name, conditions in days.happened.closed.items():
        planned = datetime.fromisoformat(name.partition("@")[2])
        said = "; ".join(f"{one.name}: {one.says}" for one in conditions)
        japanese = (
            "介護保険は比較が合わないため切替を保留。現行形式で送受信を続け、新しい置場のファイルは待たせる"
        )
        english = f"care insurance is held by its gate ({said}): the old format goes on, files in the new place wait"
        yield _minute(days, planned), japanese, english


def _health(days: Days) -> Iterator[Line]:
    for flip in (one for one in days.happened.flips if one.route == KOKUHO):
        japanese = "国民健康保険が標準形式へ切替"
        english = "health insurance switches to the standardized format"
        if flip.stand.format is Format.LEGACY:
            japanese = (
                "国民健康保険で取込みエラー、切戻し: 最新の全件を現行形式で再送し、"
                f"破棄すべき {days.discarded} ファイルを一覧にした"
            )
            english = (
                "health insurance cannot import, a person goes back: the newest full file is sent again in the "
                f"old format, and {days.discarded} files are listed for the consumer to discard"
            )
        yield _minute(days, flip.actual), japanese, english


def _proofs(days: Days) -> Table:
    table = Table.grid(padding=(0, 1, 0, 0))
    for word, holds in days.proofs.items():
        japanese, english = PROOFS[word]
        mark = "[green]○[/]" if holds else "[bold red]×[/]"
        counted = f" {days.arrived} = {days.delivered}" if word == "files" else ""
        table.add_row(mark, f"{japanese}{counted}\n[dim]{english}{counted}[/]")
    return table


def _routes(days: Days) -> Table:
    columns = (
        "経路 route",
        "最後の形式 ends in",
        "配信 delivered",
        "うち切替後 after its switch",
        "配信しないもの not delivered, and why",
    )
    table = Table(*columns, box=None)
    for name, listed in days.happened.transfers.items():
        delivered = [one for one in listed if fate(one) == DELIVERED]
        new = [one for one in delivered if Format.STANDARD in formats_of(one)]
        others = Counter(word for one in listed if (word := fate(one)) != DELIVERED)
        said = ", ".join(f"{word} {count}" for word, count in others.items())
        ends = SPEAKS[Format((days.formats(name) or [Format.LEGACY])[-1])]
        title = days.city.routes[name].title
        table.add_row(f"{title}\n{name}", ends, str(len(delivered)), str(len(new)), said or "-")
    return table


def formats_of(one: Transfer) -> tuple[Format, ...]:
    """The format in which a file came, and the one in which it went."""
    return (one.from_format, *((one.output.to_format,) if one.output else ()))


def _day(days: Days, instant: datetime) -> str:
    return f"{instant.astimezone(days.city.installation.zone):%m-%d}"


def _minute(days: Days, instant: datetime) -> str:
    return f"{instant.astimezone(days.city.installation.zone):%m-%d %H:%M}"
