"""A city's configuration as inventory and as map."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.config import Place, Route, Schedule, System
from gateway.cutover import EndFormat, format_at
from gateway.drawing import Edge, Node, map_svg
from gateway.drawing.palette import PHASES, Language
from gateway.formats import FormatFaults
from gateway.inventory.entry import Entry
from gateway.load import City, NoConversion
from gateway.model import Format, StandardFrom
from gateway.planning.course import EndCourse, History
from gateway.planning.plan import Planner
from gateway.timeline import Origin, PlannedEnd

FORMATS = {Format.LEGACY: "現行形式", Format.STANDARD: "標準形式"}
METHODS = {"ftp": "FTP", "sftp": "SFTP", "s3": "オブジェクトストレージ", "local": "フォルダー"}
ORIGINS = {
    Origin.MOVE: "試算", Origin.OVERRIDE: "運用者の指定", Origin.OUTCOME: "切替済み", Origin.END: "経路の記載",
    Origin.WAVE: "一斉切替", Origin.SYSTEM: "システム",
}  # fmt: skip
TAKEN = {
    "removed": "削除で確認",
    "renamed": "改名で確認",
    "receipt": "受領書で確認",
    "none": "取込は未確認（観測しない）",
}
UNOBSERVED = TAKEN["none"]
"""The consumer's import is not observed."""

_WHEN: dict[StandardFrom, str] = {"always": "移行済み", "never": "移行しない"}


@dataclass(frozen=True, kw_only=True)
class Listed:
    """How a city is listed: at which instant, and with what the journal remembers of its routes."""

    city: City
    now: datetime
    history: History | None = None

    @property
    def planner(self) -> Planner:
        """Lays out the city's routes."""
        return Planner(city=self.city, history=self.history)


def entries(listed: Listed, *, seen_from: str = "") -> tuple[Entry, ...]:
    """A row for each accepted route, by linkage ID and branch.

    ``seen_from`` leaves the routes of one system, as its own sheet has them: what comes in is I. Without it every
    route is seen from the system that sends.
    """
    city = listed.city
    routes = [
        route
        for route in city.routes.values()
        if not seen_from or seen_from in (route.source.system, route.to.system)
    ]
    found = (_entry(listed, route, seen_from) for route in routes)
    return tuple(sorted(found, key=lambda one: (one.linkage_id or "~", one.branch, one.route)))


def linkage_map(listed: Listed, *, language: Language = "ja") -> str:
    """The routes of a city as a drawn graph of its systems."""
    city = listed.city
    nodes = [
        Node(name=name, title=system.title, speaks=_speaks(system, listed.now))
        for name, system in city.systems.items()
    ]
    edges = [
        Edge(
            name=name,
            source=route.source.system,
            to=route.to.system,
            phase=listed.planner.course(route).phase_now(listed.now),
            label=f"{route.linkage.id}-{route.linkage.branch}" if route.linkage else "",
        )
        for name, route in city.routes.items()
    ]
    name = city.installation.gateway.name
    return map_svg(
        nodes, edges, language=language, title=f"{name} {'連携図' if language == 'ja' else 'Linkage map'}"
    )


def _speaks(system: System, now: datetime) -> Format:
    return format_at(EndFormat(system=system.standard_from), now)


def _entry(listed: Listed, route: Route, seen_from: str) -> Entry:
    incoming = route.to.system == seen_from != route.source.system
    partner = route.source.system if incoming else route.to.system
    linkage, systems = route.linkage, listed.city.systems
    sheet = {} if linkage is None else linkage.model_dump(exclude={"id"}) | {"linkage_id": linkage.id}
    supplied = sheet.pop("supplied", "") or _schedule(route.schedule)
    return Entry(
        **sheet,
        direction="I" if incoming else "O",
        partner=systems[partner].title or partner,
        supplied=supplied,
        route=route.name,
        title=route.title,
        vendor=route.vendor,
        source=route.source.system,
        target=route.to.system,
        schedule=_schedule(route.schedule),
        **_switching(listed, route),
    )


def _switching(listed: Listed, route: Route) -> dict[str, str]:
    """What depends on the instant: formats, places, conversion, and where the dates come from."""
    planned, course = listed.planner.planned(route), listed.planner.course(route)
    now = course.standing(listed.now)
    source, target = route.place("from", now[0], listed.now), route.place("to", now[1], listed.now)
    methods = [_method(listed.city, place) for place in (source, target)]
    return {
        "phase": PHASES["ja"][course.phase_now(listed.now)][0],
        "from_format": FORMATS[now[0]],
        "to_format": FORMATS[now[1]],
        "from_date": _date(listed, course.source),
        "from_origin": _origin(planned.source, course.source, listed.now),
        "to_date": _date(listed, course.to),
        "to_origin": _origin(planned.to, course.to, listed.now),
        "method": " → ".join(dict.fromkeys(filter(None, methods))),
        "from_place": _where(source),
        "to_place": _where(target),
        "conversion": _conversion(listed.city, route, now),
        "taken": TAKEN[target.taken.by] if target else "",
    }


def _origin(end: PlannedEnd, course: EndCourse, now: datetime) -> str:
    """Where the date in force comes from, the weightiest first."""
    if course.dated.override_at(now) is not None:
        return ORIGINS[Origin.OVERRIDE]
    if course.moved_at is not None:
        return ORIGINS[Origin.OUTCOME]
    return f"{ORIGINS[end.origin]} {end.wave}".strip()


def _date(listed: Listed, end: EndCourse) -> str:
    """When the end moved or is to move; that of people's word if there is one."""
    said = end.dated.override_at(listed.now)
    if said is not None:
        return f"{FORMATS[said.format]} {_day(listed, said.holds_from)}"
    if end.moved_at is not None:
        return _day(listed, end.moved_at)
    moved = end.dated.standard_from
    return _WHEN[moved] if isinstance(moved, str) else _day(listed, moved)


def _day(listed: Listed, instant: datetime) -> str:
    return instant.astimezone(listed.city.installation.zone).isoformat(timespec="minutes")


def _method(city: City, place: Place | None) -> str:
    endpoint = city.endpoints.get(place.endpoint) if place else None
    return METHODS.get(endpoint.adapter, endpoint.adapter) if endpoint else ""


def _where(place: Place | None) -> str:
    return f"{place.endpoint}: {place.path}" if place else ""


def _conversion(city: City, route: Route, now: tuple[Format, Format]) -> str:
    source, target = route.places("from", now[0]), route.places("to", now[1])
    if route.pass_through or not (source and target):
        return f"無変換（{route.reason}）" if route.reason else ""
    try:
        found = city.conversions.between(route, (now[0], source[0]), (now[1], target[0]))
    except (NoConversion, FormatFaults):
        return ""
    return found.mapping.name if found is not None else "無変換（形が同じ）"


def _schedule(schedule: Schedule) -> str:
    if schedule.every is not None:
        return f"{_duration(schedule.every)}ごと"
    if schedule.cron is not None:
        return f"cron {schedule.cron}"
    if schedule.watch:
        return "到着しだい"
    return f"{'・'.join(schedule.after)} の後"


def _duration(span: timedelta) -> str:
    """A duration in its largest whole unit."""
    seconds = int(span.total_seconds())
    for size, unit in ((86_400, "日"), (3600, "時間"), (60, "分")):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}秒"
