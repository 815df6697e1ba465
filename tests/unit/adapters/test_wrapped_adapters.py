from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from adapters.errors import ConnectionLost, InDoubt, NotFound
from adapters.wrappers import Bandwidth, Observation, with_limit, with_observer, with_timeout
from tests.support import places
from tests.support.writing import receive, send, target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from adapters.base import Adapter

SOON = timedelta(milliseconds=200)


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[Adapter]:
    async with places.reach(places.folder(tmp_path)) as adapter:
        yield adapter


async def test_a_source_that_stalls_ends_the_write_and_leaves_nothing(folder: Adapter) -> None:
    async def stalled() -> AsyncIterator[bytes]:
        yield b"a"
        await asyncio.Event().wait()

    timed = with_timeout(folder, SOON)
    with pytest.raises(ConnectionLost, match=r"0\.2 seconds"):
        await timed.write(target(timed, "a.dat", b"ab"), stalled())
    assert (await folder.scan("*")).entries == ()


async def test_a_slow_source_is_no_fault_while_it_moves(folder: Adapter) -> None:
    async def slow() -> AsyncIterator[bytes]:
        for _ in range(4):
            await asyncio.wait({asyncio.create_task(asyncio.Event().wait())}, timeout=0.1)
            yield b"a"

    timed = with_timeout(folder, SOON)
    assert (await timed.write(target(timed, "a.dat", b"aaaa"), slow())).size == 4


async def test_a_write_that_is_late_after_publishing_began_is_in_doubt(folder: Adapter) -> None:
    class SlowToPublish:
        def __getattr__(self, name: str) -> object:
            return getattr(folder, name)

        async def write(self, wanted: object, chunks: object) -> None:
            await wanted.publishing()
            await asyncio.Event().wait()

    timed = with_timeout(SlowToPublish(), SOON)
    with pytest.raises(InDoubt):
        await send(timed, "a.dat", b"x")


async def test_a_verb_that_hangs_is_ended(folder: Adapter) -> None:
    class Hanging:
        async def scan(self, _pattern: str) -> None:
            await asyncio.Event().wait()

    with pytest.raises(ConnectionLost, match="scan"):
        await with_timeout(Hanging(), SOON).scan("*")


async def test_everything_passes_through_all_wrappers(folder: Adapter) -> None:
    seen: list[Observation] = []
    limited = with_limit(folder, operations=asyncio.Semaphore(1), bandwidth=Bandwidth(1 << 30))
    wrapped = with_observer(with_timeout(limited, timedelta(seconds=5)), seen.append)
    async with wrapped:
        entry = await send(wrapped, "a.dat", b"abc")
        assert wrapped.features == folder.features
        assert (await wrapped.scan("*")).entries == (entry,)
        assert await wrapped.stat("a.dat") == entry
        assert await receive(wrapped, entry) == b"abc"
        moved = await wrapped.rename(entry, "done/a.dat")
        await wrapped.remove(moved)
        await wrapped.discard(".lgw-x", "a.dat")
        with pytest.raises(NotFound):
            await wrapped.stat("a.dat")
    verbs = ["write", "scan", "stat", "read", "rename", "remove", "discard", "stat"]
    assert [observation.verb for observation in seen] == verbs
    assert [observation.bytes for observation in seen] == [3, 0, 0, 3, 0, 0, 0, 0]
    assert [observation.error for observation in seen] == [""] * 7 + ["NotFound"]


async def test_no_more_verbs_run_at_one_time_than_allowed(folder: Adapter) -> None:
    running, most = 0, 0

    class Counting:
        async def stat(self, _path: str) -> None:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.to_thread(lambda: None)
            running -= 1

    limited = with_limit(Counting(), operations=asyncio.Semaphore(2))
    await asyncio.gather(*(limited.stat("a") for _ in range(10)))
    assert most == 2


async def test_streams_share_the_bandwidth_to_the_byte() -> None:
    class TestClock:
        now = 100.0

        def monotonic(self) -> float:
            return self.now

        async def sleep(self, seconds: float) -> None:
            self.now += seconds

    clock = TestClock()
    bandwidth = Bandwidth(1000, clock)
    for size in (500, 1500, 1000, 0):
        await bandwidth.take(size)
    assert clock.now == pytest.approx(103.0)
    clock.now = 200.0
    await bandwidth.take(1)
    assert clock.now == 200.0


class _TestClock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


async def test_a_rate_may_change_from_time_to_time_and_none_is_no_bound() -> None:
    clock, rates = _TestClock(), [1000.0, None, 10.0]
    bandwidth = Bandwidth(lambda: rates[0], clock)
    for _ in range(2):
        await bandwidth.take(500)
    assert clock.now == pytest.approx(100.5)
    rates.pop(0)
    await bandwidth.take(1_000_000)
    assert clock.now == pytest.approx(100.5)
    rates.pop(0)
    clock.now = 200.0
    for _ in range(2):
        await bandwidth.take(100)
    assert clock.now == pytest.approx(210.0)


async def test_verbs_begin_no_faster_than_they_may(folder: Adapter) -> None:
    clock = _TestClock()
    limited = with_limit(folder, verbs=Bandwidth(10, clock))
    for _ in range(21):
        await limited.scan("*")
    assert clock.now == pytest.approx(102.0)
