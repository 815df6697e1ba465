"""The imitated mainframe: dataset names, listings that end with 250, no bytes, no times."""

from __future__ import annotations

import ftplib
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from adapters import ADAPTERS
from adapters.base import Entry, Publish
from adapters.errors import (
    AdapterError,
    AlreadyThere,
    Changed,
    InDoubt,
    Misconfigured,
    NotFound,
    Refused,
    Transient,
)
from adapters.examine import examine
from adapters.ftp import listing
from adapters.ftp.listing import Kind
from gateway.config import Place as DestinationPlace
from gateway.demo.ftp_mainframe import MainframeFtp, MainframeHabits, MainframeSession
from gateway.reaching.probe import why_unwritable
from tests.support.toxic import Fault, ToxicLine
from tests.support.writing import chunks, listed, receive, send, target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

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


async def test_members_of_a_library_are_written_listed_read_and_removed(
    adapter: Adapter, mainframe: MainframeFtp
) -> None:
    entry = await send(adapter, "RENKEI.LIB(JUKI)", b"abc")
    await send(adapter, "RENKEI.LIB(ZEI)", b"def")
    found = await listed(adapter, "RENKEI.LIB(*)")
    assert [one.path for one in found] == ["RENKEI.LIB(JUKI)", "RENKEI.LIB(ZEI)"]
    assert found[0] == entry
    assert entry.mtime
    assert await receive(adapter, entry) == b"abc"
    await adapter.remove(entry)
    assert [one.path for one in await listed(adapter, "RENKEI.LIB(*)")] == ["RENKEI.LIB(ZEI)"]
    assert await listed(adapter, "RENKEI.*") == ()  # the library itself is no file


async def test_the_newest_generation_is_read_and_told_from_the_next_one(adapter: Adapter) -> None:
    for number in (1, 2):
        await send(adapter, f"RENKEI.JUKI.G{number:04}V00", b"%d" % number)
    (newest,) = await listed(adapter, "RENKEI.JUKI(0)")
    (before,) = await listed(adapter, "RENKEI.JUKI(-1)")
    assert (await receive(adapter, newest), await receive(adapter, before)) == (b"2", b"1")
    await send(adapter, "RENKEI.JUKI.G0003V00", b"3")
    with pytest.raises(Changed):
        await receive(adapter, newest)
    (next_one,) = await listed(adapter, "RENKEI.JUKI(0)")
    assert next_one.identity != newest.identity
    assert await receive(adapter, next_one) == b"3"
    assert await listed(adapter, "RENKEI.ZEI(0)") == ()


async def test_a_relative_generation_is_never_written_or_put_away(adapter: Adapter) -> None:
    await send(adapter, "RENKEI.JUKI.G0001V00", b"1")
    with pytest.raises(Refused, match=r"G\{seq:04\}V00"):
        await send(adapter, "RENKEI.JUKI(+1)", b"x")
    (newest,) = await listed(adapter, "RENKEI.JUKI(0)")
    with pytest.raises(Refused, match=r"G\*V\*"):
        await adapter.remove(newest)
    assert [entry.path for entry in await listed(adapter, "RENKEI.JUKI.*")] == ["RENKEI.JUKI.G0001V00"]


async def test_each_dataset_is_allocated_as_its_pattern_says(mainframe: MainframeFtp) -> None:
    given = {"RENKEI.JUKI.*": ["RECFM=FB", "LRECL=400"], "RENKEI.ZEI.*": ["RECFM=VB", "LRECL=1004"]}
    async with _reach(mainframe, site=["BLKSIZE=0"], site_for=given) as adapter:
        for name in ("RENKEI.JUKI.A", "RENKEI.ZEI.A", "RENKEI.JUKI.B", "RENKEI.JUKI.C"):
            await send(adapter, name, b"x")
        with pytest.raises(Refused, match="site_for"):
            await send(adapter, "RENKEI.KAIGO.A", b"x")
    before, *for_files = mainframe.sited[0], *mainframe.sited[1:]
    assert before == "CONDDISP=DELETE"
    juki, zei = given.values()
    assert for_files == ["BLKSIZE=0", *juki, *zei, *juki]


async def test_settings_that_would_outlast_their_file_are_refused(mainframe: MainframeFtp) -> None:
    with pytest.raises(ValueError, match="each setting at each pattern"):
        _reach(mainframe, site_for={"A.*": ["LRECL=400"], "B.*": ["RECFM=VB"]})


JOB = """\
//RENKEI1  JOB (1),'PUBLISH',CLASS=A
//STEP1    EXEC PGM=IDCAMS
//SYSIN    DD *
  ALTER '{work}' NEWNAME('{path}')
/*
"""
TRIGGERED = {
    "publish": "work_then_trigger",
    "trigger": {"text": JOB, "site": ["FILETYPE=JES"], "site_after": ["FILETYPE=SEQ"]},
}


