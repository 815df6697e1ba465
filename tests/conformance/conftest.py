"""The places over which the one suite runs."""

from __future__ import annotations

import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import places
from tests.support.servers import certificates, ftp_servers, object_stores, sshd, vsftpd
from tests.support.servers import os400 as os400_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.base import Adapter
    from tests.support.places import Place
    from tests.support.servers.certificates import Certificates
    from tests.support.servers.ftp_servers import FtpServer
    from tests.support.servers.object_stores import ObjectStore
    from tests.support.servers.sshd import SshServer

NAMES = count()


@pytest.fixture(scope="session")
def made_certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def plain_vsftpd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FtpServer]:
    with vsftpd.vsftpd(tmp_path_factory.mktemp("vsftpd")) as server:
        yield server


@pytest.fixture(scope="session")
def tls_vsftpd(
    tmp_path_factory: pytest.TempPathFactory, made_certificates: Certificates
) -> Iterator[FtpServer]:
    with vsftpd.vsftpd(tmp_path_factory.mktemp("vsftpd-tls"), certificates=made_certificates) as server:
        yield server


@pytest.fixture(scope="session")
def proftpd(tmp_path_factory: pytest.TempPathFactory, made_certificates: Certificates) -> Iterator[FtpServer]:
    with ftp_servers.proftpd(tmp_path_factory.mktemp("proftpd"), made_certificates) as server:
        yield server


@pytest.fixture(scope="session")
def pure_ftpd() -> Iterator[FtpServer]:
    # pytest closes its own folders to other users, at any start of any other session.
    with tempfile.TemporaryDirectory() as folder, ftp_servers.pure_ftpd(Path(folder)) as server:
        yield server


@pytest.fixture(scope="session")
def pyftpd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FtpServer]:
    with ftp_servers.pyftpd(tmp_path_factory.mktemp("pyftpd")) as server:
        yield server


@pytest.fixture(scope="session")
def os400(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FtpServer]:
    with os400_server.os400(tmp_path_factory.mktemp("os400")) as server:
        yield server


@pytest.fixture(scope="session")
def openssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with sshd.sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(scope="session")
def restricted_sftp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with sshd.sshd(tmp_path_factory.mktemp("restricted"), restricted=True) as server:
        yield server


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with object_stores.moto_store(tmp_path_factory.mktemp("moto")) as store:
        yield store


@pytest.fixture(scope="session")
def rclone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with object_stores.rclone_store(tmp_path_factory.mktemp("rclone")) as store:
        yield store


@pytest.fixture(scope="session")
def nanio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with object_stores.nanio_store(tmp_path_factory.mktemp("nanio")) as store:
        yield store


@pytest.fixture(scope="session")
def localbucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with object_stores.localbucket_store(tmp_path_factory.mktemp("localbucket")) as store:
        yield store


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FTP_TEST_PASSWORD", ftp_servers.PASSWORD)
    monkeypatch.setenv("SSH_TEST_PASSPHRASE", sshd.PASSPHRASE)
    monkeypatch.setenv("STORE_TEST_KEY", object_stores.ACCESS_KEY)
    monkeypatch.setenv("STORE_TEST_SECRET", object_stores.SECRET_KEY)


PLACES = (
    "folder",
    "vsftpd",
    "vsftpd-tls",
    "proftpd-tls",
    "pure-ftpd",
    "pyftpd",
    "os400",
    "openssh",
    "restricted-sftp",
    "moto",
    "localbucket",
    "rclone",
    "nanio",
)


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A place that no other test uses."""
    return make_place(request.param, request, tmp_path_factory)


FTP_SERVERS = {
    "vsftpd": "plain_vsftpd",
    "vsftpd-tls": "tls_vsftpd",
    "proftpd-tls": "proftpd",
    "pure-ftpd": "pure_ftpd",
    "pyftpd": "pyftpd",
    "os400": "os400",
}


def make_place(kind: str, request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> Place:
    name = f"t{next(NAMES)}"
    if kind == "folder":
        return places.folder(folders.mktemp(name))
    if kind in ("openssh", "restricted-sftp"):
        return places.sftp(request.getfixturevalue(kind.replace("-", "_")), name)
    if kind in FTP_SERVERS:
        server = request.getfixturevalue(FTP_SERVERS[kind])
        authority = request.getfixturevalue("made_certificates").authority
        settings = {"ca": authority} if kind.endswith("-tls") else {"tls": "none"}
        return places.ftp(server, name, **settings)
    # rclone loses folders and buckets for a moment when requests come side by side.
    connections = 1 if kind == "rclone" else 4
    store = request.getfixturevalue(kind)
    return places.bucket(store, name, creates_only=kind in ("moto", "localbucket"), connections=connections)


@pytest.fixture
async def adapter(place: Place) -> Adapter:
    """The adapter of the place, ready."""
    async with places.reach(place) as ready:
        yield ready
