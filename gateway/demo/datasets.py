"""Datasets as the imitated mainframe names, finds and lists them; kept as plain files in one folder.

The listing columns follow published transcripts of z/OS FTP, byte for byte; naming conventions and the defaults
of a new data set (VB, 256, 6233) are those commonly described. IBM's manual was not at hand.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname"
TRACK = 56_664
"""Bytes on a track of a 3390 volume, the unit of the column Used."""

_QUALIFIER = re.compile(r"[A-Z$@#][A-Z0-9$@#}-]{0,7}")
_MASK = re.compile(r"[A-Z0-9$@#}*%-]+")
_LONGEST = 44
_WILDCARDS = {"**": r".+", "*": r"[^.]*", "%": r"[^.]"}


class RefusedRequestError(Exception):
    """The mainframe's refusal, as the whole reply line."""


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """How a dataset was allocated; shown in listings, not enforced on its bytes."""

    recfm: str = "VB"
    lrecl: int = 256
    blksize: int = 6233


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A name or mask of a request: fully qualified, and whether the client had quoted it."""

    name: str
    quoted: bool


def ask(argument: str, prefix: str) -> Asked:
    """The fully qualified, upper-case name meant by ``argument``.

    A name in single quotes is complete; any other is put behind the working directory's ``prefix``.
    """
    quoted = len(argument) > 1 and argument[0] == argument[-1] == "'"
    name = argument[1:-1] if quoted else f"{prefix}{argument}"
    return Asked(name=name.upper(), quoted=quoted)


def checked(name: str) -> str:
    """The name, if it is one of a sequential dataset; else ``RefusedRequestError``."""
    qualifiers = name.split(".")
    if len(name) > _LONGEST or not all(map(_QUALIFIER.fullmatch, qualifiers)):
        raise RefusedRequestError(f'501 Invalid data set name "{name}".  Use MVS Dsname conventions.')
    return name


def matcher(mask: str) -> re.Pattern[str]:
    """A mask as an expression: ``*`` within a qualifier, ``%`` one character, ``**`` any qualifiers.

    A mask that ends in a dot, or in ``.*``, means every name that begins so.
    """
    if mask.endswith((".", ".*")):
        mask = f"{mask.rstrip('*')}**"
    pieces = re.split(r"(\*\*|\*|%)", mask)
    return re.compile("".join(_WILDCARDS.get(piece, re.escape(piece)) for piece in pieces))


class Catalogue:
    """The datasets of one folder.

    They outlive the process; how they were allocated does not, as only listings show it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._allocations: dict[str, Allocation] = {}

    def path(self, name: str) -> Path:
        """Where the dataset's bytes are or would be."""
        return self._root / checked(name)

    def present(self, name: str) -> bool:
        """Whether the dataset is catalogued."""
        return self.path(name).is_file()

    def allocate(self, name: str, allocation: Allocation) -> None:
        """Remember how ``name`` is allocated, unless it is there already: then it keeps its own."""
        if not self.present(name):
            self._allocations[name] = allocation

    def rename(self, old: str, new: str) -> None:
        """Rename; a name in use is refused, as the mainframe does."""
        if self.present(new):
            raise RefusedRequestError(f"550 RNTO fails: {new} is already catalogued.")
        self.path(old).rename(self.path(new))
        if old in self._allocations:
            self._allocations[new] = self._allocations.pop(old)

    def scratch(self, name: str) -> None:
        """Delete the dataset."""
        if not self.present(name):
            raise RefusedRequestError(f"550 DELE fails: {name} does not exist.")
        self.path(name).unlink()
        self._allocations.pop(name, None)

    def names(self, mask: str) -> list[str]:
        """The names that match, sorted; none is ``RefusedRequestError``, as the mainframe has it."""
        if not all(map(_MASK.fullmatch, mask.removesuffix(".").split("."))):
            raise RefusedRequestError(f'501 Invalid data set name "{mask}".  Use MVS Dsname conventions.')
        found = sorted(path.name for path in self._root.iterdir() if matcher(mask).fullmatch(path.name))
        if not found:
            raise RefusedRequestError("550 No data sets found.")
        return found

    def line(self, name: str, shown: str) -> str:
        """One line of a listing; ``shown`` is the name as this client is to see it."""
        status = self.path(name).stat()
        how = self._allocations.get(name, Allocation())
        tracks = max(1, -(-status.st_size // TRACK))
        used = f"{tracks:5d}" if tracks <= 99_999 else "+++++"  # noqa: PLR2004 - the column is five wide
        referred = time.strftime("%Y/%m/%d", time.localtime(status.st_mtime))
        return f"LGWD01 3390   {referred}  1{used}  {how.recfm:<4}{how.lrecl:>6}{how.blksize:>6}  PS  {shown}"
