"""Compiling beside the work: whoever has a small file does not wait for kernels.

The first compiling of an installation takes some seconds, loading what was compiled about one.
"""

from __future__ import annotations

from functools import cache
from threading import Event, Lock, Thread

WORTH_WAITING = 1 << 20
"""Bytes of a file from which on it is converted sooner by kernels that must be loaded first."""

_COMPILED, _STARTING = Event(), Lock()


def _compile() -> None:
    """Call the kernels on nothing, with the types of every later call."""
    from gateway.formats.fast.down import records  # noqa: PLC0415 - numba takes a second and 60 MiB
    from gateway.formats.fast.up import lines  # noqa: PLC0415 - likewise

    lines(0, 0, 0, (0, 0, 0), 0, (0, 0, 0, 0), 0)
    records(0, 0, (0, 1), 0, 0, 0, (0, 0, 0, 0), 0)
    _COMPILED.set()


@cache
def _compiler() -> Thread:
    thread = Thread(target=_compile, name="kernel-compiler", daemon=True)
    thread.start()
    return thread


def kernels_ready(*, size: int) -> bool:
    """Whether kernels can run now for a file of that many bytes.

    If not, a thread of its own begins to compile them; only a file that is large enough waits for it. False for such
    a file means that compiling failed: the thread's error was told where those of threads are.
    """
    if _COMPILED.is_set():
        return True
    with _STARTING:
        compiler = _compiler()
    if size >= WORTH_WAITING:
        compiler.join()
    return _COMPILED.is_set()
