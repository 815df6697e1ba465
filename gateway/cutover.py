r"""Which format an end speaks at an instant, in which phase its route is, and when it may change. Pure.

| from \\ to | legacy                          | standard                                   |
|-----------|---------------------------------|--------------------------------------------|
| legacy    | current: relay, or convert      | transition: convert up                     |
| standard  | transition: convert down        | standard: relay, or convert between versions |

What an end *wants* follows from dates and from people's word (``EndPlan.wanted``). Where it *stands* is in the
journal: an end keeps its format and its place until the journal says that it passed. Between the two is the gate:
a list of conditions as values, and a verdict (``verdict``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from gateway.model import Format, Phase, StandardFrom


@dataclass(frozen=True, kw_only=True)
class Override:
    """A person's word: from an instant an end speaks a format, whatever the dates say, until it is cleared.

    ``back`` is a way back to what was: it needs no gate, and no freeze stops it. ``own`` is said of this end alone,
    not of its whole system.
    """

    format: Format
    holds_from: datetime
    back: bool = False
    own: bool = False


@dataclass(frozen=True, kw_only=True)
class EndFormat:
    """What decides the format of one end: a person's word, else its own date if it has one, else its system's.

    Of ``overrides`` the last one that holds decides: they stand in the order of their making, those of the system
    before those of the end.
    """

    system: StandardFrom
    end: StandardFrom | None = None
    overrides: tuple[Override, ...] = ()

    @property
    def standard_from(self) -> StandardFrom:
        """The date in force, where no person said otherwise."""
        return self.system if self.end is None else self.end

    def override_at(self, instant: datetime) -> Override | None:
        """The person's word that decides at an instant."""
        return next((one for one in reversed(self.overrides) if one.holds_from <= instant), None)

    def turns(self) -> tuple[datetime, ...]:
        """The instants at which something is said of the format, in order of time."""
        said = {one.holds_from for one in self.overrides}
        return tuple(
            sorted(said | ({self.standard_from} if isinstance(self.standard_from, datetime) else set()))
        )


def format_at(end: EndFormat, instant: datetime) -> Format:
    """The format that an end is to speak at ``instant`` (aware). The instant itself already belongs to the new."""
    override = end.override_at(instant)
    return _dated_format(end.standard_from, instant) if override is None else override.format


def _dated_format(moved: StandardFrom, instant: datetime) -> Format:
    if moved == "always":
        return Format.STANDARD
    if moved == "never":
        return Format.LEGACY
    return Format.STANDARD if instant >= moved else Format.LEGACY


def formats_met(end: EndFormat) -> tuple[Format, ...]:
    """Every format that an end speaks at some time, in order of time."""
    first = Format.STANDARD if end.standard_from == "always" else Format.LEGACY
    return tuple(dict.fromkeys((first, *(format_at(end, turn) for turn in end.turns()))))


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
        """The formats that the two ends are to speak at ``instant``."""
        return format_at(self.source, instant), format_at(self.to, instant)

    def phase_at(self, instant: datetime) -> Phase:
        """The phase of the route at ``instant``."""
        return phase(*self.at(instant))

    def turns(self) -> tuple[datetime, ...]:
        """The instants at which an end may change its format, in order."""
        return tuple(sorted({*self.source.turns(), *self.to.turns()}))

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


