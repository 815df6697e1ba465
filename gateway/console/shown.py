"""What the page shows, worked out of rows and alarms. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from gateway import events
from gateway.console.words import words
from gateway.cutover import Condition
from gateway.events import CATALOGUE
from gateway.journal import Alarm
from gateway.journal.switching import Flip, Said, Side
from gateway.load import City
from gateway.model import Format, Phase, Wording
from gateway.observing.alarms import RANK, command_for, detail_in, is_closable, words_for
from gateway.observing.alerts import contact_of
from gateway.observing.daily import Daily
from gateway.sheets import Kind, sheet
from gateway.status import RouteStatus

DAY_TITLES = {
    "route": "経路",
    "title": "名称",
    "vendor": "事業者",
    "state": "状態",
    "arrived": "到着（件）",
    "arrived_records": "到着（レコード）",
    "delivered": "送達（件）",
    "delivered_records": "送達（レコード）",
    "taken": "引取（件）",
    "pending": "滞留",
    "held": "保留",
    "balances": "台帳",
}
MOST_SHOWN = 30
"""Alarms on the first page; the rest stand on their own."""


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """An alarm as the page shows it. ``link`` is the page where something can be done."""

    alarm: Alarm
    severity: str
    message_id: str
    text: str
    detail: str
    cause: str
    todo: str
    command: str
    contact: str
    link: str
    seen: bool
    closable: bool


@dataclass(frozen=True, kw_only=True)
class Group:
    """Routes under one heading."""

    name: str
    title: str
    rows: tuple[RouteStatus, ...]

    @property
    def wrong(self) -> int:
        """How many of them somebody should look at."""
        return sum(row.wrong for row in self.rows)


@dataclass(frozen=True, kw_only=True)
class Totals:
    """The figures at the top."""

    states: Mapping[str, int]
    phases: Mapping[str, int]
    routes: int
    overdue: int
    pending: int
    held: int
    next_cutover: datetime | None


def totals(rows: Sequence[RouteStatus]) -> Totals:
    """The figures of these routes."""
    return Totals(
        states=Counter(row.state for row in rows),
        phases={str(phase): sum(row.phase is phase for row in rows) for phase in Phase},
        routes=len(rows),
        overdue=sum(row.overdue_since is not None for row in rows),
        pending=sum(row.pending for row in rows),
        held=sum(row.held for row in rows),
        next_cutover=min(
            (row.next_cutover for row in rows if row.next_cutover and not row.cutover_due), default=None
        ),
    )


def of_vendor(city: City, vendor: str) -> City:
    """The city as far as a vendor's pictures may show it: its own routes, and their systems, places and waves.

    Why people froze some days is left out: it may speak of others.
    """
    routes = {name: route for name, route in city.routes.items() if route.vendor == vendor}
    ends = [end for route in routes.values() for end in (route.source, route.to)]
    systems = {end.system for end in ends}
    places = {place.endpoint for end in ends for format_ in Format for place in end.places(format_)}
    waves = {name for name, wave in city.waves.items() if {*wave.members} & (systems | routes.keys())}
    return replace(
        city,
        routes=routes,
        systems={name: one for name, one in city.systems.items() if name in systems},
        endpoints={name: one for name, one in city.endpoints.items() if name in places},
        waves={name: one for name, one in city.waves.items() if name in waves},
        freezes=tuple(one.model_copy(update={"reason": ""}) for one in city.freezes),
    )


def groups(city: City, rows: Iterable[RouteStatus], by: str) -> list[Group]:
    """Routes by vendor, by the system that they come from, or all under one heading."""
    found: dict[str, list[RouteStatus]] = {}
    for row in rows:
        key = {"vendor": row.vendor, "system": row.systems[0]}.get(by, "")
        found.setdefault(key, []).append(row)
    return [
        Group(name=name, title=_title(city, by, name), rows=tuple(listed))
        for name, listed in sorted(found.items())
    ]


def _title(city: City, by: str, name: str) -> str:
    if by == "vendor" and name in city.installation.vendors:
        return city.installation.vendors[name].title or name
    if by == "system" and name in city.systems:
        return city.systems[name].title or name
    return name


def wrongs(city: City, alarms: Iterable[Alarm], now: datetime, language: str) -> list[Wrong]:
    """Alarms with what people need to act on them: those that nobody has taken on first, the worst of them first."""
    found = [_wrong(city, alarm, now, language) for alarm in alarms if alarm.event in CATALOGUE]
    return sorted(found, key=lambda one: (one.seen, -_rank(one.alarm), one.alarm.number))


def _rank(alarm: Alarm) -> int:
    return RANK[CATALOGUE[alarm.event].severity]


def _wrong(city: City, alarm: Alarm, now: datetime, language: str) -> Wrong:
    event = CATALOGUE[alarm.event]
    text, cause, todo = words_for(alarm, language)
    return Wrong(
        alarm=alarm,
        severity=event.severity,
        message_id=event.message_id,
        text=text,
        detail=detail_in(alarm, language),
        cause=cause,
        todo=todo,
        command=command_for(alarm),
        contact=contact_of(city, alarm),
        link=_link(city, alarm),
        seen=alarm.is_seen(now),
        closable=is_closable(alarm.event),
    )


OF_TRANSFERS = frozenset(
    {
        events.FILE_HELD.name,
        events.FILE_HELD_LONG.name,
        events.ATTEMPT_FAILED.name,
        events.FILE_NOT_TAKEN.name,
        events.RECEIPT_DIFFERS.name,
    }
)
"""Alarms whose subject is a transfer, which has a page of its own."""


def _link(city: City, alarm: Alarm) -> str:
    if alarm.event in OF_TRANSFERS:
        return f"/transfers/{alarm.subject}"
    name = alarm.route or alarm.subject
    return f"/routes/{name}" if name in city.routes or name in city.rejected else ""


def visible(city: City, alarms: Iterable[Alarm], vendor: str | None) -> list[Alarm]:
    """The alarms that concern a vendor's routes; all of them for None."""
    if vendor is None:
        return list(alarms)
    return [one for one in alarms if vendor in (one.vendor, city.vendor_of(one.route))]


