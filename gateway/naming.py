"""Templates in names: what a source pattern captures, and what a destination's name becomes. Pure.

A source pattern such as ``out/JUKI_{date:%Y%m%d}_*.dat`` matches and captures; it never filters by today. A
destination name such as ``RENKEI.JUKI.D{date:%y%m%d}.T{time:%H%M%S}`` is rendered once per transfer.

A file's business date is what its name says, else the header item that its layout names (``business_date``), else the
day of its admission, which begins at ``business_day_starts``.

| key          | source pattern                     | destination name                                  |
|--------------|------------------------------------|---------------------------------------------------|
| ``date``     | captures the business date         | the business date; ``%Y%m%d`` if nothing is said  |
| ``time``     | captures a time of day             | the admission time; ``%H%M%S`` if nothing is said |
| ``seq``      | captures a number (``{seq:06}``: six digits) | a counter of the journal, zero-padded so |
| ``name`` ``stem`` ``suffix`` | -                  | the source file's name, and its two parts         |
| ``revision`` | -                                  | nothing, then ``-r2``, ``-r3``                    |
| ``part``     | -                                  | which part of a file that is split, from 1 (``{part:02}``) |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from itertools import count, pairwise
from typing import Self

from adapters.names import is_temporary, why_unsafe
from gateway.spelling import instead

SOURCE_KEYS = frozenset({"date", "time", "seq"})
FILE_KEYS = frozenset({"name", "stem", "suffix"})
DESTINATION_KEYS = SOURCE_KEYS | FILE_KEYS | {"revision", "part"}
PARTED = ("part", "seq", "time")
"""Keys by which the parts of one file get names of their own."""

_DIRECTIVES = {
    "date": {
        "Y": "[0-9]{4}",
        "y": "[0-9]{2}",
        "m": "0[1-9]|1[0-2]",
        "d": "0[1-9]|[12][0-9]|3[01]",
        "j": "[0-9]{3}",
    },
    "time": {"H": "[01][0-9]|2[0-3]", "M": "[0-5][0-9]", "S": "[0-5][0-9]"},
}
_DEFAULTS = {"date": "%Y%m%d", "time": "%H%M%S"}
_TOKEN = re.compile(r"\{([^{}]*)\}|([^{}]+)|([{}])")
_WIDTH = re.compile(r"^0?([1-9]|1[0-8])$")
_COUNTED = frozenset({"seq", "part"})
_LONGEST_SEARCH = 86_400
REMEMBERED = 65_536
"""Templates that are understood once and kept: a route asks for its own at every file."""


class TemplateFault(ValueError):
    """A template that cannot be used; the text says why, and what to write instead."""


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
class NameValues:
    """What a destination name is made of.

    Attributes:
        date: the business date.
        time: the admission time, in the gateway's zone.
        seq: the journal's counter; needed where the template uses it.
        name: the source file's name, without folders.
        revision: 1 for the first content under that name.
        part: which part of its file, from 1.
    """

    date: date
    time: datetime
    name: str
    seq: int | None = None
    revision: int = 1
    part: int = 1


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A piece of a template: literal text, or a key with its format."""

    text: str = ""
    key: str = ""
    format: str = ""


def split_name(path: str) -> tuple[str, str, str]:
    """The last segment of a path, and its part before and from the last dot."""
    name = path.rsplit("/", 1)[-1]
    dot = name.rfind(".")
    return (name, name, "") if dot <= 0 else (name, name[:dot], name[dot:])


def _parts(text: str, keys: frozenset[str]) -> tuple[_Part, ...]:
    return tuple(_part(match, keys) for match in _TOKEN.finditer(text))


def _part(token: re.Match[str], keys: frozenset[str]) -> _Part:
    inside, literal, brace = token.groups()
    if brace:
        hint = "braces stand in pairs around a key, such as {date:%Y%m%d}"
        raise TemplateFault(f"has a single {brace}; {hint}")
    if literal is not None:
        return _Part(text=literal)
    key, colon, format_ = inside.partition(":")
    if key not in keys:
        raise TemplateFault(_unknown_key(key, keys))
    if colon and not format_:
        raise TemplateFault(f"has nothing after the colon in {{{inside}}}; write {{{key}}}")
    return _Part(key=key, format=_checked_format(key, format_))


