"""The gateway's own ports, to which a host connects where data connections are active."""

from __future__ import annotations

import errno
import socket
import time
from contextlib import suppress
from typing import Any

from adapters.errors import ConnectionLost

WAITING = 16
"""Connections that may wait to be looked at: strangers must not keep the host out."""


class Listener(socket.socket):
    """One port. ``host``: the only address from which a connection is taken; empty: any."""

    host = ""

    def accept(self) -> tuple[socket.socket, Any]:
        """The host's connection. Whoever else comes is hung up on: files would go to them, or come from them.

        Raises ``ConnectionLost`` if only others came in time, ``TimeoutError`` if nobody did.
        """
        until = time.monotonic() + (self.gettimeout() or 0.0)
        stranger = ""
        while True:
            try:
                line, address = super().accept()
            except TimeoutError:
                if not stranger:
                    raise
                raise self._not_the_host(stranger) from None
            if self.host in ("", address[0]):
                return line, address
            line.close()
            stranger = str(address[0])
            self.settimeout(max(until - time.monotonic(), 0.001))

    def _not_the_host(self, stranger: str) -> ConnectionLost:
        return ConnectionLost(
            f"a data connection came from {stranger}, and none from the host itself ({self.host})",
            hint="if the host is behind address translation, and sends from there: passive_address: server",
            settings={"passive_address": "server"},
        )


def listen(ports: tuple[int, int], family: int, *, host: str) -> Listener:
    """Listen at a free one of the ports (0: any). Raises ``OSError`` if none is free."""
    first, last = ports
    for port in range(first, last + 1):
        with suppress(OSError):
            made = socket.create_server(("", port), family=family, backlog=WAITING)
            listener = Listener(fileno=made.detach())
            listener.host = host
            return listener
    raise OSError(errno.EADDRINUSE, f"no port from {first} to {last} is free")
