"""Header, trailer and end records around the data records: their order, counts and totals; read and written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from gateway.formats.faults import BadRecord, BadValueError, FaultList, Wrong
from gateway.formats.fixedlength.block import Block
from gateway.formats.layouts.item import Item
from gateway.formats.records import Frame
from gateway.formats.values.fields import Losses
from gateway.formats.values.numbers import scaled_text, unscaled

Kind = Literal["header", "data", "trailer", "end"]
SCALE = 36
"""Decimals that sums are kept with: as many as an item may have."""

AROUND: tuple[Kind, ...] = ("header", "trailer", "end")
AFTER: Mapping[str, frozenset[str]] = {
    "start": frozenset({"header", "data", "trailer", "end"}),
    "header": frozenset({"data", "trailer"}),
    "data": frozenset({"data", "trailer", "end"}),
    "trailer": frozenset({"header", "data", "end"}),
    "end": frozenset(),
}
"""Which kinds of record may follow which, where the layout has them all."""


@dataclass(frozen=True, kw_only=True)
class Around:
    """One compiled header, trailer or end; ``tallied`` are the items that count or total, by index."""

    block: Block
    items: tuple[Item, ...]

    @property
    def tallied(self) -> dict[int, Item]:
        """Items whose value follows from the data records."""
        return {index: item for index, item in enumerate(self.items) if item.counts or item.totals}

    @property
    def carried(self) -> tuple[int, ...]:
        """Items that a mapping may name."""
        return tuple(index for index, item in enumerate(self.items) if item.type != "filler")

    @property
    def stands_alone(self) -> bool:
        """Whether it can be written without values from a mapping."""
        given = self.tallied
        return all(self.items[index].default is not None or index in given for index in self.carried)


@dataclass(frozen=True, kw_only=True)
class Kinds:
    """How records tell their kind, and the records around the data."""

    start: int
    marks: Mapping[bytes, Kind]
    header: Around | None = None
    trailer: Around | None = None
    end: Around | None = None
    many: bool = False

    def around(self, kind: Kind) -> Around | None:
        """The compiled record of a kind; None for data."""
        return {"header": self.header, "trailer": self.trailer, "end": self.end}.get(kind)

    def kind_of(self, body: bytes) -> Kind:
        """The kind of a record; raises ``BadValueError``."""
        size = len(next(iter(self.marks)))
        kind = self.marks.get(body[self.start : self.start + size])
        if kind is None:
            raise BadValueError("kind", "a record of a kind that the layout does not have", self.start)
        return kind


@dataclass(kw_only=True)
class Tally:
    """Data records counted and items summed since a header, or since the file began."""

    records: int = 0
    sums: dict[str, int] = field(default_factory=dict)

    def add(self, totals: Mapping[str, str]) -> None:
        """Count one data record."""
        self.records += 1
        for name, value in totals.items():
            self.sums[name] = self.sums.get(name, 0) + unscaled(value or "0", SCALE)

    def value(self, item: Item) -> str:
        """What a counting or totalling item must hold."""
        if item.counts:
            return str(self.records)
        return scaled_text(self.sums.get(item.totals, 0), SCALE)


Totals = Callable[[bytes], Mapping[str, str]]
"""The values of the totalled items of a data record, those that can be read."""


class SetReader:
    """Follows the kinds of records through one file and lets the data records pass."""

    def __init__(self, kinds: Kinds, totals: Totals, faults: FaultList) -> None:
        self._kinds, self._totals, self._faults = kinds, totals, faults
        self._before = "start"
        self._set, self._file = Tally(), Tally()
        self._head: tuple[str, ...] = ()
        self._headers = 0

    def data(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """The data records, each with the header's values; faults of the others are collected."""
        last: Frame | None = None
        for last in frames:
            try:
                yield from self._one(last)
            except BadValueError as error:
                self._faults.add(last.bad("(record)", error))
        self._finish(last)

    def _one(self, frame: Frame) -> Iterator[Frame]:
        kind = self._kinds.kind_of(frame.body)
        self._check_order(kind)
        self._before = kind
        if kind == "data":
            totals = self._totals(frame.body)
            self._set.add(totals)
            self._file.add(totals)
            yield Frame(frame.number, frame.offset, frame.body, self._head)
        elif kind == "header":
            self._set = Tally()
            self._headers += 1
            self._head = self._read(kind, frame, self._set)
        else:
            self._read(kind, frame, self._set if kind == "trailer" else self._file)

    def _check_order(self, kind: Kind) -> None:
        again = kind == "header" and self._headers and not self._kinds.many
        if kind not in AFTER[self._before] or again or self._misses(kind):
            raise BadValueError(
                "order", f"a {kind} record after {self._before}; header, data and trailer follow"
            )

    def _misses(self, kind: Kind) -> bool:
        """Whether a record that the layout has should have come before this one."""
        kinds = self._kinds
        unopened = (
            kinds.header is not None and self._before in {"start", "trailer"} and kind in {"data", "trailer"}
        )
        unclosed = (
            kinds.trailer is not None and self._before in {"header", "data"} and kind in {"header", "end"}
        )
        return unopened or unclosed

    def _finish(self, last: Frame | None) -> None:
        ends = "end" if self._kinds.end else "trailer" if self._kinds.trailer else ""
        if last is not None and ends and self._before != ends:
            self._faults.add(
                last.bad("(file)", BadValueError("order", f"the file ends without its {ends} record"))
            )

    def _read(self, kind: Kind, frame: Frame, tally: Tally) -> tuple[str, ...]:
        around = self._kinds.around(kind)
        assert around is not None

        def on_bad(item: str, error: BadValueError) -> None:
            self._faults.add(frame.bad(f"{kind}.{item}", error))

        before = self._faults.total
        values = around.block.read(frame.body, on_bad, Losses())
        if self._faults.total == before:
            self._check_tallied(kind, around, values, tally, frame)
        return tuple(values[index] for index in around.carried)

    def _check_tallied(
        self, kind: Kind, around: Around, values: Sequence[str], tally: Tally, frame: Frame
    ) -> None:
        for index, item in around.tallied.items():
            if values[index] != tally.value(item):
                rule = "count" if item.counts else "total"
                error = BadValueError(rule, f"the {rule} does not agree with the data records before it")
                self._faults.add(frame.bad(f"{kind}.{item.label}", error))


