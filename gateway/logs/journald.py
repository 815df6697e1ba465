"""Lines for systemd's journal, each key of a line as a field of its own: ``journalctl LGW_ROUTE=kaigo-to-atena``.

The protocol: https://systemd.io/JOURNAL_NATIVE_PROTOCOL/. Our message IDs are ``LGW_MESSAGE_ID``: the journal's own
``MESSAGE_ID`` has another form.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import socket
from collections.abc import Mapping

from gateway.logs.syslog import APPLICATION, SEVERITIES, DatagramHandler

PREFIX = "LGW_"
_KNOWN = frozenset({"timestamp", "level", "message"})
"""Keys for which the journal has fields of its own."""
_TOO_LONG = (errno.EMSGSIZE, errno.ENOBUFS)


def entry(message: str, severity: str, line: Mapping[str, object]) -> bytes:
    """One entry: the message, and the keys of its line."""
    own = {"MESSAGE": message, "PRIORITY": SEVERITIES[severity], "SYSLOG_IDENTIFIER": APPLICATION}
    ours = {PREFIX + key.upper(): value for key, value in line.items() if key not in _KNOWN}
    return b"".join(_field(name, str(value).encode()) for name, value in (own | ours).items())


def _field(name: str, value: bytes) -> bytes:
    """Of several lines with its length before it: a value cannot end its field, or begin another one."""
    if b"\n" not in value:
        return name.encode() + b"=" + value + b"\n"
    return name.encode() + b"\n" + len(value).to_bytes(8, "little") + value + b"\n"


class JournaldHandler(DatagramHandler):
    """Sends each log line to the journal. Records have their line's keys as ``line``."""

    def datagram(self, record: logging.LogRecord) -> bytes:
        """See ``DatagramHandler``."""
        return entry(self.format(record), record.levelname.lower(), getattr(record, "line", {}))

    def pass_on(self, connected: socket.socket, message: bytes) -> None:
        """See ``DatagramHandler``. What is too long for a datagram goes as a sealed file in memory."""
        try:
            connected.send(message)
        except OSError as error:
            if error.errno not in _TOO_LONG:
                raise
            _pass_file(connected, message)


def _pass_file(connected: socket.socket, message: bytes) -> None:
    descriptor = os.memfd_create("entry", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
    with os.fdopen(descriptor, "wb") as file:
        file.write(message)
        file.flush()
        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
        socket.send_fds(connected, [b""], [descriptor])
