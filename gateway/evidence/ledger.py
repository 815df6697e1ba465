"""The ledger (受渡台帳): what came in is delivered, left out, held or pending, and nothing else. Pure.

Per route and business day, in files, records and bytes::

    in = delivered + diverted + filtered + superseded + unchanged + compared + held + pending

Files and bytes are those of the originals. Records are counted on both sides of a conversion: what came in is compared
with what went out, so that a record that got lost between them shows as a difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date

from gateway.journal.ledger import Sum
from gateway.lifecycle import State

PARTS = ("delivered", "diverted", "filtered", "superseded", "unchanged", "compared", "held", "pending")
"""Where what came in can be, in the order of the equation."""

TITLES_JA = {
    "day": "業務日",
    "route": "経路",
    "unit": "単位",
    "in": "受入",
    "delivered": "送達",
    "diverted": "振分",
    "filtered": "対象外",
    "superseded": "差替済",
    "unchanged": "変更なし",
    "compared": "照合用",
    "held": "保留",
    "pending": "滞留",
    "difference": "差",
    "taken": "取込確認",
    "uncounted": "件数不明ファイル",
    "replayed": "うち再送",
}


@dataclass(frozen=True, kw_only=True)
class Amount:
    """Files, records and bytes."""

    files: int = 0
    records: int = 0
    bytes: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(
            **{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)}
        )

    def __sub__(self, other: Amount) -> Amount:
        return Amount(
            **{one.name: getattr(self, one.name) - getattr(other, one.name) for one in fields(self)}
        )


UNITS = tuple(one.name for one in fields(Amount))


@dataclass(frozen=True, kw_only=True)
class Line:
    """One route on one business day; with ``day`` or ``route`` None a total.

    Attributes:
        arrived: everything that came in.
        parts: where it is, by the words of ``PARTS``.
        taken: of what was delivered, what the consumer was seen to take; None where that is not observed.
        uncounted: files whose records are not known: no layout, or not read so far. In no count of records.
        replayed: files that were sent again from their originals.
    """

    day: date | None
    route: str | None
    arrived: Amount = Amount()
    parts: dict[str, Amount] = field(default_factory=lambda: dict.fromkeys(PARTS, Amount()))
    taken: Amount | None = None
    uncounted: int = 0
    replayed: int = 0

    @property
    def difference(self) -> Amount:
        """What came in and is nowhere; negative, what is somewhere and never came in. Zero, or something is wrong."""
        return self.arrived - sum(self.parts.values(), Amount())

    @property
    def balances(self) -> bool:
        """Whether the equation holds in every unit."""
        return self.difference == Amount()

    def with_sum(self, one: Sum) -> Line:
        """This line and a sum of the journal."""
        there = _of_diverted(one) if one.apart else _of_files(one)
        taken = self.taken
        if one.observed:
            files, records, bytes_ = one.taken
            seen = (
                Amount(records=records) if one.apart else Amount(files=files, records=records, bytes=bytes_)
            )
            taken = (taken or Amount()) + seen
        return Line(
            day=self.day,
            route=self.route,
            arrived=self.arrived + (Amount() if one.apart else _whole(one)),
            parts={name: amount + there.get(name, Amount()) for name, amount in self.parts.items()},
            taken=taken,
            uncounted=self.uncounted + (0 if one.apart else one.uncounted),
            replayed=self.replayed + one.replayed,
        )

    def joined(self, other: Line) -> Line:
        """Both lines together, under this one's day and route."""
        taken = [one.taken for one in (self, other) if one.taken is not None]
        return Line(
            day=self.day,
            route=self.route,
            arrived=self.arrived + other.arrived,
            parts={name: amount + other.parts[name] for name, amount in self.parts.items()},
            taken=sum(taken, Amount()) if taken else None,
            uncounted=self.uncounted + other.uncounted,
            replayed=self.replayed + other.replayed,
        )


def _whole(one: Sum) -> Amount:
    return Amount(files=one.files, records=one.records, bytes=one.bytes)


def _of_files(one: Sum) -> dict[str, Amount]:
    """Where files are that came in; bad records that were taken out of them are diverted."""
    diverted = Amount(records=one.diverted)
    if one.outcome != "delivered":
        part = one.outcome or ("held" if one.state is State.HELD else "pending")
        return {part: _whole(one) - diverted, "diverted": diverted}
    sent = Amount(files=one.files, records=one.sent, bytes=one.bytes)
    return {"delivered": sent, "filtered": Amount(records=one.filtered), "diverted": diverted}


def _of_diverted(one: Sum) -> dict[str, Amount]:
    """Corrected records move from diverted to delivered; until then they are counted with their file."""
    if one.outcome != "delivered":
        return {}
    return {
        "delivered": Amount(records=one.sent),
        "filtered": Amount(records=one.filtered),
        "diverted": Amount(records=-one.records),
    }


def lines(sums: Iterable[Sum]) -> list[Line]:
    """A line for each business day and route, in that order."""
    found: dict[tuple[date, str], Line] = {}
    for one in sums:
        key = one.day, one.route
        found[key] = found.get(key, Line(day=one.day, route=one.route)).with_sum(one)
    return [found[key] for key in sorted(found)]


def total(each: Sequence[Line]) -> Line:
    """Everything together."""
    whole = Line(day=None, route=None)
    for line in each:
        whole = whole.joined(line)
    return whole


def rows(each: Iterable[Line]) -> list[dict[str, str | int | None]]:
    """For sheets: a row for each line and unit, under the keys of ``TITLES_JA``."""
    return [_row(line, unit) for line in each for unit in UNITS]


def _row(line: Line, unit: str) -> dict[str, str | int | None]:
    return {
        "day": line.day.isoformat() if line.day else None,
        "route": line.route,
        "unit": unit,
        "in": getattr(line.arrived, unit),
        **{part: getattr(line.parts[part], unit) for part in PARTS},
        "difference": getattr(line.difference, unit),
        "taken": None if line.taken is None else getattr(line.taken, unit),
        "uncounted": line.uncounted,
        "replayed": line.replayed,
    }
