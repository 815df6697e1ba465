"""Large objects go out in parts."""

from __future__ import annotations

from collections.abc import AsyncIterator

from hypothesis import given
from hypothesis import strategies as st

from adapters import s3_upload


@given(st.lists(st.binary(max_size=40), max_size=12), st.integers(1, 30))
async def test_an_object_is_cut_into_parts_of_one_size_but_for_the_last(
    pieces: list[bytes], size: int
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    parts = [part async for part in s3_upload._in_parts(chunks(), size)]
    assert b"".join(parts) == b"".join(pieces)
    assert all(len(part) == size for part in parts[:-1])
    assert all(0 < len(part) <= size for part in parts[-1:])
