"""Checks of standardized CSV beyond the types: code lists, characters, conditions between items, check digits.

The kinds of error are those of the published interface: required, characters, length, correlation. A value outside
its code list is reported as ``code``. A wrong check digit is a warning that is counted, because numbers that exist
are not renumbered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from operator import mul
from typing import TYPE_CHECKING

from gateway.formats.faults import BadValueError, FormatFault, Wrong
from gateway.formats.layouts.conditions import Condition, ConditionError, condition

if TYPE_CHECKING:
    from gateway.formats.layouts.layout import Layout
    from gateway.formats.values.fields import Losses

CHECK_DIGIT = "check-digit"
"""The kind of warning that is counted for a number whose last digit does not agree."""

_MODULUS, _WEIGHTS = 11, (2, 3, 4, 5, 6, 7)


@cache
def _weights(count: int) -> tuple[int, ...]:
    """The weights of so many digits, from the left."""
    return tuple(_WEIGHTS[at % len(_WEIGHTS)] for at in reversed(range(count)))


def check_digit(digits: str) -> int | None:
    """The check digit behind these digits, modulus 11, weights 2 to 7 from the right, remainder 0 gives 0.

    None if no digit fits (remainder 1).
    """
    weights = _weights(len(digits))
    weighted = sum(map(mul, digits.encode(), weights)) - ord("0") * sum(weights)
    found = (_MODULUS - weighted % _MODULUS) % _MODULUS
    return found if found < 10 else None  # noqa: PLR2004 - one digit


def agrees(number: str) -> bool:
    """Whether the last digit of a number is its check digit."""
    if not (number.isascii() and number.isdigit()):
        return False
    return check_digit(number[:-1]) == int(number[-1])


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule between the items of a record: where ``when`` holds, ``that`` must."""

    label: str
    kind: str
    message: str
    that: Condition
    when: Condition | None = None

    def broken(self, values: Sequence[str]) -> bool:
        """Whether a record with these values breaks it."""
        return (self.when is None or self.when.holds(values)) and not self.that.holds(values)


@dataclass(frozen=True, kw_only=True)
class RecordChecks:
    """What is checked of a record as a whole; ``digits`` are the items with a check digit."""

    rules: tuple[Rule, ...] = ()
    digits: tuple[tuple[int, str], ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to check."""
        return bool(self.rules or self.digits)

    def wrong(self, values: Sequence[str], losses: Losses) -> Wrong:
        """What is wrong with these canonical values; warnings are counted."""
        for index, label in self.digits:
            if values[index] and not agrees(values[index]):
                losses[f"{label}: {CHECK_DIGIT}"] += 1
        return [
            (rule.label, BadValueError(rule.kind, rule.message)) for rule in self.rules if rule.broken(values)
        ]


class ChecksCompiler:
    """Makes the checks of a CSV layout and collects the faults of what people wrote."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.faults: list[FormatFault] = []

    def checks(self) -> RecordChecks:
        """The checks; those with faults are left out."""
        digits = [(at, item.label) for at, item in enumerate(self.layout.items) if item.check_digit]
        return RecordChecks(rules=(*self._outputs(), *self._rules()), digits=tuple(digits))

    def _condition(self, text: str, *location: str | int) -> Condition | None:
        try:
            return condition(text, self.layout)
        except ConditionError as error:
            self.faults.append(
                FormatFault(model="layout", name=self.layout.name, location=location, message=str(error))
            )
            return None

    def _outputs(self) -> Iterator[Rule]:
        """Items that are required under a condition."""
        for index, item in enumerate(self.layout.items):
            if item.required_when:
                when = self._condition(item.required_when, "items", index, "required_when")
                there = condition(f"not {item.name} is empty", self.layout)
                message = "no value, and its condition of output holds"
                if when is not None:
                    yield Rule(label=item.label, kind="required", message=message, that=there, when=when)

    def _rules(self) -> Iterator[Rule]:
        for index, rule in enumerate(self.layout.rules):
            that = self._condition(rule.that, "rules", index, "that")
            when = self._condition(rule.when, "rules", index, "when") if rule.when else None
            if that is None or (rule.when and when is None):
                continue
            first = min(that.items, default=0)
            message = f"rule {index + 1} of the layout does not hold{f': {rule.title}' if rule.title else ''}"
            label = self.layout.items[first].label
            yield Rule(label=label, kind="correlation", message=message, that=that, when=when)
