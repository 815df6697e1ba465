"""Large files that pass unchanged: spooled and sent at one time."""

import hashlib
from contextlib import asynccontextmanager

import pytest

from gateway.app import Around
from gateway.carrying import streaming
from gateway.errors import SpoolFailed
from gateway.lifecycle import State
from gateway.stores.spool import Spool
from tests.support.city import Town


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path)


def states(result):
    return [transfer.state for transfer in result.transfers]


BIG = bytes(range(256)) * (streaming.WORTH_IT // 128)


async def test_a_large_file_is_spooled_and_sent_at_one_time(town):
    town.route(rest="after: delete")
    (town.here / "a.dat").write_bytes(BIG)
    result = await town.once()
    assert states(result) == [State.SETTLED]
    assert town.arrived() == {"a.dat": BIG}
    assert town.spooled() == []
    async with town.gateway() as gateway:
        events = [row.event for row in await gateway.journal.history(result.transfers[0].id)]
    assert events[:4] == ["admit", "claim-ahead", "stage", "spool"]
    assert result.transfers[0].sha256 == hashlib.sha256(BIG).hexdigest()


async def test_a_large_file_that_comes_again_unchanged_is_not_sent_and_gives_its_name_back(town):
    town.route()
    (town.here / "a.dat").write_bytes(BIG)
    await town.once()
    (town.here / "a.dat").write_bytes(BIG)
    assert [transfer.outcome for transfer in (await town.once()).transfers] == ["unchanged"]
    assert town.arrived() == {"a.dat": BIG}
    assert town.spooled() == []
    (town.here / "a.dat").write_bytes(BIG[::-1])
    await town.once()
    assert town.arrived() == {"a.dat": BIG, "a-r3.dat": BIG[::-1]}


async def test_a_large_file_that_grows_while_it_is_read_is_not_sent(town):
    def growing(name, adapter):
        read = adapter.read

        @asynccontextmanager
        async def read_and_grow(entry):
            async with read(entry) as chunks:
                with (town.here / "a.dat").open("ab") as file:
                    file.write(b"more")
                yield chunks

        if name == "here":
            adapter.read = read_and_grow
        return adapter

    town.route(rest="after: delete")
    (town.here / "a.dat").write_bytes(BIG)
    result = await town.once(around=Around(adapter=growing))
    assert states(result) == [State.WITHDRAWN]
    assert town.arrived() == {}
    assert states(await town.once()) == [State.SETTLED]
    assert town.arrived() == {"a.dat": BIG + b"more"}


async def test_a_full_spool_disk_breaks_a_streamed_file_before_it_is_visible(town):
    class Full(Spool):
        async def store(self, transfer, name, chunks, **named):
            async for _ in chunks:
                raise SpoolFailed("the gateway's own disk failed (No space left on device)")

    def full(spool):
        return Full(spool.root, limit=1 << 30)

    town.route(rest="after: delete")
    (town.here / "a.dat").write_bytes(BIG)
    result = await town.once(around=Around(spool=full))
    assert isinstance(result.error, SpoolFailed)
    assert "disk" in str(result.error)
    assert town.arrived() == {}
    assert (town.here / "a.dat").exists()
