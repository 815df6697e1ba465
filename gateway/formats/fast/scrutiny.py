"""What kernels leave to Python: whether a record goes on, and what is checked of a line beyond the types of its items.

Asked of the records that a kernel has converted, many at a time, and remembered by the bytes that an answer depends
on: most records of a file have one of few combinations of codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import compress
from operator import not_

from gateway.formats.faults import BadValueError
from gateway.formats.fixedlength.fixed import FixedRecords
from gateway.formats.selection import FILTERED, Selecting
from gateway.formats.standardized.csvchecks import CHECK_DIGIT, Rule, agrees
from gateway.formats.standardized.csvfields import CheckedCsv
from gateway.formats.standardized.delimited import CsvRecords
from gateway.formats.values.fields import Losses

GOES_ON, LEFT_OUT, ASK = range(3)
"""Verdicts; ``ASK``: the reference path must decide, and says what is wrong."""

REMEMBERED = 1 << 16
"""Verdicts that are kept; beyond, all are forgotten."""

Key = tuple[bytes, ...]
Verdicts = list[int] | None
"""One for each record; None: all go on."""
Columns = Sequence[Sequence[bytes]]
"""The cells of some lines by column."""


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Verdicts by what they depend on."""

    judge: Callable[[Key], int]
    known: dict[Key, int] = field(default_factory=dict)

    def of(self, keys: Sequence[Key]) -> Verdicts:
        """The verdicts on records that depend on these bytes."""
        found = {key: self._one(key) for key in set(keys)}
        return [found[key] for key in keys] if any(found.values()) else None

    def _one(self, key: Key) -> int:
        verdict = self.known.get(key)
        if verdict is None:
            if len(self.known) >= REMEMBERED:
                self.known.clear()
            verdict = self.known[key] = self.judge(key)
        return verdict


def _else(first: Verdicts, second: Verdicts) -> Verdicts:
    """The first verdict where it is another one than that the record goes on, else the second."""
    if first is None or second is None:
        return first or second
    return [one or other for one, other in zip(first, second, strict=True)]


def _columns(lines: Sequence[bytes]) -> Columns:
    return list(zip(*[line.split(b",") for line in lines], strict=True))


class LineChecks:
    """The checks of a CSV layout, for lines whose items are of their types."""

    def __init__(self, records: CsvRecords) -> None:
        self._records = records
        self._checks = [*self._of_columns(), *self._of_rules()]

    def of(self, columns: Columns) -> Verdicts:
        """The verdicts on some lines."""
        verdicts: Verdicts = None
        for asked, memory in self._checks:
            verdicts = _else(verdicts, memory.of(list(zip(*[columns[at] for at in asked], strict=True))))
        return verdicts

    def warn(self, columns: Columns, verdicts: Verdicts, losses: Losses) -> None:
        """Count the warnings about those that go on."""
        for at, label in self._records.checks.digits:
            cells = columns[at] if verdicts is None else compress(columns[at], map(not_, verdicts))
            wrong = sum(1 for cell in cells if cell and not agrees(cell.decode()))
            if wrong:
                losses[f"{label}: {CHECK_DIGIT}"] += wrong

    def _of_columns(self) -> Iterator[tuple[tuple[int, ...], Memory]]:
        for at, csv in enumerate(self._records.fields):
            if isinstance(csv, CheckedCsv):
                yield (at,), Memory(judge=partial(self._fits, (at,), None))

    def _of_rules(self) -> Iterator[tuple[tuple[int, ...], Memory]]:
        for rule in self._records.checks.rules:
            asked = tuple(sorted(rule.that.items | (rule.when.items if rule.when else frozenset())))
            yield asked, Memory(judge=partial(self._fits, asked, rule))

    def _fits(self, asked: tuple[int, ...], rule: Rule | None, key: Key) -> int:
        """The verdict on some cells by their own checks, and by a rule."""
        values = [""] * len(self._records.fields)
        try:
            for at, cell in zip(asked, key, strict=True):
                values[at] = self._records.fields[at].read(cell.decode()) if cell else ""
        except (BadValueError, UnicodeDecodeError):
            return ASK
        return ASK if rule is not None and rule.broken(values) else GOES_ON


def _verdict(selecting: Selecting, values: Sequence[str]) -> int:
    return GOES_ON if selecting.goes_on(dict(zip(selecting.items, values, strict=True))) else LEFT_OUT


