"""What FTP hosts write when they list: each dialect's lines as values; pure.

No dialect is a standard, except MLSD (RFC 3659). A line that is not understood is counted, and a listing of which
nothing is understood is an error: a relay that took such a listing for an empty one has emptied destinations.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from adapters.errors import UnreadableListing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class Kind(StrEnum):
    """What a line stands for."""

    FILE = "file"
    FOLDER = "folder"
    OTHER = "other"  # links, devices, VSAM clusters, load modules: seen, and never transferred


class Line(NamedTuple):
    """One line. ``time`` is the host's own text with single blanks; ``size`` is in bytes where it is one."""

    name: str
    kind: Kind = Kind.FILE
    size: int | None = None
    time: str = ""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A listing that was understood, but for ``unparsed`` lines."""

    lines: tuple[Line, ...]
    unparsed: int = 0


_SIZE = re.compile(r"[0-9]{1,18}")
"""Bytes of a file; what is longer is none, and no database has room for it."""


def size_in(text: str) -> int | None:
    """The size that a host states; None where it states none."""
    return int(text) if _SIZE.fullmatch(text) else None


class _Noise(Exception):
    """Raised by a dialect for a line that names nothing: headings and totals."""


def parse(dialect: str, blocks: Iterable[str]) -> Listed:
    """Read a listing, which comes in blocks of whole lines: one or many, with line feeds between them.

    Raises ``UnreadableListing`` when lines came and not one of them was understood.
    """
    if dialect == "vms":
        blocks = _unfolded(raw for block in blocks for raw in block.split("\n"))
    found = _Found(read=DIALECTS[dialect], usual=_USUAL.get(dialect, _none_usual))
    for block in blocks:
        found.take(block)
    lines = _newest(found.lines) if dialect == "vms" else found.lines
    if found.unparsed and not lines and not found.understood:
        raise UnreadableListing(
            f"{found.unparsed} lines came and none is of the dialect {dialect}",
            hint="set the endpoint's dialect to the host's kind",
        )
    return Listed(lines=tuple(lines), unparsed=found.unparsed)


@dataclass(kw_only=True)
class _Found:
    """What was read so far.

    ``usual`` reads the usual lines of a block at once, and gives them and what stands before, between and after them:
    other lines, each of which is for ``read``.
    """

    read: Callable[[str], Line | None]
    usual: Callable[[str], tuple[list[Line], list[str]]]
    lines: list[Line] = field(default_factory=list)
    unparsed: int = 0
    understood: int = 0

    def take(self, block: str) -> None:
        usual, others = self.usual(block)
        if len(usual) == block.count("\n") + 1:
            self.lines += usual
            return
        for other, line in zip_longest(others, usual):
            for raw in filter(None, other.split("\n")):
                self._take_line(raw)
            if line is not None:
                self.lines.append(line)

    def _take_line(self, raw: str) -> None:
        try:
            line = self.read(raw)
        except _Noise:
            self.understood += 1
            return
        if line is None:
            self.unparsed += 1
        else:
            self.lines.append(line)


# --- UNIX: ls -l ------------------------------------------------------------------------------------------------

_UNIX_TIME = (
    r"[A-Za-z]{3}\s+\d{1,2}\s+(?:\d{1,2}:\d{2}|\d{4})"  # Nov 23 08:15, Nov 23  2025
    r"|\d{1,2}\s+[A-Za-z]{3}\s+(?:\d{1,2}:\d{2}|\d{4})"  # 23 Nov 08:15
    r"|\d{4}-\d{2}-\d{2}\s+\d{1,2}:\d{2}(?::\d{2})?"  # 2026-11-23 08:15
    r"|\d{1,2}月\s*\d{1,2}日?\s+(?:\d{1,2}:\d{2}|\d{4}年?)"  # 11月 23 08:15, 11月23日 2025年
)
_UNIX = re.compile(
    r"(?P<type>[-dlbcpsD])[-rwxsStTlL]{9}[.+@]?\s*\d+\s+\S.*?\s+(?P<size>\d{1,18})\s+"
    rf"(?P<time>{_UNIX_TIME})\s(?P<name>.+)"
)
# What nearly every host writes, without a choice for the expression to make or to take back: ten times as quick.
_UNIX_USUAL = re.compile(
    r"^(?P<type>[-dlbcpsD])[-rwxsStTlL]{9}[.+@]? ++\d++ ++\S++ ++\S++ ++(?P<size>\d{1,18}+) ++"
    r"(?P<time>[A-Za-z]{3} ++\d{1,2} ++(?:\d{1,2}:\d{2}|\d{4})) (?P<name>.++)$",
    re.MULTILINE,
)
_UNIX_KINDS = dict.fromkeys("lbcpsD", Kind.OTHER) | {"-": Kind.FILE, "d": Kind.FOLDER}


def _unix(raw: str) -> Line | None:
    if raw.startswith(("total ", "合計 ")) or raw.isspace() or not raw:
        raise _Noise
    found = _UNIX_USUAL.fullmatch(raw) or _UNIX.fullmatch(raw)
    if found is None:
        return None
    type_, size, time, name = found.group("type", "size", "time", "name")
    return Line(name, _UNIX_KINDS[type_], int(size), _single_blanks(time))


def _usual_unix(block: str) -> tuple[list[Line], list[str]]:
    parts = _UNIX_USUAL.split(block)  # what stands between, and the fields of each line
    between, types, sizes, times, names = (parts[start::5] for start in range(5))
    kinds = map(_UNIX_KINDS.__getitem__, types)
    single = [_single_blanks(time) if "  " in time else time for time in times]
    return list(map(Line._make, zip(names, kinds, map(int, sizes), single, strict=True))), between


def _none_usual(block: str) -> tuple[list[Line], list[str]]:
    return [], [block]


def _single_blanks(text: str) -> str:
    return " ".join(text.split())


# --- Windows: dir -----------------------------------------------------------------------------------------------

_WINDOWS = re.compile(
    r"(?P<time>\d{2}[-/]\d{2}[-/](?:\d{4}|\d{2})\s+\d{1,2}:\d{2}(?:[AP]M)?|\d{4}[-/]\d{2}[-/]\d{2}\s+\d{1,2}:\d{2})"
    r"\s+(?P<size><DIR>|<JUNCTION>|\d{1,18}|\d{1,3}(?:,\d{3}){1,5})\s+(?P<name>.+)"
)
_WINDOWS_KINDS = {"<DIR>": Kind.FOLDER, "<JUNCTION>": Kind.OTHER}


def _windows(raw: str) -> Line | None:
    if not raw.strip():
        raise _Noise
    found = _WINDOWS.fullmatch(raw)
    if found is None:
        return None
    kind = _WINDOWS_KINDS.get(found["size"], Kind.FILE)
    size = int(found["size"].replace(",", "")) if kind is Kind.FILE else None
    return Line(name=found["name"], kind=kind, size=size, time=" ".join(found["time"].split()))


# --- IBM i: "File and directory entries in i5/OS format" (IBM i FTP server, LISTFMT 0) --------------------------

_OS400 = re.compile(
    r"(?P<owner>\S+)\s+(?:(?P<size>\d{1,18})\s+(?P<time>\S{8}\s+\S{8})\s+)?(?P<type>\*\w+)\s+(?P<name>.+?)\s*"
)
# V3R1 with NAMEFMT 1, as in a mailing list's transcript of 1996: "/QDLS/ARM          0 11/09/95 07:19:30 DIR".
_OS400_OLD = re.compile(
    r"(?P<name>/.*?)\s+(?P<size>\d{1,18})\s+(?P<time>\S{8}\s+\S{8})\s+(?P<type>DIR|FLR|DOC|FILE|STMF)\s*"
)
_OS400_OLD_KINDS = {"DIR": Kind.FOLDER, "FLR": Kind.FOLDER}
_OS400_KINDS = {
    "*STMF": Kind.FILE,
    "*MEM": Kind.FILE,
    "*DIR": Kind.FOLDER,
    "*DDIR": Kind.FOLDER,
    "*LIB": Kind.FOLDER,
    "*FLR": Kind.FOLDER,
    "*FILE": Kind.FOLDER,  # its members are the files; a save file is one object and ends in .SAVF
}


def _os400(raw: str) -> Line | None:
    if old := _OS400_OLD.fullmatch(raw):
        kind = _OS400_OLD_KINDS.get(old["type"], Kind.FILE)
        size = int(old["size"]) if kind is Kind.FILE else None
        return Line(
            name=old["name"].rpartition("/")[2], kind=kind, size=size, time=_single_blanks(old["time"])
        )
    found = _OS400.fullmatch(raw)
    if found is None or found["owner"].startswith(("-", "d", "total")):
        return _unix(raw)  # LISTFMT 1, which the session asks for
    name = found["name"].rstrip("/").rpartition("/")[2]  # with NAMEFMT 1 old servers write whole paths
    kind = Kind.FILE if name.upper().endswith(".SAVF") else _OS400_KINDS.get(found["type"], Kind.OTHER)
    size = int(found["size"]) if found["size"] and found["type"] == "*STMF" else None
    return Line(name=name, kind=kind, size=size, time=" ".join((found["time"] or "").split()))


# --- NLST: names alone --------------------------------------------------------------------------------------------


def _nlst(raw: str) -> Line | None:
    return Line(name=raw.rpartition("/")[2])  # some hosts answer with whole paths


# --- MLSD: RFC 3659, section 7 -------------------------------------------------------------------------------------

_MLSD_KINDS = {"file": Kind.FILE, "dir": Kind.FOLDER, "cdir": Kind.OTHER, "pdir": Kind.OTHER}


def _mlsd(raw: str) -> Line | None:
    facts, blank, name = raw.partition(" ")
    if not blank or not name or "=" not in facts or not facts.endswith(";"):
        return None
    given = {key.lower(): value for key, _, value in (fact.partition("=") for fact in facts[:-1].split(";"))}
    kind = _MLSD_KINDS.get(given.get("type", "").lower(), Kind.OTHER)
    size = size_in(given.get("size", ""))
    return Line(name=name, kind=kind, size=size, time=given.get("modify", ""))


# --- VMS: as the samples that D. J. Bernstein published with ftpparse; the OpenVMS manual was not at hand ----

_VMS_HEADING = re.compile(
    r"\s*(?:Directory\s+\S+|\S+:\[[^\]]*\]|Total of \d+ files?\b.*|Grand total\b.*)", re.IGNORECASE
)
_VMS = re.compile(
    r"(?P<name>[^\s;]+);(?P<version>\d+)\s+(?P<blocks>\d+)(?:/\d+)?\s+"
    r"(?P<time>\d{1,2}-[A-Za-z]{3}-\d{4}\s+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(?:\s+\[[^\]]*\])?(?:\s+\([^)]*\))?\s*"
)
_VMS_LONG_NAME = re.compile(r"[^\s;]+;\d+\s*")


def _unfolded(text: Iterable[str]) -> Iterator[str]:
    """Lines of which each is whole: a long name stands alone, and its facts on the next line."""
    waiting = ""
    for raw in text:
        if _VMS_LONG_NAME.fullmatch(raw):
            if waiting:
                yield waiting
            waiting = raw.strip()
        else:
            yield f"{waiting} {raw.strip()}" if waiting else raw
            waiting = ""
    if waiting:
        yield waiting


def _newest(lines: Iterable[Line]) -> list[Line]:
    """Of the versions of a file the highest, which is the one that its bare name stands for."""
    highest: dict[tuple[str, Kind], Line] = {}
    for line in lines:
        known = highest.get((line.name, line.kind))
        if known is None or _version(line) > _version(known):
            highest[line.name, line.kind] = line
    return list(highest.values())


def _version(line: Line) -> int:
    return int(line.time.rpartition(";")[2]) if line.kind is Kind.FILE else 0


def _vms(raw: str) -> Line | None:
    """The size is in blocks, and none in bytes. Every writing makes a new version: its number tells contents apart."""
    if not raw.strip() or _VMS_HEADING.fullmatch(raw):
        raise _Noise
    found = _VMS.fullmatch(raw)
    if found is None:
        return None
    name, time = found["name"], _single_blanks(found["time"])
    if name.upper().endswith(".DIR"):
        return Line(name=name[:-4], kind=Kind.FOLDER, time=time)
    return Line(name=name, time=f"{time};{found['version']}")


# --- MVS: as published transcripts of z/OS FTP show it; IBM's manual (SC27-3662, subcommand DIr) was not at hand ------

_MVS_HEADING = re.compile(
    r"\s*(?:Volume\s+(?:Unit\s+)?(?:Referred|Date)|Name\s+(?:VV\.MM|Size))\b.*", re.IGNORECASE
)
_MVS_DATASET = re.compile(
    r"\s*\S{1,6}(?:\s+\S+)?\s+(?:\d{4}/\d{2}/\d{2}|\d{2}/\d{2}/\d{2,4}|\*\*NONE\*\*)"
    r"\s*(?:\d+|\++)\s*(?:\d+|\++)?\s+[FVUDBSAM?]{1,4}\s+\d+\s*\d*\s+(?P<dsorg>PS-E|PS|PO-E|PO|DA|VS|IS|PS-L)\s+"
    r"(?P<name>\S+)\s*"
)
_MVS_AWAY = re.compile(
    r"\s*(?:Migrated|ARCIVE Not Direct Access Device|.*\bNot Direct Access Device)\s+(?P<name>\S+)\s*"
)
_MVS_OTHER = re.compile(
    r".*\b(?:VSAM|GDG|User catalog connector|Pseudo Directory|Error determining attributes|Not Mounted)"
    r"\s+(?P<name>\S+)\s*"
)
_MVS_MEMBER = re.compile(
    r"\s*(?P<name>[A-Z$#@\xa5][A-Z0-9$#@\xa5]{0,7})"
    r"(?:\s+\d{2}\.\d{2}\s+\S+\s+(?P<time>\d{2,4}/\d{2}/\d{2,4}\s+\d{2}:\d{2}(?::\d{2})?)\s+\d+\s+\d+\s+\d+\s+\S+)?\s*"
)
_MVS_KINDS = {"PO": Kind.FOLDER, "PO-E": Kind.FOLDER, "VS": Kind.OTHER, "IS": Kind.OTHER}


def _mvs(raw: str) -> Line | None:
    if not raw.strip() or _MVS_HEADING.fullmatch(raw):
        raise _Noise
    # "Referred" moves when somebody reads: it says nothing about the content, and is no part of the identity.
    if found := _MVS_DATASET.fullmatch(raw):
        return Line(name=found["name"], kind=_MVS_KINDS.get(found["dsorg"], Kind.FILE))
    if found := _MVS_AWAY.fullmatch(raw):
        return Line(name=found["name"])
    if found := _MVS_OTHER.fullmatch(raw):
        return Line(name=found["name"], kind=Kind.OTHER)
    if found := _MVS_MEMBER.fullmatch(raw):
        return Line(name=found["name"], time=" ".join((found["time"] or "").split()))
    return None


def _auto(raw: str) -> Line | None:
    """A host that did not say what it is: what its lines look like decides."""
    return _unix(raw) or _windows(raw)


DIALECTS: dict[str, Callable[[str], Line | None]] = {
    "auto": _auto,
    "unix": _unix,
    "windows": _windows,
    "mlsd": _mlsd,
    "nlst": _nlst,
    "os400": _os400,
    "vms": _vms,
    "mvs": _mvs,
}

_USUAL = {"auto": _usual_unix, "unix": _usual_unix}

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_DAY = re.compile(r"(?:([A-Za-z]{3}) (\d{1,2})|(\d{1,2}) ([A-Za-z]{3})|(\d{1,2})月 ?(\d{1,2})日?) (.+)")


def lasting_time(time: str, today: date) -> str:
    """A time text that stays the same while the file ages.

    ``ls -l`` writes "Nov 23 08:15" for half a year and "Nov 23 2026" afterwards; taken as an identity, every file
    would become a new revision on that day. What both forms have in common is the date.
    """
    found = _MONTH_DAY.fullmatch(time)
    if found is None:
        return time
    month_name, day = (found[1], found[2]) if found[1] else (found[4], found[3])
    month = int(found[5]) if found[5] else _MONTHS.index(month_name.lower()) + 1
    number = int(found[6] if found[5] else day)
    year_or_clock = found[7].removesuffix("年")
    year = int(year_or_clock) if year_or_clock.isdecimal() else _year_of(month, number, today)
    return f"{year:04}-{month:02}-{number:02}"


def _year_of(month: int, day: int, today: date) -> int:
    """The year of a recent date without one: not in the future, but for a day of difference between clocks."""
    latest = today + timedelta(days=1)
    return latest.year if (month, day) <= (latest.month, latest.day) else latest.year - 1
