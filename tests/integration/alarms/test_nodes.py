"""Every alarm about nodes that share the routes, and what ends it."""

import asyncio
import re

import pytest

from adapters.errors import Transient
from gateway.cluster import membership
from gateway.cluster.membership import Membership
from gateway.errors import JournalUnusable
from gateway.journal.nodes import Nodes
from tests.support.nodes import breaking, carried, command, machines, running


@pytest.fixture
def url(postgres_server):
    return postgres_server.new_database()


@pytest.mark.provokes("node_lost")
async def test_a_silent_node_is_an_alarm_until_it_joins_again(tmp_path, url, alarm, monkeypatch):
    first, second = machines(tmp_path, url, "a", "b")
    beat, speaks = Membership._beat, asyncio.Event()
    speaks.set()

    async def maybe(self):
        if self.name == "b" or speaks.is_set():
            await beat(self)

    monkeypatch.setattr(Membership, "_beat", maybe)
    async with running(first) as one:
        await carried(one, {"r": "a"})
        async with running(second) as two:
            await second.log.seen("node_joined")
            speaks.clear()
            (lost,) = await second.log.seen("node_lost")
            assert lost["node"] == "a"
            await carried(two, {"r": "b"})
            assert (await alarm.raised(two)).subject == "a"
            speaks.set()
            await first.log.seen("node_joined", 2)
            await one._desk.look()  # it says so itself
            await alarm.over(two)


@pytest.mark.provokes("node_cut_off")
async def test_a_node_whose_word_does_not_reach_the_journal_says_so_until_it_does(
    tmp_path, url, alarm, monkeypatch
):
    (town,) = machines(tmp_path, url, "a")
    beat, away = Nodes.beat, asyncio.Event()

    async def maybe(self, node, session, configuration=""):
        if away.is_set():
            raise JournalUnusable("the line is cut")
        return await beat(self, node, session, configuration)

    monkeypatch.setattr(Nodes, "beat", maybe)
    async with running(town) as node:
        await carried(node, {"r": "a"})
        away.set()
        await town.log.seen("node_cut_off")
        assert (await alarm.raised(node)).subject == "a"
        (town.here / "r-1.dat").write_bytes(b"one")
        await town.log.seen("file_admitted")
        away.clear()
        await town.log.seen("node_back")
        await alarm.over(node)
        await town.log.seen("file_carried")
    assert town.arrived() == {"r-1.dat": b"one"}


@pytest.mark.provokes("evidence_elsewhere")
async def test_people_are_told_where_an_original_is_that_could_not_be_had_again(tmp_path, url, alarm):
    first, second = machines(tmp_path, url, "a", "b")
    for town in (first, second):
        path = town.root / "config/routes/v/r.yaml"
        path.write_text(path.read_text() + "after: delete\n")
    (first.here / "r-1.dat").write_bytes(b"one")
    async with running(first, breaking("here", "remove", Transient("the place is away"))):
        await first.log.seen("attempt_failed")
    (first.here / "r-1.dat").unlink()
    async with running(second) as node:
        (told,) = await second.log.seen("evidence_elsewhere")
        await second.log.seen("file_carried")
        assert told["reason"] == "a"
        await alarm.raised(node)
        await alarm.closed(node)
    assert first.arrived() == {"r-1.dat": b"one"}


@pytest.mark.provokes("nodes_differ")
async def test_nodes_of_different_configurations_are_an_alarm_until_all_have_the_same(
    tmp_path, url, alarm, monkeypatch
):
    monkeypatch.setattr(membership, "DIFFER", 1)
    first, second = machines(tmp_path, url, "a", "b")
    right = (first.root / "config/routes/v/r.yaml").read_text()
    second.write("routes/v/r.yaml", right.replace("5s", "6s"))
    async with running(first) as one:
        await carried(one, {"r": "a"})
        async with running(second):
            (told,) = await first.log.seen("nodes_differ")
            assert re.fullmatch(r"a ([0-9a-f]{12}), b (?!\1)[0-9a-f]{12}", told["reason"])
            await alarm.raised(one)
            shown = await asyncio.to_thread(command, first, "cluster", "status")
            assert (shown.returncode, "ノードの設定が一致していません" in shown.stdout) == (1, True)
        second.write("routes/v/r.yaml", right)
        async with running(second):
            await first.log.seen("nodes_agree")
            await alarm.over(one)
            shown = await asyncio.to_thread(command, first, "cluster", "status")
            assert (shown.returncode, "different" in shown.stdout) == (0, False)
    assert not second.log.events("nodes_differ"), "the one that leads tells it, once"
