"""An FTP server that behaves like a mainframe's, for the demo and for tests. It is no IBM software.

Imitated from published transcripts of such servers (the login, the listing's columns, 125 before it and 250 after: a
session with an IBM FTP CS V1R10 in mklarz, ctf-writeups, 2020, cybertalent-winter; ``550 No data sets found.``, the
answers to ``SYST`` and to a job: the latter in "MVS-Job ins JES via FTP submitten", mellenthin.de, 2007,
and in IBM's "Steps for submitting a job", z/OS Communications Server, IP User's Guide and Commands, SC27-3662) and from
common descriptions of z/OS FTP (the rest):

* datasets instead of folders, quoted names, a working *prefix* (``CWD``, ``PWD``), masks in ``LIST`` and
  ``NLST``;
* ``SYST`` says MVS; listings and transfers begin with 125 and end with **250**, not 226;
* no match is an error: ``550 No data sets found.``;
* names shown in quotes, complete, if the request was quoted; relative to the prefix otherwise;
* ``SITE`` is accepted; ``RECFM``, ``LRECL``, ``BLKSIZE`` allocate later datasets; ``CONDDISP=DELETE`` drops
  what an aborted ``STOR`` left, which the default ``CATLG`` keeps as a catalogued partial dataset;
* members of libraries, ``A.B(MEMBER)``, listed with their statistics after ``CWD`` to the library;
* ``SITE FILETYPE=JES`` makes what is stored a job: ``250-It is known to JES as``; of its steps ``ALTER ... NEWNAME`` is
  done;
* ``RNTO`` onto a catalogued name is refused; ``STOR`` onto one rewrites it in place;
* ``SIZE`` is unknown, as it is for datasets, unless asked for; there is no ``MDTM``, ``MLSD`` or ``REST``.

Not imitated: relative generations, and the padding of short records. Reply texts are, as IBM
says of its own, no interface.
"""

from __future__ import annotations

