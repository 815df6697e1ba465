"""What a disk holds after its power went, out of the record of what a process did to files (see ``machine.c``).

POSIX promises little: bytes are there once their file was synced, names once their folder was. Everything else may be
there or not. Of all that may be, two extremes are made: nothing that was not synced, and all names with none of the
bytes that were not (as delayed allocation leaves them). A rename is in both folders or in neither.
"""

from __future__ import annotations

import copy
import os
import shutil
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

_HEAD = struct.Struct("=cQqIIQ")
Survives = Literal["what was synced", "names without bytes", "everything"]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change to files. ``what`` is C(reate), M(ake folder), W(rite), T(runcate), S(ync), R(ename), L(ink) or
    U(nlink).
    """

    what: str
    node: int
    offset: int
    path: str
    to: str
    data: bytes


def changes(record: Path) -> Iterator[Change]:
    """Everything in a record, in order."""
    raw, at = record.read_bytes(), 0
    while at < len(raw):
        what, node, offset, path, to, data = _HEAD.unpack_from(raw, at)
        at += _HEAD.size
        texts = []
        for length in (path, to, data):
            texts.append(raw[at : at + length])
            at += length
        yield Change(
            what=what.decode(),
            node=node,
            offset=offset,
            path=os.fsdecode(texts[0]),
            to=os.fsdecode(texts[1]),
            data=texts[2],
        )


@dataclass
class _File:
    now: bytearray
    synced: bytes
    mode: int
    times: tuple[int, int] | None = None  # of a file that was there before


@dataclass
class _Naming:
    """A change of names that may not be durable yet."""

    gone: str
    there: str
    file: _File | None  # None: a folder
    mode: int = 0o700

    @property
    def paths(self) -> set[str]:
        return {path for path in (self.gone, self.there) if path}

    @property
    def folders(self) -> set[str]:
        return {str(Path(path).parent) for path in self.paths}


@dataclass
class Disk:
    """A folder as it was, and what was done to it since."""

    root: Path
    names: dict[str, _File | int] = field(default_factory=dict)  # now; a folder is its mode
    durable: dict[str, _File | int] = field(default_factory=dict)
    _nodes: dict[int, _File] = field(default_factory=dict)
    _pending: list[_Naming] = field(default_factory=list)

    @classmethod
    def of(cls, root: Path) -> Disk:
        """The folder as it is: all of it is durable."""
        made = cls(root=root)
        for path in sorted(root.rglob("*")):
            facts = path.stat()
            if path.is_dir():
                made.names[str(path)] = facts.st_mode & 0o7777
                continue
            data = path.read_bytes()
            times = (facts.st_atime_ns, facts.st_mtime_ns)
            file = _File(now=bytearray(data), synced=data, mode=facts.st_mode & 0o7777, times=times)
            made.names[str(path)] = made._nodes[facts.st_ino] = file
        made.durable = dict(made.names)
        return made

    def copy(self) -> Disk:
        """The same disk once more."""
        return copy.deepcopy(self)

    def play(self, change: Change) -> None:
        """Do it again."""
        match change.what:
            case "C":
                file = _File(now=bytearray(), synced=b"", mode=change.offset & 0o700 or 0o600)
                self._nodes[change.node] = file
                self._name(_Naming(gone="", there=change.path, file=file))
            case "M":
                self._name(_Naming(gone="", there=change.path, file=None, mode=change.offset or 0o700))
            case "W":
                now = self._nodes[change.node].now
                now.extend(bytes(max(0, change.offset - len(now))))
                now[change.offset : change.offset + len(change.data)] = change.data
            case "T":
                now = self._nodes[change.node].now
                del now[change.offset :]
                now.extend(bytes(change.offset - len(now)))
            case "S":
                self._sync(change)
            case "R" | "L":
                moved = self.names[change.path]
                gone = change.path if change.what == "R" else ""
                self._name(
                    _Naming(gone=gone, there=change.to, file=moved if isinstance(moved, _File) else None)
                )
            case "U":
                self._name(_Naming(gone=change.path, there="", file=None))

    def _name(self, naming: _Naming) -> None:
        _apply(naming, self.names)
        self._pending.append(naming)

    def _sync(self, change: Change) -> None:
        found = self.names.get(change.path)
        if change.node in self._nodes and not isinstance(found, int) and change.path != str(self.root):
            file = self._nodes[change.node]
            file.synced = bytes(file.now)
            return
        chosen: list[_Naming] = []
        paths: set[str] = set()
        for naming in reversed(self._pending):  # whatever these build on is durable with them
            if change.path in naming.folders or paths & naming.paths:
                chosen.append(naming)
                paths |= naming.paths
        for naming in reversed(chosen):
            _apply(naming, self.durable)
            self._pending.remove(naming)

    def lose_power(self, survives: Survives) -> None:
        """Make the folder what is found when power is back."""
        shutil.rmtree(self.root)
        self.root.mkdir(mode=0o700)
        names = self.durable if survives == "what was synced" else self.names
        linked: dict[int, Path] = {}  # one file may have two names
        for name, what in sorted(names.items()):
            path = Path(name)
            if name.endswith("-shm") or not path.parent.is_dir():
                continue  # shared memory is no file; what stands in a folder that is gone is gone
            if isinstance(what, int):
                path.mkdir(what)
                continue
            if id(what) in linked:
                path.hardlink_to(linked[id(what)])
                continue
            linked[id(what)] = path
            path.write_bytes(what.now if survives == "everything" else what.synced)
            path.chmod(what.mode)
            if what.times is not None:
                os.utime(path, ns=what.times)


def _apply(naming: _Naming, names: dict[str, _File | int]) -> None:
    below = f"{naming.gone}/"
    inside = [path for path in names if naming.gone and path.startswith(below)]
    before = names.pop(naming.gone, None) if naming.gone else None
    for path in inside:
        found = names.pop(path)
        if naming.there:
            names[naming.there + path[len(naming.gone) :]] = found
    if naming.there:
        folder = before if isinstance(before, int) else naming.mode
        names[naming.there] = naming.file if naming.file is not None else folder
