"""What only several files together can show about one route. Pure: complaints come back, with their locations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from gateway.config import Endpoint, MayUse, Place, Route, System
from gateway.cutover import format_at
from gateway.formats import FormatFaults
from gateway.formats.keysets import key_items
from gateway.load.city import route_format, timetable_of
from gateway.load.conversions import Conversions, NoConversion
from gateway.load.fault import Complaint, Fault, Location, Severity
from gateway.load.own_dates import Agreed, why_frozen, written
from gateway.load.spots import SIDES, Side, Spot, spots
from gateway.model import Format, StandardFrom
from gateway.naming import Companion, DestinationName, SourcePattern, TemplateFault, bare_directives
from gateway.spelling import instead
from gateway.times.businessdays import BusinessDays
from gateway.times.timetable import FARTHEST


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a route may refer to. Incomplete: a whole file could not be read.

    Broken ones exist and have faults; they are among ``systems`` and ``endpoints`` as well where what a route's
    checks need of them is known all the same.
    """

    complete: bool
    systems: Mapping[str, System]
    broken_systems: frozenset[str]
    endpoints: Mapping[str, Endpoint]
    broken_endpoints: frozenset[str]
    conversions: Conversions
    agreed: Agreed
    shared: bool
    kept_in_common: bool
    originals: timedelta
    zone: ZoneInfo
    business_days: BusinessDays
    bounds: MayUse = field(default_factory=MayUse)


def references(route: Route, known: Surroundings) -> Iterator[Complaint]:
    """Names that nothing has."""
    for side in SIDES:
        name = route.end(side).system
        if reason := _why_unknown("system", name, known.systems, known.broken_systems):
            yield Complaint(at=(side, "system"), message=reason)
    for spot in spots(route):
        name = spot.place.endpoint
        if reason := _why_unknown("endpoint", name, known.endpoints, known.broken_endpoints):
            yield Complaint(at=(*spot.at, "endpoint"), message=reason)
        yield from _formats(spot, known, route.vendor)
    for index, name in enumerate(route.convert):
        if reason := known.conversions.library.mappings.why_not(name, route.vendor):
            yield Complaint(at=("convert", index), message=reason)


def has_phases(route: Route, known: Surroundings) -> bool:
    """Whether all that decides a route's conversions is known: systems, layouts, profiles and mappings."""
    library = known.conversions.library
    formats = [reason for spot in spots(route) for reason in _formats(spot, known, route.vendor)]
    missing = [name for name in route.convert if library.mappings.why_not(name)]
    systems = {route.end(side).system for side in SIDES}
    return not formats and not missing and systems <= known.systems.keys()


def decides_phases(at: Location) -> bool:
    """Whether what stands at a location of a route decides which conversions it needs."""
    match at:
        case (("convert" | "pass_through" | "reason" | "delta"), *_):
            return True
        case ("from" | "to",) | ("from" | "to", "system" | "standard_from" | "legacy" | "standard"):
            return True
        case ("from" | "to", _, "layout" | "profile" | "content") | (
            "from" | "to",
            _,
            int(),
            "layout" | "profile" | "content",
        ):
            return True
    return False


def _why_unknown(kind: str, name: str, known: Mapping[str, object], broken: frozenset[str]) -> str:
    if name in broken:
        return f"{kind} {name} has faults; mend it in {kind}s.yaml"
    return "" if name in known else f"unknown {kind} {name}; {instead(name, known.keys() | broken)}"


def _formats(spot: Spot, known: Surroundings, vendor: str) -> Iterator[Complaint]:
    library = known.conversions.library
    for key, shelf in {"layout": library.layouts, "profile": library.profiles}.items():
        name = getattr(spot.place, key)
        if name is not None and (reason := shelf.why_not(name, vendor)):
            yield Complaint(at=(*spot.at, key), message=reason)


