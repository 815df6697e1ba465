"""Regular expressions that vendors write, searched in a time that grows with the text alone, whatever they say. Pure.

RE2 (https://github.com/google/re2/wiki/Syntax) has no backreferences and no look-around: what would need them is
what can search without end, and hold up the routes of everybody else.
"""

from __future__ import annotations

from functools import lru_cache

import re2

_QUIET = re2.Options()
_QUIET.log_errors = False


class NoExpression(ValueError):
    """A text that is no expression; says why, as RE2 does."""


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re2._Regexp:
    return re2.compile(pattern, _QUIET)


def groups_of(pattern: str) -> frozenset[str]:
    """The names of an expression's groups. Raises ``NoExpression``."""
    try:
        return frozenset(_compiled(pattern).groupindex)
    except re2.error as error:
        reason = error.args[0]
        raise NoExpression(
            reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
        ) from None


def found(pattern: str, text: str, group: str) -> str | None:
    """What a group of the expression holds where it is first found in a text; None if it is not."""
    match = _compiled(pattern).search(text)
    return match[group] if match else None


def replaced(pattern: str, text: str, instead: str) -> str:
    """A text in which everything that the expression matches is replaced."""
    return str(_compiled(pattern).sub(lambda match: instead if match[0] else "", str(text)))
