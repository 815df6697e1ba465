from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from tests.support import places
from tests.support.writing import send

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from adapters.base import Adapter
    from tests.support.places import Place

WAIT = 10


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[tuple[Adapter, Place]]:
    place = places.folder(tmp_path)
    place.put("in/ready", b"")
    async with places.reach(place) as adapter:
        yield adapter, place


@pytest.mark.parametrize("how", ["written", "moved in", "linked in", "delivered"])
async def test_an_arriving_file_gives_a_hint(
    watched: tuple[Adapter, Place], tmp_path: Path, how: str
) -> None:
    adapter, place = watched
    outside = tmp_path / "outside.csv"
    outside.write_bytes(b"x")
    hints = adapter.hints("in/*.csv")
    waiting = asyncio.ensure_future(anext(hints))
    arrivals = iter(range(1000))

    async def arrive() -> None:
        path = f"in/{next(arrivals)}.csv"
        match how:
            case "written":
                place.put(path, b"x")
            case "moved in":
                outside.rename(tmp_path / path)
                outside.write_bytes(b"x")
            case "linked in":
                (tmp_path / path).hardlink_to(outside)
            case _:
                await send(adapter, path, b"x")

    async with asyncio.timeout(WAIT):
        while not waiting.done():  # the observer says nothing when it has begun to listen
            await arrive()
            await asyncio.wait({waiting}, timeout=0.05)
    await hints.aclose()


async def test_a_folder_that_was_mounted_again_is_listened_to_anew_and_looked_at(
    watched: tuple[Adapter, Place], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the system tells of goes with the mount: until the next poll nothing would be seen."""
    monkeypatch.setattr("adapters.local.events.LOOK_AGAIN", 0.05)
    adapter, place = watched
    hints = adapter.hints("in/*.csv")
    async with asyncio.timeout(WAIT):
        waiting = asyncio.ensure_future(anext(hints))
        number = 0
        while not waiting.done():  # it listens once the first one is told of
            place.put(f"in/{number}.csv", b"x")
            number += 1
            await asyncio.wait({waiting}, timeout=0.05)
        waiting = asyncio.ensure_future(anext(hints))
        await asyncio.wait({waiting}, timeout=0.2)
        if waiting.done():  # of those that came before
            waiting = asyncio.ensure_future(anext(hints))
        (tmp_path / "in").rename(tmp_path / "away")
        (tmp_path / "in").mkdir()
        await waiting
        waiting = asyncio.ensure_future(anext(hints))
        while not waiting.done():
            place.put(f"in/{number}.csv", b"x")
            number += 1
            await asyncio.wait({waiting}, timeout=0.05)
    await hints.aclose()


async def test_files_of_other_names_give_no_hint(watched: tuple[Adapter, Place]) -> None:
    adapter, place = watched
    hints = adapter.hints("in/*.csv")
    waiting = asyncio.ensure_future(anext(hints))
    await asyncio.wait({waiting}, timeout=0.2)
    for name in ("in/a.txt", "in/.lgw-x.csv", "in/deep.csv.tmp"):
        place.put(name, b"x")
    await asyncio.wait({waiting}, timeout=0.2)
    assert not waiting.done()
    place.put("in/a.csv", b"x")
    async with asyncio.timeout(WAIT):
        await waiting
    await hints.aclose()


async def test_no_thread_goes_on_listening_when_the_caller_has_left(watched: tuple[Adapter, Place]) -> None:
    adapter, _ = watched
    before = {thread.name for thread in threading.enumerate() if "Inotify" in type(thread).__name__}
    hints = adapter.hints("in/*.csv")
    waiting = asyncio.ensure_future(anext(hints))
    await asyncio.wait({waiting}, timeout=0.2)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    after = {thread.name for thread in threading.enumerate() if "Inotify" in type(thread).__name__}
    assert after <= before


async def test_places_that_tell_nothing_end_at_once(place: Place) -> None:
    async with places.reach(place) as adapter:
        if not adapter.features.events:
            assert [hint async for hint in adapter.hints("*")] == []
