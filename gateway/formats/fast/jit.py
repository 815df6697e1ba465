"""The compiler of kernels. Importing this module needs numba and takes a second: only ``fast`` does, when asked."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])

BAD = -1
"""What a kernel gives for something that the reference path must decide."""


def _digest() -> str:
    """Of all kernels together: numba looks at one source file at a time, and kernels take parts of others in."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]


def cache_folder() -> Path | None:
    """Where machine code is kept: a folder that is ours alone, because what lies there is run; None if there is none.

    ``NUMBA_CACHE_DIR``, else ``XDG_CACHE_HOME``, else ``~/.cache``.
    """
    chosen = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    try:
        folder = (
            (Path(chosen) if chosen else Path.home() / ".cache") / "linkage-gateway" / "kernels" / _digest()
        )
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
    except (OSError, RuntimeError):
        return None
    ours = status.st_uid == os.geteuid() and not status.st_mode & 0o022
    return folder if ours and os.access(folder, os.W_OK | os.X_OK) else None


_FOLDER = cache_folder()
if _FOLDER is not None:
    numba.config.CACHE_DIR = str(_FOLDER)  # type: ignore[attr-defined]  # made at run time

kernel = cast(
    "Callable[[Function], Function]",
    numba.njit(nogil=True, boundscheck=False, forceinline=True, error_model="numpy"),
)
"""Compile a function into those that call it: calls cost more than most items' work."""

entrance = cast(
    "Callable[[Function], Function]",
    numba.njit(cache=_FOLDER is not None, nogil=True, boundscheck=False, error_model="numpy"),
)
"""Compile a function that Python calls, on its first call; its machine code is kept on disk."""
