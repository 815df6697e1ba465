"""A file that a person hands in (``put``): it goes the way of any file of its route, from the kept originals on."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import aiofiles

from adapters.base import Entry
from gateway.agenda import plans_of
from gateway.carrying.heading import BEGINNING, number_in
from gateway.config import Place, Route
from gateway.cutover import Stand
from gateway.errors import WrongUse
from gateway.journal import Admission, HandedIn, Journal, Kept, Transfer
from gateway.load import City
from gateway.naming import SourcePattern
from gateway.routes.discovery import business_day, is_numbered, number_of
from gateway.sealing import sealing_of
from gateway.status import stand_of, unseen
from gateway.stores.originals import kept_files
from gateway.stores.spool import CHUNK, ORIGINAL, Spool, Stored


@dataclass(frozen=True, kw_only=True)
class Handed:
    """A file of this machine for a route, by whom and why; ``name``: under which name the source would show it."""

    file: Path
    name: str
    who: str
    reason: str


async def hand_in(city: City, journal: Journal, route: Route, handed: Handed, now: datetime) -> Transfer:
    """Keep the file and admit it for the route; audited. The route carries it at its next look.

    Raises ``WrongUse`` for a name that the route does not take, and for a file that was handed in before.
    """
    stand = await _stand(city, journal, route, now)
    place = route.source.place_of(stand)
    path, pattern = path_of(place, handed.name), SourcePattern.compile(place.path)
    seen = pattern.match(path)
    if seen is None:
        hint = "give it the name under which its source would have put it: --as NAME"
        raise WrongUse(f"{path} is none of the files that {route.name} takes ({place.path})", hint=hint)
    if route.order is not None and route.order.header is not None:
        seen = replace(seen, seq=_number(city, place, route.order.header, handed.file, now))
    stored = await _kept(city, handed.file)
    entry = Entry(path=path, size=stored.size, mtime="", version=f"by hand {stored.sha256}")
    admission = Admission(
        route=route.name,
        endpoint=place.endpoint,
        entry=entry,
        from_format=stand.format,
        business_date=seen.date or business_day(city, now),
        numbered=is_numbered(route.order),
        number=number_of(route.order, entry, seen),
        hold_revisions=route.revisions == "hold",
    )
    original = Kept(store="originals", sha256=stored.sha256, bytes=stored.size)
    given = HandedIn(original=original, who=handed.who, reason=handed.reason)
    transfer = await journal.handed_in(admission, given)
    if transfer is None:
        hint = "linkage-gateway trace FILE shows what became of it; replay sends a delivery again"
        raise WrongUse(f"{path} was handed in with this content before", hint=hint)
    return transfer


async def _stand(city: City, journal: Journal, route: Route, now: datetime) -> Stand:
    """Where the source stands, as the journal shows it."""
    said, flips = await journal.switching.overrides(), await journal.switching.stands()
    seen = replace(unseen(city), flips=flips, plans=plans_of(city, said))
    return stand_of(seen, (route.name, "from"), now)


def path_of(place: Place, name: str) -> str:
    """The path under which a place would show a file: in the folder of its pattern, unless the name has one."""
    folder = SourcePattern.compile(place.path).glob.rpartition("/")[0]
    return name if "/" in name or not folder or "*" in folder else f"{folder}/{name}"


def _number(city: City, place: Place, item: str, file: Path, now: datetime) -> int | None:
    """The number in the file's header."""
    form = city.conversions.form(place, business_day(city, now))
    with file.open("rb") as opened:
        return None if form is None else number_in(form, opened.read(BEGINNING), item)


async def _kept(city: City, file: Path) -> Stored:
    """Copy the file among the kept originals, durably."""
    state_dir, sealing = city.installation.gateway.state_dir, sealing_of(city.installation)
    spool = Spool(state_dir / "spool", limit=city.installation.limits.spool, sealing=sealing)
    token = f"by-hand-{secrets.token_hex(6)}"
    try:
        stored = await spool.store(token, ORIGINAL, _chunks(file))
        originals = kept_files(city.installation, sealing)["originals"]
        await originals.keep(spool.file(token, ORIGINAL), stored.sha256)
    finally:
        await spool.remove(token)
        spool.close()
    return stored


async def _chunks(file: Path) -> AsyncIterator[bytes]:
    async with aiofiles.open(file, "rb") as opened:
        while chunk := await opened.read(CHUNK):
            yield chunk
