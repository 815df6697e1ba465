"""The part of a file that kernels work on: one buffer, read again and again, with room around it."""

from __future__ import annotations

from ctypes import addressof, c_char
from typing import Any, BinaryIO, cast

ROOM = 64
"""Bytes before and after what was read that kernels may look at."""


class Room:
    """Bytes that kernels write to: as a view, and where they begin."""

    def __init__(self, size: int) -> None:
        self._bytes = bytearray(size)
        self.view = memoryview(self._bytes)
        self.address = addressof(c_char.from_buffer(self._bytes))


class Window:
    """Bytes of a stream in place. What is left over moves to the front when more is read."""

    def __init__(self, size: int) -> None:
        self.held = 0
        self._resize(size)

    def _resize(self, size: int) -> None:
        self._size = size
        self._bytes = bytearray(size + 2 * ROOM)
        self._view = memoryview(self._bytes)
        self.address = addressof(c_char.from_buffer(self._bytes)) + ROOM

    def read(self, stream: BinaryIO) -> bool:
        """Read more, making room if there is none; False at the end of the stream."""
        if self.held == self._size:
            self._widen()
        room = self._view[ROOM + self.held : ROOM + self._size]
        count = cast("Any", stream).readinto(room)
        self.held += count or 0
        return bool(count)

    def _widen(self) -> None:
        held = self.part(0, self.held)
        self._resize(2 * self._size)
        self._view[ROOM : ROOM + self.held] = held

    def drop(self, count: int) -> None:
        """Forget the first bytes."""
        rest = self.part(count, self.held)
        self.held = len(rest)
        self._view[ROOM : ROOM + self.held] = rest

    def part(self, start: int, end: int) -> bytes:
        """A copy of some of the bytes."""
        return bytes(self._view[ROOM + start : ROOM + end])

    def line_after(self, start: int) -> int:
        """Where the line from ``start`` on ends, after its line feed; -1 if it does not."""
        found = self._bytes.find(b"\n", ROOM + start, ROOM + self.held)
        return found + 1 - ROOM if found >= 0 else -1

    def lines_end(self, start: int) -> int:
        """Where the last whole line after ``start`` ends; ``start`` if there is none."""
        found = self._bytes.rfind(b"\n", ROOM + start, ROOM + self.held)
        return found + 1 - ROOM if found >= 0 else start

    def quotes(self, start: int, end: int) -> int:
        """How many quotes stand there."""
        return self._bytes.count(b'"', ROOM + start, ROOM + end)
