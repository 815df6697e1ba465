from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from adapters.base import Entry
from adapters.errors import AdapterError, AlreadyThere, Refused, Transient
from tests.support.writing import chunks, listed, receive, send, target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from adapters.base import Adapter
    from tests.support.places import Place

LARGE = bytes(range(256)) * 4096 * 12  # 12 MiB: three parts of a multipart upload


async def test_a_written_file_arrives_whole_under_its_name(adapter: Adapter, place: Place) -> None:
    await send(adapter, "in/JUKI_20270104.csv", b"a,b\n1,2\n")
    assert place.get("in/JUKI_20270104.csv") == b"a,b\n1,2\n"
    assert place.paths() == {"in/JUKI_20270104.csv"}


async def test_a_folder_that_its_consumer_removed_is_made_again(adapter: Adapter, place: Place) -> None:
    """One connection has seen the folder: what it knows of it may be over."""
    await send(adapter, "day/one/a.csv", b"1")
    place.remove_folder("day")
    await send(adapter, "day/one/b.csv", b"2")
    place.remove_folder("day")
    entry = await send(adapter, "c.csv", b"3")
    await adapter.rename(entry, "day/one/c.csv")
    assert place.paths() == {"day/one/c.csv"}


async def test_an_empty_file_arrives(adapter: Adapter, place: Place) -> None:
    entry = await send(adapter, "empty.csv", b"")
    assert (entry.size, place.get("empty.csv")) == (0, b"")


async def test_a_large_file_arrives_byte_for_byte(adapter: Adapter, place: Place) -> None:
    await send(adapter, "large.dat", LARGE)
    assert place.get("large.dat") == LARGE
    assert place.unfinished() == 0


async def test_a_file_with_a_japanese_name_arrives(adapter: Adapter, place: Place) -> None:
    await send(adapter, "住民記録/異動_四月 1日.csv", b"x")
    assert place.paths() == {"住民記録/異動_四月 1日.csv"}


async def test_write_gives_the_entry_that_stat_and_scan_give(adapter: Adapter, place: Place) -> None:
    written = await send(adapter, "in/a.csv", b"abc")
    assert await adapter.stat("in/a.csv") == written
    (found,) = await listed(adapter, "in/*.csv")
    if (
        place.kind == "s3" and found.version
    ):  # rclone rounds a time in its listing that it cuts in its headers
        found = replace(found, mtime=written.mtime)
    assert found == written


async def test_a_taken_name_is_refused_and_left_as_it_is(adapter: Adapter, place: Place) -> None:
    place.put("a.csv", b"first")
    with pytest.raises(AlreadyThere):
        await send(adapter, "a.csv", b"second")
    assert place.get("a.csv") == b"first"
    assert place.unfinished() == 0


async def test_a_taken_name_is_refused_for_a_large_file_too(adapter: Adapter, place: Place) -> None:
    place.put("large.dat", b"first")
    with pytest.raises(AlreadyThere):
        await send(adapter, "large.dat", LARGE)
    assert place.get("large.dat") == b"first"
    assert place.unfinished() == 0


async def test_replacing_puts_the_new_content_under_the_name(adapter: Adapter, place: Place) -> None:
    place.put("a.csv", b"first")
    entry = await send(adapter, "a.csv", b"second", replace=True)
    assert place.get("a.csv") == b"second"
    assert await adapter.stat("a.csv") == entry


@pytest.mark.parametrize("data", [b"small", LARGE], ids=["small", "large"])
async def test_nothing_is_visible_before_publishing(adapter: Adapter, place: Place, data: bytes) -> None:
    seen: list[bytes | None] = []

    async def publishing() -> None:
        seen.append(place.get("a.csv"))
        seen.extend(entry.path for entry in (await adapter.scan("*")).entries)

    await send(adapter, "a.csv", data, publishing=publishing)
    assert seen == [None]


@pytest.mark.parametrize("data", [b"small", LARGE], ids=["small", "large"])
async def test_an_error_before_publishing_leaves_nothing_visible(
    adapter: Adapter, place: Place, data: bytes
) -> None:
    async def publishing() -> None:
        raise RuntimeError("the journal is full")

    with pytest.raises(RuntimeError, match="journal"):
        await send(adapter, "a.csv", data, publishing=publishing)
    assert place.get("a.csv") is None
    assert await listed(adapter, "*") == ()


