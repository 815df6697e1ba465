"""A byte of an answer may be another one where nothing covers it: the answer is none then, and is asked for again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from adapters.errors import AdapterError, Transient
from tests.conformance.conftest import NAMES
from tests.support import places
from tests.support.toxic import ToxicLine
from tests.support.writing import receive, send

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from adapters.base import Adapter
    from tests.support.servers.object_stores import ObjectStore

PART = 5 << 20
DATA = bytes(range(256)) * (PART // 256) + b"0123456789"


@dataclass
class Misspelling(ToxicLine):
    """A line that changes a letter of one word wherever it comes down."""

    word: bytes = b""

    async def _redirected(self, block: bytes) -> bytes:
        if not self.word:
            return block
        return re.sub(re.escape(self.word), self.word[:-1] + b"#", block, flags=re.IGNORECASE)


async def stat(adapter: Adapter) -> None:
    await adapter.stat("there.dat")


async def put(adapter: Adapter) -> None:
    await send(adapter, "new.dat", DATA)


async def scan(adapter: Adapter) -> None:
    await adapter.scan("*.dat")


@pytest.mark.parametrize(
    ("word", "work"),
    [
        (b"\r\nETag", put),
        (b"<UploadId", put),
        (b"\r\nLast-Modified", stat),
        (b"\r\nContent-Length", stat),
        (b"<Size", scan),
        (b"<LastModified", scan),
        (b"<Key", scan),
    ],
)
async def test_an_answer_that_lacks_a_word_is_asked_for_again_and_no_fault_of_ours(
    moto: ObjectStore, word: bytes, work: Callable[[Adapter], Awaitable[None]]
) -> None:
    place = places.bucket(moto, f"misspelt-{next(NAMES)}", creates_only=True)
    async with Misspelling(int(moto.url.rpartition(":")[2])) as line:
        where = f"http://127.0.0.1:{line.listening}"
        async with places.reach(place, endpoint_url=where, part_size="5MiB") as adapter:
            await send(adapter, "there.dat", DATA)
            line.word = word
            with pytest.raises(AdapterError) as said:
                await work(adapter)
            assert isinstance(said.value, Transient)
            line.word = b""
            await work(adapter)
            for path in ("there.dat", *(["new.dat"] if work is put else [])):
                assert await receive(adapter, await adapter.stat(path)) == DATA
