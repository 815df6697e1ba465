"""All servers of the sample city in one process, with everything under one folder.

``python -m gateway.demo.servers DIR`` runs them until its standard input closes, and prints what ``config/``
reads from the environment as one line of JSON: a daemon beside it can then be killed and started again.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from gateway.demo.ftp_mainframe import MainframeFtp, MainframeHabits
from gateway.demo.s3_server import S3Server
from gateway.demo.sftp_server import SftpAccount, SftpServer

MAINFRAME_USERS = {"RENKEI": "MAINFRAME_PASSWORD", "ZEI": "TAX_MAINFRAME_PASSWORD"}
SFTP_USERS = {"kaigo": "KAIGO_PASSWORD", "zaimu": "ZAIMU_PASSWORD"}
FOLDERS = ("sftp/kaigo/out", "sftp/zaimu/in", "dropbox/sumi", "state")
BUCKET = "renkei"


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where the sample city's files are, seen past every protocol: for its senders and for the check.

    Attributes:
        mainframe: folder of the datasets.
        kaigo: home of the care-insurance system's SFTP account.
        zaimu: home of the finance system's SFTP account.
        dropbox: the watched folder.
        store: address of the object store.
        bucket: the one bucket there.
    """

    mainframe: Path
    kaigo: Path
    zaimu: Path
    dropbox: Path
    store: str
    bucket: str = BUCKET


def places_in(directory: Path, store: str) -> Places:
    """The places of servers on ``directory``, of this process or another; ``store`` is the store's address."""
    sftp = directory / "sftp"
    return Places(
        mainframe=directory / "mainframe",
        kaigo=sftp / "kaigo",
        zaimu=sftp / "zaimu",
        dropbox=directory / "dropbox",
        store=store,
    )


class DemoServers:
    """The mainframe, the SFTP host, the object store and the watched folder; a context manager.

    A start on the same folder finds the files of the mainframe, the SFTP host and the watched folder, and the
    host key, as they were; the store is empty at each start, and ports and passwords are new.
    """

    def __init__(self, directory: Path, *, mainframe_sessions: int = 1, answers_size: bool = False) -> None:
        self._directory = directory.resolve()
        named = (*MAINFRAME_USERS.values(), *SFTP_USERS.values())
        self._passwords = {name: secrets.token_urlsafe(12) for name in named}
        habits = MainframeHabits(
            accounts={user: self._passwords[name] for user, name in MAINFRAME_USERS.items()},
            sessions=mainframe_sessions,
            answers_size=answers_size,
        )
        self._mainframe = MainframeFtp(self._folder("mainframe"), habits)
        accounts = {
            user: SftpAccount(password=self._passwords[name], root=self._folder("sftp") / user)
            for user, name in SFTP_USERS.items()
        }
        self._sftp = SftpServer(self._directory / "ssh_host_key", accounts)
        self._store = S3Server(BUCKET)
        self._running = contextlib.ExitStack()

    def _folder(self, name: str) -> Path:
        return self._directory / name

    def __enter__(self) -> Self:
        for name in FOLDERS:
            self._folder(name).mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.ExitStack() as starting:
            for server in (self._mainframe, self._sftp, self._store):
                starting.enter_context(server)
            self._running = starting.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._running.close()

    @property
    def places(self) -> Places:
        """Where the files are, seen past the protocols."""
        return places_in(self._directory, self._store.url)

    def environment(self) -> dict[str, str]:
        """What ``config/`` reads from the environment to reach these servers, passwords included."""
        return {
            "MAINFRAME_HOST": "127.0.0.1",
            "MAINFRAME_PORT": str(self._mainframe.port),
            "SFTP_HOST": "127.0.0.1",
            "SFTP_PORT": str(self._sftp.port),
            "SFTP_HOST_KEY": self._sftp.fingerprint,
            "OBJECT_STORAGE_URL": self._store.url,
            "OBJECT_STORAGE_ACCESS_KEY": secrets.token_hex(10),
            "OBJECT_STORAGE_SECRET_KEY": secrets.token_hex(20),
            "DROPBOX": str(self._folder("dropbox")),
            "GATEWAY_STATE": str(self._folder("state")),
        } | self._passwords


def main(directory: str) -> None:
    """Run until standard input closes; print the environment as one line of JSON when all servers answer."""
    with DemoServers(Path(directory)) as servers:
        sys.stdout.write(f"{json.dumps(servers.environment())}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
