"""Digests that are taken beside a stream."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from gateway.stores.digesting import BEHIND, Digesting


@given(st.lists(st.binary(max_size=5000), max_size=20))
async def test_the_digest_is_that_of_all_chunks_in_their_order(chunks: list[bytes]) -> None:
    digest = Digesting()
    for chunk in chunks:
        await digest.take(chunk)
    assert await digest.hexdigest() == hashlib.sha256(b"".join(chunks)).hexdigest()


async def test_no_more_than_a_few_chunks_wait_for_their_turn() -> None:
    digest = Digesting()
    for number in range(50):
        await digest.take(bytes([number]) * 200_000)
        assert len(digest._waiting) < BEHIND
    assert len(await digest.hexdigest()) == 64
