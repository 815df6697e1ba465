"""Dates of records, eras included, without a calendar: what no calendar has is carried, never repaired.

A canonical date is ``YYYY-MM-DD`` with 00 for an unknown month or day, or ``<era>YY-MM-DD`` (``S64-00-00``) where
the western form alone would not lead back to the same era: an unknown day in a year with two eras, or a date past
the end of its era (昭和70年, 明治45-07-30 beside 大正1-07-30).

First days of the eras: Taisho 1912-07-30, Showa 1926-12-25, Heisei 1989-01-08, Reiwa 2019-05-01 (imperial rescripts
and cabinet orders); Meiji counts from 1868-01-25.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.formats.faults import BadValueError

ERAS = "MTSHR"
ERA = "G"
FIRST_DAYS = ((1868, 1, 25), (1912, 7, 30), (1926, 12, 25), (1989, 1, 8), (2019, 5, 1))
_WESTERN = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_IN_ERA = re.compile(r"([MTSHR])([0-9]{2})-([0-9]{2})-([0-9]{2})")
_TOKENS = re.compile(r"G|YYYY|YY|MM|DD|[-/.]|(?P<strange>.)")

Parts = tuple[int, int, int]


def check_parts(month: int, day: int) -> None:
    """Raises ``BadValueError`` unless month and day could stand in a date (00 is unknown)."""
    if not (0 <= month <= 12 and 0 <= day <= 31):  # noqa: PLR2004 - months and days
        raise BadValueError("date", "month or day is out of range")


def parse_western(text: str) -> Parts:
    """Year, month and day of ``YYYY-MM-DD``; raises ``BadValueError``."""
    match = _WESTERN.fullmatch(text)
    if match is None:
        if _IN_ERA.fullmatch(text):
            raise BadValueError(
                "era", "this era date has no unambiguous western form; carry it as text as well"
            )
        raise BadValueError("date", "not a date: YYYY-MM-DD, 00 for unknown")
    year, month, day = (int(part) for part in match.groups())
    check_parts(month, day)
    return year, month, day


def era_of(parts: Parts) -> int | None:
    """The era in which the whole of a (partly unknown) date lies, or None if it is not certain."""
    year, month, day = parts
    first = (year, month or 1, day or 1)
    last = (year, month or 12, day or 31)
    found = [sum(start <= moment for start in FIRST_DAYS) - 1 for moment in (first, last)]
    return found[0] if found[0] == found[1] and found[0] >= 0 else None


def canonical(era: int, year: int, month: int, day: int) -> str:
    """The canonical date of an era date."""
    check_parts(month, day)
    western = (FIRST_DAYS[era][0] + year - 1, month, day)
    if year and era_of(western) == era:
        return western_text(western)
    return f"{ERAS[era]}{year:02d}-{month:02d}-{day:02d}"


def western_text(parts: Parts) -> str:
    """``YYYY-MM-DD``."""
    year, month, day = parts
    return f"{year:04d}-{month:02d}-{day:02d}"


def in_era(text: str) -> tuple[int, int, int, int]:
    """Era (index), year, month and day of a canonical date; raises ``BadValueError`` if its era is not certain."""
    match = _IN_ERA.fullmatch(text)
    if match is not None:
        year, month, day = (int(part) for part in match.groups()[1:])
        check_parts(month, day)
        return ERAS.index(match[1]), year, month, day
    parts = parse_western(text)
    era = era_of(parts)
    if era is None:
        raise BadValueError("era", "the era of this date is not certain; declare its meaning")
    return era, parts[0] - FIRST_DAYS[era][0] + 1, parts[1], parts[2]


@dataclass(frozen=True, kw_only=True)
class DateForm:
    """How a date is written in characters: tokens of ``form``, era codes in the order of ``ERAS``."""

    tokens: tuple[str, ...]
    eras: tuple[str, ...]

    @property
    def size(self) -> int:
        """Characters of a date."""
        return sum(self._width(token) for token in self.tokens)

    def _width(self, token: str) -> int:
        return len(self.eras[0]) if token == ERA else len(token)

    def read(self, text: str) -> str:
        """The canonical date; raises ``BadValueError``."""
        found: dict[str, str] = {}
        at = 0
        for token in self.tokens:
            piece = text[at : at + self._width(token)]
            self._check(token, piece, at)
            found[token] = piece
            at += len(piece)
        month, day = int(found["MM"]), int(found["DD"])
        if "G" not in found:
            check_parts(month, day)
            return western_text((int(found["YYYY"]), month, day))
        return canonical(self.eras.index(found["G"]), int(found["YY"]), month, day)

    def _check(self, token: str, piece: str, at: int) -> None:
        if token == ERA:
            if piece not in self.eras:
                raise BadValueError("era", "the era code is not in the layout's list", at)
        elif token.isalpha():
            if not (piece.isascii() and piece.isdigit()):
                raise BadValueError("date", "not a digit where the form has one", at)
        elif piece != token:
            raise BadValueError("date", "the separator of the form is missing", at)

    def write(self, date: str) -> str:
        """The characters of a canonical date; raises ``BadValueError``."""
        if not self.eras:
            year, month, day = parse_western(date)
            parts = {"YYYY": f"{year:04d}", "MM": f"{month:02d}", "DD": f"{day:02d}"}
        else:
            era, year, month, day = in_era(date)
            if year > 99:  # noqa: PLR2004 - two digits
                raise BadValueError("era", "the year of the era has more than two digits")
            parts = {"G": self.eras[era], "YY": f"{year:02d}", "MM": f"{month:02d}", "DD": f"{day:02d}"}
        return "".join(parts.get(token, token) for token in self.tokens)


def parse_form(form: str, eras: tuple[str, ...]) -> DateForm:
    """The tokens of a form such as ``GYYMMDD``; raises ValueError with what to write."""
    tokens = []
    for match in _TOKENS.finditer(form):
        if match["strange"]:
            raise ValueError("a form has G, YYYY or YY, MM, DD and the separators / - .")
        tokens.append(match[0])
    year = "YY" if eras else "YYYY"
    wanted = sorted(["MM", "DD", year, *(["G"] if eras else [])])
    if sorted(token for token in tokens if token.isalpha()) != wanted:
        raise ValueError(f"a form has {', '.join(wanted)} once each")
    if len({len(code) for code in eras}) > 1:
        raise ValueError("the era codes have the same number of characters")
    return DateForm(tokens=tuple(tokens), eras=eras)
