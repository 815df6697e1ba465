"""A disk that is full: nothing shows under the final name, and the same file goes through when there is room.

Servers in threads of this process have files that the system keeps from growing (``RLIMIT_FSIZE``); all get a file
system of their own as well that is too small.
"""

from __future__ import annotations

import resource
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from adapters import ADAPTERS
from adapters.errors import InDoubt, Refused, Transient
from adapters.sftp.transport import fingerprint
from tests.conformance.conftest import make_place
from tests.support import places
from tests.support.servers import odd_sftp as odd
from tests.support.servers.object_stores import localbucket_store, nanio_store, rclone_store
from tests.support.small_disk import SmallDisk, small_disk
from tests.support.writing import listed, receive, send

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from adapters.base import Adapter
    from tests.support.places import Place

DATA = bytes(range(256)) * 4096 * 4
ROOM = 1 << 20
TOO_FEW, ENOUGH = 3, 64
"""Mebibytes of a disk that cannot hold ``DATA``, and of one that can."""


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process grows beyond ``ROOM``."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def _assert_survived(adapter: Adapter) -> None:
    with full_disk(), pytest.raises((Transient, Refused)):  # a folder's own system says which limit it was
        await send(adapter, "a.dat", DATA)
    assert await listed(adapter, "*") == ()
    entry = await send(adapter, "a.dat", DATA)
    assert await receive(adapter, entry) == DATA
    assert await listed(adapter, "*") == (entry,)


@pytest.mark.parametrize("kind", ["folder", "pyftpd"])
async def test_a_full_disk_shows_nothing_and_the_file_arrives_when_there_is_room(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with places.reach(make_place(kind, request, tmp_path_factory)) as adapter:
        await _assert_survived(adapter)


async def test_a_full_disk_of_an_sftp_server_shows_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODD_TEST_PASSWORD", odd.PASSWORD)
    with odd.odd_sftp(tmp_path) as server:
        given: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": server.port,
            "root": str(tmp_path),
            "login": {"user": odd.USER, "password": {"env": "ODD_TEST_PASSWORD"}},
            "host_key": fingerprint(server.key),
        }
        options = ADAPTERS["sftp"].options.model_validate(given)
        async with ADAPTERS["sftp"].build(options, name="full") as adapter:
            await _assert_survived(adapter)


HOSTS = ["folder", "vsftpd", "vsftpd-tls", "proftpd-tls", "pure-ftpd", "pyftpd", "openssh", "restricted-sftp"]
STORES = {"rclone": rclone_store, "nanio": nanio_store, "localbucket": localbucket_store}


@pytest.fixture(params=[*HOSTS, *STORES])
def too_small(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Place, SmallDisk]]:
    """A place on a disk that does not hold ``DATA``."""
    if request.param in HOSTS:
        place = make_place(request.param, request, tmp_path_factory)
        with small_disk(place.root, TOO_FEW) as disk:
            yield place, disk
        return
    with (
        small_disk(tmp_path_factory.mktemp("small"), TOO_FEW) as disk,
        STORES[request.param](disk.folder) as store,
    ):
        enforces = request.param == "localbucket"
        yield places.bucket(store, "small", creates_only=enforces, connections=1), disk


async def test_a_real_server_whose_disk_is_full_shows_nothing_and_takes_the_file_when_there_is_room(
    too_small: tuple[Place, SmallDisk],
) -> None:
    place, disk = too_small
    async with (
        places.reach(place, reply_timeout="2s") if place.kind != "local" else places.reach(place) as adapter
    ):
        await send(adapter, "before.dat", b"here before")
        with pytest.raises((Transient, Refused, InDoubt)):
            await send(adapter, "a.dat", DATA)
        assert place.get("a.dat") is None
        assert place.get("before.dat") == b"here before"
        disk.grow(ENOUGH)
        entry = await send(adapter, "a.dat", DATA)
        assert await receive(adapter, entry) == DATA
        assert [one.path for one in await listed(adapter, "*.dat")] == ["a.dat", "before.dat"]
