"""The machine below one process: a clock that can be set, a disk that can be filled, a record of what it does to files.

A shared object that stands before libc (``machine.c``) does it: the program itself, SQLite included, is the real one.
"""

from __future__ import annotations

import mmap
import os
import struct
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.servers.process import require

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(__file__).with_name("machine.c")
KNOBS = struct.Struct("=qqq4096s")
ENDLESS = -1


@dataclass
class Machine:
    """What stands below a process that is started with ``environment``. Only files below ``root`` are meant."""

    root: Path
    library: Path
    control: mmap.mmap
    control_file: Path
    record: Path

    def environment(self, *, recorded: bool = False) -> dict[str, str]:
        """Variables for the process; those that it has besides are the caller's to add."""
        given = {
            "LD_PRELOAD": str(self.library),
            "MACHINE_ROOT": str(self.root),
            "MACHINE_CONTROL": str(self.control_file),
        }
        return given | ({"MACHINE_RECORD": str(self.record)} if recorded else {})

    def set_clock_ahead(self, span: timedelta) -> None:
        """Set the wall clock against the real one. No time passes."""
        self.control[0:8] = struct.pack("=q", int(span.total_seconds() * 10**9))

    def fill(self, folder: Path | None = None, *, room: int = 0) -> None:
        """From now on only ``room`` bytes can be written below the folder."""
        self.control[24 : KNOBS.size] = os.fsencode(folder or self.root).ljust(4096, b"\0")
        self.control[8:16] = struct.pack("=q", room)

    def make_room(self) -> None:
        """There is room again."""
        self.control[8:16] = struct.pack("=q", ENDLESS)

    @property
    def refusals(self) -> int:
        """How often the disk said that it is full."""
        return int(KNOBS.unpack(self.control[: KNOBS.size])[2])


@contextmanager
def machine(root: Path, workshop: Path) -> Iterator[Machine]:
    """A machine whose disk is ``root``; its own files are in ``workshop``, outside of it."""
    workshop.mkdir(parents=True, exist_ok=True)
    library, knobs = workshop / "machine.so", workshop / "control"
    compiler = require("gcc", package="gcc libc6-dev")
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, SOURCE, "-lpthread"], check=True)
    knobs.write_bytes(KNOBS.pack(0, ENDLESS, 0, b""))
    with knobs.open("r+b") as file, mmap.mmap(file.fileno(), KNOBS.size) as control:
        yield Machine(
            root=root.resolve(),
            library=library,
            control=control,
            control_file=knobs,
            record=workshop / "record",
        )
