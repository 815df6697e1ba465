"""A control connection that ends within a reply: half a time or half a size is none."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest

from adapters.ftp.control import REPLIES, PlainFtp

MDTM = b"213 20261129210044"
SEVERAL = b"211-Features:\r\n MDTM\r\n211 End"


def _reply_to(sent: bytes) -> str:
    """What a client takes from these bytes, after which the connection ends."""
    ours, theirs = socket.socketpair()
    with closing(ours), PlainFtp(encoding=REPLIES) as ftp:
        theirs.sendall(sent)
        theirs.close()
        ftp.sock, ftp.file = ours, ours.makefile("r", encoding=REPLIES)
        return str(ftp.getmultiline())


@pytest.mark.parametrize("whole", [MDTM, SEVERAL])
def test_a_reply_that_is_cut_anywhere_is_a_lost_connection(whole: bytes) -> None:
    for length in range(len(whole) + 1):
        with pytest.raises(EOFError):
            _reply_to(whole[:length])


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_a_whole_reply_is_taken_whichever_way_its_lines_end(end: bytes) -> None:
    assert _reply_to(MDTM + end) == MDTM.decode()
    assert _reply_to(SEVERAL.replace(b"\r\n", end) + end) == SEVERAL.decode().replace("\r\n", "\n")
