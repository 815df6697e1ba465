"""The course of a route: what its ends did, as the journal remembers it, and what is planned from now on. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise

from gateway.agenda import words
from gateway.config import Route
from gateway.cutover import EndFormat, Override, RouteFormat, format_at, phase
from gateway.journal.switching import End, Flip, GateSeen, Said, Side
from gateway.model import Format, Phase


@dataclass(frozen=True, kw_only=True)
class EndCourse:
    """One end.

    Attributes:
        dated: its dates, with people's word on them.
        flips: the stands that it took, in order; the first is where it was first seen.
        now: what lies before it happened as the flips say; what follows is planned.
    """

    dated: EndFormat
    flips: tuple[Flip, ...] = ()
    now: datetime | None = None

    @property
    def standing(self) -> Format | None:
        """The format in which it stands; None if it was never seen."""
        return self.flips[-1].stand.format if self.flips else None

    def at(self, instant: datetime) -> Format:
        """The format at an instant. An end that passed goes back by a person's word alone, whatever a date says."""
        planned = format_at(self.dated, instant)
        if self.now is None or not self.flips or instant < self.flips[0].actual:
            return planned
        if instant < self.now:
            return next(flip for flip in reversed(self.flips) if flip.actual <= instant).stand.format
        stays = self.standing is Format.STANDARD and self.dated.override_at(instant) is None
        return Format.STANDARD if stays else planned

    @property
    def passed(self) -> frozenset[datetime]:
        """The instants at which it passed."""
        return frozenset(flip.actual for flip in self.flips[1:])

    @property
    def moved_at(self) -> datetime | None:
        """When it took the standardized format in which it stands; None if nobody saw that, or it stands otherwise."""
        turned = [
            other.actual for one, other in pairwise(self.flips) if one.stand.format is not other.stand.format
        ]
        return turned[-1] if turned and self.standing is Format.STANDARD else None

    @property
    def waits_since(self) -> datetime | None:
        """The instant of a cutover that is due and not made: its gate is closed. None if it stands as planned."""
        if self.now is None or self.standing in (None, self.at(self.now)):
            return None
        now = self.now
        return max((turn for turn in self.dated.turns() if turn <= now), default=now)

    def turns(self) -> set[datetime]:
        """Every instant at which it may change its format; a cutover that waits is expected now."""
        now = self.now
        if now is None or not self.flips:
            return set(self.dated.turns())
        first = self.flips[0].actual
        planned = {turn for turn in self.dated.turns() if turn < first or turn > now}
        return planned | {first} | self.passed | ({now} if self.waits_since else set())


@dataclass(frozen=True, kw_only=True)
class Course:
    """Both ends of a route; a ``gateway.timeline.Formats``."""

    source: EndCourse
    to: EndCourse

    def at(self, instant: datetime) -> tuple[Format, Format]:
        """The formats of the two ends at an instant."""
        return self.source.at(instant), self.to.at(instant)

    def turns(self) -> tuple[datetime, ...]:
        """The instants at which an end may change its format, in order."""
        return tuple(sorted(self.source.turns() | self.to.turns()))

    def standing(self, now: datetime) -> tuple[Format, Format]:
        """The formats in which the two ends stand; for one that was never seen, what its dates say."""
        return self.source.standing or self.source.at(now), self.to.standing or self.to.at(now)

    def phase_now(self, now: datetime) -> Phase:
        """The route's phase as it stands."""
        return phase(*self.standing(now))


@dataclass(frozen=True, kw_only=True)
class History:
    """What the journal remembers of switching, at an instant; ``gates`` by the names of their cutovers.

    ``by_hand``: the instants of all that people ever said, taken back or not.
    """

    now: datetime
    said: Sequence[Said] = ()
    flips: Mapping[End, Sequence[Flip]] = field(default_factory=dict)
    gates: Mapping[str, GateSeen] = field(default_factory=dict)
    by_hand: frozenset[datetime] = frozenset()

    def spoken(self, route: Route, dated: RouteFormat) -> RouteFormat:
        """The dates of a route with people's word on its systems and ends."""
        return RouteFormat(
            source=replace(dated.source, overrides=self._words(route, "from")),
            to=replace(dated.to, overrides=self._words(route, "to")),
        )

    def course(self, route: Route, dated: RouteFormat) -> Course:
        """The course of a route whose dates these are."""
        spoken = self.spoken(route, dated)
        return Course(
            source=self._end(route.name, "from", spoken.source), to=self._end(route.name, "to", spoken.to)
        )

    def _end(self, route: str, side: Side, dated: EndFormat) -> EndCourse:
        return EndCourse(dated=dated, flips=tuple(self.flips.get((route, side), ())), now=self.now)

    def _words(self, route: Route, side: Side) -> tuple[Override, ...]:
        by_scope = words(self.said)
        system = route.end(side).system
        return (*by_scope.get(f"system:{system}", ()), *by_scope.get(f"end:{route.name}:{side}", ()))
