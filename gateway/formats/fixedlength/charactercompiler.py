"""A layout's character code: the built-in one with the declared pairs and the 外字 tables of the city laid over it."""

from __future__ import annotations

from gateway.formats.characters.charset import LARGEST_SINGLE, Charset, Width
from gateway.formats.characters.codepages import LOADED, charset
from gateway.formats.characters.gaiji import CharacterTable
from gateway.formats.characters.halfblanks import with_half_blanks
from gateway.formats.characters.pairs import pair_up, pair_up_latin
from gateway.formats.characters.unicodetext import UnicodeCharset
from gateway.formats.faults import BadValueError, FormatFault
from gateway.formats.layouts.layout import Layout
from gateway.formats.values.fields import Unmapped

_INDISPENSABLE = (" ", *"0123456789")
"""Characters that items are padded and filled with."""
_WITH_4040 = frozenset({"jef", "keis78", "keis83", "keis90"})


class CharacterCompiler:
    """Lays the tables of a layout over its built-in code and collects every fault."""

    def __init__(self, layout: Layout, tables: tuple[CharacterTable, ...]) -> None:
        assert layout.encoding is not None
        self.layout, self.tables = layout, tables
        self.faults: list[FormatFault] = []
        self._built_in = charset(layout.encoding, layout.single)

    def charset(self) -> Charset:
        """The character code; the first table wins. Meaningless if there are faults."""
        own = [table for table in self.tables if table.kind == "gaiji"]
        double, single = dict(self._built_in.double), dict(self._built_in.single)
        pair_up(double, self.layout.pairs)
        pair_up_latin(single, self.layout.latin)
        read_only: frozenset[int] = frozenset()
        changed = frozenset(code for table in own for code, _ in table.codes)
        for table in reversed(own):
            self._check_shared(table, changed)
            single_too = not isinstance(self._built_in, UnicodeCharset)
            double |= {code: text for code, text in table.codes if code > LARGEST_SINGLE}
            single |= {code: text for code, text in table.codes if code <= LARGEST_SINGLE and single_too}
            read_only |= table.read_only
        found = self._built_in.extended(single, double, read_only)
        self._check_loaded(found)
        for table in own:
            self._check_blanks(table, found)
            self._check_read(table, found)
        return found if self.layout.double_blank == "wide" else self._with_half_blanks(found)

    def _with_half_blanks(self, found: Charset) -> Charset:
        if self.layout.encoding not in _WITH_4040:
            message = (
                f"two-half is for {', '.join(sorted(_WITH_4040))}, whose double blank is 4040; remove it"
            )
            self._add_layout_fault(message, "double_blank")
            return found
        return with_half_blanks(found)

    def unmapped(self) -> Unmapped | None:
        """What the layout says of characters without a code."""
        if self.layout.unmapped == "placeholder":
            return Unmapped(placeholder=self.layout.placeholder)
        if self.layout.unmapped != "table":
            return None
        reductions = {a: b for table in reversed(self.tables) for a, b in table.reductions}
        if not reductions:
            message = "unmapped: table needs a table of kind reduction in characters"
            self._add_layout_fault(message, "unmapped")
        return Unmapped(reductions=reductions)

    def _add_layout_fault(self, message: str, *location: str) -> None:
        self.faults.append(
            FormatFault(model="layout", name=self.layout.name, location=location, message=message)
        )

    def _add_table_fault(self, table: CharacterTable, message: str) -> None:
        self.faults.append(FormatFault(model="table", name=table.name, message=message))

    def _check_shared(self, table: CharacterTable, changed: frozenset[int]) -> None:
        """A 外字 that is an ordinary character as well would come back under the other code.

        ``changed`` are the codes that tables give another character: they write the ordinary one no more.
        """
        for code, text in table.codes:
            known = self._built_in.code(text, "mixed")
            if known is None or code in table.read_only or self._number(known) in changed:
                continue
            if self._number(known) != code:
                message = (
                    f"{code:X} has a character that {self.layout.encoding} writes as {known.hex().upper()}; "
                    "use a variation selector, or a column use with `read`"
                )
                self._add_table_fault(table, message)

    def _number(self, code: bytes) -> int:
        """A code as tables write it: Unicode by code point, others by their bytes."""
        if isinstance(self._built_in, UnicodeCharset):
            return ord(code.decode(self._built_in.codec))
        return int.from_bytes(code, "big")

    def _check_loaded(self, found: Charset) -> None:
        """A code of which nothing is built in needs a table with its blank."""
        if self.layout.encoding in LOADED and "\u3000" not in found.wide:
            message = (
                f"{self.layout.encoding} has no double-byte characters built in, because no source of them could be "
                "verified; name a table in characters with all its codes, U+3000 included"
            )
            self._add_layout_fault(message, "encoding")

    def _check_blanks(self, table: CharacterTable, found: Charset) -> None:
        """Items are padded with blanks and filled with digits; their codes may not become other characters."""
        if any(text not in found.written for text in _INDISPENSABLE) or (
            "\u3000" in self._built_in.wide and "\u3000" not in found.wide
        ):
            self._add_table_fault(
                table, "a blank or a digit loses its code to another character; remove that"
            )

    def _width(self, code: int) -> Width:
        """The width of items that may hold a code."""
        if self.layout.encoding not in LOADED:
            return "mixed"
        return "full" if code > LARGEST_SINGLE else "half"

    def _check_read(self, table: CharacterTable, found: Charset) -> None:
        """What is written must be read as the same: no shift, no lead byte of another code."""
        for code, _ in table.codes:
            text = found.double.get(code) or found.single.get(code)
            width = self._width(code)
            try:
                same = found.read(found.alone(code), width) == text
            except (BadValueError, ValueError):
                same = False
            if not same:
                message = f"{code:02X} cannot be read back in {self.layout.encoding}: it is a shift, or begins as one"
                self._add_table_fault(table, f"{message}, or has no or another lead byte")
