"""The fields of SFTP messages: numbers, strings, and what is told of a file (section 5 of the draft)."""

from __future__ import annotations

import struct
from functools import cache
from typing import NamedTuple

from adapters.sftp.status import ConnectionGone

HAS_SIZE, HAS_OWNER, HAS_MODE, HAS_TIMES, HAS_MORE = 0x1, 0x2, 0x4, 0x8, 0x80000000

EVERYTHING = HAS_SIZE | HAS_OWNER | HAS_MODE | HAS_TIMES
"""What OpenSSH tells of each file."""

NUMBER, WIDE = struct.Struct(">I"), struct.Struct(">Q")


class Facts(NamedTuple):
    """What the server says of a file; None where it says nothing."""

    size: int | None = None
    mode: int | None = None
    mtime: int | None = None


def string_of(value: bytes) -> bytes:
    """A string as it goes over the wire: its length, and its bytes."""
    return struct.pack(">I", len(value)) + value


class Reader:
    """Fields of a packet, in order."""

    def __init__(self, body: bytes, at: int = 0) -> None:
        self._body, self.at = body, at

    @property
    def done(self) -> bool:
        """Whether no field is left."""
        return self.at >= len(self._body)

    def number(self) -> int:
        """A number of 32 bits."""
        return self.fields(NUMBER)[0]

    def wide(self) -> int:
        """A number of 64 bits."""
        return self.fields(WIDE)[0]

    def string(self) -> bytes:
        """A string's bytes. Raises ``ConnectionGone``, as all of these do, where the packet ends before its field."""
        return self._body[self._string()]

    def view(self) -> memoryview:
        """As ``string``, without copying it."""
        return memoryview(self._body)[self._string()]

    def _string(self) -> slice:
        length = self.number()
        if self.at + length > len(self._body):
            raise ConnectionGone("a packet that ends before its text does")
        self.at += length
        return slice(self.at - length, self.at)

    def fields(self, form: struct.Struct) -> tuple[int, ...]:
        """Some numbers in a row."""
        if self.at + form.size > len(self._body):
            raise ConnectionGone("a packet that ends too early")
        told = form.unpack_from(self._body, self.at)
        self.at += form.size
        return told


def facts_of(reader: Reader) -> Facts:
    """What ATTRS says next."""
    flags = reader.number()
    told = reader.fields(_form(flags & (HAS_SIZE | HAS_OWNER | HAS_MODE | HAS_TIMES)))
    mtime = told[-1] if flags & HAS_TIMES else None
    mode = told[-3 if flags & HAS_TIMES else -1] if flags & HAS_MODE else None
    if flags & HAS_MORE:
        for _ in range(2 * reader.number()):
            reader.string()
    return Facts(size=told[0] if flags & HAS_SIZE else None, mode=mode, mtime=mtime)


@cache
def _form(flags: int) -> struct.Struct:
    """The fields that these flags announce, in their order: size, owner and group, mode, times."""
    forms = ((HAS_SIZE, "Q"), (HAS_OWNER, "II"), (HAS_MODE, "I"), (HAS_TIMES, "II"))
    return struct.Struct(">" + "".join(form for flag, form in forms if flags & flag))
