"""Start a server, wait until it answers, and end it: no process outlives the tests."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

START_SECONDS = 20.0


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
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Service:
    """A server that can be ended and started again on its port; ``command`` may change in between."""

    command: Sequence[str]
    port: int
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; gives back once its port answers."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        _wait_for(self.process, self.port, self.log)

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
def running(command: Sequence[str], *, port: int, log: Path) -> Iterator[Service]:
    """The server, from the moment its port answers."""
    service = Service(command, port, log)
    try:
        service.start()
        yield service
    finally:
        if service.process is not None:
            service.stop()


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if _answers(port):
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.02)
            pytest.fail(
                f"{process.args!r} ended with {process.returncode}: {log.read_text(errors='replace')}"
            )
    pytest.fail(f"{process.args!r} did not answer on port {port}: {log.read_text(errors='replace')}")


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
