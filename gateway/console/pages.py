"""The pages that show: one function each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from aiohttp import web
from jinja2 import Environment

from gateway.app import Gateway
from gateway.carrying.production import reported
from gateway.config import Console
from gateway.console.addresses import day_of, download, local_path, number
from gateway.console.guard import VISITOR, Guard, visitor_of
from gateway.console.shown import (
    MOST_SHOWN,
    day_sheet,
    groups,
    of_vendor,
    totals,
    turns,
    visible,
    without_others,
    wrongs,
)
from gateway.console.words import LANGUAGES, Language, words
from gateway.drawing.palette import Language as Drawn
from gateway.errors import Reason
from gateway.evidence.ledger import PARTS, TITLES_JA, lines, total
from gateway.evidence.ledger import rows as ledger_rows
from gateway.formats.faults import BadRecordReport
from gateway.inventory import Listed, linkage_map
from gateway.journal import Transfer
from gateway.lifecycle import WORDS, State
from gateway.load import City
from gateway.observing.daily import business_day, daily
from gateway.observing.masking import masked
from gateway.observing.metrics import CONTENT_TYPE
from gateway.planning.course import History
from gateway.planning.plan import Planner, remembered
from gateway.planning.plan_picture import plan_picture
from gateway.sheets import sheet
from gateway.status import RouteStatus
from gateway.times.clock import Clock

RECENT = 50
PAST = 50
COMPARED = 10
AUDITED = 200
LOOKED_UP = 50
FAULTY = {Reason.BAD_RECORDS, Reason.ROUND_TRIP}
"""Reasons for which a report lists what is bad."""
PICTURE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",  # the drawing's own style; no script
    "Cache-Control": "private, max-age=60",
    "Vary": "Cookie",  # another person who signs in with the same browser gets another picture
}


class Pages:
    """Makes the pages of one gateway."""

    def __init__(
        self, gateway: Gateway, console: Console, guard: Guard, clock: Clock, templates: Environment
    ) -> None:
        self.gateway = gateway
        self._console = console
        self._guard = guard
        self._clock = clock
        self._templates = templates
        self._rows: dict[tuple[RouteStatus, str], str] = {}

    def routes(self) -> list[web.RouteDef]:
        """Every page and its address."""
        return [
            web.get("/", self.overview),
            web.get("/live", self.live),
            web.get("/plan", self.plan),
            web.get("/plan.svg", self.plan_svg),
            web.get("/map", self.map),
            web.get("/map.svg", self.map_svg),
            web.get("/routes/{route}", self.route),
            web.get("/transfers/{transfer}", self.transfer),
            web.get("/held", self.held),
            web.get("/alarms", self.alarms),
            web.get("/audit", self.audit),
            web.get("/ledger", self.ledger),
            web.get("/daily", self.daily),
            web.get("/search", self.search),
            web.get("/language/{language}", self.language),
            web.get("/metrics", self.metrics),
            web.get("/healthz", self.healthz),
            web.get("/readyz", self.readyz),
        ]

    def spoken(self, request: web.Request) -> Language:
        """The language that the visitor chose, else that of the configuration."""
        chosen = request.cookies.get("language", "")
        return chosen if chosen in LANGUAGES else self._console.language

    def page(
        self, request: web.Request, name: str, shown: Mapping[str, Any], status: int = 200
    ) -> web.Response:
        """A page out of its template."""
        visitor = request.get(VISITOR)
        language, city = self.spoken(request), self.gateway.city
        known = {
            "w": words(language),
            "language": language,
            "gateway": city.installation.gateway.name,
            "now": self._clock.now(),
            "zone": city.installation.zone,
            "visitor": visitor,
            "csrf": self._guard.csrf(visitor.token) if visitor else "",
            "signs_in": self._guard.signs_in,
            "here": request.path,
            "done": request.query.get("done", ""),
            "city": city,
            "hide": lambda text, route: masked(text, self.gateway.mask_of(route)),
        }
        text = self._templates.get_template(f"{name}.html").render(known | dict(shown))
        return web.Response(text=text, content_type="text/html", status=status)

    async def rows(self, request: web.Request) -> list[RouteStatus]:
        """The routes that the visitor may see, as they are now."""
        board, visitor = self.gateway.board, visitor_of(request)
        await board.look()
        mine, vendor = (row for row in board.rows.values() if visitor.sees(row.vendor)), visitor.person.vendor
        return [
            replace(row, unmet=without_others(self.gateway.city, row.unmet, vendor)) if row.unmet else row
            for row in mine
        ]

    async def _wrongs(self, request: web.Request) -> list[Any]:
        alarms = await self.gateway.journal.people.open_alarms()
        seen = visible(self.gateway.city, alarms, visitor_of(request).person.vendor)
        return wrongs(self.gateway.city, seen, self._clock.now(), self.spoken(request))

    async def overview(self, request: web.Request) -> web.Response:
        """What needs a person, the figures, and every route."""
        rows, by = await self.rows(request), request.query.get("by", "vendor")
        language = self.spoken(request)
        found = groups(self.gateway.city, rows, by)
        lines = {group.name: [self._line(row, language) for row in group.rows] for group in found}
        shown = {"by": by, "groups": found, "lines": lines, "version": self.gateway.board.version}
        return self.page(request, "overview", shown | await self._head(request, rows))

    async def _head(self, request: web.Request, rows: Sequence[RouteStatus]) -> dict[str, Any]:
        found = await self._wrongs(request)
        pauses = await self.gateway.journal.people.pauses() if visitor_of(request).sees_all else ()
        return {
            "totals": totals(rows),
            "wrongs": found[:MOST_SHOWN],
            "more": len(found) - MOST_SHOWN,
            "pauses": pauses,
        }

    def _line(self, row: RouteStatus, language: Language) -> str:
        """A route's row as HTML; made once for as long as the row stays as it is."""
        found = self._rows.get((row, language))
        if found is None:
            if len(self._rows) > 4 * len(self.gateway.board.rows):
                self._rows.clear()
            city = self.gateway.city
            zone = city.installation.zone
            known = {"w": words(language), "language": language, "row": row, "city": city, "zone": zone}
            found = self._templates.get_template("row.html").render(known)
            self._rows[row, language] = found
        return found

    async def live(self, request: web.Request) -> web.Response:
        """What has changed on the first page since a version: rows by name, and its head."""
        rows, board = await self.rows(request), self.gateway.board
        since, language = number(request.query.get("since", "0")), self.spoken(request)
        changed = {
            row.route: self._line(row, language) for row in rows if board.changed.get(row.route, 0) > since
        }
        head = self.page(request, "head", await self._head(request, rows)).text
        return web.json_response({"version": board.version, "rows": changed, "head": head})

    async def route(self, request: web.Request) -> web.Response:
        """One route: how it stands, its recent transfers, gates and alarms."""
        name = request.match_info["route"]
        row = next((row for row in await self.rows(request) if row.route == name), None)
        if row is None:
            raise web.HTTPNotFound
        journal, city, vendor = self.gateway.journal, self.gateway.city, visitor_of(request).person.vendor
        alarms = [one for one in await self._wrongs(request) if one.alarm.route == name]
        gates, flips = await journal.switching.gates(), await journal.switching.flips(name)
        shown = {
            "row": row,
            "route": city.routes.get(name),
            "faults": city.rejected.get(name, ()),
            "recent": [_shown(one) for one in await journal.recent(name, RECENT)],
            "wrongs": alarms,
            "gates": [
                replace(gate, conditions=without_others(city, gate.conditions, vendor))
                for key, gate in gates.items()
                if _concerns(key, city, name)
            ],
            "flips": flips,
            "made": {flip.cutover for flip in flips},
            "turns": turns(city, row, flips, await journal.switching.overrides()),
            "comparisons": await journal.comparisons.latest(name, COMPARED),
        }
        return self.page(request, "route", shown)

    async def transfer(self, request: web.Request) -> web.Response:
        """A transfer's way from its source to every destination, step by step."""
        found = await self.gateway.journal.find(request.match_info["transfer"])
        if found is None or not self._may_see(request, found.route):
            raise web.HTTPNotFound
        legs = await self.gateway.journal.traces.trace(found.id)
        mine = [leg for leg in legs if self._may_see(request, leg.route)]
        faulty = await self._faulty([found])
        shown = {"one": found, "word": WORDS[found.state], "legs": mine, "faulty": faulty}
        return self.page(request, "transfer", shown)

    async def _faulty(self, held: Sequence[Transfer]) -> dict[str, BadRecordReport]:
        """By transfer: which of its records are bad. Only the first files of a long list are looked up."""
        spool = self.gateway.city.installation.gateway.state_dir / "spool"
        meant = [one.id for one in held if one.reason in FAULTY][:LOOKED_UP]

        def read() -> dict[str, BadRecordReport]:
            return {id_: found for id_ in meant if (found := reported(spool / id_)) is not None}

        return await asyncio.to_thread(read)

    def _may_see(self, request: web.Request, route: str) -> bool:
        visitor = visitor_of(request)
        known = self.gateway.city.routes.get(route)
        return visitor.sees_all or (known is not None and visitor.sees(known.vendor))

    async def held(self, request: web.Request) -> web.Response:
        """The files that wait for a person."""
        opened = await self.gateway.journal.open_transfers()
        found = [one for one in opened if one.state is State.HELD and self._may_see(request, one.route)]
        return self.page(request, "held", {"held": found, "faulty": await self._faulty(found)})

    async def alarms(self, request: web.Request) -> web.Response:
        """What is wrong, and what was until lately."""
        visitor, city = visitor_of(request), self.gateway.city
        past = await self.gateway.journal.people.past_alarms(PAST)
        ended = wrongs(
            city, visible(city, past, visitor.person.vendor), self._clock.now(), self.spoken(request)
        )
        return self.page(request, "alarms", {"wrongs": await self._wrongs(request), "past": ended})

    async def audit(self, request: web.Request) -> web.Response:
        """Who did what and why, the newest first."""
        if not visitor_of(request).sees_all:
            raise web.HTTPNotFound
        entries = await self.gateway.journal.audit.entries(AUDITED)
        return self.page(request, "audit", {"entries": list(reversed(entries))})

    async def daily(self, request: web.Request) -> web.Response:
        """The day on one page, to print and sign."""
        now, city, journal = self._clock.now(), self.gateway.city, self.gateway.journal
        day = day_of(request.query.get("day", "")) or business_day(city, now)
        sums = lines(await journal.ledger.sums(day, day))
        alarms = visible(city, await journal.people.open_alarms(), visitor_of(request).person.vendor)
        found = daily(
            day,
            await self.rows(request),
            lines=sums,
            opened=await journal.open_transfers(),
            alarms=alarms,
            now=now,
        )
        if request.query.get("as") == "csv":
            return download(day_sheet("csv", found), f"daily-{day}.csv")
        shown = {"made": found, "wrongs": wrongs(city, found.alarms, now, self.spoken(request))}
        return self.page(request, "daily", shown)

    async def ledger(self, request: web.Request) -> web.Response:
        """What came in on some business days and where it is; the same as a CSV for whoever wants to count on."""
        today = business_day(self.gateway.city, self._clock.now())
        book = self.gateway.journal.ledger
        day = day_of(request.query.get("day", "")) or today
        since = min(day_of(request.query.get("since", "")) or day, day)
        asked, mine = (
            request.query.get("route", "").strip(),
            {row.route: row for row in await self.rows(request)},
        )
        meant = {asked} & mine.keys() or {
            name for name, row in mine.items() if not asked or _speaks_of(row, asked)
        }
        found = [one for one in lines(await book.sums(since, day)) if one.route in meant]
        if request.query.get("as") == "csv":
            return download(
                sheet("csv", TITLES_JA, ledger_rows(found), name="受渡台帳"), f"ledger-{since}-{day}.csv"
            )
        counted = [one for one in await book.row_sums(since, day) if one.route in meant]
        shown = {
            "day": day,
            "since": since,
            "asked": asked,
            "found": found,
            "total": total(found),
            "counted": counted,
        }
        return self.page(request, "ledger", shown | {"parts": PARTS, "known": mine})

    async def search(self, request: web.Request) -> web.Response:
        """Routes by their words, and files by path, name, transfer or digest."""
        asked = request.query.get("q", "").strip()
        rows = [row for row in await self.rows(request) if asked and _speaks_of(row, asked)]
        legs = await self.gateway.journal.traces.trace(asked) if asked else []
        mine = [leg for leg in legs if self._may_see(request, leg.route)]
        return self.page(request, "search", {"asked": asked, "rows": rows, "legs": mine})

    async def plan(self, request: web.Request) -> web.Response:
        """The migration's timeline."""
        rows = [row for row in await self.rows(request) if row.phase]
        return self.page(request, "plan", {"rows": rows})

    async def map(self, request: web.Request) -> web.Response:
        """The linkages between systems."""
        rows = [row for row in await self.rows(request) if row.phase]
        return self.page(request, "map", {"rows": rows})

    async def plan_svg(self, request: web.Request) -> web.Response:
        """The timeline as a picture; of a vendor's own routes for those who see no others."""
        return await self._drawn(request, _plan_text)

    async def map_svg(self, request: web.Request) -> web.Response:
        """The linkages as a picture; of a vendor's own routes for those who see no others."""
        return await self._drawn(request, _map_text)

    async def _drawn(self, request: web.Request, draw: Any) -> web.Response:
        visitor, city = visitor_of(request), self.gateway.city
        shown = city if visitor.sees_all else of_vendor(city, visitor.person.vendor or "")
        history = await remembered(self.gateway.journal, self._clock.now())
        text = await asyncio.to_thread(draw, shown, self.spoken(request), history)
        return web.Response(text=text, content_type="image/svg+xml", headers=PICTURE_HEADERS)

    async def language(self, request: web.Request) -> web.Response:
        """Choose the language, and go back."""
        chosen = request.match_info["language"]
        if chosen not in LANGUAGES:
            raise web.HTTPNotFound
        answer = web.Response(status=303, headers={"Location": local_path(request.query.get("to", "/"))})
        answer.set_cookie("language", chosen, samesite="Lax", httponly=True, max_age=400 * 86400)
        return answer

    async def metrics(self, _request: web.Request) -> web.Response:
        """What Prometheus reads."""
        return web.Response(body=await self.gateway.metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    async def healthz(self, _request: web.Request) -> web.Response:
        """That the process answers."""
        return web.Response(text="ok")

    async def readyz(self, _request: web.Request) -> web.Response:
        """That the journal can be read."""
        await self.gateway.journal.generation()
        return web.Response(text="ready")


def _plan_text(city: City, language: Drawn, history: History) -> str:
    planner, now = Planner(city=city, history=history), history.now
    return plan_picture(city, planner.timeline(*planner.usual(now)), now, language)


def _map_text(city: City, language: Drawn, history: History) -> str:
    return linkage_map(Listed(city=city, now=history.now, history=history), language=language)


def _shown(one: Transfer) -> dict[str, Any]:
    return {"transfer": one, "word": one.outcome or WORDS[one.state]}


def _concerns(cutover: str, city: City, name: str) -> bool:
    """Whether a cutover, named ``route@...`` or ``wave:NAME@...``, changes the route."""
    kind, _, subject = cutover.partition("@")[0].rpartition(":")
    route, wave = city.routes.get(name), city.waves.get(subject)
    if kind != "wave" or wave is None or route is None:
        return subject == name
    return bool({name, route.source.system, route.to.system} & set(wave.members))


def _speaks_of(row: RouteStatus, asked: str) -> bool:
    known = (row.route, row.title, row.vendor, *row.systems, *row.endpoints)
    return any(asked.lower() in text.lower() for text in known)