def bare_directives(text: str) -> Iterator[tuple[str, str]]:
    """Runs such as ``%Y%m%d`` that stand outside braces, each with the key within whose braces they would mean one."""
    literal = re.sub(r"\{[^{}]*\}", "\n", text)
    for key, known in _DIRECTIVES.items():
        for found in re.finditer(rf"(?:%[{''.join(known)}])+", literal):
            yield key, found[0]


def _unknown_key(key: str, keys: frozenset[str]) -> str:
    if key == "?":
        return "is still open at {?}; write there what the files are called"
    if key in DESTINATION_KEYS:
        return f"cannot use {{{key}}}; known here: {_braced(keys)}"
    hint = re.sub(r"mean (\w+)", r"mean {\1}", instead(key, keys))
    return f"has an unknown key {{{key}}}; {hint}"


def _braced(keys: frozenset[str]) -> str:
    return " ".join(f"{{{key}}}" for key in sorted(keys))


def _checked_format(key: str, format_: str) -> str:
    if key in _DIRECTIVES:
        return _checked_directives(key, format_ or _DEFAULTS[key])
    if key in _COUNTED and format_ and not _WIDTH.match(format_):
        raise TemplateFault(
            f"has {{{key}:{format_}}}; after {key}: stands a number of digits up to 18, such as {{{key}:06}}"
        )
    if key not in _COUNTED and format_:
        raise TemplateFault(f"has {{{key}:{format_}}}; write {{{key}}} alone")
    return format_


def _checked_directives(key: str, format_: str) -> str:
    known = _DIRECTIVES[key]
    for directive in re.findall(r"%(.?)", format_):
        if directive not in known:
            there = " ".join(f"%{one}" for one in known)
            raise TemplateFault(f"has %{directive} in {{{key}}}; known there: {there}")
    if "%" not in format_:
        raise TemplateFault(f"has {{{key}:{format_}}} without any %; write {{{key}:{_DEFAULTS[key]}}}")
    return format_


@dataclass(frozen=True, kw_only=True)
class SourcePattern:
    """Which files a route takes, and what their paths say.

    Attributes:
        text: the pattern as written.
        glob: what an adapter's ``scan`` is asked for: each template is a ``*``.
    """

    text: str
    parts: tuple[_Part, ...]
    glob: str

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """What whole paths match; made for the first of them, since whoever checks a pattern alone needs none."""
        return re.compile(_regex(self.parts))

    @classmethod
    @lru_cache(REMEMBERED)
    def compile(cls, text: str) -> Self:
        """Understand a pattern. Raises ``TemplateFault``."""
        parts = _parts(text, SOURCE_KEYS)
        _require_whole(parts)
        _require_one_number(parts)
        glob = re.sub(r"\*+", "*", "".join("*" if part.key else part.text for part in parts))
        if "**" in "".join(part.text for part in parts):
            raise TemplateFault("has **; write the folders one by one, * matches within one")
        _require_safe(glob.replace("*", "x").replace("?", "x"))
        return cls(text=text, parts=parts, glob=glob)

    def match(self, path: str) -> Captured | None:
        """What the path says, or None if it is not meant. A date that no calendar has does not match."""
        found = self.regex.fullmatch(path)
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


def _require_one_number(parts: tuple[_Part, ...]) -> None:
    """A number that stands twice is the same both times, so its digits are as many."""
    widths = list(dict.fromkeys(part.format for part in parts if part.key == "seq"))
    if len(widths) > 1:
        said = " and ".join(f"{{seq{width and f':{width}'}}}" for width in widths)
        raise TemplateFault(
            f"has {said}, which are one number; write it alike, or * in the place of the other"
        )


