"""Conditions on the items of a record, as people write them: in rules, output conditions and ``select``.

::

    異動事由 = "01" and 異動日 >= "2027-01-01"
    区分 in ("1", "2") or not 法人名 is empty
    (開始日 is empty or 終了日 >= 開始日) and 金額 < 1000000

On the left stands an item, by name or ID. On the right stands a text in quotes, a number, or another item. Numbers
are compared as numbers where the item on the left is a numeric one, everything else as text: dates and codes of one
length come in their order. An order (``<`` and the like) that is asked of an empty value does not hold.
"""

from __future__ import annotations

import difflib
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from gateway.formats.layouts.layout import Layout

NUMERIC = frozenset({"zoned", "packed", "binary", "float", "9", "9V", "S9"})
LONGEST = 2000
"""Characters of a condition: whoever needs more needs a code list."""

Test = Callable[[Sequence[str]], bool]
Order = Callable[[Any, Any], bool]
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"]*"|'[^']*')|(?P<sign><=|>=|!=|[=<>(),])"""
    r"""|(?P<word>[^\s"'<>=!(),]+(?:\(\d+\)[^\s"'<>=!(),]*)*))"""
)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_ORDERS: Mapping[str, Order] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class ConditionError(ValueError):
    """A condition that cannot be understood; says what to write."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A condition made ready for the records of one layout; ``items`` are the indexes that it looks at."""

    text: str
    test: Test
    items: frozenset[int]

    def holds(self, values: Sequence[str]) -> bool:
        """Whether these canonical values meet it."""
        return self.test(values)


def condition(text: str, layout: Layout) -> Condition:
    """Read a condition; raises ``ConditionError``."""
    parser = _Parser(text, layout)
    test = parser.whole()
    return Condition(text=text, test=test, items=frozenset(parser.items))


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    if len(text) > LONGEST:
        raise ConditionError(f"longer than {LONGEST} characters")
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise ConditionError(f"not understood from character {at + 1} on")
        kind = match.lastgroup or ""
        yield kind, match[kind]
        at = match.end()


class _Parser:
    """Recursive descent: or, and, not, parentheses, comparisons."""

    def __init__(self, text: str, layout: Layout) -> None:
        self.layout, self.names = layout, layout.names()
        self.tokens = list(_tokens(text))
        self.at = self.depth = 0
        self.items: set[int] = set()

    def whole(self) -> Test:
        """The test of the whole text."""
        test = self._either()
        if self.at < len(self.tokens):
            raise ConditionError(f"{self._shown()} stands where the condition should end")
        return test

    def _shown(self) -> str:
        kind, token = self._next()
        return "a text in quotes" if kind == "text" else token or "the end"

    def _next(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("", "")

    def _took(self, *tokens: str) -> bool:
        """Move on if one of these words or signs is next."""
        kind, token = self._next()
        found = kind in ("word", "sign") and token in tokens
        self.at += found
        return found

    def _want(self, token: str) -> None:
        if not self._took(token):
            raise ConditionError(f"{token} should stand where {self._shown()} does")

    def _either(self) -> Test:
        tests = [self._both()]
        while self._took("or"):
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda values: any(test(values) for test in tests)

    def _both(self) -> Test:
        tests = [self._unit()]
        while self._took("and"):
            tests.append(self._unit())
        return tests[0] if len(tests) == 1 else lambda values: all(test(values) for test in tests)

    def _unit(self) -> Test:
        self.depth += 1
        if self.depth > 50:  # noqa: PLR2004 - deeper is no condition of a person
            raise ConditionError("nested too deeply")
        try:
            return self._inner()
        finally:
            self.depth -= 1

    def _inner(self) -> Test:
        if self._took("not"):
            inner = self._unit()
            return lambda values: not inner(values)
        if self._took("("):
            inner = self._either()
            self._want(")")
            return inner
        return self._comparison(self._item())

    def _item(self) -> int:
        kind, name = self._next()
        if kind != "word" or name not in self.names:
            near = difflib.get_close_matches(name, self.names, n=1, cutoff=0.3)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ConditionError(f"{self._shown()} is no item of layout {self.layout.name}{hint}")
        self.at += 1
        self.items.add(self.names[name])
        return self.names[name]

    def _comparison(self, item: int) -> Test:
        if self._took("is"):
            wanted = not self._took("not")
            self._want("empty")
            return lambda values: (not values[item]) == wanted
        if self._took("in"):
            return self._listed(item)
        kind, sign = self._next()
        if kind != "sign" or sign not in _ORDERS:
            raise ConditionError(
                f"after an item stands one of = != < <= > >= in, is empty; not {self._shown()}"
            )
        self.at += 1
        right = self._right()
        return self._compared(item, sign, right)

    def _listed(self, item: int) -> Test:
        self._want("(")
        values = [self._right()]
        while self._took(","):
            values.append(self._right())
        self._want(")")
        tests = [self._compared(item, "=", value) for value in values]
        return lambda values: any(test(values) for test in tests)

    def _right(self) -> str | int:
        """A text, or the index of an item."""
        kind, token = self._next()
        if kind == "text":
            self.at += 1
            return token[1:-1]
        if kind == "word" and _NUMBER.fullmatch(token):
            self.at += 1
            return token
        if kind == "word" and token in self.names:
            return self._item()
        raise ConditionError(f"{self._shown()} is neither an item nor a number; a text stands in quotes")

    def _compared(self, item: int, sign: str, right: str | int) -> Test:
        order = _ORDERS[sign]
        ordered = sign not in ("=", "!=")
        numeric = self.layout.leaves[item].item.type in NUMERIC
        if numeric and isinstance(right, str) and right and not _NUMBER.fullmatch(right):
            raise ConditionError(
                f"{self.layout.leaves[item].item.label} is a number, and is compared with a text"
            )

        def test(values: Sequence[str]) -> bool:
            one, other = values[item], values[right] if isinstance(right, int) else right
            if ordered and not (one and other):
                return False
            if numeric and one and other:
                return _numbers(order, one, other)
            return order(one, other)

        return test


def _numbers(order: Order, one: str, other: str) -> bool:
    """Compare as numbers; a value that is none (a declared meaning) is compared as text."""
    try:
        return order(Decimal(one), Decimal(other))
    except InvalidOperation:
        return order(one, other)
