"""What a comparison found: a verdict and counts. No value of a record is in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Verdict(StrEnum):
    """``equivalent``: there are differences, and every one is covered by a tolerance."""

    EQUAL = "equal"
    EQUIVALENT = "equivalent"
    DIFFERENT = "different"

    @property
    def clean(self) -> bool:
        """Whether no unexplained difference is left."""
        return self is not Verdict.DIFFERENT


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Records of one side: how many, how many keys stand more than once, and in how many records."""

    records: int
    duplicate_keys: int
    duplicate_records: int


@dataclass(frozen=True, kw_only=True)
class ItemCount:
    """In how many pairs of records an item differs, and in how many of them a tolerance covers it."""

    item: str
    changed: int
    tolerated: int


@dataclass(frozen=True, kw_only=True)
class ToleranceUse:
    """One entry of the register: how many differences it covered. One that has expired covers none."""

    rule: str
    items: tuple[str, ...]
    reason: str
    owner: str
    expires: date
    covered: int
    state: str
    """``used``, ``unused``, ``expired``, or ``exceeded`` (more differences than its ``at_most``)."""


@dataclass(frozen=True, kw_only=True)
class ControlTotal:
    """Control totals of one side, of all records or of one group of them.

    Attributes:
        sums: by item; values that are no numbers count as nothing.
        not_numbers: by item, how many such values that are not empty there were.
        keys: a keyed digest of the set of keys, equal on both sides if and only if the sets are.
    """

    records: int
    sums: dict[str, Decimal]
    not_numbers: dict[str, int]
    keys: str


@dataclass(frozen=True, kw_only=True)
class GroupTotals:
    """The control totals of both sides; ``group`` is empty for all records."""

    group: str
    old: ControlTotal | None
    new: ControlTotal | None

    @property
    def agree(self) -> bool:
        """Whether both sides show the same."""
        return self.old == self.new


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One record that differs: a keyed digest of its key, its number on each side, and what differs.

    ``items`` is empty where the record stands on one side alone.
    """

    key: str
    old_record: int | None
    new_record: int | None
    items: tuple[str, ...]
    tolerated: bool


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A whole comparison. ``changed`` counts pairs of records; ``unexplained`` records that no tolerance covers.

    Records of a key that stands more than once on either side are matched whole: what has no equal partner counts as
    only old or only new.
    """

    verdict: Verdict
    old: Tally
    new: Tally
    only_old: int
    only_new: int
    changed: int
    unexplained: int
    items: tuple[ItemCount, ...]
    tolerances: tuple[ToleranceUse, ...]
    totals: tuple[GroupTotals, ...]
    differences: tuple[Difference, ...]
    """The first of them, by their numbers."""

    @property
    def tolerated(self) -> int:
        """Records that differ and are covered by tolerances."""
        return self.only_old + self.only_new + self.changed - self.unexplained