async def test_a_job_of_the_host_gives_a_proved_work_dataset_its_name(mainframe: MainframeFtp) -> None:
    async with _reach(mainframe, root="RENKEI", **TRIGGERED) as adapter:
        assert adapter.features.publish is Publish.WORK_THEN_TRIGGER
        for name in ("JUKI.A", "JUKI.B"):
            await send(adapter, name, b"abc" * 100_000)
        found = await listed(adapter, "JUKI.*")
        assert [entry.path for entry in found] == ["JUKI.A", "JUKI.B"]
        assert await receive(adapter, found[0]) == b"abc" * 100_000
        with pytest.raises(AlreadyThere):
            await send(adapter, "JUKI.A", b"second")
        assert await receive(adapter, found[0]) == b"abc" * 100_000


@pytest.mark.parametrize("changes", [{}, TRIGGERED], ids=["rename", "trigger"])
async def test_what_the_host_alters_is_refused_before_anybody_can_see_it(
    mainframe: MainframeFtp, tmp_path: Path, changes: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MainframeSession, "on_file_received", lambda _, file: Path(file).write_bytes(b"xyz "))
    async with _reach(mainframe, **changes) as adapter:
        with pytest.raises(Refused, match="read back"):
            await send(adapter, "RENKEI.JUKI.A", b"abc")
    assert [name for name in mainframe.sited if "JES" in name] == []
    assert list((tmp_path / "datasets").iterdir()) == []


async def test_a_job_whose_answer_was_lost_leaves_it_open_whether_it_runs(mainframe: MainframeFtp) -> None:
    async with ToxicLine(mainframe.port, ftp=True) as line:

        async def publishing() -> None:
            line.fault.answers_lost_after = b"FILETYPE=SEQ"

        changes = {"port": line.listening, "reply_timeout": "1s"}
        async with _reach(mainframe, **TRIGGERED, **changes) as adapter:
            with pytest.raises(InDoubt):
                await send(adapter, "RENKEI.JUKI.A", b"abc", publishing=publishing)


async def test_trying_what_the_host_can_do_starts_no_job(mainframe: MainframeFtp, tmp_path: Path) -> None:
    async with _reach(mainframe, **TRIGGERED) as adapter:
        findings = await examine(adapter, pattern="RENKEI.*", path="RENKEI.LGWPROBE")
    assert [(one.step, one.works) for one in findings] == [("list", True), ("write", True)]
    assert list((tmp_path / "datasets").iterdir()) == []


async def test_a_file_that_triggers_is_text_and_what_follows_is_binary(mainframe: MainframeFtp) -> None:
    trigger = {"text": "GO {path}\nWORK {work}", "to": "{path}.TRG"}
    async with _reach(mainframe, publish="work_then_trigger", trigger=trigger) as adapter:
        wanted = target(adapter, "RENKEI.JUKI.A", b"\r\n\n\xff")
        await adapter.write(wanted, chunks(b"\r\n\n\xff"))
    async with _reach(mainframe) as adapter:
        entry = await adapter.stat("RENKEI.JUKI.A.TRG")
        assert await receive(adapter, entry) == b"GO RENKEI.JUKI.A\nWORK %b\n" % wanted.temporary.encode()
        work = Entry(path=wanted.temporary, size=None)
        assert await receive(adapter, work) == b"\r\n\n\xff"