def templates(route: Route) -> Iterator[Complaint]:
    """Patterns and names that cannot be understood."""
    for spot in spots(route):
        place = spot.place
        yield from _template(
            SourcePattern if spot.side == "from" else DestinationName, place.path, (*spot.at, "path")
        )
        yield from _template(Companion, place.ready.marker, (*spot.at, "ready", "marker"))
        yield from _template(SourcePattern, place.ready.manifest, (*spot.at, "ready", "manifest"))
        yield from _template(Companion, place.marker, (*spot.at, "marker"))
        yield from _template(Companion, place.manifest, (*spot.at, "manifest"))
        if place.taken.receipt is not None:
            yield from _template(Companion, place.taken.receipt.path, (*spot.at, "taken", "receipt", "path"))
    yield from _template(DestinationName, route.after.to, ("after", "move_to"))


def _template(
    kind: type[SourcePattern | DestinationName | Companion], text: str | None, at: Location
) -> Iterator[Complaint]:
    try:
        if text is not None:
            kind.compile(text)
    except TemplateFault as fault:
        yield Complaint(at=at, message=f"{at[-1]} {fault}")
    for key, bare in bare_directives(text or ""):
        message = f"{at[-1]} has {bare} outside braces, where it stands for itself; for a {key} write {{{key}:{bare}}}"
        yield Complaint(at=at, message=message, severity=Severity.WARNING)


def order(route: Route, known: Surroundings) -> Iterator[Complaint]:
    """An order of files by what neither their names nor their headers say, or of files that may hold anything."""
    asked = route.order
    if asked is None:
        return
    if all(spot.place.content is None for spot in spots(route)):
        message = (
            "order, and no place says what its files hold; write content: full or differential at both ends"
        )
        yield Complaint(at=("order",), key=True, message=message)
    if asked.per == "key":
        yield from _per_key(route, known)
    yield from _order_by_header(route, known)
    key = {"sequence": "seq", "date": "date"}.get(asked.by, "")
    if not key or (key == "seq" and (asked.sequence or asked.header)):
        return
    example, headed = (
        ("{seq:06}", "") if key == "seq" else ("{date:%Y%m%d}", ", or business_date: in its layout")
    )
    for spot in spots(route):
        silent = spot.side == "from" and f"{{{key}" not in spot.place.path
        if silent and not (key == "date" and _says_its_day(spot.place, known)):
            message = f"path has no {{{key}}}, and the files go by {asked.by}; write it in, such as {example}{headed}"
            yield Complaint(at=(*spot.at, "path"), message=message)


def _per_key(route: Route, known: Surroundings) -> Iterator[Complaint]:
    """What keeps files from being told apart by the keys of their records."""
    asked, at = route.order, ("order", "per")
    assert asked is not None, "asked of routes with order"
    if route.delta is not None:
        yield Complaint(
            at=at, message="may not be key with delta: each state follows from the one before; remove it"
        )
    if asked.is_numbered:
        yield Complaint(
            at=at, message="may not be key where files go by number: one order holds for all; remove it"
        )
    for spot in (one for one in spots(route) if one.side == "from"):
        layout = known.conversions.library.layouts.get(spot.place.layout or "")
        if spot.place.content == "full":
            message = (
                "content may not be full with order: {per: key}, which is for changes; write differential"
            )
            yield Complaint(at=(*spot.at, "content"), message=message)
        if not spot.place.layout or (layout is not None and not key_items(layout)):
            message = (
                "order: {per: key} needs a layout with key: true at the items that tell records apart; add it"
            )
            yield Complaint(at=(*spot.at, "layout" if spot.place.layout else "endpoint"), message=message)


