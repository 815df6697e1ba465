"""The whole configuration of an installation, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from gateway.config import Endpoint, Freeze, Installation, Place, Route, System, Wave
from gateway.cutover import EndFormat, EndPlan, Override, RouteFormat
from gateway.formats import Converter, Form
from gateway.load.conversions import Conversions
from gateway.load.digests import Digests
from gateway.load.fault import Fault, Severity
from gateway.model import Format
from gateway.times.businessdays import BusinessDays
from gateway.times.timetable import Timetable, Window, delay_of, every_day

Side = Literal["from", "to"]


@dataclass(frozen=True, kw_only=True)
class City:
    """What a configuration folder says, and what is wrong with it.

    Attributes:
        directory: the folder.
        usable: whether a gateway can run on it at all. If False, ``installation`` may hold defaults.
        installation: ``gateway.yaml``, with paths made absolute.
        systems: systems without fault, by name.
        endpoints: places without fault, by name.
        waves: waves without fault, by name.
        freezes: days on which nothing goes forward.
        routes: accepted routes, by name.
        rejected: for every other route the faults that keep it from running. A second route of a name that is
            taken stands under ``vendor/name``.
        systems_of_rejected: their systems, as far as their files could be read.
        vendors_of_rejected: their vendors.
        faults: every fault and warning of every file, in the order of files and lines.
        outdated: of the accepted routes those that hold as they were read before, each with what keeps the files as
            they are now from being taken. Only a configuration that was read again has any.
        earlier: for each of these the configuration in which it was accepted.
    """

    directory: Path
    usable: bool
    installation: Installation
    systems: Mapping[str, System]
    endpoints: Mapping[str, Endpoint]
    waves: Mapping[str, Wave]
    freezes: tuple[Freeze, ...]
    routes: Mapping[str, Route]
    rejected: Mapping[str, tuple[Fault, ...]]
    faults: tuple[Fault, ...]
    conversions: Conversions = field(repr=False)
    digests: Digests = field(repr=False)
    business_days: BusinessDays = field(default_factory=BusinessDays)
    systems_of_rejected: Mapping[str, frozenset[str]] = field(default_factory=dict)
    vendors_of_rejected: Mapping[str, str] = field(default_factory=dict)
    outdated: Mapping[str, tuple[Fault, ...]] = field(default_factory=dict)
    earlier: Mapping[str, City] = field(default_factory=dict, repr=False)

    @property
    def errors(self) -> tuple[Fault, ...]:
        """The faults that are no mere warnings."""
        return tuple(fault for fault in self.faults if fault.severity is Severity.ERROR)

    @cached_property
    def _receivers(self) -> dict[str, frozenset[str]]:
        """The systems to which each system's files go."""
        found: dict[str, set[str]] = {}
        for route in self.routes.values():
            found.setdefault(route.source.system, set()).add(route.to.system)
        return {system: frozenset(to) for system, to in found.items()}

    def may_come_back(self, route: Route) -> bool:
        """Whether other routes lead, over however many systems, from where this one delivers to where it reads."""
        reached, ahead = set[str](), [route.to.system]
        while ahead:
            system = ahead.pop()
            if system == route.source.system:
                return True
            ahead += self._receivers.get(system, frozenset()) - reached
            reached |= self._receivers.get(system, frozenset())
        return False

    def vendor_of(self, name: str) -> str:
        """Whose a route is, accepted or rejected; empty if there is none of this name."""
        route = self.routes.get(name)
        return self.vendors_of_rejected.get(name, "") if route is None else route.vendor

    def of(self, name: str) -> City:
        """The configuration in which an accepted route was read: this one, but for those that are outdated."""
        return self.earlier.get(name, self)

    def formats(self, route: Route) -> RouteFormat:
        """What decides the formats of a route's two ends."""
        return route_format(route, self.systems)

    def plans(self, name: str, said: Mapping[str, tuple[Override, ...]]) -> dict[Side, EndPlan]:
        """All that decides where the two ends of an accepted route are to stand.

        ``said`` is people's word by scope: ``system:NAME``, ``end:ROUTE:from``, ``end:ROUTE:to``.
        """
        route = self.routes[name]
        plans: dict[Side, EndPlan] = {}
        for side, plan in self._plans_by_dates(name).items():
            words = (*said.get(f"system:{route.end(side).system}", ()), *said.get(f"end:{name}:{side}", ()))
            plans[side] = replace(plan, formats=replace(plan.formats, overrides=words)) if words else plan
        return plans

    def _plans_by_dates(self, name: str) -> dict[Side, EndPlan]:
        """As ``plans`` where nobody said anything; made once."""
        if name not in self._dated:
            route = self.routes[name]
            formats = self.formats(route)
            self._dated[name] = {"from": route.source.plan(formats.source), "to": route.to.plan(formats.to)}
        return self._dated[name]

    @cached_property
    def _dated(self) -> dict[str, dict[Side, EndPlan]]:
        return {}

    def form(
        self,
        route: Route,
        side: Literal["from", "to"],
        format_: Format,
        at: datetime | None = None,
        business_date: date | None = None,
    ) -> Form | None:
        """What the files of an end look like in a format; None where no layout is declared: opaque bytes.

        ``at`` is needed where the end has several dated places in that format; ``business_date`` chooses the version
        of its layout.
        """
        place = route.place(side, format_, at)
        return None if place is None else self.conversions.form(place, business_date)

    def converter(
        self, route: Route, from_format: Format, to_format: Format, business_date: date | None = None
    ) -> Converter | None:
        """The conversion for a pair of formats, of a route with one place in each; see ``conversion``."""
        return self.conversions.converter(route, from_format, to_format, business_date)

    def conversion(
        self,
        route: Route,
        source: tuple[Format, Place],
        target: tuple[Format, Place],
        business_date: date | None = None,
    ) -> Converter | None:
        """The conversion from a place of a route to another for files of a business date (None: before any change).

        None means that bytes pass unchanged.

        Every pair that a route meets in its phases was checked. For another pair (after a manual switch) it may
        raise ``NoConversion`` or ``FormatFaults``.
        """
        return self.of(route.name).conversions.between(route, source, target, business_date)

    def timetable(self, route: Route) -> Timetable:
        """When a route is due."""
        return timetable_of(route, self.installation.zone, self.business_days)

    def digest(self, name: str) -> str:
        """A hash of all that determines an accepted route: itself, its systems, places, forms and mappings."""
        return self.of(name).digests.of(self.routes[name])


def timetable_of(route: Route, zone: ZoneInfo, business_days: BusinessDays) -> Timetable:
    """When a route is due, in a zone whose business days are known."""
    schedule = route.schedule
    return Timetable(
        schedule=schedule,
        zone=zone,
        windows=tuple(map(Window.of, schedule.windows)),
        is_open=business_days.is_open if schedule.calendar == "business-days" else every_day,
        delay=delay_of(route.name, schedule.jitter),
    )


def route_format(route: Route, systems: Mapping[str, System]) -> RouteFormat:
    """What decides the formats of a route's two ends, once its systems are known."""
    return RouteFormat(
        source=EndFormat(system=systems[route.source.system].standard_from, end=route.source.own_date),
        to=EndFormat(system=systems[route.to.system].standard_from, end=route.to.own_date),
    )
