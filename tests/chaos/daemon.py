"""The gateway of a chaos run: the daemon itself, killed and started again, and its commands."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass
class Daemon:
    """``linkage-gateway run`` on one configuration."""

    config: Path
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    ended_by_itself: int = 0
    _before: int = 0

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "gateway", "--config", str(self.config), *words]

    def start(self) -> None:
        """Start it, or do nothing if it runs."""
        if self._running():
            return
        self._before = self.starts()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command("run", "--now"),
                env=os.environ | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def started(self) -> None:
        """Wait until the gateway that was started last says that it runs, or has ended."""
        while self._running() and self.starts() <= self._before:
            await asyncio.sleep(0.1)  # another process's file: nothing to await

    def starts(self) -> int:
        """How often the log says that a gateway runs."""
        return self.log.read_bytes().count(b'"event": "gateway_started"') if self.log.exists() else 0

    def _running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    async def kill(self) -> None:
        """As ``kill -9``."""
        if self.process is not None:
            self.process.kill()
            await asyncio.to_thread(self.process.wait)

    async def stop(self) -> int:
        """As a service manager stops it; gives its exit code."""
        assert self.process is not None, "it was started"
        self.process.terminate()
        return await asyncio.to_thread(self.process.wait)

    async def watch(self) -> None:
        """Start it again whenever it ended by itself, as a service manager does."""
        while True:
            if self.process is not None and self.process.poll() not in (None, -9):
                self.ended_by_itself += 1
                self.start()
            await asyncio.sleep(0.5)

    async def asked(self, *words: str) -> Any:
        """What a command answers, as JSON."""
        done = await asyncio.to_thread(
            subprocess.run, self._command(*words, "--json"), capture_output=True, check=False
        )
        assert done.stdout, f"{words}: exit code {done.returncode}, {done.stderr.decode(errors='replace')}"
        return json.loads(done.stdout)

    def events(self, name: str) -> list[dict[str, Any]]:
        """The lines of its log that say this."""
        told = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return [json.loads(line) for line in told if f'"event": "{name}"' in line]
