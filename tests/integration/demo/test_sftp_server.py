"""The demo's SFTP server, met with paramiko's client."""

import base64
import hashlib
import stat
from collections.abc import Iterator
from contextlib import contextmanager

import paramiko
import pytest

from gateway.demo.sftp_server import SftpAccount, SftpServer


@pytest.fixture
def server(tmp_path) -> Iterator[SftpServer]:
    accounts = {
        "kaigo": SftpAccount(password="himitsu", root=tmp_path / "kaigo"),
        "zaimu": SftpAccount(password="naisho", root=tmp_path / "zaimu"),
    }
    with SftpServer(tmp_path / "key", accounts) as running:
        yield running


@contextmanager
def logged_in(
    server: SftpServer, user: str = "kaigo", password: str = "himitsu"
) -> Iterator[paramiko.SFTPClient]:
    transport = paramiko.Transport(("127.0.0.1", server.port))
    try:
        transport.connect(username=user, password=password)
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        yield client
    finally:
        transport.close()


def write(client: paramiko.SFTPClient, path: str, content: bytes) -> None:
    with client.open(path, "wb") as file:
        file.write(content)


def read(client: paramiko.SFTPClient, path: str) -> bytes:
    with client.open(path, "rb") as file:
        return file.read()


def test_a_file_comes_back_byte_for_byte(server):
    content = bytes(range(256)) * 1000
    with logged_in(server) as client:
        write(client, "out.dat", content)
        assert read(client, "/out.dat") == content
        assert client.stat("out.dat").st_size == len(content)
        assert client.listdir(".") == ["out.dat"]


def test_each_account_sees_its_own_folder_and_nothing_above(server, tmp_path):
    with logged_in(server) as client:
        write(client, "../../mine", b"x")
    with logged_in(server, "zaimu", "naisho") as client:
        assert client.listdir("/") == []
    assert (tmp_path / "kaigo" / "mine").read_bytes() == b"x"


def test_a_wrong_password_is_refused(server):
    with pytest.raises(paramiko.AuthenticationException), logged_in(server, password="wrong"):
        pass


def test_rename_refuses_a_name_in_use_and_posix_rename_replaces_it(server):
    with logged_in(server) as client:
        write(client, "a", b"first")
        write(client, "b", b"second")
        with pytest.raises(OSError, match="Failure"):
            client.rename("a", "b")
        assert (read(client, "a"), read(client, "b")) == (b"first", b"second")
        client.posix_rename("a", "b")
        assert (client.listdir("."), read(client, "b")) == (["b"], b"first")


def test_a_missing_file_is_told_from_other_failures(server):
    with logged_in(server) as client, pytest.raises(FileNotFoundError):
        client.stat("nothing")


def test_an_open_file_can_be_flushed_as_with_openssh(server):
    with logged_in(server) as client, client.open("a", "wb") as file:
        file.write(b"x")
        answer, _ = client._request(paramiko.sftp.CMD_EXTENDED, "fsync@openssh.com", file.handle)
        assert answer == paramiko.sftp.CMD_STATUS


def test_an_unknown_extension_is_said_to_be_unsupported(server):
    with logged_in(server) as client, pytest.raises(OSError, match="unsupported"):
        client._request(paramiko.sftp.CMD_EXTENDED, "hardlink@openssh.com", "a", "b")


def test_the_fingerprint_is_that_of_the_key_it_shows_and_outlives_a_restart(tmp_path):
    fingerprints = set()
    for _ in range(2):
        accounts = {"kaigo": SftpAccount(password="himitsu", root=tmp_path / "kaigo")}
        with SftpServer(tmp_path / "key", accounts) as server, logged_in(server) as client:
            shown = client.get_channel().get_transport().get_remote_server_key().asbytes()
            digest = base64.b64encode(hashlib.sha256(shown).digest()).decode().rstrip("=")
            assert server.fingerprint == f"SHA256:{digest}"
            fingerprints.add(server.fingerprint)
    assert len(fingerprints) == 1
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