@pytest.mark.parametrize("tenth", range(1, 11))
async def test_a_dataset_whose_line_is_cut_anywhere_is_not_seen_and_arrives_at_the_next_try(
    mainframe: MainframeFtp, tmp_path: Path, tenth: int
) -> None:
    data = b"\xc1\xc2" * 300_000
    async with ToxicLine(mainframe.port, ftp=True) as line:
        line.fault = Fault(cut_up=len(data) * tenth // 10 - 1, control=False)
        async with _reach(mainframe, port=line.listening, reply_timeout="2s") as adapter:
            wanted = target(adapter, "RENKEI.JUKI.A", data)
            with pytest.raises(Transient):
                await adapter.write(wanted, chunks(data))
            line.heal()
            assert await listed(adapter, "RENKEI.JUKI.*") == ()
            await adapter.discard(wanted.temporary, wanted.path)
            entry = await adapter.write(wanted, chunks(data))
            line.fault = Fault(cut_down=len(data) * tenth // 10 - 1, control=False, reset=True)
            with pytest.raises(Transient):
                await receive(adapter, entry)
            line.heal()
            assert await receive(adapter, entry) == data
    assert [file.name for file in (tmp_path / "datasets").iterdir()] == ["RENKEI.JUKI.A"]


async def test_the_lost_answer_to_a_rename_of_a_dataset_is_in_doubt(mainframe: MainframeFtp) -> None:
    async with ToxicLine(mainframe.port, ftp=True) as line:

        async def publishing() -> None:
            line.fault.answers_lost_after = b"RNTO"

        async with _reach(mainframe, port=line.listening, reply_timeout="1s") as adapter:
            with pytest.raises(InDoubt):
                await send(adapter, "RENKEI.JUKI.A", b"abc", publishing=publishing)
            line.heal()
            with pytest.raises(AlreadyThere):
                await send(adapter, "RENKEI.JUKI.A", b"abc")


@pytest.mark.parametrize("position", [0, 70, 200])
async def test_a_garbled_list_of_datasets_is_never_an_empty_or_a_shorter_one(
    mainframe: MainframeFtp, adapter: Adapter, position: int
) -> None:
    names = [f"RENKEI.JUKI.D{number}" for number in range(5)]
    for name in names:
        await send(adapter, name, b"x")
    await adapter.__aexit__()
    async with ToxicLine(mainframe.port, ftp=True) as line:
        line.fault = Fault(garble_down=position, control=False)
        async with _reach(mainframe, port=line.listening, reply_timeout="2s") as far:
            try:
                listing = await far.scan("RENKEI.JUKI.*")
            except AdapterError:
                return
    assert [entry.path for entry in listing.entries] == names or listing.unparsed or listing.refused


async def test_a_mainframe_that_can_be_written_passes_the_look_before_a_cutover(adapter: Adapter) -> None:
    place = DestinationPlace.model_validate({"endpoint": "mainframe", "path": "RENKEI.JUKI.D{date:%y%m%d}"})
    assert await why_unwritable(adapter, place, datetime(2027, 1, 4, tzinfo=UTC)) == ""


SESSION = """\
331 Send password please.
230 USER is logged on.  Working directory is "USER.".
125 List started OK
250 List completed successfully.
"""
LISTED = """\
Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname
ZASYS1 3390   2020/12/16  1   10  FB      80 23440  PO  CLIST
ZAIMS1 3390   2008/10/30  1 1500  U    32760 32760  PO  IMS1010.MLPA
ZASYS1 3390   2020/12/14  1    2  FB      80  3120  PO  ISPF.ISPPROF
ZASYS1 3390   2020/12/19  1   10  U     6144  6144  PO  LINKLIB
ZASYS1 3390   **NONE**    1   10  U    32760 32760  PO  LPALIB
ZASYS1 3390   **NONE**    1   10  FB      80 27920  PO  WLM.INPUT
"""
"""A session with "FTPD1 IBM FTP CS V1R10" in mklarz, ctf-writeups (2020, cybertalent-winter): replies, and lines of its
listing. The greeting, which names IBM's product, is not imitated."""


def test_the_imitation_answers_as_the_published_session_does(tmp_path: Path) -> None:
    for name in ("USER.A.DATA", "USER.B"):
        (tmp_path / name).write_bytes(b"x" * 60_000)
    with (
        MainframeFtp(tmp_path, MainframeHabits(accounts={"USER": PASSWORD})) as server,
        ftplib.FTP() as client,
    ):
        client.connect("127.0.0.1", server.port)
        said = [client.sendcmd("USER USER"), client.sendcmd(f"PASS {PASSWORD}")]
        with socket.create_connection(client.makepasv()) as data:
            said.append(client.sendcmd("LIST"))
            lines = data.makefile("r", encoding="ascii").read().splitlines()
        said.append(client.voidresp())
    assert said == SESSION.splitlines()
    heading, first, *_ = LISTED.splitlines()
    assert lines[0] == heading
    blanks = [column for column in range(first.index("CLIST")) if first[column] == " "]
    assert len(lines) == 3
    for line in lines[1:]:
        assert {line[column] for column in blanks} <= {" ", *"0123456789"}
        assert line[first.index("PO")] == "P"
        assert line[first.index("CLIST") - 1] == " "
        assert line[first.index("CLIST") :] in {"A.DATA", "B"}


def test_the_lines_of_the_published_session_are_understood() -> None:
    found = listing.parse("mvs", LISTED.splitlines())
    assert (found.unparsed, [line.name for line in found.lines]) == (
        0,
        ["CLIST", "IMS1010.MLPA", "ISPF.ISPPROF", "LINKLIB", "LPALIB", "WLM.INPUT"],
    )
    assert {line.kind for line in found.lines} == {Kind.FOLDER}
