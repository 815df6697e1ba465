"""Kept files on disk: each content once, whole in every moment, for their owner alone."""

import hashlib
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotKept
from gateway.stores.originals import KeptFiles

CONTENT = bytes(range(256)) * 400
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def kept(tmp_path):
    return KeptFiles(tmp_path / "originals")


@pytest.fixture
def spooled(tmp_path):
    path = tmp_path / "original"
    path.touch(mode=0o600)
    path.write_bytes(CONTENT)
    return path


async def content(kept, sha256=SHA256):
    return b"".join([chunk async for chunk in kept.open(sha256)])


def files(kept):
    return sorted(str(path.relative_to(kept.root)) for path in kept.root.rglob("*") if path.is_file())


async def test_a_kept_file_outlives_the_spool(kept, spooled):
    await kept.keep(spooled, SHA256)
    spooled.unlink()
    assert await content(kept) == CONTENT


async def test_a_content_is_kept_once_however_often_it_comes(kept, spooled):
    for _ in range(3):
        await kept.keep(spooled, SHA256)
    assert files(kept) == [f"{SHA256[:2]}/{SHA256}"]
    await kept.pack(SHA256)
    await kept.keep(spooled, SHA256)
    assert files(kept) == [f"{SHA256[:2]}/{SHA256}.zst"]


async def test_a_packed_file_is_smaller_and_reads_the_same(kept, spooled):
    await kept.keep(spooled, SHA256)
    stored = await kept.pack(SHA256)
    assert stored == (kept.root / SHA256[:2] / f"{SHA256}.zst").stat().st_size < len(CONTENT) / 10
    assert await content(kept) == CONTENT


@given(data=st.binary(max_size=3_000_000))
async def test_whatever_is_kept_comes_back_byte_for_byte_before_and_after_packing(data, tmp_path_factory):
    root = tmp_path_factory.mktemp("store")
    kept, path = KeptFiles(root / "originals"), root / "original"
    path.write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    await kept.keep(path, sha256)
    assert await content(kept, sha256) == data
    await kept.pack(sha256)
    assert await content(kept, sha256) == data


async def test_a_packing_that_is_stopped_leaves_the_file_as_it_was(kept, spooled):
    await kept.keep(spooled, SHA256)
    assert await kept.pack(SHA256, lambda: True) is None
    assert files(kept) == [f"{SHA256[:2]}/{SHA256}"]


async def test_what_a_crash_left_unfinished_is_swept_and_packed_anew(kept, spooled):
    await kept.keep(spooled, SHA256)
    part = kept.root / SHA256[:2] / f"{SHA256}.zst.part"
    part.write_bytes(b"half")
    kept.sweep()
    assert not part.exists()
    assert await kept.pack(SHA256)
    assert await content(kept) == CONTENT


async def test_a_crash_between_packing_and_unlinking_leaves_two_whole_files_and_then_one(kept, spooled):
    await kept.keep(spooled, SHA256)
    await kept.pack(SHA256)
    os.link(spooled, kept.root / SHA256[:2] / SHA256)
    assert await content(kept) == CONTENT
    await kept.pack(SHA256)
    assert files(kept) == [f"{SHA256[:2]}/{SHA256}.zst"]


async def test_a_file_that_is_not_kept_is_told_from_a_fault_of_the_disk(kept, tmp_path):
    with pytest.raises(NotKept, match="no longer kept"):
        await content(kept)
    with pytest.raises(NotKept, match="neither"):
        await kept.keep(tmp_path / "absent", SHA256)


async def test_a_packed_file_that_the_disk_damaged_is_never_given_out_as_whole(kept, spooled):
    await kept.keep(spooled, SHA256)
    await kept.pack(SHA256)
    path = kept.root / SHA256[:2] / f"{SHA256}.zst"
    packed = bytearray(path.read_bytes())
    packed[-1] ^= 1
    path.write_bytes(packed)
    with pytest.raises(NotKept, match="damaged"):
        await content(kept)


async def test_a_packed_file_cut_short_is_never_given_out_as_whole(kept, spooled):
    await kept.keep(spooled, SHA256)
    await kept.pack(SHA256)
    path = kept.root / SHA256[:2] / f"{SHA256}.zst"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(NotKept, match="damaged"):
        await content(kept)


async def test_everything_is_for_its_owner_alone(kept, spooled):
    await kept.keep(spooled, SHA256)
    await kept.pack(SHA256)
    modes = {path.stat().st_mode & 0o777 for path in kept.root.rglob("*") if path.is_file()}
    folders = {path.stat().st_mode & 0o777 for path in (kept.root, kept.root / SHA256[:2])}
    assert (modes, folders) == ({0o600}, {0o700})


async def test_a_forgotten_file_is_gone_in_either_form(kept, spooled):
    await kept.keep(spooled, SHA256)
    await kept.pack(SHA256)
    os.link(spooled, kept.root / SHA256[:2] / SHA256)
    kept.forget(SHA256)
    kept.forget(SHA256)
    assert not await kept.has(SHA256)
    assert files(kept) == []
