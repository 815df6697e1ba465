"""Programs of Debian packages that cannot be installed beside one another: fetched once, unpacked, never installed."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.servers.process import require

STORE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "linkage-gateway-test-servers"


def unpacked(*packages: str) -> Path:
    """The folder into which these packages are unpacked; the test fails if they cannot be had."""
    folder = STORE / "-".join(packages)
    folder.mkdir(parents=True, exist_ok=True)
    with (STORE / "lock").open("w") as lock:  # test processes run side by side
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            for package in packages:
                _fetch(package, folder)
            (folder / "complete").touch()
    return folder


def _fetch(package: str, folder: Path) -> None:
    fetch = [require("apt-get", package="apt"), "-q", "-o", "APT::Sandbox::User=root", "download", package]
    fetched = subprocess.run(fetch, cwd=folder, capture_output=True, text=True, check=False)
    if fetched.returncode != 0:
        pytest.fail(f"the Debian package {package} cannot be fetched (apt-get update?): {fetched.stderr}")
    for file in folder.glob(f"{package}_*.deb"):
        subprocess.run([require("dpkg", package="dpkg"), "-x", file.name, "."], cwd=folder, check=True)
        file.unlink()
