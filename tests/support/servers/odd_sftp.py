"""An SFTP server with the habits of odd ones, on paramiko's server side: it asks in a dialogue, caps its answers,
knows no extension, and renames over what is there."""

from __future__ import annotations

import errno
import os
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import paramiko

if TYPE_CHECKING:
    from collections.abc import Iterator

USER, PASSWORD = "odd", "odd-sftp-test-password"
LARGEST_ANSWER = 20_000


@dataclass(frozen=True, kw_only=True)
class OddServer:
    """A running server whose files are in ``root``."""

    port: int
    root: Path
    key: paramiko.PKey
    questions: list[str]
    habits: Habits


@dataclass
class Habits:
    """What the server does to its clients besides; may be changed while it runs.

    ``hides_uploads``: nobody may look at what was uploaded.
    ``replaces``: a rename onto a taken name replaces it. ``reads_once``: what was read is gone.
    ``open_files``: how many may be open at one time. ``takes_at_once``: what was uploaded is moved to that folder.
    ``asks_for_key``: a key comes before the dialogue.
    ``hides_sizes``: nothing is told of how long a file is. ``renames``: whether names can be changed.
    """

    hides_uploads: bool = False
    replaces: bool = True
    reads_once: bool = False
    open_files: int = 100
    takes_at_once: Path | None = None
    hides_sizes: bool = False
    asks_for_key: bool = False
    renames: bool = True
    open: set[IO[bytes]] = field(default_factory=set)
    uploaded: set[str] = field(default_factory=set)


class _Login(paramiko.ServerInterface):
    def __init__(self, questions: list[str], habits: Habits) -> None:
        self._questions, self._habits = questions, habits
        self._has_key = False

    def get_allowed_auths(self, username: str) -> str:
        return "publickey" if self._habits.asks_for_key and not self._has_key else "keyboard-interactive"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self._has_key = self._habits.asks_for_key
        return paramiko.AUTH_PARTIALLY_SUCCESSFUL if self._has_key else paramiko.AUTH_FAILED

    def check_auth_interactive(self, username: str, submethods: str) -> Any:
        if self._habits.asks_for_key and not self._has_key:
            return paramiko.AUTH_FAILED
        query = paramiko.InteractiveQuery("", "")
        query.add_prompt("パスワード: ", echo=False)
        self._questions.append(username)
        return query

    def check_auth_interactive_response(self, responses: list[str]) -> int:
        return paramiko.AUTH_SUCCESSFUL if list(responses) == [PASSWORD] else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED


class _Handle(paramiko.SFTPHandle):
    habits: Habits

    def close(self) -> None:
        try:
            super().close()
        finally:
            self.habits.open.discard(self.readfile)
        if self.habits.reads_once and self.readfile.mode == "rb":
            Path(self.filename).unlink()
        if self.habits.takes_at_once is not None and self.readfile.mode == "wb":
            Path(self.filename).rename(self.habits.takes_at_once / Path(self.filename).name)

    def read(self, offset: int, length: int) -> Any:
        return super().read(offset, min(length, LARGEST_ANSWER))


class _Files(paramiko.SFTPServerInterface):
    def __init__(self, server: Any, habits: Habits) -> None:
        super().__init__(server)
        self._habits = habits

    def list_folder(self, path: str) -> Any:
        return self._told(lambda: [self._shown(entry.name, entry.stat()) for entry in os.scandir(path)])

    def stat(self, path: str) -> Any:
        if self._habits.hides_uploads and path in self._habits.uploaded:
            return paramiko.SFTP_PERMISSION_DENIED
        return self._told(lambda: self._shown(path, Path(path).stat()))

    lstat = stat

    def open(self, path: str, flags: int, attr: Any) -> Any:
        def opened() -> _Handle:
            handle = _Handle(flags)
            mode = "wb" if flags & os.O_WRONLY else "rb"
            if len(self._habits.open) >= self._habits.open_files:
                raise PermissionError(errno.EACCES, "too many open files")
            handle.habits = self._habits
            handle.filename, handle.readfile = path, Path(path).open(mode)  # noqa: SIM115 - the handle closes it
            handle.writefile = handle.readfile
            self._habits.open.add(handle.readfile)
            if mode == "wb":
                self._habits.uploaded.add(path)
            return handle

        return self._told(opened)

    def remove(self, path: str) -> Any:
        return self._told(lambda: Path(path).unlink())

    def rename(self, oldpath: str, newpath: str) -> Any:
        return self._told(lambda: self._move(oldpath, newpath))

    def mkdir(self, path: str, attr: Any) -> Any:
        return self._told(lambda: Path(path).mkdir())

    def _move(self, path: str, to: str) -> None:
        if not self._habits.renames:
            raise PermissionError(errno.EACCES, "no renaming")
        if Path(to).exists() and not self._habits.replaces:
            raise FileExistsError(errno.EEXIST, "taken")
        Path(path).replace(to)

    def _shown(self, name: str, facts: os.stat_result) -> paramiko.SFTPAttributes:
        shown = paramiko.SFTPAttributes.from_stat(facts, Path(name).name)
        if self._habits.hides_sizes:
            shown.st_size, shown._flags = None, shown._flags & ~shown.FLAG_SIZE
        return shown

    @staticmethod
    def _told(do: Any) -> Any:
        try:
            given = do()
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        return paramiko.SFTP_OK if given is None else given


@contextmanager
def odd_sftp(root: Path) -> Iterator[OddServer]:
    """The server, in threads of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    key = paramiko.ECDSAKey.generate()
    server = OddServer(port=listener.getsockname()[1], root=root, key=key, questions=[], habits=Habits())
    transports: list[paramiko.Transport] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                line, _ = listener.accept()
                transport = paramiko.Transport(line)
                transports.append(transport)
                transport.add_server_key(key)
                transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files, server.habits)
                with suppress(paramiko.SSHException, EOFError):
                    transport.start_server(server=_Login(server.questions, server.habits))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for transport in transports:
            transport.close()
        for file in list(server.habits.open):  # whose clients went, and whose bytes found no room
            with suppress(OSError):
                file.close()