class LegacySieve:
    """Which records of a legacy file go on."""

    def __init__(self, selecting: Selecting, source: FixedRecords) -> None:
        self._selecting = selecting
        placed = {one.index: one for one in source.block.placed}
        self._placed = tuple(placed[at] for at in selecting.items)
        self._memory = Memory(judge=self._judged)

    def of(self, records: bytes, step: int) -> Verdicts:
        """The verdicts on records of ``step`` bytes each."""
        starts = range(0, len(records), step)
        parts = [[records[at + one.start : at + one.end] for at in starts] for one in self._placed]
        return self._memory.of(list(zip(*parts, strict=True)))

    def _judged(self, key: Key) -> int:
        try:
            pairs = zip(self._placed, key, strict=True)
            return _verdict(self._selecting, [placed.read(raw, Losses()) for placed, raw in pairs])
        except (BadValueError, UnicodeDecodeError):
            return ASK


class CsvSieve:
    """Which lines of a CSV file go on."""

    def __init__(self, selecting: Selecting, source: CsvRecords) -> None:
        self._selecting, self._source = selecting, source
        self._memory = Memory(judge=self._judged)

    def of(self, columns: Columns) -> Verdicts:
        """The verdicts on some lines."""
        return self._memory.of(list(zip(*[columns[at] for at in self._selecting.items], strict=True)))

    def of_lines(self, lines: Sequence[bytes]) -> Verdicts:
        """The same for lines without their ends."""
        return self.of(_columns(lines))

    def _judged(self, key: Key) -> int:
        fields = [self._source.fields[at] for at in self._selecting.items]
        try:
            pairs = zip(fields, key, strict=True)
            return _verdict(self._selecting, [csv.read(cell.decode()) if cell else "" for csv, cell in pairs])
        except (BadValueError, UnicodeDecodeError):
            return ASK


@dataclass(frozen=True, kw_only=True)
class UpScrutiny:
    """What is asked of records on their way to CSV."""

    losses: Losses
    sieve: LegacySieve | None = None
    checks: LineChecks | None = None

    def of(self, records: bytes, step: int, lines: Sequence[bytes]) -> Verdicts:
        """The verdicts on records and the lines that they became; those that are left out are counted."""
        verdicts = None if self.sieve is None else self.sieve.of(records, step)
        if verdicts is not None:
            self.losses[FILTERED] += verdicts.count(LEFT_OUT)
        if self.checks is not None:
            columns = _columns(lines)
            verdicts = _else(verdicts, self.checks.of(columns))
            self.checks.warn(columns, verdicts, self.losses)
        return verdicts


@dataclass(frozen=True, kw_only=True)
class DownScrutiny:
    """What is asked of lines on their way to legacy records."""

    losses: Losses
    sieve: CsvSieve | None = None
    checks: LineChecks | None = None

    def of(self, lines: Sequence[bytes]) -> Verdicts:
        """The verdicts on lines, which are checked whether they go on or not; those left out are counted."""
        columns, verdicts = _columns(lines), None
        if self.checks is not None:
            verdicts = self.checks.of(columns)
            self.checks.warn(columns, verdicts, self.losses)
        if self.sieve is not None:
            verdicts = _else(verdicts, self.sieve.of(columns))
            self.losses[FILTERED] += verdicts.count(LEFT_OUT) if verdicts else 0
        return verdicts


def up_scrutiny(
    source: FixedRecords, target: CsvRecords, selecting: Selecting | None, losses: Losses
) -> UpScrutiny | None:
    """What a conversion to CSV asks of its records, if it asks anything."""
    if selecting is None and not target.checked:
        return None
    return UpScrutiny(
        losses=losses,
        sieve=LegacySieve(selecting, source) if selecting else None,
        checks=LineChecks(target) if target.checked else None,
    )


def down_scrutiny(source: CsvRecords, selecting: Selecting | None, losses: Losses) -> DownScrutiny | None:
    """What a conversion from CSV asks of its lines, if it asks anything."""
    if selecting is None and not source.checked:
        return None
    return DownScrutiny(
        losses=losses,
        sieve=CsvSieve(selecting, source) if selecting else None,
        checks=LineChecks(source) if source.checked else None,
    )
