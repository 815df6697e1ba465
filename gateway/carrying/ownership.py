"""One owner of a route in the world: a small object beside what the route delivers says which gateway that is.

``.lgw-owner-<route>`` holds who wrote it: gateway, installation, generation and this very start. A former start of the
same journal is replaced without a word. Any other owner stops the route before anything is admitted or delivered: a
restored backup, a copied machine or a forgotten second gateway does not know what the owner has delivered. A person
decides (``linkage-gateway own ROUTE``). Places that can keep no such object (``Features.keeps_notes``), and endpoints
that say ``owner_object: false``, are used without.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from adapters.base import Adapter, Target
from adapters.errors import AlreadyThere, Changed, Misconfigured, NoAccess, NotFound, Refused
from adapters.names import TEMPORARY_PREFIX, beside
from gateway import events
from gateway.carrying.completeness import is_there
from gateway.config import Place
from gateway.journal import Journal
from gateway.journal.owners import Identity
from gateway.logs.log import Reporter
from gateway.reaching.places import Places
from gateway.times.clock import Clock

LOOK_AGAIN = 60.0
"""Seconds for which an owner object that was looked at is believed."""

LONGEST = 4096
"""Bytes of the largest object that can be an owner's."""


class OwnedElsewhere(Misconfigured):
    """Another gateway is the owner of the route. Nothing was moved."""


@dataclass(frozen=True, kw_only=True)
class Owner:
    """What an owner object says."""

    gateway: str
    installation: str
    generation: int
    session: str
    host: str
    since: str

    def __str__(self) -> str:
        return f"gateway {self.gateway} on {self.host} (installation {self.installation}, since {self.since})"


def parsed(text: bytes) -> Owner | None:
    """The reverse of ``written``; None if this is no owner's."""
    try:
        told: dict[str, Any] = json.loads(text)
        return Owner(**{name: told[name] for name in Owner.__dataclass_fields__})
    except (ValueError, KeyError, TypeError):
        return None


def written(owner: Owner) -> bytes:
    """The object's bytes."""
    return json.dumps(asdict(owner), ensure_ascii=False).encode()


def path_of(route: str, place: Place) -> str:
    """The owner object's path: in the folder that all names of the place have in common."""
    fixed = place.path.partition("{")[0]
    return beside(f"{fixed.rpartition('/')[0]}/x".lstrip("/"), f"{TEMPORARY_PREFIX}owner-{route}")


@dataclass(kw_only=True)
class Ownership:
    """The owner objects of one route. ``gateway`` is this gateway's name."""

    route: str
    gateway: str
    journal: Journal
    places: Places
    clock: Clock
    report: Reporter
    _confirmed: dict[str, float] = field(default_factory=dict)
    _other: dict[str, tuple[float, OwnedElsewhere]] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def confirm(self, place: Place) -> None:
        """Return if this gateway is the owner of the route at a place of its destination, or becomes it.

        Raises ``OwnedElsewhere`` where another is, and what the place raises where that cannot be seen.
        """
        key = f"{place.endpoint}:{path_of(self.route, place)}"
        async with self._turn:
            now = self.clock.monotonic()
            if now < self._confirmed.get(key, now):
                return
            until, why = self._other.get(key, (now, None))
            if why is not None and now < until:
                raise why
            await self._look(key, place)

    async def _look(self, key: str, place: Place) -> None:
        adapter = await self.places.reach(place.endpoint)
        until = self.clock.monotonic() + LOOK_AGAIN
        self._other.pop(key, None)
        if adapter.features.keeps_notes and self.places.keeps_owner(place.endpoint):
            try:
                await self._settle(adapter, path_of(self.route, place))
            except OwnedElsewhere as other:
                self._other[key] = until, other
                raise
            except NoAccess:
                raise
            except (Refused, Misconfigured) as error:
                self.places.say_once(events.OWNER_NOT_KEPT, place.endpoint, error=error.message)
        self._confirmed[key] = until

    async def _settle(self, adapter: Adapter, path: str) -> None:
        me = await self.journal.owners.me()
        found = await _read(adapter, path)
        if found is not None and found.session == me.session:
            return
        if found is None or await self.journal.owners.knows(found.session) or await self._may_take(found):
            await self._write(adapter, path, me, replace=found is not None)
            return
        raise self._elsewhere(found, me, path)

    async def _may_take(self, found: Owner) -> bool:
        return await self.journal.owners.may_take(self.route, found.installation)

    async def _write(self, adapter: Adapter, path: str, me: Identity, *, replace: bool) -> None:
        mine = Owner(
            gateway=self.gateway,
            host=socket.gethostname(),
            since=f"{self._local_now():%Y-%m-%dT%H:%M:%S%z}",
            **asdict(me),
        )
        data = written(mine)
        temporary = adapter.temporary(path, self._token(me))
        if replace and await is_there(adapter, temporary):
            await adapter.discard(temporary, path)  # a crash may have left the object under both names
        target = Target(
            path=path,
            temporary=temporary,
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            replace=replace,
        )
        try:
            await adapter.write(target, _once(data))
        except AlreadyThere:  # another gateway was faster
            found = await _read(adapter, path)
            if found is not None and found.session != me.session:
                raise self._elsewhere(found, me, path) from None
        await self.journal.owners.took(self.route)
        self.report.emit(events.ROUTE_OWNED, route=self.route)

    def _token(self, me: Identity) -> str:
        """The same at each start, so that what a crash left is found."""
        return hashlib.sha256(f"{me.installation} {self.route}".encode()).hexdigest()[:12]

    def _local_now(self) -> datetime:
        return self.clock.now().astimezone()

    def _elsewhere(self, found: Owner, me: Identity, path: str) -> OwnedElsewhere:
        mine = f"gateway {self.gateway} on {socket.gethostname()} (installation {me.installation})"
        message = f"the route is carried by {found}; this is {mine}"
        hint = f"stop one of them; then, here: linkage-gateway own {self.route} --reason ..."
        self.report.emit(events.ROUTE_OWNED_ELSEWHERE, route=self.route, error=message, file=path)
        return OwnedElsewhere(message, hint=hint)


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _read(adapter: Adapter, path: str) -> Owner | None:
    """The owner that the object names; None if there is no object, or one that is no owner's."""
    try:
        entry = await adapter.stat(path)
        if (entry.size or 0) > LONGEST:
            return None
        async with adapter.read(entry) as chunks:
            return parsed(b"".join([chunk async for chunk in chunks]))
    except (NotFound, Changed):
        return None
