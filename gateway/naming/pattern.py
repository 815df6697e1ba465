"""Which files of a source are meant, and what their paths say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Self

from adapters.names import composed
from gateway.naming.template import (
    DEFAULTS,
    DIRECTIVES,
    REMEMBERED,
    SOURCE_KEYS,
    Part,
    TemplateFault,
    parts_of,
    require_safe,
    split_name,
)


@dataclass(frozen=True, kw_only=True)
class Captured:
    """What a source file's path says."""

    date: date | None
    time: time | None
    seq: int | None
    name: str
    stem: str
    suffix: str


@dataclass(frozen=True, kw_only=True)
class SourcePattern:
    """Which files a route takes, and what their paths say.

    Attributes:
        text: the pattern as written.
        glob: what an adapter's ``scan`` is asked for: each template is a ``*``.
    """

    text: str
    parts: tuple[Part, ...]
    glob: str

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """What whole paths match; made for the first of them, since whoever checks a pattern alone needs none."""
        return re.compile(_regex(tuple(replace(part, text=composed(part.text)) for part in self.parts)))

    @classmethod
    @lru_cache(REMEMBERED)
    def compile(cls, text: str) -> Self:
        """Understand a pattern. Raises ``TemplateFault``."""
        parts = parts_of(text, SOURCE_KEYS)
        _require_whole(parts)
        _require_one_number(parts)
        glob = re.sub(r"\*+", "*", "".join("*" if part.key else part.text for part in parts))
        if "**" in "".join(part.text for part in parts):
            raise TemplateFault("has **; write the folders one by one, * matches within one")
        require_safe(glob.replace("*", "x").replace("?", "x"))
        return cls(text=text, parts=parts, glob=glob)

    def match(self, path: str) -> Captured | None:
        """What the path says, or None if it is not meant. A date that no calendar has does not match."""
        found = self.regex.fullmatch(composed(path))
        if found is None:
            return None
        groups = found.groupdict()
        try:
            on, at = _date(groups), _time(groups)
        except ValueError:
            return None
        name, stem, suffix = split_name(path)
        seq = int(groups["seq"]) if groups.get("seq") else None
        return Captured(date=on, time=at, seq=seq, name=name, stem=stem, suffix=suffix)


def _require_one_number(parts: tuple[Part, ...]) -> None:
    """A number that stands twice is the same both times, so its digits are as many."""
    widths = list(dict.fromkeys(part.format for part in parts if part.key == "seq"))
    if len(widths) > 1:
        said = " and ".join(f"{{seq{width and f':{width}'}}}" for width in widths)
        raise TemplateFault(
            f"has {said}, which are one number; write it alike, or * in the place of the other"
        )


def _require_whole(parts: tuple[Part, ...]) -> None:
    said = {
        key: {d for part in parts if part.key == key for d in re.findall("%(.)", part.format)}
        for key in DEFAULTS
    }
    if said["date"] and not (
        said["date"] & {"Y", "y"} and ({"m", "d"} <= said["date"] or "j" in said["date"])
    ):
        raise TemplateFault(
            "captures no whole date; write year, month and day, such as {date:%Y%m%d}, or * instead"
        )
    if said["time"] and not {"H", "M"} <= said["time"]:
        raise TemplateFault(
            "captures no whole time; write hour and minute, such as {time:%H%M%S}, or * instead"
        )
    if any("/" in part.format for part in parts):
        raise TemplateFault("has a / inside braces; write {date:%Y}/{date:%m%d}, one for each folder")


def _regex(parts: tuple[Part, ...]) -> str:
    r"""A regular expression without exponential search.

    Between two stars the leftmost match of a piece is as good as any: each such piece is atomic, ``(?>...)``.
    """
    seen: set[str] = set()
    tokens = [token for part in parts for token in _tokens(part, seen)]
    segments = _split(tokens, "/")
    return "/".join(_segment(segment) for segment in segments)


def _segment(tokens: list[str]) -> str:
    first, *rest = _split(tokens, "*")
    if not rest:
        return "".join(first)
    *middle, last = rest
    atoms = "".join(f"(?>[^/]*?{''.join(piece)})" for piece in middle)
    return f"{''.join(first)}{atoms}[^/]*{''.join(last)}"


def _split(tokens: list[str], at: str) -> list[list[str]]:
    marks = [-1, *(i for i, token in enumerate(tokens) if token == at), len(tokens)]
    return [tokens[a + 1 : b] for a, b in pairwise(marks)]


def _tokens(part: Part, seen: set[str]) -> Iterator[str]:
    """Regular expressions of single characters and groups; ``*`` and ``/`` stay as they are."""
    if part.key == "seq":
        width = part.format.lstrip("0")
        yield _group("seq", f"[0-9]{{{width}}}" if width else "[0-9]+", seen)
    elif part.key:
        for directive, literal in re.findall(r"%(.)|([^%])", part.format):
            yield (
                _group(directive, DIRECTIVES[part.key][directive], seen) if directive else re.escape(literal)
            )
    else:
        yield from (c if c in "*/" else "[^/]" if c == "?" else re.escape(c) for c in part.text)


def _group(name: str, regex: str, seen: set[str]) -> str:
    if name in seen:
        return f"(?P={name})"
    seen.add(name)
    return f"(?P<{name}>{regex})"


def _date(groups: Mapping[str, str]) -> date | None:
    """The date out of the groups; two-digit years are of this century. Raises ``ValueError``."""
    year = groups.get("Y") or (f"20{groups['y']}" if "y" in groups else None)
    if year is None:
        return None
    if "j" in groups:
        found = date(int(year), 1, 1) + timedelta(days=int(groups["j"]) - 1)
        return _same_year(found, int(year))
    return date(int(year), int(groups["m"]), int(groups["d"]))


def _same_year(found: date, year: int) -> date:
    if found.year != year:
        raise ValueError("no such day in that year")
    return found


def _time(groups: Mapping[str, str]) -> time | None:
    if "H" not in groups:
        return None
    return time(int(groups["H"]), int(groups["M"]), int(groups.get("S") or 0))
