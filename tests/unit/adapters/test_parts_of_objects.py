"""Large objects go out in parts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from hashlib import sha256
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.s3 import upload as s3_upload
from adapters.s3.body import Body


@given(st.lists(st.binary(max_size=40), max_size=12), st.integers(1, 30))
async def test_an_object_is_cut_into_parts_of_one_size_but_for_the_last(
    pieces: list[bytes], size: int
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    parts = [bytes(part.read()) async for part in s3_upload._in_parts(chunks(), size)]
    assert all(len(part) == size for part in parts[:-1])
    whole = b"".join(pieces)
    assert b"".join(parts) == whole
    assert all(0 < len(part) <= size for part in parts[-1:]) if whole else parts == [b""]


@given(st.lists(st.binary(max_size=40), max_size=12))
def test_a_body_is_read_from_its_beginning_as_often_as_it_must(pieces: list[bytes]) -> None:
    whole, body = b"".join(pieces), Body(pieces)
    for _ in range(2):
        read = b"".join(iter(lambda: bytes(body.read(7)), b""))
        assert (read, body.tell(), len(body)) == (whole, len(whole), len(whole))
        assert body.seek(0) == 0
    assert body.read() == whole
    assert body.crc32() == f"{crc32(whole):08x}"
    assert body.sha256() == sha256(whole).hexdigest()


@pytest.mark.parametrize("told", ["UNSIGNED-PAYLOAD", "", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"])
def test_a_request_that_was_not_signed_by_its_bytes_says_nothing_of_them(told: str) -> None:
    body = Body([b"abc"])
    body.was_signed(told)
    assert body.sha256() == sha256(b"abc").hexdigest()
