"""Many short questions over one FTP control connection, most of them sent before the last is answered.

RFC 959 has the answers come in the order of the commands and does not forbid to ask ahead; one round trip for each of
100,000 names is what makes FTP clients slow.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ftplib
    from collections.abc import Iterator, Sequence

PATIENCE = 5.0
"""Seconds in which a host must have answered two commands that came together, to be asked so again."""

AHEAD = 500
"""Commands under way: they, and the answers to them, fit into the smallest of buffers."""


def replies(ftp: ftplib.FTP, commands: Sequence[str], *, in_step: bool = False) -> Iterator[str]:
    """The reply to each command, in their order, refusals too. Every reply must be taken.

    ``in_step`` waits for each reply before the next command is sent. Raises what a broken connection raises.
    """
    ahead = 1 if in_step else AHEAD
    sent = 0
    for number in range(len(commands)):
        if sent - number <= ahead // 2 and sent < len(commands):
            _send(ftp, commands[sent : number + ahead])
            sent = min(number + ahead, len(commands))
        yield ftp.getmultiline()


def _send(ftp: ftplib.FTP, commands: Sequence[str]) -> None:
    assert ftp.sock is not None
    if any("\r" in command or "\n" in command for command in commands):
        raise ValueError("a command may not hold a line end")
    lines = [f"{command}\r\n".encode(ftp.encoding) for command in commands]
    # ProFTPD reads one TLS record, takes one command out of it, and waits for the next record.
    for block in lines if isinstance(ftp.sock, ssl.SSLSocket) else (b"".join(lines),):
        ftp.sock.sendall(block)
