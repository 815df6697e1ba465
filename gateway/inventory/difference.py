"""What differs between two inventories. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from gateway.inventory.entry import COLUMNS, Entry

_IDENTITY = ("route", "linkage_id", "branch", "direction", "partner")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One linkage that is new, gone or changed.

    Attributes:
        name: what people know it by.
        changes: heading, old text and new text of each column that changed.
    """

    kind: Literal["added", "removed", "changed"]
    name: str
    changes: tuple[tuple[str, str, str], ...] = ()


def differences(old: Sequence[Entry], new: Sequence[Entry]) -> tuple[Difference, ...]:
    """What was added, removed and changed, in the order of names.

    Rows belong together by route where both inventories name routes, else by linkage ID, branch, direction and
    partner; rows that are alike even so, one after the other. Columns that one inventory never fills are left out.
    """
    keys = [key for key in _IDENTITY if _filled(old, key) and _filled(new, key)]
    keys = keys or [
        key for key in _IDENTITY if _filled((*old, *new), key)
    ]  # one is empty, or they share nothing
    keys = ["route"] if "route" in keys else keys
    shown = [column for column in COLUMNS if _filled(old, column.key) and _filled(new, column.key)]
    before, after = _by(old, keys), _by(new, keys)
    found = [*_alone(before.keys() - after.keys(), "removed"), *_alone(after.keys() - before.keys(), "added")]
    for key in before.keys() & after.keys():
        one, other = asdict(before[key]), asdict(after[key])
        changes = tuple(
            (column.heading, one[column.key], other[column.key])
            for column in shown
            if one[column.key] != other[column.key]
        )
        if changes:
            found.append(Difference(kind="changed", name=_name(key), changes=changes))
    return tuple(sorted(found, key=lambda one: (one.name, one.kind)))


def _filled(entries: Iterable[Entry], key: str) -> bool:
    return any(getattr(entry, key) for entry in entries)


def _by(entries: Sequence[Entry], keys: Sequence[str]) -> dict[tuple[str, ...], Entry]:
    found: dict[tuple[str, ...], Entry] = {}
    for entry in entries:
        key = tuple(getattr(entry, key) for key in keys)
        number = 2
        free = key
        while free in found:
            free = (*key, f"({number})")
            number += 1
        found[free] = entry
    return found


def _alone(keys: Iterable[tuple[str, ...]], kind: Literal["added", "removed"]) -> Iterator[Difference]:
    return (Difference(kind=kind, name=_name(key)) for key in keys)


def _name(key: tuple[str, ...]) -> str:
    return " ".join(filter(None, key))
