"""What came over an SSH channel and was not read yet: the packets as they came, copied once as they are read.

paramiko's own buffer moves every byte three times, into one array that grows and shrinks by megabytes and out of it
again, which takes a quarter of all that a large file costs the processor.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from paramiko.buffered_pipe import PipeTimeout

if TYPE_CHECKING:
    from collections.abc import Callable

    from paramiko import Channel


class Received:
    """What a channel uses of ``paramiko.BufferedPipe``. One thread feeds, one reads, any may close.

    A reader is woken when all that it asked for is here, not for each packet: being woken costs more than the packet.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._pieces: deque[memoryview] = deque()
        self._size = 0
        self._wanted = 0
        self._came = 0.0
        self._closed = False
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return self._size

    def feed(self, data: bytes) -> None:
        """Bytes that came."""
        with self._changed:
            if data:
                self._pieces.append(memoryview(data))
                self._size += len(data)
                self._came = self._monotonic()
                if self._size >= self._wanted:
                    self._changed.notify()

    def read_ready(self) -> bool:
        """Whether ``read`` would give bytes at once."""
        return self._size > 0

    def read(self, nbytes: int, timeout: float | None = None) -> bytes:
        """The next ``nbytes``; what there is of them once the channel is closed, and at last nothing.

        Raises ``PipeTimeout`` if for ``timeout`` seconds nothing came of what is missing.
        """
        with self._changed:
            self._wanted = nbytes
            began = self._monotonic()
            while self._size < nbytes and not self._closed:
                left = None if timeout is None else max(began, self._came) + timeout - self._monotonic()
                if left is not None and left <= 0:
                    raise PipeTimeout
                self._changed.wait(left)
            return self._taken(nbytes)

    def empty(self) -> bytes:
        """All that was not read."""
        with self._changed:
            return self._taken(self._size)

    def close(self) -> None:
        """No more will come; whoever waits is woken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _taken(self, count: int) -> bytes:
        parts: list[memoryview] = []
        while count and self._pieces:
            piece = self._pieces.popleft()
            if len(piece) > count:
                self._pieces.appendleft(piece[count:])
                piece = piece[:count]
            parts.append(piece)
            count -= len(piece)
            self._size -= len(piece)
        return b"".join(parts)


def receive_whole(channel: Channel) -> None:
    """Have a channel over which nothing came yet keep its packets as they come."""
    channel.in_buffer = Received()  # type: ignore[assignment]  # what it uses of a BufferedPipe
