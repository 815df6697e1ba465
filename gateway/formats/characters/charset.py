"""Text in the character codes of mainframes: bytes to characters and back, one code table at a time.

Nothing is normalised and nothing is guessed: a code without a character, a character without a code, a cut double
byte and a missing shift are errors, unless the layout declares a substitute. Control characters have no place in
text items and are not in the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from gateway.formats.faults import BadValueError

Width = Literal["mixed", "half", "full"]
Substitute = Callable[[int, int], str]
"""Called with place and size of an unassigned code; gives the characters to read instead, or raises."""

DOUBLE_BYTES = 2
LARGEST_SINGLE = 0xFF
LARGEST_PAIR = 0xFFFF


@dataclass(frozen=True, kw_only=True)
class Shifts:
    """The byte sequences that change the meaning of what follows; the first ``to_double`` is the one written."""

    to_double: tuple[bytes, ...]
    to_single: bytes

    def opened(self, raw: bytes, at: int) -> int:
        """The length of a shift to double bytes at this place, 0 if there is none."""
        return next((len(shift) for shift in self.to_double if raw.startswith(shift, at)), 0)


def unassigned(at: int, size: int) -> str:  # noqa: ARG001 - a Substitute
    """The substitute that raises."""
    raise BadValueError("unmapped", "a code has no character; enter it in a character table", at)


@dataclass(frozen=True, kw_only=True)
class Charset:
    """One character code. Without ``shifts``, a byte of ``leads`` begins a code of that many bytes."""

    name: str
    single: dict[int, str]
    double: dict[int, str]
    shifts: Shifts | None = None
    leads: dict[int, int] = field(default_factory=dict)
    read_only: frozenset[int] = frozenset()
    written: dict[str, bytes] = field(init=False)
    wide: dict[str, bytes] = field(init=False)
    longest: int = field(init=False)

    def __post_init__(self) -> None:
        double = self._written_double()
        object.__setattr__(self, "wide", double)
        object.__setattr__(self, "written", double | self._written_single())
        object.__setattr__(self, "longest", max(map(len, self.written)))

    def _written_double(self) -> dict[str, bytes]:
        return {
            text: code.to_bytes(3 if code > LARGEST_PAIR else DOUBLE_BYTES, "big")
            for code, text in sorted(self.double.items(), reverse=True)
            if code not in self.read_only
        }

    def _written_single(self) -> dict[str, bytes]:
        own = sorted(self.single.items(), reverse=True)
        return {text: bytes([code]) for code, text in own if code not in self.read_only}

    def code(self, unit: str, width: Width) -> bytes | None:
        """The code that a unit is written with in an item of this width, or None. Mixed text prefers single bytes."""
        code = self.wide.get(unit) if width == "full" else self.written.get(unit)
        return code if code is not None and _fits(code, width) else None

    def extended(
        self, single: dict[int, str], double: dict[int, str], read_only: frozenset[int] = frozenset()
    ) -> Charset:
        """This code with other tables; ``read_only`` are further codes that are never written."""
        return replace(self, single=single, double=double, read_only=self.read_only | read_only)

    def codes(self) -> dict[int, str]:
        """Every code that is written, with its characters."""
        return {
            code: text for code, text in (self.double | self.single).items() if code not in self.read_only
        }

    @property
    def blank(self) -> bytes:
        """The single blank: pads half-width and mixed text."""
        return self.written[" "]

    @property
    def wide_blank(self) -> bytes:
        """The double blank: pads full-width text."""
        return self.wide["\u3000"]

    def units(self, text: str) -> Iterator[str]:
        """The text in units that have one code each, longest first, and in characters without a code."""
        at = 0
        while at < len(text):
            unit = next(
                (u for n in range(self.longest, 1, -1) if (u := text[at : at + n]) in self.written), text[at]
            )
            yield unit
            at += len(unit)

    def read(self, raw: bytes, width: Width, substitute: Substitute = unassigned) -> str:
        """The characters of an item's bytes; raises ``BadValueError``."""
        if width == "half":
            return self._read_single(raw, 0, len(raw), substitute)
        if width == "full":
            return self._read_double(raw, 0, len(raw), substitute)
        return self._read_shifted(raw, substitute) if self.shifts else self._read_leads(raw, substitute)

    def _read_single(self, raw: bytes, start: int, end: int, substitute: Substitute) -> str:
        single = self.single
        return "".join([single.get(raw[at]) or substitute(at, 1) for at in range(start, end)])

    def _read_double(self, raw: bytes, start: int, end: int, substitute: Substitute) -> str:
        if (end - start) % DOUBLE_BYTES:
            raise BadValueError("cut", "a double-byte character is cut", end - 1)
        double = self.double
        pairs = range(start, end, DOUBLE_BYTES)
        return "".join(
            [double.get(raw[at] << 8 | raw[at + 1]) or substitute(at, DOUBLE_BYTES) for at in pairs]
        )

    def _read_shifted(self, raw: bytes, substitute: Substitute) -> str:
        found: list[str] = []
        start = 0
        for at, shift, end, after in self._shifted_runs(raw):
            found.append(self._read_single(raw, start, at, substitute))
            found.append(self._read_double(raw, at + shift, end, substitute))
            start = after
        found.append(self._read_single(raw, start, len(raw), substitute))
        return "".join(found)

    def _shifted_runs(self, raw: bytes) -> Iterator[tuple[int, int, int, int]]:
        """Every double-byte run: where its shift stands and how long it is, where the run ends, what comes after."""
        shifts = self.shifts
        assert shifts is not None
        at = 0
        while at < len(raw):
            opened = shifts.opened(raw, at)
            if not opened:
                at += 1
                continue
            end = at + opened
            while not raw.startswith(shifts.to_single, end):
                end += DOUBLE_BYTES
                if end >= len(raw):
                    raise BadValueError("shift", "the shift back to single bytes is missing", at)
            yield at, opened, end, end + len(shifts.to_single)
            at = end + len(shifts.to_single)

    def resumed(self, raw: bytes, state: bytes) -> tuple[bytes, bytes]:
        """An item's bytes as they would stand alone, and the shift that they leave open.

        ``state`` is the shift that the item before left open, or nothing.
        """
        whole = state + raw
        opened = self._left_open(whole) if self.shifts else b""
        return (whole + self.shifts.to_single if self.shifts and opened else whole), opened

    def _left_open(self, raw: bytes) -> bytes:
        shifts = self.shifts
        assert shifts is not None
        at = 0
        while at < len(raw):
            opened = shifts.opened(raw, at)
            end = at + (opened or 1)
            while opened and not raw.startswith(shifts.to_single, end):
                end += DOUBLE_BYTES
                if end >= len(raw):
                    return raw[at : at + opened]
            at = end + len(shifts.to_single) if opened else end
        return b""

    def alone(self, code: int) -> bytes:
        """A code of a table as mixed text; a character of its own, unless it cannot be one."""
        raw = code.to_bytes(1 if code <= LARGEST_SINGLE else DOUBLE_BYTES, "big")
        return self._joined([raw], "mixed")

    def _read_leads(self, raw: bytes, substitute: Substitute) -> str:
        found: list[str] = []
        at = 0
        while at < len(raw):
            if raw[at] not in self.leads:
                found.append(self.single.get(raw[at]) or substitute(at, 1))
                at += 1
                continue
            size = self.leads[raw[at]]
            if at + size > len(raw):
                raise BadValueError("cut", "a double-byte character is cut", at)
            found.append(self.double.get(int.from_bytes(raw[at : at + size], "big")) or substitute(at, size))
            at += size
        return "".join(found)

    def write(self, text: str, width: Width, instead: Callable[[str], str] | None = None) -> bytes:
        """The bytes of a text, without padding. ``instead`` gives what stands for a unit without a code."""
        codes: list[bytes] = []
        for unit in self.units(text):
            code = self.code(unit, width)
            if code is not None:
                codes.append(code)
            elif instead is None:
                raise BadValueError("unmapped", f"a character has no code here ({width} width)")
            else:
                codes.extend(self._replaced(instead(unit), width))
        return self._joined(codes, width)

    def _replaced(self, text: str, width: Width) -> Iterator[bytes]:
        for unit in self.units(text):
            code = self.code(unit, width)
            if code is None:
                raise BadValueError(
                    "unmapped", f"what stands for a character has no code here ({width} width)"
                )
            yield code

    def _joined(self, codes: list[bytes], width: Width) -> bytes:
        if width != "mixed" or self.shifts is None:
            return b"".join(codes)
        joined = bytearray()
        double = False
        for code in codes:
            if (len(code) == DOUBLE_BYTES) != double:
                double = not double
                joined += self.shifts.to_double[0] if double else self.shifts.to_single
            joined += code
        return bytes(joined + self.shifts.to_single if double else joined)


def _fits(code: bytes, width: Width) -> bool:
    return width == "mixed" or len(code) == (DOUBLE_BYTES if width == "full" else 1)