OF_OTHERS = Wording(
    text="this concerns routes of other vendors too, and is not shown",
    text_ja="他の事業者の経路にも関わるため、内容は表示しません",
)


def without_others(city: City, found: Iterable[Condition], vendor: str | None) -> tuple[Condition, ...]:
    """The conditions of a gate as a vendor may see them; as they are for None.

    A wave is of several vendors: what names a route of another one is left out.
    """
    if vendor is None:
        return tuple(found)
    own = {name for name, route in city.routes.items() if route.vendor == vendor}
    others = {*city.routes, *city.rejected} - own
    return tuple(_hidden(one) if others & set(_BETWEEN.split(one.says)) else one for one in found)


_BETWEEN = re.compile(r"[\s/:;,()]+")


def _hidden(one: Condition) -> Condition:
    return replace(one, says=OF_OTHERS.text, says_ja=OF_OTHERS.text_ja)


@dataclass(frozen=True, kw_only=True)
class Turns:
    """What may be ordered about the formats of a route: forward, back, and whether something was said by hand."""

    forward: bool
    back: bool
    said: bool


def turns(city: City, row: RouteStatus, flips: Sequence[Flip], said: Iterable[Said]) -> Turns:
    """See ``Turns``; ``flips`` are those of the route, in order."""
    if row.route not in city.routes:
        return Turns(forward=False, back=False, said=False)
    plans, newest = city.plans(row.route, {}), {flip.side: flip for flip in flips}
    both = {side for side, plan in plans.items() if all(plan.places.get(one) for one in Format)}
    formats: dict[Side, Format | None] = {"from": row.from_format, "to": row.to_format}
    passed = {side for side, flip in newest.items() if flip.planned is not None}
    return Turns(
        forward=any(formats[side] is Format.LEGACY for side in both),
        back=any(formats[side] is Format.STANDARD for side in both & passed),
        said=any(one.scope.startswith(f"end:{row.route}:") for one in said),
    )


def cutover_subject(name: str) -> str:
    """What an action about a cutover, named ``route@...`` or ``wave:NAME@...``, is addressed to."""
    subject = name.partition("@")[0]
    return subject if subject.startswith("wave:") else f"route:{subject}"


def day_sheet(kind: Kind, made: Daily) -> bytes:
    """The routes of the day on one page as a table for a spreadsheet, in Japanese."""
    ja = words("ja")
    rows = [
        asdict(row) | {"state": ja[row.state], "balances": ja["balances" if row.balances else "differs"]}
        for row in made.rows
    ]
    return sheet(kind, DAY_TITLES, rows, name=f"日報 {made.day}")
