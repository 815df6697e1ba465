"""The socket under an SSH connection, read ahead.

paramiko asks the system twice for each packet of 32 KiB: for its first block, and for the rest. Each time it lets go of
the interpreter, and waits until another thread lets go of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket

    import paramiko

AHEAD = 256 * 1024
"""Bytes that are asked for at one time."""


class ReadAhead:
    """A socket, or what stands for one, to paramiko. One thread receives; any may do everything else."""

    def __init__(self, line: socket.socket | paramiko.Channel) -> None:
        self._line = line
        self._block = b""
        self._at = 0
        self.send = line.send

    def __getattr__(self, name: str) -> Any:
        return getattr(self._line, name)

    def recv(self, nbytes: int) -> bytes:
        """Up to so many of the bytes that came; waits if there are none. Nothing at the end of the line."""
        if self._at == len(self._block):
            self._block, self._at = self._line.recv(AHEAD), 0
        piece = self._block[self._at : self._at + nbytes]
        self._at += len(piece)
        return piece
