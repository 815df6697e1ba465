"""An SFTP server on paramiko, for the demo: each account sees a folder of its own.

As OpenSSH's server does: ``rename`` refuses a name in use, ``posix-rename@openssh.com`` replaces it in one
step, ``fsync@openssh.com`` flushes an open file (PROTOCOL in the OpenSSH sources, section 4).
"""

from __future__ import annotations

import base64
import contextlib
import errno
import hashlib
import hmac
import logging
import os
import socket
import threading
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

import paramiko
from paramiko import SFTPAttributes
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_SUCCEEDED,
)
from paramiko.sftp import CMD_EXTENDED, SFTP_FAILURE, SFTP_OK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typing_extensions import Buffer

_FSYNC = "fsync@openssh.com"
_LOG = "gateway.demo.sftp"
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class SftpAccount:
    """Who may log in, and the folder that is ``/`` to them."""

    password: str
    root: Path


def fingerprint(key: paramiko.PKey) -> str:
    """The key's fingerprint as ssh-keygen prints it: ``SHA256:`` and base64 without padding."""
    digest = hashlib.sha256(key.asbytes()).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def host_key(path: Path) -> paramiko.PKey:
    """The host key kept at ``path``; made there, for its owner only, at the first start."""
    if not path.exists():
        paramiko.ECDSAKey.generate().write_private_key_file(str(path))
        path.chmod(0o600)
    return paramiko.ECDSAKey.from_private_key_file(str(path))


class _Login(paramiko.ServerInterface):
    """One connection's login: a password of one of the accounts, then sessions only."""

    def __init__(self, accounts: Mapping[str, SftpAccount]) -> None:
        self._accounts = accounts
        self.root = Path()

    def get_allowed_auths(self, username: str) -> str:  # noqa: ARG002 - paramiko's signature
        return "password"

    def check_auth_password(self, username: str, password: str) -> int:
        account = self._accounts.get(username)
        if account is None or not hmac.compare_digest(account.password, password):
            return AUTH_FAILED
        self.root = account.root
        return AUTH_SUCCESSFUL

    def check_channel_request(self, kind: str, chanid: int) -> int:  # noqa: ARG002 - paramiko's signature
        return OPEN_SUCCEEDED if kind == "session" else OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED


class _OpenFile(paramiko.SFTPHandle):
    """One open file, read and written at offsets."""

    def __init__(self, descriptor: int, flags: int) -> None:
        super().__init__(flags)
        self._descriptor = descriptor

    def read(self, offset: int, length: int) -> bytes | int:
        return _status(lambda: os.pread(self._descriptor, length, offset))

    def write(self, offset: int, data: Buffer) -> int:
        whole = bytes(data)
        return _status(
            lambda: SFTP_OK if os.pwrite(self._descriptor, whole, offset) == len(whole) else SFTP_FAILURE
        )

    def stat(self) -> SFTPAttributes | int:
        return _status(lambda: SFTPAttributes.from_stat(os.fstat(self._descriptor)))

    def chattr(self, attr: SFTPAttributes) -> int:  # noqa: ARG002 - times and modes of a demo do not matter
        return SFTP_OK

    def flush(self) -> int:
        """Put the bytes on the disk."""
        os.fsync(self._descriptor)
        return SFTP_OK

    def close(self) -> None:
        os.close(self._descriptor)


def _status(call: Callable[[], T]) -> T | int:
    try:
        return call()
    except OSError as fault:
        return paramiko.SFTPServer.convert_errno(fault.errno or errno.EIO)


def _answered(verb: Callable[..., T]) -> Callable[..., T | int]:
    """Turn an ``OSError`` of ``verb`` into the protocol's status, which paramiko expects as the result."""

    @wraps(verb)
    def answer(*args: object) -> T | int:
        return _status(lambda: verb(*args))

    return answer


