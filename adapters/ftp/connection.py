"""One FTP control connection, logged in, and the data connections that it opens. It blocks."""

from __future__ import annotations

import ftplib
import re
import socket
import ssl
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from adapters import names
from adapters.errors import ConnectionLost, Misconfigured, Refused, Transient, UnreadableListing
from adapters.ftp.control import REPLIES, connect
from adapters.handover import CHUNK
from adapters.name_codes import decoded, encoded, is_spelt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.ftp.times import Times
    from adapters.options import FtpOptions

# IBM i: paths with slashes, and listings as UNIX writes them.
_SITE_OF_DIALECT = {"os400": ("NAMEFMT 1", "LISTFMT 1")}
# z/OS: no partial dataset stays catalogued. Mainframes of other makers may not know it.
_SITE_IF_KNOWN = {"mvs": ("CONDDISP=DELETE",)}

_EMPTY_LINES = re.compile(r"\n{2,}")
LONGEST_LISTING = 512 * 1024 * 1024
_MISSING = re.compile(
    r"no such|not found|does ?n[o']t exist|cannot find|can't find|no data ?sets? found|no members? found|"
    r"not exist|no files? found",
    re.IGNORECASE,
)


def says_missing(error: Exception) -> bool:
    """Whether the host's own words say that the path is not there; its code 550 alone means anything."""
    return isinstance(error, ftplib.error_perm) and bool(_MISSING.search(str(error)))