async def test_the_handle_is_told_before_the_first_byte_is_asked_for(adapter: Adapter) -> None:
    order: list[str] = []

    async def staging(handle: str) -> None:
        order.append(f"staging {handle == wanted.temporary or bool(handle)}")

    async def watched() -> AsyncIterator[bytes]:
        order.append("first byte")
        yield LARGE

    wanted = replace(target(adapter, "a.dat", LARGE), staging=staging)
    await adapter.write(wanted, watched())
    assert order[:2] == ["staging True", "first byte"]
    assert set(order[2:]) <= {"staging True"}


@pytest.mark.parametrize("size", [10, len(LARGE)], ids=["small", "large"])
async def test_a_source_that_breaks_off_leaves_nothing_visible(
    adapter: Adapter, place: Place, size: int
) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield LARGE[: size // 2]
        raise OSError("the spool is gone")

    with pytest.raises((OSError, AdapterError)):
        await adapter.write(target(adapter, "a.dat", LARGE[:size]), breaking())
    assert place.get("a.dat") is None


@pytest.mark.parametrize("size", [10, len(LARGE)], ids=["small", "large"])
async def test_another_number_of_bytes_than_announced_is_not_published(
    adapter: Adapter, place: Place, size: int
) -> None:
    data = LARGE[:size]
    for sent in (data[:-1], data + b"x"):
        with pytest.raises(Transient, match="bytes"):
            await adapter.write(target(adapter, "a.dat", data), chunks(sent))
        assert place.get("a.dat") is None
    assert place.unfinished() == 0


async def test_discard_removes_what_a_crash_left_and_may_be_repeated(place: Place, adapter: Adapter) -> None:
    handles: list[str] = []
    reached = asyncio.Event()

    async def staging(handle: str) -> None:
        handles.append(handle)

    async def endless() -> AsyncIterator[bytes]:
        yield LARGE[: 6 << 20]
        reached.set()
        await asyncio.Event().wait()
        yield b""

    wanted = replace(target(adapter, "a.dat", LARGE), staging=staging)
    writing = asyncio.create_task(adapter.write(wanted, endless()))
    await reached.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    for _ in range(2):
        await adapter.discard(handles[0], "a.dat")
    assert place.unfinished() == 0
    assert place.paths() == set()


async def test_a_second_try_takes_the_same_temporary_name(adapter: Adapter, place: Place) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield LARGE[:2_000_000]
        raise OSError("the spool is gone")

    wanted = target(adapter, "a.dat", b"second try")
    with pytest.raises((OSError, AdapterError)):
        await adapter.write(replace(wanted, size=len(LARGE)), breaking())
    await adapter.write(wanted, chunks(b"second try"))
    assert place.get("a.dat") == b"second try"


async def test_of_two_writers_of_one_name_one_wins_where_the_place_can_tell(
    adapter: Adapter, place: Place
) -> None:
    both = [send(adapter, "a.csv", data, temporary=f".lgw-{data[0]}") for data in (b"one", b"two")]
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, AlreadyThere)]
    if place.creates_only:
        assert len(refused) == 1
    assert [outcome for outcome in outcomes if not isinstance(outcome, AlreadyThere | Entry)] == []
    assert place.get("a.csv") in {b"one", b"two"}


async def test_conditional_creation_is_known_after_the_first_write(adapter: Adapter, place: Place) -> None:
    await send(adapter, "a.csv", b"x")
    assert adapter.features.conditional_create is place.creates_only
    assert place.paths() == {"a.csv"}


async def test_an_unsafe_name_is_refused_before_anything_is_sent(adapter: Adapter, place: Place) -> None:
    for path in ("../a.csv", "/a.csv", "a\r\nDELE b.csv", "a//b.csv", "a\\b.csv"):
        with pytest.raises(Refused):
            await send(adapter, path, b"x", temporary=".lgw-x")
        with pytest.raises(Refused):
            await adapter.stat(path)
    assert place.paths() == set()


async def test_many_files_at_once_use_no_more_connections_than_allowed(
    adapter: Adapter, place: Place
) -> None:
    await asyncio.gather(*(send(adapter, f"in/{n}.dat", b"x" * n) for n in range(20)))
    found = await listed(adapter, "in/*.dat")
    assert len(found) == 20
    got = await asyncio.gather(*(receive(adapter, entry) for entry in found))
    assert sorted(len(data) for data in got) == list(range(20))