def _order_by_header(route: Route, known: Surroundings) -> Iterator[Complaint]:
    """A number in a header that a layout of the source does not have."""
    item = route.order.header if route.order else None
    for spot in spots(route) if item else ():
        layout = known.conversions.library.layouts.get(spot.place.layout or "")
        if spot.side == "from" and (layout is None or layout.head_index(item or "") is None):
            where = f"layout {spot.place.layout}" if spot.place.layout else "no layout"
            message = (
                f"header: {item} is no item of the header of the files at {spot.place.endpoint} ({where})"
            )
            yield Complaint(at=("order", "header"), message=message)


def _says_its_day(place: Place, known: Surroundings) -> bool:
    """Whether the layout of a place names the business date in the header."""
    layout = known.conversions.library.layouts.get(place.layout or "")
    return layout is not None and layout.business_date is not None


def first_counted(route: Route) -> Iterator[Complaint]:
    """A first file that counts, stated by what the files of a place to come do not say."""
    stated, asked = route.source.start_from, route.order
    numbered = asked is not None and bool(asked.sequence or asked.header)
    if stated is None or stated.name is not None or (stated.sequence is not None and numbered):
        return
    said, key, example = (
        ("sequence", "seq", "{seq:06}") if stated.time is None else ("time", "date", "{date:%Y%m%d}")
    )
    for spot in spots(route):
        is_to_come = spot.place.start is not None or spot.place in route.source.places(Format.STANDARD)
        if spot.side == "from" and is_to_come and f"{{{key}" not in spot.place.path:
            message = f"path has no {{{key}}}, and start_from goes by {said}; write it in, such as {example}"
            yield Complaint(at=(*spot.at, "path"), message=message)


def grounds(route: Route, known: Surroundings) -> Iterator[Complaint]:
    """Sensitive items that a route carries without saying on which legal ground."""
    library = known.conversions.library
    said: set[str] = set(route.carries)
    for spot in spots(route):
        name = spot.place.layout or ""
        versions = [one for one in library.layouts.values() if one.base == name]
        for leaf in (leaf for layout in versions for leaf in layout.leaves):
            for kind in sorted(set(leaf.item.sensitive) - said):
                said.add(kind)
                message = (
                    f"layout {spot.place.layout} has {leaf.item.label}, marked {kind}, and the route states no legal "
                    f"ground; add carries: {{{kind}: the law and its article}}"
                )
                yield Complaint(at=(*spot.at, "layout"), message=message)


def environments(route: Route, endpoints: Mapping[str, Endpoint]) -> Iterator[Complaint]:
    """Where a route joins two environments."""
    placed = [
        (spot, endpoints[spot.place.endpoint]) for spot in spots(route) if spot.place.endpoint in endpoints
    ]
    for spot, endpoint in placed[1:]:
        first = placed[0][1]
        if endpoint.environment != first.environment:
            message = (
                f"joins {first.environment} (endpoint {placed[0][0].place.endpoint}) to {endpoint.environment} "
                f"(endpoint {spot.place.endpoint}); a route stays in one environment"
            )
            yield Complaint(at=(*spot.at, "endpoint"), message=message)


def never_due(route: Route, known: Surroundings) -> Iterator[Complaint]:
    """A schedule of which no run is on its days and within its windows."""
    schedule = route.schedule
    limited = schedule.windows or schedule.calendar != "every-day"
    if schedule.after or not (limited or schedule.cron):
        return
    table = timetable_of(route, known.zone, known.business_days)
    if table.next_after(known.agreed.now) is None:
        key = "poll" if schedule.watch else "cron" if schedule.cron else "every"
        where = f"within {', '.join(schedule.windows)}" if schedule.windows else "on a business day"
        advice = "wider windows" if schedule.windows else "leave calendar out"
        message = (
            f"{key} never falls due: none of its times in the next {FARTHEST} days is {where}; "
            f"write another time, or {advice}"
        )
        yield Complaint(at=("schedule", key), key=True, message=message)


