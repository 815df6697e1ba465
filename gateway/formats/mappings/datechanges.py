"""What the lines of a mapping do to dates: years alone, years of eras, unknown dates with a flag and a wording.

Unknown parts of a date are 00 in its canonical value (see ``dates``). Standardized data carry such a date as a DATE,
a flag (X1) and a wording (N72). The wordings written here are of one fixed form, ``昭和６０年２月頃``, so that they
can be read back; a wording of another form is never interpreted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gateway.formats.faults import BadValueError
from gateway.formats.mappings.changes import Change
from gateway.formats.values.dates import ERAS, FIRST_DAYS, canonical, in_era, parse_western, western_text

_ERA_NAMES = ("明治", "大正", "昭和", "平成", "令和")
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_NARROW = str.maketrans("０１２３４５６７８９", "0123456789")
_UNKNOWN, _ABOUT = "不詳", "頃"
_WORDING = re.compile(
    "(?:(明治|大正|昭和|平成|令和)?(元|[０-９]{1,4})年|年不詳)"
    "(?:([０-９]{1,2})月|(月不詳))?(?:([０-９]{1,2})日)?頃?"
)
_YEAR = re.compile("[0-9]{4}")

Shared = Literal["earlier", "later", "refuse"]


def year_of(*, cut: bool) -> Change:
    """The year of a date. Unless ``cut``, a date with a month or a day is an error: they would be lost."""

    def change(date: str) -> str:
        if not date:
            return ""
        year, month, day = parse_western(date)
        if (month or day) and not cut:
            raise BadValueError("year", "the date has a month or a day, and only its year is carried")
        return f"{year:04d}"

    return change


def date_of_year(year: str) -> str:
    """The date of which only the year is known."""
    if year and not _YEAR.fullmatch(year):
        raise BadValueError("year", "not a year: four digits")
    return f"{year}-00-00" if year else ""


def year_from_era(eras: Sequence[str], shared: Shared) -> Change:
    """The western year of an era code with two digits. A year is read only if it would be written the same."""
    write = year_to_era(eras, shared)

    def change(written: str) -> str:
        if not written:
            return ""
        code, digits = written[:-2], written[-2:]
        if code not in eras or not (digits.isascii() and digits.isdigit()):
            raise BadValueError("era", "not an era code of the mapping with two digits")
        year = f"{FIRST_DAYS[eras.index(code)][0] + int(digits) - 1:04d}"
        if write(year) != written:
            raise BadValueError("era", "this year of an era has no way back; it belongs to another era")
        return year

    return change


def year_to_era(eras: Sequence[str], shared: Shared) -> Change:
    """The era code and two digits of a western year; ``shared`` says whose a year of two eras is."""

    def change(year: str) -> str:
        if not year:
            return ""
        if not _YEAR.fullmatch(year):
            raise BadValueError("year", "not a year: four digits")
        found = [index for index, first in enumerate(FIRST_DAYS) if first[0] <= int(year)]
        if not found:
            raise BadValueError("era", "a year before the first era")
        era = found[-1]
        if FIRST_DAYS[era][0] == int(year) and era:
            if shared == "refuse":
                raise BadValueError("era", "two eras share this year; say shared: earlier or later")
            era -= shared == "earlier"
        count = int(year) - FIRST_DAYS[era][0] + 1
        if count > 99:  # noqa: PLR2004 - two digits
            raise BadValueError("era", "the year of the era has more than two digits")
        return f"{eras[era]}{count:02d}"

    return change


def wording_of(date: str) -> str:
    """How a date that is not wholly known is worded, in full-width characters; raises ``BadValueError``.

    The era where it is certain, else the western year; 元 for the first year of an era.
    """
    if date == "0000-00-00":
        return _UNKNOWN
    try:
        era, number, month, day = in_era(date)
        year = f"{_ERA_NAMES[era]}{'元' if number == 1 else number}年"
    except BadValueError:
        number, month, day = parse_western(date)
        year = f"{number}年" if number else "年不詳"
    months = f"{month}月" if month else "月不詳" if day else ""
    days = f"{day}日" if day else ""
    about = "" if number and month and day else _ABOUT
    return f"{year}{months}{days}{about}".translate(_WIDE)


def date_of_wording(wording: str) -> str:
    """The canonical date of a wording; raises ``BadValueError`` unless it is written as ``wording_of`` writes."""
    match = _WORDING.fullmatch(wording)
    if wording == _UNKNOWN:
        return "0000-00-00"
    if match is None:
        raise BadValueError("unknown", "a wording that is not of the form that can be read back")
    name, year, month, _, day = (part.translate(_NARROW) if part else "" for part in match.groups())
    months, days = int(month or 0), int(day or 0)
    if name:
        date = canonical(_ERA_NAMES.index(name), 1 if year == "元" else int(year), months, days)
    else:
        if year == "元":
            raise BadValueError("unknown", "a first year without an era")
        date = western_text((int(year or 0), months, days))
    if wording_of(date) != wording:
        raise BadValueError("unknown", "a wording that is not of the form that can be read back")
    return date


@dataclass(frozen=True, kw_only=True)
class UnknownDates:
    """How unknown dates are carried: ``flags`` for known and unknown (None: no such item), and what DATE holds."""

    flags: tuple[str, str] | None
    date: Literal["as-is", "empty", "first-day"]

    def spread(self, given: Sequence[str]) -> Sequence[str]:
        """One canonical date as DATE, flag and wording; raises ``BadValueError``."""
        date = given[0]
        known = not date or _is_whole(date)
        parts = [date, ""] if known else [self._held(date), wording_of(date)]
        if self.flags is not None:
            parts.insert(1, "" if not date else self.flags[not known])
        return parts

    def gather(self, parts: Sequence[str]) -> Sequence[str]:
        """The canonical date of the three; raises ``BadValueError`` if they do not agree with one another."""
        date = date_of_wording(parts[-1]) if parts[-1] else parts[0]
        if list(self.spread([date])) != list(parts):
            raise BadValueError("unknown", "date, flag and wording do not agree with one another")
        return [date]

    def _held(self, date: str) -> str:
        """What stands in the item of type DATE."""
        if self.date != "first-day":
            return date if self.date == "as-is" else ""
        if date == "0000-00-00":
            return ""
        try:
            year, month, day = parse_western(date)
        except BadValueError:
            era, number, month, day = in_era(date)
            year = FIRST_DAYS[era][0] + number - 1
        return western_text((year, month or 1, day or 1)) if year else ""


def _is_whole(date: str) -> bool:
    """Whether a canonical date is a western one of which every part is known; 0000-01-01 is an open beginning."""
    if date[0] in ERAS or "00" in (date[5:7], date[8:]):
        return False
    return not date.startswith("0000") or date == "0000-01-01"
