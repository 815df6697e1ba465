"""An FTP server that answers as IBM i (OS/400) does. It is no IBM software.

Imitated from published transcripts and pages:

* the greeting, ``SYST``, ``SITE NAMEFMT``, ``PWD`` and a retrieval that ends with 250: the capture "FTP authentication"
  of root-me.org (an AS/400 at V5R2), and Figure 150 of IBM's "OS/400 TCP/IP Configuration and Reference" V4R4
  (SC41-5420);
* ``SITE LISTFMT`` and what both formats look like: IBM's topics "File and directory entries in i5/OS format" and
  "... in UNIX-style format" (FTP server, System i).

What is not in them (the wording of other replies) is made up, with the codes of RFC 959. As an older server it knows
neither FEAT nor MLSD, SIZE, MDTM nor EPSV, and its rename refuses a taken name.
"""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.servers.ftp_servers import (
    PASSWORD,
    USER,
    DummyAuthorizer,
    FTPHandler,
    FtpServer,
    IOLoop,
    PyFtpServer,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

GREETING = "QTCP at renkei.example.\r\n220 Connection will close if idle more than 5 minutes."
SYSTEM = ' OS/400 is the remote operating system. The TCP/IP version is "V5R2M0".'
_UNKNOWN = ("FEAT", "OPTS", "MLSD", "MLST", "SIZE", "MDTM", "EPSV", "EPRT", "REST")
_MEMBER = re.compile(r"/QSYS\.LIB/(?P<library>\w+)\.LIB/(?P<file>\w+)\.FILE/(?P<member>\w+)\.MBR")


class Os400Session(FTPHandler):  # type: ignore[misc] # pyftpdlib is not typed
    """One client's control connection."""

    banner = "-"
    auth_failed_timeout = 0
    proto_cmds = {verb: rules for verb, rules in FTPHandler.proto_cmds.items() if verb not in _UNKNOWN}  # noqa: RUF012

    def __init__(self, *args: Any, **keywords: Any) -> None:
        self.formats = {"NAMEFMT": "0", "LISTFMT": "0"}
        self._starts = ""
        super().__init__(*args, **keywords)

    def handle(self) -> None:
        self.push(f"220-{GREETING}\r\n")

    def pre_process_command(self, line: str, cmd: str, arg: str) -> None:
        if cmd == "SITE" and self.authenticated:
            self._set_format(*arg.upper().split())
        elif cmd in _UNKNOWN:
            self.respond(f"500 Subcommand {cmd} not valid.")
        elif cmd == "SYST":
            self.respond(f"215 {SYSTEM}")
        elif cmd == "PWD" and self.authenticated and self.formats["NAMEFMT"] == "0":
            self.respond('257 "QGPL" is current library.')
        else:
            super().pre_process_command(line, cmd, arg)

    def _set_format(self, key: str = "", value: str = "") -> None:
        if key not in self.formats or value not in ("", "0", "1"):
            self.respond(f"501 Unknown extension {key}.")
            return
        self.formats[key] = value or self.formats[key]
        kind = {"NAMEFMT": "naming", "LISTFMT": "list"}[key]
        self.respond(f'250  Now using {kind} format "{self.formats[key]}".')

    def respond(self, resp: str, *args: Any, **keywords: Any) -> None:
        """250 where others say 226."""
        if resp.startswith(("125 ", "150 ")):
            resp = self._starts
        elif resp.startswith("226 "):
            listed = self._starts.startswith("125 List")
            resp = "250 List completed." if listed else "250 File transfer completed successfully."
        elif resp.startswith("331 "):
            resp = "331 Enter password."
        super().respond(resp, *args, **keywords)

    def handle_auth_success(self, home: str, password: str, msg_login: str) -> None:
        super().handle_auth_success(home, password, f"{self.username.upper()} logged on.")

    def ftp_LIST(self, path: str) -> Any:  # noqa: N802 - pyftpdlib names them
        self._starts = "125 List started."
        return super().ftp_LIST(path)

    def ftp_NLST(self, path: str) -> Any:  # noqa: N802 - pyftpdlib names them
        self._starts = "125 List started."
        return super().ftp_NLST(path)

    def ftp_RETR(self, file: str) -> Any:  # noqa: N802 - pyftpdlib names them
        shown = self.fs.fs2ftp(file)
        member = _MEMBER.search(shown)
        what = (
            "member {member} in file {file} in library {library}".format(**member.groupdict())
            if member
            else f"file {shown}"
        )
        self._starts = f"150 Retrieving {what}."
        return super().ftp_RETR(file)

    def ftp_STOR(self, file: str, mode: str = "w") -> Any:  # noqa: N802 - pyftpdlib names them
        self._starts = f"150 Sending file to {self.fs.fs2ftp(file)}"
        return super().ftp_STOR(file, mode)

    def ftp_RNTO(self, path: str) -> Any:  # noqa: N802 - pyftpdlib names them
        if Path(path).exists():
            self.respond("550 Rename failed: the object exists already.")
            return None
        return super().ftp_RNTO(path)


@contextmanager
def os400(folder: Path) -> Iterator[FtpServer]:
    """The server, in a thread of its own."""
    root = folder / "root"
    root.mkdir(parents=True)
    accounts = DummyAuthorizer()
    accounts.add_user(USER, PASSWORD, "/", perm="elradfmwMT")
    session = type("Session", (Os400Session,), {"authorizer": accounts})
    server = PyFtpServer(("127.0.0.1", 0), session, ioloop=IOLoop())
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            server.serve_forever(timeout=0.05, blocking=False, handle_exit=False)
        server.close_all()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield FtpServer(port=server.address[1], root=root)
    finally:
        stop.set()
        thread.join()
