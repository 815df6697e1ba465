"""The text form of the code tables shipped in ``gateway/formats/characters/data``.

One line is a run of consecutive codes: the first code in hex, a blank, the characters. Other lines::

    4040 U+3000            one code, written out (blanks, combining marks, or a sequence of several)
    >A1A1 U+3000           read only: never written
    A2BA-A2C1 none         codes of the underlying area that are not assigned here
    # text                 source and remarks
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

_UNICODE = re.compile(r"U\+(?:10|[0-9A-F])?[0-9A-F]{4}(?: U\+(?:10|[0-9A-F])?[0-9A-F]{4})*")

_POINT = re.compile(r"U\+([0-9A-F]+)")


@dataclass(kw_only=True)
class CodeTable:
    """Codes and their characters; ``read_only`` codes are never written, ``removed`` ones are not assigned."""

    codes: dict[int, str] = field(default_factory=dict)
    read_only: set[int] = field(default_factory=set)
    removed: set[int] = field(default_factory=set)

    def over(self, below: dict[int, str]) -> dict[int, str]:
        """``below`` with this table laid over it."""
        kept = {code: text for code, text in below.items() if code not in self.removed}
        return kept | self.codes

    def add(self, line: str) -> None:
        """Take in one line that is neither empty nor a comment."""
        head, text = line.split(" ", 1)
        if text == "none":
            first, _, last = head.partition("-")
            self.removed |= set(range(int(first, 16), int(last or first, 16) + 1))
            return
        code = int(head.lstrip(">"), 16)
        units = [unicode_text(text)] if text.startswith("U+") else list(text)
        self.codes |= {code + step: unit for step, unit in enumerate(units)}
        if head.startswith(">"):
            self.read_only |= set(range(code, code + len(units)))


def unicode_text(written: str) -> str:
    """The characters that ``U+XXXX U+XXXX`` stands for; raises ValueError if it is not written so."""
    if not _UNICODE.fullmatch(written):
        raise ValueError("write U+XXXX, with more after a blank for a sequence")
    return "".join(chr(int(point, 16)) for point in _POINT.findall(written))


@cache
def shipped(name: str) -> CodeTable:
    """The table ``data/<name>.txt``."""
    table = CodeTable()
    for line in files(__package__).joinpath("data", f"{name}.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            table.add(line)
    return table
