"""What hosts of the field ask of an FTP client beyond the usual."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from adapters.base import Publish
from adapters.errors import InDoubt, Misconfigured, NotFound, Refused, UnreadableListing
from tests.conformance.conftest import NAMES
from tests.support import places
from tests.support.servers import ftp_servers, vsftpd
from tests.support.servers.ftp_servers import FTPHandler
from tests.support.servers.process import free_port
from tests.support.toxic import ToxicLine
from tests.support.writing import listed, receive, send, target

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
        assert await listed(adapter, "*") == (entry,)
        assert await receive(adapter, entry) == b"abc"


async def test_names_are_listed_where_no_listing_can_be_read(host: Place) -> None:
    host.put("out/a.csv", b"abc")
    host.put("out/folder.csv/b.csv", b"x")
    async with places.reach(host, dialect="nlst") as adapter:
        listing = await adapter.scan("out/*.csv")
        assert [(entry.path, entry.size) for entry in listing.entries] == [("out/a.csv", 3)]
        assert await adapter.stat("out/a.csv") == listing.entries[0]
        assert await receive(adapter, listing.entries[0]) == b"abc"


async def test_a_host_that_speaks_utf8_only_once_it_is_told_to_is_told(tmp_path: Path) -> None:
    """As IIS does: FEAT says UTF8, and names are in the code page of the machine until OPTS UTF8 ON."""

    def obey(session: Any, line: str) -> None:
        if line.upper() == "UTF8 ON":
            session.encoding = "utf-8"
        session.respond("200 OPTS UTF8 command successful - UTF8 encoding now ON.")

    def announce(session: Any) -> None:
        session._extra_feats.append("UTF8")

    habits = {"encoding": "cp932", "ftp_OPTS": obey, "on_connect": announce}
    with ftp_servers.pyftpd(tmp_path / "iis", **habits) as server:
        place = places.ftp(server, "names", tls="none")
        place.put(NAME, b"abc")
        async with places.reach(place) as adapter:
            (entry,) = await listed(adapter, "*.csv")
            assert entry.path == NAME
            assert await receive(adapter, entry) == b"abc"
            await send(adapter, "二.csv", b"x")
        assert place.paths() == {NAME, "二.csv"}


@pytest.mark.parametrize("answer", ["451 Not now.", "501 Unknown option."])
async def test_a_host_that_does_not_know_how_to_be_told_of_utf8_is_taken_at_its_word(
    tmp_path: Path, answer: str
) -> None:
    habits = {
        "ftp_OPTS": lambda session, _line: session.respond(answer),
        "on_connect": lambda session: session._extra_feats.append("UTF8"),
    }
    with ftp_servers.pyftpd(tmp_path / "host", **habits) as server:
        async with places.reach(places.ftp(server, "host", tls="none")) as adapter:
            entry = await send(adapter, NAME, b"abc")
            assert await listed(adapter, "*") == (entry,)


async def test_a_listing_of_another_dialect_is_an_error_and_never_an_empty_folder(host: Place) -> None:
    host.put("a.csv", b"x")
    async with places.reach(host, dialect="windows") as adapter:
        with pytest.raises(UnreadableListing):
            await adapter.scan("*")


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp"])
async def test_japanese_names_go_in_the_character_code_of_the_host(host: Place, encoding: str) -> None:
    async with places.reach(host, encoding=encoding) as adapter:
        entry = await send(adapter, NAME, b"abc")
        assert await listed(adapter, "*.csv") == (entry,)
        assert await receive(adapter, entry) == b"abc"
    assert _raw_names(host.root) == [NAME.encode(encoding)]


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp"])
async def test_japanese_names_go_over_sftp_in_the_character_code_of_the_host(
    openssh: SshServer, encoding: str
) -> None:
    place = places.sftp(openssh, f"encoded-{encoding}")
    async with places.reach(place, encoding=encoding) as adapter:
        entry = await send(adapter, NAME, b"abc")
        assert await listed(adapter, "*.csv") == (entry,)
    assert _raw_names(place.root) == [NAME.encode(encoding)]


async def test_a_name_of_another_character_code_is_refused_and_hides_no_other(host: Place) -> None:
    host.put("a.csv", b"x")
    (host.root / os.fsdecode(NAME.encode("cp932"))).write_bytes(b"x")
    async with places.reach(host) as adapter:
        listing = await adapter.scan("*.csv")
    assert [entry.path for entry in listing.entries] == ["a.csv"]
    assert len(listing.refused) == 1
    listing.refused[0][0].encode()


TWICE = {
    b"\x81\xe6": "∵",  # JIS X 0208, row 2; beside it 879A, row 13 of NEC
    b"\xfb\xfc": "髙",  # IBM's extension; beside it EEE0, NEC's selection of it
    b"\xfa\xb1": "﨑",
}
SECOND = (b"\x87\x9a", b"\xee\xe0")
"""Characters that CP932 has twice, as Windows writes them (Microsoft, "Windows Codepage 932"), and as it does not."""


async def test_of_two_names_that_read_alike_none_is_taken_for_the_other(
    host: Place, openssh: SshServer
) -> None:
    """A host asked for the text looks for the name as Windows writes it: the other would be read as a copy of it."""
    for place in (host, places.sftp(openssh, f"twice-{next(NAMES)}")):
        for name in (*TWICE, *SECOND):
            (place.root / os.fsdecode(name + b".dat")).write_bytes(name)
        async with places.reach(place, encoding="cp932") as adapter:
            listing = await adapter.scan("*.dat")
            for entry in await adapter.exact(listing.entries):
                assert TWICE[await receive(adapter, entry)] == entry.path.removesuffix(".dat")
            assert len(listing.entries) == len(TWICE)
            assert len(listing.refused) == len(SECOND)
            await send(adapter, "髙﨑∵.csv", b"x")
        assert "髙﨑∵.csv".encode("cp932") != b"\xfb\xfc\xfa\xb1\x81\xe6.csv" in _raw_names(place.root)


async def test_a_name_that_the_character_code_of_the_host_lacks_is_refused_before_a_byte_goes_out(
    host: Place, openssh: SshServer
) -> None:
    for place in (host, places.sftp(openssh, f"lacking-{next(NAMES)}")):
        async with places.reach(place, encoding="cp932") as adapter:
            with pytest.raises(Refused, match="character code of this place"):
                await send(adapter, "𠮷.csv", b"x")
        assert place.paths() == set()


async def test_a_name_that_is_too_long_for_the_host_is_refused_and_not_sent_for_ever(
    pure_ftpd: FtpServer, openssh: SshServer
) -> None:
    for place in (
        places.ftp(pure_ftpd, f"long-{next(NAMES)}", tls="none"),
        places.sftp(openssh, f"long-{next(NAMES)}"),
    ):
        async with places.reach(place) as adapter:
            with pytest.raises(Refused, match="270 bytes") as refused:
                await send(adapter, "住" * 90, b"x")
            await send(adapter, "住" * 85, b"x")
        assert "shorter" in refused.value.hint
        assert place.paths() == {"住" * 85}


@pytest.mark.parametrize("denied", ["FEAT,SYST,EPSV,REST,SIZE,MDTM", "PWD,NOOP"])
async def test_a_host_that_knows_few_commands_and_hides_unfinished_files_is_written_read_and_cleared(
    tmp_path: Path, denied: str
) -> None:
    """As hosts of the nineties: what they list are the names that ``ls -l`` shows."""
    with vsftpd.vsftpd(tmp_path / "old", more=f"cmds_denied={denied}\n") as server:
        place = places.ftp(server, "old", tls="none")
        async with places.reach(place, connections=1) as adapter:
            await send(adapter, "out/a.csv", b"abc")
            (entry,) = await listed(adapter, "out/*")
            assert await receive(adapter, entry) == b"abc"
            moved = await adapter.rename(entry, "out/b.csv")
            assert place.paths() == {"out/b.csv"}
            await adapter.remove(moved)
            assert place.paths() == set()


async def test_a_dialect_that_shows_itself_wrong_while_publishing_is_not_called_a_lack_of_rights(
    tmp_path: Path,
) -> None:
    unknown = {
        f"ftp_{word}": lambda session, _line: session.respond("500 What?")
        for word in ("FEAT", "MLST", "MLSD")
    }
    with ftp_servers.pyftpd(tmp_path / "host", **unknown) as server:
        place = places.ftp(server, "host", tls="none")
        async with places.reach(place, dialect="mlsd", after_upload="trust") as adapter:
            with pytest.raises(Misconfigured) as failed:
                await send(adapter, "a.csv", b"abc")
        assert failed.value.settings == {"dialect": "auto"}
        assert "dialect: auto" in failed.value.hint
        assert place.paths() == set()


@pytest.mark.parametrize("answer", ["450 No files found.", "550 Failed.", ""])
async def test_a_host_that_takes_an_option_of_ls_for_a_name_is_written_read_and_cleared(
    tmp_path: Path, answer: str
) -> None:
    """It shows every name, and has none of the name -a: it answers so, or says it within the listing."""

    def look(session: Any, line: str, cmd: str, arg: str) -> None:
        session.is_asked_for = arg
        FTPHandler.pre_process_command(session, line, cmd, arg)

    def show(session: Any, path: str) -> None:
        if session.is_asked_for == "-a" and answer:
            session.respond(answer)
        elif session.is_asked_for == "-a":
            session.push_dtp_data(b"ls: -a: No such file or directory\r\n", cmd="LIST")
        else:
            FTPHandler.ftp_LIST(session, path)

    unknown = {
        f"ftp_{word}": lambda session, _line: session.respond("502 What?")
        for word in ("FEAT", "SIZE", "MDTM")
    }
    habits = {"ftp_LIST": show, "pre_process_command": look, **unknown}
    with ftp_servers.pyftpd(tmp_path / "host", **habits) as server:
        place = places.ftp(server, "host", tls="none")
        async with places.reach(place, connections=1) as adapter:
            entry = await send(adapter, "a.csv", b"abc")
            assert await receive(adapter, entry) == b"abc"
            (entry,) = await listed(adapter, "*")
            await adapter.remove(await adapter.rename(entry, "b.csv"))
            assert place.paths() == set()


async def test_a_host_that_says_that_the_login_is_over_is_logged_in_to_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forget(session: Any, _line: str) -> None:
        session.authenticated = False
        session.respond("530 Your login is over.")

    monkeypatch.setattr("adapters.sessions.IDLE_SECONDS", 0.0)
    with ftp_servers.pyftpd(tmp_path / "forgetful", ftp_NOOP=forget) as server:
        async with places.reach(places.ftp(server, "forgetful", tls="none"), connections=1) as adapter:
            entry = await send(adapter, "a.csv", b"abc")
            assert await listed(adapter, "*") == (entry,)


async def test_a_home_and_a_folder_with_japanese_names_are_found_and_told_as_they_read(
    tmp_path: Path,
) -> None:
    home = tmp_path / "host" / "root" / "受信"

    def enter(session: Any, _user: str) -> None:
        session.fs.cwd = str(home)

    with ftp_servers.pyftpd(tmp_path / "host", on_login=enter) as server:
        place = places.ftp(server, "受信", tls="none")
        place.put("a.csv", b"abc")
        async with places.reach(place, root="") as adapter:
            (entry,) = await listed(adapter, "*")
            assert await receive(adapter, entry) == b"abc"
            with pytest.raises(NotFound) as failed:
                await adapter.scan("住民/*")
    assert f"the folder {home}/住民 cannot be entered" in failed.value.message


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
