"""Who stands before the page, and what may reach it: signing in, tokens against forged requests, limits, headers."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import web

from adapters.errors import AdapterError
from gateway import events
from gateway.config import Console, Person
from gateway.console.passwords import fits, nobodys
from gateway.logs.log import Reporter
from gateway.times.clock import Clock

COOKIE = "lgw-"
"""Begins the name of a gateway's cookie: browsers keep those of all ports of a machine together."""
SESSION_SECONDS = 8 * 3600.0
IDLE_SECONDS = 3600.0
MOST_KNOWN = 10_000
"""Addresses and names that limits remember."""

PER_SECOND, AT_ONCE = 20.0, 200.0
"""Requests of one address."""
TRIES, TRY_SECONDS = 5, 60.0
"""Wrong passwords for one name or from one address before it waits; the wait doubles with each further one."""
LONGEST_WAIT = 900.0

HEADERS = {
    "Server": "linkage-gateway",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
OPEN = ("/healthz", "/readyz", "/sign-in", "/static/")
"""Paths that nobody signs in for; /metrics has a token of its own."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Who asks. ``name`` is empty for whoever is on this machine; ``token`` is that of the cookie."""

    name: str
    person: Person
    token: str

    @property
    def acts(self) -> bool:
        """Whether this visitor may do things."""
        return self.person.role == "operator"

    def sees(self, vendor: str) -> bool:
        """Whether this visitor may see a route of the vendor."""
        return self.person.vendor is None or self.person.vendor == vendor

    @property
    def sees_all(self) -> bool:
        """Whether nothing is kept from this visitor."""
        return self.person.vendor is None


VISITOR: web.RequestKey[Visitor | None] = web.RequestKey("visitor")
"""Where a request carries who asks; None only on the paths of ``OPEN``."""


def visitor_of(request: web.Request) -> Visitor:
    """Who asks for a page that nobody sees without being known."""
    visitor = request[VISITOR]
    assert visitor is not None, "the guard lets nobody else pass"
    return visitor


@dataclass
class _Session:
    name: str
    begun: float
    used: float


@dataclass
class _Bucket:
    left: float
    at: float


class Limits:
    """How much each address may ask, and how often a password may be wrong. Seconds are monotonic."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def may_ask(self, address: str, now: float) -> bool:
        """Whether one more request of an address is answered."""
        bucket = self._buckets.setdefault(address, _Bucket(left=AT_ONCE, at=now))
        bucket.left = min(AT_ONCE, bucket.left + (now - bucket.at) * PER_SECOND)
        bucket.at = now
        self._buckets.move_to_end(address)
        while len(self._buckets) > MOST_KNOWN:
            self._buckets.popitem(last=False)
        if bucket.left < 1:
            return False
        bucket.left -= 1
        return True

    def may_try(self, key: str, now: float) -> bool:
        """Whether a password may be tried for a name, or from an address."""
        return now >= self._wrong.get(key, (0, 0.0))[1]

    def tried(self, key: str, now: float, *, right: bool) -> None:
        """Remember a try."""
        if right:
            self._wrong.pop(key, None)
            return
        count = self._wrong.get(key, (0, 0.0))[0] + 1
        wait = min(TRY_SECONDS * 2 ** (count - TRIES), LONGEST_WAIT) if count >= TRIES else 0.0
        self._wrong[key] = count, now + wait
        self._wrong.move_to_end(key)
        while len(self._wrong) > MOST_KNOWN:
            self._wrong.popitem(last=False)


class Guard:
    """Decides about every request."""

    def __init__(
        self, console: Console, *, gateway: str, clock: Clock, report: Reporter, token: str | None
    ) -> None:
        """``gateway`` is the name of the one whose page it is; ``token`` that with which metrics are read."""
        self.cookie = COOKIE + gateway
        self._console = console
        self._clock = clock
        self._report = report
        self._metrics_token = token
        self._limits = Limits()
        self._sessions: dict[str, _Session] = {}
        self._secret = secrets.token_bytes(32)

    @property
    def signs_in(self) -> bool:
        """Whether people sign in here."""
        return any(person.password is not None for person in self._console.people.values())

    def csrf(self, token: str) -> str:
        """What a form of this visitor must carry."""
        return hmac.new(self._secret, token.encode(), hashlib.sha256).hexdigest()

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer what may be answered, with every protecting header."""
        answer = await self._answered(request, handler)
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        if self._console.tls:
            answer.headers["Strict-Transport-Security"] = "max-age=31536000"
        return answer

    async def _answered(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not self._limits.may_ask(request.remote or "", self._clock.monotonic()):
            return web.Response(status=429, text="too many requests", headers={"Retry-After": "1"})
        if not self._is_for_us(request):
            return web.Response(status=421, text="this is not the address of the status page")
        if request.path == "/metrics":
            return await self._metrics(request, handler)
        visitor = self._visitor(request)
        if visitor is None and not request.path.startswith(OPEN):
            raise web.HTTPSeeOther("/sign-in")
        request[VISITOR] = visitor
        if request.method not in ("GET", "HEAD") and not await self._is_ours(request):
            return web.Response(status=403, text="this form is out of date; open the page anew")
        answer = await handler(request)
        if visitor is not None and self.cookie not in request.cookies:
            self.set_cookie(answer, visitor.token)
        return answer

    def _is_for_us(self, request: web.Request) -> bool:
        """On loopback: only under a name of this machine, so that no foreign page gets here by its own name."""
        if not self._console.is_local or self._console.proxy is not None:
            return True
        host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
        return host in ("localhost", "127.0.0.1", "[::1]", self._console.host)

    async def _metrics(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        wanted = f"Bearer {self._metrics_token}" if self._metrics_token else ""
        by_token = bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())
        visitor = self._visitor(request)
        if by_token or (visitor is not None and visitor.sees_all):
            return await handler(request)
        return web.Response(status=401, text="a token is needed", headers={"WWW-Authenticate": "Bearer"})

    async def _is_ours(self, request: web.Request) -> bool:
        """Whether a form came from a page of ours."""
        origin = request.headers.get("Origin")
        if origin is not None and origin != f"{request.scheme}://{request.host}" and not self._console.proxy:
            return False
        token = request.cookies.get(self.cookie, "")
        given = str((await request.post()).get("csrf", ""))
        return bool(token) and hmac.compare_digest(given.encode(), self.csrf(token).encode())

    def _visitor(self, request: web.Request) -> Visitor | None:
        cookie = request.cookies.get(self.cookie, "")
        if not self._console.people:
            person = Person(role=self._console.local_role)
            return Visitor(name="", person=person, token=cookie or secrets.token_urlsafe(32))
        named = self._by_proxy(request) or self._by_session(cookie)
        person_found = self._console.people.get(named)
        if person_found is None:
            return None
        return Visitor(name=named, person=person_found, token=cookie or secrets.token_urlsafe(32))

    def _by_proxy(self, request: web.Request) -> str:
        proxy = self._console.proxy
        if proxy is None or request.remote not in proxy.address:
            return ""
        return request.headers.get(proxy.header, "")

    def _by_session(self, cookie: str) -> str:
        session, now = self._sessions.get(cookie), self._clock.monotonic()
        if session is None:
            return ""
        if now - session.begun > SESSION_SECONDS or now - session.used > IDLE_SECONDS:
            del self._sessions[cookie]
            return ""
        session.used = now
        return session.name

    async def sign_in(self, request: web.Request, name: str, password: str) -> str | None:
        """A new session's token if the password is right; None, after a while, if not."""
        now, address = self._clock.monotonic(), request.remote or ""
        keys = (f"name {name[:100]}", f"address {address}")
        if not all(self._limits.may_try(key, now) for key in keys):
            self._report.emit(events.SIGN_IN_FAILED, reason="too many tries", endpoint=address)
            return None
        right = await asyncio.to_thread(_is_right, self._console.people, name, password)
        for key in keys:
            self._limits.tried(key, now, right=right)
        if not right:
            self._report.emit(events.SIGN_IN_FAILED, reason="wrong name or password", endpoint=address)
            return None
        token = secrets.token_urlsafe(32)
        self._sessions = {key: one for key, one in self._sessions.items() if now - one.used <= IDLE_SECONDS}
        self._sessions[token] = _Session(name=name, begun=now, used=now)
        return token

    def stranger(self, request: web.Request) -> str:
        """The token of somebody who has not signed in: that of the cookie, or a new one."""
        return request.cookies.get(self.cookie) or secrets.token_urlsafe(32)

    def sign_out(self, request: web.Request) -> None:
        """End the visitor's session."""
        self._sessions.pop(request.cookies.get(self.cookie, ""), None)

    def set_cookie(self, answer: web.StreamResponse, token: str) -> None:
        """Give the visitor a token that no script and no other site gets."""
        secure = self._console.tls is not None
        answer.set_cookie(self.cookie, token, httponly=True, samesite="Strict", secure=secure, path="/")


def _is_right(people: Mapping[str, Person], name: str, password: str) -> bool:
    person = people.get(name)
    kept = nobodys()
    if person is not None and person.password is not None:
        with suppress(AdapterError):  # a hash that cannot be read fits no password
            kept = person.password.reveal()
    return fits(password, kept)
