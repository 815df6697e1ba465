"""What is compared with what: items of two layouts in pairs, the key, normalisers, totals, tolerances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from gateway.comparison.normalisers import Normaliser
from gateway.formats import Layout
from gateway.spelling import instead

Kind = Literal["any", "within", "normaliser", "only-old", "only-new"]


class RuleFault(ValueError):
    """Rules that do not fit the layouts. ``key`` is where that is written: key, items, normalise, totals, ..."""

    def __init__(self, message: str, *, key: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One item as the two layouts call it; ``name`` is the word of rules and reports."""

    old: str
    new: str
    name: str
    normalisers: tuple[Normaliser, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """One entry of the register. ``items`` is empty for records that stand on one side alone."""

    kind: Kind
    rule: str
    items: tuple[str, ...] = ()
    normaliser: Normaliser | None = None
    within: Decimal = Decimal(0)
    at_most: int | None = None
    reason: str
    owner: str
    expires: date

    def holds(self, today: date) -> bool:
        """Whether it has not expired; its last day is included."""
        return today <= self.expires


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Everything that decides a comparison beside the two files."""

    key: tuple[Pair, ...]
    items: tuple[Pair, ...]
    totals: tuple[str, ...] = ()
    group: str = ""
    tolerances: tuple[Tolerance, ...] = field(default=())

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """The key's items, then the others."""
        return (*self.key, *self.items)

    def index(self, name: str) -> int:
        """Which of the pairs has this name."""
        return [pair.name for pair in self.pairs].index(name)


def paired(
    old: Layout,
    new: Layout,
    *,
    key: Sequence[str],
    items: Sequence[tuple[str, str]] = (),
    normalise: dict[str, tuple[Normaliser, ...]] | None = None,
    totals: Sequence[str] = (),
    group: str = "",
    tolerances: Sequence[Tolerance] = (),
) -> Rules:
    """The rules for files of two layouts.

    ``items`` names what is compared, as (old, new); empty: every item that both layouts have by name or ID. Names in
    ``key``, ``normalise``, ``totals``, ``group`` and tolerances are those of either layout. Raises ``RuleFault``.
    """
    pairing = _Pairing(old, new, dict(items))
    normalise = normalise or {}
    keys = [pairing.find(name, "key") for name in key]
    if not keys:
        raise RuleFault("no key: name the items that identify a record", key="key")
    wanted = [pairing.find(name, "items") for name, _ in items] or list(pairing.common())
    named = {pairing.find(name, "normalise").name: steps for name, steps in normalise.items()}
    extra = [pairing.find(name, "totals") for name in totals]
    grouped = [pairing.find(group, "municipality")] if group else []
    others = dict.fromkeys(pair for pair in (*wanted, *extra, *grouped) if pair not in keys)
    return Rules(
        key=tuple(_with(pair, named) for pair in keys),
        items=tuple(_with(pair, named) for pair in others),
        totals=tuple(pair.name for pair in extra),
        group=grouped[0].name if grouped else "",
        tolerances=tuple(_fitting(one, pairing, {pair.name for pair in others}) for one in tolerances),
    )


def _with(pair: Pair, named: dict[str, tuple[Normaliser, ...]]) -> Pair:
    return Pair(old=pair.old, new=pair.new, name=pair.name, normalisers=named.get(pair.name, ()))


def _fitting(tolerance: Tolerance, pairing: _Pairing, compared: set[str]) -> Tolerance:
    """The tolerance with its items as pairs call them; raises ``RuleFault`` for one that is not compared."""
    names = tuple(pairing.find(name, "tolerances").name for name in tolerance.items)
    if wrong := sorted(set(names) - compared):
        message = f"{', '.join(wrong)} is not compared, or is part of the key; a tolerance cannot be for it"
        raise RuleFault(message, key="tolerances")
    return Tolerance(**{**vars(tolerance), "items": names})


class _Pairing:
    """Finds which item of the one layout is which of the other."""

    def __init__(self, old: Layout, new: Layout, stated: dict[str, str]) -> None:
        self._old, self._new, self._stated = old, new, stated

    def find(self, name: str, key: str) -> Pair:
        """The pair that a name means; raises ``RuleFault``."""
        olds, news = self._old.names(), self._new.names()
        for old, new in self._stated.items():
            if name in (old, new):
                return self._pair(self._index(self._old, old, key), self._index(self._new, new, key))
        if name in olds:
            return self._pair(olds[name], self._partner(olds[name], name, key))
        return self._pair(self._back(self._index(self._new, name, key), name, key), news[name])

    def common(self) -> Iterator[Pair]:
        """Every item that both layouts have."""
        for index, leaf in enumerate(self._old.leaves):
            names = [name for name in (leaf.item.name, leaf.item.id) if name]
            partner = next((self._new.names()[one] for one in names if one in self._new.names()), None)
            if leaf.item.type != "filler" and partner is not None:
                yield self._pair(index, partner)

    def _pair(self, old: int, new: int) -> Pair:
        first, second = self._old.leaves[old].item.name, self._new.leaves[new].item.name
        return Pair(old=first, new=second, name=first)

    def _index(self, layout: Layout, name: str, key: str) -> int:
        names = layout.names()
        if name not in names:
            message = f"layout {layout.name} has no item {name}; {instead(name, names)}"
            raise RuleFault(message, key=key)
        return names[name]

    def _partner(self, index: int, name: str, key: str) -> int:
        item = self._old.leaves[index].item
        names = self._new.names()
        found = next((names[one] for one in (item.name, item.id) if one in names), None)
        if found is None:
            message = f"layout {self._new.name} has no item {name}; write {{old: {name}, new: ...}} in items"
            raise RuleFault(message, key=key)
        return found

    def _back(self, index: int, name: str, key: str) -> int:
        item = self._new.leaves[index].item
        names = self._old.names()
        found = next((names[one] for one in (item.name, item.id) if one in names), None)
        if found is None:
            message = f"layout {self._old.name} has no item {name}; write {{old: ..., new: {name}}} in items"
            raise RuleFault(message, key=key)
        return found