class SetWriter:
    """Writes the records around the data: a new set whenever the header's values change."""

    def __init__(self, kinds: Kinds, framed: Callable[[bytes], bytes]) -> None:
        self._kinds, self._framed = kinds, framed
        self._set, self._file = Tally(), Tally()
        self._head: tuple[str | None, ...] | None = None

    def before(self, head: Sequence[str | None], wrong: Wrong) -> bytes:
        """What stands between the record before and one under this header."""
        if self._head is not None and tuple(head) == self._head:
            return b""
        if self._head is not None and not self._kinds.many:
            wrong.append(
                ("(header)", BadValueError("header", "the header's values change, the layout has one set"))
            )
            return b""
        closing = self._closed(wrong) if self._head is not None else b""
        self._head, self._set = tuple(head), Tally()
        return closing + self._around(self._kinds.header, head, self._set, wrong)

    def add(self, totals: Mapping[str, str]) -> None:
        """Count a data record."""
        self._set.add(totals)
        self._file.add(totals)

    def close(self) -> bytes:
        """Trailer and end. A file without records has them too, if the header needs no values.

        Raises ``BadRecords`` if a count or a total does not fit.
        """
        wrong: Wrong = []
        header = self._kinds.header
        if self._head is not None:
            opening = b""
        elif header is None or header.stands_alone:
            opening = self._around(header, [None] * (len(header.carried) if header else 0), self._set, wrong)
        else:
            return b""
        closing = opening + self._closed(wrong) + self._around(self._kinds.end, (), self._file, wrong)
        _refuse(wrong)
        return closing

    def _closed(self, wrong: Wrong) -> bytes:
        return self._around(self._kinds.trailer, (), self._set, wrong)

    def _around(
        self, around: Around | None, given: Sequence[str | None], tally: Tally, wrong: Wrong
    ) -> bytes:
        if around is None:
            return b""
        values: list[str | None] = [None] * around.block.width
        for index, value in zip(around.carried, given, strict=False):
            values[index] = value
        for index, item in around.tallied.items():
            values[index] = tally.value(item)

        def on_bad(item: str, error: BadValueError) -> None:
            wrong.append((item, error))

        return self._framed(around.block.write(values, on_bad, Losses()))


def _refuse(wrong: Wrong) -> None:
    """Raises ``BadRecords`` for what cannot be written at a file's end."""
    faults = FaultList()
    for item, error in wrong:
        faults.add(BadRecord(record=0, offset=0, item=item, rule=error.rule, message=str(error)))
    faults.raise_if_any()