import logging
import threading
import warnings
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from gateway.demo.datasets import (
    HEADER,
    JOB,
    MEMBERS,
    Allocation,
    Asked,
    Catalogue,
    RefusedRequestError,
    ask,
    run_job,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # pyftpdlib stands on asyncore, gone from 3.12
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler
    from pyftpdlib.ioloop import IOLoop
    from pyftpdlib.servers import FTPServer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_KEPT = (
    *("USER", "PASS", "QUIT", "NOOP", "SYST", "FEAT", "TYPE", "MODE", "STRU", "SITE", "ABOR"),
    *("PASV", "EPSV", "PORT", "EPRT", "PWD", "CWD", "CDUP", "LIST", "NLST", "SIZE"),
    *("RETR", "STOR", "DELE", "RNFR", "RNTO"),
)
_LISTED, _TRANSFERRED = "250 List completed successfully.", "250 Transfer completed successfully."


@dataclass(frozen=True, kw_only=True)
class MainframeHabits:
    """What differs from one mainframe to the next.

    Attributes:
        accounts: users and their passwords; a user's name and a dot are the first prefix.
        sessions: how many may be logged in at once with one user; 0 for any number.
        answers_size: whether ``SIZE`` gives a dataset's bytes.
        runs_jobs: whether jobs run at once; otherwise they wait.
    """

    accounts: Mapping[str, str]
    sessions: int = 0
    answers_size: bool = False
    runs_jobs: bool = True


class MainframeSession(FTPHandler):  # type: ignore[misc] # pyftpdlib is not typed
    """One client's control connection; the class attributes are set by ``MainframeFtp``."""

    catalogue: Catalogue
    jobs = count(1)
    habits: MainframeHabits
    logged_in: dict[int, str]
    sited: list[str]
    banner = "An imitated mainframe of Linkage Gateway's demo."
    auth_failed_timeout = 0
    proto_cmds = {  # noqa: RUF012 - pyftpdlib's own table, less what a mainframe does not know
        verb: {**rules, "perm": None} for verb, rules in FTPHandler.proto_cmds.items() if verb in _KEPT
    }

    def __init__(self, *args: Any, **keywords: Any) -> None:
        self._prefix = ""
        self._starts, self._ends = "", ""
        self._renaming: str | None = None
        self._allocation = Allocation()
        self._drop_partial = False
        self._submits = False
        self._verbs: dict[str, Callable[[str], None]] = {
            "SYST": self._say_system,
            "FEAT": self._say_features,
            "TYPE": self._set_type,
            "PWD": self._say_prefix,
            "CWD": self._change_prefix,
            "CDUP": self._shorten_prefix,
            "LIST": self._list,
            "NLST": self._list_names,
            "RETR": self._send,
            "STOR": self._store,
            "DELE": self._delete,
            "RNFR": self._rename_from,
            "RNTO": self._rename_to,
            "SIZE": self._say_size,
        }
        super().__init__(*args, **keywords)

    # --- the conversation

    def pre_process_command(self, line: str, cmd: str, arg: str) -> None:
        """Take ``SITE`` with any parameters, and refuse unknown verbs in the mainframe's words."""
        unknown = cmd not in self.proto_cmds or (cmd == "SIZE" and not self.habits.answers_size)
        if unknown:
            self.respond(f"500 unknown command {cmd}")
        elif cmd == "SITE" and self.authenticated:
            self._set_site(arg)
        else:
            super().pre_process_command(line, cmd, arg)

    def process_command(self, cmd: str, *args: Any, **keywords: Any) -> None:
        """Run the mainframe's own verb, if it has one; a refusal is the reply."""
        verb = self._verbs.get(cmd)
        if verb is None:
            super().process_command(cmd, *args, **keywords)
            return
        try:
            verb(args[0])
        except RefusedRequestError as refusal:
            self.respond(str(refusal))

    def respond(self, resp: str, *args: Any, **keywords: Any) -> None:
        """Ask for the password as a mainframe does, and say 125 and 250 where pyftpdlib says 150 or 125 and 226."""
        if resp.startswith(("125 ", "150 ")):
            resp = self._starts
        elif resp.startswith("331 "):
            resp = "331 Send password please."
        elif resp.startswith("226 Transfer"):
            resp = self._ends
        super().respond(resp, *args, **keywords)

    def handle_auth_success(self, home: str, password: str, msg_login: str) -> None:
        """Let in as many sessions as the habits allow; one more is asked to come later."""
        taken = list(self.logged_in.values()).count(self.username)
        if self.habits.sessions and taken >= self.habits.sessions:
            self.respond("421 Too many sessions of this user, try again later.")
            self.close_when_done()
            return
        self.logged_in[id(self)] = self.username
        self._prefix = f"{self.username.upper()}."
        greeting = f'{self.username.upper()} is logged on.  Working directory is "{self._prefix}".'
        super().handle_auth_success(home, password, greeting or msg_login)

    def on_disconnect(self) -> None:
        """Give the session's place free."""
        self.logged_in.pop(id(self), None)

    def on_file_received(self, file: str) -> None:
        """Run a job that came, and keep nothing of it."""
        if Path(file).name.startswith(JOB):
            if self.habits.runs_jobs:
                run_job(self.catalogue, Path(file).read_text())
            Path(file).unlink()

    def on_incomplete_file_received(self, file: str) -> None:
        """Keep or drop the partial dataset, as ``SITE CONDDISP`` said."""
        if self._drop_partial:
            Path(file).unlink(missing_ok=True)

    # --- verbs

    def _say_system(self, _argument: str) -> None:
        self.respond("215 MVS is the operating system of this server. FTP Server is running on z/OS.")

    def _say_features(self, _argument: str) -> None:
        sizes = " SIZE\r\n" if self.habits.answers_size else ""
        self.push(f"211- Extensions supported\r\n{sizes}")
        self.respond("211 End")

    def _set_type(self, argument: str) -> None:
        kinds = {"A": ("a", "Ascii NonPrint"), "I": ("i", "Image")}
        code = argument.upper()[:1]
        if code not in kinds:
            raise RefusedRequestError(f"504 Type {argument} is not supported.")
        self._current_type, title = kinds[code]
        self.respond(f"200 Representation type is {title}")

    def _set_site(self, argument: str) -> None:
        given = dict(word.partition("=")[::2] for word in argument.upper().split())
        kept = self._allocation
        sizes = {key: given.get(key, "") for key in ("LRECL", "BLKSIZE")}
        self._allocation = Allocation(
            recfm=given.get("RECFM", kept.recfm),
            lrecl=int(sizes["LRECL"]) if sizes["LRECL"].isdecimal() else kept.lrecl,
            blksize=int(sizes["BLKSIZE"]) if sizes["BLKSIZE"].isdecimal() else kept.blksize,
        )
        self._submits = given.get("FILETYPE", "JES" if self._submits else "SEQ") == "JES"
        self.sited.append(argument)
        self._drop_partial = given.get("CONDDISP", "DELETE" if self._drop_partial else "CATLG") == "DELETE"
        self.respond("200 SITE command was accepted")

    def _say_prefix(self, _argument: str) -> None:
        self.respond(f"257 \"'{self._prefix}'\" is working directory.")

    def _change_prefix(self, argument: str) -> None:
        name = ask(argument, self._prefix).name
        if self.catalogue.is_library(name):
            self._prefix = f"{name}("
            self.respond(f'250 The working directory "{name}" is a partitioned data set')
            return
        self._prefix = name if name.endswith(".") or not name else f"{name}."
        self.respond(f'250 "{self._prefix}" is the working directory name prefix.')

    def _shorten_prefix(self, _argument: str) -> None:
        above = self._prefix.removesuffix(".").rpartition(".")[0]
        self._change_prefix(f"'{above}.'" if above else "''")

    def _shown(self, name: str, asked: Asked) -> str:
        return f"'{name}'" if asked.quoted else name.removeprefix(self._prefix)

    def _asked_mask(self, argument: str) -> Asked:
        return ask(argument or "*", self._prefix)

    def _push_lines(self, lines: list[str]) -> None:
        self._starts, self._ends = "125 List started OK", _LISTED
        self.push_dtp_data("".join(f"{line}\r\n" for line in lines).encode(), cmd="LIST")

    def _list(self, argument: str) -> None:
        asked = self._asked_mask(argument)
        if "(" in asked.name:
            self._push_lines([MEMBERS, *self.catalogue.member_lines(asked.name)])
            return
        names = self.catalogue.names(asked.name)
        self._push_lines([HEADER, *(self.catalogue.line(name, self._shown(name, asked)) for name in names)])

    def _list_names(self, argument: str) -> None:
        asked = self._asked_mask(argument)
        self._push_lines([self._shown(name, asked) for name in self.catalogue.names(asked.name)])

    def _existing(self, argument: str) -> str:
        name = ask(argument, self._prefix).name
        if not self.catalogue.present(name):
            raise RefusedRequestError(f"550 Data set {name} not found")
        return name

    def _send(self, argument: str) -> None:
        name = self._existing(argument)
        self._starts, self._ends = f"125 Sending data set {name}", _TRANSFERRED
        self.ftp_RETR(str(self.catalogue.path(name)))

    def _store(self, argument: str) -> None:
        if self._submits:
            number = next(self.jobs)
            self._starts = "125 Sending Job to JES internal reader FIXrecfm 80"
            self._ends = f"250-It is known to JES as JOB{number:05}\r\n{_TRANSFERRED}"
            self.ftp_STOR(str(self.catalogue.root / f"{JOB}{number}"))
            return
        name = ask(argument, self._prefix).name
        self.catalogue.allocate(name, self._allocation)
        self._starts, self._ends = f"125 Storing data set {name}", _TRANSFERRED
        self.ftp_STOR(str(self.catalogue.path(name)))

    def _delete(self, argument: str) -> None:
        name = ask(argument, self._prefix).name
        self.catalogue.scratch(name)
        self.respond(f"250 {name} deleted.")

    def _rename_from(self, argument: str) -> None:
        self._renaming = self._existing(argument)
        self.respond("350 RNFR accepted. Please supply new name for RNTO.")

    def _rename_to(self, argument: str) -> None:
        old, self._renaming = self._renaming, None
        if old is None:
            raise RefusedRequestError("503 RNFR must precede RNTO.")
        new = ask(argument, self._prefix).name
        self.catalogue.rename(old, new)
        self.respond(f"250 {old} renamed to {new}")

    def _say_size(self, argument: str) -> None:
        self.respond(f"213 {self.catalogue.path(self._existing(argument)).stat().st_size}")


class MainframeFtp:
    """The server in a thread of its own, on a free loopback port; a context manager.

    Datasets are plain files in ``root``, so that a test or the demo can put and look at them directly. A
    file that is renamed into ``root`` appears as a whole, as a dataset does when its job ends.
    """

    def __init__(self, root: Path, habits: MainframeHabits) -> None:
        self._root, self._habits = root, habits
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="mainframe-ftp", daemon=True)
        self.port = 0
        self.sited: list[str] = []  # every SITE command that came

    def __enter__(self) -> Self:
        log = logging.getLogger("pyftpdlib")
        log.setLevel(logging.ERROR)  # aborted transfers are no news in a demo with kills
        log.addHandler(logging.NullHandler())  # without any, pyftpdlib sets up logging for the whole process
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._server = FTPServer(("127.0.0.1", 0), self._session_class(), ioloop=IOLoop())
        self.port = self._server.address[1]
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()

    def _session_class(self) -> type[MainframeSession]:
        accounts = DummyAuthorizer()
        for user, password in self._habits.accounts.items():
            accounts.add_user(user, password, str(self._root), perm="elradfmw")
        attributes = {
            "authorizer": accounts,
            "catalogue": Catalogue(self._root),
            "habits": self._habits,
            "logged_in": {},
            "sited": self.sited,
        }
        return type("Session", (MainframeSession,), attributes)

    def _serve(self) -> None:
        while not self._stop.is_set():
            self._server.ioloop.loop(timeout=0.1, blocking=False)
        self._server.close_all()
