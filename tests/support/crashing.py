"""Ends a gateway's process at its n-th side effect, as ``kill -9`` would: nothing is cleaned up.

What was written stays readable afterwards, synced or not: the loss of power is not imitated.

Side effects are seen below the gateway and its adapters: every change of the file system (through the interpreter's
audit hook), every fsync, every commit of the journal, and everything sent through a socket.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import socket
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from gateway.app import Gateway
from gateway.journal.writer import Writer
from gateway.load import load
from gateway.times.clock import SystemClock
from tests.support.city import Silent

CHANGES = frozenset({"os.rename", "os.link", "os.remove", "os.rmdir", "os.mkdir", "os.truncate"})
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
KILLED = 137

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(
    [
        "gateway.app",
        "adapters.local.adapter",
        "adapters.s3.adapter",
        "adapters.sftp.adapter",
        "adapters.ftp.adapter",
    ]
)


class Bomb:
    """Counts side effects and ends the process right before the n-th (0: never)."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.count = 0
        self._lock = threading.Lock()

    def effect(self) -> None:
        with self._lock:
            self.count += 1
            if self.count == self.number:
                os._exit(KILLED)

    def before(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **named: Any) -> Any:
            self.effect()
            return function(*arguments, **named)

        return counted

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in CHANGES or (event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES):
            self.effect()

    def arm(self) -> None:
        os.fsync = self.before(os.fsync)  # type: ignore[assignment]
        socket.socket.send = self.before(socket.socket.send)  # type: ignore[method-assign]
        socket.socket.sendall = self.before(socket.socket.sendall)  # type: ignore[method-assign]
        Writer._commit = self.before(Writer._commit)  # type: ignore[method-assign]
        sys.addaudithook(self.audit)


def _child(config: Path, environment: dict[str, str], number: int, counted: Any) -> None:
    os.environ.update(environment)
    city = load(config)
    bomb = Bomb(number)

    async def carry() -> None:
        async with Gateway(city, clock=SystemClock(), report=Silent()) as gateway:
            results = await gateway.once(list(city.routes), patience=timedelta(seconds=30))
            counted.value = -1 if any(result.error for result in results) else bomb.count

    bomb.arm()
    asyncio.run(carry())


def run_once(config: Path, *, crash_at: int = 0, environment: dict[str, str] | None = None) -> int:
    """Run every route once in a process of its own.

    Gives the number of side effects, 0 if the process was ended before its end, -1 if a place failed.
    """
    counted = _forks.Value("i", 0)
    child = _forks.Process(target=_child, args=(config, environment or {}, crash_at, counted))
    child.start()
    child.join(90)
    assert child.exitcode in (0, KILLED), f"the gateway ended with {child.exitcode}"
    assert (child.exitcode == 0) != (crash_at > 0 and child.exitcode == KILLED)
    return int(counted.value) if child.exitcode == 0 else 0
