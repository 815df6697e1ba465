"""One gateway per state directory: a lock of the operating system, which ends with its process."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from gateway.errors import AlreadyRunning
from gateway.stores.spool import own_faults


@contextmanager
def state_lock(state_dir: Path, *, gateway: str, now: datetime) -> Iterator[None]:
    """Hold the state directory for this process; made 0700 if it is not there.

    Raises:
        AlreadyRunning: another process holds it; its process number and start are named.
        SpoolFailed: the disk does not let it be written.
    """
    with own_faults():
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(state_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        with own_faults():
            _take(descriptor, state_dir)
            os.ftruncate(descriptor, 0)
            owner = {"pid": os.getpid(), "gateway": gateway, "since": now.isoformat(timespec="seconds")}
            os.pwrite(descriptor, json.dumps(owner).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def is_held(state_dir: Path) -> bool:
    """Whether a gateway runs on this state directory now."""
    try:
        descriptor = os.open(state_dir / "lock", os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _take(descriptor: int, state_dir: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        hint = "stop it first, or give this one another state_dir in gateway.yaml"
        raise AlreadyRunning(f"{_owner(descriptor)} runs on {state_dir}", hint=hint) from None


def _owner(descriptor: int) -> str:
    try:
        owner = json.loads(os.pread(descriptor, 4096, 0))
        return f"gateway {owner['gateway']} (process {owner['pid']}, since {owner['since']})"
    except (ValueError, KeyError):
        return "another gateway"
