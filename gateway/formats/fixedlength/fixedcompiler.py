"""Turns a legacy layout with its 外字 tables into ``FixedRecords`` and collects every fault."""

from __future__ import annotations

from dataclasses import replace

from gateway.formats.characters.gaiji import CharacterTable
from gateway.formats.characters.unicodetext import UnicodeCharset
from gateway.formats.faults import BadValueError, FormatFault
from gateway.formats.fixedlength.block import Block, Placed
from gateway.formats.fixedlength.blockcompiler import BlockCompiler
from gateway.formats.fixedlength.charactercompiler import CharacterCompiler
from gateway.formats.fixedlength.fieldcompiler import FieldCompiler
from gateway.formats.fixedlength.fixed import FixedRecords
from gateway.formats.fixedlength.framing import LINE_ENDS, WORD, ByField, ByLength, ByWord, Framing
from gateway.formats.fixedlength.sets import AROUND, Around, Kind, Kinds
from gateway.formats.layouts.layout import Envelope, Layout, LengthField
from gateway.formats.layouts.leaves import Leaf

_SUMMED = frozenset({"zoned", "packed", "binary"})


class FixedCompiler:
    """Compiles one layout."""

    def __init__(self, layout: Layout, tables: tuple[CharacterTable, ...]) -> None:
        assert layout.length is not None
        assert layout.encoding is not None
        self.layout, self.size = layout, layout.length
        self.faults: list[FormatFault] = []
        characters = CharacterCompiler(layout, tables)
        self.fields = FieldCompiler(
            encoding=layout.encoding, charset=characters.charset(), unmapped=characters.unmapped()
        )
        self.faults += characters.faults

    def compile(self) -> FixedRecords:
        """The records; meaningless if there are faults."""
        block = self._block(self.layout.data_leaves, ())
        kinds = self._kinds()
        if kinds is not None:
            self._check_marks(kinds, block)
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
            name=self.layout.name, size=self.size, variable=self._is_variable, fields=self.fields
        )
        block = compiler.compile(leaves, within=within)
        self.faults.extend(compiler.faults)
        if self.layout.length_field is not None:
            self._check_length_field(self.layout.length_field, block)
        return replace(block, resumes=self.fields.charset if self.layout.shift == "record" else None)

    @property
    def _is_variable(self) -> bool:
        return self.layout.records in {"rdw", "length-field"}

    def _length_field(self, field: LengthField) -> ByField:
        charset = self.fields.charset
        zero = charset.written["0"]
        if field.coding == "digits" and len(zero) > 1:
            self._fault(
                "this encoding has no digits of one byte; use coding: binary", "length_field", "coding"
            )
        found = ByField(
            start=field.at - 1,
            size=field.size,
            order=None if field.coding == "digits" else field.order,
            zone=zero[0] & 0xF0,
            whole=field.counts == "record",
            most=self.size,
        )
        if self.size > found.longest:
            self._fault(
                f"length: is more than the length field can say, {found.longest}", "length_field", "size"
            )
        return found

    def _check_length_field(self, field: LengthField, block: Block) -> None:
        """Nothing but fillers may stand where the length is."""
        end = field.at - 1 + field.size
        over = [one.item.label for one in block.placed if one.start < end and field.at - 1 < one.end]
        if over or end > block.size - sum(table.end - table.start for table in block.tables):
            message = f"a filler must stand at the bytes {field.at} to {end}, before any table; there is"
            self._fault(f"{message} {', '.join(over) or 'none'}", "length_field")

    def _framing(self) -> Framing:
        if self.layout.length_field is not None:
            return self._length_field(self.layout.length_field)
        if self.layout.records == "rdw":
            word = self.layout.rdw
            own = WORD if word.includes_itself else 0
            return ByWord(own=own, blocks=word.blocks, order=word.order, most=self.size)
        line_end = LINE_ENDS[self.layout.line_end] if self.layout.records == "line" else b""
        if isinstance(self.fields.charset, UnicodeCharset):
            line_end = line_end.decode().encode(self.fields.charset.codec)
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

    def _check_marks(self, kinds: Kinds, block: Block) -> None:
        """A default at the kind's place must be the kind, or what is written reads as another record."""
        around = {kind: one.block for kind in AROUND if (one := kinds.around(kind))}
        for mark, kind in kinds.marks.items():
            found = around.get(kind, block)
            start, end = kinds.start, kinds.start + len(mark)
            told = any(
                one.start <= start and end <= one.end and one.item.default is not None for one in found.placed
            )
            if told and found.blank[start:end] != mark:
                place = ("items",) if kind == "data" else (kind, "items")
                self._fault(f"the default at the kind's place is not the kind of {kind} records", *place)

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
        for name in sorted(found):
            if found[name].item.type not in _SUMMED:
                self._fault(
                    f"totals names {name}, which is no zoned, packed or binary item", wanted[name], "items"
                )
        for name in sorted(wanted.keys() - found.keys()):
            self._fault(f"totals names {name}, which is no item of the data records", wanted[name], "items")
        return tuple(found.values())
