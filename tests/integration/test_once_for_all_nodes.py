"""What a city needs once is done by one of its nodes, and by another one when that is gone."""

import asyncio
import os
import time
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import web

from gateway.evidence import anchoring
from gateway.journal.audit import Act
from tests.integration.test_keeping import SetClock
from tests.support.nodes import carriers, machines, put, running, until


@pytest.fixture
def url(postgres_server):
    return postgres_server.new_database()


@pytest.fixture
def pair(tmp_path, url):
    return machines(tmp_path, url, "a", "b", routes=("r", "s"))


@asynccontextmanager
async def desk_of_people():
    """A webhook; gives its address and what was told: the stage and the subjects of each call."""
    told = []

    async def called(request):
        document = await request.json()
        told.append((document["stage"], sorted(one["event"] for one in document["alarms"])))
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/", called)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/", told
    finally:
        await runner.cleanup()


def alerted(towns, address):
    for town in towns:
        path = town.root / "config/gateway.yaml"
        path.write_text(f'{path.read_text()}alerts: [{{kind: webhook, url: "{address}", group: 0s}}]\n')


def held_for_its_name(towns, name):
    """A file whose name another one has at its destination."""
    (towns[0].there / name).write_bytes(b"theirs")
    put(towns[0], name, b"ours")


async def one_leads(*nodes):
    """Wait until one of the nodes leads; gives those that lead."""

    async def leading():
        return any(node.leads for node in nodes)

    await until(leading)
    return [node for node in nodes if node.leads]


async def shared(node):
    async def both():
        return sorted((await carriers(node)).values()) == ["a", "b"]

    await until(both)


async def test_an_alarm_is_told_by_one_node_and_not_again_by_the_one_that_leads_next(pair):
    first, second = pair
    async with desk_of_people() as (address, told):
        alerted(pair, address)
        async with running(second) as two:
            async with running(first) as one:
                await shared(one)
                for name in ("r-1.dat", "s-1.dat"):
                    held_for_its_name(pair, name)
                await until(lambda: _so_many(told, 2))
                for node in (one, two, one, two):
                    await node._desk.look()
                assert sum(len(names) for stage, names in told if stage == "raised") == 2
                assert len(await one_leads(one, two)) == 1
                first_leads = one.leads
            if first_leads:
                assert await one_leads(two) == [two]
            held_for_its_name(pair, "r-2.dat")
            await until(lambda: _so_many(told, 3))
            await two._desk.look()
    assert sorted(names for stage, names in told if stage == "raised" for names in names) == ["file_held"] * 3


async def _so_many(told, count):
    return sum(len(names) for stage, names in told if stage == "raised") >= count


async def test_the_hash_of_the_audit_log_is_told_by_one_node_and_by_the_next_one_after_it(pair, monkeypatch):
    monkeypatch.setattr(anchoring, "LOOK_EVERY", timedelta(seconds=0.2))
    first, second = pair
    async with running(first) as one:
        await one_leads(one)
        async with running(second) as two:
            await shared(one)
            await one.journal.audit.record(Act(who="tanaka", act="switch", subject="s"))
            head = await one.journal.audit.head()

            async def said():
                return head in _hashes(first)

            await until(said)
            assert not two.leads
            assert _hashes(second) == []
    async with running(second):
        assert (await second.log.seen("audit_anchored"))[-1]["sha256"] == head


def _hashes(town):
    return [line["sha256"] for line in town.log.events("audit_anchored")]


async def test_rows_are_forgotten_by_one_node_and_each_removes_its_own_ledgers_of_them(pair):
    first, second = pair
    put(first, "r-1.dat", b"one")
    async with running(first) as one:
        await first.log.seen("file_carried")
        (known,) = await one.journal.recent("r", 9)
    ledgers = second.root / "state/substitutions"
    ledgers.mkdir(parents=True, mode=0o700)
    paths = [ledgers / f"{name}.csv" for name in ("20200101T000000-gone", known.id, "20270101T000000-young")]
    for path in paths:
        path.touch()
    past = time.time() - timedelta(days=500).total_seconds()
    for path in paths[:2]:
        os.utime(path, (past, past))
    async with running(first) as one, running(second) as two:
        leading = (await one_leads(one, two))[0]
        follower = two if leading is one else one
        erased = await follower._keeping.erase()
        assert [proof.store for proof in erased if proof.store == "journal"] == []
        await two._keeping.erase()
    assert [path.exists() for path in paths] == [False, True, True]


async def test_a_file_that_waits_too_long_is_told_of_by_the_node_that_leads(pair):
    first, second = pair
    held_for_its_name(pair, "r-1.dat")
    async with running(first) as one, running(second) as two:
        await until(lambda: _held(one))
        await one_leads(one, two)
        for node in (one, two):
            node._keeping._clock = Later(timedelta(days=91))

        async def told():
            for node in (one, two):
                await node._keeping.run(asyncio.Event())
            return any(town.log.events("file_held_long") for town in pair)

        await until(told)
    assert sorted(len(town.log.events("file_held_long")) for town in pair) == [0, 1]


class Later(SetClock):
    """So much later; who waits by it is stopped."""

    def __init__(self, ahead):
        super().__init__()
        self.ahead = ahead

    async def wait(self, stop, *, until):
        stop.set()


async def _held(node):
    return any(one.state == "held" for one in await node.journal.open_transfers())
