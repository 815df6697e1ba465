"""Clocks that jump, ours or the place's: nothing is lost, doubled or taken for another file, at any place."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import botocore.auth
import pytest

from adapters.errors import Changed, Transient
from adapters.ftp import session as ftp_session
from tests.support import places
from tests.support.writing import chunks, listed, receive, send, target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from adapters.base import Adapter
    from tests.support.places import Place

DAY, YEAR = timedelta(days=1), timedelta(days=366)
PART = b"0123456789abcdef" * (5 << 16)


@dataclass
class OurClock:
    """What this process takes for the time of day."""

    ahead: timedelta = timedelta()

    def now(self, zone: Any = None) -> datetime:
        return datetime.now(zone) + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> OurClock:
    """Everything that adapters and their libraries ask for the time: signatures, years of listings, the rest."""
    ours, true = OurClock(), time.time
    monkeypatch.setattr(time, "time", lambda: true() + ours.ahead.total_seconds())
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: ours.now(UTC).replace(tzinfo=None))
    monkeypatch.setattr(ftp_session, "datetime", ours)
    return ours


@pytest.mark.parametrize("jump", [YEAR, -YEAR], ids=["ahead", "back"])
async def test_our_clock_jumps_in_the_middle_of_a_write_and_the_file_arrives_once(
    place: Place, clock: OurClock, jump: timedelta
) -> None:
    data, handles = PART * 2, []

    async def staging(handle: str) -> None:
        handles.append(handle)

    async def jumping() -> AsyncIterator[bytes]:
        yield PART
        clock.ahead = jump
        yield PART

    async with places.reach(place) as adapter:
        wanted = target(adapter, "in/a.dat", data, staging=staging)
        again = await _may_try_again(place, adapter.write(wanted, jumping()))
    clock.ahead = timedelta()
    if again:
        assert place.get("in/a.dat") is None
        async with places.reach(place) as adapter:
            await adapter.write(replace(wanted, resume=handles[-1]), chunks(data))
    assert place.get("in/a.dat") == data
    assert place.paths() == {"in/a.dat"}
    assert place.unfinished() == 0


async def _may_try_again(place: Place, asked: Awaitable[Any]) -> bool:
    """Whether it failed for now: stores compare the time of requests with theirs, and paramiko waits by the clock."""
    try:
        await asked
    except Transient:
        assert place.kind in ("s3", "sftp")
        return True
    return False


async def test_what_was_listed_is_the_same_file_whatever_our_clock_says(
    place: Place, clock: OurClock
) -> None:
    place.put("out/a.dat", PART)
    async with places.reach(place) as adapter:
        before = await _listed(adapter)
        for ahead in (timedelta(hours=1), -timedelta(hours=1)):
            clock.ahead = ahead
            if not await _may_try_again(place, _listed(adapter)):
                assert await _listed(adapter) == before
                assert await receive(adapter, before) == PART
        clock.ahead = timedelta()
        await adapter.remove(before)
    assert place.paths() == set()


async def _listed(adapter: Adapter) -> Any:
    (entry,) = await listed(adapter, "out/*.dat")
    return entry


@pytest.mark.parametrize("at", [DAY, YEAR, -YEAR], ids=["a day ahead", "a year ahead", "a year back"])
async def test_the_clock_of_a_place_jumps_and_a_file_written_then_is_another_one(
    place: Place, at: timedelta
) -> None:
    """The same name and size, and a time that lies before that of the earlier file or far ahead of ours."""
    async with places.reach(place) as adapter:
        first = await send(adapter, "out/a.dat", b"first")
        place.put("out/a.dat", b"2nd: ")
        if place.has_folders:
            moment = (datetime.now(UTC) + at).timestamp()
            os.utime(place.root / "out/a.dat", (moment, moment))
        with pytest.raises(Changed):
            await receive(adapter, first)
        with pytest.raises(Changed):
            await adapter.remove(first)
        second = await _listed(adapter)
        assert second.identity != first.identity
        assert await _listed(adapter) == second
        assert await receive(adapter, second) == b"2nd: "
        await adapter.remove(second)
    assert place.paths() == set()
