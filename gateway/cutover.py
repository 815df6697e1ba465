r"""Which format an end speaks at an instant, and so in which phase a route is. Pure.

| from \\ to | legacy                          | standard                                   |
|-----------|---------------------------------|--------------------------------------------|
| legacy    | current: relay, or convert      | transition: convert up                     |
| standard  | transition: convert down        | standard: relay, or convert between versions |
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from gateway.model import Format, Phase, StandardFrom


@dataclass(frozen=True, kw_only=True)
class EndFormat:
    """What decides the format of one end: its own date if it has one, else its system's."""

    system: StandardFrom
    end: StandardFrom | None = None

    @property
    def standard_from(self) -> StandardFrom:
        """The date in force."""
        return self.system if self.end is None else self.end


def format_at(end: EndFormat, instant: datetime) -> Format:
    """The format of an end at ``instant`` (aware). The instant itself already belongs to the standard."""
    moved = end.standard_from
    if moved == "always":
        return Format.STANDARD
    if moved == "never":
        return Format.LEGACY
    return Format.STANDARD if instant >= moved else Format.LEGACY


def formats_met(end: EndFormat) -> tuple[Format, ...]:
    """Every format that an end speaks at some time, in order of time."""
    match end.standard_from:
        case "always":
            return (Format.STANDARD,)
        case "never":
            return (Format.LEGACY,)
        case _:
            return (Format.LEGACY, Format.STANDARD)


def phase(source: Format, to: Format) -> Phase:
    """The phase of a route whose ends speak these formats."""
    if source is not to:
        return Phase.TRANSITION
    return Phase.CURRENT if source is Format.LEGACY else Phase.STANDARD


@dataclass(frozen=True, kw_only=True)
class RouteFormat:
    """Both ends of a route."""

    source: EndFormat
    to: EndFormat

    def at(self, instant: datetime) -> tuple[Format, Format]:
        """The formats of the two ends at ``instant``."""
        return format_at(self.source, instant), format_at(self.to, instant)

    def phase_at(self, instant: datetime) -> Phase:
        """The phase of the route at ``instant``."""
        return phase(*self.at(instant))

    def turns(self) -> tuple[datetime, ...]:
        """The instants at which an end changes its format, in order."""
        dates = {end.standard_from for end in (self.source, self.to)}
        return tuple(sorted(date for date in dates if isinstance(date, datetime)))

    def periods(self) -> tuple[tuple[Format, Format], ...]:
        """The formats of the two ends in each period between the turns, in order of time."""
        first = formats_met(self.source)[0], formats_met(self.to)[0]
        return (first, *(self.at(turn) for turn in self.turns()))

    def pairs_met(self) -> tuple[tuple[Format, Format], ...]:
        """Every ordered pair of formats that a file of the route may need, in order of time.

        A file found before a turn and delivered after it keeps its source format and meets the destination's new
        one, so that pair is met as well.
        """
        periods = self.periods()
        pairs = {periods[0]: None}
        for before, after in pairwise(periods):
            pairs |= {(before[0], after[1]): None, after: None}
        return tuple(pairs)
