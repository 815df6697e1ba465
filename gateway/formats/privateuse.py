"""Codes that mean something at one system alone, in a file that is to pass as it is.

A legacy code leaves whole rows to its users: every double byte whose first byte begins none of the published
characters. In Unicode it is the private use area, U+E000-F8FF, with planes 15 and 16.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import BinaryIO

from gateway.formats.characters.charset import DOUBLE_BYTES, Charset
from gateway.formats.characters.codepages import charset
from gateway.formats.characters.escapes import EscapedCharset
from gateway.formats.characters.unicodetext import UnicodeCharset
from gateway.formats.compression import reading
from gateway.formats.faults import BadValueError, FaultList, FormatFaults
from gateway.formats.fixedlength.fixed import FixedRecords
from gateway.formats.form import Form
from gateway.formats.ondisk import AnyFile
from gateway.formats.records import Frame
from gateway.formats.sample import STANDS_FOR, text_of
from gateway.formats.values.fields import TextField

_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_IN_UTF8 = re.compile(rb"\xee|\xef[\x80-\xa3]|\xf3[\xb0-\xbf]|\xf4")
_THREE = 3


@dataclass(frozen=True, kw_only=True)
class PrivateUse:
    """Where such a code stands first: its record (of CSV: its line), from 1, and its item, if that is known."""

    record: int
    item: str = ""


def private_use(form: Form, path: AnyFile) -> PrivateUse | None:
    """The first code of a file that its layout's published character code leaves to users; None if there is none.

    Raises ``FormatFaults`` for a layout with faults, ``BadRecords`` for a file that cannot be unpacked.
    """
    records, wrong = form.compiled()
    if wrong:
        raise FormatFaults(wrong)
    with reading(path, records) as stream:
        if isinstance(records, FixedRecords):
            return next(_Looker(form=records).found(stream), None)
        return next(_in_lines(stream, form.profile.encoding if form.profile else "utf-8"), None)


def _in_lines(stream: BinaryIO, encoding: str) -> Iterator[PrivateUse]:
    for number, line in enumerate(stream, start=1):
        worth_it = not line.isascii() if encoding != "utf-8" else _IN_UTF8.search(line)
        if worth_it and _PRIVATE.search(line.decode(encoding, "replace")):
            yield PrivateUse(record=number)


@dataclass(kw_only=True)
class _Looker:
    """Looks at the text items of legacy records; most records are passed by their bytes alone."""

    form: FixedRecords
    hit: bool = field(default=False, init=False)

    @cached_property
    def code(self) -> Charset:
        """The published code, without the city's tables."""
        return charset(self.form.layout.encoding, self.form.layout.single)

    @cached_property
    def theirs(self) -> frozenset[int]:
        """The first bytes of double bytes that are left to users."""
        used = {code >> 8 for code in self.code.double if code >> 8 <= 0xFF}  # noqa: PLR2004 - a double byte
        first = self.code.leads.keys() if self.code.leads else range(0x21, 0xFF)
        return frozenset(first) - used

    @cached_property
    def may_hold(self) -> re.Pattern[bytes]:
        """Matches every record that may hold such a code, and some others."""
        full = any(leaf.item.width == "full" for leaf in self.form.layout.leaves)
        leads = b"[" + b"".join(re.escape(bytes([one])) for one in sorted(self.theirs)) + b"\x8f]"
        if isinstance(self.code, UnicodeCharset):
            return _IN_UTF8 if self.code.codec == "utf-8" else re.compile(b"")
        if isinstance(self.code, EscapedCharset):
            return re.compile(rb"\x1b")
        if full or self.code.shifts is None:
            return re.compile(leads)
        opened = b"|".join(map(re.escape, self.code.shifts.to_double))
        return re.compile(b"(?:" + opened + b")(?:..)*?" + leads, re.DOTALL)

    def found(self, stream: BinaryIO) -> Iterator[PrivateUse]:
        """Every item that holds one."""
        faults, may_hold = FaultList(), self.may_hold
        for frame in self.form.frames(stream, faults):
            if may_hold.search(frame.body):
                yield from self._in(frame)

    def _in(self, frame: Frame) -> Iterator[PrivateUse]:
        for cell in self.form.cells(frame):
            text = text_of(self.form.field(cell.index), cell)
            if text is not None and self._holds(text, cell.alone):
                yield PrivateUse(record=frame.number, item=self.form.layout.leaves[cell.index].item.label)

    def _holds(self, text: TextField, raw: bytes) -> bool:
        self.hit = False

        def outside(at: int, size: int) -> str:
            self.hit = self.hit or self._is_theirs(raw[at : at + size])
            return STANDS_FOR

        try:
            read = text.charset.read(raw, text.width, outside)
        except BadValueError:
            return self.hit
        return self.hit or _PRIVATE.search(read) is not None

    def _is_theirs(self, code: bytes) -> bool:
        if isinstance(self.code, UnicodeCharset):
            return _PRIVATE.search(code.decode(self.code.codec, "replace")) is not None
        if len(code) == _THREE:
            return not any((one >> 8) & 0xFF == code[1] and one >> 16 == code[0] for one in self.code.double)
        return len(code) == DOUBLE_BYTES and code[0] in self.theirs
