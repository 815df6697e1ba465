"""FTP through address translation: where data connections go when the host names an address of its own."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from adapters.errors import Transient
from adapters.ftp.control import PlainFtp
from tests.conformance.conftest import NAMES
from tests.support import places
from tests.support.servers import vsftpd
from tests.support.servers.process import free_port
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


async def test_an_active_host_is_let_in_from_its_own_address_alone_unless_any_is_allowed(
    forwarded: FtpServer,
) -> None:
    """The control connection goes to another address than the one from which data connections come."""
    place = places.ftp(forwarded, f"forwarded-{next(NAMES)}", tls="none", data_connection="active")
    async with ToxicLine(forwarded.port, host=INSIDE) as line:
        await assert_works(place, port=line.listening, passive_address="server")
        await assert_no_data(place, helps="server", port=line.listening)


@pytest.mark.parametrize("ports", [None, "one"])
async def test_who_connects_before_an_active_host_gets_and_gives_no_byte(
    plain_vsftpd: FtpServer, monkeypatch: pytest.MonkeyPatch, ports: str | None
) -> None:
    strangers: list[socket.socket] = []
    asking = PlainFtp.sendport

    def ask_when_a_stranger_is_there(ftp: PlainFtp, host: str, port: int) -> str:
        address = (host, port)
        strangers.append(socket.create_connection(address, timeout=10, source_address=(INSIDE, 0)))
        strangers[-1].sendall(b"not from the host")
        return str(asking(ftp, host, port))

    monkeypatch.setattr(PlainFtp, "sendport", ask_when_a_stranger_is_there)
    place = places.ftp(plain_vsftpd, f"active-{next(NAMES)}", tls="none", data_connection="active")
    settings = {"active_ports": [free_port()] * 2, "connections": 1} if ports else {}
    await assert_works(place, **settings)
    assert len(strangers) >= 3
    for stranger in strangers:
        with stranger:
            assert received(stranger) == b""


def received(line: socket.socket) -> bytes:
    with suppress(ConnectionResetError):
        return line.recv(1)
    return b""
