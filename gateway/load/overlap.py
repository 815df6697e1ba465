"""Whether two patterns can mean the same file. Pure.

A pattern is read as a row of places: one character, any character of a folder's or file's name, a digit, or any
number of such. Digits that must repeat, and days that no calendar has, are not told apart: what is called disjoint
here is disjoint.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from gateway.naming import DestinationName, SourcePattern

_DIGITS = {"Y": 4, "y": 2, "m": 2, "d": 2, "j": 3, "H": 2, "M": 2, "S": 2}
_DIGIT, _ANY = "[0-9]", "[^/]"


@dataclass(frozen=True)
class _Spot:
    """One place of a pattern: a character or a class of them, once or any number of times."""

    what: str
    repeats: bool = False


def may_meet(one: SourcePattern | DestinationName, other: SourcePattern | DestinationName) -> bool:
    """Whether some path fits both."""
    first, second = _row(one), _row(other)
    for here, there in zip(first, second, strict=False):
        if here.repeats or there.repeats:
            return _meet(first, second)
        if not _share(here.what, there.what):
            return False
    return _meet(first, second)


@lru_cache(maxsize=4096)
def _row(pattern: SourcePattern | DestinationName) -> tuple[_Spot, ...]:
    return tuple(_spots(pattern))


def _spots(pattern: SourcePattern | DestinationName) -> Iterator[_Spot]:
    wild = isinstance(pattern, SourcePattern)
    for part in pattern.parts:
        if part.key in ("seq", "part"):
            yield from _number(part.format)
        elif part.key in ("date", "time"):
            for directive, literal in re.findall(r"%(.)|([^%])", part.format):
                yield from (_Spot(_DIGIT),) * _DIGITS[directive] if directive else (_Spot(literal),)
        elif part.key:
            yield _Spot(_ANY, repeats=True)
        else:
            yield from (_character(character, wild=wild) for character in part.text)


def _number(format_: str) -> Iterator[_Spot]:
    yield from (_Spot(_DIGIT),) * int(format_ or 1)
    if not format_:
        yield _Spot(_DIGIT, repeats=True)


def _character(character: str, *, wild: bool) -> _Spot:
    if wild and character in "*?":
        return _Spot(_ANY, repeats=character == "*")
    return _Spot(character)


def _meet(first: tuple[_Spot, ...], second: tuple[_Spot, ...]) -> bool:
    """Walk both rows at once, over every pair of positions that some beginning of a path leads to."""
    reached = {(0, 0)}
    waiting = [(0, 0)]
    while waiting:
        at = waiting.pop()
        if at == (len(first), len(second)):
            return True
        fresh = set(_next(first, second, *at)) - reached
        reached |= fresh
        waiting += fresh
    return False


def _next(first: tuple[_Spot, ...], second: tuple[_Spot, ...], i: int, j: int) -> Iterator[tuple[int, int]]:
    one = first[i] if i < len(first) else None
    other = second[j] if j < len(second) else None
    if one is not None and one.repeats:
        yield i + 1, j
    if other is not None and other.repeats:
        yield i, j + 1
    if one is not None and other is not None and _share(one.what, other.what):
        yield i + (not one.repeats), j + (not other.repeats)


def _share(one: str, other: str) -> bool:
    """Whether one character fits both."""
    if one == other:
        return True
    if len(one) == 1:
        one, other = other, one
    if len(other) == 1:
        return other != "/" and (one == _ANY or (one == _DIGIT and other in "0123456789"))
    return len(one) > 1
