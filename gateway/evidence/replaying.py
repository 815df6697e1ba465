"""Sending again what was delivered, out of the kept originals: which deliveries are meant, and what becomes of each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from gateway.journal import Carried, Journal, Replay
from gateway.load import City
from gateway.model import Format
from gateway.stores.originals import KeptFiles, kept_files


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which of a route's deliveries are meant."""

    since: datetime
    until: datetime | None = None
    to: Format | None = None
    layout: str | None = None
    transfers: frozenset[str] = frozenset()

    def covers(self, one: Carried) -> bool:
        """Whether a delivery is meant. A delivery that was a replay itself is not."""
        made = json.loads(one.made_with) if one.made_with else {}
        return (
            not one.replay_of
            and (self.until is None or one.delivered_at < self.until)
            and (self.to is None or one.to_format is self.to)
            and (self.layout is None or self.layout in (made.get("source"), made.get("target")))
            and (not self.transfers or one.transfer in self.transfers)
        )


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A delivery that is meant, and what is or would be done with it."""

    carried: Carried
    does: str
    transfer: str | None = None

    @property
    def is_possible(self) -> bool:
        """Whether it would be sent again."""
        return self.does == TO_REPLAY


TO_REPLAY = "to replay"
DOES_JA = {
    TO_REPLAY: "再送できます",
    "was replayed": "すでに再送しました",
    "its original is no longer kept": "原本の保管期間が過ぎています",
    "a replay is under way": "再送の処理中です",
    "replays": "再送します",
}
"""What is done with a delivery, in Japanese."""


async def planned(
    city: City, journal: Journal, route: str, choice: Choice, *, again: bool = False
) -> list[Planned]:
    """What would be done with each delivery of the route that is meant; ``again``: also what was replayed before."""
    meant = [one for one in await journal.evidence.carried(route, choice.since) if choice.covers(one)]
    originals = kept_files(city.installation)["originals"]
    return [await _planned(originals, one, again=again) for one in meant]


async def _planned(originals: KeptFiles, one: Carried, *, again: bool) -> Planned:
    if one.replayed_as and not again:
        return Planned(carried=one, does="was replayed", transfer=one.replayed_as)
    if not await originals.has(one.sha256):
        return Planned(carried=one, does="its original is no longer kept")
    return Planned(carried=one, does=TO_REPLAY)


async def replayed(journal: Journal, one: Planned, *, who: str, reason: str, again: bool = False) -> Planned:
    """Have it sent again, as a transfer of its own at the end of the order; audited."""
    if not one.is_possible:
        return one
    order = Replay(of=one.carried.transfer, who=who, reason=reason, again=again)
    made = await journal.replayed(order)
    if made is None:
        return Planned(carried=one.carried, does="a replay is under way")
    return Planned(carried=one.carried, does="replays", transfer=made.id)
