"""COBOL copybooks: record descriptions read into entries.

Reference format of the COBOL standard (ISO/IEC 1989): columns 1-6 sequence, 7 indicator, 8-72 text, the rest is
ignored. Sizes of binary items by digits (1-4: 2, 5-9: 4, 10-18: 8 bytes) and the alignment of SYNC items as in IBM
Enterprise COBOL's Language Reference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from gateway.formats.copybooks.copybooktext import Token, sentences
from gateway.formats.faults import FormatFault, FormatFaults

Usage = Literal[
    "display", "packed", "packed-unsigned", "binary", "native", "float", "double", "national", "index"
]

_USAGES: dict[str, Usage] = {
    "DISPLAY": "display",
    "DISPLAY-1": "national",
    "NATIONAL": "national",
    "COMP-3": "packed",
    "COMPUTATIONAL-3": "packed",
    "PACKED-DECIMAL": "packed",
    "COMP-6": "packed-unsigned",
    "COMPUTATIONAL-6": "packed-unsigned",
    "COMP": "binary",
    "COMPUTATIONAL": "binary",
    "COMP-4": "binary",
    "COMPUTATIONAL-4": "binary",
    "COMP-5": "native",
    "COMPUTATIONAL-5": "native",
    "BINARY": "binary",
    "COMP-1": "float",
    "COMPUTATIONAL-1": "float",
    "COMP-2": "double",
    "COMPUTATIONAL-2": "double",
    "INDEX": "index",
    "POINTER": "index",
}
_LITERAL = re.compile(
    r"""['"].+|[+-]?\d+(?:[.,]\d+)?(?:E[+-]?\d+)?"""
    r"|SPACES?|ZERO(?:E?S)?|(?:HIGH|LOW)-VALUES?|QUOTES?|NULLS?"
)
_AROUND_LITERALS = frozenset(
    {
        "ALL",
        "THRU",
        "THROUGH",
        "X",
        "N",
        "G",
        "NX",
        "Z",
        "B",
        "BX",
        "U",
        "UX",
        "GX",
        "WHEN",
        "SET",
        "TO",
        "FALSE",
    }
)
"""Words that stand before a literal or between two, such as the X of X'00'."""
_CUT_SHORT = "is a period missing, or beyond column 72?"
_REPEAT = re.compile(r"(.)\((\d+)\)")
_RENAMES, _CONDITION, _ALONE = 66, 88, 77
_LEVELS = frozenset({*range(1, 50), _RENAMES, _CONDITION, _ALONE})
_LONGEST = 1_000_000
LEVEL_DIGITS = 2


@dataclass(kw_only=True)
class Entry:
    """One data description entry with what it contains."""

    line: int
    level: int
    name: str
    picture: str = ""
    usage: Usage | None = None
    occurs: int = 0
    depends_on: str = ""
    redefines: str = ""
    sign: str = ""
    sync: bool = False
    right: bool = False
    blank_zero: bool = False
    remarks: list[str] = field(default_factory=list)
    children: list[Entry] = field(default_factory=list)

    def inherit(self, above: Entry) -> None:
        """Take over what a group says for its items."""
        self.usage = self.usage or above.usage
        self.sign = self.sign or above.sign
        self.sync = self.sync or above.sync


