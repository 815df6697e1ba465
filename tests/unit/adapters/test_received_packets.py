"""What comes over an SSH channel is read as it came: every byte once, in order, and the end only after the last."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paramiko.buffered_pipe import PipeTimeout

from adapters.sftp.received import Received

LONG = 30.0


def _all(received: Received, most: int) -> bytes:
    """Read until the end, at most so many bytes at a time."""
    parts = []
    while part := received.read(most, LONG):
        assert len(part) <= most
        parts.append(part)
    return b"".join(parts)


@given(packets=st.lists(st.binary(max_size=40), max_size=12), most=st.integers(1, 50))
def test_bytes_come_out_once_in_order_whatever_the_packets_and_however_much_is_asked_for(
    packets: list[bytes], most: int
) -> None:
    received = Received()
    for packet in packets:
        received.feed(packet)
    received.close()
    assert len(received) == sum(map(len, packets))
    assert received.read_ready() == any(packets)
    assert _all(received, most) == b"".join(packets)
    assert len(received) == 0


def test_a_reader_gets_what_another_thread_feeds_meanwhile() -> None:
    received = Received()
    packets = [bytes([number % 251]) * (number % 7 + 1) for number in range(2000)]
    with ThreadPoolExecutor() as pool:
        reading = pool.submit(_all, received, 5)
        for packet in packets:
            received.feed(packet)
        received.close()
        assert reading.result(LONG) == b"".join(packets)


def test_a_reader_gets_all_that_it_asked_for_however_many_packets_that_takes() -> None:
    received = Received()
    with ThreadPoolExecutor() as pool:
        reading = pool.submit(received.read, 6, LONG)
        for packet in (b"ab", b"c", b"defgh"):
            assert not reading.done()
            received.feed(packet)
        assert reading.result(LONG) == b"abcdef"
    received.close()
    assert received.read(6, LONG) == b"gh"
    assert received.read(6, LONG) == b""


def test_packets_that_keep_coming_are_waited_for_and_a_silence_is_an_error() -> None:
    clock = [0.0]
    received = Received(lambda: clock[0])

    def wait(seconds: float | None) -> bool:
        """Stands for the waiting: something comes at every eighth second, six times."""
        clock[0] += 8.0
        if clock[0] <= 48.0:
            received.feed(b"x")
        return True

    with mock.patch.object(received._changed, "wait", wait), pytest.raises(PipeTimeout):
        received.read(100, 10.0)
    assert clock[0] == 64.0  # the last byte came at 48, and 10 seconds after it were waited for
    assert received.read(6, LONG) == b"x" * 6  # what came is not lost by it


def test_whoever_waits_for_bytes_is_told_of_the_end() -> None:
    received = Received()
    waiting = threading.Event()
    with ThreadPoolExecutor() as pool:

        def read() -> bytes:
            waiting.set()
            return received.read(10, LONG)

        reading = pool.submit(read)
        waiting.wait(LONG)
        received.close()
        assert reading.result(LONG) == b""


def test_nothing_in_time_is_an_error_and_no_end() -> None:
    with pytest.raises(PipeTimeout):
        Received().read(10, 0.0)


def test_what_is_left_can_be_taken_at_one_time() -> None:
    received = Received()
    received.feed(b"one ")
    received.feed(b"two")
    assert received.empty() == b"one two"
    assert not received.read_ready()
