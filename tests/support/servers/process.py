"""Start a server, wait until it answers, and end it: no process outlives the tests."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
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


@contextmanager
def running(command: Sequence[str], *, port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The server, from the moment its port answers."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            _wait_for(process, port, log)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


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
