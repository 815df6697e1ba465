"""The way back: what an end's return to its former format means for its consumer, and what has to be sent for it.

The consumer's view is defined: of full files the last one replaces all; differences are inserted, updated and
deleted by key, in order. So a route of full files goes back by republishing the newest one in the old format. Where
the gateway makes differences of full files, the rows that the destination has in the old format are known: the newest
full file goes out as what leads from them to it, which is right as well for a consumer that kept what it has. Where
changes alone come in, the newest state cannot be made out of files.
"""

from __future__ import annotations

import asyncio
import csv
import os
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum
from pathlib import Path

from gateway.config import Route
from gateway.journal import Carried, Journal, Replay, Series
from gateway.journal.audit import Act
from gateway.journal.switching import Flip, Side
from gateway.load import City
from gateway.model import Format, Wording


@dataclass(frozen=True, kw_only=True)
class Return:
    """A destination that went back: what that meant, and its flip back."""

    undone: Undo
    back: Flip


class Way(StrEnum):
    """How one end goes back."""

    SOURCE = "source"  # the source's old place is read again; nothing is sent for it
    NOTHING = "nothing"  # nothing was delivered since
    REPUBLISH = "republish"  # the newest full file goes out once more, in the old format
    COMPENSATE = "compensate"  # what leads to the newest full file goes out, in the old format
    IMPOSSIBLE = "impossible"  # files cannot undo it


@dataclass(frozen=True, kw_only=True)
class Undo:
    """What the return of one end means.

    Attributes:
        system: whose full extraction is needed where files cannot undo it.
        newest: what is republished.
        discard: what was delivered since the end passed, oldest first: the consumer has to discard it.
        rows: where differences are made here, how many rows the destination has by its files in the old format, and
            how many it is to have.
    """

    route: str
    side: Side
    way: Way
    system: str
    newest: Carried | None = None
    discard: tuple[Carried, ...] = ()
    rows: tuple[int, int] | None = None

    @property
    def facts(self) -> dict[str, object]:
        """Which way, with counts, for machines."""
        rows = self.rows or (None, None)
        return {
            "route": self.route,
            "end": self.side,
            "way": self.way,
            "files_to_discard": len(self.discard),
            "records_to_discard": sum(one.records or 0 for one in self.discard),
            "rows_there": rows[0],
            "rows_wanted": rows[1],
            "sent_again": self.newest.transfer if self.newest else None,
        }

    @property
    def says(self) -> Wording:
        """In one line."""
        count, records = len(self.discard), sum(one.records or 0 for one in self.discard)
        files = f"files delivered since, for the consumer to discard: {count} ({records} records)"
        files_ja = f"切替後に送信し、受け手が破棄すべきファイル：{count} 件（{records} レコード）"
        counts = f"{self.rows[0]} rows there, {self.rows[1]} wanted; " if self.rows else ""
        counts_ja = f"送信先の行数 {self.rows[0]}、あるべき行数 {self.rows[1]}。" if self.rows else ""
        text, text_ja = {
            Way.SOURCE: ("the source is read at its old place again", "元の置場から再び取り込みます"),
            Way.NOTHING: (
                "nothing was delivered since; the next file goes in the old format",
                "切替後に送信したものはありません。次のファイルから現行形式で送ります",
            ),
            Way.REPUBLISH: (
                f"the newest full file is sent again in the old format; {files}",
                f"最新の全件を現行形式で送り直します。{files_ja}",
            ),
            Way.COMPENSATE: (
                "one file of changes leads from what the destination has in the old format to the newest full file; "
                + counts
                + files,
                f"送信先の行を最新の全件に合わせる差分を、現行形式で送ります。{counts_ja}{files_ja}",
            ),
            Way.IMPOSSIBLE: (
                f"cannot be undone by files; a full extraction from {self.system} is needed; {files}",
                f"ファイルでは元に戻せません。{self.system} からの全件の抽出が必要です。{files_ja}",
            ),
        }[self.way]
        return Wording(text=text, text_ja=text_ja)


def can_be_undone(route: Route) -> bool:
    """Whether the return of the destination could be made by files: everything that it gets is a full file."""
    return all(_content(route, place.key) == "full" for place in route.places("to", Format.STANDARD))


async def returned(city: City, journal: Journal, route: str) -> Return | None:
    """What a destination's return leaves to do, done; None if the route's destination did not just go back.

    Its consumer is told what to discard, and the newest full file is sent again; a route whose state files cannot
    restore is paused. Done again after a crash, to the same end.
    """
    flips = [one for one in await journal.switching.flips(route) if one.side == "to"]
    if [one.stand.format for one in flips[-2:]] != [Format.STANDARD, Format.LEGACY]:
        return None
    passed, back = flips[-2:]
    undone = await undo(city, journal, passed)
    folder, zone = city.installation.gateway.state_dir / "rollbacks", city.installation.zone
    await asyncio.to_thread(write_discard_list, folder, undone, back=back, zone=zone)
    await forget(journal, undone, passed, back=back)
    await republish(journal, undone, back=back)
    if undone.way is Way.IMPOSSIBLE:
        await _pause(journal, route, undone.says.text, back)
    return Return(undone=undone, back=back)


