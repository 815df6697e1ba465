"""Mapping lines made ready to run in one direction: indexes into the two records and a function between them."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from gateway.formats.faults import BadValueError, FormatFault
from gateway.formats.item import Item
from gateway.formats.layout import Layout
from gateway.formats.mapping import Line, Mapping, Width
from gateway.formats.width import to_full, to_half

Change = Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line in one direction: from the item ``source`` (or None) into the item ``target`` (or None: a check).

    ``change`` does the whole of it; ``codes``, ``width`` and ``constant`` say what it is made of.
    """

    line: int
    source: int | None
    target: int | None
    change: Change
    codes: dict[str, str] = field(default_factory=dict)
    width: Width | None = None
    constant: str | None = None


@dataclass(frozen=True, kw_only=True)
class Direction:
    """One of the two ways through a mapping."""

    source: Layout
    target: Layout
    forward: bool

    def ends(self, line: Line) -> tuple[str | None, str | None]:
        """The names of the item read and the item written."""
        return (line.source, line.target) if self.forward else (line.target, line.source)

    def keys(self) -> tuple[str, str]:
        """How the mapping calls the two ends."""
        return ("from", "to") if self.forward else ("to", "from")

    @property
    def back(self) -> Direction:
        """The other way."""
        return Direction(source=self.target, target=self.source, forward=not self.forward)


def constant(value: str) -> Change:
    """Always the value, whatever comes in."""
    return lambda _: value


def check_constant(value: str) -> Change:
    """The constant itself, proved to stand in the data."""

    def check(found: str) -> str:
        if found != value:
            raise BadValueError("constant", "the item does not hold the constant of the mapping")
        return found

    return check


def code_table(codes: dict[str, str]) -> Change:
    """One code for another; what is not in the table is an error."""

    def change(code: str) -> str:
        found = codes.get(code)
        if found is None:
            raise BadValueError("code", "a code that is not in the mapping's code table")
        return found

    return change


def unchanged(value: str) -> str:
    """The value as it is: a rename."""
    return value


def _after(first: Change, then: Change) -> Change:
    return lambda value: then(first(value))


def _codes(line: Line, *, forward: bool) -> dict[str, str]:
    """The code table in one direction; backwards the first of several equal codes stands."""
    return line.codes if forward else {right: left for left, right in reversed(line.codes.items())}


def _width(line: Line, *, forward: bool) -> Width | None:
    """The width that one direction leads to."""
    return None if line.width is None else line.width.target if forward else line.width.source


def _change(codes: dict[str, str], width: Width | None, *, forward: bool) -> Change:
    """Codes, then width; backwards the other way round."""
    parts: list[Change] = [code_table(codes)] if codes else []
    parts += [] if width is None else [to_full if width == "full" else to_half]
    if not forward:
        parts.reverse()
    change: Change = parts[0] if parts else unchanged
    for part in parts[1:]:
        change = _after(change, part)
    return change


class LineCompiler:
    """Turns the lines of a mapping into steps of one direction and collects every fault."""

    def __init__(self, mapping: Mapping, direction: Direction) -> None:
        self.mapping, self.direction = mapping, direction
        self.faults: list[FormatFault] = []

    def steps(self) -> tuple[Step, ...]:
        """The steps; meaningless if there are faults."""
        found = [step for index, line in enumerate(self.mapping.items) for step in self._steps(index, line)]
        self._check_targets(found)
        return tuple(found)

    def _fault(self, message: str, *location: str | int) -> None:
        self.faults.append(
            FormatFault(model="mapping", name=self.mapping.name, location=location, message=message)
        )

    def _steps(self, index: int, line: Line) -> Iterator[Step]:
        source, target = self._ends(index, line)
        if line.one_way and not self.direction.forward:
            return
        self._check_codes(index, line)
        if line.value is not None:
            change = constant(line.value) if target is not None else check_constant(line.value)
            yield Step(line=index, source=source, target=target, change=change, constant=line.value)
            return
        forward = self.direction.forward
        codes, width = _codes(line, forward=forward), _width(line, forward=forward)
        change = _change(codes, width, forward=forward)
        yield Step(line=index, source=source, target=target, change=change, codes=codes, width=width)

    def _ends(self, index: int, line: Line) -> tuple[int | None, int | None]:
        (source, target), (read, written) = self.direction.ends(line), self.direction.keys()
        return (
            self._find(index, read, source, self.direction.source),
            self._find(index, written, target, self.direction.target),
        )

    def _find(self, index: int, key: str, name: str | None, layout: Layout) -> int | None:
        if name is None:
            return None
        names = layout.names()
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1, cutoff=0.3)
            hint = f"; did you mean {near[0]}?" if near else ""
            self._fault(f"layout {layout.name} has no item {name}{hint}", "items", index, key)
        return names.get(name)

    def _check_codes(self, index: int, line: Line) -> None:
        rights = list(line.codes.values())
        if len(set(rights)) < len(rights) and not line.one_way:
            message = (
                "two codes become one, so there is no way back: say why with one_way, or make them differ"
            )
            self._fault(message, "items", index, "codes")

    def _check_targets(self, steps: list[Step]) -> None:
        written: dict[int, int] = {}
        for step in steps:
            if step.target is None:
                continue
            if step.target in written:
                name = self.direction.target.leaves[step.target].item.label
                key = self.direction.keys()[1]
                message = f"{name} is written by line {written[step.target] + 1} of items already"
                self._fault(message, "items", step.line, key)
            written.setdefault(step.target, step.line)
        for index, leaf in enumerate(self.direction.target.leaves):
            if index not in written and self._needs_a_line(leaf.item):
                self._fault(
                    f"no line writes {leaf.item.label} of layout {self.direction.target.name}", "items"
                )

    def _needs_a_line(self, item: Item) -> bool:
        """Legacy items are never filled by guess; optional standard items stay empty."""
        if item.type == "filler" or item.default is not None or item.counts or item.totals:
            return False
        return item.required or self.direction.target.records != "csv"
