"""Times and sizes that an FTP client asks a host for ahead, many at one time."""

from __future__ import annotations

import os
import socketserver
import threading
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

import pytest

from adapters import ADAPTERS
from adapters.base import Entry
from adapters.errors import ConnectionLost, NotFound
from adapters.ftp.listing import Line
from adapters.ftp.times import SETTLED_SECONDS, Times
from tests.conformance.conftest import make_place
from tests.support import places
from tests.support.writing import listed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from adapters.base import Adapter
    from tests.support.places import Place


def test_a_time_is_kept_only_when_the_minute_of_the_listing_is_over() -> None:
    clock = [1000.0]
    times = Times(lambda: clock[0])
    line = Line(name="a.csv", size=3, time="Nov 23 08:44")
    entry = Entry(path="a.csv", size=3, mtime="Nov 23 08:44", vague=True)
    times.tell(entry, "20261123084407")
    assert times.lasting(["a.csv"], [line]) == [""]  # a file rewritten now could look the same
    clock[0] += SETTLED_SECONDS
    assert times.lasting(["a.csv"], [line]) == [""]
    times.tell(entry, "20261123084407")
    assert times.lasting(["b.csv", "a.csv"], [line, line]) == ["", "20261123084407"]
    assert times.lasting(["a.csv"], [line._replace(size=4)]) == [""]


@pytest.fixture(params=["vsftpd", "vsftpd-tls", "proftpd-tls", "pure-ftpd", "pyftpd"])
def any_host(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return make_place(request.param, request, tmp_path_factory)


async def test_many_times_are_asked_ahead_and_each_belongs_to_its_file(any_host: Place) -> None:
    for number in range(700):
        any_host.put(f"f{number}.csv", b"x")
        os.utime(any_host.root / f"f{number}.csv", (1_700_000_000 + number, 1_700_000_000 + number))
    async with places.reach(any_host, dialect="unix") as adapter:
        vague = (await adapter.scan("f*.csv")).entries
        assert all(entry.vague for entry in vague)
        (any_host.root / "f3.csv").unlink()
        exact = await adapter.exact(vague)
        assert await adapter.stat("f699.csv") == next(entry for entry in exact if entry.path == "f699.csv")
        with pytest.raises(NotFound):
            await adapter.stat("never.csv")
    told = {entry.path: datetime.strptime(f"{entry.mtime}Z", "%Y%m%d%H%M%S%z") for entry in exact}
    numbers = [number for number in range(700) if number != 3]
    assert told == {f"f{n}.csv": datetime.fromtimestamp(1_700_000_000 + n, UTC) for n in numbers}


async def test_names_alone_are_measured_ahead(any_host: Place) -> None:
    for number in range(600):
        any_host.put(f"f{number}.csv", b"x" * number)
    any_host.put("folder.csv/a.csv", b"x")
    async with places.reach(any_host, dialect="nlst") as adapter:
        found = await listed(adapter, "*.csv")
        assert {entry.path: entry.size for entry in found} == {f"f{n}.csv": n for n in range(600)}
        assert await adapter.stat("f599.csv") == next(entry for entry in found if entry.path == "f599.csv")


class _Forgetful(socketserver.StreamRequestHandler):
    """A host that reads one command at a time, and loses what came with it."""

    def handle(self) -> None:
        self.wfile.write(b"220 ready\r\n")
        while line := self.request.recv(65536):
            command = line.split(b"\r\n")[0].split(b" ")[0]
            self.wfile.write(self.answers.get(command, b"200 ok") + b"\r\n")

    answers: ClassVar[dict[bytes, bytes]] = {
        b"SIZE": b"213 1",
        b"USER": b"331 password",
        b"PASS": b"230 in",
        b"FEAT": b"211-\r\n SIZE\r\n MDTM\r\n211 end",
        b"SYST": b"215 UNIX",
        b"PWD": b'257 "/"',
        b"MDTM": b"213 20261123084407",
    }


class _Attentive(_Forgetful):
    """A host that answers all that comes at one time, and remembers what did."""

    came: ClassVar[list[bytes]] = []

    def handle(self) -> None:
        self.wfile.write(b"220 ready\r\n")
        while lines := self.request.recv(65536):
            self.came.append(lines)
            for line in lines.splitlines():
                self.wfile.write(self.answers.get(line.split(b" ")[0], b"200 ok") + b"\r\n")


@asynccontextmanager
async def _reached(kind: type[_Forgetful]) -> AsyncIterator[Adapter]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), kind) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        where = {"host": "127.0.0.1", "port": server.server_address[1], "tls": "none"}
        given = {**where, "login": {"user": "u"}, "reply_timeout": "0.3s"}
        async with ADAPTERS["ftp"].build(
            ADAPTERS["ftp"].options.model_validate(given), name="host"
        ) as adapter:
            yield adapter
        server.shutdown()


FIVE = tuple(Entry(path=f"f{n}.csv", size=1, mtime="Nov 23 08:44", vague=True) for n in range(5))


async def test_a_host_that_loses_commands_sent_ahead_is_asked_in_step_from_then_on() -> None:
    async with _reached(_Forgetful) as adapter:
        with pytest.raises(ConnectionLost):
            await adapter.exact(FIVE)
        exact = await adapter.exact(FIVE)
        assert await adapter.stat("f1.csv") == exact[1]
    assert {entry.mtime for entry in exact} == {"20261123084407"}


async def test_size_and_time_of_a_file_are_asked_at_one_time_where_the_host_was_seen_to_take_it() -> None:
    _Attentive.came.clear()
    async with _reached(_Attentive) as adapter:
        entry = await adapter.stat("f1.csv")
        assert await adapter.exact(FIVE) == tuple(
            replace(one, mtime=entry.mtime, vague=False) for one in FIVE
        )
        assert await adapter.stat("f1.csv") == entry
    assert b"SIZE /f1.csv\r\n" in _Attentive.came  # before anything was known of the host
    assert b"SIZE /f1.csv\r\nMDTM /f1.csv\r\n" in _Attentive.came
