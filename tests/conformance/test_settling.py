from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adapters.errors import AlreadyThere, Changed, NotFound
from tests.support.writing import receive, send

if TYPE_CHECKING:
    from adapters.base import Adapter
    from tests.support.places import Place


async def test_the_entry_as_read_is_removed(adapter: Adapter, place: Place) -> None:
    place.put("out/a.csv", b"x")
    await adapter.remove(await adapter.stat("out/a.csv"))
    assert place.paths() == set()


async def test_a_new_revision_is_never_removed(adapter: Adapter, place: Place) -> None:
    entry = await send(adapter, "a.csv", b"first")
    place.put("a.csv", b"second revision")
    with pytest.raises(Changed):
        await adapter.remove(entry)
    assert place.get("a.csv") == b"second revision"
    assert place.paths() == {"a.csv"}


async def test_removing_what_is_gone_says_so(adapter: Adapter, place: Place) -> None:
    entry = await send(adapter, "a.csv", b"x")
    await adapter.remove(entry)
    with pytest.raises(NotFound):
        await adapter.remove(entry)


async def test_the_entry_as_read_is_moved_with_its_bytes(adapter: Adapter, place: Place) -> None:
    entry = await send(adapter, "out/a.csv", b"abc")
    moved = await adapter.rename(entry, "done/2027/a.csv")
    assert place.paths() == {"done/2027/a.csv"}
    assert await adapter.stat("done/2027/a.csv") == moved
    assert await receive(adapter, moved) == b"abc"


async def test_a_new_revision_is_never_moved(adapter: Adapter, place: Place) -> None:
    entry = await send(adapter, "a.csv", b"first")
    place.put("a.csv", b"second revision")
    with pytest.raises(Changed):
        await adapter.rename(entry, "done/a.csv")
    assert place.get("a.csv") == b"second revision"
    assert place.get("done/a.csv") is None


async def test_nothing_is_moved_onto_a_taken_name(adapter: Adapter, place: Place) -> None:
    entry = await send(adapter, "a.csv", b"first")
    place.put("done/a.csv", b"earlier")
    with pytest.raises(AlreadyThere):
        await adapter.rename(entry, "done/a.csv")
    assert place.get("a.csv") == b"first"
    assert place.get("done/a.csv") == b"earlier"


async def test_moving_what_is_gone_says_so(adapter: Adapter, place: Place) -> None:
    entry = await send(adapter, "a.csv", b"x")
    await adapter.remove(entry)
    with pytest.raises(NotFound):
        await adapter.rename(entry, "done/a.csv")


async def test_an_exclusive_file_is_removed_at_every_place(adapter: Adapter, place: Place) -> None:
    place.put("out/a.csv", b"x")
    await adapter.remove(await adapter.stat("out/a.csv"), exclusive=True)
    assert place.paths() == set()
