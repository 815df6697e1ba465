"""What files are called at their destination, and what is called after them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import count
from typing import Self

from adapters.names import composed
from gateway.naming.template import (
    DESTINATION_KEYS,
    FILE_KEYS,
    REMEMBERED,
    Part,
    TemplateFault,
    parts_of,
    require_safe,
    split_name,
)

_LONGEST_SEARCH = 86_400


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
class DestinationName:
    """What a file is called at its destination.

    Attributes:
        text: the template as written.
    """

    text: str
    parts: tuple[Part, ...]

    @classmethod
    @lru_cache(REMEMBERED)
    def compile(cls, text: str, *, keys: frozenset[str] = DESTINATION_KEYS) -> Self:
        """Understand a name that may use ``keys``. Raises ``TemplateFault``."""
        name = cls(text=text, parts=parts_of(text, keys))
        if wild := next((c for part in name.parts for c in part.text if c in "*?"), None):
            raise TemplateFault(f"has {wild}, which matches and cannot be written; use {{name}} or {{seq}}")
        require_safe(name.render(_SAMPLE))
        return name

    @property
    def constant(self) -> bool:
        """Whether every file gets the same name."""
        return not any(part.key for part in self.parts)

    def uses(self, key: str) -> bool:
        """Whether the name depends on ``key``."""
        return any(part.key == key for part in self.parts)

    def render(self, values: NameValues) -> str:
        """The name, in which the file's own has each character in one piece (``composed``).

        Raises ``TemplateFault`` if the counter has outgrown the digits that it was given.
        """
        return self.beside(replace(values, name=composed(values.name)))

    def beside(self, values: NameValues) -> str:
        """As ``render``, with the file's own name as it is spelt: so are those of files that stand beside it."""
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
        return f"{folder}{slash}{self.name.beside(replace(_SAMPLE, name=name))}"


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