@dataclass(frozen=True, kw_only=True)
class Stand:
    """What an end speaks, and at which of its places (``endpoint:path``)."""

    format: Format
    place: str


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A place, and the instant from which it holds; None for the first one."""

    place: str
    start: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class EndPlan:
    """All that decides where an end is to stand: its format, and its places in each format by their dates."""

    formats: EndFormat
    places: Mapping[Format, tuple[Stretch, ...]]

    def wanted(self, instant: datetime) -> Stand:
        """Where the end is to stand at an instant. Raises ``LookupError`` if it offers no place in that format."""
        return self._placed(format_at(self.formats, instant), instant)

    def _placed(self, format_: Format, instant: datetime) -> Stand:
        begun = [one for one in self.places.get(format_, ()) if one.start is None or one.start <= instant]
        if not begun:
            raise LookupError(format_)
        return Stand(format=format_, place=begun[-1].place)

    def turns(self) -> tuple[datetime, ...]:
        """The instants at which the end may have to change, in order of time."""
        starts = {one.start for listed in self.places.values() for one in listed if one.start is not None}
        return tuple(sorted(starts | set(self.formats.turns())))

    def present(self, stand: Stand, instant: datetime) -> Stand:
        """Where an end stands by the journal, as the configuration knows it now.

        A place that was edited away is not one that the end moved from: the place of that format at ``instant``
        takes its place.
        """
        known = {one.place for one in self.places.get(stand.format, ())}
        return stand if stand.place in known or not known else self._placed(stand.format, instant)


@dataclass(frozen=True, kw_only=True)
class Change:
    """One end that is to change its format, or its place within one format (a move), at an instant.

    ``dated``: an instant is written for it; else (always, for an end that spoke legacy) it is due since it was seen.
    """

    before: Stand
    after: Stand
    planned: datetime
    back: bool = False
    dated: bool = True

    @property
    def is_move(self) -> bool:
        """Whether only the place changes."""
        return self.before.format is self.after.format


def due(plan: EndPlan, stand: Stand, now: datetime) -> Change | None:
    """The change that an end should have made by ``now``; None if it stands where it should.

    Dates alone lead forward only: an end that passed goes back by a person's word (``contradiction``).
    """
    wanted = plan.wanted(now)
    stand = plan.present(stand, now)
    if wanted == stand or contradiction(plan, stand, now):
        return None
    turns = [turn for turn in plan.turns() if turn <= now]
    override = plan.formats.override_at(now)
    return Change(
        before=stand,
        after=wanted,
        planned=max(turns, default=now),
        back=override is not None and override.back,
        dated=bool(turns),
    )


def contradiction(plan: EndPlan, stand: Stand, now: datetime) -> bool:
    """Whether the dates were changed after the end had passed, so that they say legacy and it speaks standard."""
    back = plan.wanted(now).format is Format.LEGACY and stand.format is Format.STANDARD
    return back and plan.formats.override_at(now) is None


def redated(plan: EndPlan, planned: datetime, by_hand: Collection[datetime]) -> bool:
    """Whether an end that passed at ``planned`` did so by another date than the one that is written now.

    ``by_hand``: the instants of all that people said of switching, taken back or not.
    """
    written = plan.formats.standard_from
    return isinstance(written, datetime) and planned not in {*plan.turns(), *by_hand}


def coming(plan: EndPlan, stand: Stand, now: datetime) -> Change | None:
    """The next change of an end after ``now``."""
    stand = plan.present(stand, now)
    for turn in plan.turns():
        wanted = plan.wanted(turn)
        if turn > now and wanted != stand and not contradiction(plan, stand, turn):
            return Change(before=stand, after=wanted, planned=turn)
    return None


DRAINED, FINISHED, FROZEN = "drained", "finished", "not-frozen"


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One condition of a gate as it was found.

    Attributes:
        name: such as drained, reachable, compared, round-trip, baseline, approved.
        met: whether it is.
        says: what was seen, for a person; no value of a record. ``says_ja``: the same in Japanese, where it is not a
            message of a place or of the configuration.
        waived: a person passed over it.
    """

    name: str
    met: bool
    says: str = ""
    says_ja: str = ""
    waived: bool = False

    @property
    def passes(self) -> bool:
        """Whether the gate may open as far as this condition goes."""
        return self.met or (self.waived and self.name != FROZEN)


class Verdict(StrEnum):
    """What a gate says."""

    ANNOUNCED = "announced"  # the instant is still to come: the conditions are shown, and decide nothing yet
    OPEN = "open"
    DRAINING = (
        "draining"  # the old place is being emptied, or claimed deliveries end; there is still time for it
    )
    CLOSED = "closed"


def verdict(
    conditions: Sequence[Condition], *, now: datetime, planned: datetime, settle: timedelta, go: bool = False
) -> Verdict:
    """What follows from the conditions.

    What only needs time (drained, finished) has until ``settle`` after the planned instant. With ``go`` an unmet
    condition stops nothing once that time is over, except a freeze.
    """
    unmet = {one.name for one in conditions if not one.passes}
    if not unmet:
        return Verdict.OPEN
    takes_time = unmet & {DRAINED, FINISHED}
    if takes_time and (go or unmet == takes_time) and now < planned + settle:
        return Verdict.DRAINING
    if go and not unmet & {FROZEN, FINISHED}:
        return Verdict.OPEN
    return Verdict.CLOSED


@dataclass(frozen=True, kw_only=True)
class StartFrom:
    """The first early file that counts: by name, sequence number or the time that its name says."""

    name: str | None = None
    sequence: int | None = None
    time: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a file found in the new place says of itself."""

    name: str
    business_date: date
    sequence: int | None = None
    time: datetime | None = None


def counts(seen: Seen, start: StartFrom | None, cutover_day: date) -> bool:
    """Whether an early file is one of those that the flip delivers, or a trial that came before them.

    Without a statement of the first file, the business date decides.
    """
    if start is None:
        return seen.business_date >= cutover_day
    if start.name is not None:
        return seen.name >= start.name
    if start.sequence is not None:
        return seen.sequence is not None and seen.sequence >= start.sequence
    assert start.time is not None, "the loader wants one of the three"
    return seen.time is not None and seen.time >= start.time


def unmet(found: Collection[Condition]) -> str:
    """What is not met, for a person."""
    return "; ".join(f"{one.name}: {one.says}" for one in found if not one.passes)