async def _pause(journal: Journal, route: str, why: str, back: Flip) -> None:
    """Let no further difference reach a consumer whose state files cannot restore, until a person says so."""
    subject = f"{route}#{back.number}"
    if not await journal.audit.has(act="pause-after-return", subject=subject):
        await journal.people.pause("route", route, who="gateway", reason=why)
        await journal.audit.record(Act(who="gateway", act="pause-after-return", subject=subject, reason=why))


async def undo(city: City, journal: Journal, passed: Flip) -> Undo:
    """What it means that an end goes back to where it stood before it ``passed``."""
    route = city.routes[passed.route]
    system = route.source.system
    if passed.side == "from":
        return Undo(route=route.name, side="from", way=Way.SOURCE, system=system)
    since = await journal.evidence.carried(route.name, passed.actual)
    discard = tuple(one for one in since if one.to_format is passed.stand.format)
    way, newest = Way.REPUBLISH, None
    if not discard:
        way = Way.NOTHING
    elif await _is_known(journal, route):
        way = Way.COMPENSATE
    elif _content(route, passed.stand.place) != "full":
        way = Way.IMPOSSIBLE
    if way in (Way.REPUBLISH, Way.COMPENSATE):
        newest = max(discard, key=lambda one: (one.business_date, one.delivered_at))
    rows = await _rows(journal, route) if way is Way.COMPENSATE else None
    return Undo(
        route=route.name, side="to", way=way, system=system, newest=newest, discard=discard, rows=rows
    )


async def _rows(journal: Journal, route: Route) -> tuple[int, int]:
    """The rows of the destination by its files in the old format, and by those in the new one."""
    states = [
        await journal.deltas.current(Series(route=route.name, side="to", format=format_))
        for format_ in Format
    ]
    old, new = (0 if one is None else one.rows for one in states)
    return old, new


async def _is_known(journal: Journal, route: Route) -> bool:
    """Whether the rows that the destination has in the old format are known, and full files lead to others."""
    old = route.places("to", Format.LEGACY)
    made = {route.bridge(source, target) for source in route.source.all_places for target in old}
    series = Series(route=route.name, side="to", format=Format.LEGACY)
    known = await journal.deltas.current(series) is not None or await journal.deltas.is_first(series)
    return made == {"to"} and known


def _content(route: Route, key: str) -> str | None:
    """Whether the files of a destination's place hold everything: as it says, else as all of its sources say."""
    place = next((one for one in route.to.all_places if one.key == key), None)
    if place is not None and place.content is not None:
        return place.content
    said = {one.content for one in route.source.all_places}
    return said.pop() if len(said) == 1 else None


async def republish(journal: Journal, undone: Undo, *, back: Flip) -> None:
    """Send the newest full file again, once.

    Not if another full file was delivered in the old format since the return, or a newer one waits: that one
    replaces all.
    """
    if undone.newest is None:
        return
    since = await journal.evidence.carried(undone.route, back.actual)
    if any(one.to_format is back.stand.format for one in since):
        return
    if await journal.deltas.newer_waits(undone.newest.transfer):
        return
    original = undone.newest.replay_of or undone.newest.transfer
    await journal.replayed(Replay(of=original, who="gateway", reason=f"way back, {back.cutover}", again=True))


async def forget(journal: Journal, undone: Undo, passed: Flip, *, back: Flip) -> None:
    """The rows that the consumer knew by what it discards hold no more; whoever goes forward again begins anew."""
    series = Series(route=undone.route, side="to", format=passed.stand.format)
    act = Act(who="gateway", act="discard", subject=undone.route, reason=f"way back, {back.cutover}")
    if undone.discard:
        await journal.deltas.forgotten(series, passed.actual, act)


def write_discard_list(folder: Path, undone: Undo, *, back: Flip, zone: tzinfo) -> Path | None:
    """What the consumer of a route must discard, as CSV for its staff (mode 0600), in their zone; None if nothing."""
    if not undone.discard:
        return None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{undone.route}-{back.actual.astimezone(zone):%Y%m%dT%H%M%S}.csv"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("delivered as", "delivered at", "transfer", "business date", "records", "source file"))
        for one in undone.discard:
            when = one.delivered_at.astimezone(zone).isoformat(timespec="seconds")
            rows.writerow((one.destination, when, one.transfer, one.business_date, one.records, one.path))
        file.flush()
        os.fsync(file.fileno())
    return path
