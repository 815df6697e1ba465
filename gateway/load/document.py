"""YAML text as data, with the line and column of every key and value.

Scalars are typed as YAML 1.2 does it, not as 1.1: ``001`` and ``06:30`` and ``on`` are texts, never 1, 390 and true.
Nothing in a document can run code, repeat itself without end or grow by aliases: see the limits below.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import yaml

from gateway.load.fault import Complaint, Fault, Location

MOST_VALUES = 100_000
MOST_FAULTS = 100
"""No more faults than this are told of one part of a file: whoever has so many begins with the first ones."""

DEEPEST = 40
WIDEST = 300

_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_SECRET = re.compile(
    r"(?i)((?:pass(?!_through\b|ive_address\b)|pwd|secret|token|account|credential|access_key)[\w-]*[\"']?\s*:\s*)"
    r"(?!\{\s*(?:env|file|command|credential|aws_secret)\b|$).*"
)
_BARE_SECRET = re.compile(
    r"(?i)AGE-SECRET-KEY-[0-9A-Z]*|(?<=://)\S*(?=@)|(?<=[?&])[\w.%-]+=[^\s&\"'#]*",
)
"""Keys of encrypted files, and of an address what stands before its last @ and after its ?, by their own form: no word
before them says so."""
_BARE_TEMPLATE = re.compile(r":\s+\{[^{}]*\}[^\s,}\]]")
_FLOAT = re.compile(r"[-+]?[0-9]+\.[0-9]+")
_CONSTANTS = {"": None, "~": None, "null": None, "Null": None, "NULL": None} | {
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False
}  # fmt: skip
_PREFIX = "tag:yaml.org,2002:"
_TAGS: dict[type[yaml.Node], frozenset[str]] = {
    yaml.ScalarNode: frozenset({"str", "null", "bool", "int", "float", "timestamp", "value", "merge"}),
    yaml.SequenceNode: frozenset({"seq"}),
    yaml.MappingNode: frozenset({"map"}),
}
"""What the loader itself gives to untagged nodes."""

_PLAINER = {
    "found character that cannot start any token": "a character that cannot begin a value; indent with blanks, "
    "not with tabs, and put texts that begin with @ ` % or ! in quotes",
    "mapping values are not allowed in this context": "a ': ' where none can stand; put the text in quotes, "
    "or indent this line as the ones above",
    "could not find expected ':'": "a key without ':'; write `key: value`",
    "did not find expected key": "the indentation or a bracket does not fit; indent like the line above",
    "did not find expected ',' or '}'": "a { that is not closed; add , or }",
    "did not find expected ',' or ']'": "a [ that is not closed; add , or ]",
    "did not find expected '-' indicator": "a list whose lines do not all begin with '- '; indent them alike",
    "found undefined alias": "a * name without its &; put the text in quotes if it begins with *",
    "found unexpected end of stream": "a quote that is not closed; add it",
    "did not find expected <document start>": "a second document; one file holds one document",
    "but found another document": "a second document; one file holds one document",
    "exceeded maximum nesting depth": f"nested more than {DEEPEST} deep; flatten it",
    "did not find expected node content": "a value is missing, or a bracket is not closed; add it",
}


class Unreadable(Exception):
    """The text is no document that can be used. Carries all of its faults."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


class Position(NamedTuple):
    """Line and column, from 1. A tuple, because each key and value of each file has one."""

    line: int = 1
    column: int = 1


@dataclass(frozen=True, kw_only=True)
class Document:
    """One file's content: plain dicts, lists and scalars, and where each of them stands."""

    file: str
    data: Any
    values: Mapping[Location, Position]
    keys: Mapping[Location, Position]
    text: str = field(repr=False)

    def fault(self, complaint: Complaint) -> Fault:
        """The complaint with its line and column."""
        position = self.position(complaint.at, key=complaint.key)
        return Fault(
            file=self.file,
            line=position.line,
            column=position.column,
            message=complaint.message,
            severity=complaint.severity,
            source=shown_line(self.text, position.line),
        )

    def position(self, at: Location, *, key: bool = False) -> Position:
        """Where the value (or its key) stands; the nearest surrounding one if it is not there."""
        known = self.known(at)
        if key and known in self.keys:
            return self.keys[known]
        return self.values.get(known, Position())

    def known(self, at: Location) -> Location:
        """The location without the parts that the document does not have, such as names of alternatives."""
        here: Location = ()
        for part in at:
            if (*here, part) in self.values:
                here = (*here, part)
        return here


