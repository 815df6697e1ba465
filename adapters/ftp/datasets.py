"""Names of MVS datasets in FTP: ``A.B.C`` and ``A.B(MEMBER)``, always quoted, never relative; pure.

Source of the rules of names: z/OS DFSMS Using Data Sets (SC23-6855), "Naming Data Sets": qualifiers of 1 to 8
characters out of A-Z, 0-9, $, #, @ and -, the first no digit, 44 characters in all.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from adapters.errors import NotFound, Refused
from adapters.names import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

_QUALIFIER = r"[A-Z$#@][A-Z0-9$#@-]{0,7}"
_NAME = re.compile(
    rf"(?P<dataset>{_QUALIFIER}(?:\.{_QUALIFIER})*)(?:\((?P<member>[A-Z$#@][A-Z0-9$#@]{{0,7}})\))?"
)
_RELATIVE = re.compile(r"(?P<base>[^()]+)\((?P<number>0|[+-][0-9]{1,3})\)")
_GENERATION = re.compile(r"G[0-9]{4}V[0-9]{2}")
_TEMPORARY = re.compile(r"(?:.*[.(])?LGW[0-9A-Z]{5}\)?")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LONGEST_DATASET = 44


def absolute(root: str, path: str) -> str:
    """The full name in quotes, as commands take it. Raises ``Refused`` for what is no dataset name."""
    full = under(root, path)
    if relative(full) is not None:
        base = full.partition("(")[0]
        raise Refused(
            f"{shown(full)} names another generation after each new one",
            hint=f"write absolute generations, such as {base}.G{{seq:04}}V00, or take {base}.G*V*: "
            "a repeated try would make or take a second one",
        )
    found = _NAME.fullmatch(full)
    if found is None or len(found["dataset"]) > LONGEST_DATASET:
        raise Refused(
            f"{shown(full)} is no dataset name",
            hint="write qualifiers of up to 8 capital letters and digits with dots between, 44 characters in all",
        )
    return f"'{full}'"


def relative(path: str) -> tuple[str, int] | None:
    """The base and the number of a relative generation, ``A.B(0)`` or ``A.B(-1)``; None for any other name."""
    found = _RELATIVE.fullmatch(path)
    return (found["base"], int(found["number"])) if found else None


def generation(names: Iterable[str], base: str, number: int) -> str:
    """The absolute name of a relative generation among listed names: 0 is the newest. Raises ``NotFound``."""
    known = sorted(
        name for name in names if name.startswith(f"{base}.") and _GENERATION.fullmatch(name[len(base) + 1 :])
    )
    if number > 0 or len(known) <= -number:
        raise NotFound(f"{shown(base)} has no generation {number}")
    return known[number - 1]


def under(root: str, path: str) -> str:
    """The full name without quotes."""
    return f"{root.strip('.')}.{path}" if root else path


def prefix_of(pattern: str) -> str:
    """The qualifiers before the first wildcard, or the library of a pattern of members."""
    library, bracket, _ = pattern.partition("(")
    if bracket:
        return library
    fixed = []
    for qualifier in pattern.split(".")[:-1]:
        if "*" in qualifier or "?" in qualifier:
            break
        fixed.append(qualifier)
    if not fixed:
        raise Refused(
            f"the pattern {shown(pattern)} begins with a wildcard", hint="begin it with a fixed qualifier"
        )
    return ".".join(fixed)


def full_name(prefix: str, listed: str, *, member: bool) -> str:
    """The full name of a name as a listing shows it: quoted and complete, or relative to the prefix."""
    if listed.startswith("'"):
        return listed.strip("'")
    return f"{prefix}({listed})" if member else f"{prefix}.{listed}"


def temporary(path: str, token: str) -> str:
    """The name of the unfinished dataset or member: its last qualifier gives way to LGW and five characters."""
    number = int.from_bytes(hashlib.sha256(f"{path}|{token}".encode()).digest()[:8], "big")
    letters = ""
    for _ in range(5):
        number, digit = divmod(number, len(_DIGITS))
        letters += _DIGITS[digit]
    library, bracket, _ = path.partition("(")
    if bracket:
        return f"{library}(LGW{letters})"
    before, dot, _ = path.rpartition(".")
    return f"{before}{dot}LGW{letters}"


def is_temporary(path: str) -> bool:
    """Whether this is the name of an unfinished dataset or member."""
    return _TEMPORARY.fullmatch(path) is not None
