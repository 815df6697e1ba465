"""What of a file goes on: rows that meet a condition, and items by name. The rest is counted, not lost unseen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Table
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from gateway.formats.faults import BadValueError
from gateway.formats.layouts.conditions import Condition, ConditionError, condition
from gateway.formats.layouts.layout import Layout
from gateway.formats.mappings.lines import Step, constant_step
from gateway.formats.mappings.mapping import Line, Mapping
from gateway.formats.records import RecordForm

FILTERED = "(record): filtered"
"""Under this key a run counts the records that are left out."""


class SelectionError(ValueError):
    """A selection that cannot be used; says what to write.

    Attributes:
        side: the end of the conversion whose selection it is.
        key: what of it, ``rows`` or ``items``.
    """

    def __init__(self, message: str, *, side: Literal["from", "to"], key: Literal["rows", "items"]) -> None:
        super().__init__(message)
        self.side, self.key = side, key


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What goes on of the records of one end; empty: everything. Names and IDs are those of that end's layout."""

    rows: str = ""
    items: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is left out."""
        return bool(self.rows or self.items)

    def condition(self, layout: Layout, side: Literal["from", "to"]) -> Condition | None:
        """The condition of the rows; raises ``SelectionError``."""
        try:
            return condition(self.rows, layout) if self.rows else None
        except ConditionError as error:
            raise SelectionError(f"rows: {error}", side=side, key="rows") from None

    def indexes(self, layout: Layout, side: Literal["from", "to"]) -> frozenset[int]:
        """The items that go on, all of them if none are named; raises ``SelectionError``."""
        names = layout.names()
        unknown = [name for name in self.items if name not in names]
        if unknown:
            message = f"layout {layout.name} has no item {', '.join(unknown)}"
            raise SelectionError(message, side=side, key="items")
        return (
            frozenset(names[name] for name in self.items)
            if self.items
            else frozenset(range(len(layout.leaves)))
        )


@dataclass(frozen=True, kw_only=True)
class Selecting:
    """Which records go on: by conditions on the source's values, and on those that lines give the target's items."""

    source: RecordForm
    target: RecordForm
    steps: tuple[Step, ...]
    taken: Condition | None
    sent: Condition | None

    @cached_property
    def items(self) -> tuple[int, ...]:
        """The source's items that decide, where no line is for some records only."""
        found = set(self.taken.items) if self.taken else set()
        return tuple(sorted(found | {source for step in self._deciding for source in step.sources}))

    @cached_property
    def _deciding(self) -> tuple[Step, ...]:
        """The lines that write the target's items of the condition."""
        wanted = self.sent.items if self.sent else frozenset[int]()
        return tuple(step for step in self.steps if wanted.intersection(step.targets))

    def goes_on(self, given: Table[int, str]) -> bool:
        """The same out of the values of ``items`` alone; raises ``BadValueError``."""
        values = [given.get(at, "") for at in range(len(self.source.layout.leaves))]
        if not self.is_taken(values):
            return False
        row: list[str | None] = [None] * len(self.target.layout.leaves)
        for step in self._deciding:
            written = step.combine([values[source] for source in step.sources])
            for at, value in zip(step.targets, written, strict=False):
                row[at] = value
        return self.is_sent(row)

    def is_taken(self, values: Sequence[str]) -> bool:
        """Whether a record of the source is one of those that go on."""
        return self.taken is None or self.taken.holds(values)

    def is_sent(self, row: Sequence[str | None]) -> bool:
        """Whether what became of it is; None stands for what no line writes."""
        if self.sent is None:
            return True
        leaves = self.target.layout.leaves
        given = [
            (leaf.item.default or "") if value is None else value
            for leaf, value in zip(leaves, row, strict=True)
        ]
        return self.sent.holds(given)


def selecting(
    source: RecordForm, target: RecordForm, steps: tuple[Step, ...], taken: Selection, sent: Selection
) -> Selecting | None:
    """What is asked of the records; None if all go on. Raises ``SelectionError``."""
    conditions = taken.condition(source.layout, "from"), sent.condition(target.layout, "to")
    if not any(conditions):
        return None
    return Selecting(source=source, target=target, steps=steps, taken=conditions[0], sent=conditions[1])


def selected_steps(
    steps: tuple[Step, ...], target: RecordForm, taken: frozenset[int], sent: frozenset[int]
) -> tuple[Step, ...]:
    """The lines of what goes on. Constants stay: they are no data. Raises ``SelectionError``."""

    def goes_on(step: Step) -> bool:
        return taken.issuperset(step.sources) and sent.issuperset(step.targets)

    kept = [step for step in steps if not step.carries or goes_on(step)]
    written = {index for step in kept for index in step.targets}
    dropped = [step for step in steps if step.carries and not goes_on(step)]
    left = {index: step.line for step in dropped for index in step.targets if index not in written}
    return (*kept, *_emptied(left, target))


def _emptied(left: dict[int, int], target: RecordForm) -> Iterator[Step]:
    """Empty values for the items that are left out and have no default: never a guess."""
    for index, line in left.items():
        item = target.layout.leaves[index].item
        if item.default is not None:
            continue
        try:
            if item.required or target.stored(index, "") != "":
                raise BadValueError("empty", "")  # noqa: TRY301 - one way out
        except BadValueError:
            message = (
                f"{item.label} of layout {target.layout.name} cannot be empty; send it, or give it a default"
            )
            raise SelectionError(message, side="to", key="items") from None
        yield constant_step(line, "", (), (index,))


def identity(layout: Layout, *, without: str = "") -> Mapping:
    """The mapping that leaves every item as it is, for a selection between two ends of one layout.

    ``without`` names an item that is not carried.
    """
    left_out = layout.names().get(without)
    names = [
        leaf.item.name
        for index, leaf in enumerate(layout.leaves)
        if leaf.item.type != "filler" and index != left_out
    ]
    lines = tuple(Line.model_validate({"from": name, "to": name}) for name in names)
    return Mapping.model_validate(
        {"name": layout.name, "from": layout.name, "to": layout.name, "items": lines}
    )
