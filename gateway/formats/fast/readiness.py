"""Compiling beside the work: whoever has a small file does not wait for kernels.

The first compiling of an installation takes some seconds; loading what was compiled takes some milliseconds.
"""

from __future__ import annotations

from functools import cache
from threading import Event, Lock, Thread

WORTH_WAITING = 1 << 20
"""Bytes of a file from which on it is converted sooner by kernels that must be compiled first."""

_LOADED, _STARTING = Event(), Lock()


def _load() -> None:
    from gateway.formats.fast.machine import entrances  # noqa: PLC0415 - llvmlite takes 60 ms and 30 MiB

    entrances()
    _LOADED.set()


@cache
def _loader() -> Thread:
    thread = Thread(target=_load, name="kernel-loader", daemon=True)
    thread.start()
    return thread


def kernels_ready(*, size: int) -> bool:
    """Whether kernels can run now for a file of that many bytes.

    If not, a thread of its own begins to load or compile them; only a file that is large enough waits for it. False
    for such a file means that this failed: the thread's error was told where those of threads are.
    """
    if _LOADED.is_set():
        return True
    with _STARTING:
        loader = _loader()
    if size >= WORTH_WAITING:
        loader.join()
    return _LOADED.is_set()
