"""``run`` for a folder of several municipalities: a process for each, so that none has a part in what befalls another.

This process carries no files. To its children it is what systemd is to a gateway (sd_notify(3)): it hears when each is
ready and alive, starts again one that ended or fell silent, and passes signals on. Children end with it.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from gateway.cli.output import FAILED, WRONG
from gateway.cli.speaking import warn
from gateway.cli.supervisor import Supervisor
from gateway.load.municipalities import home, names

SOONEST, LATEST = 5.0, 300.0
"""Seconds until a gateway that ended is started again; the wait doubles while it never was ready."""

_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of prctl(2)."""

_LIBC = ctypes.CDLL(None)


class Child:
    """The gateway of one municipality, kept running until it is told to end."""

    def __init__(self, folder: Path, words: Sequence[str], address: Path, *, patience: float) -> None:
        self.name = folder.name
        self.settled = asyncio.Event()
        """It is ready, or it has ended once: nobody waits for it any longer."""
        self.code: int | None = None
        """With what it ended last; None while it runs."""
        self.ready = False
        self._command = (sys.executable, "-P", "-m", "gateway", "--config", str(folder), "run", *words)
        self._address = str(address)
        self._patience = patience
        self._process: asyncio.subprocess.Process | None = None
        self._ending = False
        self._again = asyncio.Event()
        self._alive = 0.0

    async def run(self) -> None:
        """Until it is told to end."""
        wait = SOONEST / 2
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notes:
            notes.bind(self._address)
            notes.settimeout(0)
            asyncio.get_running_loop().add_reader(notes, self._hear, notes)
            while not self._ending:
                self.ready = False
                await self._once()
                if not self._ending:
                    wait = SOONEST if self.ready else min(2 * wait, LATEST)
                    await self._pause(wait)
            asyncio.get_running_loop().remove_reader(notes)

    async def _once(self) -> None:
        """From start to end."""
        watchdog = {"WATCHDOG_USEC": str(int(self._patience * 1_000_000))} if self._patience else {}
        own = {key: value for key, value in os.environ.items() if not key.startswith("WATCHDOG_")}
        self._alive = asyncio.get_running_loop().time()
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            env={**own, **watchdog, "NOTIFY_SOCKET": self._address},
            process_group=0,  # so that Ctrl-C comes once, from here
            preexec_fn=_end_with_parent,
        )
        self.code = None
        watching = asyncio.create_task(self._watch(self._process))
        try:
            self.code = await self._process.wait()
        finally:
            watching.cancel()
            self.settled.set()

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """Kill it once it has said nothing for too long: it goes on from its journal."""
        loop = asyncio.get_running_loop()
        while self._patience:
            await asyncio.sleep(self._patience / 3)
            if self.ready and loop.time() - self._alive > self._patience:
                warn(f"{self.name} has been silent for {self._patience:.0f} s and is killed")
                process.kill()

    def _hear(self, notes: socket.socket) -> None:
        with suppress(BlockingIOError):
            while said := notes.recv(4096):
                self._alive = asyncio.get_running_loop().time()
                if b"READY=1" in said.splitlines():
                    self.ready = True
                    self.settled.set()

    async def _pause(self, seconds: float) -> None:
        """Wait, or until somebody asks for another try."""
        warn(f"{self.name} ended with {self.code}; it is started again in {seconds:.0f} s, or on SIGHUP")
        self._again.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._again.wait()

    def end(self) -> None:
        """Let running transfers finish and end; a second time: at once."""
        self._ending = True
        self._again.set()
        self._signal(signal.SIGTERM)

    def renew(self) -> None:
        """Read the configuration again; start again at once if it is down."""
        self._again.set()
        if self.ready:
            self._signal(signal.SIGHUP)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)


def _end_with_parent() -> None:
    """In the child: a parent that is killed takes it along, as SIGTERM does."""
    _LIBC.prctl(_DEATH_SIGNAL, signal.SIGTERM)


class JointRun:
    """The gateways of all municipalities of a folder."""

    def __init__(self, directory: Path, words: Sequence[str], supervisor: Supervisor) -> None:
        self._directory = directory
        self._words = words
        self._supervisor = supervisor
        self._children: dict[str, Child] = {}
        self._stopped = asyncio.Event()
        self._count = 0

    async def run(self) -> int:
        """Run them until a signal; gives the exit code."""
        loop = asyncio.get_running_loop()
        with tempfile.TemporaryDirectory(prefix="lgw-") as notes:
            self._notes = Path(notes)
            async with asyncio.TaskGroup() as self._group:
                for number in (signal.SIGTERM, signal.SIGINT):
                    loop.add_signal_handler(number, self._stop)
                self._begin()
                loop.add_signal_handler(signal.SIGHUP, self._renew)
                await self._until_stopped()
        codes = [child.code for child in self._children.values()]
        return WRONG if set(codes) == {WRONG} else FAILED if any(codes) else 0

    async def _until_stopped(self) -> None:
        """Ready once each gateway is, or has shown that it is not for now; where none can run, all ends."""
        children = list(self._children.values())
        for child in children:
            await child.settled.wait()
        if all(child.code == WRONG for child in children):
            self._stop()
        async with self._supervisor.watching():
            await self._stopped.wait()

    def _begin(self) -> None:
        """Run those municipalities that do not run, and let those end that are gone."""
        there = names(self._directory)
        for name in self._children.keys() - set(there):
            self._children.pop(name).end()
        for name in (name for name in there if name not in self._children):
            self._count += 1
            address = self._notes / str(self._count)
            child = Child(
                home(self._directory, name), self._words, address, patience=self._supervisor.patience
            )
            self._children[name] = child
            self._group.create_task(child.run(), name=name)

    def _stop(self) -> None:
        self._stopped.set()
        self._supervisor.tell("STOPPING=1")
        for child in self._children.values():
            child.end()

    def _renew(self) -> None:
        running = list(self._children.values())
        self._begin()
        for child in running:
            child.renew()
