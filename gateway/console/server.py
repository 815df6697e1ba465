"""The status page as a server beside the routes: opened after them, closed before them, and never in their way."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from importlib import resources
from typing import Self
from urllib.parse import quote

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from adapters.errors import AdapterError
from gateway import events
from gateway.app import Gateway
from gateway.config import Console
from gateway.console.actions import Actions
from gateway.console.certificate import tell_of_its_end, valid_until
from gateway.console.guard import Guard
from gateway.console.pages import Pages
from gateway.console.shown import cutover_subject
from gateway.console.words import detail_in, instant, size, words
from gateway.errors import place_of
from gateway.findings import in_japanese
from gateway.formats.rules import RULES
from gateway.lifecycle import WORDS
from gateway.logs.log import Reporter
from gateway.reasons import meaning_of
from gateway.times.clock import Clock

STATIC = {"console.css": "text/css", "console.js": "text/javascript", "mark.svg": "image/svg+xml"}
CLOSE_WITHIN = 2.0
LARGEST_FORM = 64 * 1024

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ConsoleServer:
    """The page of one gateway; used as ``async with``, inside that of the gateway.

    Where it cannot be opened the log says so and the gateway goes on without it. ``address`` is empty then.
    """

    def __init__(self, gateway: Gateway, console: Console, *, clock: Clock, report: Reporter) -> None:
        self._gateway = gateway
        self._console = console
        self._clock = clock
        self._report = report
        self._runner: web.AppRunner | None = None
        self._closed = asyncio.Event()
        self._telling: asyncio.Task[None] | None = None
        self.address = ""

    async def __aenter__(self) -> Self:
        """Listen."""
        try:
            await self._open()
        except (OSError, ssl.SSLError, AdapterError) as error:
            why = error.message if isinstance(error, AdapterError) else _why(error)
            self._report.emit(events.CONSOLE_FAILED, endpoint=self._console.listen, error=why)
        else:
            self._report.emit(events.CONSOLE_OPENED, endpoint=self.address)
            self._telling = await self._certificate()
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._closed.set()
        if self._telling is not None:
            await self._telling
        if self._runner is not None:
            await self._runner.cleanup()

    async def _open(self) -> None:
        console = self._console
        token = await asyncio.to_thread(console.metrics_token.reveal) if console.metrics_token else None
        name = self._gateway.city.installation.gateway.name
        guard = Guard(console, gateway=name, clock=self._clock, report=self._report, token=token)
        self._runner = web.AppRunner(self._app(guard), access_log=None, shutdown_timeout=CLOSE_WITHIN)
        await self._runner.setup()
        site = web.TCPSite(self._runner, console.host, console.port, ssl_context=self._tls())
        await site.start()
        host, port = self._runner.addresses[0][:2]
        shown = f"[{host}]" if ":" in host else host
        self.address = f"{'https' if console.tls else 'http'}://{shown}:{port}/"

    def _tls(self) -> ssl.SSLContext | None:
        if self._console.tls is None:
            return None
        folder = self._gateway.city.directory
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(folder / self._console.tls.certificate, folder / self._console.tls.key)
        return context

    async def _certificate(self) -> asyncio.Task[None] | None:
        """Watch over the end of the certificate that the page was opened with, if it has one."""
        if self._console.tls is None:
            return None
        city = self._gateway.city
        ends = await asyncio.to_thread(valid_until, city.directory / self._console.tls.certificate)
        if ends is None:
            return None
        told = tell_of_its_end(
            ends.astimezone(city.installation.zone),
            self._closed,
            clock=self._clock,
            report=self._report.bound(endpoint=self.address),
        )
        return asyncio.create_task(told)

    def _app(self, guard: Guard) -> web.Application:
        app = web.Application(middlewares=[guard.middleware, self._boundary], client_max_size=LARGEST_FORM)
        self._pages = Pages(self._gateway, self._console, guard, self._clock, templates())
        app.add_routes(self._pages.routes())
        app.add_routes(Actions(self._pages, self._clock).routes())
        app.add_routes(_Door(self._pages, guard).routes())
        app.add_routes([web.get("/static/{name}", _static)])
        return app

    @web.middleware
    async def _boundary(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Say in the page's words what is not there or may not be done; a fault of the page is logged, not shown."""
        try:
            return await handler(request)
        except web.HTTPNotFound:
            return self._pages.page(request, "sorry", {"why": "not_found"}, status=404)
        except web.HTTPForbidden:
            return self._pages.page(request, "sorry", {"why": "not_allowed"}, status=403)
        except web.HTTPException:
            raise
        except Exception as error:  # noqa: BLE001 - the page's own faults end nothing else; no values in the log
            self._report.emit(events.CONSOLE_FAULTED, error_kind=type(error).__name__, error=place_of(error))
            return self._pages.page(request, "sorry", {"why": "fault"}, status=500)


def _why(error: OSError) -> str:
    return f"{type(error).__name__}: {error.strerror or ''}"


def templates() -> Environment:
    """The page's templates; whatever they show is escaped."""
    made = Environment(
        loader=PackageLoader("gateway.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "size": size,
        "instant": instant,
        "detail_in": detail_in,
        "part": lambda text: quote(str(text), safe=""),
        "cutover_subject": cutover_subject,
        "japanese": in_japanese,
        "meaning": meaning_of,
    }
    made.globals |= {"rules": RULES, "words_of": WORDS}
    return made


async def _static(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in STATIC:
        raise web.HTTPNotFound
    body = (resources.files("gateway.console") / "static" / name).read_bytes()
    headers = {"Cache-Control": "max-age=300"}
    return web.Response(body=body, content_type=STATIC[name], charset="utf-8", headers=headers)


class _Door:
    """Signing in and out."""

    def __init__(self, pages: Pages, guard: Guard) -> None:
        self._pages = pages
        self._guard = guard

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/sign-in", self.ask),
            web.post("/sign-in", self.sign_in),
            web.post("/sign-out", self.sign_out),
        ]

    async def ask(self, request: web.Request) -> web.Response:
        return self._form(request, wrong="", status=200)

    def _form(self, request: web.Request, *, wrong: str, status: int) -> web.Response:
        token = self._guard.stranger(request)
        shown = {"wrong": wrong, "csrf": self._guard.csrf(token)}
        answer = self._pages.page(request, "sign_in", shown, status=status)
        self._guard.set_cookie(answer, token)
        return answer

    async def sign_in(self, request: web.Request) -> web.Response:
        form = await request.post()
        token = await self._guard.sign_in(request, str(form.get("name", "")), str(form.get("password", "")))
        if token is None:
            return self._form(request, wrong=words(self._pages.spoken(request))["sign_in_failed"], status=403)
        answer = web.Response(status=303, headers={"Location": "/"})
        self._guard.set_cookie(answer, token)
        return answer

    async def sign_out(self, request: web.Request) -> web.Response:
        self._guard.sign_out(request)
        answer = web.Response(status=303, headers={"Location": "/sign-in"})
        answer.del_cookie(self._guard.cookie)
        return answer
