"""The spool: complete files or none, owner only, swept of what nobody owns."""

import asyncio
import hashlib
import os
import threading

import pytest

from gateway.errors import Held, Reason, SpoolFailed
from gateway.stores.spool import CHUNK, SharedSync, Spool


async def stream(*chunks):
    for chunk in chunks:
        yield chunk


async def broken(*chunks):
    for chunk in chunks:
        yield chunk
    raise ConnectionResetError


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path / "spool", limit=1000)


async def test_a_stored_file_has_its_size_and_digest(spool):
    stored = await spool.store("t", "original", stream(b"abc", b"def"))
    assert (stored.size, stored.sha256) == (6, hashlib.sha256(b"abcdef").hexdigest())
    assert b"".join([chunk async for chunk in spool.read("t", "original")]) == b"abcdef"


@pytest.fixture
def asked(monkeypatch):
    """What the system is asked for while a file comes, two chunks at a time: from, to, and bytes there by then."""
    asked = []
    monkeypatch.setattr("gateway.stores.writing.AT_ONE_TIME", 2 * CHUNK)

    def advise(descriptor, start, count, advice):
        assert advice == os.POSIX_FADV_DONTNEED
        asked.append((start // CHUNK, (start + count) // CHUNK, os.fstat(descriptor).st_size // CHUNK))

    monkeypatch.setattr(os, "posix_fadvise", advise)
    return asked


SEVEN = [bytes([number]) * CHUNK for number in range(7)]


async def test_the_disk_is_asked_early_to_begin_with_a_large_file(tmp_path, asked):
    """Each byte is asked for once, and only after it was written; the sync at the end stands."""
    await Spool(tmp_path / "spool", limit=7 * CHUNK).store("t", "original", stream(*SEVEN))
    assert asked == [(0, 2, 2), (2, 4, 4), (4, 6, 6)]


async def test_a_large_file_that_nobody_reads_again_need_not_stay_in_memory(tmp_path, asked):
    """What was on its way to the disk at the last asking is there by the next, and is let go then."""
    spool = Spool(tmp_path / "spool", limit=7 * CHUNK)
    await spool.store("t", "original", stream(*SEVEN), read_again=False)
    assert asked == [(0, 2, 2), (0, 4, 4), (0, 6, 6)]
    assert b"".join([chunk async for chunk in spool.read("t", "original")]) == b"".join(SEVEN)


async def test_an_empty_file_is_a_file(spool):
    stored = await spool.store("t", "original", stream())
    assert (stored.size, stored.sha256) == (0, hashlib.sha256(b"").hexdigest())


async def test_a_stream_that_breaks_leaves_no_complete_file(spool):
    with pytest.raises(ConnectionResetError):
        await spool.store("t", "original", broken(b"abc"))
    assert not spool.file("t", "original").exists()


async def test_a_second_try_replaces_what_the_first_left(spool):
    with pytest.raises(ConnectionResetError):
        await spool.store("t", "original", broken(b"abcdefgh"))
    assert (await spool.store("t", "original", stream(b"xy"))).size == 2


async def test_everything_is_for_its_owner_alone(spool):
    await spool.store("t", "original", stream(b"abc"))
    await spool.make("t", "converted", lambda path: path.write_bytes(b"abc"))
    modes = {path.name: path.stat().st_mode & 0o777 for path in spool.root.rglob("*")}
    assert modes == {"t": 0o700, "original": 0o600, "converted": 0o600}
    assert spool.root.stat().st_mode & 0o777 == 0o700


async def test_the_sweep_takes_what_nobody_owns_and_unfinished_files(spool):
    await spool.store("mine", "original", stream(b"abc"))
    await spool.store("orphan", "original", stream(b"abc"))
    with pytest.raises(ConnectionResetError):
        await spool.store("mine", "converted", broken(b"abc"))
    assert await spool.sweep({"mine": "r"}) == ["orphan"]
    assert [path.relative_to(spool.root).as_posix() for path in spool.root.rglob("*")] == [
        "mine",
        "mine/original",
    ]


async def test_a_file_that_can_never_fit_is_held_with_the_setting_to_change(spool):
    with pytest.raises(Held, match=r"limits\.spool") as held:
        await spool.reserve("t", 1001)
    assert held.value.reason is Reason.REFUSED


async def test_a_file_waits_until_another_gives_its_room_back(spool):
    await spool.reserve("first", 600)
    second = asyncio.create_task(spool.reserve("second", 600))
    await asyncio.sleep(0)
    assert not second.done()
    await spool.remove("first")
    await asyncio.wait_for(second, 5)


async def test_what_lies_in_the_spool_counts_until_it_is_removed(spool, monkeypatch):
    monkeypatch.setattr("gateway.stores.spool.PATIENCE", 0.01)
    await spool.reserve("held", 900)
    await spool.store("held", "original", stream(b"x" * 500))
    await spool.shrink("held")
    await spool.reserve("small", 500)
    with pytest.raises(SpoolFailed, match="the spool is full"):
        await spool.reserve("other", 100)
    await spool.remove("held")
    await spool.reserve("other", 100)


async def test_what_an_earlier_run_left_counts_from_the_start(spool, monkeypatch):
    monkeypatch.setattr("gateway.stores.spool.PATIENCE", 0.01)
    await spool.store("held", "original", stream(b"x" * 500))
    again = Spool(spool.root, limit=1000)
    await again.sweep({"held": "r"})
    with pytest.raises(SpoolFailed):
        await again.reserve("other", 600)


async def test_a_fault_of_the_own_disk_is_told_from_that_of_a_place(spool):
    """``/dev/full`` answers every write as a full disk does."""
    (spool.root / "t").mkdir()
    (spool.root / "t" / "original.part").symlink_to("/dev/full")
    with pytest.raises(SpoolFailed, match="own disk failed"):
        await spool.store("t", "original", stream(b"x" * 100_000))
    with pytest.raises(ConnectionResetError):
        await spool.store("other", "original", broken(b"abc"))


async def test_syncs_that_wait_at_one_time_are_one(tmp_path, monkeypatch):
    begun, go, synced = threading.Event(), threading.Event(), []

    def slow(folder):
        synced.append(folder)
        begun.set()
        assert go.wait(20)

    monkeypatch.setattr("gateway.stores.spool.sync_folder", slow)
    shared = SharedSync(tmp_path)
    first = asyncio.ensure_future(asyncio.to_thread(shared.sync))
    await asyncio.to_thread(begun.wait, 20)
    others = [asyncio.ensure_future(asyncio.to_thread(shared.sync)) for _ in range(3)]
    while shared._asked < 4:
        await asyncio.sleep(0)
    go.set()
    await asyncio.gather(first, *others)
    assert len(synced) == 2, "the first, and one for all who came while it was under way"


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
async def test_files_of_every_size_come_back_as_they_were(tmp_path, size):
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    spool = Spool(tmp_path / "spool", limit=1 << 30)
    stored = await spool.store("t", "original", stream(data[: size // 3], data[size // 3 :]))
    assert (stored.size, stored.sha256) == (size, hashlib.sha256(data).hexdigest())
    assert b"".join([chunk async for chunk in spool.read("t", "original")]) == data


async def test_a_route_that_has_used_its_part_leaves_room_to_the_others(spool, monkeypatch):
    monkeypatch.setattr("gateway.stores.spool.PATIENCE", 0.01)
    await spool.reserve("held", 300, route="a", quota=400)
    with pytest.raises(SpoolFailed, match="the route's part of the spool is full"):
        await spool.reserve("next", 200, route="a", quota=400)
    await spool.reserve("other", 600, route="b")
    await spool.remove("held")
    await spool.reserve("next", 200, route="a", quota=400)


async def test_files_that_a_gateway_finds_at_its_start_count_for_their_route(spool, monkeypatch):
    monkeypatch.setattr("gateway.stores.spool.PATIENCE", 0.01)
    await spool.store("held", "original", stream(b"x" * 300))
    again = Spool(spool.root, limit=1000)
    await again.sweep({"held": "a"})
    with pytest.raises(SpoolFailed, match="the route's part"):
        await again.reserve("next", 200, route="a", quota=400)


async def test_a_file_larger_than_its_routes_part_is_held_with_the_key_to_raise(spool):
    with pytest.raises(Held) as held:
        await spool.reserve("t", 401, route="a", quota=400)
    assert "limits.spool of the route" in held.value.hint


async def test_no_file_is_taken_into_the_last_room_of_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr("gateway.stores.spool.PATIENCE", 0.01)
    disk = os.statvfs(tmp_path)
    free = disk.f_bavail * disk.f_frsize
    await Spool(tmp_path / "a", limit=1000, free=free // 2).reserve("t", 500)
    with pytest.raises(SpoolFailed, match="the disk of state_dir is nearly full") as full:
        await Spool(tmp_path / "b", limit=1000, free=free * 2).reserve("t", 500)
    assert "limits.free" in full.value.hint
