"""Start a server, wait until it answers, and end it: no process outlives the tests."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

START_SECONDS = 20.0
ROWS, SINGLE = range(20_000, 30_000), range(30_000, 32_700)
"""Ports for servers, many in a row and one by one; systems give out others (``net.ipv4.ip_local_port_range``)."""


def require(program: str, *, package: str, folders: Sequence[str] = ("/usr/sbin", "/usr/local/sbin")) -> str:
    """The program's path; without it the test fails and says what to install."""
    found = shutil.which(program) or next(
        (path for f in folders if (path := shutil.which(program, path=f))), None
    )
    if found is None:
        pytest.fail(
            f"{program} is not installed: apt-get install {package} (see tests/support/debian-packages.txt)"
        )
    return found


def free_port() -> int:
    """A port of the loopback address that nobody listens on, below those that the system gives out by itself.

    So no connection of anybody's takes it while its server is restarted.
    """
    while True:
        port = secrets.choice(SINGLE)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def free_ports(count: int, *addresses: str) -> range:
    """So many ports in a row, free at all these addresses, below those that the system gives out by itself."""
    for first in range(ROWS.start + 40 * (os.getpid() % 200), ROWS.stop, count):
        with ExitStack() as stack:
            try:
                for address, port in product(addresses, range(first, first + count)):
                    stack.enter_context(socket.socket()).bind((address, port))
            except OSError:
                continue
            return range(first, first + count)
    raise AssertionError("no ports in a row are free")


@dataclass
class Service:
    """A server that can be ended and started again on its port; ``command`` may change in between."""

    command: Sequence[str]
    port: int
    log: Path
    process: subprocess.Popen[bytes] | None = None
    address: str = "127.0.0.1"
    environment: Mapping[str, str] = field(default_factory=dict)

    def start(self) -> None:
        """Start it; gives back once its port answers."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=os.environ | self.environment,
            )
        _wait_for(self.process, (self.address, self.port), self.log)

    def kill(self) -> None:
        """End it at once, as a crash does; its ends of connections may outlive it."""
        assert self.process is not None, "it was started"
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it."""
        assert self.process is not None, "it was started"
        self.process.terminate()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.kill()


@contextmanager
def running(
    command: Sequence[str],
    *,
    port: int,
    log: Path,
    address: str = "127.0.0.1",
    environment: Mapping[str, str] | None = None,
) -> Iterator[Service]:
    """The server, from the moment its port answers; ``environment`` is added to that of the tests."""
    service = Service(command, port, log, address=address, environment=environment or {})
    try:
        service.start()
        yield service
    finally:
        if service.process is not None:
            service.stop()


def _wait_for(process: subprocess.Popen[bytes], where: tuple[str, int], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if _answers(where) and process.poll() is None:
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.02)
            pytest.fail(
                f"{process.args!r} ended with {process.returncode}: {log.read_text(errors='replace')}"
            )
    pytest.fail(f"{process.args!r} did not answer at {where}: {log.read_text(errors='replace')}")


def _answers(where: tuple[str, int]) -> bool:
    try:
        socket.create_connection(where, timeout=1).close()
    except OSError:
        return False
    return True
