"""What the file protocol uses of the SSH channel below it."""

from __future__ import annotations

from typing import Protocol


class Channel(Protocol):
    """What is used of an SSH channel."""

    def sendall(self, data: bytes) -> None:
        """Send every byte."""

    def recv(self, nbytes: int) -> bytes:
        """So many bytes or fewer, waiting for all of them where it can; none at the end."""
