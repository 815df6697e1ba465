"""Hosts that take fewer connections than we were told."""

from __future__ import annotations

import asyncio
import ftplib
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from adapters.errors import ConnectionLost, Crowded, Transient
from tests.support import places
from tests.support.servers import vsftpd
from tests.support.servers.crowded_store import crowded_store
from tests.support.servers.process import free_port
from tests.support.writing import receive, send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.places import Place
    from tests.support.servers.object_stores import ObjectStore

PLACES = 2


@pytest.fixture
def crowded() -> Iterator[Place]:
    """A server that takes so many connections."""
    with (
        tempfile.TemporaryDirectory() as folder,
        vsftpd.vsftpd(Path(folder) / "vsftpd", more=f"max_clients={PLACES}\n") as server,
    ):
        yield places.ftp(server, "crowded", tls="none")


async def test_all_files_get_through_a_host_that_refuses_most_connections(crowded: Place) -> None:
    async with places.reach(crowded, connections=8) as adapter:
        await asyncio.gather(*(send(adapter, f"{n}.dat", b"x" * n) for n in range(30)))
        entries = await adapter.exact((await adapter.scan("*.dat")).entries)
        got = await asyncio.gather(*(receive(adapter, entry) for entry in entries))
    assert sorted(map(len, got)) == list(range(30))


async def test_a_host_that_takes_none_of_ours_says_so_and_is_not_waited_for(crowded: Place) -> None:
    with ExitStack() as stack:
        _take_all(stack, crowded.options().port)
        async with places.reach(crowded) as adapter:
            with pytest.raises(Transient):
                await adapter.stat("0.dat")


def _take_all(stack: ExitStack, port: int) -> None:
    """Hold every place. The server counts a connection that ended until its process is gone: ask until all are ours."""
    held, until = 0, time.monotonic() + 30
    while held < PLACES:
        assert time.monotonic() < until, f"{held} of {PLACES} places were free"
        line = stack.enter_context(ftplib.FTP())
        with suppress(ftplib.error_temp):
            line.connect("127.0.0.1", port)
            held += 1


async def test_a_host_that_is_away_is_told_to_everyone_at_once(crowded: Place) -> None:
    async with places.reach(crowded, port=free_port()) as adapter, asyncio.timeout(10):
        told = await asyncio.gather(*(adapter.stat("a") for _ in range(20)), return_exceptions=True)
    assert {type(error) for error in told} == {ConnectionLost}


async def test_all_objects_get_through_a_store_that_asks_to_slow_down(moto: ObjectStore) -> None:
    place = places.bucket(moto, "slowed", creates_only=True)
    with crowded_store(moto.url, places=2) as door:
        async with places.reach(place, endpoint_url=door.address, connections=8) as adapter:
            await send(adapter, "first.dat", b"")
            door.meet = 8
            await asyncio.gather(*(send(adapter, f"{n}.dat", b"x" * n) for n in range(30)))
            listing = await adapter.scan("*.dat")
            got = [await receive(adapter, entry) for entry in listing.entries]
    assert sorted(map(len, got)) == [0, *range(30)]
    assert door.refused >= 6
    assert door.most == 8, "the hard cap is never passed"


async def test_a_store_that_is_busy_with_others_says_so_and_is_not_waited_for(moto: ObjectStore) -> None:
    place = places.bucket(moto, "busy", creates_only=True)
    with crowded_store(moto.url, places=0) as door:
        async with places.reach(place, endpoint_url=door.address, connections=8) as adapter:
            told = await asyncio.gather(*(adapter.stat("a") for _ in range(8)), return_exceptions=True)
    assert {type(error) for error in told} == {Crowded}
    assert door.refused < 8 * 8


async def test_a_store_that_says_for_how_long_is_left_alone_for_that_time(moto: ObjectStore) -> None:
    place = places.bucket(moto, "resting", creates_only=True)
    with crowded_store(moto.url, places=0) as door:
        door.rest = 900
        async with places.reach(place, endpoint_url=door.address, connections=8) as adapter:
            with pytest.raises(Crowded) as first:
                await adapter.stat("a")
            assert first.value.retry_after == 900
            asked, door.places = door.refused, 8
            with pytest.raises(Crowded, match="left alone") as second:
                await adapter.scan("*")
            assert second.value.retry_after is not None
            assert 0 < second.value.retry_after <= 900
            assert door.refused == asked == 1
            assert door.most == 1, "nothing more was asked"


async def test_a_store_is_asked_again_when_its_time_is_over(moto: ObjectStore) -> None:
    place = places.bucket(moto, "rested", creates_only=True)
    with crowded_store(moto.url, places=0) as door:
        door.rest = 1
        async with places.reach(place, endpoint_url=door.address) as adapter:
            with pytest.raises(Crowded) as told:
                await adapter.stat("a")
            door.places = 8
            assert told.value.retry_after is not None
            await asyncio.sleep(told.value.retry_after)
            assert (await adapter.scan("*")).entries == ()
