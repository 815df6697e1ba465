"""A PostgreSQL server of the tests' own, on a loopback port, with databases made as they are asked for."""

from __future__ import annotations

import os
import pwd
import secrets
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.support.servers.process import START_SECONDS, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "lgw"


@dataclass(frozen=True)
class PostgresServer:
    """The running server."""

    port: int
    data: Path
    program: Path

    def url(self, database: str) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def wait(self) -> None:
        """Until it takes sessions: its port answers while it still starts up."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, "PostgreSQL took no session"
                time.sleep(0.02)
            else:
                return

    def restart(self) -> None:
        """End every session at once, as a failing server does, and be there again."""
        self._control("-m", "immediate", "restart")
        self.wait()

    def stop(self) -> None:
        """As a machine that is lost: no session ends in order."""
        self._control("-m", "immediate", "stop")

    def standby(self, home: Path) -> PostgresServer:
        """A second server that follows this one by streaming, each commit on both before it counts."""
        port, data = free_port(), home / "standby"
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(home, owner.pw_uid, owner.pw_gid)
        copy = [self.program / "pg_basebackup", "-D", data, "-R", "-X", "stream", "-c", "fast", "-d"]
        address = f"{self.url('postgres')}?application_name=standby"
        subprocess.run([*_as_user(), *map(str, copy), address], check=True, capture_output=True)
        made = PostgresServer(port=port, data=data, program=self.program)
        made._control("-o", f"-p {port} -h 127.0.0.1 -k ''", "-l", str(home / "log"), "start")
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
            connection.execute("SELECT pg_reload_conf()")
            deadline = time.monotonic() + START_SECONDS
            sql = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
            while connection.execute(sql).fetchone() != (1,):
                assert time.monotonic() < deadline, "the standby does not follow"
                time.sleep(0.05)
        return made

    def promote(self) -> None:
        """Be the server from now on, and wait for no standby."""
        self._control("promote")
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM RESET synchronous_standby_names")
            connection.execute("SELECT pg_reload_conf()")

    def _control(self, *words: str) -> None:
        command = [*_as_user(), str(self.program / "pg_ctl"), "-D", str(self.data), "-w", *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def new_database(self) -> str:
        """The address of an empty database."""
        name = f"j{secrets.token_hex(4)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)


def programs() -> Path:
    """Where the server's programs are; without them the test fails and says what to install."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not found:
        pytest.fail(
            "PostgreSQL is not installed: apt-get install postgresql (see tests/support/debian-packages.txt)"
        )
    return found[-1].parent


def _as_user() -> list[str]:
    """The server refuses to run as root: Debian's package made a user for it."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []


@contextmanager
def postgres() -> Iterator[PostgresServer]:
    """A fresh cluster; gone afterwards. Its folder belongs to the server's user, so it is none of the tests' own."""
    with tempfile.TemporaryDirectory(prefix="lgw-postgres-", ignore_cleanup_errors=True) as folder:
        home, port, bin_ = Path(folder), free_port(), programs()
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(home, owner.pw_uid, owner.pw_gid)
        data = home / "data"
        init = [
            bin_ / "initdb",
            "-D",
            data,
            "-U",
            USER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-N",
        ]
        subprocess.run([*_as_user(), *init], check=True, capture_output=True)
        server = PostgresServer(port=port, data=data, program=bin_)
        control = [*_as_user(), str(bin_ / "pg_ctl"), "-D", str(data), "-w", "-l", str(home / "log")]
        options = f"-p {port} -h 127.0.0.1 -k ''"
        subprocess.run([*control, "-o", options, "start"], check=True, stdout=subprocess.DEVNULL)
        try:
            server.wait()
            yield server
        finally:
            if (data / "postmaster.pid").exists():
                subprocess.run([*control, "-m", "immediate", "stop"], check=True, stdout=subprocess.DEVNULL)
