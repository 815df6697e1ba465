"""A source that keeps very many files that are all known: looking at it holds nobody up, and fills no memory."""

import asyncio
import sqlite3
import threading
import tracemalloc
from contextlib import closing
from dataclasses import asdict
from datetime import timedelta

import pytest

from adapters import ADAPTERS
from gateway.naming import SourcePattern
from tests.support.city import Town

NAMES = 3000
PER_NAME = 4096
"""Bytes that a look may hold of each file: its entry, what its name says, and what the journal answers."""
STAYS = 64
"""Bytes of each file that may stay from one look to the next, to tell whether a listing is to be believed."""

KNOWN = """
INSERT INTO transfers (id, route, endpoint, path, size, mtime, version, content, companion, stated_sha256, revision,
                       from_format, business_date, admitted_at, changed_at, state, bytes, sha256, outcome, carried_to)
VALUES (:id, 'r', 'here', :path, :size, :mtime, :version, '', '', '', 1, 'legacy', '2027-01-04',
        '2027-01-04T00:00:00.000000+00:00', '2027-01-04T00:00:00.000000+00:00', 'settled', 1, 'ab', 'delivered',
        'legacy')"""


@pytest.fixture
async def town(tmp_path):
    """Its journal knows every file of its source as carried."""
    made = Town(tmp_path)
    made.route(rest="after: keep")
    await made.once()
    for number in range(NAMES):
        (made.here / f"{number:06}.dat").write_bytes(b"x")
    local = ADAPTERS["local"]
    async with local.build(local.options(root=made.here), name="here") as adapter:
        entries = (await adapter.scan("*.dat")).entries
    with closing(sqlite3.connect(made.root / "state/journal.db")) as connection:
        rows = ({"id": f"20270104T000000-{number}"} | asdict(one) for number, one in enumerate(entries))
        connection.executemany(KNOWN, rows)
        connection.commit()
    return made


async def looked(gateway):
    (result,) = await gateway.once(["r"], patience=timedelta())
    assert (result.error, result.transfers) == (None, ())


async def test_others_go_on_while_the_names_of_a_long_listing_are_compared(town, monkeypatch):
    """Comparing waits, once in the middle, until the loop has turned: on the loop itself it would wait for ever."""
    turned, compared = threading.Event(), []
    match = SourcePattern.match

    def waiting(pattern, path):
        compared.append(path)
        if len(compared) == NAMES // 2:
            loop.call_soon_threadsafe(turned.set)
            assert turned.wait(timeout=30), "the loop stands still"
        return match(pattern, path)

    async with town.gateway() as gateway:
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(SourcePattern, "match", waiting)
        await looked(gateway)
    assert len(compared) == NAMES


async def test_a_look_at_many_known_files_keeps_within_its_memory_and_leaves_little_of_it(town):
    async with town.gateway() as gateway:
        await looked(gateway)
        await looked(gateway)
        tracemalloc.start()
        try:
            await looked(gateway)
            _, most = tracemalloc.get_traced_memory()
            first, _ = tracemalloc.get_traced_memory()
            for _ in range(3):
                await looked(gateway)
            last, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert most < NAMES * PER_NAME
    assert last - first < NAMES * STAYS
