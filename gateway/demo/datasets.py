"""Datasets as the imitated mainframe names, finds and lists them; kept as plain files in one folder.

The listing columns follow published transcripts of z/OS FTP: a session with an IBM FTP CS V1R10 in mklarz,
ctf-writeups (2020, cybertalent-winter), and the lines that Apache Commons Net's MVSFTPEntryParser quotes. Naming
conventions and the defaults of a new data set (VB, 256, 6233) are those commonly described; IBM's manual was
not at hand.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from pathlib import Path

HEADER = "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname"
MEMBERS = " Name     VV.MM   Created       Changed      Size  Init   Mod   Id"
JOB = ".job-"
"""How files begin that hold a job on its way: no dataset is named so."""

TRACK = 56_664
"""Bytes on a track of a 3390 volume, the unit of the column Used."""

_QUALIFIER = re.compile(r"[A-Z$@#][A-Z0-9$@#}-]{0,7}")
_MEMBER = re.compile(r"[A-Z$@#][A-Z0-9$@#]{0,7}")
_MASK = re.compile(r"[A-Z0-9$@#}*%-]+")
_ALTER = re.compile(r"ALTER\s+'?([^\s']+)'?[\s-]+NEWNAME\('?([^\s')]+)'?\)")
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
    behind = f"{prefix}{argument})" if prefix.endswith("(") else f"{prefix}{argument}"
    name = argument[1:-1] if quoted else behind
    return Asked(name=name.upper(), quoted=quoted)


def checked(name: str) -> str:
    """The name, if it is one of a sequential dataset or a member; else ``RefusedRequestError``."""
    dataset, bracket, member = name.partition("(")
    qualifiers = dataset.split(".")
    known = not bracket or (member.endswith(")") and _MEMBER.fullmatch(member[:-1]))
    if len(dataset) > _LONGEST or not known or not all(map(_QUALIFIER.fullmatch, qualifiers)):
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
        self.root = root
        self._allocations: dict[str, Allocation] = {}

    def path(self, name: str) -> Path:
        """Where the dataset's bytes are or would be."""
        return self.root / checked(name)

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
        datasets = {
            path.name.partition("(")[0] for path in self.root.iterdir() if not path.name.startswith(JOB)
        }
        found = sorted(name for name in datasets if matcher(mask).fullmatch(name))
        if not found:
            raise RefusedRequestError("550 No data sets found.")
        return found

    def is_library(self, name: str) -> bool:
        """Whether the name is that of a library: one that has members."""
        return any(path.name.startswith(f"{name}(") for path in self.root.iterdir())

    def member_lines(self, mask: str) -> list[str]:
        """The lines of members, ``A.B(`` for all and ``A.B(MASK)`` for some; none is ``RefusedRequestError``."""
        library, _, wanted = mask.partition("(")
        expression = matcher(wanted.rstrip(")") or "*")
        members = {path.name[len(library) + 1 : -1]: path for path in self.root.glob(f"{library}(*)")}
        found = sorted(name for name in members if expression.fullmatch(name))
        if not found:
            raise RefusedRequestError("550 No members found.")
        return [_member_line(name, members[name].stat()) for name in found]

    def line(self, name: str, shown: str) -> str:
        """One line of a listing; ``shown`` is the name as this client is to see it."""
        if not self.path(name).exists():
            return f"LGWD01 3390   {time.strftime('%Y/%m/%d')}  1   15  FB      80  3120  PO  {shown}"
        status = self.path(name).stat()
        how = self._allocations.get(name, Allocation())
        tracks = max(1, -(-status.st_size // TRACK))
        used = f"{tracks:5d}" if tracks <= 99_999 else "+++++"  # noqa: PLR2004 - the column is five wide
        referred = time.strftime("%Y/%m/%d", time.localtime(status.st_mtime))
        return f"LGWD01 3390   {referred}  1{used}  {how.recfm:<4}{how.lrecl:>6}{how.blksize:>6}  PS  {shown}"


def _member_line(name: str, status: os.stat_result) -> str:
    """A member with the statistics that ISPF keeps."""
    changed = time.strftime("%Y/%m/%d %H:%M", time.localtime(status.st_mtime))
    return f" {name:<9} 01.00 {changed[:10]} {changed} {1:5d} {1:5d} {0:5d} RENKEI"


def run_job(catalogue: Catalogue, text: str) -> None:
    """What a job does here: datasets get the names that its ``ALTER`` gives them."""
    for old, new in _ALTER.findall(text.upper()):
        catalogue.rename(old, new)
