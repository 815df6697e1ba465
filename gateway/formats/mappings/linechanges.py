"""What one line of a mapping does to values, in either direction: its keys put together to one function."""

from __future__ import annotations

from gateway.formats.characters.width import to_full, to_half
from gateway.formats.mappings.changes import (
    Change,
    Combine,
    code_table,
    fill_zeros,
    join,
    join_lengths,
    join_sign,
    negate,
    part,
    scale,
    split,
    split_lengths,
    split_sign,
    strip_zeros,
    unchanged,
)
from gateway.formats.mappings.datechanges import (
    UnknownDates,
    date_of_year,
    year_from_era,
    year_of,
    year_to_era,
)
from gateway.formats.mappings.mapping import Line, Width


def codes_of(line: Line, *, forward: bool) -> dict[str, str]:
    """The code table in one direction; backwards the first of several equal codes stands."""
    return line.codes if forward else {right: left for left, right in reversed(line.codes.items())}


def width_of(line: Line, *, forward: bool) -> Width | None:
    """The width that one direction leads to."""
    return None if line.width is None else line.width.target if forward else line.width.source


def change_of(line: Line, *, forward: bool) -> Change:
    """Codes, width, zeros, scale, sign; backwards the other way round. Or the one thing that stands alone."""
    parts = _parts(line, forward=forward)
    if not forward:
        parts.reverse()
    change: Change = parts[0] if parts else unchanged
    for following in parts[1:]:
        change = _after(change, following)
    return change


def _parts(line: Line, *, forward: bool) -> list[Change]:
    codes, width = codes_of(line, forward=forward), width_of(line, forward=forward)
    parts: list[Change] = [code_table(codes)] if codes else []
    parts += [] if width is None else [to_full if width == "full" else to_half]
    if line.zeros is not None:
        towards = (line.zeros.side == "to") == forward
        parts.append(fill_zeros(line.zeros.digits) if towards else strip_zeros(line.zeros.digits))
    if line.scale:
        parts.append(scale(line.scale if forward else -line.scale))
    return parts + ([negate] if line.negated else []) + _alone(line, forward=forward)


def _alone(line: Line, *, forward: bool) -> list[Change]:
    """The changes that stand alone in their line."""
    if line.part is not None:
        return [part(line.part.at, line.part.length)]
    if line.year is not None:
        towards = (line.year == "to") == forward
        return [year_of(cut=line.loses == "truncation") if towards else date_of_year]
    if line.era_year is not None:
        towards = (line.era_year.side == "to") == forward
        return [(year_to_era if towards else year_from_era)(line.era_year.eras, line.era_year.shared)]
    return []


def _after(first: Change, then: Change) -> Change:
    return lambda value: then(first(value))


def combined(line: Line, *, sources: int) -> Combine:
    """Several items into one, or one into several."""
    several = sources > 1
    if line.sign is not None:
        return (join_sign if several else split_sign)(line.sign.plus, line.sign.minus)
    if line.unknown is not None:
        flags = (line.unknown.known, line.unknown.unknown)
        dates = UnknownDates(
            flags=None if None in flags else (str(flags[0]), str(flags[1])), date=line.unknown.date
        )
        return dates.gather if several else dates.spread
    if line.join is not None:
        return join(line.join) if several else split(line.join, len(line.source) * len(line.target))
    return join_lengths(line.lengths) if several else split_lengths(line.lengths)


def each(change: Change) -> Combine:
    """The change done to every value."""
    return lambda values: [change(value) for value in values]
