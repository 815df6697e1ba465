from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from adapters.errors import Changed, NotFound
from tests.support import places
from tests.support.writing import receive, send

if TYPE_CHECKING:
    from adapters.base import Adapter
    from tests.support.places import Place

LARGE = bytes(range(256)) * 4096 * 5


async def test_a_file_is_read_whole_in_chunks_of_the_agreed_size(adapter: Adapter, place: Place) -> None:
    place.put("out/a.dat", LARGE)
    async with adapter.read(await adapter.stat("out/a.dat")) as pieces:
        got = [piece async for piece in pieces]
    assert b"".join(got) == LARGE
    assert all(64 * 1024 <= len(piece) <= 8 * 1024 * 1024 for piece in got[:-1])


async def test_an_empty_file_is_read(adapter: Adapter, place: Place) -> None:
    place.put("a.dat", b"")
    assert await receive(adapter, await adapter.stat("a.dat")) == b""


async def test_a_file_that_is_gone_is_not_found(adapter: Adapter, place: Place) -> None:
    entry = await send(adapter, "a.dat", b"abc")
    await adapter.remove(entry)
    with pytest.raises(NotFound):
        await receive(adapter, entry)
    with pytest.raises(NotFound):
        await adapter.stat("a.dat")


async def test_a_name_in_a_folder_that_is_not_there_is_not_found(adapter: Adapter) -> None:
    with pytest.raises(NotFound):
        await adapter.stat("nowhere/at/all.dat")


async def test_another_revision_than_the_listed_one_is_not_read(adapter: Adapter, place: Place) -> None:
    entry = await send(adapter, "a.dat", b"first")
    place.put("a.dat", b"second revision")
    with pytest.raises(Changed):
        await receive(adapter, entry)


async def test_a_file_that_grows_while_it_is_read_is_noticed(adapter: Adapter, place: Place) -> None:
    entry = await send(adapter, "a.dat", LARGE)

    async def read_slowly() -> None:
        async with adapter.read(entry) as pieces:
            async for _ in pieces:
                place.put("a.dat", LARGE + b"more")

    with pytest.raises(Changed):
        await read_slowly()


async def test_leaving_a_read_early_leaves_the_connection_free(place: Place) -> None:
    place.put("a.dat", LARGE * 4)
    async with places.reach(place, connections=1) as adapter, asyncio.timeout(20):
        entry = await adapter.stat("a.dat")
        for _ in range(3):
            async with adapter.read(entry) as pieces:
                async for _ in pieces:
                    break
        assert await adapter.stat("a.dat") == entry


async def test_a_cancelled_read_leaves_the_connection_free(place: Place) -> None:
    place.put("a.dat", LARGE * 4)
    async with places.reach(place, connections=1) as adapter, asyncio.timeout(20):
        entry = await adapter.stat("a.dat")
        started = asyncio.Event()

        async def hang() -> None:
            async with adapter.read(entry) as pieces:
                async for _ in pieces:
                    started.set()
                    await asyncio.Event().wait()

        reading = asyncio.create_task(hang())
        await started.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert await receive(adapter, entry) == LARGE * 4
