"""What a template is made of: literal text, and keys with their formats, each checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from adapters.names import is_temporary, why_unsafe
from gateway.spelling import instead

SOURCE_KEYS = frozenset({"date", "time", "seq"})
FILE_KEYS = frozenset({"name", "stem", "suffix"})
DESTINATION_KEYS = SOURCE_KEYS | FILE_KEYS | {"revision", "part"}
PARTED = ("part", "seq", "time")
"""Keys by which the parts of one file get names of their own."""

DIRECTIVES = {
    "date": {
        "Y": "[0-9]{4}",
        "y": "[0-9]{2}",
        "m": "0[1-9]|1[0-2]",
        "d": "0[1-9]|[12][0-9]|3[01]",
        "j": "[0-9]{3}",
    },
    "time": {"H": "[01][0-9]|2[0-3]", "M": "[0-5][0-9]", "S": "[0-5][0-9]"},
}
DEFAULTS = {"date": "%Y%m%d", "time": "%H%M%S"}
_TOKEN = re.compile(r"\{([^{}]*)\}|([^{}]+)|([{}])")
_WIDTH = re.compile(r"^0?([1-9]|1[0-8])$")
_COUNTED = frozenset({"seq", "part"})
REMEMBERED = 65_536
"""Templates that are understood once and kept: a route asks for its own at every file."""


class TemplateFault(ValueError):
    """A template that cannot be used; the text says why, and what to write instead."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A piece of a template: literal text, or a key with its format."""

    text: str = ""
    key: str = ""
    format: str = ""


def split_name(path: str) -> tuple[str, str, str]:
    """The last segment of a path, and its part before and from the last dot."""
    name = path.rsplit("/", 1)[-1]
    dot = name.rfind(".")
    return (name, name, "") if dot <= 0 else (name, name[:dot], name[dot:])


def parts_of(text: str, keys: frozenset[str]) -> tuple[Part, ...]:
    """The pieces of a template that may use ``keys``. Raises ``TemplateFault``."""
    return tuple(_part(match, keys) for match in _TOKEN.finditer(text))


def _part(token: re.Match[str], keys: frozenset[str]) -> Part:
    inside, literal, brace = token.groups()
    if brace:
        hint = "braces stand in pairs around a key, such as {date:%Y%m%d}"
        raise TemplateFault(f"has a single {brace}; {hint}")
    if literal is not None:
        return Part(text=literal)
    key, colon, format_ = inside.partition(":")
    if key not in keys:
        raise TemplateFault(_unknown_key(key, keys))
    if colon and not format_:
        raise TemplateFault(f"has nothing after the colon in {{{inside}}}; write {{{key}}}")
    return Part(key=key, format=_checked_format(key, format_))


def bare_directives(text: str) -> Iterator[tuple[str, str]]:
    """Runs such as ``%Y%m%d`` that stand outside braces, each with the key within whose braces they would mean one."""
    literal = re.sub(r"\{[^{}]*\}", "\n", text)
    if "%" not in literal:
        return
    for key, known in DIRECTIVES.items():
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
    if key in DIRECTIVES:
        return _checked_directives(key, format_ or DEFAULTS[key])
    if key in _COUNTED and format_ and not _WIDTH.match(format_):
        raise TemplateFault(
            f"has {{{key}:{format_}}}; after {key}: stands a number of digits up to 18, such as {{{key}:06}}"
        )
    if key not in _COUNTED and format_:
        raise TemplateFault(f"has {{{key}:{format_}}}; write {{{key}}} alone")
    return format_


def _checked_directives(key: str, format_: str) -> str:
    known = DIRECTIVES[key]
    for directive in re.findall(r"%(.?)", format_):
        if directive not in known:
            there = " ".join(f"%{one}" for one in known)
            raise TemplateFault(f"has %{directive} in {{{key}}}; known there: {there}")
    if "%" not in format_:
        raise TemplateFault(f"has {{{key}:{format_}}} without any %; write {{{key}:{DEFAULTS[key]}}}")
    return format_


def require_safe(path: str) -> None:
    """Raise ``TemplateFault`` for a path that no adapter would take, or whose end nobody sees."""
    if reason := why_unsafe(path):
        raise TemplateFault(f"cannot be used: {reason}; write a path relative to the endpoint's root")
    if path != path.strip():
        raise TemplateFault("begins or ends with a blank, which nobody sees; take it out")
    if is_temporary(path):
        raise TemplateFault("begins as the names of unfinished files do; write another name")
