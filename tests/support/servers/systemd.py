"""A systemd of the test's own: the real one, as the first process of namespaces of its own, on a copy of this system.

The copy is an overlay in memory: nothing that is written there reaches this machine. There is no network but loopback.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.namespaces import require_namespaces
from tests.support.servers.process import require

if TYPE_CHECKING:
    from collections.abc import Iterator

START_SECONDS = 60.0
ROOT = Path(__file__).resolve().parents[3]
BOOT = r"""
set -euo pipefail
scratch=$1 shared=$2 first=$3; shift 3
mount --make-rprivate /
mount -t tmpfs -o mode=0755 tmpfs "$scratch"
mkdir "$scratch"/{up,work,root}
root=$scratch/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$scratch/up,workdir=$scratch/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /dev "$root/dev"
for folder in run tmp; do mount -t tmpfs -o mode=0755 tmpfs "$root/$folder"; done
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
for folder in "$@"; do mkdir -p "$root$folder"; mount --rbind "$folder" "$root$folder"; done
mkdir -p "$root/srv/test" "$root/run/systemd/system"
mount --bind "$shared" "$root/srv/test"
for target in basic sysinit shutdown network-online time-sync multi-user; do
    printf '[Unit]\nDefaultDependencies=no\n' >"$root/run/systemd/system/$target.target"
done
cd "$root"
mkdir before
pivot_root . before
umount -l /before
mount --make-rshared /  # as systemd itself does it outside of containers: credentials are mounted from elsewhere
bash -euo pipefail "$first"
export container=test SYSTEMD_UNIT_PATH=/run/systemd/system:/etc/systemd/system/tested
exec /lib/systemd/systemd --system --unit=basic.target --log-target=console --show-status=0
"""


@dataclass
class Systemd:
    """One that runs. ``shared`` is ``/srv/test`` there."""

    process: subprocess.Popen[bytes]
    shared: Path

    def ran(self, *command: str, check: bool = True) -> str:
        """What a command prints that is run there by root."""
        inside = ["nsenter", f"--target={self._first()}", "--mount", "--pid", "--net", "--uts", "--ipc"]
        done = subprocess.run(
            [*inside, *command],
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
            stdin=subprocess.DEVNULL,
        )
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def shown(self, unit: str, name: str) -> str:
        """A property of a unit."""
        return self.ran("systemctl", "show", "--value", f"--property={name}", unit)

    def _first(self) -> int:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return int(children.split()[0])


@contextmanager
def systemd(folder: Path, *, first: str) -> Iterator[Systemd]:
    """Boot it. ``first`` is a script that makes its files, before it starts."""
    if os.geteuid() != 0:
        pytest.skip("namespaces with a systemd in them are root's to make")
    require_namespaces("--mount", "--pid", "--net", "--uts", "--ipc", "--cgroup")
    for program, package in (("unshare", "util-linux"), ("systemd-analyze", "systemd")):
        require(program, package=package)
    scratch, shared, script = folder / "scratch", folder / "shared", folder / "shared/first.sh"
    for made in (scratch, shared):
        made.mkdir()
    script.write_text(first)
    ours = sorted({str(ROOT), sys.prefix, sys.base_prefix})
    spaces = [
        "unshare",
        "--mount",
        "--pid",
        "--net",
        "--uts",
        "--ipc",
        "--cgroup",
        "--fork",
        "--kill-child=KILL",
    ]
    with (folder / "boot.log").open("wb") as log:
        process = subprocess.Popen(
            [*spaces, "bash", "-c", BOOT, "boot", str(scratch), str(shared), "/srv/test/first.sh", *ours],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    booted = Systemd(process, shared)
    try:
        _wait_for(booted, folder / "boot.log")
        yield booted
    finally:
        process.kill()
        process.wait()


def _wait_for(booted: Systemd, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _is_up(booted):
        if booted.process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"systemd does not come up: {log.read_text(errors='replace')}")
        time.sleep(0.05)


def _is_up(booted: Systemd) -> bool:
    with suppress(AssertionError, OSError, IndexError):
        return booted.ran("systemctl", "is-active", "basic.target") == "active"
    return False
