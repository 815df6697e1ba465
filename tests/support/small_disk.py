"""A file system of a few megabytes over a folder, which may be given more room."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.support.servers.process import require

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class SmallDisk:
    """What is mounted on ``folder``."""

    folder: Path

    def grow(self, mebibytes: int) -> None:
        """Give it so much room in all."""
        mount = [require("mount", package="mount"), "-o", f"remount,size={mebibytes}m", str(self.folder)]
        subprocess.run(mount, check=True)


@contextmanager
def small_disk(folder: Path, mebibytes: int) -> Iterator[SmallDisk]:
    """Mounted while it is entered. A container may be forbidden to mount: then the test says why it cannot run."""
    options = f"size={mebibytes}m,mode=0777"
    mount = [require("mount", package="mount"), "-t", "tmpfs", "-o", options, "none", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"mount -t tmpfs: {mounted.stderr.strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run([require("umount", package="mount"), "-l", str(folder)], check=True)
