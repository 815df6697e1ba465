"""Which files of a route may go when they carry numbers: one after the other, none twice, over no gap. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.expressions import found


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What may go, in order, and the gap that was met: the number that is missing and the one that is there."""

    ids: tuple[str, ...]
    gap: tuple[int, int] | None = None


def number_in(name: str, pattern: str) -> int | None:
    """The number in a file's name, by an expression with a group ``seq``; None if the name has none."""
    number = found(pattern, name, "seq")
    return int(number) if number and number.isdecimal() else None


def turn(
    numbers: Mapping[str, int], expected: int | None, *, held: Iterable[str] = (), over_gaps: bool = False
) -> Turn:
    """The transfers that may go now, by number.

    ``expected`` is the number whose turn it is, None for a series that begins with what is there. A number that was
    passed goes first, unless it is ``held``: nobody waits for it any more. ``over_gaps``: a missing number stops none.
    """
    waiting, ids, gap = frozenset(held), [], None
    for transfer, number in sorted(numbers.items(), key=lambda one: (one[1], one[0] in waiting)):
        expected = number if expected is None else expected
        if number < expected:
            ids += [] if transfer in waiting else [transfer]
            continue
        if number > expected:
            gap = gap or (expected, number)
            if not over_gaps:
                break
        ids.append(transfer)
        expected = number + 1
    return Turn(ids=tuple(ids), gap=gap)
