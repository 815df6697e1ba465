"""The imitated mainframe: dataset names, listings that end with 250, no bytes, no times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adapters import ADAPTERS
from adapters.errors import AlreadyThere, InDoubt, Misconfigured, NotFound, Refused
from gateway.demo.ftp_mainframe import MainframeFtp, MainframeHabits
from tests.support.writing import listed, receive, send

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from adapters.base import Adapter

USER, PASSWORD = "RENKEI", "mainframe-test-password"


@pytest.fixture
def mainframe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainframeFtp]:
    monkeypatch.setenv("MAINFRAME_TEST_PASSWORD", PASSWORD)
    habits = MainframeHabits(accounts={USER: PASSWORD}, sessions=1)
    with MainframeFtp(tmp_path / "datasets", habits) as server:
        yield server


def _reach(server: MainframeFtp, **changes: object) -> Adapter:
    given = {
        "host": "127.0.0.1",
        "port": server.port,
        "tls": "none",
        "dialect": "mvs",
        "login": {"user": USER, "password": {"env": "MAINFRAME_TEST_PASSWORD"}},
        "connections": 1,
        **changes,
    }
    kind = ADAPTERS["ftp"]
    return kind.build(kind.options.model_validate(given), name="mainframe")


@pytest.fixture
async def adapter(mainframe: MainframeFtp) -> AsyncIterator[Adapter]:
    async with _reach(mainframe) as ready:
        yield ready


async def test_a_dataset_arrives_whole_by_a_work_dataset(adapter: Adapter, tmp_path: Path) -> None:
    handles: list[str] = []

    async def staging(handle: str) -> None:
        handles.append(handle)

    await send(adapter, "RENKEI.JUKI.D270104.T101500", b"\xc1\xc2" * 500_000, staging=staging)
    listing = await adapter.scan("RENKEI.JUKI.D*.T*")
    assert [entry.path for entry in listing.entries] == ["RENKEI.JUKI.D270104.T101500"]
    assert handles[0].startswith("RENKEI.JUKI.D270104.LGW")
    assert await receive(adapter, listing.entries[0]) == b"\xc1\xc2" * 500_000
    assert len([file for file in (tmp_path / "datasets").iterdir() if file.is_file()]) == 1


async def test_no_size_in_bytes_is_claimed(adapter: Adapter) -> None:
    entry = await send(adapter, "RENKEI.JUKI.A", b"x")
    assert entry.size is None
    assert not adapter.features.byte_size
    assert adapter.features.mtime_precision >= 86400


async def test_an_empty_list_of_datasets_is_an_empty_listing(adapter: Adapter) -> None:
    assert await listed(adapter, "RENKEI.NONE.*") == ()
    with pytest.raises(NotFound):
        await adapter.stat("RENKEI.NONE.A")


async def test_the_root_is_a_prefix_of_every_name(mainframe: MainframeFtp) -> None:
    async with _reach(mainframe, root="RENKEI") as rooted:
        await send(rooted, "JUKI.D270104", b"x")
        assert [entry.path for entry in (await rooted.scan("JUKI.*")).entries] == ["JUKI.D270104"]
    async with _reach(mainframe) as adapter:
        assert (await adapter.stat("RENKEI.JUKI.D270104")).path == "RENKEI.JUKI.D270104"


async def test_a_catalogued_name_is_refused_and_left(adapter: Adapter) -> None:
    first = await send(adapter, "RENKEI.JUKI.A", b"first")
    with pytest.raises(AlreadyThere):
        await send(adapter, "RENKEI.JUKI.A", b"second")
    assert await receive(adapter, first) == b"first"
    assert [entry.path for entry in (await adapter.scan("RENKEI.JUKI.*")).entries] == ["RENKEI.JUKI.A"]


async def test_a_dataset_is_moved_and_removed(adapter: Adapter) -> None:
    entry = await send(adapter, "RENKEI.JUKI.A", b"x")
    moved = await adapter.rename(entry, "RENKEI.DONE.A")
    await adapter.remove(moved)
    assert await listed(adapter, "RENKEI.*") == ()


async def test_what_is_no_dataset_name_is_refused(adapter: Adapter) -> None:
    for path in ("renkei.juki.a", "RENKEI.JUKI.TOOLONGNAME", "out/juki.csv"):
        with pytest.raises(Refused):
            await send(adapter, path, b"x")


async def test_a_mainframe_that_was_not_declared_as_one_stops_the_endpoint(mainframe: MainframeFtp) -> None:
    async with _reach(mainframe, dialect="auto") as undeclared:
        with pytest.raises(Misconfigured, match="dialect: mvs"):
            await undeclared.scan("RENKEI.*")


async def test_a_second_session_of_the_user_is_tried_again_later(
    mainframe: MainframeFtp, adapter: Adapter
) -> None:
    await adapter.scan("RENKEI.*")
    async with _reach(mainframe) as second:
        with pytest.raises(Exception, match="421") as refused:
            await second.scan("RENKEI.*")
    assert not isinstance(refused.value, Misconfigured | Refused | InDoubt)
