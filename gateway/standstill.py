"""Whether a route stands still now, and until when: a person paused it, or a place is being maintained. Pure.

A route runs when both places that it uses now can be used. While it stands still nothing is tried and nothing is
reported as missing; what fell due meanwhile is run once, afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal, Protocol

_DAY = timedelta(days=1)


class Paused(Protocol):
    """What a person stopped; ``gateway.journal.people.Pause`` is one."""

    @property
    def kind(self) -> Literal["route", "endpoint", "vendor"]:
        """What is stopped."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def who(self) -> str:
        """The person."""

    @property
    def reason(self) -> str:
        """Why."""

    @property
    def until(self) -> datetime | None:
        """When it goes on by itself."""


@dataclass(frozen=True, kw_only=True)
class Spell:
    """A window of maintenance such as 22:00-04:00, on the days on which it begins."""

    window: str
    holds_on: Callable[[date], bool] = lambda _day: True


@dataclass(frozen=True, kw_only=True)
class Standstill:
    """Why a route stands still. ``who`` is empty for maintenance; ``until`` None: until a person lets it go on."""

    kind: Literal["route", "endpoint", "vendor", "maintenance"]
    name: str
    who: str = ""
    reason: str = ""
    until: datetime | None = None

    def __str__(self) -> str:
        if self.kind == "maintenance":
            return f"{self.name} is being maintained"
        return f"{self.kind} {self.name} was paused by {self.who}: {self.reason}"


def standstill(
    names: Mapping[str, Iterable[str]],
    pauses: Sequence[Paused],
    maintenance: Mapping[str, Sequence[Spell]],
    now: datetime,
    zone: tzinfo,
) -> Standstill | None:
    """Why nothing may be done now, the longest reason first; None if it may.

    Args:
        names: the route, its vendor and the endpoints that it uses now, by kind.
        pauses: what people stopped.
        maintenance: of each endpoint.
        now: aware.
        zone: of the windows.
    """
    found = [_stood(one) for one in pauses if one.name in names.get(one.kind, ()) and _holds(one, now)]
    for endpoint in names.get("endpoint", ()):
        until = maintained_until(maintenance.get(endpoint, ()), now, zone)
        if until is not None:
            found.append(Standstill(kind="maintenance", name=endpoint, until=until))
    return max(found, key=lambda one: (one.until is None, one.until or now), default=None)


def _holds(pause: Paused, now: datetime) -> bool:
    return pause.until is None or now < pause.until


def _stood(pause: Paused) -> Standstill:
    return Standstill(kind=pause.kind, name=pause.name, who=pause.who, reason=pause.reason, until=pause.until)


def maintained_until(spells: Sequence[Spell], now: datetime, zone: tzinfo) -> datetime | None:
    """The end of the spell that ``now`` falls in, the latest of several; None outside of all."""
    return max((end for one in spells if (end := _end(one, now, zone)) is not None), default=None)


def _end(spell: Spell, now: datetime, zone: tzinfo) -> datetime | None:
    """A window's end belongs to no window; one whose end is not after its begin ends the next day."""
    first, last = spell.window.split("-")
    local = now.astimezone(zone)
    for day in (local.date() - _DAY, local.date()):
        begin = datetime.combine(day, time.fromisoformat(first), zone)
        whole = last == "24:00"
        end = datetime.combine(day, time(0) if whole else time.fromisoformat(last), zone)
        end += _DAY if whole or end <= begin else timedelta(0)
        if begin <= local < end and spell.holds_on(day):
            return end
    return None
