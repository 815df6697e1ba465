"""Every protocol over a line that fails: nothing lost, nothing doubled, no partial file under its final name."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from adapters.errors import AdapterError, AlreadyThere, Changed, InDoubt, Transient
from tests.conformance.conftest import make_place
from tests.support import places
from tests.support.toxic import Fault, ToxicLine
from tests.support.writing import chunks, receive, send, target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.places import Place

DATA = bytes(range(256)) * 4096 * 7
SMALL = DATA[:500_000]
TENTHS = range(1, 11)
RESUMING = [
    "vsftpd",
    "pure-ftpd",
    "pyftpd",
    "openssh",
]  # where FTP is encrypted, the line cannot see the data's port
BESIDES = {"ftp": 300_000, "sftp": 2_400_000}
"""Bytes of a connection that are not the file's: logins, packets, encryption, and what was under way at the cut.

Over SFTP that is up to a window of eight reads of 255 KiB.
"""


@pytest.fixture(params=["vsftpd", "openssh", "moto"])
def far(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A place behind a line."""
    return make_place(request.param, request, tmp_path_factory)


@pytest.fixture
async def line(far: Place) -> AsyncIterator[ToxicLine]:
    options = far.options()
    port = int(options.endpoint_url.rpartition(":")[2]) if far.kind == "s3" else options.port
    async with ToxicLine(port, ftp=far.kind == "ftp") as toxic:
        yield toxic


def reach(far: Place, line: ToxicLine, **changes: Any) -> Any:
    where = {"port": line.listening}
    if far.kind == "s3":
        where = {"endpoint_url": f"http://127.0.0.1:{line.listening}"}
    return places.reach(far, **where, connect_timeout="2s", reply_timeout="1s", **changes)