def _require_whole(parts: tuple[_Part, ...]) -> None:
    said = {
        key: {d for part in parts if part.key == key for d in re.findall("%(.)", part.format)}
        for key in _DEFAULTS
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


def _require_safe(path: str) -> None:
    if reason := why_unsafe(path):
        raise TemplateFault(f"cannot be used: {reason}; write a path relative to the endpoint's root")
    if path != path.strip():
        raise TemplateFault("begins or ends with a blank, which nobody sees; take it out")
    if is_temporary(path):
        raise TemplateFault("begins as the names of unfinished files do; write another name")


def _regex(parts: tuple[_Part, ...]) -> str:
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


def _tokens(part: _Part, seen: set[str]) -> Iterator[str]:
    """Regular expressions of single characters and groups; ``*`` and ``/`` stay as they are."""
    if part.key == "seq":
        width = part.format.lstrip("0")
        yield _group("seq", f"[0-9]{{{width}}}" if width else "[0-9]+", seen)
    elif part.key:
        for directive, literal in re.findall(r"%(.)|([^%])", part.format):
            yield (
                _group(directive, _DIRECTIVES[part.key][directive], seen) if directive else re.escape(literal)
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


@dataclass(frozen=True, kw_only=True)
class DestinationName:
    """What a file is called at its destination.

    Attributes:
        text: the template as written.
    """

    text: str
    parts: tuple[_Part, ...]

    @classmethod
    @lru_cache(REMEMBERED)
    def compile(cls, text: str, *, keys: frozenset[str] = DESTINATION_KEYS) -> Self:
        """Understand a name that may use ``keys``. Raises ``TemplateFault``."""
        name = cls(text=text, parts=_parts(text, keys))
        if wild := next((c for part in name.parts for c in part.text if c in "*?"), None):
            raise TemplateFault(f"has {wild}, which matches and cannot be written; use {{name}} or {{seq}}")
        _require_safe(name.render(_SAMPLE))
        return name

    @property
    def constant(self) -> bool:
        """Whether every file gets the same name."""
        return not any(part.key for part in self.parts)

    def uses(self, key: str) -> bool:
        """Whether the name depends on ``key``."""
        return any(part.key == key for part in self.parts)

    def render(self, values: NameValues) -> str:
        """The name. Raises ``TemplateFault`` if the counter has outgrown the digits that it was given."""
        return "".join(part.text or _RENDER[part.key](values, part.format) for part in self.parts)

    def candidates(self, values: NameValues) -> Iterator[str]:
        """The name, then those to try while it is taken: next seconds, else next numbers, else no more."""
        last = ""
        for tried in self._successors(values):
            try:
                name = self.render(tried)
            except TemplateFault:
                return
            if name != last:
                yield name
            last = name

    def _successors(self, values: NameValues) -> Iterator[NameValues]:
        if self.uses("time"):
            seconds = range(_LONGEST_SEARCH)
            return (replace(values, time=values.time + timedelta(seconds=more)) for more in seconds)
        if self.uses("seq") and values.seq is not None:
            return (replace(values, seq=number) for number in count(values.seq))
        return iter((values,))


@dataclass(frozen=True, kw_only=True)
class Companion:
    """A file beside another one, such as its marker: ``{name}.done`` in the same folder."""

    name: DestinationName

    @classmethod
    def compile(cls, text: str) -> Self:
        """Understand a template of ``{name}``, ``{stem}`` and ``{suffix}``. Raises ``TemplateFault``."""
        name = DestinationName.compile(text, keys=FILE_KEYS)
        if not (name.uses("name") or name.uses("stem")):
            raise TemplateFault(
                "is the same for every file; write {name} or {stem} in it, such as {name}.done"
            )
        return cls(name=name)

    def of(self, path: str) -> str:
        """The companion's path beside the file at ``path``."""
        folder, slash, name = path.rpartition("/")
        return f"{folder}{slash}{self.name.render(replace(_SAMPLE, name=name))}"


def _render_seq(values: NameValues, format_: str) -> str:
    if values.seq is None:
        raise TemplateFault("uses {seq}, and no number was given")
    return _padded("seq", values.seq, format_)


def _padded(key: str, number: int, format_: str) -> str:
    text = str(number).zfill(int(format_ or 0))
    if format_ and len(text) > int(format_):
        raise TemplateFault(f"has no room for number {number} in {{{key}:{format_}}}; write more digits")
    return text


_RENDER: dict[str, Callable[[NameValues, str], str]] = {
    "date": lambda values, format_: values.date.strftime(format_.replace("%Y", f"{values.date.year:04}")),
    "time": lambda values, format_: values.time.strftime(format_),
    "seq": _render_seq,
    "part": lambda values, format_: _padded("part", values.part, format_),
    "name": lambda values, _: split_name(values.name)[0],
    "stem": lambda values, _: split_name(values.name)[1],
    "suffix": lambda values, _: split_name(values.name)[2],
    "revision": lambda values, _: "" if values.revision == 1 else f"-r{values.revision}",
}
_SAMPLE = NameValues(date=date(2027, 1, 4), time=datetime(2027, 1, 4), name="sample.dat", seq=1)  # noqa: DTZ001 - only its text is used