def phases(route: Route, known: Surroundings) -> Iterator[Complaint]:
    """Pairs of formats that the route meets and cannot carry."""
    pairs = tuple(dict.fromkeys(route_format(route, known.systems).pairs_met()))
    met: dict[tuple[Side, Format], None] = {}
    for source, target in pairs:
        met |= {("from", source): None, ("to", target): None}
    missing = [(side, format_) for side, format_ in met if not route.places(side, format_)]
    for side, format_ in missing:
        yield Complaint(at=(side,), key=True, message=_missing_place(route, side, format_, known.systems))
    if missing:
        return
    wrong = [complaint for pair in pairs for complaint in _conversion(route, *pair, known)]
    yield from wrong or _unneeded(route, pairs, known.conversions)


def _missing_place(route: Route, side: Side, format_: Format, systems: Mapping[str, System]) -> str:
    end = route.end(side)
    moved = end.own_date or systems[end.system].standard_from
    return (
        f"{end.system} speaks {format_} {_when(moved, format_)}, and {side} has no {format_}: place; add it"
    )


def _when(moved: StandardFrom, format_: Format) -> str:
    if isinstance(moved, str):
        return "always"
    return f"{'until' if format_ is Format.LEGACY else 'from'} {written(moved)}"


def frozen_moves(route: Route, known: Surroundings) -> Iterator[Complaint]:
    """Ends that are to go to another place, in the format that they speak then, on a frozen day."""
    formats = route_format(route, known.systems)
    spoken = {"from": formats.source, "to": formats.to}
    for spot in spots(route):
        start = spot.place.start
        if start is None or Format(str(spot.at[1])) is not format_at(spoken[spot.side], start):
            continue
        if reason := why_frozen(start, known.agreed.freezes, known.agreed.now):
            yield Complaint(at=(*spot.at, "from"), message=reason.replace("standard_from", "from", 1))


def _conversion(route: Route, source: Format, target: Format, known: Surroundings) -> Iterator[Complaint]:
    for one, other, on in _met(route, source, target, known.conversions):
        try:
            known.conversions.between(route, (source, one), (target, other), on)
        except NoConversion as reason:
            yield Complaint(at=reason.at, message=str(reason))
            return
        except FormatFaults as error:
            names = ", ".join(sorted({f"{fault.model} {fault.name}" for fault in error.faults}))
            yield Complaint(at=("convert",), message=f"the conversion has faults; mend {names}")


def _met(
    route: Route, source: Format, target: Format, conversions: Conversions
) -> Iterator[tuple[Place, Place, date | None]]:
    """Every pair of places in two formats, with a business date for each of their layouts' versions."""
    for one, other in product(route.places("from", source), route.places("to", target)):
        for on in conversions.dates(one, other):
            yield one, other, on


def _unneeded(
    route: Route, pairs: tuple[tuple[Format, Format], ...], conversions: Conversions
) -> Iterator[Complaint]:
    used: set[str] = set()
    for source, target in pairs:
        for one, other in product(route.places("from", source), route.places("to", target)):
            used |= set(conversions.chosen(route, one, other))
    if route.shadow is not None:
        for one in (*route.places("from", Format.LEGACY), *route.places("from", Format.STANDARD)):
            used |= set(conversions.chosen(route, one, route.shadow))
    for index, name in enumerate(route.convert):
        if name not in used:
            message = f"mapping {name} is not needed by any phase of this route; remove it"
            yield Complaint(at=("convert", index), message=message, severity=Severity.WARNING)


def conversion_faults(route: Route, known: Surroundings) -> Iterator[Fault]:
    """Faults in the layouts, mappings and golden cases that a route's conversions use, in their own files."""
    for source, target in route_format(route, known.systems).pairs_met():
        for one, other, on in _met(route, source, target, known.conversions):
            try:
                converter = known.conversions.between(route, (source, one), (target, other), on)
                wrong = () if converter is None else known.conversions.golden(converter)
            except NoConversion:
                continue
            except FormatFaults as error:
                wrong = error.faults
            yield from known.conversions.library.faults(FormatFaults(wrong))
