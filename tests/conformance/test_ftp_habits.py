"""What hosts of the field ask of an FTP client beyond the usual."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from adapters.base import Publish
from adapters.errors import InDoubt, UnreadableListing
from adapters.ftp_times import SETTLED_SECONDS, Times
from adapters.listing import Line
from tests.conformance.conftest import NAMES
from tests.support import places
from tests.support.servers.process import free_port
from tests.support.toxic import ToxicLine
from tests.support.writing import receive, send, target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.places import Place
    from tests.support.servers.ftp_servers import FtpServer
    from tests.support.servers.sshd import SshServer

NAME = "住民異動_四月.csv"


@pytest.fixture
def host(plain_vsftpd: FtpServer) -> Place:
    return places.ftp(plain_vsftpd, f"habit-{next(NAMES)}", tls="none")


def _raw_names(folder: Path) -> list[bytes]:
    return [os.fsencode(file.name) for file in folder.iterdir()]


async def test_an_active_host_connects_to_a_port_of_the_given_range(host: Place) -> None:
    port = free_port()
    settings = {"data_connection": "active", "active_ports": [port, port]}
    async with places.reach(host, connections=1, **settings) as adapter:
        entry = await send(adapter, "a.csv", b"abc")
        assert (await adapter.scan("*")).entries == (entry,)
        assert await receive(adapter, entry) == b"abc"


async def test_names_are_listed_where_no_listing_can_be_read(host: Place) -> None:
    host.put("out/a.csv", b"abc")
    host.put("out/folder.csv/b.csv", b"x")
    async with places.reach(host, dialect="nlst") as adapter:
        listing = await adapter.scan("out/*.csv")
        assert [(entry.path, entry.size) for entry in listing.entries] == [("out/a.csv", 3)]
        assert await adapter.stat("out/a.csv") == listing.entries[0]
        assert await receive(adapter, listing.entries[0]) == b"abc"


async def test_a_listing_of_another_dialect_is_an_error_and_never_an_empty_folder(host: Place) -> None:
    host.put("a.csv", b"x")
    async with places.reach(host, dialect="windows") as adapter:
        with pytest.raises(UnreadableListing):
            await adapter.scan("*")


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp"])
async def test_japanese_names_go_in_the_character_code_of_the_host(host: Place, encoding: str) -> None:
    async with places.reach(host, encoding=encoding) as adapter:
        entry = await send(adapter, NAME, b"abc")
        assert (await adapter.scan("*.csv")).entries == (entry,)
        assert await receive(adapter, entry) == b"abc"
    assert _raw_names(host.root) == [NAME.encode(encoding)]


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp"])
async def test_japanese_names_go_over_sftp_in_the_character_code_of_the_host(
    openssh: SshServer, encoding: str
) -> None:
    place = places.sftp(openssh, f"encoded-{encoding}")
    async with places.reach(place, encoding=encoding) as adapter:
        entry = await send(adapter, NAME, b"abc")
        assert (await adapter.scan("*.csv")).entries == (entry,)
    assert _raw_names(place.root) == [NAME.encode(encoding)]


async def test_a_name_of_another_character_code_is_refused_and_hides_no_other(host: Place) -> None:
    host.put("a.csv", b"x")
    (host.root / os.fsdecode(NAME.encode("cp932"))).write_bytes(b"x")
    async with places.reach(host) as adapter:
        listing = await adapter.scan("*.csv")
    assert [entry.path for entry in listing.entries] == ["a.csv"]
    assert len(listing.refused) == 1
    listing.refused[0][0].encode()


async def test_direct_publishing_says_so_and_journals_before_anything_is_seen(host: Place) -> None:
    seen: list[bytes | None] = []

    async def publishing() -> None:
        seen.append(host.get("a.csv"))

    async with places.reach(host, publish="direct") as adapter:
        assert adapter.features.publish is Publish.DIRECT
        entry = await send(adapter, "a.csv", b"abc", publishing=publishing)
        assert seen == [None]
        assert await adapter.stat("a.csv") == entry
    assert host.paths() == {"a.csv"}


async def test_a_direct_write_that_breaks_off_is_in_doubt_and_what_is_seen_stays(host: Place) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield b"x" * 3_000_000
        while not host.get("a.csv"):  # a server tells nobody when the first bytes are on its disk
            await asyncio.sleep(0.01)
        raise OSError("the spool is gone")

    async with places.reach(host, publish="direct") as adapter:
        wanted = target(adapter, "a.csv", b"x" * 6_000_000)
        with pytest.raises(InDoubt):
            await adapter.write(wanted, breaking())
        await adapter.discard("a.csv", "a.csv")
    assert host.get("a.csv") is not None


async def test_a_lost_answer_to_the_rename_is_found_out_over_a_new_connection(host: Place) -> None:
    async with ToxicLine(host.options().port, ftp=True) as line:

        async def publishing() -> None:
            line.fault.answers_lost_after = b"RNTO"
            line.heals_with_the_next_connection = True

        async with places.reach(host, port=line.listening, reply_timeout="1s") as adapter:
            entry = await send(adapter, "a.csv", b"abc", publishing=publishing)
            assert await adapter.stat("a.csv") == entry
    assert host.paths() == {"a.csv"}


def test_times_are_asked_once_a_file_and_not_once_a_poll(host: Place) -> None:
    asked: list[str] = []
    clock = [1000.0]
    times = Times(lambda: clock[0])
    line = Line(name="a.csv", size=3, time="Nov 23 08:44")

    def ask() -> str:
        asked.append("MDTM")
        return "20261123084407"

    for _ in range(3):
        assert times.get("a.csv", line, ask) == "20261123084407"
    assert len(asked) == 3  # the minute is not over: a rewritten file could look the same
    clock[0] += SETTLED_SECONDS
    for _ in range(3):
        times.get("a.csv", line, ask)
    assert len(asked) == 4
    times.get("a.csv", Line(name="a.csv", size=4, time="Nov 23 08:44"), ask)
    assert len(asked) == 5
