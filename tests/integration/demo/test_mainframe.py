"""The imitated mainframe, met with the standard library's client."""

import ftplib
import io
import re
from collections.abc import Iterator

import pytest

from gateway.demo.ftp_mainframe import MainframeFtp, MainframeHabits

HABITS = MainframeHabits(accounts={"RENKEI": "himitsu"})


@pytest.fixture
def mainframe(tmp_path) -> Iterator[MainframeFtp]:
    with MainframeFtp(tmp_path / "datasets", HABITS) as server:
        yield server


@pytest.fixture
def client(mainframe) -> Iterator[ftplib.FTP]:
    with log_in(mainframe) as ftp:
        yield ftp


def log_in(server: MainframeFtp) -> ftplib.FTP:
    ftp = ftplib.FTP()
    ftp.connect("127.0.0.1", server.port, timeout=10)
    try:
        ftp.login("RENKEI", "himitsu")
    except ftplib.Error:
        ftp.close()
        raise
    return ftp


def listing(ftp: ftplib.FTP, argument: str = "") -> list[str]:
    lines: list[str] = []
    ftp.retrlines(f"LIST {argument}".rstrip(), lines.append)
    return lines


def store(ftp: ftplib.FTP, name: str, content: bytes) -> str:
    return ftp.storbinary(f"STOR {name}", io.BytesIO(content))


def fetch(ftp: ftplib.FTP, name: str) -> bytes:
    taken = io.BytesIO()
    ftp.retrbinary(f"RETR {name}", taken.write)
    return taken.getvalue()


def test_a_stored_dataset_comes_back_byte_for_byte_and_the_transfer_ends_with_250(client):
    content = bytes(range(256)) * 400
    assert store(client, "'RENKEI.JUKI.D261123'", content) == "250 Transfer completed successfully."
    assert fetch(client, "'RENKEI.JUKI.D261123'") == content


def test_a_listing_has_the_published_header_and_columns(client, tmp_path):
    client.voidcmd("SITE RECFM=FB LRECL=80 BLKSIZE=3120")
    store(client, "'RENKEI.JUKI.A'", b"x" * 56_665)
    header, line = listing(client, "'RENKEI.JUKI.*'")
    assert header == "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname"
    assert re.sub(r"\d{4}/\d\d/\d\d", "2016/12/19", line) == (
        "LGWD01 3390   2016/12/19  1    2  FB      80  3120  PS  'RENKEI.JUKI.A'"
    )


def test_names_are_complete_when_asked_in_quotes_and_relative_to_the_prefix_otherwise(client):
    store(client, "JUKI.A", b"x")
    assert client.pwd() == "'RENKEI.'"
    assert listing(client)[1].endswith("  PS  JUKI.A")
    client.cwd("JUKI")
    assert listing(client)[1].endswith("  PS  A")
    assert client.nlst("'RENKEI.*'") == ["'RENKEI.JUKI.A'"]


def test_no_match_is_an_error_and_not_an_empty_listing(client):
    with pytest.raises(ftplib.error_perm, match="550 No data sets found"):
        listing(client, "'RENKEI.NOTHING.*'")


@pytest.mark.parametrize("name", ["'RENKEI.TOOLONGNAME'", "'../ETC'", "'RENKEI..A'", "'1A.B'", "'A.B(1C)'"])
def test_a_name_that_is_no_dataset_name_is_refused(client, name):
    with pytest.raises(ftplib.error_perm, match="501 Invalid data set name"):
        store(client, name, b"x")


def test_a_rename_moves_the_dataset_and_never_replaces_another(client):
    store(client, "'RENKEI.A'", b"first")
    store(client, "'RENKEI.B'", b"second")
    with pytest.raises(ftplib.error_perm, match="550 RNTO fails"):
        client.rename("'RENKEI.A'", "'RENKEI.B'")
    client.rename("'RENKEI.A'", "'RENKEI.C'")
    assert (fetch(client, "'RENKEI.B'"), fetch(client, "'RENKEI.C'")) == (b"second", b"first")


def test_a_deleted_dataset_is_gone(client):
    store(client, "'RENKEI.A'", b"x")
    client.delete("'RENKEI.A'")
    with pytest.raises(ftplib.error_perm, match="550 Data set"):
        fetch(client, "'RENKEI.A'")


def test_sizes_and_unix_listings_are_unknown_to_it(client):
    store(client, "'RENKEI.A'", b"x")
    for command in ("SIZE 'RENKEI.A'", "MDTM 'RENKEI.A'", "MLSD"):
        with pytest.raises(ftplib.error_perm, match="500 unknown command"):
            client.sendcmd(command)


def test_it_tells_sizes_where_its_habits_say_so(tmp_path):
    habits = MainframeHabits(accounts={"RENKEI": "himitsu"}, answers_size=True)
    with MainframeFtp(tmp_path / "datasets", habits) as server, log_in(server) as ftp:
        store(ftp, "'RENKEI.A'", b"12345")
        assert ftp.sendcmd("SIZE 'RENKEI.A'") == "213 5"


@pytest.mark.parametrize("parameters", ["RDW", "LRECL=MANY", "CONDDISP=DELETE TRAILINGBLANKS", "NAMEFMT 1"])
def test_site_is_accepted_with_any_parameters(client, parameters):
    assert client.voidcmd(f"SITE {parameters}").startswith("200")
    store(client, "'RENKEI.A'", b"x")
    assert listing(client, "'RENKEI.*'")[1].endswith("  VB     256  6233  PS  'RENKEI.A'")


def test_it_says_what_system_it_is(client):
    assert client.sendcmd("SYST").startswith("215 MVS is the operating system")


def test_one_session_too_many_is_asked_to_come_later(tmp_path):
    habits = MainframeHabits(accounts={"RENKEI": "himitsu"}, sessions=1)
    with MainframeFtp(tmp_path / "datasets", habits) as server:
        with log_in(server), pytest.raises(ftplib.error_temp, match="421"):
            log_in(server)
        log_in(server).close()


def test_a_wrong_password_is_refused(mainframe):
    with ftplib.FTP() as ftp:
        ftp.connect("127.0.0.1", mainframe.port, timeout=10)
        with pytest.raises(ftplib.error_perm, match="530"):
            ftp.login("RENKEI", "wrong")


def test_datasets_outlive_the_server(tmp_path):
    for _ in range(2):
        with MainframeFtp(tmp_path / "datasets", HABITS) as server, log_in(server) as ftp:
            store(ftp, "'RENKEI.KEPT'", b"kept") if not (
                tmp_path / "datasets" / "RENKEI.KEPT"
            ).exists() else None
            assert fetch(ftp, "'RENKEI.KEPT'") == b"kept"
