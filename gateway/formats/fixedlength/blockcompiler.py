"""Turns a layout and its tables into readers and writers of records, and collects every fault."""

from __future__ import annotations

from dataclasses import replace

from gateway.formats.faults import BadValueError, FormatFault
from gateway.formats.fixedlength.block import Block, Condition, Placed, VariableTable
from gateway.formats.fixedlength.fieldcompiler import FieldCompiler
from gateway.formats.layouts.leaves import Leaf, Table, named_within
from gateway.formats.values.fields import Field, Losses


class BlockCompiler:
    """Places the items of one kind of record."""

    def __init__(self, *, name: str, size: int, variable: bool, fields: FieldCompiler) -> None:
        self.name, self.size, self.variable, self.fields = name, size, variable, fields
        self.faults: list[FormatFault] = []
        self._placed: list[Placed] = []
        self._starts: dict[str, tuple[int, int]] = {}
        self._tables: dict[str, VariableTable] = {}
        self._names: dict[str, int] = {}
        self._resume = -1
        self._within: tuple[str | int, ...] = ()

    def compile(self, leaves: tuple[Leaf, ...], *, within: tuple[str | int, ...] = ()) -> Block:
        """The block; meaningless if there are faults. ``within`` leads to the items in the layout."""
        self._names = {
            leaf.item.name: index for index, leaf in enumerate(leaves) if leaf.item.type != "filler"
        }
        self._within = within
        blank = bytearray(self.size)
        covered = 0
        for index, leaf in enumerate(leaves):
            start = self._start(leaf, covered)
            end = start + self._place(index, leaf, start, blank)
            covered = self._after(leaf, end)
            self._note(index, leaf, start, end)
        self._check_size(covered)
        return Block(
            placed=tuple(self._with_unless(leaves)),
            size=covered if self.variable else self.size,
            blank=bytes(blank[:covered]) if self.variable else bytes(blank),
            width=len(leaves),
            tables=tuple(self._tables.values()),
            variable=self.variable,
        )

    def _fault(self, message: str, *location: str | int) -> None:
        self.faults.append(
            FormatFault(model="layout", name=self.name, location=(*self._within, *location), message=message)
        )

    def _start(self, leaf: Leaf, covered: int) -> int:
        if leaf.redefines:
            self._resume = covered
            return self._redefined_start(leaf)
        start = covered if leaf.item.at is None else leaf.item.at - 1
        if start < covered:
            message = f"{leaf.item.label} begins inside the item before; that one ends at {covered}"
            self._fault(message, *leaf.loc)
        elif start > covered:
            message = (
                f"no item covers the bytes {covered + 1} to {start}; write a filler of {start - covered}"
            )
            self._fault(message, *leaf.loc)
        return start

    def _redefined_start(self, leaf: Leaf) -> int:
        if leaf.redefines not in self._starts:
            self._fault(f"redefines {leaf.redefines}, which is no item before this one", *leaf.loc)
            resumed, self._resume = self._resume, -1
            return resumed
        return self._starts[leaf.redefines][0]

    def _after(self, leaf: Leaf, end: int) -> int:
        """The first byte that no item has yet."""
        if not leaf.redefined_end:
            return end
        if end > self._resume >= 0:
            message = f"{leaf.item.label} reaches beyond what it redefines, by {end - self._resume} bytes"
            self._fault(message, *leaf.loc)
        return max(self._resume, end)

    def _note(self, index: int, leaf: Leaf, start: int, end: int) -> None:
        """Remember where groups and items begin, and how long tables are."""
        for name in (*leaf.opens, leaf.item.name):
            self._starts.setdefault(name, (start, end))
        if leaf.table is not None:
            self._extend(index, leaf, leaf.table, (start, end))

    def _extend(self, index: int, leaf: Leaf, table: Table, span: tuple[int, int]) -> None:
        count = named_within(table.scope, table.depends_on, self._names)
        known = self._tables.get(table.name)
        if known is None and (count is None or count >= index):
            self._fault(f"{table.name} depends on {table.depends_on}, which is no item before it", *leaf.loc)
        first = known.start if known else span[0]
        step = span[1] - first if leaf.occurrence == 0 else known.step if known else 0
        self._tables[table.name] = VariableTable(count=count or 0, start=first, step=step, most=table.most)

    def _place(self, index: int, leaf: Leaf, start: int, blank: bytearray) -> int:
        """Place one item and return its size."""
        item = leaf.item
        if item.type == "filler":
            assert item.length is not None
            if start + item.length <= self.size:
                blank[start : start + item.length] = (self.fields.filling(item) * item.length)[: item.length]
            return item.length
        try:
            field = self.fields.field(item)
        except ValueError as error:
            self._fault(f"{item.label}: {error}", *leaf.loc)
            return item.length or item.digits or 0
        placed = Placed(
            index=index, item=item, start=start, field=field, conditions=self._conditions(index, leaf)
        )
        self._placed.append(placed)
        if item.default is not None and start + field.size <= self.size:
            self._default(leaf, field, start, blank)
        return field.size

    def _default(self, leaf: Leaf, field: Field, start: int, blank: bytearray) -> None:
        try:
            blank[start : start + field.size] = field.write(leaf.item.default or "", Losses())
        except BadValueError as error:
            message = f"{leaf.item.label}: the default cannot be written: {error}"
            self._fault(message, *leaf.loc, "default")

    def _conditions(self, own: int, leaf: Leaf) -> tuple[Condition, ...]:
        found: list[Condition] = []
        scope = leaf.item.name[: leaf.item.name.rfind(".") + 1]
        for when in leaf.conditions:
            index = named_within(scope, when.item, self._names)
            if index is None or index >= own:
                message = f"{leaf.item.label}: when names {when.item}, which is no item before it"
                self._fault(message, *leaf.loc, "when")
                continue
            found.append(Condition(index=index, values=frozenset(when.values)))
        return tuple(found)

    def _with_unless(self, leaves: tuple[Leaf, ...]) -> list[Placed]:
        """The placed items; one that is redefined and says no ``when`` is there if no redefinition is."""
        placed = {one.index: one for one in self._placed}
        unless: dict[str, list[Condition]] = {}
        for index, leaf in enumerate(leaves):
            if leaf.redefines and index in placed and placed[index].conditions:
                last = placed[index].conditions[-1]
                other = Condition(index=last.index, values=last.values, absent=True)
                unless.setdefault(leaf.redefines, []).append(other)
        return [self._finished(one, leaves[one.index], unless) for one in self._placed]

    def _finished(self, placed: Placed, leaf: Leaf, unless: dict[str, list[Condition]]) -> Placed:
        more = [
            condition
            for name, conditions in unless.items()
            if leaf.item.name == name or leaf.item.name.startswith((f"{name}.", f"{name}("))
            for condition in conditions
        ]
        table = self._tables.get(leaf.table.name) if leaf.table else None
        conditions = (*placed.conditions, *more)
        return replace(placed, conditions=conditions, table=table, occurrence=leaf.occurrence)

    def _check_size(self, covered: int) -> None:
        if self.faults or covered == self.size or (self.variable and covered < self.size):
            return
        place = self._within[:-1] if self._within else ("length",)
        lack = self.size - covered
        some = f"{abs(lack)} byte{'' if abs(lack) == 1 else 's'}"
        advice = f"add {some}, such as a filler," if lack > 0 else f"take {some} out,"
        message = f"the items have {covered} bytes, the record has {self.size}; {advice} or write {covered}"
        self._fault_at(place or ("length",), message)

    def _fault_at(self, location: tuple[str | int, ...], message: str) -> None:
        self.faults.append(FormatFault(model="layout", name=self.name, location=location, message=message))
