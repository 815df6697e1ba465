"""The text of COBOL copybooks: columns, comments, continuations, and the words up to each period."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKENS = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\.(?=\s|$)|[^\s'".,;]+(?:[.,][^\s'".,;]+)*|[,;.]|\S""")
"""Words, literals and separators; a quote that is never closed is a word of its own, which no clause knows."""
_NO_REMARK = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|(?P<remark>\*>)""")
_LISTING = frozenset({"EJECT", "SKIP1", "SKIP2", "SKIP3"})
"""Words that only told a compiler how to print."""
INDICATOR, FIRST, LAST = 6, 7, 72
DOUBLE_BYTES = 2


@dataclass(frozen=True, kw_only=True)
class Token:
    """A word of the text and its line."""

    text: str
    line: int

    @property
    def word(self) -> str:
        """Upper case, for comparison with reserved words."""
        return self.text.upper()


def _code_lines(text: str, *, free: bool) -> Iterator[tuple[int, str]]:
    """Every line of code with its number, without comments, continuations joined to their line."""
    held: tuple[int, str] | None = None
    for number, line in enumerate(text.expandtabs().splitlines(), start=1):
        indicator, code = ("", line) if free else _areas(line)
        if code.strip().rstrip(".").upper() in _LISTING:
            continue
        if (free and line.lstrip().startswith("*")) or (not free and indicator in {"*", "/", "D", "d"}):
            continue
        if not free and indicator == "-" and held is not None:
            held = (held[0], held[1].rstrip() + code.lstrip().lstrip("'\""))
            continue
        if held is not None:
            yield held
        held = (number, _without_remark(code))
    if held is not None:
        yield held


def _areas(line: str) -> tuple[str, str]:
    """The indicator and the text of a line. Columns are bytes: a full-width character takes two."""
    if line.isascii():
        return line[INDICATOR : INDICATOR + 1], line[FIRST:LAST]
    at, parts = 0, {"indicator": "", "code": ""}
    for letter in line:
        if at == INDICATOR:
            parts["indicator"] += letter
        elif FIRST <= at < LAST:
            parts["code"] += letter
        at += _bytes_of(letter)
    return parts["indicator"], parts["code"]


def _bytes_of(letter: str) -> int:
    """Bytes of a character on a Japanese system; two of one that CP932 does not have."""
    try:
        return len(letter.encode("cp932"))
    except UnicodeEncodeError:
        return DOUBLE_BYTES


def _without_remark(code: str) -> str:
    """The text before ``*>``, which within a literal is no remark."""
    for match in _NO_REMARK.finditer(code):
        if match["remark"]:
            return code[: match.start()]
    return code


def sentences(text: str, *, free: bool) -> Iterator[list[Token]]:
    """The words up to each period."""
    sentence: list[Token] = []
    for number, code in _code_lines(text, free=free):
        for match in _TOKENS.finditer(code):
            if match[0] == ".":
                yield sentence
                sentence = []
            elif match[0] not in {",", ";"}:
                sentence.append(Token(text=match[0], line=number))
    if sentence:
        yield sentence
