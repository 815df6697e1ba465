"""FTP servers that differ: ProFTPD, Pure-FTPd and pyftpdlib, each on a free loopback port."""

from __future__ import annotations

import getpass
import grp
import logging
import os
import subprocess
import threading
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.servers.process import Service, free_port, require, running
from tests.support.servers.unpacked import unpacked

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # pyftpdlib stands on asyncore, gone from 3.12
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler
    from pyftpdlib.ioloop import IOLoop
    from pyftpdlib.servers import FTPServer as PyFtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.servers.certificates import Certificates

USER, PASSWORD = "renkei", "ftp-test-password"
NOBODY = 65534


@dataclass(frozen=True, kw_only=True)
class FtpServer:
    """A running FTP server whose files are in ``root``."""

    port: int
    root: Path
    user: str = USER
    service: Service | None = None
    accounts: DummyAuthorizer | None = None


_PROFTPD = """\
ServerName test
ServerType standalone
DefaultAddress {address}
SocketBindTight on
Port {port}
User {user}
Group {group}
ModulePath {modules}
LoadModule mod_tls.c
AuthOrder mod_auth_file.c
AuthUserFile {passwords}
AuthPAM off
RequireValidShell off
RootLogin on
UseFtpUsers off
PidFile {folder}/pid
ScoreboardFile {folder}/scoreboard
SystemLog {folder}/system.log
WtmpLog off
TransferLog none
UseReverseDNS off
DelayEngine off
AllowOverwrite on
MaxInstances 200
TLSEngine on
TLSRequired on
TLSLog {folder}/tls.log
TLSRSACertificateFile {certificate}
TLSRSACertificateKeyFile {certificate}
"""


@contextmanager
def proftpd(
    folder: Path, certificates: Certificates, *, more: str = "", address: str = "127.0.0.1"
) -> Iterator[FtpServer]:
    """ProFTPD: MLSD, and TLS whose session the data connection must resume."""
    programs = unpacked("proftpd-core", "proftpd-mod-crypto")
    root, passwords, settings = folder / "root", folder / "passwords", folder / "proftpd.conf"
    root.mkdir(parents=True)
    certificate = folder / "certificate.pem"
    certificate.write_bytes(certificates.server.read_bytes())
    passwords.write_text(f"{USER}:{_crypted()}:{os.getuid()}:{os.getgid()}::{root}:/bin/sh\n")
    for file in (passwords, certificate):
        file.chmod(0o600)
    port = free_port()
    text = _PROFTPD.format(
        port=port,
        user=getpass.getuser(),
        group=grp.getgrgid(os.getgid()).gr_name,
        modules=programs / "usr/lib/proftpd",
        passwords=passwords,
        folder=folder,
        certificate=certificate,
        address=address,
    )
    settings.write_text(text + more)
    program = str(programs / "usr/sbin/proftpd")
    with running(
        [program, "-n", "-c", str(settings)], port=port, log=folder / "proftpd.log", address=address
    ):
        yield FtpServer(port=port, root=root)


@contextmanager
def pure_ftpd(folder: Path) -> Iterator[FtpServer]:
    """Pure-FTPd: MLSD. It runs only as root, and serves as nobody: others must be able to pass to ``folder``."""
    if os.geteuid() != 0:
        pytest.fail("pure-ftpd starts only as root: run the tests as root, in a container for instance")
    programs = unpacked("pure-ftpd", "pure-ftpd-common")
    root, passwords, base = folder / "root", folder / "passwords", folder / "passwords.pdb"
    root.mkdir(parents=True)
    for open_to_all in (folder, root):
        open_to_all.chmod(0o777)
    passwords.write_text(f"{USER}:{_crypted()}:{NOBODY}:{NOBODY}::{root}::::::::::::\n")
    subprocess.run([programs / "usr/bin/pure-pw", "mkdb", base, "-f", passwords], check=True)
    port = free_port()
    command = [str(programs / "usr/sbin/pure-ftpd"), "-S", f"127.0.0.1,{port}", "-l", f"puredb:{base}"]
    habits = ["-E", "-H", "-u", "100", "-U", "111:000", "-g", str(folder / "pid"), "-C", "100"]
    with running([*command, *habits], port=port, log=folder / "pure-ftpd.log"):
        yield FtpServer(port=port, root=root)


@contextmanager
def pyftpd(folder: Path, **habits: Any) -> Iterator[FtpServer]:
    """pyftpdlib, in a thread of its own. ``habits`` are what its handler has or does otherwise."""
    logging.getLogger("pyftpdlib").setLevel(logging.CRITICAL)
    root = folder / "root"
    root.mkdir(parents=True)
    accounts = DummyAuthorizer()
    accounts.add_user(USER, PASSWORD, "/", perm="elradfmwMT")
    handler = type("Handler", (FTPHandler,), {"authorizer": accounts, "auth_failed_timeout": 0, **habits})
    server = PyFtpServer(("127.0.0.1", 0), handler, ioloop=IOLoop())
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            server.serve_forever(timeout=0.05, blocking=False, handle_exit=False)
        server.close_all()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield FtpServer(port=server.address[1], root=root, accounts=accounts)
    finally:
        stop.set()
        thread.join()


def _crypted() -> str:
    command = [require("openssl", package="openssl"), "passwd", "-6", PASSWORD]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
