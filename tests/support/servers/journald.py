"""A journal of the test's own: systemd's real journald, in mount namespaces of its own. Needs root."""

from __future__ import annotations

import json
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.namespaces import require_namespaces
from tests.support.servers.process import require

if TYPE_CHECKING:
    from collections.abc import Iterator

START_SECONDS = 30.0
APART = 'mount --bind "$1" /run && mount -t tmpfs tmpfs /var/log && exec "$2"'


@dataclass(frozen=True, kw_only=True)
class Journald:
    """One that runs until it is read."""

    process: subprocess.Popen[bytes]
    run: Path

    @property
    def socket(self) -> Path:
        return self.run / "systemd/journal/socket"

    def read(self, *match: str) -> list[dict[str, Any]]:
        """End it, and read the entries that match, as journalctl does."""
        self.process.terminate()
        assert self.process.wait(START_SECONDS) == 0
        asked = ["journalctl", "--directory", str(self.run / "log/journal"), "--output=json", "--all", *match]
        told = subprocess.run(asked, capture_output=True, check=True, text=True).stdout
        return [json.loads(line) for line in told.splitlines()]


@contextmanager
def journald(folder: Path) -> Iterator[Journald]:
    """Its sockets and its files are below ``folder``."""
    require_namespaces("--mount")
    run = folder / "run"
    (run / "systemd").mkdir(parents=True)
    command = [
        "unshare",
        "--mount",
        "bash",
        "-c",
        APART,
        "bash",
        str(run),
        require("systemd-journald", package="systemd", folders=("/lib/systemd",)),
    ]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        try:
            made = Journald(process=process, run=run)
            until = time.monotonic() + START_SECONDS
            while not made.socket.exists():
                assert process.poll() is None, "journald did not start; it needs root"
                assert time.monotonic() < until, "journald opened no socket"
                time.sleep(0.02)
            yield made
        finally:
            process.kill()
