"""The imitated IBM i: naming formats, lists that end with 250, members of files in libraries."""

from __future__ import annotations

import ftplib
from typing import TYPE_CHECKING

from tests.conformance.conftest import NAMES
from tests.support import places
from tests.support.servers.ftp_servers import PASSWORD, USER
from tests.support.writing import listed, receive, send

if TYPE_CHECKING:
    from tests.support.servers.ftp_servers import FtpServer


def test_the_imitation_answers_as_the_published_capture_does(os400: FtpServer) -> None:
    (os400.root / "apkeyf").write_bytes(b"x")
    with ftplib.FTP() as client:
        greeting = client.connect("127.0.0.1", os400.port)
        said = [client.sendcmd(f"USER {USER}"), client.sendcmd(f"PASS {PASSWORD}")]
        said += [client.sendcmd(command) for command in ("SYST", "SITE NAMEFMT", "PWD")]
        ended = client.retrbinary(f"RETR {os400.root}/apkeyf", lambda _: None)
    assert greeting.startswith("220-QTCP at ")
    assert greeting.endswith("\n220 Connection will close if idle more than 5 minutes.")
    assert said == [
        "331 Enter password.",
        "230 RENKEI logged on.",
        '215  OS/400 is the remote operating system. The TCP/IP version is "V5R2M0".',
        '250  Now using naming format "0".',
        '257 "QGPL" is current library.',
    ]
    assert ended == "250 File transfer completed successfully."


async def test_the_host_is_known_by_its_own_words_and_asked_for_paths_and_unix_lists(
    os400: FtpServer,
) -> None:
    place = places.ftp(os400, f"os400-{next(NAMES)}", tls="none")
    for path in ("a name with blanks.csv", "QSYS.LIB/RENKEI.LIB/JUKI.FILE/IDO.MBR"):
        place.put(path, b"abc")
    async with places.reach(place, dialect="auto") as adapter:
        (member,) = await listed(adapter, "QSYS.LIB/RENKEI.LIB/*.FILE/*.MBR")
        (blanks,) = await listed(adapter, "*.csv")
        assert (member.path, member.size) == ("QSYS.LIB/RENKEI.LIB/JUKI.FILE/IDO.MBR", 3)
        assert blanks.path == "a name with blanks.csv"
        assert await receive(adapter, member) == await receive(adapter, blanks) == b"abc"


async def test_an_empty_folder_is_empty_and_a_full_one_is_told_by_250(os400: FtpServer) -> None:
    place = places.ftp(os400, f"os400-{next(NAMES)}", tls="none")
    async with places.reach(place, dialect="os400") as adapter:
        assert await listed(adapter, "*") == ()
        entry = await send(adapter, "out/a.csv", b"abc")
        assert await listed(adapter, "out/*") == (entry,)
