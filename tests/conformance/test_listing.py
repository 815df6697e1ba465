from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest

from adapters.errors import NotFound
from tests.support.writing import listed, receive

if TYPE_CHECKING:
    from adapters.base import Adapter
    from tests.support.places import Place


async def _paths(adapter: Adapter, pattern: str) -> list[str]:
    return [entry.path for entry in (await adapter.scan(pattern)).entries]


async def test_only_matching_files_are_listed(adapter: Adapter, place: Place) -> None:
    for path in (
        "out/a1.csv",
        "out/a2.csv",
        "out/a10.csv",
        "out/b1.csv",
        "out/a1.txt",
        "out/deep/a1.csv",
        "a1.csv",
    ):
        place.put(path, b"x")
    assert await _paths(adapter, "out/a?.csv") == ["out/a1.csv", "out/a2.csv"]
    assert await _paths(adapter, "out/a*.csv") == ["out/a1.csv", "out/a10.csv", "out/a2.csv"]
    assert await _paths(adapter, "*.csv") == ["a1.csv"]
    assert await _paths(adapter, "out/b1.csv") == ["out/b1.csv"]


async def test_wildcards_in_folders_are_followed(adapter: Adapter, place: Place) -> None:
    for path in ("juki/out/a.csv", "zei/out/b.csv", "zei/in/c.csv", "zei/out/more/d.csv"):
        place.put(path, b"x")
    assert await _paths(adapter, "*/out/*.csv") == ["juki/out/a.csv", "zei/out/b.csv"]


async def test_characters_that_mean_something_elsewhere_mean_themselves(
    adapter: Adapter, place: Place
) -> None:
    strange = "out/d+e %41.csv" if place.percent_in_names else "out/d+e .csv"
    for path in ("out/[a].csv", "out/a.csv", "out/{b}.csv", "out/-c.csv", strange):
        place.put(path, b"x")
    assert await _paths(adapter, "out/[a].csv") == ["out/[a].csv"]
    found = await listed(adapter, "out/*")
    assert {entry.path for entry in found} == place.paths()
    for entry in found:
        assert await adapter.stat(entry.path) == entry


async def test_a_name_that_a_mac_wrote_is_meant_by_the_pattern_that_reads_like_it(
    adapter: Adapter, place: Place
) -> None:
    """A Mac writes ガ as two characters (NFD): a letter, and a mark of its own."""
    name = unicodedata.normalize("NFD", "データ_1.csv")
    assert name != "データ_1.csv"
    for path in (f"in/ガ/{name}", "in/ガ/データ_2.csv", "in/ガ/テータ_3.csv"):
        place.put(path, b"x")
    found = await listed(adapter, "in/ガ/データ_?.csv")
    assert sorted(entry.path for entry in found) == sorted([f"in/ガ/{name}", "in/ガ/データ_2.csv"])
    for entry in found:
        assert await receive(adapter, entry) == b"x"
    copied = unicodedata.normalize("NFD", "データ_*.csv")
    assert await listed(adapter, f"in/ガ/{copied}") == found


async def test_a_kanji_that_reads_like_another_one_is_itself(adapter: Adapter, place: Place) -> None:
    names = ("神.csv", "\ufa19.csv")
    for name in names:
        place.put(f"in/{name}", name.encode())
    for name in names:
        (entry,) = await listed(adapter, f"in/{name[0]}*")
        assert entry.path == f"in/{name}"
        assert await receive(adapter, entry) == name.encode()


async def test_sizes_are_in_bytes(adapter: Adapter, place: Place) -> None:
    place.put("a.csv", b"x" * 12_345)
    assert (await adapter.scan("*")).entries[0].size == 12_345


async def test_a_new_revision_has_another_identity(adapter: Adapter, place: Place) -> None:
    place.put("a.csv", b"first")
    before = await adapter.stat("a.csv")
    place.put("a.csv", b"second revision")
    after = await adapter.stat("a.csv")
    assert before.identity != after.identity
    assert await listed(adapter, "*") == (after,)


async def test_unfinished_files_are_left_out(adapter: Adapter, place: Place) -> None:
    place.put(".lgw-0a1b2c3d", b"half a fi")
    place.put("a.csv", b"x")
    assert await _paths(adapter, "*") == ["a.csv"]


async def test_an_unsafe_name_is_refused_with_its_reason(adapter: Adapter, place: Place) -> None:
    place.put("a\\b.csv", b"x")
    place.put("a.csv", b"x")
    listing = await adapter.scan("*.csv")
    assert [entry.path for entry in listing.entries] == ["a.csv"]
    assert [reason for _, reason in listing.refused] == ["a backslash in the name"]


async def test_a_folder_that_is_not_there_is_an_error_and_never_an_empty_listing(
    adapter: Adapter, place: Place
) -> None:
    if place.has_folders:
        with pytest.raises(NotFound):
            await adapter.scan("nowhere/*.csv")
    else:
        assert await _paths(adapter, "nowhere/*.csv") == []


async def test_an_empty_folder_is_an_empty_listing(adapter: Adapter, place: Place) -> None:
    place.put("out/deep/a.csv", b"x")
    assert await _paths(adapter, "out/*") == []
