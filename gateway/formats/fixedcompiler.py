"""Turns a legacy layout with its 外字 tables into ``FixedRecords`` and collects every fault."""

from __future__ import annotations

from gateway.formats.block import Block, Placed
from gateway.formats.blockcompiler import BlockCompiler
from gateway.formats.charset import Charset
from gateway.formats.codepages import charset
from gateway.formats.faults import BadValueError, FormatFault
from gateway.formats.fieldcompiler import FieldCompiler
from gateway.formats.fields import Unmapped
from gateway.formats.fixed import FixedRecords
from gateway.formats.framing import LINE_ENDS, WORD, ByLength, ByWord, Framing
from gateway.formats.gaiji import CharacterTable
from gateway.formats.layout import Envelope, Layout
from gateway.formats.leaves import Leaf
from gateway.formats.pairs import pair_up
from gateway.formats.sets import Around, Kind, Kinds

LARGEST_SINGLE = 0xFF


class FixedCompiler:
    """Compiles one layout."""

    def __init__(self, layout: Layout, tables: tuple[CharacterTable, ...]) -> None:
        assert layout.length is not None
        assert layout.encoding is not None
        self.layout, self.tables, self.size = layout, tables, layout.length
        self.faults: list[FormatFault] = []
        own = self._charset(charset(layout.encoding, layout.single))
        self.fields = FieldCompiler(encoding=layout.encoding, charset=own, unmapped=self._unmapped())

    def compile(self) -> FixedRecords:
        """The records; meaningless if there are faults."""
        block = self._block(self.layout.data_leaves, ())
        kinds = self._kinds()
        return FixedRecords(
            layout=self.layout,
            framing=self._framing(),
            block=block,
            kinds=kinds,
            totalled=self._totalled(block, kinds) if kinds else (),
        )

    def _fault(self, message: str, *location: str | int) -> None:
        self.faults.append(
            FormatFault(model="layout", name=self.layout.name, location=location, message=message)
        )

    def _block(self, leaves: tuple[Leaf, ...], within: tuple[str | int, ...]) -> Block:
        compiler = BlockCompiler(
            name=self.layout.name, size=self.size, variable=self.layout.records == "rdw", fields=self.fields
        )
        block = compiler.compile(leaves, within=within)
        self.faults.extend(compiler.faults)
        return block

    def _framing(self) -> Framing:
        if self.layout.records == "rdw":
            word = self.layout.rdw
            own = WORD if word.includes_itself else 0
            return ByWord(own=own, blocks=word.blocks, order=word.order, most=self.size)
        line_end = LINE_ENDS[self.layout.line_end] if self.layout.records == "line" else b""
        return ByLength(size=self.size, line_end=line_end)

    def _kinds(self) -> Kinds | None:
        layout = self.layout
        if layout.kind is None:
            return None
        marks: dict[bytes, Kind] = {self._mark(layout.kind.data, "kind", "data"): "data"}
        envelopes: tuple[tuple[Kind, Envelope | None], ...] = (
            ("header", layout.header),
            ("trailer", layout.trailer),
            ("end", layout.end),
        )
        marks |= {self._mark(known.kind, kind, "kind"): kind for kind, known in envelopes if known}
        around = {kind: self._around(kind, known) for kind, known in envelopes}
        return Kinds(
            start=layout.kind.at - 1,
            marks=marks,
            header=around["header"],
            trailer=around["trailer"],
            end=around["end"],
            many=layout.sets == "many",
        )

    def _mark(self, text: str, *location: str) -> bytes:
        assert self.layout.kind is not None
        try:
            mark = self.fields.charset.write(text, "half")
        except BadValueError as error:
            self._fault(str(error), *location)
            return b""
        if len(mark) != self.layout.kind.length:
            self._fault(f"write a kind of {self.layout.kind.length} characters", *location)
        return mark

    def _around(self, kind: Kind, envelope: Envelope | None) -> Around | None:
        if envelope is None:
            return None
        block = self._block(envelope.leaves, (kind,))
        found = Around(block=block, items=tuple(leaf.item for leaf in envelope.leaves))
        if kind != "header" and not found.stands_alone:
            self._fault(f"every item of the {kind} needs default, counts or totals", kind, "items")
        return found

    def _totalled(self, block: Block, kinds: Kinds) -> tuple[Placed, ...]:
        wanted = {
            item.totals: kind
            for kind, around in (("trailer", kinds.trailer), ("end", kinds.end))
            if around
            for item in around.items
            if item.totals
        }
        found = {placed.item.name: placed for placed in block.placed if placed.item.name in wanted}
        for name in sorted(wanted.keys() - found.keys()):
            self._fault(f"totals names {name}, which is no item of the data records", wanted[name], "items")
        return tuple(found.values())

    def _charset(self, built_in: Charset) -> Charset:
        """The character code with the declared pairs and the 外字 tables laid over it; the first table wins."""
        own = [table for table in self.tables if table.kind == "gaiji"]
        double, single = dict(built_in.double), dict(built_in.single)
        pair_up(double, self.layout.pairs)
        read_only: frozenset[int] = frozenset()
        for table in reversed(own):
            self._check_shared(table, built_in)
            double |= {code: text for code, text in table.codes if code > LARGEST_SINGLE}
            single |= {code: text for code, text in table.codes if code <= LARGEST_SINGLE}
            read_only |= table.read_only
        return built_in.extended(single, double, read_only)

    def _check_shared(self, table: CharacterTable, built_in: Charset) -> None:
        """A 外字 that is an ordinary character as well would come back under the other code."""
        for code, text in table.codes:
            known = built_in.written.get(text)
            if known is not None and int.from_bytes(known, "big") != code and code not in table.read_only:
                message = (
                    f"{code:X} has a character that {self.layout.encoding} writes as {known.hex().upper()}; "
                    "use a variation selector, or a column use with `read`"
                )
                self.faults.append(FormatFault(model="table", name=table.name, message=message))

    def _unmapped(self) -> Unmapped | None:
        if self.layout.unmapped == "placeholder":
            return Unmapped(placeholder=self.layout.placeholder)
        reductions = {a: b for table in reversed(self.tables) for a, b in table.reductions}
        if self.layout.unmapped == "table":
            if not reductions:
                self._fault("unmapped: table needs a table of kind reduction in characters", "unmapped")
            return Unmapped(reductions=reductions)
        return None