class _EntryReader:
    """Reads the clauses of one entry."""

    def __init__(self, words: list[Token]) -> None:
        self._words, self._at = words, 0
        self._seen: set[str] = set()

    def read(self) -> Entry:
        """The entry; raises ValueError with what is not understood."""
        level = self._next()
        if not level.text.isdigit():
            raise ValueError("a data description begins with a level number")
        if len(level.text) > LEVEL_DIGITS or int(level.text) not in _LEVELS:
            raise ValueError(f"level {level.text[:9]} is none of 01 to 49, 66, 77 and 88")
        entry = Entry(line=level.line, level=int(level.text), name="FILLER")
        if self._more() and not self._is_clause(self._peek()):
            entry.name = self._next().text
        while self._more():
            self._clause(entry, self._next())
        return entry

    def _more(self) -> bool:
        return self._at < len(self._words)

    def _peek(self) -> str:
        return self._words[self._at].word if self._more() else ""

    def _next(self) -> Token:
        if not self._more():
            raise ValueError("the entry ends too early")
        self._at += 1
        return self._words[self._at - 1]

    def _skip(self, *words: str) -> None:
        while self._peek() in words:
            self._at += 1

    @staticmethod
    def _is_clause(word: str) -> bool:
        return word in _USAGES or word in _CLAUSES

    def _clause(self, entry: Entry, token: Token) -> None:
        kind = "_usage" if token.word in _USAGES else _CLAUSES.get(token.word)
        if kind is None:
            raise ValueError(f"{_shown(token.text)} is not understood here; {_CUT_SHORT}")
        if kind in self._seen:
            raise ValueError(f"a second {token.word} in one entry; {_CUT_SHORT}")
        self._seen.add(kind)
        if token.word in _USAGES:
            entry.usage = _USAGES[token.word]
        else:
            getattr(self, kind)(entry)

    def _picture(self, entry: Entry) -> None:
        self._skip("IS")
        picture = self._next().word
        repeats = [times.lstrip("0") for _, times in _REPEAT.findall(picture)]
        if (
            any(len(times) > len(str(_LONGEST)) for times in repeats)
            or sum(int(times or "0") for times in repeats) > _LONGEST
        ):
            raise ValueError("the picture is longer than any record may be")
        entry.picture = _REPEAT.sub(lambda match: match[1] * int(match[2]), picture)

    def _usage(self, entry: Entry) -> None:
        self._skip("IS")
        word = self._next()
        if word.word not in _USAGES:
            raise ValueError(f"USAGE {word.text} is not known")
        entry.usage = _USAGES[word.word]

    def _occurs(self, entry: Entry) -> None:
        entry.occurs = self._number()
        if self._peek() == "TO":
            self._skip("TO")
            entry.occurs = self._number()
        if not entry.occurs:
            raise ValueError("OCCURS needs a number")
        self._skip("TIMES")
        while self._peek() in {"DEPENDING", "ASCENDING", "DESCENDING", "INDEXED"}:
            self._table_phrase(entry, self._next().word)

    def _number(self) -> int:
        word = self._next()
        if not word.text.isdigit():
            raise ValueError("OCCURS needs a number")
        return int(word.text)

    def _table_phrase(self, entry: Entry, phrase: str) -> None:
        self._skip("ON", "KEY", "IS", "BY")
        if phrase == "DEPENDING":
            names = [self._next().text]
            while self._peek() in {"OF", "IN"}:
                self._skip("OF", "IN")
                names.insert(0, self._next().text)
            entry.depends_on = ".".join(names)
            return
        self._names()

    def _redefines(self, entry: Entry) -> None:
        entry.redefines = self._next().text

    def _sign(self, entry: Entry) -> None:
        self._skip("IS")
        entry.sign = self._next().word.lower()
        if self._peek() == "SEPARATE":
            entry.sign += "-separate"
            self._skip("SEPARATE", "CHARACTER")

    def _leading(self, entry: Entry) -> None:
        self._at -= 1
        self._sign(entry)

    def _sync(self, entry: Entry) -> None:
        self._skip("LEFT", "RIGHT")
        entry.sync = True

    def _right(self, entry: Entry) -> None:
        self._skip("RIGHT")
        entry.right = True

    def _value(self, entry: Entry) -> None:
        """VALUE: literals, kept as a remark. Only a condition has several."""
        start = self._at - 1
        self._skip("IS", "ARE")
        literals = 0
        while _LITERAL.fullmatch(self._peek()) or self._peek() in _AROUND_LITERALS:
            literals += self._peek() not in _AROUND_LITERALS
            self._next()
        if not literals:
            raise ValueError(f"VALUE needs a literal; {_CUT_SHORT}")
        if literals > 1 and entry.level != _CONDITION:
            raise ValueError(f"VALUE has {literals} literals; {_CUT_SHORT}")
        self._remark(entry, start)

    def _renames(self, entry: Entry) -> None:
        """RENAMES: names, kept as a remark."""
        start = self._at - 1
        self._names()
        self._remark(entry, start)

    def _names(self) -> None:
        """Words up to the next clause; a name has a letter."""
        while self._more() and not self._is_clause(self._peek()) and self._peek() not in _PHRASES:
            word = self._next().text
            if word.isdigit():
                raise ValueError(f"{word} is no name; {_CUT_SHORT}")

    def _remark(self, entry: Entry, start: int) -> None:
        text = " ".join(word.text for word in self._words[start : self._at])
        entry.remarks.append(_shown(text))

    def _nothing(self, _entry: Entry) -> None:
        """GLOBAL, EXTERNAL: nothing in the bytes' layout."""

    def _blank(self, entry: Entry) -> None:
        """BLANK WHEN ZERO."""
        self._skip("WHEN", "ZERO", "ZEROS", "ZEROES")
        entry.blank_zero = True


