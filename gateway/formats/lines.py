"""Mapping lines made ready to run in one direction: indexes into the two records and a function between them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.formats.changes import (
    Change,
    Combine,
    check_constant,
    code_table,
    fill_zeros,
    join,
    join_lengths,
    split,
    split_lengths,
    strip_zeros,
    unchanged,
)
from gateway.formats.faults import FormatFault
from gateway.formats.item import Item
from gateway.formats.layout import Layout
from gateway.formats.mapping import Line, Mapping, Width
from gateway.formats.width import to_full, to_half


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line in one direction: from the items ``sources`` into the items ``targets`` (none: a check).

    ``combine`` does the whole of it; ``codes``, ``width`` and ``constant`` say what a plain line is made of, and
    ``plain`` that it is made of nothing else.
    """

    line: int
    sources: tuple[int, ...]
    targets: tuple[int, ...]
    combine: Combine
    codes: dict[str, str] = field(default_factory=dict)
    width: Width | None = None
    constant: str | None = None
    plain: bool = True

    def change(self, value: str) -> str:
        """The value of the one target out of the value of the one source."""
        return self.combine([value])[0]

    @property
    def source(self) -> int | None:
        """The one item that is read, or None for a constant."""
        return self.sources[0] if self.sources else None

    @property
    def target(self) -> int | None:
        """The one item that is written, or None for a check."""
        return self.targets[0] if self.targets else None

    @property
    def carries(self) -> bool:
        """Whether values go from one record to the other."""
        return bool(self.sources) and bool(self.targets)


@dataclass(frozen=True, kw_only=True)
class Direction:
    """One of the two ways through a mapping."""

    source: Layout
    target: Layout
    forward: bool

    def ends(self, line: Line) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of the items read and the items written."""
        return (line.source, line.target) if self.forward else (line.target, line.source)

    def keys(self) -> tuple[str, str]:
        """How the mapping calls the two ends."""
        return ("from", "to") if self.forward else ("to", "from")

    @property
    def back(self) -> Direction:
        """The other way."""
        return Direction(source=self.target, target=self.source, forward=not self.forward)


def _after(first: Change, then: Change) -> Change:
    return lambda value: then(first(value))


def _codes(line: Line, *, forward: bool) -> dict[str, str]:
    """The code table in one direction; backwards the first of several equal codes stands."""
    return line.codes if forward else {right: left for left, right in reversed(line.codes.items())}


def _width(line: Line, *, forward: bool) -> Width | None:
    """The width that one direction leads to."""
    return None if line.width is None else line.width.target if forward else line.width.source


def _change(line: Line, codes: dict[str, str], width: Width | None, *, forward: bool) -> Change:
    """Codes, then width, then zeros; backwards the other way round."""
    parts: list[Change] = [code_table(codes)] if codes else []
    parts += [] if width is None else [to_full if width == "full" else to_half]
    if line.zeros is not None:
        towards = (line.zeros.side == "to") == forward
        parts.append(fill_zeros(line.zeros.digits) if towards else strip_zeros(line.zeros.digits))
    if not forward:
        parts.reverse()
    change: Change = parts[0] if parts else unchanged
    for part in parts[1:]:
        change = _after(change, part)
    return change


def _combined(line: Line, *, sources: int, targets: int) -> Combine:
    """Several items into one, or one into several."""
    if line.join is not None:
        return join(line.join) if sources > 1 else split(line.join, targets)
    return join_lengths(line.lengths) if sources > 1 else split_lengths(line.lengths)


def _each(change: Change) -> Combine:
    return lambda values: [change(value) for value in values]


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
        sources, targets = self._ends(index, line)
        if line.one_way and not self.direction.forward:
            return
        self._check_codes(index, line)
        if line.value is not None:
            given = line.value
            combine: Combine = (lambda _: [given]) if targets else _each(check_constant(given))
            yield Step(line=index, sources=sources, targets=targets, combine=combine, constant=given)
        elif line.join is not None or line.lengths:
            combine = _combined(line, sources=len(sources), targets=len(targets))
            yield Step(line=index, sources=sources, targets=targets, combine=combine, plain=False)
        else:
            yield self._plain(index, line, sources, targets)

    def _plain(self, index: int, line: Line, sources: tuple[int, ...], targets: tuple[int, ...]) -> Step:
        forward = self.direction.forward
        codes, width = _codes(line, forward=forward), _width(line, forward=forward)
        change = _change(line, codes, width, forward=forward)
        return Step(
            line=index,
            sources=sources,
            targets=targets,
            combine=_each(change),
            codes=codes,
            width=width,
            plain=line.zeros is None,
        )

    def _ends(self, index: int, line: Line) -> tuple[tuple[int, ...], tuple[int, ...]]:
        (source, target), (read, written) = self.direction.ends(line), self.direction.keys()
        return (
            self._found(index, read, source, self.direction.source),
            self._found(index, written, target, self.direction.target),
        )

    def _found(self, index: int, key: str, names: tuple[str, ...], layout: Layout) -> tuple[int, ...]:
        found = [self._find(index, key, name, layout) for name in names]
        return tuple(one for one in found if one is not None)

    def _find(self, index: int, key: str, name: str, layout: Layout) -> int | None:
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
        for step, target in ((one, target) for one in steps for target in one.targets):
            if target in written:
                name = self.direction.target.leaves[target].item.label
                message = f"{name} is written by line {written[target] + 1} of items already"
                self._fault(message, "items", step.line, self.direction.keys()[1])
            written.setdefault(target, step.line)
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