@pytest.mark.parametrize("tenth", TENTHS)
async def test_a_write_that_is_cut_anywhere_shows_nothing_and_can_be_repeated(
    far: Place, line: ToxicLine, tenth: int
) -> None:
    line.fault = Fault(cut_up=len(DATA) * tenth // 10 - 1, control=False)
    handles: list[str] = []

    async def staging(handle: str) -> None:
        handles.append(handle)

    async with reach(far, line) as adapter:
        wanted = target(adapter, "in/a.dat", DATA, staging=staging)
        cut: AdapterError | None = None
        try:
            await adapter.write(wanted, chunks(DATA))
        except (Transient, InDoubt) as error:
            cut = error
        assert far.get("in/a.dat") in {None, DATA}
        if cut is not None and far.get("in/a.dat") is None:
            line.heal()
            if not adapter.features.resume_write:
                await adapter.discard(handles[-1], "in/a.dat")
            await adapter.write(replace(wanted, resume=handles[-1]), chunks(DATA))
        assert far.get("in/a.dat") == DATA
        assert far.unfinished() == 0


@pytest.mark.parametrize("tenth", TENTHS)
async def test_a_read_that_is_cut_anywhere_says_so_where_it_cannot_go_on(
    tenth: int, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    far = make_place("moto", request, tmp_path_factory)
    far.put("out/a.dat", DATA)
    async with ToxicLine(int(far.options().endpoint_url.rpartition(":")[2])) as line:
        async with reach(far, line) as adapter:
            entry = await adapter.stat("out/a.dat")
        line.fault = Fault(cut_down=len(DATA) * tenth // 10 - 1, control=False)
        async with reach(far, line) as adapter:
            with pytest.raises(Transient):
                await receive(adapter, entry)
            line.heal()
            assert await receive(adapter, entry) == DATA


@pytest.mark.parametrize("cut", range(16, 400, 16))
async def test_an_answer_that_is_cut_within_its_headers_is_a_lost_connection(
    cut: int, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The listing before goes over a line that holds, so that the cut falls into the answer to one question."""
    far = make_place("moto", request, tmp_path_factory)
    far.put("out/a.dat", SMALL)
    async with ToxicLine(int(far.options().endpoint_url.rpartition(":")[2])) as line:
        async with reach(far, line) as adapter:
            (entry,) = (await adapter.scan("out/*.dat")).entries
        line.fault = Fault(cut_down=cut)
        async with reach(far, line) as adapter:
            with pytest.raises(Transient):
                await adapter.stat("out/a.dat")
            with pytest.raises(Transient):
                await receive(adapter, entry)


@pytest.mark.parametrize("kind", RESUMING)
@pytest.mark.parametrize("tenth", TENTHS)
async def test_a_read_that_is_cut_goes_on_and_fetches_no_byte_twice(
    kind: str, tenth: int, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    far = make_place(kind, request, tmp_path_factory)
    far.put("out/a.dat", DATA)
    async with ToxicLine(far.options().port, ftp=far.kind == "ftp") as line:
        async with reach(far, line) as adapter:
            entry = await adapter.stat("out/a.dat")
        cut, before = len(DATA) * tenth // 10 + 1000, len(line.carried_down)
        line.fault = Fault(cut_down=cut, control=False)
        async with reach(far, line) as adapter:
            assert await receive(adapter, entry) == DATA
        carried = line.carried_down[before:]
    assert len([size for size in carried if size >= cut]) >= len(DATA) // cut
    assert sum(carried) < len(DATA) + BESIDES[far.kind] * len(carried)


NOTHING = 20_000
"""Bytes down a connection that log in and look at a file, and bring none of its blocks."""


@pytest.mark.parametrize(("cuts", "is_whole"), [([NOTHING], True), ([NOTHING, NOTHING], False)])
async def test_a_read_goes_on_after_one_connection_that_brought_nothing_and_ends_after_two(
    cuts: list[int],
    is_whole: bool,  # noqa: FBT001 - a case of the table
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    far = make_place("openssh", request, tmp_path_factory)
    far.put("out/a.dat", DATA)
    async with ToxicLine(far.options().port) as line:
        async with reach(far, line) as adapter:
            entry = await adapter.stat("out/a.dat")
        faults = [Fault(cut_down=len(DATA) // 2), *(Fault(cut_down=cut) for cut in cuts)]
        line.draw = lambda: faults.pop(0) if faults else Fault()
        async with reach(far, line) as adapter:
            if is_whole:
                assert await receive(adapter, entry) == DATA
            else:
                with pytest.raises(Transient):
                    await receive(adapter, entry)
    assert faults == []


@pytest.mark.parametrize("kind", ["vsftpd", "openssh"])
async def test_a_file_that_was_written_anew_is_not_read_on(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    far = make_place(kind, request, tmp_path_factory)
    far.put("out/a.dat", DATA)
    async with ToxicLine(far.options().port, ftp=far.kind == "ftp") as line:
        async with reach(far, line) as adapter:
            entry = await adapter.stat("out/a.dat")
        line.fault = Fault(cut_down=len(DATA) // 2, control=False)
        async with reach(far, line) as adapter, adapter.read(entry) as pieces:
            await anext(pieces)
            far.put("out/a.dat", DATA[::-1] + b"x")
            with pytest.raises(Changed):
                [piece async for piece in pieces]


@pytest.mark.parametrize("data", [SMALL, DATA], ids=["small", "large"])
async def test_a_lost_answer_to_publishing_is_in_doubt_and_never_sent_again_blindly(
    far: Place, line: ToxicLine, data: bytes
) -> None:
    async def publishing() -> None:
        if far.kind == "ftp":  # RNFR, which is asked before, changes nothing
            line.fault.answers_lost_after = b"RNTO"
        else:
            line.fault.answers_lost = True

    async with reach(far, line) as adapter:
        with pytest.raises(InDoubt):
            await send(adapter, "in/a.dat", data, publishing=publishing)
        line.heal()
        assert (await adapter.stat("in/a.dat")).size == len(data)
        assert far.get("in/a.dat") == data
        with pytest.raises(AlreadyThere):
            await send(adapter, "in/a.dat", data)


@pytest.mark.parametrize("kind", ["vsftpd", "pure-ftpd", "pyftpd"])
async def test_a_file_whose_last_answer_never_came_is_published_and_not_sent_again(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    far = make_place(kind, request, tmp_path_factory)
    async with ToxicLine(far.options().port, ftp=True) as line:
        line.heals_with_the_next_connection = True

        async def forgotten() -> AsyncIterator[bytes]:
            yield SMALL[:-1]
            while sum(line.carried_up) < len(SMALL) - 1:
                await asyncio.sleep(0.01)
            line.fault.answers_lost = True  # the firewall forgets the control connection in a long transfer
            yield SMALL[-1:]

        async with reach(far, line, connections=1) as adapter:
            entry = await adapter.write(target(adapter, "in/a.dat", SMALL), forgotten())
            assert await adapter.stat("in/a.dat") == entry
    assert far.get("in/a.dat") == SMALL
    assert far.unfinished() == 0
    assert sum(line.carried_up) < 2 * len(SMALL)


@pytest.mark.parametrize("kind", ["vsftpd", "pure-ftpd", "pyftpd", "openssh"])
async def test_a_file_of_which_every_byte_came_is_read_though_the_last_answer_did_not(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    far = make_place(kind, request, tmp_path_factory)
    far.put("out/a.dat", DATA)
    async with ToxicLine(far.options().port, ftp=far.kind == "ftp") as line:
        async with reach(far, line, connections=1) as adapter:
            entry = await adapter.stat("out/a.dat")
            got = bytearray()
            async with adapter.read(entry) as pieces:
                async for piece in pieces:
                    got += piece
                    if len(got) == len(DATA):
                        line.fault.answers_lost = True
                        line.heals_with_the_next_connection = True
        assert bytes(got) == DATA


async def test_a_stalled_read_ends_by_its_deadline(far: Place, line: ToxicLine) -> None:
    far.put("out/a.dat", DATA)
    async with reach(far, line) as adapter:
        entry = await adapter.stat("out/a.dat")
    line.fault = Fault(stall_down=1000, control=False)
    async with reach(far, line) as adapter, asyncio.timeout(30):
        with pytest.raises(Transient):
            await receive(adapter, entry)


@pytest.mark.parametrize("position", [0, 40, 400])
async def test_a_garbled_listing_is_never_an_empty_or_a_shorter_one(
    far: Place, line: ToxicLine, position: int
) -> None:
    paths = [f"out/JUKI_2027010{number}.dat" for number in range(10)]
    for path in paths:
        far.put(path, b"x")
    line.fault = Fault(garble_down=position, control=False)
    async with reach(far, line) as adapter:
        try:
            listing = await adapter.scan("out/*.dat")
        except AdapterError:
            return
        whole = [entry.path for entry in listing.entries] == paths
        assert whole or listing.unparsed or listing.refused


async def test_a_slow_line_is_no_fault(far: Place, line: ToxicLine) -> None:
    line.fault = Fault(pause=0.01)
    async with reach(far, line) as adapter:
        entry = await send(adapter, "in/a.dat", SMALL)
        assert await receive(adapter, entry) == SMALL


async def test_a_connection_that_died_while_it_rested_is_not_used_again(
    far: Place, line: ToxicLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.sessions.IDLE_SECONDS", 0.0)
    far.put("a.dat", b"x")
    async with reach(far, line) as adapter:
        await adapter.stat("a.dat")
        for task in line._tasks:
            task.cancel()
        await asyncio.gather(*line._tasks, return_exceptions=True)
        assert (await adapter.stat("a.dat")).size == 1