_PHRASES = {"DEPENDING", "ASCENDING", "DESCENDING", "INDEXED"}
_CLAUSES = {
    "PIC": "_picture",
    "PICTURE": "_picture",
    "USAGE": "_usage",
    "OCCURS": "_occurs",
    "REDEFINES": "_redefines",
    "SIGN": "_sign",
    "LEADING": "_leading",
    "TRAILING": "_leading",
    "SYNC": "_sync",
    "SYNCHRONIZED": "_sync",
    "JUST": "_right",
    "JUSTIFIED": "_right",
    "VALUE": "_value",
    "VALUES": "_value",
    "RENAMES": "_renames",
    "BLANK": "_blank",
    "GLOBAL": "_nothing",
    "EXTERNAL": "_nothing",
}


def _shown(text: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in text)


def read_copybook(text: str, *, name: str, free: bool = False) -> Entry:
    """The record that a copybook describes; raises ``FormatFaults`` with line numbers.

    A copybook without a level 01 is the inside of one record. Two records in one copybook are a fault.
    """
    faults: list[FormatFault] = []
    entries: list[Entry] = []
    for words in sentences(text, free=free):
        if not words:
            continue
        try:
            entries.append(_EntryReader(words).read())
        except ValueError as error:
            faults.append(_fault(name, words[0].line, str(error)))
    roots = _nested(entries)
    faults.extend(_fault(name, root.line, "a second record; split the copybook") for root in roots[1:])
    if not roots and not faults:
        faults.append(_fault(name, 1, "no data description entry; is the text in columns 8-72?"))
    if faults:
        raise FormatFaults(tuple(faults))
    return roots[0]


def _fault(name: str, line: int, message: str) -> FormatFault:
    return FormatFault(model="layout", name=name, location=(line,), message=message)


def _nested(entries: list[Entry]) -> list[Entry]:
    """The entries as trees by their level numbers; 66 and 88 become remarks of the entry before."""
    roots: list[Entry] = []
    open_groups: list[Entry] = []
    last: Entry | None = None
    for entry in entries:
        if entry.level in {_RENAMES, _CONDITION}:
            if last is not None:
                last.remarks.append(f"{entry.level} {entry.name} {' '.join(entry.remarks)}".strip())
            continue
        last = entry
        while open_groups and open_groups[-1].level >= entry.level:
            open_groups.pop()
        if open_groups:
            entry.inherit(open_groups[-1])
        (open_groups[-1].children if open_groups else roots).append(entry)
        open_groups.append(entry)
    return _one_root(roots)


def _one_root(roots: list[Entry]) -> list[Entry]:
    if roots and roots[0].level not in {1, _ALONE}:
        return [Entry(line=roots[0].line, level=1, name="RECORD", children=roots)]
    return roots