def typed(text: str) -> Any:
    """A plain scalar as YAML 1.2's core schema reads it, save that a leading zero makes a text."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def parse(text: str, *, file: str, environment: Mapping[str, str] | None = None) -> Document:
    """Read YAML text.

    Where an ``environment`` is given, ``{env: NAME, default: VALUE}`` becomes the variable's value, typed like a
    scalar, or the default where the variable is missing or empty.

    Raises:
        Unreadable: with every fault that can be told.
    """
    builder = _Builder(file, text, environment)
    try:
        _measure(text, builder)
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
        data = builder.build(root, ()) if root is not None else None
    except yaml.YAMLError as error:
        raise Unreadable((*builder.faults, _syntax_fault(file, error, text))) from None
    if builder.faults:
        raise Unreadable(tuple(builder.faults))
    return Document(file=file, data=data, values=builder.values, keys=builder.keys, text=text)


def _measure(text: str, builder: _Builder) -> None:
    """Refuse what is too deep or too much before anything recursive sees it."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=yaml.CSafeLoader)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            builder.refuse(event.start_mark, f"nested more than {DEEPEST} deep; flatten it")
        if count > 3 * MOST_VALUES:
            builder.refuse(event.start_mark, f"more than {MOST_VALUES} values; split the file")


class _Builder:
    """Turns nodes into data and remembers where each stood."""

    def __init__(self, file: str, text: str, environment: Mapping[str, str] | None) -> None:
        self.file = file
        self.text = text
        self.environment = environment
        self.values: dict[Location, Position] = {}
        self.keys: dict[Location, Position] = {}
        self.faults: list[Fault] = []

    def refuse(self, mark: Any, message: str) -> None:
        """Stop: what follows cannot be read safely."""
        self.complain(mark, message)
        raise Unreadable(tuple(self.faults))

    def complain(self, mark: Any, message: str) -> None:
        """Record a fault, and read on, unless there are too many of them."""
        self.faults.append(_fault_at(self.file, mark, message, self.text))
        if len(self.faults) >= MOST_FAULTS:
            raise Unreadable(tuple(self.faults))

    def build(self, node: yaml.Node, at: Location) -> Any:
        """The data of a node and of all below it."""
        self.values[at] = Position(line=node.start_mark.line + 1, column=node.start_mark.column + 1)
        if len(self.values) > MOST_VALUES:
            self.refuse(
                node.start_mark,
                f"more than {MOST_VALUES} values, aliases counted; write less, or split the file",
            )
        if len(at) > DEEPEST:
            self.refuse(
                node.start_mark, f"nested more than {DEEPEST} deep, or an alias within itself; flatten it"
            )
        if node.tag.removeprefix(_PREFIX) not in _TAGS[type(node)]:
            self.complain(node.start_mark, "a tag (!) is not used here; remove it, or put the text in quotes")
        if isinstance(node, yaml.MappingNode):
            return self._substituted(self._mapping(node, at))
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*at, index)) for index, item in enumerate(node.value)]
        return self._scalar(node)

    def _scalar(self, node: yaml.Node) -> Any:
        return node.value if node.tag == f"{_PREFIX}str" else typed(node.value)

    def _mapping(self, node: yaml.MappingNode, at: Location) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key in found:
                first = self.keys[(*at, key)].line
                self.complain(
                    key_node.start_mark, f"{key} stands twice, first on line {first}; remove one of them"
                )
            elif key is not None:
                mark = key_node.start_mark
                self.keys[(*at, key)] = Position(line=mark.line + 1, column=mark.column + 1)
                found[key] = self.build(value_node, (*at, key))
        return found

    def _key(self, node: yaml.Node) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            self.complain(node.start_mark, "a key must be one text; put a text with { } in quotes")
            return None
        if node.value == "<<" and not node.style:
            self.complain(node.start_mark, "<< is not supported; write the keys out")
            return None
        return str(node.value)

    def _substituted(self, found: dict[str, Any]) -> Any:
        if self.environment is None or found.keys() != {"env", "default"}:
            return found
        given = self.environment.get(str(found["env"]))
        return typed(given) if given else found["default"]


def _syntax_fault(file: str, error: yaml.YAMLError, text: str) -> Fault:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        before = text[: getattr(error, "position", 0) or 0]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        return Fault(file=file, line=line, column=column, message="a control character; remove it")
    message = _plainer(str(getattr(error, "problem", "") or ""), _line(text, mark.line + 1))
    return _fault_at(file, mark, message, text)


def _plainer(problem: str, line: str) -> str:
    if _BARE_TEMPLATE.search(line):
        return 'a text that begins with { stands without quotes; write it as "{name}.done"'
    return _PLAINER.get(problem, f"not readable as YAML ({problem}); check indentation and quotes")


def _fault_at(file: str, mark: Any, message: str, text: str) -> Fault:
    source = shown_line(text, mark.line + 1)
    return Fault(file=file, line=mark.line + 1, column=mark.column + 1, message=message, source=source)


def shown_line(text: str, number: int) -> str:
    """One line of a text, for people: nothing that may be a secret, and not too long."""
    line = masked(_line(text, number)).expandtabs(1)
    return line if len(line) <= WIDEST else ""


def masked(line: str) -> str:
    """A line without anything that may be a secret."""
    return _BARE_SECRET.sub("***", _SECRET.sub(r"\1***", line))


def _line(text: str, number: int) -> str:
    lines = _lines(text)
    return lines[number - 1].rstrip("\r") if number <= len(lines) else ""


@lru_cache(maxsize=1)
def _lines(text: str) -> list[str]:
    """Split once for all faults of a file."""
    return text.split("\n")