class _Folder(paramiko.SFTPServerInterface):
    """The verbs, on the account's folder."""

    def __init__(self, server: _Login) -> None:
        super().__init__(server)
        self._root = server.root

    def _place(self, path: str) -> Path:
        inside = os.path.normpath(f"/{path}").lstrip("/")
        return self._root / inside

    @_answered
    def list_folder(self, path: str) -> list[SFTPAttributes]:
        entries = sorted(os.scandir(self._place(path)), key=lambda entry: entry.name)
        found = []
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):  # gone since the folder was read
                found.append(SFTPAttributes.from_stat(entry.stat(follow_symlinks=False), entry.name))
        return found

    @_answered
    def stat(self, path: str) -> SFTPAttributes:
        return SFTPAttributes.from_stat(self._place(path).stat())

    @_answered
    def lstat(self, path: str) -> SFTPAttributes:
        return SFTPAttributes.from_stat(self._place(path).lstat())

    @_answered
    def open(self, path: str, flags: int, attr: SFTPAttributes) -> paramiko.SFTPHandle:  # noqa: ARG002
        return _OpenFile(os.open(self._place(path), flags | os.O_CLOEXEC, 0o600), flags)

    @_answered
    def remove(self, path: str) -> int:
        self._place(path).unlink()
        return SFTP_OK

    @_answered
    def rename(self, oldpath: str, newpath: str) -> int:
        source, target = self._place(oldpath), self._place(newpath)
        os.link(source, target)  # fails if the name is in use, as OpenSSH's rename does, without a race
        source.unlink()
        return SFTP_OK

    @_answered
    def posix_rename(self, oldpath: str, newpath: str) -> int:
        self._place(oldpath).replace(self._place(newpath))
        return SFTP_OK

    @_answered
    def mkdir(self, path: str, attr: SFTPAttributes) -> int:  # noqa: ARG002 - paramiko's signature
        self._place(path).mkdir(mode=0o700)
        return SFTP_OK

    @_answered
    def rmdir(self, path: str) -> int:
        self._place(path).rmdir()
        return SFTP_OK

    @_answered
    def chattr(self, path: str, attr: SFTPAttributes) -> int:
        paramiko.SFTPServer.set_file_attr(str(self._place(path)), attr)
        return SFTP_OK


class _Subsystem(paramiko.SFTPServer):
    """paramiko's server, with the flush extension that OpenSSH has and paramiko has not."""

    def _process(self, t: int, request_number: int, msg: paramiko.Message) -> None:
        if t == CMD_EXTENDED and msg.get_text() == _FSYNC:
            file = self.file_table.get(msg.get_binary())
            done = file.flush() if isinstance(file, _OpenFile) else SFTP_FAILURE
            self._send_status(request_number, done)  # type: ignore[attr-defined] # the stubs leave out private names
            return
        msg.rewind()
        msg.get_int()  # the request number, which the caller had read
        super()._process(t, request_number, msg)  # type: ignore[misc] # likewise


class SftpServer:
    """The server on a free loopback port, with a host key kept at ``key``; a context manager."""

    def __init__(self, key: Path, accounts: Mapping[str, SftpAccount]) -> None:
        self._key_path, self._accounts = key, accounts
        self._thread = threading.Thread(target=self._serve, name="sftp", daemon=True)
        self._connections: list[paramiko.Transport] = []
        self.port = 0
        self.fingerprint = ""

    def __enter__(self) -> Self:
        for account in self._accounts.values():
            account.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        logging.getLogger(_LOG).setLevel(logging.CRITICAL)  # clients that were killed are no news in a demo
        self._key = host_key(self._key_path)
        self.fingerprint = fingerprint(self._key)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        with contextlib.suppress(OSError):  # refused on a listener by some systems, which wake it at close
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for connection in self._connections:
            connection.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # the listener was closed: the end of the server
                return
            self._connections = [each for each in self._connections if each.is_alive()]
            with contextlib.suppress(paramiko.SSHException, EOFError, OSError):  # a client that went away
                self._connections.append(self._greet(client))

    def _greet(self, client: socket.socket) -> paramiko.Transport:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = paramiko.Transport(client)
        connection.set_log_channel(_LOG)
        connection.add_server_key(self._key)
        connection.set_subsystem_handler("sftp", _Subsystem, _Folder)
        connection.start_server(event=threading.Event(), server=_Login(self._accounts))
        return connection
