"""The body of one request as the pieces in which it came: hashed and sent from where they are, and never joined.

Joining a part costs about as much as hashing it does.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable

SHA256_LENGTH = 64
"""Characters of a SHA-256 in hex. A request may be signed by a word instead, such as UNSIGNED-PAYLOAD."""


class Body:
    """Bytes in pieces, as a file that boto3 reads from its beginning, more than once if it must."""

    def __init__(self, pieces: Iterable[bytes | memoryview]) -> None:
        self._pieces = [memoryview(piece) for piece in pieces if piece]
        self._starts = [0]
        for piece in self._pieces:
            self._starts.append(self._starts[-1] + len(piece))
        self._next = 0
        self._sha256 = ""

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

    def crc32(self) -> str:
        """The CRC-32 of the bytes, in hex."""
        value = 0
        for piece in self._pieces:
            value = crc32(piece, value)
        return f"{value:08x}"

    def sha256(self) -> str:
        """The SHA-256 of the bytes, in hex; not taken again where a request was signed by it."""
        if not self._sha256:
            digest = sha256()
            for piece in self._pieces:
                digest.update(piece)
            self._sha256 = digest.hexdigest()
        return self._sha256

    def was_signed(self, sha256: str) -> None:
        """A request with these bytes was signed by their SHA-256, or by a word in its place."""
        if len(sha256) == SHA256_LENGTH:
            self._sha256 = sha256


def note_signature(request: Any, **_: object) -> None:
    """Tell a body by what its request was signed: whoever asks for its SHA-256 need not take it a second time."""
    if isinstance(request.body, Body):
        told = request.headers.get("X-Amz-Content-SHA256", "")
        request.body.was_signed(told.decode() if isinstance(told, bytes) else told)
