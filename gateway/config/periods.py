"""Things that hold for a time: from an instant, until another one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from adapters.written import Dated


def why_not_apart(listed: Sequence[Dated]) -> str:
    """Why these are not in order of time, each with its beginning and none with another, or an empty string."""
    for number, one in enumerate(listed, start=1):
        if one.start is None:
            return f"has no from in its number {number}; write the instant from which that one holds"
        if one.until is not None and one.until <= one.start:
            return f"ends before it begins in its number {number}; exchange from and until"
    for number, (one, following) in enumerate(pairwise(listed), start=2):
        begins = following.start
        if begins is None or one.start is None or one.start >= begins or (one.until and one.until > begins):
            return (
                f"has an overlap at its number {number}; write them in order of time, each until the next one"
            )
    return ""


def why_not_in_turn(listed: Sequence[Dated]) -> str:
    """Why these do not follow one another without a gap and without an overlap, or an empty string."""
    for number, (one, following) in enumerate(pairwise(listed), start=2):
        if following.start is None:
            return f"has no from in its number {number}; write the instant from which that one holds"
        if one.until is not None and one.until < following.start:
            return (
                f"has a gap before its number {number}; write the same instant as until and as the next from"
            )
        if one.until is not None and one.until > following.start:
            return (
                f"has an overlap at its number {number}; write the same instant as until and as the next from"
            )
        if one.start is not None and one.start >= following.start:
            return f"is not in order of time at its number {number}; exchange the two"
    ends = [one.until for one in listed[-1:] if one.until is not None]
    starts = [one.start for one in listed[:1] if one.start is not None]
    if ends or starts:
        return "has times without a place; the first one has no from, and the last one no until"
    return ""
