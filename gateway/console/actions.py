"""What operators do from the page: each asks for a reason, is done through the journal, and stands in the audit log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, cast, get_args

from aiohttp import web

from gateway.console.addresses import local_path
from gateway.console.asking import Ask, NotDone
from gateway.console.deeds import Cutovers, Replays
from gateway.console.guard import Visitor, visitor_of
from gateway.console.pages import Pages
from gateway.errors import IllegalMove, Stale
from gateway.journal.audit import Act
from gateway.journal.people import Kind
from gateway.lifecycle import State
from gateway.model import Wording
from gateway.observing.alarms import is_closable
from gateway.times.clock import Clock

ACK_FOR = timedelta(hours=12)
LONGEST = 500
"""Characters of a name or a reason."""

OfCutovers = Literal["switch", "back", "clear", "approve", "waive", "reopen"]
Word = Literal[
    "run", "pause", "resume", "release", "received", "supersede", "ack", "close", "replay", OfCutovers
]


class Actions:
    """Does what operators ask for."""

    def __init__(self, pages: Pages, clock: Clock) -> None:
        self._pages = pages
        self._gateway = pages.gateway
        self._clock = clock
        self._cutovers = Cutovers(pages.gateway, clock)
        self._replays = Replays(pages.gateway)
        self._does: dict[Word, Callable[[Ask], Awaitable[None]]] = {
            "run": self._run,
            "pause": self._pause,
            "resume": self._resume,
            "release": partial(self._release, "release"),
            "received": partial(self._release, "received"),
            "supersede": partial(self._release, "supersede"),
            "ack": self._ack,
            "close": self._close,
            "replay": self._replays.do,
        }
        for word in get_args(OfCutovers):
            self._does[word] = partial(self._cutovers.do, word)

    def routes(self) -> list[web.RouteDef]:
        """The address of every action: GET asks for confirmation, POST does it."""
        address = "/act/{word}/{subject}"
        return [web.get(address, self.ask), web.post(address, self.do)]

    async def ask(self, request: web.Request) -> web.Response:
        """The question, with what it will do."""
        word, subject = self._asked(request)
        return await self._question(request, word, subject)

    async def do(self, request: web.Request) -> web.Response:
        """Do it, and go back to the page on which it was asked for."""
        word, subject = self._asked(request)
        form = {key: str(value).strip()[:LONGEST] for key, value in (await request.post()).items()}
        visitor = visitor_of(request)
        try:
            await self._does[word](self._ask(subject, visitor, form))
        except NotDone as why:
            return await self._question(request, word, subject, refused=why)
        back = local_path(form.get("back", "/"))
        return web.Response(status=303, headers={"Location": f"{back.partition('?')[0]}?done={word}"})

    def _asked(self, request: web.Request) -> tuple[Word, str]:
        visitor = visitor_of(request)
        if not visitor.acts:
            raise web.HTTPForbidden
        word = cast("Word", request.match_info["word"])
        if word not in self._does:
            raise web.HTTPNotFound
        return word, request.match_info["subject"]

    async def _question(
        self, request: web.Request, word: Word, subject: str, *, refused: NotDone | None = None
    ) -> web.Response:
        try:
            would, unmet = await self._would(word, subject)
        except NotDone as why:
            would, unmet, refused = (), (), refused or why
        shown = {
            "word": word,
            "subject": subject,
            "file": await self._gateway.journal.find(subject),
            "titled": self._titled(subject),
            "would": would,
            "unmet": unmet,
            "wrong": refused.word if refused else "",
            "detail": refused.detail if refused else "",
            "back": local_path(request.query.get("back", "/")),
        }
        return self._pages.page(request, "ask", shown, status=409 if refused else 200)

    def _titled(self, subject: str) -> str:
        """The title of a route that is asked about, for people."""
        route = self._gateway.city.routes.get(subject.removeprefix("route:"))
        return route.title if route is not None and subject.startswith("route:") else ""

    async def _would(self, word: Word, subject: str) -> tuple[Sequence[Wording], Sequence[str]]:
        """What it would mean, in lines, and the conditions that could be waived."""
        if word == "replay":
            return await self._replays.would(subject), ()
        if word in get_args(OfCutovers):
            would = await self._cutovers.would(word, subject)
            return would, await self._cutovers.unmet(subject) if word == "waive" else ()
        return (), ()

    def _ask(self, subject: str, visitor: Visitor, form: Mapping[str, str]) -> Ask:
        who = visitor.name or form.get("who", "")
        if not who:
            raise NotDone("needs_name")
        if not form.get("reason"):
            raise NotDone("needs_reason")
        return Ask(
            subject=subject,
            who=who if visitor.name else f"{who} (status page)",
            reason=form["reason"],
            until=self._until(form.get("until", "")),
            form=form,
        )

    def _until(self, text: str) -> datetime | None:
        if not text:
            return None
        try:
            until = datetime.fromisoformat(text)
        except ValueError:
            raise NotDone("bad_until") from None
        if until.tzinfo is None:
            until = until.replace(tzinfo=self._gateway.city.installation.zone)
        if until <= self._clock.now():
            raise NotDone("bad_until")
        return until

    async def _run(self, ask: Ask) -> None:
        kind, name = self._named(ask.subject)
        if kind != "route" or name not in self._gateway.city.routes:
            raise NotDone("not_found")
        act = Act(who=ask.who, act="run", subject=f"route {name}", reason=ask.reason)
        await self._gateway.journal.audit.record(act)
        self._gateway.nudge(name)

    async def _pause(self, ask: Ask) -> None:
        kind, name = self._named(ask.subject)
        await self._gateway.journal.people.pause(kind, name, who=ask.who, reason=ask.reason, until=ask.until)
        self._nudge(kind, name)

    async def _resume(self, ask: Ask) -> None:
        kind, name = self._named(ask.subject)
        if not await self._gateway.journal.people.resume(kind, name, who=ask.who, reason=ask.reason):
            raise NotDone("too_late")
        self._nudge(kind, name)

    async def _release(self, word: str, ask: Ask) -> None:
        journal = self._gateway.journal
        found = await journal.find(ask.subject)
        if found is None:
            raise NotDone("not_found")
        if found.state is not State.HELD:
            raise NotDone("too_late")
        try:
            ways = {"received": journal.received, "supersede": journal.unwanted}
            await ways.get(word, journal.released)(found, who=ask.who, why=ask.reason)
        except (Stale, IllegalMove):
            raise NotDone("too_late") from None
        if found.route in self._gateway.city.routes:
            self._gateway.nudge(found.route)

    async def _ack(self, ask: Ask) -> None:
        if not (ask.subject.isascii() and ask.subject.isdigit()):
            raise NotDone("not_found")
        until = self._clock.now() + ACK_FOR
        taken = await self._gateway.journal.people.acked(
            int(ask.subject), who=ask.who, note=ask.reason, until=until
        )
        if taken is None:
            raise NotDone("too_late")

    async def _close(self, ask: Ask) -> None:
        people = self._gateway.journal.people
        alarm = next((one for one in await people.open_alarms() if str(one.number) == ask.subject), None)
        if alarm is None:
            raise NotDone("too_late")
        if not is_closable(alarm.event):
            raise NotDone("ends_itself")
        await people.closed(alarm.number, who=ask.who, note=ask.reason)

    def _named(self, subject: str) -> tuple[Kind, str]:
        """What a subject names; raises ``NotDone`` for what is not there."""
        kind, _, name = subject.partition(":")
        city = self._gateway.city
        known = {
            "route": set(city.routes),
            "endpoint": set(city.endpoints),
            "vendor": {route.vendor for route in city.routes.values()},
        }
        if name not in known.get(kind, set()):
            raise NotDone("not_found")
        return cast("Kind", kind), name

    def _nudge(self, kind: Kind, name: str) -> None:
        """Have every route that it concerns look now."""
        rows, city = self._gateway.board.rows, self._gateway.city
        for route in city.routes.values():
            row = rows.get(route.name)
            named = {
                "route": (route.name,),
                "vendor": (route.vendor,),
                "endpoint": row.endpoints if row else (),
            }
            if name in named[kind]:
                self._gateway.nudge(route.name)
