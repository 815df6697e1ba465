"""Namespaces of the kernel, which a container that runs tests may be forbidden to make."""

from __future__ import annotations

import subprocess

import pytest

from tests.support.servers.process import require


def require_namespaces(*kinds: str) -> None:
    """Tell why the test cannot run here, where they cannot be made. No program can be installed for that."""
    probe = subprocess.run(
        [require("unshare", package="util-linux"), *kinds, "--fork", "true"],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if probe.returncode != 0:
        pytest.skip(f"unshare {' '.join(kinds)}: {probe.stderr.strip()}")
