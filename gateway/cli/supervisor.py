"""What systemd is told about the daemon that it started: ready, alive, stopping. See sd_notify(3)."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

MICROSECONDS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Supervisor:
    """The service manager, if this process has one; whoever has none is told nothing.

    Attributes:
        address: its socket, as bytes or text of ``AF_UNIX``; ``@`` stands for the abstract name space.
        patience: seconds without a sign of life after which it kills and starts the gateway again; 0: it never does.
    """

    address: str | None = None
    patience: float = 0

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """As the process was started: ``NOTIFY_SOCKET``, ``WATCHDOG_USEC`` and ``WATCHDOG_PID``."""
        for_us = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        microseconds = int(environment.get("WATCHDOG_USEC", 0)) if for_us else 0
        return cls(address=environment.get("NOTIFY_SOCKET") or None, patience=microseconds / MICROSECONDS)

    def tell(self, *states: str) -> None:
        """Say it now. A service manager that does not listen is no reason to stop carrying files."""
        if self.address is None:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
            line.settimeout(0)
            try:
                line.sendto("\n".join(states).encode(), self.address.replace("@", "\0", 1))
            except OSError:
                return

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Ready from here on, with a sign of life from the event loop as often as it is waited for."""
        self.tell("READY=1")
        alive = asyncio.create_task(self._show_life(), name="sign of life")
        try:
            yield
        finally:
            alive.cancel()

    async def _show_life(self) -> None:
        while self.patience and self.address:
            self.tell("WATCHDOG=1")
            await asyncio.sleep(self.patience / 3)
