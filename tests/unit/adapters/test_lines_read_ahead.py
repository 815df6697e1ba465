"""A socket that is read ahead gives paramiko the bytes that it would have given itself."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sftp.line import AHEAD, ReadAhead


@given(st.binary(min_size=1, max_size=2000), st.lists(st.integers(1, 300), min_size=1))
def test_bytes_come_out_once_in_order_however_many_are_asked_for(sent: bytes, asked: list[int]) -> None:
    near, far = socket.socketpair()
    with near, far:
        line = ReadAhead(near)
        far.sendall(sent)
        far.close()
        came, turn = b"", 0
        while piece := line.recv(asked[turn % len(asked)]):
            assert len(piece) <= asked[turn % len(asked)]
            came, turn = came + piece, turn + 1
        assert came == sent


def test_more_than_is_read_at_one_time_comes_whole() -> None:
    near, far = socket.socketpair()
    with near, far:
        line = ReadAhead(near)
        block = bytes(range(256)) * 64
        came = b""
        for _ in range(2 * AHEAD // len(block)):
            far.sendall(block)
            came += line.recv(len(block) - 5) + line.recv(5)
        assert came == block * (2 * AHEAD // len(block))


def test_what_came_is_given_before_a_line_without_more_runs_out_of_time() -> None:
    near, far = socket.socketpair()
    with near, far:
        line = ReadAhead(near)
        line.settimeout(0.01)
        far.sendall(b"abc")
        assert (line.recv(2), line.recv(2)) == (b"ab", b"c")
        with pytest.raises(TimeoutError):
            line.recv(1)
        far.sendall(b"d")
        assert line.recv(1) == b"d"


def test_everything_else_is_the_socket_itself() -> None:
    near, far = socket.socketpair()
    with near, far:
        line = ReadAhead(near)
        assert line.send(b"abc") == 3
        assert far.recv(3) == b"abc"
        assert line.fileno() == near.fileno()
        line.close()
        assert near.fileno() == -1
