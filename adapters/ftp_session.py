"""One FTP control connection, logged in, with the verbs of a file on hosts that have folders. It blocks."""

from __future__ import annotations

import ftplib
import re
import socket
import ssl
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from adapters import listing, names
from adapters.base import Entry, Listing
from adapters.errors import AlreadyThere, Misconfigured, NotFound, Transient
from adapters.ftp_control import REPLIES, connect
from adapters.handover import CHUNK
from adapters.listing import Kind, Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from adapters.ftp_times import Times
    from adapters.options import FtpOptions

T = TypeVar("T")

# IBM i: paths with slashes, and listings as UNIX writes them.
_SITE_OF_DIALECT = {"os400": ("NAMEFMT 1", "LISTFMT 1")}

LONGEST_LISTING = 512 * 1024 * 1024
_MISSING = re.compile(
    r"no such|not found|does ?n[o']t exist|cannot find|can't find|no data ?sets? found|no members? found|"
    r"not exist|no files? found",
    re.IGNORECASE,
)


def says_missing(error: Exception) -> bool:
    """Whether the host's own words say that the path is not there; its code 550 alone means anything."""
    return isinstance(error, ftplib.error_perm) and bool(_MISSING.search(str(error)))


class FtpSession:
    """One connection to a host with folders."""

    def __init__(self, options: FtpOptions, times: Times) -> None:
        self.broken = False
        self._options = options
        self._times = times
        self._data: socket.socket | None = None
        self._folders: set[str] = set()
        self.ftp = connect(options)
        try:
            self._log_in()
            self._features = self._ask_features()
            self.dialect = self._ask_dialect()
            self.ftp.voidcmd("TYPE I")
            for command in (*_SITE_OF_DIALECT.get(self.dialect, ()), *options.site):
                self.ftp.voidcmd(f"SITE {command}")
            self._home = self.ftp.pwd().rstrip("/")
        except BaseException:
            self.ftp.close()
            raise

    # --- the connection

    def check(self) -> None:
        """A sign of life."""
        self.ftp.voidcmd("NOOP")

    def close(self) -> None:
        """Say goodbye and close."""
        if not self.broken and self.ftp.sock is not None:
            with suppress(OSError, EOFError, ftplib.Error):
                self.ftp.sock.settimeout(1.0)
                self.ftp.quit()
        self.broken = True
        self.ftp.close()

    def abort(self) -> None:
        """Wake whoever waits in this session, and never use it again."""
        self.broken = True
        for line in (self._data, self.ftp.sock):
            if line is not None:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    def _log_in(self) -> None:
        login = self._options.login
        password = login.password.reveal() if login.password is not None else ""
        account = login.account.reveal() if login.account is not None else ""
        with self._as_bytes():
            self.ftp.login(login.user, password, account)

    def _ask_features(self) -> frozenset[str]:
        """FEAT (RFC 2389); hosts that do not know it have none."""
        try:
            reply = self.ftp.sendcmd("FEAT")
        except ftplib.error_perm:
            return frozenset()
        return frozenset(line.split()[0].upper() for line in reply.splitlines()[1:-1] if line.split())

    def _ask_dialect(self) -> str:
        if self._options.dialect != "auto":
            return self._options.dialect
        if "MLST" in self._features or "MLSD" in self._features:
            return "mlsd"
        system = self._ask_system()
        if "MVS" in system:
            raise Misconfigured("this host is a mainframe", hint="write dialect: mvs at this endpoint")
        return "unix" if system.startswith("215 UNIX") else "auto"

    def _ask_system(self) -> str:
        try:
            return self.ftp.sendcmd("SYST").upper()
        except ftplib.error_perm:
            return ""

    def encoded(self, path: str) -> str:
        """The path as the connection takes it: the endpoint's own bytes."""
        return path.encode(self._options.encoding, "surrogateescape").decode(REPLIES)

    @contextmanager
    def _as_bytes(self) -> Iterator[None]:
        """User and password are UTF-8 on the line, whatever the names of files are."""
        self.ftp.encoding = "utf-8"
        try:
            yield
        finally:
            self.ftp.encoding = REPLIES

    def absolute(self, path: str) -> str:
        """The path as the host is told it."""
        root = self._options.root
        base = root if root.startswith("/") else f"{self._home}/{root}"
        return self.encoded(f"{base.rstrip('/')}/{path}" if path else base or "/")

    # --- listings

    def scan(self, pattern: str) -> Listing:
        """Every file that matches, in the order of names."""
        found = _Found()
        self._walk("", pattern.split("/"), found)
        found.entries.sort(key=lambda entry: entry.path)
        return Listing(entries=tuple(found.entries), refused=tuple(found.refused), unparsed=found.unparsed)

    def _walk(self, folder: str, parts: list[str], found: _Found) -> None:
        if len(parts) > 1 and not names.is_wild(parts[0]):
            self._walk(names.join(folder, parts[0]), parts[1:], found)
            return
        listed = self._list(folder)
        found.unparsed += listed.unparsed
        for line in listed.lines:
            if line.name in (".", "..") or not names.matches(parts[0], line.name):
                continue
            path = names.join(folder, line.name)
            if len(parts) > 1 and line.kind is Kind.FOLDER:
                self._walk(path, parts[1:], found)
            elif len(parts) == 1 and line.kind is Kind.FILE and not names.is_temporary(path):
                self._note(path, line, found)
        if len(parts) == 1:
            self._times.keep(folder, {entry.path for entry in found.entries})

    def _note(self, path: str, line: Line, found: _Found) -> None:
        reason = names.why_unsafe(path)
        if reason:
            found.refused.append((names.shown(path), reason))
            return
        with suppress(NotFound):  # gone between the listing and the look
            found.entries.append(self._named(path) if self.dialect == "nlst" else self._entry(path, line))

    def _named(self, path: str) -> Entry:
        """A name of which nothing else is known; what has no size is no file."""
        try:
            return Entry(path=path, size=self.ftp.size(self.absolute(path)), mtime=self._ask_time(path))
        except ftplib.error_perm as error:
            raise NotFound(f"{names.shown(path)} has no size") from error

    def _entry(self, path: str, line: Line) -> Entry:
        if self.dialect == "mlsd":
            told = line.time
        elif "MDTM" in self._features:
            told = self._times.get(path, line, lambda: self._ask_time(path))
        else:
            told = listing.lasting_time(line.time, datetime.now(UTC).date())
        return Entry(path=path, size=line.size, mtime=told)

    def _list(self, folder: str) -> listing.Listed:
        # The working directory is changed first: a missing folder is then told from an empty one, and no name of a
        # folder can be taken for an option or a wildcard of LIST.
        self._enter(folder)
        try:
            raw = self.receive_listing({"mlsd": "MLSD", "nlst": "NLST"}.get(self.dialect, "LIST"))
        except ftplib.error_perm as error:
            if says_missing(
                error
            ):  # the folder is there: some hosts say of an empty one that nothing was found
                raw = []
            else:
                raise
        return listing.parse(self.dialect, raw)

    def _enter(self, folder: str) -> None:
        try:
            self.ftp.cwd(self.absolute(folder))
        except ftplib.error_perm as error:
            if error.args and str(error.args[0]).startswith("550"):
                raise NotFound(
                    f"the folder {names.shown(folder) or '/'} cannot be entered ({error})"
                ) from error
            raise

    def receive_listing(self, command: str) -> list[str]:
        """The lines that the host answers to a listing command, in the endpoint's character code."""
        received = bytearray()
        with self._data_connection(command) as data:
            while block := data.recv(CHUNK):
                received += block
                if len(received) > LONGEST_LISTING:
                    raise Transient(f"the listing is longer than {LONGEST_LISTING} bytes")
        text = received.decode(self._options.encoding, "surrogateescape")
        return [line for line in text.replace("\r\n", "\n").split("\n") if line]

    # --- one file

    def look(self, path: str) -> Entry:
        """The file, now: the same facts that a scan gives of it."""
        if self.dialect == "mlsd":
            return self._look_mlst(path)
        if self.dialect == "nlst" or {"SIZE", "MDTM"} <= self._features:
            return Entry(path=path, size=self._ask_size(path), mtime=self._ask_time(path))
        return self._look_in_listing(path)

    def _look_mlst(self, path: str) -> Entry:
        reply = self._told(path, lambda: self.ftp.sendcmd(f"MLST {self.absolute(path)}"))
        facts = [line.strip() for line in reply.splitlines() if line.startswith(" ")]
        line = listing.parse("mlsd", facts).lines[0] if facts else None
        if line is None or line.kind is not Kind.FILE:
            raise NotFound(f"{names.shown(path)} is no file")
        return Entry(path=path, size=line.size, mtime=line.time)

    def _ask_size(self, path: str) -> int:
        size = self._told(path, lambda: self.ftp.size(self.absolute(path)))
        assert size is not None
        return size

    def _ask_time(self, path: str) -> str:
        return self._told(path, lambda: self.ftp.voidcmd(f"MDTM {self.absolute(path)}"))[4:].strip()

    def _look_in_listing(self, path: str) -> Entry:
        folder, _, name = path.rpartition("/")
        for line in self._list(folder).lines:
            if line.name == name and line.kind is Kind.FILE:
                return self._entry(path, line)
        raise NotFound(f"{names.shown(path)} is not there")

    def _told(self, path: str, ask: Callable[[], T]) -> T:
        """A bare 550 may mean anything (vsftpd: "Could not get file size."): looking otherwise decides.

        What is there after all is asked once more: it came this moment, or the host says again what it has against it.
        """
        try:
            return ask()
        except ftplib.error_perm as error:
            if says_missing(error) or (str(error).startswith("550") and not self._is_there(path)):
                raise NotFound(f"{names.shown(path)} is not there") from error
        return ask()

    def _is_there(self, path: str) -> bool:
        if "SIZE" in self._features:
            with suppress(ftplib.error_perm):
                self.ftp.size(self.place(path))
                return True
        folder, _, name = path.rpartition("/")
        try:
            return any(line.name == name for line in self._list(folder).lines)
        except NotFound:
            return False

    def retrieve(self, entry: Entry, put: Callable[[bytes], None]) -> None:
        """Give the file's bytes to ``put``, in large chunks."""
        received = 0
        buffer = memoryview(bytearray(CHUNK))
        with self._data_connection(f"RETR {self.place(entry.path)}") as data:
            while chunk := _receive_full(data, buffer):
                received += len(chunk)
                put(chunk)
        if entry.size is not None and received != entry.size:
            raise Transient(f"{entry.path}: {received} bytes came of {entry.size}")

    def store(self, path: str, chunks: Iterable[bytes]) -> None:
        """Write the file, with its folders if they are missing."""
        self.make_folders(path)
        with self._data_connection(f"STOR {self.place(path)}") as data:
            for chunk in chunks:
                data.sendall(chunk)

    def assert_free(self, path: str) -> None:
        """RNTO replaces without a word on most hosts: look first."""
        with suppress(NotFound):
            self.look(path)
            raise AlreadyThere(f"{names.shown(path)} exists")

    def move(self, path: str, to: str) -> None:
        """Rename."""
        self.make_folders(to)
        self._told(path, lambda: self.ftp.rename(self.place(path), self.place(to)))

    def move_over(self, path: str, to: str) -> None:
        """Rename; hosts with POSIX file systems replace in one step, others refuse."""
        self.move(path, to)

    def delete(self, path: str) -> None:
        """Remove the file."""
        self._told(path, lambda: self.ftp.delete(self.place(path)))

    def place(self, path: str) -> str:
        """The name as commands take it."""
        return self.absolute(path)

    def make_folders(self, path: str) -> None:
        """Create the folders above the path that are not there; each is looked for once a session."""
        folder = path.rpartition("/")[0]
        missing = []
        while folder and folder not in self._folders:
            try:
                self._enter(folder)
            except NotFound:
                missing.append(folder)
            self._folders.add(folder)
            folder = folder.rpartition("/")[0]
        for name in reversed(missing):
            try:
                self.ftp.mkd(self.absolute(name))
            except ftplib.error_perm:
                self._enter(name)  # another session may have made it in the meantime

    @contextmanager
    def _data_connection(self, command: str) -> Iterator[socket.socket]:
        """A data connection; on leaving, the host must confirm the whole transfer."""
        self._data = self.ftp.transfercmd(command)
        try:
            yield self._data
            if isinstance(self._data, ssl.SSLSocket):
                self._data = self._data.unwrap()  # tells the host that nothing was cut off
        except BaseException:
            self.broken = True  # after a broken transfer the replies are out of step
            raise
        finally:
            if self._data is not None:
                self._data.close()
            self._data = None
        self.ftp.voidresp()


class _Found:
    """What a scan has gathered so far."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.refused: list[tuple[str, str]] = []
        self.unparsed = 0


def _receive_full(data: socket.socket, buffer: memoryview) -> bytes:
    """The next chunk, as large as the buffer unless it is the last."""
    filled = 0
    while filled < len(buffer) and (count := data.recv_into(buffer[filled:])):
        filled += count
    return bytes(buffer[:filled])
