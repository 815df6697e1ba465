"""Work on the chunks of a stream that is done beside it."""

from __future__ import annotations

import asyncio
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.stores.beside import BEHIND, Beside


@given(st.lists(st.binary(max_size=50), max_size=20))
async def test_every_chunk_is_worked_on_once_in_its_order(chunks: list[bytes]) -> None:
    worked: list[bytes] = []
    beside = Beside(worked.append)
    for chunk in chunks:
        await beside.take(chunk)
    await beside.done()
    assert worked == chunks


async def test_no_more_than_a_few_chunks_wait_for_their_turn() -> None:
    taken, worked, most = 0, 0, 0

    def work(_: bytes) -> None:
        nonlocal worked, most
        most = max(most, taken - worked)
        worked += 1

    beside = Beside(work)
    for _ in range(500):
        taken += 1
        await beside.take(b"x")
    await beside.done()
    assert worked == 500
    assert most <= BEHIND + 1  # one of them is worked on


async def test_what_the_work_raises_comes_with_the_next_chunks_and_nothing_is_worked_on_after_it() -> None:
    worked: list[bytes] = []

    def work(chunk: bytes) -> None:
        if chunk == b"2":
            raise OSError(28, "No space left on device")
        worked.append(chunk)

    beside = Beside(work)

    async def take_many() -> None:
        for number in range(50):
            await beside.take(b"%d" % number)

    with pytest.raises(OSError, match="No space left"):
        await take_many()
    with pytest.raises(OSError, match="No space left"):
        await beside.done()
    assert worked == [b"0", b"1"]


async def test_what_the_work_on_the_last_chunk_raises_is_not_lost() -> None:
    def work(_: bytes) -> None:
        raise OSError(5, "Input/output error")

    beside = Beside(work)
    await beside.take(b"all")
    with pytest.raises(OSError, match="Input/output error"):
        await beside.done()


async def test_work_that_is_stopped_has_ended_when_that_returns() -> None:
    going, may_end = threading.Event(), threading.Event()
    worked: list[bytes] = []

    def work(chunk: bytes) -> None:
        going.set()
        may_end.wait(30)
        worked.append(chunk)

    beside = Beside(work)
    for chunk in (b"1", b"2", b"3"):
        await beside.take(chunk)
    await asyncio.to_thread(going.wait, 30)
    stopping = asyncio.create_task(beside.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    may_end.set()
    await stopping
    assert worked == [b"1"]
