"""A disk that is full: nothing shows under the final name, and the same file goes through when there is room.

The servers run in threads of this process, whose files the system keeps from growing (``RLIMIT_FSIZE``).
"""

from __future__ import annotations

import resource
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from adapters import ADAPTERS
from adapters.errors import Refused, Transient
from adapters.sftp_transport import fingerprint
from tests.conformance.conftest import make_place
from tests.support import places
from tests.support.servers import odd_sftp as odd
from tests.support.writing import listed, receive, send

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from adapters.base import Adapter

DATA = bytes(range(256)) * 4096 * 4
ROOM = 1 << 20


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
