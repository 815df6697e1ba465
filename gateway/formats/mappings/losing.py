"""Declared losses: a value made to fit where a mapping says that something of it may go."""

from __future__ import annotations

import re
from collections.abc import Callable

from gateway.formats.faults import BadValueError

_BLANKS = " \u3000"
_UNIT = re.compile(".[\u0300-\u036f\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef]*", re.DOTALL)
"""A character with the marks and variation selectors that belong to it."""

Stored = Callable[[str], str]
"""What an item reads as after a value was written into it; raises ``BadValueError``."""


def truncated(value: str, stored: Stored) -> str:
    """The longest beginning that the item takes; never half a character with its selector.

    Only what is too long is cut: a value that is refused for another reason comes back as it is.
    """
    units = _UNIT.findall(value)
    if _fits(value, stored):
        return value
    low, high = 0, len(units) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _fits("".join(units[:middle]), stored) else (low, middle - 1)
    return "".join(units[:low])


def _fits(value: str, stored: Stored) -> bool:
    try:
        stored(value)
    except BadValueError as error:
        return error.rule != "length"
    return True


def without_padding(value: str, stored: Stored) -> str:
    """The value without blanks around it, or without leading zeros, if the item holds it so; else as it is."""
    try:
        found = stored(value)
    except BadValueError:
        found = value.strip(_BLANKS)
    same = found.strip(_BLANKS) == value.strip(_BLANKS) or found.lstrip("0") == value.lstrip("0")
    return found if same else value
