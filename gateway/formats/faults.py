"""What can be wrong: faults in what people wrote, and records that cannot be converted. Never a value.

A fault names the place in a model (layout, mapping, profile, table); a bad record names record, item, offset and
rule. Neither carries anything that stood in a record: these texts go into logs and alarms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from gateway.formats.rules import RULES, Kind

REPORTED = 100
"""How many bad records a report lists; the total counts all of them."""


@dataclass(frozen=True, kw_only=True)
class FormatFault:
    """One fault in a layout, mapping, profile or 外字 table.

    ``location`` leads into that model as pydantic's ``loc`` does; in a table it is (line,) or (line, column name).
    """

    model: Literal["layout", "mapping", "profile", "table", "lookup"]
    name: str
    location: tuple[str | int, ...] = ()
    message: str

    def __str__(self) -> str:
        """The place, then what is wrong and what to write."""
        place = ".".join(str(part) for part in self.location)
        return f"{self.model} {self.name}{f' at {place}' if place else ''}: {self.message}"


class FormatFaults(Exception):
    """Every fault that was found, at once."""

    def __init__(self, faults: tuple[FormatFault, ...]) -> None:
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = faults


@dataclass(frozen=True, kw_only=True)
class BadRecord:
    """One item of one record that cannot be converted.

    ``record`` counts the records of the file from 1, those around the data included (0: a CSV's header line, or the
    file as a whole). ``offset`` is the byte in the
    source file, from 0. ``rule`` is a key of ``gateway.formats.rules.RULES``.
    """

    record: int
    offset: int
    item: str
    rule: str
    message: str
    kind: Kind = field(init=False)
    """Follows from the rule."""

    def __post_init__(self) -> None:
        """Say which kind of error the rule is."""
        object.__setattr__(self, "kind", RULES[self.rule].kind)


@dataclass(frozen=True, kw_only=True)
class BadRecordReport:
    """The first bad records of a file (at most 100), and how many faults there are in all."""

    records: tuple[BadRecord, ...]
    total: int

    def __str__(self) -> str:
        """The count and the first one."""
        first = self.records[0]
        return (
            f"{self.total} fault(s); first: record {first.record}, item {first.item}, offset {first.offset}, "
            f"rule {first.rule}: {first.message}"
        )


class BadRecords(Exception):
    """The file holds records that cannot be converted; nothing of it may be delivered."""

    def __init__(self, report: BadRecordReport) -> None:
        super().__init__(str(report))
        self.report = report


Wrong = list[tuple[str, "BadValueError"]]
"""Items of one record that cannot be written, and why."""


class BadValueError(ValueError):
    """One value cannot be read or written; ``at`` is the byte within the item where it shows."""

    def __init__(self, rule: str, message: str, at: int = 0) -> None:
        super().__init__(message)
        self.rule = rule
        self.at = at


@dataclass(frozen=True, kw_only=True)
class Converted:
    """What one conversion did.

    ``losses`` counts declared losses, ``warnings`` what is odd and passes, both as item and kind to number of values.
    ``filtered`` are records that the route's ``select`` leaves out: in = out + filtered.
    """

    records_in: int
    records_out: int
    bytes_out: int
    losses: Mapping[str, int] = field(default_factory=dict)
    warnings: Mapping[str, int] = field(default_factory=dict)
    filtered: int = 0


class FaultList:
    """Collects bad records while a file is read: keeps the first hundred, counts all."""

    def __init__(self) -> None:
        self._kept: list[BadRecord] = []
        self.total = 0

    def add(self, bad: BadRecord) -> None:
        """Count one, and keep it if there is room."""
        self.total += 1
        if len(self._kept) < REPORTED:
            self._kept.append(bad)

    @property
    def first(self) -> tuple[BadRecord, ...]:
        """Those that are kept."""
        return tuple(self._kept)

    def raise_if_any(self) -> None:
        """Raises ``BadRecords`` if one was added."""
        if self.total:
            raise BadRecords(BadRecordReport(records=tuple(self._kept), total=self.total))
