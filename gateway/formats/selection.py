"""What of a file goes on: rows that meet a condition, and items by name. The rest is counted, not lost unseen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from gateway.formats.conditions import Condition, ConditionError, condition
from gateway.formats.faults import BadValueError
from gateway.formats.layout import Layout
from gateway.formats.lines import Step, constant_step
from gateway.formats.mapping import Line, Mapping
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
