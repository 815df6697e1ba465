"""Mapping lines made ready to run in one direction: indexes into the two records and a function between them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Container, Iterator, Sequence
from collections.abc import Mapping as Table
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.formats.faults import BadValueError, FormatFault
from gateway.formats.layouts.item import Item
from gateway.formats.layouts.layout import Layout
from gateway.formats.mappings.changes import Combine, check_constant
from gateway.formats.mappings.linechanges import change_of, codes_of, combined, each, width_of
from gateway.formats.mappings.mapping import Line, Loss, Mapping, Width

_CUT = frozenset({"text", "X", "N"})
_NUMBERED = re.compile(r"\([0-9]+\)")
"""What tells the occurrences of an item from one another in their names."""

Values = Sequence[str] | Table[int, str]
"""Canonical values by the index of their item."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line in one direction: from the items ``sources`` into the items ``targets`` (none: a check).

    ``combine`` does the whole of it; ``codes``, ``width`` and ``constant`` say what a plain line is made of, and
    ``plain`` that it is made of nothing else. ``when`` holds the items that decide whether the line is for a
    record, each with the values for which it is.
    """

    line: int
    sources: tuple[int, ...]
    targets: tuple[int, ...]
    combine: Combine
    codes: dict[str, str] = field(default_factory=dict)
    width: Width | None = None
    constant: str | None = None
    plain: bool = True
    when: tuple[tuple[int, frozenset[str]], ...] = ()
    loses: Loss | None = None

    def applies(self, values: Values) -> bool:
        """Whether the line is for a record with these values."""
        return all(values[item] in wanted for item, wanted in self.when)

    @property
    def needs(self) -> frozenset[int]:
        """Every item that is looked at."""
        return frozenset(self.sources) | {item for item, _ in self.when}

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
    def layouts(self) -> tuple[Layout, Layout]:
        """The from layout and the to layout, whichever way this is."""
        return (self.source, self.target) if self.forward else (self.target, self.source)

    @property
    def back(self) -> Direction:
        """The other way."""
        return Direction(source=self.target, target=self.source, forward=not self.forward)


def constant_step(line: int, value: str, sources: tuple[int, ...], targets: tuple[int, ...]) -> Step:
    """A constant written, or looked for."""
    combine: Combine = (lambda _: [value]) if targets else each(check_constant(value))
    return Step(line=line, sources=sources, targets=targets, combine=combine, constant=value)


Decision = tuple[int | None, tuple[str, ...]]
"""An item by its index, and the values for which a line is meant."""


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
            yield from self._instead(index, line, targets)
            return
        self._check_codes(index, line)
        self._check_loss(index, line, targets)
        yield replace(self._step(index, line, sources, targets), **self._condition(index, line))

    def _step(self, index: int, line: Line, sources: tuple[int, ...], targets: tuple[int, ...]) -> Step:
        if line.value is not None:
            return constant_step(index, line.value, sources, targets)
        if len(line.source) > 1 or len(line.target) > 1:
            combine = combined(line, sources=len(sources))
            return Step(line=index, sources=sources, targets=targets, combine=combine, plain=False)
        return self._plain(index, line, sources, targets)

    def _plain(self, index: int, line: Line, sources: tuple[int, ...], targets: tuple[int, ...]) -> Step:
        forward = self.direction.forward
        changed = {"zeros", "part", "scale", "negated", "year", "era_year", "loses"}
        return Step(
            line=index,
            sources=sources,
            targets=targets,
            combine=each(change_of(line, forward=forward)),
            codes=codes_of(line, forward=forward),
            width=width_of(line, forward=forward),
            plain=not any(getattr(line, key) for key in changed),
            loses=line.loses,
        )

    @staticmethod
    def _instead(index: int, line: Line, targets: tuple[int, ...]) -> Iterator[Step]:
        """What a one-way line does on the way back."""
        if line.back is not None:
            yield constant_step(index, line.back, (), targets)

    def _condition(self, index: int, line: Line) -> dict[str, Any]:
        """When the line is for a record, and that kernels do not know it then. Both ways are checked."""
        if not line.when:
            return {}
        there, back = self._decided(index, line)
        written = there if self.direction.forward else back
        when = tuple((item, frozenset(values)) for item, values in written if item is not None)
        return {"when": when, "plain": False}

    def _decided(self, index: int, line: Line) -> tuple[list[Decision], list[Decision]]:
        """What decides on the way there, and on the way back."""
        first, second = self.direction.layouts
        there = [(self._find(index, "when", name, first), values) for name, values in line.when.items()]
        if line.one_way or any(item is None for item, _ in there):
            return there, []
        if line.when_back:
            given = line.when_back.items()
            return there, [(self._find(index, "when_back", name, second), values) for name, values in given]
        return there, [(second.names().get(name), values) for name, values in self._became(index, line)]

    def _became(self, index: int, line: Line) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The items of ``when`` as the way back finds them: renamed, with their codes changed."""
        for name, values in line.when.items():
            carrier = self._carrier(name)
            try:
                assert carrier is not None
                change = change_of(carrier, forward=True)
                yield carrier.target[0], tuple(change(value) for value in values)
            except (AssertionError, BadValueError):
                message = (
                    f"no line without a condition carries {name} with these values, so the way back cannot tell "
                    "these records: write when_back, or one_way"
                )
                self._fault(message, "items", index, "when", name)

    def _carrier(self, name: str) -> Line | None:
        """The line that carries an item as it is, or by its codes."""
        names = self.direction.layouts[0].names()
        return next(
            (
                line
                for line in self.mapping.items
                if len(line.source) == len(line.target) == 1
                and not (line.when or line.one_way or line.loses)
                and names.get(line.source[0], -1) == names.get(name)
            ),
            None,
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
            message = f"layout {layout.name} has no item {name}{hint}"
            if name == "{?}":
                message = f"is still open; write an item of layout {layout.name}, or take this line out"
            self._fault(message, "items", index, key)
        return names.get(name)

    def _check_codes(self, index: int, line: Line) -> None:
        if line.lookup and not line.codes:
            message = f"no usable table {line.lookup} in mappings/lookups/"
            self._fault(message, "items", index, "lookup")
        rights = list(line.codes.values())
        if len(set(rights)) < len(rights) and not (line.one_way or line.loses == "reduction"):
            message = (
                "two codes become one, so there is no way back: say why with one_way, declare loses: reduction, "
                "or make them differ"
            )
            self._fault(message, "items", index, "lookup" if line.lookup else "codes")

    def _check_loss(self, index: int, line: Line, targets: tuple[int, ...]) -> None:
        """Only texts are ever cut: a number without its first digits is another number."""
        if line.loses != "truncation" or line.year is not None:
            return
        leaves = self.direction.target.leaves
        for target in targets:
            if leaves[target].item.type not in _CUT:
                message = f"{leaves[target].item.label} is no text, and nothing else may be cut"
                self._fault(message, "items", index, "loses")

    def _check_targets(self, steps: list[Step]) -> None:
        written: dict[int, int] = {}
        conditional: set[int] = set()
        for step, target in ((one, target) for one in steps for target in one.targets):
            if target in written and not (step.when and target in conditional):
                name = self.direction.target.leaves[target].item.label
                message = f"{name} is written by line {written[target] + 1} of items already"
                self._fault(message, "items", step.line, self.direction.keys()[1])
            written.setdefault(target, step.line)
            conditional |= {target} if step.when else set()
        self._check_rest(written)

    def _check_rest(self, written: Container[int]) -> None:
        """What no line writes: each item once, however often it occurs."""
        layout, side = self.direction.target, self.direction.keys()[1]
        left: dict[str, list[str]] = {}
        for index, leaf in enumerate(layout.leaves):
            if index not in written and self._needs_a_line(leaf.item):
                left.setdefault(_NUMBERED.sub("", leaf.item.label), []).append(leaf.item.label)
        for name, *more in left.values():
            also = f" and {len(more)} more occurrences of it" if more else ""
            self._fault(
                f"no line writes {name}{also} of layout {layout.name}; add one with {side}: {name}", "items"
            )

    def _needs_a_line(self, item: Item) -> bool:
        """Legacy items are never filled by guess; optional standard items stay empty."""
        if item.type == "filler" or item.default is not None or item.counts or item.totals:
            return False
        return item.required or self.direction.target.records != "csv"
