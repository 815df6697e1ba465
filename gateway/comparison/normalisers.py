"""What makes two spellings of one value equal. No Unicode normalisation, ever.

A normaliser gives the value itself where it does not know it: nothing is made equal by guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from gateway.formats.characters.width import wide_pairs
from gateway.formats.faults import BadValueError
from gateway.formats.values.dates import ERAS, FIRST_DAYS, DateForm, parse_form

Kind = Literal["padding", "zeros", "number", "date", "width", "form", "codes", "characters"]
Which = Literal["old", "new"]

_BLANKS = " \u3000"


@dataclass(frozen=True, kw_only=True)
class Normaliser:
    """One normaliser: ``table`` belongs to codes (old to new) and characters, ``form`` and ``eras`` to form.

    Some are SQL over each value; the others are a function over each distinct value for which ``guard`` holds.
    """

    kind: Kind
    table: Mapping[str, str] = field(default_factory=dict, hash=False)
    form: str = ""
    eras: tuple[str, ...] = ()

    def sql(self, value: str) -> str | None:
        """The expression of a normalised value, or None where ``function`` makes it."""
        found = {"padding": _padding, "zeros": _zeros, "number": number, "date": _date}.get(self.kind)
        return found and found(value)

    def guard(self, value: str) -> str:
        """SQL that is false only for values that ``function`` leaves as they are."""
        match self.kind:
            case "width":
                return f"regexp_matches({value}, '[ -~¢£¥¦¬‾｡-ﾟ]')"
            case "form":
                return f"length({value}) = {parse_form(self.form, self.eras).size}"
            case "characters":
                firsts = "".join(dict.fromkeys(re.escape(text[0]) for text in self.table))
                return f"regexp_matches({value}, {literal(f'[{firsts}]')})" if firsts else "false"
        return f"{value} <> ''"

    def is_for(self, which: Which) -> bool:
        """Whether values of a side are changed at all: codes are the old side's."""
        return self.kind != "codes" or which == "old"

    def function(self) -> Callable[[str], str]:
        """What makes a normalised value of another."""
        match self.kind:
            case "width":
                return _wide
            case "form":
                return partial(_western, parse_form(self.form, self.eras))
            case "characters":
                return _replacing(self.table)
        return lambda value: self.table.get(value, value)


_WIDE = wide_pairs()
_SINGLE = str.maketrans({half: full for half, full in _WIDE.items() if len(half) == 1})
_VOICED = re.compile("[ｱ-ﾝ][ﾞﾟ]")


def _wide(value: str) -> str:
    """Half-width letters, signs and kana as full-width ones, a voicing mark joined to its kana."""
    return _VOICED.sub(lambda found: _WIDE.get(found[0], found[0]), value).translate(_SINGLE)


def _western(form: DateForm, value: str) -> str:
    """A date written in this form, as YYYY-MM-DD."""
    try:
        return western(form.read(value))
    except BadValueError:
        return value


def western(date: str) -> str:
    """A canonical date without its era."""
    era = ERAS.find(date[:1])
    if not date or era < 0:
        return date
    return f"{FIRST_DAYS[era][0] + int(date[1:3]) - 1:04d}{date[3:]}"


def _replacing(table: Mapping[str, str]) -> Callable[[str], str]:
    """Each character, or character with its selector, as the table says; longer ones first."""
    known = sorted(table, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, known)) or "(?!)")
    return lambda value: pattern.sub(lambda found: table[found[0]], value)


def _padding(value: str) -> str:
    return f"trim({value}, {literal(_BLANKS)})"


def _zeros(value: str) -> str:
    stripped = f"coalesce(nullif(ltrim({value}, '0'), ''), '0')"
    return f"CASE WHEN starts_with({value}, '0') THEN {stripped} ELSE {value} END"


def literal(text: str) -> str:
    """A text as SQL writes it."""
    quoted = text.replace("'", "''")
    return f"'{quoted}'"


def number(value: str) -> str:
    """Decimal digits without needless zeros, plus sign and point; ``-0`` is ``0``."""
    plain = f"regexp_replace(ltrim({value}, '+'), '^(-?)0+([0-9])', '\\1\\2')"
    short = f"CASE WHEN contains({value}, '.') THEN rtrim(rtrim({plain}, '0'), '.') ELSE {plain} END"
    begins = f"{value} = '0' OR ({value} >= '1' AND {value} < ':') OR ({value} >= '-1' AND {value} < '-:')"
    return (
        f"CASE WHEN ({begins}) AND NOT contains({value}, '.') "
        f"OR NOT regexp_full_match({value}, '[+-]?[0-9]+([.][0-9]*)?') THEN {value} "
        f"ELSE coalesce(nullif({short}, '-0'), '0') END"
    )


def _date(value: str) -> str:
    """Western dates with or without separators, and canonical dates in an era, as YYYY-MM-DD."""
    first_years = "".join(f" WHEN '{era}' THEN {day[0]}" for era, day in zip(ERAS, FIRST_DAYS, strict=True))
    year = f"CASE {value}[1]{first_years} END + {value}[2:3]::INTEGER - 1"
    return (
        f"CASE WHEN regexp_full_match({value}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') THEN {value} "
        f"WHEN regexp_full_match({value}, '[0-9]{{8}}') "
        f"THEN {value}[1:4] || '-' || {value}[5:6] || '-' || {value}[7:8] "
        f"WHEN regexp_full_match({value}, '[0-9]{{4}}([/.])[0-9]{{2}}[/.][0-9]{{2}}') "
        f"THEN translate({value}, '/.', '--') "
        f"WHEN regexp_full_match({value}, '[{ERAS}][0-9]{{2}}-[0-9]{{2}}-[0-9]{{2}}') "
        f"THEN lpad(({year})::VARCHAR, 4, '0') || {value}[4:] ELSE {value} END"
    )
