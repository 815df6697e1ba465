"""The outcome of a comparison, counted out of its joined tables. Keys leave as keyed digests alone."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from gateway.comparison.joining import Joining
from gateway.comparison.normalisers import Which, literal
from gateway.comparison.outcome import (
    ControlTotal,
    Difference,
    GroupTotals,
    ItemCount,
    Outcome,
    Tally,
    ToleranceUse,
    Verdict,
)
from gateway.comparison.sides import NotCompared
from gateway.comparison.task import Task
from gateway.formats.ondisk import created

SIDES: tuple[Which, Which] = ("old", "new")
MOST_GROUPS = 5000
_GROUP = re.compile(r"\d{5,6}")
_DIGEST = 24
"""Hex digits of a digest: 96 bits."""


class Account:
    """Counts what a comparison found, and lists the first differences."""

    def __init__(self, task: Task, joining: Joining) -> None:
        self._task, self._rules, self._joining = task, task.rules, joining

    def outcome(self, uses: tuple[ToleranceUse, ...]) -> Outcome:
        """The whole result; ``uses`` are those of the tolerances."""
        (only_old, only_new, changed, unexplained) = self._joining.one(
            "SELECT count(*) FILTER (new IS NULL), count(*) FILTER (old IS NULL), "
            "count(*) FILTER (old IS NOT NULL AND new IS NOT NULL), count(*) FILTER (NOT tolerated) FROM judged"
        )
        self._list()
        if self._task.values is not None:
            self._write_values(self._task.values)
        return Outcome(
            verdict=_verdict(only_old + only_new + changed, unexplained),
            old=self._tally("old"),
            new=self._tally("new"),
            only_old=only_old,
            only_new=only_new,
            changed=changed,
            unexplained=unexplained,
            items=self._item_counts(),
            tolerances=uses,
            totals=tuple(self._totals()),
            differences=tuple(self._differences()),
        )

    def _tally(self, which: Which) -> Tally:
        records, keys, doubled = self._joining.one(
            f"SELECT (SELECT count(*) FROM {which}), count(*), coalesce(sum(c), 0) "
            f"FROM (SELECT count(*) AS c FROM {which} WHERE k IN (FROM twice) GROUP BY k HAVING c > 1)"
        )
        return Tally(records=records, duplicate_keys=keys, duplicate_records=int(doubled))

    def _item_counts(self) -> tuple[ItemCount, ...]:
        columns = [
            f"count(*) FILTER (d{at}), count(*) FILTER (d{at} AND {self._joining.tolerated(at)})"
            for at in range(len(self._rules.items))
        ]
        counts = self._joining.one(f"SELECT {', '.join(columns)} FROM flags") if columns else ()
        return tuple(
            ItemCount(item=pair.name, changed=counts[2 * at], tolerated=counts[2 * at + 1])
            for at, pair in enumerate(self._rules.items)
        )

    def _totals(self) -> Iterator[GroupTotals]:
        """Of all records, then of each group in the order of its name."""
        whole = {which: self._sums(which) for which in SIDES}
        yield GroupTotals(group="", old=whole["old"][""], new=whole["new"][""])
        if not self._rules.group:
            return
        groups = {which: self._sums(which, grouped=True) for which in SIDES}
        for group in sorted(groups["old"].keys() | groups["new"].keys()):
            shown = group if _GROUP.fullmatch(group) else f"#{self._digest(group)}"
            yield GroupTotals(group=shown, old=groups["old"].get(group), new=groups["new"].get(group))

    def _sums(self, which: Which, *, grouped: bool = False) -> dict[str, ControlTotal]:
        names = self._rules.totals
        sums = [f", sum(s{at}), count(*) FILTER (x{at})" for at in range(len(names))]
        rows = self._joining.run(
            f"SELECT {'g' if grouped else literal('')}, count(*), bit_xor(hash(k)), sum(hash(k)::HUGEINT)"
            f"{''.join(sums)} FROM {which} {'GROUP BY g' if grouped else ''} LIMIT {MOST_GROUPS + 1}"
        ).fetchall()
        if len(rows) > MOST_GROUPS:
            message = f"{self._rules.group} has more than {MOST_GROUPS} values and is no municipality"
            raise NotCompared(message, hint="name another item in municipality")
        return {
            name: ControlTotal(
                records=count,
                sums={one: Decimal(rest[2 * at] or 0).normalize() for at, one in enumerate(names)},
                not_numbers={one: rest[2 * at + 1] for at, one in enumerate(names)},
                keys=self._digest(f"{xor}:{added}"),
            )
            for name, count, xor, added, *rest in rows
        }

    def _list(self) -> None:
        """Choose what is listed: the first differences, by the numbers of their records."""
        order = "coalesce(old, new), old IS NULL, new"
        self._joining.run(f"CREATE TABLE listed AS FROM judged ORDER BY {order} LIMIT {self._task.listed}")

    def _differences(self) -> Iterator[Difference]:
        flags = ", ".join(f"coalesce(d{at}, false)" for at in range(len(self._rules.items)))
        rows = self._joining.run(
            f"SELECT l.k, l.old, l.new, l.tolerated, [{flags}] FROM listed l LEFT JOIN flags f "
            "ON l.old = f.old AND l.new = f.new ORDER BY coalesce(l.old, l.new), l.old IS NULL, l.new"
        ).fetchall()
        for key, old, new, tolerated, differs in rows:
            named = zip(self._rules.items, differs, strict=True)
            yield Difference(
                key=self._digest(key),
                old_record=old,
                new_record=new,
                items=tuple(pair.name for pair, flag in named if flag),
                tolerated=tolerated,
            )

    def _digest(self, text: str) -> str:
        return hmac.new(self._task.secret, text.encode(), hashlib.sha256).hexdigest()[:_DIGEST]

    def _write_values(self, path: Path) -> None:
        """The values of the listed differences, for the person who asked for them."""
        for which in SIDES:
            numbers = f"SELECT {which} FROM listed WHERE {which} IS NOT NULL ORDER BY {which}"
            self._joining.run(f"CREATE TABLE {which}_listed AS FROM {self._joining.again(which, numbers)}")
        with created(path) as raw, io.TextIOWrapper(raw, encoding="utf-8", newline="") as text:
            out = csv.writer(text)
            out.writerow(("old record", "new record", "key", "item", "old value", "new value"))
            for at, pair in enumerate(self._rules.items):
                out.writerows(self._values_of(at, pair.name))

    def _values_of(self, at: int, item: str) -> list[tuple[Any, ...]]:
        return self._joining.run(
            f"SELECT l.old, l.new, l.k, {literal(item)}, o{at}, n{at} FROM listed l "
            "LEFT JOIN old_listed o ON l.old = o.r LEFT JOIN new_listed n ON l.new = n.r "
            f"WHERE o{at} IS DISTINCT FROM n{at} ORDER BY coalesce(l.old, l.new), l.old IS NULL"
        ).fetchall()


def _verdict(differing: int, unexplained: int) -> Verdict:
    if unexplained:
        return Verdict.DIFFERENT
    return Verdict.EQUIVALENT if differing else Verdict.EQUAL