class FtpConnection:
    """One connection to a host, with what it said of itself."""

    def __init__(self, options: FtpOptions, times: Times) -> None:
        self.broken = False
        self._options = options
        self._times = times
        self._data: socket.socket | None = None
        self._set_for_file: tuple[str, ...] | None = None
        self.ftp = connect(options)
        try:
            self._log_in()
            self._features = self._ask_features()
            self._ask_for_utf8()
            self.dialect = self._ask_dialect()
            self.ftp.voidcmd("TYPE I")
            self._set_up()
            self._home = "" if options.root.startswith("/") else self._ask_home()
        except BaseException:
            self.ftp.close()
            raise

    # --- the connection

    def check(self) -> None:
        """A sign of life: any answer is one, but that the login is over."""
        try:
            self.ftp.voidcmd("NOOP")
        except ftplib.error_perm as error:
            if str(error).startswith("530"):
                raise

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

    def _set_up(self) -> None:
        for command in _SITE_IF_KNOWN.get(self.dialect, ()):
            with suppress(ftplib.error_perm):
                self.ftp.voidcmd(f"SITE {command}")
        with self.by_dialect("500", "501", "502", "504", "550"):
            for command in _SITE_OF_DIALECT.get(self.dialect, ()):
                self.ftp.voidcmd(f"SITE {command}")
        self.site(*self._options.site)
        for command in self._options.quote:
            self._send(command, key="quote")

    def site(self, *commands: str) -> None:
        """Send SITE commands; the host must take each."""
        for command in commands:
            self._send(f"SITE {command}", key="site")

    def _send(self, command: str, *, key: str) -> None:
        try:
            self.ftp.voidcmd(command)
        except ftplib.error_perm as error:
            raise Misconfigured(
                f"the host does not take {command} ({error})",
                hint=f"correct {key}: what this host wants to be told, its people know",
            ) from error

    @contextmanager
    def by_dialect(self, *refusals: str) -> Iterator[None]:
        """Around what a dialect alone is asked: a host that does not know it, or answers otherwise, has another one."""
        try:
            yield
        except UnreadableListing as error:
            if self._options.dialect != "auto":
                error.settings = {"dialect": "auto"}
            raise
        except ftplib.error_perm as error:
            if self._options.dialect == "auto" or str(error)[:3] not in (refusals or ("500", "502")):
                raise
            raise Misconfigured(
                f"the host is not of the dialect {self.dialect} ({error})",
                hint="write dialect: auto, and the host is asked",
                settings={"dialect": "auto"},
            ) from error

    def prepare(self, path: str) -> None:
        """Set what the host needs to know of this very file before its bytes come or go (``site_for``)."""
        given = self._options.site_for
        wanted = next((given[pattern] for pattern in given if names.matches(pattern, path)), None)
        if wanted is None and given:
            raise Refused(
                f"no pattern of site_for matches {names.shown(path)}, and the settings of another file would hold",
                hint="write a pattern for it at the endpoint",
            )
        if wanted != self._set_for_file:
            self.site(*(wanted or ()))
            self._set_for_file = wanted

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

    def _ask_for_utf8(self) -> None:
        """IIS announces UTF8 (RFC 2640), and writes names in its own code page until it is told to keep its word.

        Others do not know the command: 501, or 451 (RFC 2389, section 4).
        """
        if "UTF8" in self._features and self._options.encoding == "utf-8":
            with suppress(ftplib.error_perm, ftplib.error_temp):
                self.ftp.sendcmd("OPTS UTF8 ON")

    def _ask_dialect(self) -> str:
        if self._options.dialect != "auto":
            return self._options.dialect
        if "MLST" in self._features or "MLSD" in self._features:
            return "mlsd"
        system = self._ask_system()
        if "VMS" in system:
            raise Misconfigured(
                "this host lists files as VMS does",
                hint="write dialect: vms at this endpoint",
                settings={"dialect": "vms"},
            )
        if "OS/400" in system:
            return "os400"
        if "MVS" in system:
            raise Misconfigured(
                "this host is a mainframe",
                hint="write dialect: mvs at this endpoint",
                settings={"dialect": "mvs"},
            )
        return "unix" if system.startswith("215 UNIX") else "auto"

    def _ask_system(self) -> str:
        try:
            return self.ftp.sendcmd("SYST").upper()
        except ftplib.error_perm:
            return ""

    def _ask_home(self) -> str:
        return decoded(self.ftp.pwd().encode(REPLIES), self._options.encoding).rstrip("/")

    def encoded(self, path: str) -> str:
        """The path as the connection takes it: the endpoint's own bytes."""
        return encoded(path, self._options.encoding).decode(REPLIES)

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
        return self.encoded(self.located(path))

    def located(self, path: str) -> str:
        """The whole path as people read it."""
        root = self._options.root
        base = root if root.startswith("/") else f"{self._home}/{root}"
        return f"{base.rstrip('/')}/{path}" if path else base or "/"

    # --- data connections

    def receive_listing(self, command: str) -> Iterator[str]:
        """The lines that the host answers to a listing command, in the endpoint's character code, as they come.

        They come in blocks of whole lines with line feeds between them, and without empty ones.
        """
        received, rest = 0, b""
        with self.data_connection(command) as data:
            while block := data.recv(CHUNK):
                received += len(block)
                if received > LONGEST_LISTING:
                    raise Transient(f"the listing is longer than {LONGEST_LISTING} bytes")
                whole, line_end, rest = (rest + block).rpartition(b"\n")
                if line_end:
                    yield from self._lines(whole)
        yield from self._lines(rest)

    def _lines(self, raw: bytes) -> Iterator[str]:
        encoding = self._options.encoding
        text = raw.decode(encoding, "surrogateescape")
        if not is_spelt(text, raw, encoding):
            text = "\n".join(decoded(line, encoding) for line in raw.split(b"\n"))
        lines = text.replace("\r\n", "\n").removesuffix("\r").strip("\n")
        if "\n\n" in lines:
            lines = _EMPTY_LINES.sub("\n", lines)
        if lines:
            yield lines

    def send_text(self, name: str, text: str) -> None:
        """Store lines as text, which the host puts into its own character code; what follows is binary again."""
        self.ftp.voidcmd("TYPE A")
        lines = "".join(f"{line}\r\n" for line in text.splitlines())
        with self.data_connection(f"STOR {name}") as data:
            data.sendall(lines.encode(self._options.encoding))
        self.ftp.voidcmd("TYPE I")

    @contextmanager
    def data_connection(self, command: str, start: int = 0) -> Iterator[socket.socket]:
        """A data connection, from a byte of the file on; on leaving, the host must confirm the whole transfer."""
        self._data = self._dial_for_data(command, start)
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

    def _dial_for_data(self, command: str, start: int) -> socket.socket:
        try:
            return self.ftp.transfercmd(command, start or None)
        except (ConnectionRefusedError, TimeoutError) as error:
            self.broken = True
            if self._options.data_connection == "active":
                raise
            other = "peer" if self._options.passive_address == "server" else "server"
            raise ConnectionLost(
                f"no data connection came about ({error})",
                hint=f"behind address translation passive_address: {other}, or data_connection: active, may help",
                settings={"passive_address": other},
            ) from error
