"""The body of one request as the pieces in which it came: hashed and sent from where they are, and never joined.

Joining a part costs about as much as hashing it does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable


class Body:
    """Bytes in pieces, as a file that boto3 reads from its beginning, more than once if it must."""

    def __init__(self, pieces: Iterable[bytes | memoryview]) -> None:
        self._pieces = [memoryview(piece) for piece in pieces if piece]
        self._starts = [0]
        for piece in self._pieces:
            self._starts.append(self._starts[-1] + len(piece))
        self._next = 0

    def __len__(self) -> int:
        return self._starts[-1]

    def read(self, size: int | None = None) -> memoryview | bytes:
        """The next piece, whatever ``size`` is: whoever reads takes what comes; all that is left for -1 or None."""
        if size is None or size < 0:
            rest, self._next = self._pieces[self._next :], len(self._pieces)
            return b"".join(rest)
        if self._next == len(self._pieces):
            return b""
        self._next += 1
        return self._pieces[self._next - 1]

    def tell(self) -> int:
        """Bytes that were read."""
        return self._starts[self._next]

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go back to where a piece begins, or to the end."""
        self._next = self._starts.index((0, self.tell(), len(self))[whence] + offset)
        return self.tell()

    def digest(self) -> str:
        """What tells a part from another of its length: its CRC-32, in hex.

        Two tries differ only where a source was rewritten between them and looks the same by size and time.
        """
        value = 0
        for piece in self._pieces:
            value = crc32(piece, value)
        return f"{value:08x}"
