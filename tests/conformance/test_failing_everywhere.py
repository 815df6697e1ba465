"""Every server of the suite over a line that fails: nothing lost, nothing doubled, nothing in part under a final name.

One test a server goes through all tenths of a file. ``test_failing_lines`` looks closer at one server of each protocol,
which is not among these.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from adapters.errors import AdapterError, AlreadyThere, InDoubt, Transient
from tests.conformance.conftest import NAMES, make_place
from tests.support import places
from tests.support.servers import ftp_servers, vsftpd
from tests.support.servers.process import free_ports
from tests.support.toxic import Fault, ToxicLine
from tests.support.writing import chunks, receive, send, target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from adapters.base import Adapter
    from tests.support.places import Place
    from tests.support.servers.certificates import Certificates
    from tests.support.servers.ftp_servers import FtpServer

TENTHS = range(1, 11)
BEHIND = "127.0.0.2"
"""Where servers listen whose data ports a line cannot read: it has the same ports at the usual address."""

DATA_PORTS = 24


@dataclass(frozen=True, kw_only=True)
class Far:
    """A place, and the line that leads there."""

    place: Place
    host: str = "127.0.0.1"
    data_ports: Sequence[int] = ()

    @property
    def data(self) -> bytes:
        """What is sent there."""
        return bytes(range(256)) * 4096

    @asynccontextmanager
    async def line(self) -> AsyncIterator[ToxicLine]:
        """The line, sound."""
        options = self.place.options()
        port = int(options.endpoint_url.rpartition(":")[2]) if self.place.kind == "s3" else options.port
        ftp = self.place.kind == "ftp"
        async with ToxicLine(port, ftp=ftp, host=self.host, data_ports=self.data_ports) as toxic:
            yield toxic

    def reach(self, line: ToxicLine, **changes: Any) -> Adapter:
        """The adapter, over the line."""
        where: dict[str, Any] = {"port": line.listening}
        if self.place.kind == "s3":
            where = {"endpoint_url": f"http://127.0.0.1:{line.listening}"}
        return places.reach(self.place, **where, connect_timeout="10s", reply_timeout="2s", **changes)


@pytest.fixture(scope="module")
def far_vsftpd(
    tmp_path_factory: pytest.TempPathFactory, made_certificates: Certificates
) -> Iterator[tuple[FtpServer, range]]:
    ports = free_ports(DATA_PORTS, "127.0.0.1", BEHIND)
    more = f"pasv_min_port={ports[0]}\npasv_max_port={ports[-1]}\n"
    folder = tmp_path_factory.mktemp("far-vsftpd")
    with vsftpd.vsftpd(folder, certificates=made_certificates, more=more, address=BEHIND) as server:
        yield server, ports


@pytest.fixture(scope="module")
def far_proftpd(
    tmp_path_factory: pytest.TempPathFactory, made_certificates: Certificates
) -> Iterator[tuple[FtpServer, range]]:
    ports = free_ports(DATA_PORTS, "127.0.0.1", BEHIND)
    more = f"PassivePorts {ports[0]} {ports[-1]}\n"
    folder = tmp_path_factory.mktemp("far-proftpd")
    with ftp_servers.proftpd(folder, made_certificates, more=more, address=BEHIND) as server:
        yield server, ports


ENCRYPTED = {"vsftpd-tls": "far_vsftpd", "proftpd-tls": "far_proftpd"}
OTHERS = [*ENCRYPTED, "pure-ftpd", "pyftpd", "os400", "restricted-sftp", "localbucket", "rclone", "nanio"]


@pytest.fixture(params=OTHERS)
def far(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Far:
    """Each other server of the suite in turn."""
    if request.param not in ENCRYPTED:
        return Far(place=make_place(request.param, request, tmp_path_factory))
    server, ports = request.getfixturevalue(ENCRYPTED[request.param])
    authority = request.getfixturevalue("made_certificates").authority
    return Far(place=places.ftp(server, f"far-{next(NAMES)}", ca=authority), host=BEHIND, data_ports=ports)


async def test_a_write_that_is_cut_at_any_tenth_shows_nothing_in_part_and_arrives_at_the_next_try(
    far: Far,
) -> None:
    async with far.line() as line:
        for tenth in TENTHS:
            await _write_cut_at(far, line, tenth)
        assert line.met["line cut"] >= len(TENTHS)
    assert far.place.paths() == {f"in/{tenth}.dat" for tenth in TENTHS}
    assert far.place.unfinished() == 0


async def _write_cut_at(far: Far, line: ToxicLine, tenth: int) -> None:
    path, data = f"in/{tenth}.dat", far.data
    line.fault = Fault(cut_up=len(data) * tenth // 10 - 1, control=False)
    handles: list[str] = []

    async def staging(handle: str) -> None:
        handles.append(handle)

    async with far.reach(line) as adapter:
        wanted = target(adapter, path, data, staging=staging)
        try:
            await adapter.write(wanted, chunks(data))
        except (Transient, InDoubt):
            assert far.place.get(path) in {None, data}
    line.fault = Fault()
    if far.place.get(path) is None:
        async with far.reach(line) as adapter:
            if not adapter.features.resume_write:
                await adapter.discard(handles[-1], path)
            await adapter.write(replace(wanted, resume=handles[-1]), chunks(data))
    assert far.place.get(path) == data


async def test_a_read_that_is_cut_at_any_tenth_is_whole_or_says_so_and_is_whole_at_the_next_try(
    far: Far,
) -> None:
    far.place.put("out/a.dat", far.data)
    async with far.line() as line:
        async with far.reach(line) as adapter:
            entry = await adapter.stat("out/a.dat")
        for tenth in TENTHS:
            line.fault = Fault(cut_down=len(far.data) * tenth // 10 - 1, control=False)
            async with far.reach(line) as adapter:
                assert await _read(adapter, entry) in {None, far.data}
            line.fault = Fault()
        async with far.reach(line) as adapter:
            assert await receive(adapter, entry) == far.data
        assert line.met["line cut"] >= len(TENTHS)


async def test_a_read_that_is_ended_early_as_if_it_were_whole_is_whole_or_says_so(far: Far) -> None:
    """A proxy on the way closes its half of the connection, and the server's last answer may say that all went well."""
    far.place.put("out/a.dat", far.data)
    async with far.line() as line:
        async with far.reach(line) as adapter:
            entry = await adapter.stat("out/a.dat")
        line.fault = Fault(half_close_down=len(far.data) // 2, control=False)
        async with far.reach(line) as adapter:
            assert await _read(adapter, entry) in {None, far.data}
        assert line.met["half closed"] == 1


async def _read(adapter: Adapter, entry: Any) -> bytes | None:
    try:
        return await receive(adapter, entry)
    except Transient:
        return None


async def test_a_file_whose_last_answer_was_lost_is_there_once_and_is_not_sent_again(far: Far) -> None:
    async with far.line() as line:

        async def publishing() -> None:
            if far.place.kind == "ftp":  # RNFR, which is asked before, changes nothing
                line.fault.answers_lost_after_blocks = 2
            else:
                line.fault.answers_lost = True
            line.heals_with_the_next_connection = (
                far.place.kind != "s3"
            )  # whose next request is another connection

        async with far.reach(line) as adapter:
            try:
                await send(adapter, "in/a.dat", far.data, publishing=publishing)
            except InDoubt:
                assert far.place.kind == "s3"
            assert line.met["answer lost"] == 1
            line.heal()
            assert (await adapter.stat("in/a.dat")).size == len(far.data)
            with pytest.raises(AlreadyThere):
                await send(adapter, "in/a.dat", b"another")
    assert far.place.get("in/a.dat") == far.data
    assert far.place.paths() == {"in/a.dat"}


@pytest.mark.parametrize("position", [0, 60, 700])
async def test_a_garbled_listing_is_an_error_and_never_a_shorter_one(far: Far, position: int) -> None:
    paths = [f"out/JUKI_202701{number:02}.dat" for number in range(20)]
    for path in paths:
        far.place.put(path, b"x")
    async with far.line() as line, far.reach(line, connections=1) as adapter:
        assert [entry.path for entry in (await adapter.scan("out/*.dat")).entries] == paths
        one_line = far.place.kind != "ftp"
        before = line.carried_down[-1] if one_line else 0
        line.fault.garble_down, line.fault.control = before + position, False
        try:
            listing = await adapter.scan("out/*.dat")
        except AdapterError:
            return
        whole = [entry.path for entry in listing.entries] == paths
        assert whole or listing.unparsed or listing.refused


@pytest.mark.parametrize("tenth", TENTHS)
async def test_a_delivery_into_a_folder_whose_source_ends_at_any_tenth_shows_nothing(
    tmp_path_factory: pytest.TempPathFactory, tenth: int
) -> None:
    place, data = places.folder(tmp_path_factory.mktemp("folder")), bytes(1 << 20)
    async with places.reach(place) as adapter:
        with pytest.raises(Transient):
            await adapter.write(target(adapter, "a.dat", data), chunks(data[: len(data) * tenth // 10 - 1]))
        assert place.paths() == set()
        assert await receive(adapter, await send(adapter, "a.dat", data)) == data
