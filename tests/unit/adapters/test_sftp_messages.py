"""The file protocol of SFTP over a channel whose other side is written out here, packet by packet."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sftp import wire as sftp_wire
from adapters.sftp.status import FX_EOF, FX_FAILURE, ConnectionGone, StatusError
from adapters.sftp.wire import Wire

END, FAILURE = FX_EOF, FX_FAILURE


def _string(text: bytes) -> bytes:
    return struct.pack(">I", len(text)) + text


def _status(code: int) -> tuple[int, bytes]:
    return sftp_wire.STATUS, struct.pack(">I", code) + _string(b"") + _string(b"")


def _names(*names: str) -> tuple[int, bytes]:
    files = b"".join(
        _string(name.encode()) + _string(b"-") + struct.pack(">IQIIIII", 0xF, 7, 1, 2, 0o100644, 3, 4)
        for name in names
    )
    return sftp_wire.NAME, struct.pack(">I", len(names)) + files


class _Server:
    """Answers each request by a function of its type and payload; gives its bytes in pieces of ``piece``."""

    def __init__(self, answer: Callable[[int, bytes], tuple[int, bytes]], piece: int = 1 << 20) -> None:
        self._answer, self._piece = answer, piece
        self._waiting = bytearray()
        self.asked: list[int] = []
        self.packets = 0

    def sendall(self, data: bytes) -> None:
        """Requests, whole ones: the protocol knows no packets of the channel."""
        self.packets += 1
        while data:
            length = 4 + int.from_bytes(data[:4], "big")
            assert length <= len(data)
            self._receive(data[:length])
            data = data[length:]

    def _receive(self, data: bytes) -> None:
        kind, number = struct.unpack(">BI", data[4:9])
        if kind == sftp_wire.INIT:
            self._give(struct.pack(">BI", sftp_wire.VERSION, 3))
            return
        self.asked.append(kind)
        answered, body = self._answer(kind, data[9:])
        self._give(struct.pack(">BI", answered, number) + body)

    def _give(self, packet: bytes) -> None:
        self._waiting += _string(packet)

    def recv(self, nbytes: int) -> bytes:
        given = bytes(self._waiting[: min(nbytes, self._piece)])
        del self._waiting[: len(given)]
        return given


def _folder(*answers: tuple[int, bytes]) -> Callable[[int, bytes], tuple[int, bytes]]:
    left = list(answers)

    def answer(kind: int, _: bytes) -> tuple[int, bytes]:
        if kind == sftp_wire.OPENDIR:
            return sftp_wire.HANDLE, _string(b"h")
        return left.pop(0) if kind == sftp_wire.READDIR else _status(0)

    return answer


@pytest.mark.parametrize("after_the_end", [END, FAILURE])
def test_a_folder_is_read_to_its_end_whatever_the_server_says_of_requests_after_it(
    after_the_end: int,
) -> None:
    server = _Server(_folder(_names("a", "b"), _names("c"), _status(END), _status(after_the_end)))
    found = list(Wire(server, "utf-8").list_folder("f"))
    assert [name for name, _ in found] == ["a", "b", "c"]
    assert {(facts.size, facts.mode, facts.mtime) for _, facts in found} == {(7, 0o100644, 4)}
    assert server.asked[-1] == sftp_wire.CLOSE


def test_a_folder_that_fails_before_its_end_is_an_error_and_not_a_shorter_folder() -> None:
    server = _Server(_folder(_names("a"), _status(FAILURE), _status(END)))
    with pytest.raises(StatusError):
        list(Wire(server, "utf-8").list_folder("f"))


@given(st.integers(1, 70), st.integers(0, 500))
def test_a_file_comes_whole_in_whatever_pieces_the_channel_gives_it(piece: int, size: int) -> None:
    content = bytes(number % 251 for number in range(size))

    def answer(kind: int, payload: bytes) -> tuple[int, bytes]:
        if kind == sftp_wire.OPEN:
            return sftp_wire.HANDLE, _string(b"h")
        if kind != sftp_wire.READ:
            return _status(0)
        offset, length = struct.unpack(">QI", payload[5:])
        part = content[offset : offset + min(length, 100)]
        return (sftp_wire.DATA, _string(part)) if part else _status(END)

    for known in (size, None):
        wire = Wire(_Server(answer, piece), "utf-8")
        assert b"".join(wire.read_file("f", known)) == content


def test_pieces_of_a_large_file_are_asked_for_several_in_a_packet_and_only_so_many_ahead() -> None:
    block, blocks = sftp_wire.LARGEST_READ, 40
    ahead: list[int] = []

    def answer(kind: int, payload: bytes) -> tuple[int, bytes]:
        if kind == sftp_wire.OPEN:
            return sftp_wire.HANDLE, _string(b"h")
        if kind != sftp_wire.READ:
            return _status(0)
        ahead.append(len(server._waiting) // block)
        return sftp_wire.DATA, _string(bytes(struct.unpack(">QI", payload[5:])[1]))

    server = _Server(answer)
    wire = Wire(server, "utf-8")
    server.packets = 0
    pieces = [len(piece) for piece in wire.read_file("f", block * blocks)]
    assert pieces == [block] * blocks
    assert max(ahead) < sftp_wire.IN_FLIGHT
    assert server.packets <= 2 + blocks // sftp_wire.TOGETHER  # one opens, one closes


@pytest.mark.parametrize("length", [0, 4, sftp_wire.LONGEST_PACKET + 1])
def test_a_packet_of_an_impossible_length_is_no_sftp(length: int) -> None:
    server = _Server(lambda _kind, _payload: _status(0))
    server._waiting += struct.pack(">IBI", length, sftp_wire.VERSION, 3)
    with pytest.raises(ConnectionGone):
        Wire(server, "utf-8")
