"""Lines for a syslog server as RFC 5424 writes them; over TCP framed by their length (RFC 6587, 3.4.1)."""

from __future__ import annotations

import logging
import re
import socket
from datetime import UTC, datetime
from typing import Any, Literal

FACILITY = 16  # local0
APPLICATION = "linkage-gateway"
SEVERITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}
_MESSAGE_ID = re.compile(r"LGW-\d+-[DIWEC]")
_SECONDS = 10.0

Protocol = Literal["udp", "tcp"]


def line(text: str, *, severity: str, at: datetime, host: str, process: int | str = "-") -> bytes:
    """One message without framing. ``at`` is aware; the message ID is the first that the text holds."""
    priority = FACILITY * 8 + SEVERITIES[severity]
    found = _MESSAGE_ID.search(text)
    stamp = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    name = re.sub(r"[^!-~]", "", host)[:255] or "-"
    header = f"<{priority}>1 {stamp} {name} {APPLICATION} {process} {found.group() if found else '-'} - "
    return header.encode("ascii") + b"\xef\xbb\xbf" + text.replace("\n", " ").encode()


def address_of(written: str) -> tuple[str, int]:
    """Host and port of ``host:port``."""
    host, _, port = written.rpartition(":")
    return host.strip("[]"), int(port)


def send(message: bytes, address: tuple[str, int], protocol: Protocol) -> None:
    """Send one message. Blocks; raises ``OSError``. UDP never tells whether anybody listens."""
    if protocol == "tcp":
        with socket.create_connection(address, timeout=_SECONDS) as stream:
            stream.sendall(framed(message))
        return
    with _connected(address) as datagrams:
        datagrams.send(message)


def framed(message: bytes) -> bytes:
    """A message as it goes over TCP."""
    return b"%d %s" % (len(message), message)


class DatagramHandler(logging.Handler):
    """Sends each log line as a datagram of its own to a socket's path, or host and port over UDP."""

    def __init__(self, address: tuple[str, int] | str) -> None:
        super().__init__()
        self._address = address
        self._open: socket.socket | None = None

    def datagram(self, record: logging.LogRecord) -> bytes:
        """The line as its receiver reads it."""
        raise NotImplementedError

    def emit(self, record: logging.LogRecord) -> None:
        """See ``logging.Handler``. A server that was restarted is connected to again, once a line."""
        message = self.datagram(record)
        try:
            self._send(message)
        except OSError:
            self.close()
            try:
                self._send(message)
            except OSError:
                self.handleError(record)

    def _send(self, message: bytes) -> None:
        if self._open is None:
            self._open = _connected(self._address)
        self.pass_on(self._open, message)

    def pass_on(self, connected: socket.socket, message: bytes) -> None:
        """Send a datagram to whom the socket is connected. Raises ``OSError``."""
        connected.send(message)

    def close(self) -> None:
        """Close the connection; the next line opens it again."""
        if self._open is not None:
            self._open.close()
            self._open = None
        super().close()


class SyslogHandler(DatagramHandler):
    """Sends each log line to a syslog server."""

    def __init__(self, address: tuple[str, int] | str) -> None:
        super().__init__(address)
        self._host = socket.gethostname()

    def datagram(self, record: logging.LogRecord) -> bytes:
        """See ``DatagramHandler``."""
        at = datetime.fromtimestamp(record.created, UTC)
        severity, process = record.levelname.lower(), record.process or "-"
        return line(self.format(record), severity=severity, at=at, host=self._host, process=process)


def _connected(address: tuple[str, int] | str) -> socket.socket:
    if isinstance(address, str):
        return _to(socket.AF_UNIX, address)
    family, _, _, _, found = socket.getaddrinfo(*address, type=socket.SOCK_DGRAM)[0]
    return _to(family, found)


def _to(family: int, address: tuple[Any, ...] | str) -> socket.socket:
    made = socket.socket(family, socket.SOCK_DGRAM)
    try:
        made.connect(address)
    except OSError:
        made.close()
        raise
    return made
