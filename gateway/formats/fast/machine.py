"""Machine code of the kernels: compiled once for this processor, kept on disk, loaded without the compiler.

Loading takes a few milliseconds; numba, which takes seconds, is asked only where no code is kept or none can be.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from ctypes import CFUNCTYPE, c_int64
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex
from typing import Any, cast

import llvmlite.binding as llvm  # type: ignore[import-untyped]  # ships no type information

Entrance = Callable[[int], int]
"""A kernel as Python calls it: with the address of its numbers (``call``). It lets other threads run meanwhile."""

_KINDS = ("up", "down")


@dataclass(frozen=True, kw_only=True)
class Entrances:
    """The two kernels. ``engine`` owns their code."""

    up: Entrance
    down: Entrance
    engine: Any


@cache
def entrances() -> Entrances:
    """The kernels, loaded or compiled first."""
    engine, names = _engine(), {}
    for kind in _KINDS:
        names[kind], code = _kept(kind) or _made(kind)
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    up, down = (CFUNCTYPE(c_int64, c_int64)(engine.get_function_address(names[kind])) for kind in _KINDS)
    return Entrances(up=cast("Entrance", up), down=cast("Entrance", down), engine=engine)


def _engine() -> Any:
    """What puts object code into memory, ready to run."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine()
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)


def _kept(kind: str) -> tuple[str, bytes] | None:
    """The name and the code of a kernel that was compiled before, or None. What was cut off is not taken."""
    folder = cache_folder()
    try:
        head, code = (folder / f"{kind}.o").read_bytes().split(b"\n", 1) if folder else (b"", b"")
        digest, name = head.decode().split(" ")
    except (OSError, ValueError):
        return None
    return (name, code) if digest == sha256(code).hexdigest() else None


def _made(kind: str) -> tuple[str, bytes]:
    """Compile a kernel and keep it, if there is a place for it."""
    from gateway.formats.fast import down, up  # noqa: PLC0415 - numba takes half a second and 60 MiB
    from gateway.formats.fast.jit import compiled  # noqa: PLC0415 - likewise

    name, code = compiled(up.entrance if kind == "up" else down.entrance)
    folder = cache_folder()
    if folder is not None:
        with suppress(OSError):
            _keep(folder / f"{kind}.o", f"{sha256(code).hexdigest()} {name}\n".encode() + code)
    return name, code


def _keep(path: Path, content: bytes) -> None:
    """Whole or not at all; whoever comes second at the same time keeps the same."""
    part = path.with_name(f".{path.name}.{token_hex(8)}")
    try:
        part.touch(mode=0o600)
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@cache
def _digest() -> str:
    """Of all that makes the code: the kernels' sources, their compiler, and the processor."""
    found = sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        found.update(source.read_bytes())
    made_by = (version("numba"), version("llvmlite"), llvm.get_host_cpu_name())
    found.update("\n".join((*made_by, llvm.get_host_cpu_features().flatten())).encode())
    return found.hexdigest()[:16]


def cache_folder() -> Path | None:
    """Where machine code is kept: a folder that is ours alone, because what lies there is run; None if there is none.

    ``NUMBA_CACHE_DIR``, else ``XDG_CACHE_HOME``, else ``~/.cache``.
    """
    chosen = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    try:
        home = Path(chosen) if chosen else Path.home() / ".cache"
        folder = home / "linkage-gateway" / "kernels" / _digest()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
    except (OSError, RuntimeError):
        return None
    ours = status.st_uid == os.geteuid() and not status.st_mode & 0o022
    return folder if ours and os.access(folder, os.W_OK | os.X_OK) else None
