"""Records of two sides brought together by key, told apart, and judged by the tolerances."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.comparison.normalisers import Normaliser, Which, literal
from gateway.comparison.outcome import ToleranceUse
from gateway.comparison.rules import Tolerance
from gateway.comparison.sides import Scan, lines
from gateway.comparison.task import Task
from gateway.formats.ondisk import created

if TYPE_CHECKING:
    import duckdb

NUMBER = "DECIMAL(38, 9)"
"""What numbers are summed and subtracted as."""

_BATCH = 20_000


@dataclass(frozen=True)
class _Rule:
    """A tolerance in force: its place in the register, and the SQL of what it covers, by item."""

    number: int
    tolerance: Tolerance


class Joining:
    """The tables of one comparison over one connection.

    Tables: ``old`` and ``new`` (r, k, h, totals), ``apart`` (numbers of the records that differ or have no partner, and
    their key), ``flags`` (per pair that differs: which items do, which rules cover each), ``judged`` (all that differs,
    with what is tolerated).
    """

    def __init__(
        self, task: Task, scans: dict[Which, Scan], engine: duckdb.DuckDBPyConnection, folder: Path
    ) -> None:
        self._task, self._scans, self._engine = task, scans, engine
        self._rules, self._folder = task.rules, folder
        self._joins: dict[Which, list[str]] = {which: [] for which in scans}
        self._tables = 0
        self._values = {which: self._normalised(which) for which in scans}
        self._active = [
            _Rule(number, one) for number, one in enumerate(task.rules.tolerances) if one.holds(task.today)
        ]

    def joined(self) -> tuple[ToleranceUse, ...]:
        """Fill every table, in order."""
        for which in self._scans:
            self._load(which)
        self._tell_apart()
        self._flag()
        uses = tuple(self._weigh())
        self._judge()
        return uses

    def run(self, sql: str) -> duckdb.DuckDBPyConnection:
        """Execute a statement."""
        return self._engine.execute(sql)

    def one(self, sql: str) -> tuple[Any, ...]:
        """The one row of an aggregate."""
        found = self.run(sql).fetchone()
        assert found is not None, "an aggregate gives one row"
        return tuple(found)

    def _normalised(self, which: Which) -> list[str]:
        """An expression for each pair's value after its normalisers; what they join is added to the scan."""
        found = []
        for pair, value in zip(self._rules.pairs, self._scans[which].values, strict=True):
            expression = f"({value})"
            for step in pair.normalisers:
                sql = step.sql(expression)
                if step.is_for(which):
                    expression = f"({sql})" if sql else self._rewritten(which, step, expression)
            found.append(expression)
        return found

    def _rewritten(self, which: Which, step: Normaliser, value: str) -> str:
        """A value after a function, by way of a table that is joined to the side's scan."""
        table = self._table(step, f"SELECT {value} AS v FROM {self.source(which)}")
        self._joins[which].append(f"LEFT JOIN {table} ON {value} = {table}.v")
        return f"coalesce({table}.w, {value})"

    def _table(self, step: Normaliser, values: str) -> str:
        """Have a function say what becomes of each distinct value ``v``; what it changes is in the table."""
        self._tables += 1
        table, path = f"w{self._tables}", self._folder / f"w{self._tables}.csv"
        distinct = f"SELECT DISTINCT v FROM ({values}) WHERE {step.guard('v')}"
        with created(path) as raw, io.TextIOWrapper(raw, encoding="utf-8", newline="") as text:
            csv.writer(text, quoting=csv.QUOTE_ALL).writerows(self._changes(step.function(), distinct))
        self.run(f"CREATE TABLE {table} AS FROM {lines([path], ['v', 'w'])}")
        return table

    def _changes(self, function: Callable[[str], str], sql: str) -> Iterator[tuple[str, str]]:
        found = self.run(sql)
        while rows := found.fetchmany(_BATCH):
            for (value,) in rows:
                changed = function(value)
                if changed != value:
                    yield value, changed

    def source(self, which: Which) -> str:
        """Where the values of a side are read, with the record's number, from 1, as ``r``."""
        numbered = f"(SELECT *, row_number() OVER () AS r FROM {self._scans[which].source})"
        return " ".join([numbered, *self._joins[which]])

    def key(self, which: Which) -> str:
        """One text for a key; several items are told apart by their lengths."""
        parts = self._values[which][: len(self._rules.key)]
        if len(parts) == 1:
            return parts[0]
        return " || ".join(f"length({part}) || ':' || {part}" for part in parts)

    def _of(self, which: Which, name: str) -> str:
        return self._values[which][self._rules.index(name)]

    def items_of(self, which: Which) -> list[str]:
        """The expressions of all items beside the key."""
        return self._values[which][len(self._rules.key) :]

    def _load(self, which: Which) -> None:
        """A table of keys, hashes and what totals are made of."""
        items = self.items_of(which)
        columns = ["r", f"{self.key(which)} AS k", f"hash({', '.join(items)}) AS h" if items else "0 AS h"]
        for at, name in enumerate(self._rules.totals):
            value = self._of(which, name)
            columns.append(f"try_cast({value} AS {NUMBER}) AS s{at}")
            columns.append(f"({value} <> '' AND try_cast({value} AS {NUMBER}) IS NULL) AS x{at}")
        columns.append(f"{self._of(which, self._rules.group) if self._rules.group else literal('')} AS g")
        self.run(f"CREATE TABLE {which} AS SELECT {', '.join(columns)} FROM {self.source(which)}")

    def _tell_apart(self) -> None:
        """Keys whose record has another hash on the other side, or no partner."""
        self.run(
            "CREATE TABLE twice AS SELECT k FROM old GROUP BY k HAVING count(*) > 1 "
            "UNION SELECT k FROM new GROUP BY k HAVING count(*) > 1"
        )
        once = " WHERE k NOT IN (FROM twice)" if self.has("twice") else ""
        columns = "o.r AS old, n.r AS new, coalesce(o.k, n.k) AS k"
        self.run(
            f"CREATE TABLE apart AS SELECT {columns} FROM (FROM old{once}) o FULL JOIN (FROM new{once}) n "
            "ON o.k = n.k WHERE o.h IS DISTINCT FROM n.h"
        )
        if once:
            nth = "SELECT r, k, h, row_number() OVER (PARTITION BY k, h ORDER BY r) AS i"
            doubled = [f"({nth} FROM {which} WHERE k IN (FROM twice))" for which in self._scans]
            self.run(
                f"INSERT INTO apart SELECT {columns} FROM {doubled[0]} o FULL JOIN {doubled[1]} n "
                "ON o.k = n.k AND o.h = n.h AND o.i = n.i WHERE o.r IS NULL OR n.r IS NULL"
            )

    def has(self, table: str) -> bool:
        """Whether a table has a row."""
        return bool(self.run(f"SELECT 1 FROM {table} LIMIT 1").fetchone())

    def _flag(self) -> None:
        """Look again at the values of pairs that differ."""
        for which in self._scans:
            numbers = f"SELECT {which} FROM apart WHERE old IS NOT NULL AND new IS NOT NULL ORDER BY {which}"
            self.run(f"CREATE TABLE {which}_pairs AS FROM {self.again(which, numbers)}")
        columns = ["old", "new", "k"]
        for at in range(len(self._rules.items)):
            columns.append(f"o{at} <> n{at} AS d{at}")
            columns += [
                f"coalesce({self._covers(rule.tolerance, at)}, false) AS t{rule.number}_{at}"
                for rule in self._active
                if self._rules.items[at].name in rule.tolerance.items
            ]
        self.run(
            f"CREATE TABLE flags AS SELECT {', '.join(columns)} FROM apart "
            "JOIN old_pairs o ON apart.old = o.r JOIN new_pairs n ON apart.new = n.r"
        )
        self.run("DROP TABLE old_pairs; DROP TABLE new_pairs")

    def _covers(self, tolerance: Tolerance, at: int) -> str:
        """Whether a tolerance covers the difference of an item's two values."""
        old, new = f"o{at}", f"n{at}"
        if tolerance.kind == "within":
            return f"abs(try_cast({old} AS {NUMBER}) - try_cast({new} AS {NUMBER})) <= {tolerance.within:f}"
        step = tolerance.normaliser
        if step is None:
            return "true"
        if sql := step.sql(old):
            return f"{sql} = {step.sql(new)}"
        table = self._table(step, f"SELECT {old} AS v FROM old_pairs UNION ALL SELECT {new} FROM new_pairs")
        changed = [f"coalesce((SELECT w FROM {table} WHERE v = {value}), {value})" for value in (old, new)]
        return f"{changed[0]} = {changed[1] if step.is_for('new') else new}"

    def again(self, which: Which, numbers: str) -> str:
        """The values of the records with these numbers, as o0, o1, ... or n0, n1, ..., beside their number ``r``.

        ``numbers`` is SQL that gives them in order; their lines are copied out, because that costs less than to
        take all files apart again.
        """
        self._tables += 1
        picked = self._folder / f"p{self._tables}.csv"
        found = self._engine.cursor().execute(numbers)
        chosen = (row[0] for rows in iter(lambda: found.fetchmany(_BATCH), []) for row in rows)
        self._scans[which].pick(chosen, picked)
        values = [f"{value} AS {which[0]}{at}" for at, value in enumerate(self.items_of(which))]
        source = " ".join([lines([picked], ["r", *self._scans[which].columns]), *self._joins[which]])
        return f"(SELECT {', '.join(['r::BIGINT AS r', *values])} FROM {source})"

    def _weigh(self) -> Iterator[ToleranceUse]:
        """How often each tolerance is used. One that covers more than its ``at_most`` is no longer in force."""
        for number, one in enumerate(self._rules.tolerances):
            rule = next((rule for rule in self._active if rule.number == number), None)
            covered = self._covered(rule) if rule else 0
            exceeded = one.at_most is not None and covered > one.at_most
            state = "expired" if rule is None else "exceeded" if exceeded else "used" if covered else "unused"
            if exceeded:
                self._active = [rule for rule in self._active if rule.number != number]
            yield ToleranceUse(
                rule=one.rule,
                items=one.items,
                reason=one.reason,
                owner=one.owner,
                expires=one.expires,
                covered=0 if exceeded else covered,
                state=state,
            )

    def _covered(self, rule: _Rule) -> int:
        """How many differences a rule is for."""
        tolerance = rule.tolerance
        if tolerance.kind in _ALONE:
            return int(self.one(f"SELECT count(*) FROM apart WHERE {_ALONE[tolerance.kind]}")[0])
        found = [at for at, pair in enumerate(self._rules.items) if pair.name in tolerance.items]
        counts = [f"count(*) FILTER (d{at} AND t{rule.number}_{at})" for at in found]
        return int(self.one(f"SELECT {' + '.join(counts)} FROM flags")[0])

    def _judge(self) -> None:
        """All that differs, and whether tolerances cover the whole of it."""
        alone = [_ALONE[rule.tolerance.kind] for rule in self._active if rule.tolerance.kind in _ALONE]
        every = [f"(NOT d{at} OR {self.tolerated(at)})" for at in range(len(self._rules.items))]
        self.run(
            "CREATE TABLE judged AS "
            f"SELECT old, new, k, {' OR '.join(f'({one})' for one in alone) or 'false'} AS tolerated "
            "FROM apart WHERE old IS NULL OR new IS NULL "
            f"UNION ALL SELECT old, new, k, {' AND '.join(every) or 'true'} FROM flags"
        )

    def tolerated(self, at: int) -> str:
        """Whether a rule in force covers the difference of an item."""
        name = self._rules.items[at].name
        flags = [f"t{rule.number}_{at}" for rule in self._active if name in rule.tolerance.items]
        return f"({' OR '.join(flags)})" if flags else "false"


_ALONE = {"only-old": "new IS NULL", "only-new": "old IS NULL"}
