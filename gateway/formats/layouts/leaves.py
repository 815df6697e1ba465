"""Items laid out: groups opened, repetitions counted, redefinitions beside what they redefine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.formats.layouts.item import Item, When

MOST_LEAVES = 20_000


@dataclass(frozen=True, kw_only=True)
class Table:
    """A group that repeats as often as an item says. ``name`` is its full name, ``scope`` that of its surroundings."""

    name: str
    scope: str
    depends_on: str
    most: int


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """One elementary item. ``item.name`` is its full name, ``loc`` its place in what was written.

    ``conditions`` must all hold for it to be there. ``table`` and ``occurrence`` (from 0) tell its place in a table
    of variable length. ``redefines`` is the full name of the item, or of the group, at whose first byte it begins,
    for the first leaf of a redefinition. ``opens`` are the full names of the groups that begin with it.
    """

    item: Item
    loc: tuple[str | int, ...]
    conditions: tuple[When, ...] = ()
    table: Table | None = None
    occurrence: int = 0
    redefines: str = ""
    redefined_end: bool = False
    opens: tuple[str, ...] = ()

    def prefixed(self, prefix: str) -> Leaf:
        """The same leaf under a longer name."""
        return replace(self, item=self.item.model_copy(update={"name": prefix + self.item.name}))


@dataclass(frozen=True, kw_only=True)
class _Surrounding:
    """What the groups around an item say."""

    prefix: str = ""
    loc: tuple[str | int, ...] = ("items",)
    item: tuple[str | int, ...] = ()
    conditions: tuple[When, ...] = ()
    table: Table | None = None
    occurrence: int = 0


def leaves(items: tuple[Item, ...]) -> tuple[Leaf, ...]:
    """Every elementary item in order; raises ValueError if there are too many or tables stand in tables."""
    found: list[Leaf] = []
    for leaf in _of(items, _Surrounding()):
        found.append(leaf)
        if len(found) > MOST_LEAVES:
            raise ValueError(f"more than {MOST_LEAVES} items once the repetitions are laid out")
    return tuple(found)


def _of(items: tuple[Item, ...], around: _Surrounding) -> Iterator[Leaf]:
    for index, item in enumerate(items):
        here = replace(around, loc=(*around.loc, index))
        yield from _redefining(item, around, list(_one(item, here)))


def _redefining(item: Item, around: _Surrounding, found: list[Leaf]) -> Iterator[Leaf]:
    """Mark the first and the last leaf of a redefinition."""
    if item.redefines and found:
        found[0] = replace(found[0], redefines=around.prefix + item.redefines)
        found[-1] = replace(found[-1], redefined_end=True)
    yield from found


def _one(item: Item, here: _Surrounding) -> Iterator[Leaf]:
    around = replace(here, conditions=(*here.conditions, item.when)) if item.when else here
    found: list[Leaf] = []
    for occurrence in range(item.occurs or 1):
        inside = _inside(item, around, occurrence)
        found.extend(_of(item.items, inside) if item.type == "group" else [_leaf(item, inside)])
    if found and (item.type == "group" or item.occurs):
        found[0] = replace(found[0], opens=(here.prefix + item.name, *found[0].opens))
    yield from found


def _leaf(item: Item, here: _Surrounding) -> Leaf:
    """One elementary item; ``here.prefix`` ends with the point that only groups need."""
    full = item.model_copy(update={"name": here.prefix.removesuffix(".") if item.name else ""})
    conditions = here.conditions
    return Leaf(item=full, loc=here.item, conditions=conditions, table=here.table, occurrence=here.occurrence)


def _inside(item: Item, here: _Surrounding, occurrence: int) -> _Surrounding:
    """What holds inside one repetition of a group."""
    table = here.table
    if item.depends_on:
        if table is not None:
            raise ValueError(f"{item.name}: a table of variable length cannot stand in another one")
        table = Table(
            name=here.prefix + item.name, scope=here.prefix, depends_on=item.depends_on, most=item.occurs or 1
        )
    number = f"({occurrence + 1})" if item.occurs else ""
    return _Surrounding(
        prefix=f"{here.prefix}{item.name}{number}.",
        loc=(*here.loc, "items"),
        item=here.loc,
        conditions=here.conditions,
        table=table,
        occurrence=occurrence if item.depends_on else here.occurrence,
    )


def named_within(scope: str, name: str, names: dict[str, int]) -> int | None:
    """The index of the item that ``name`` means inside ``scope``: the nearest one, going outwards."""
    while True:
        if scope + name in names:
            return names[scope + name]
        if not scope:
            return None
        scope = scope[: scope.rstrip(".").rfind(".") + 1]
