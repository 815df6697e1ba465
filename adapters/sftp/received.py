"""What came over an SSH channel and was not read yet: the packets as they came, none of them copied.

paramiko's own buffer moves every byte three times, into one array that grows and shrinks by megabytes and out of it
again, which takes a quarter of all that a large file costs the processor.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from paramiko.buffered_pipe import PipeTimeout

if TYPE_CHECKING:
    from paramiko import Channel


class Received:
    """What a channel uses of ``paramiko.BufferedPipe``. One thread feeds, one reads, any may close."""

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._closed = False
        self._changed = threading.Condition()

    def __len__(self) -> int:
        with self._changed:
            return sum(map(len, self._pieces))

    def feed(self, data: bytes) -> None:
        """Bytes that came."""
        with self._changed:
            if data:
                self._pieces.append(data)
                self._changed.notify()

    def read_ready(self) -> bool:
        """Whether ``read`` would give bytes at once."""
        return bool(self._pieces)

    def read(self, nbytes: int, timeout: float | None = None) -> bytes:
        """The next packet, or the first ``nbytes`` of it; nothing once all was read and the channel is closed.

        Raises ``PipeTimeout`` if none came within ``timeout`` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._pieces or self._closed, timeout):
                raise PipeTimeout
            if not self._pieces:
                return b""
            piece = self._pieces.popleft()
            if len(piece) > nbytes:
                self._pieces.appendleft(piece[nbytes:])
            return piece[:nbytes]

    def empty(self) -> bytes:
        """All that was not read."""
        with self._changed:
            rest = b"".join(self._pieces)
            self._pieces.clear()
            return rest

    def close(self) -> None:
        """No more will come; whoever waits is woken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


def receive_whole(channel: Channel) -> None:
    """Have a channel over which nothing came yet keep its packets as they come."""
    channel.in_buffer = Received()  # type: ignore[assignment]  # what it uses of a BufferedPipe
