"""FTP through address translation: where data connections go when the host names an address of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from adapters.errors import Transient
from tests.conformance.conftest import NAMES
from tests.support import places
from tests.support.servers import vsftpd
from tests.support.toxic import ToxicLine
from tests.support.writing import listed, receive, send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.places import Place
    from tests.support.servers.ftp_servers import FtpServer

OUTSIDE, INSIDE = "203.0.113.9", "127.0.0.2"
"""An address that nobody has (RFC 5737), as a host behind translation names it; and one that only data can go to."""

OLD = "cmds_denied=EPSV\npasv_promiscuous=YES\n"
"""A host that does not know EPSV, whose answer holds no address."""


@pytest.fixture(scope="module")
def translated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FtpServer]:
    with vsftpd.vsftpd(tmp_path_factory.mktemp("nat"), more=f"{OLD}pasv_address={OUTSIDE}\n") as server:
        yield server


@pytest.fixture(scope="module")
def forwarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FtpServer]:
    with vsftpd.vsftpd(tmp_path_factory.mktemp("forwarded"), more=OLD, address=INSIDE) as server:
        yield server


async def assert_works(place: Place, **settings: Any) -> None:
    async with places.reach(place, **settings) as adapter:
        entry = await send(adapter, "in/a.csv", b"abc")
        assert await listed(adapter, "in/*") == (entry,)
        assert await receive(adapter, entry) == b"abc"


async def assert_no_data(place: Place, *, helps: str, **settings: Any) -> None:
    async with places.reach(place, reply_timeout="2s", **settings) as adapter:
        with pytest.raises(Transient) as failed:
            await adapter.scan("*")
    assert failed.value.settings == {"passive_address": helps}


async def test_an_address_that_the_host_has_only_for_itself_is_not_connected_to(
    translated: FtpServer,
) -> None:
    place = places.ftp(translated, f"nat-{next(NAMES)}", tls="none")
    await assert_works(place)
    await assert_no_data(place, helps="peer", passive_address="server")


async def test_an_address_that_the_host_names_on_purpose_is_connected_to(forwarded: FtpServer) -> None:
    """Its control port is forwarded from another machine, its data ports are not."""
    place = places.ftp(forwarded, f"forwarded-{next(NAMES)}", tls="none")
    async with ToxicLine(forwarded.port, host=INSIDE) as line:
        await assert_works(place, port=line.listening, passive_address="server")
        await assert_no_data(place, helps="server", port=line.listening)
