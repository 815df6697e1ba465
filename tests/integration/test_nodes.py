"""Several nodes on one journal: they share the routes, and a node that lost a route changes nothing of it any more."""

import asyncio
import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.app import Around, Gateway
from gateway.cluster.membership import Membership
from gateway.errors import AlreadyRunning, JournalUnusable, LeaseLost
from gateway.lifecycle import State
from gateway.model import Format
from gateway.times.clock import SystemClock
from tests.support.city import CSV, FIXED, MAPPING, QUICK
from tests.support.cutovers import RECORD, ROW, TO_NEW
from tests.support.nodes import LEASE, carried, carriers, command, machines, put, running, until
from tests.support.servers import postgres
from tests.support.toxic import ToxicLine


@pytest.fixture
def url(postgres_server):
    return postgres_server.new_database()


async def test_two_nodes_carry_half_of_the_routes_each_and_every_file_once(tmp_path, url):
    routes = tuple(f"r{number}" for number in range(6))
    first, second = machines(tmp_path, url, "a", "b", routes=routes)
    async with running(first) as one, running(second):

        async def halves():
            found = await carriers(one)
            return sorted(list(found.values()).count(node) for node in "ab") == [3, 3]

        await until(halves)
        for route in routes:
            for number in range(5):
                put(first, f"{route}-{number}.dat", f"{route} {number}".encode())

        async def settled():
            return len(first.arrived()) == 30 and not await one.journal.open_transfers()

        await until(settled)
    expected = {
        f"{route}-{number}.dat": f"{route} {number}".encode() for route in routes for number in range(5)
    }
    assert first.arrived() == expected


async def test_a_node_that_stops_hands_its_routes_over_at_once(tmp_path, url):
    first, second = machines(tmp_path, url, "a", "b")
    async with running(second) as two:
        await carried(two, {"r": "b"})
        async with running(first) as one:
            await carried(one, {"r": "b"})
    async with running(first) as one:
        await carried(one, {"r": "a"})
        put(first, "r-1.dat", b"one")
        await first.log.seen("file_carried")
    assert first.arrived() == {"r-1.dat": b"one"}


class Frozen:
    """Stops a node right before a file becomes visible, as a machine that hangs."""

    def __init__(self):
        self.reached, self.goes_on = asyncio.Event(), asyncio.Event()
        self.beats = True

    def around(self):
        frozen = self

        def wrapped(name, adapter):
            if name != "there":
                return adapter
            publish = adapter._publish

            async def slow(target):
                frozen.reached.set()
                frozen.beats = False
                await frozen.goes_on.wait()
                await publish(target)

            adapter._publish = slow
            return adapter

        return Around(adapter=wrapped)


@pytest.fixture
def silent(monkeypatch):
    """Lets a node be silent towards the journal while ``beats`` of its freezing is False."""
    frozen = Frozen()
    beat = Membership._beat

    async def maybe(self):
        if self.name == "a" and not frozen.beats:
            return
        await beat(self)

    monkeypatch.setattr(Membership, "_beat", maybe)
    return frozen


async def test_a_node_that_hangs_before_publishing_and_wakes_up_late_publishes_nothing(tmp_path, url, silent):
    first, second = machines(tmp_path, url, "a", "b")
    put(first, "r-1.dat", b"one")
    async with running(first, silent.around()) as one:
        await silent.reached.wait()
        async with running(second) as two:
            await second.log.seen("route_taken_over")
            await second.log.seen("file_carried")
            assert first.arrived() == {"r-1.dat": b"one"}
            (first.there / "r-1.dat").unlink()  # its consumer takes it
            silent.beats = True
            silent.goes_on.set()
            await first.log.seen("node_joined", 2)
            assert (await two.journal.recent("r", 9))[0].state is State.SETTLED
            assert len(await one.journal.recent("r", 9)) == 1
    assert first.arrived() == {}, "no late rename, and nothing unfinished is left"
    assert [line["node"] for line in second.log.events("file_moved_in")] == ["b"]


async def test_what_a_node_still_asks_of_a_route_that_another_one_carries_is_refused(tmp_path, url):
    (town,) = machines(tmp_path, url, "a")
    put(town, "r-1.dat", b"one")
    async with running(town) as node:
        await town.log.seen("file_carried")
        lease = (await node.journal.nodes.cluster()).held_by("a")[-1]
        fenced = node.journal.under(lease)
        await fenced.run_finished("r", outcome="ok")
        await node.journal.nodes.let_go(lease)
        with pytest.raises(LeaseLost):
            await fenced.run_finished("r", outcome="failed")
        assert (await node.journal.runs())["r"].last_outcome == "ok"


async def test_a_second_machine_of_the_same_name_does_not_start(tmp_path, url):
    first, second = machines(tmp_path, url, "a", "b")
    path = second.root / "config/gateway.yaml"
    path.write_text(path.read_text().replace("node: b", "node: a"))
    async with running(first):
        with pytest.raises(AlreadyRunning, match="a node a runs on"):
            async with second.gateway():
                pass


async def test_a_gateway_that_believes_itself_alone_does_not_run_beside_nodes(tmp_path, url):
    first, second = machines(tmp_path, url, "a", "b")
    path = second.root / "config/gateway.yaml"
    path.write_text(path.read_text().replace("cluster:", "# cluster:"))
    async with running(first):
        with pytest.raises(AlreadyRunning, match="owns the journal"):
            async with second.gateway():
                pass


async def test_one_cycle_by_hand_is_refused_where_another_node_carries_the_route(tmp_path, url):
    first, second = machines(tmp_path, url, "a", "b")
    put(first, "r-1.dat", b"one")
    async with second.gateway() as idle:
        result = await idle.once(["r"], patience=QUICK)
        assert [one.state for one in result[0].transfers] == [State.SETTLED]
        said = command(first, "once", "r")
    assert said.returncode == 1
    assert "経路 r はノード b が受け持っています" in said.stderr


async def test_a_node_is_emptied_and_comes_back_by_command(tmp_path, url):
    first, second = machines(tmp_path, url, "a", "b", routes=("r", "s"))
    async with running(first) as one, running(second):

        async def one_each():
            return sorted((await carriers(one)).values()) == ["a", "b"]

        await until(one_each)
        drained = await asyncio.to_thread(
            command, second, "cluster", "drain", "a", "--reason", "更新", "--json"
        )
        assert (drained.returncode, json.loads(drained.stdout)["routes"]) == (0, 0)
        await carried(one, {"r": "b", "s": "b"})
        shown = json.loads((await asyncio.to_thread(command, first, "cluster", "status", "--json")).stdout)
        assert [(node["node"], node["state"], node["routes"]) for node in shown["nodes"]] == [
            ("a", "draining", 0),
            ("b", "up", 2),
        ]
        assert [node["leads"] for node in shown["nodes"]] == [False, True]
        back = await asyncio.to_thread(command, second, "cluster", "return", "a", "--reason", "更新済み")
        assert back.returncode == 0
        await until(one_each)
    after = command(first, "cluster", "status", "--json")
    assert after.returncode == 1, "nobody carries the routes"
    assert [node["state"] for node in json.loads(after.stdout)["nodes"]] == ["stopped", "stopped"]


class LateClock(SystemClock):
    """Of a machine whose clock is an hour behind."""

    def now(self):
        return super().now() - timedelta(hours=1)


async def test_a_node_whose_clock_is_behind_is_shown_as_it_is(tmp_path, url):
    (town,) = machines(tmp_path, url, "a")
    gateway = Gateway(town.load(), clock=LateClock(), report=town.report())
    async with gateway:
        stop = asyncio.Event()
        run = asyncio.create_task(gateway.run(stop))
        await carried(gateway, {"r": "a"})
        shown = await asyncio.to_thread(command, town, "cluster", "status", "--json")
        stop.set()
        await run
    (node,) = json.loads(shown.stdout)["nodes"]
    assert (node["state"], len(node["configuration"])) == ("up", 12)


async def test_a_node_that_hangs_is_shown_as_silent(tmp_path, url):
    (town,) = machines(tmp_path, url, "a")
    async with running(town) as one:
        await carried(one, {"r": "a"})
        one._membership._beating.cancel()  # nobody else is there to take it for lost
        await asyncio.sleep(LEASE + 0.1)
        shown = await asyncio.to_thread(command, town, "cluster", "status", "--json")
        assert [node["state"] for node in json.loads(shown.stdout)["nodes"]] == ["silent"]


def test_commands_about_nodes_need_a_configuration_that_shares_routes(tmp_path, url):
    (town,) = machines(tmp_path, url, "a")
    assert command(town, "cluster", "drain", "z", "--reason", "x").returncode == 1
    path = town.root / "config/gateway.yaml"
    path.write_text(path.read_text().replace("cluster:", "# cluster:"))
    alone = command(town, "cluster", "status")
    assert (alone.returncode, "単独で動いています" in alone.stderr) == (2, True)


async def test_a_bound_route_waits_for_its_node_and_moves_by_command_alone(tmp_path, url):
    first, second = machines(tmp_path, url, "a", "b")
    for town in (first, second):
        path = town.root / "config/routes/v/r.yaml"
        path.write_text(path.read_text() + "node: a\n")
    async with running(second) as two:
        await asyncio.sleep(LEASE)  # time enough to take what is free
        assert await carriers(two) == {}
        async with running(first):
            await carried(two, {"r": "a"})
        moved = await asyncio.to_thread(
            command, second, "cluster", "move", "r", "--to", "b", "--reason", "故障"
        )
        assert moved.returncode == 0, moved.stderr
        await carried(two, {"r": "b"})
        async with running(first):
            await first.log.seen("node_joined")
            assert await carriers(two) == {"r": "b"}


async def test_nodes_keep_their_routes_while_the_database_is_away_and_go_on_after_it(tmp_path):
    with postgres.postgres() as server:
        first, second = machines(tmp_path, server.new_database(), "a", "b", routes=("r", "s"))
        async with running(first) as one, running(second):

            async def one_each():
                return sorted((await carriers(one)).values()) == ["a", "b"]

            await until(one_each)
            before = await carriers(one)
            server.restart()
            for route in "rs":
                put(first, f"{route}-1.dat", route.encode())

            async def arrived():
                return len(first.arrived()) == 2

            await until(arrived)

            async def answers():
                try:
                    return await carriers(one) == before
                except JournalUnusable:
                    return False

            await until(answers)
    assert first.arrived() == {"r-1.dat": b"r", "s-1.dat": b"s"}
    assert not [*first.log.events("node_lost"), *second.log.events("node_lost")]


async def test_a_node_that_is_cut_off_from_the_journal_loses_its_routes_and_comes_back(
    tmp_path, url, postgres_server
):
    async with ToxicLine(port=postgres_server.port) as line:
        first, second = machines(tmp_path, url, "a", "b")
        path = first.root / "config/gateway.yaml"
        path.write_text(path.read_text().replace(f":{postgres_server.port}/", f":{line.listening}/"))
        async with running(first) as one:
            await carried(one, {"r": "a"})
            async with running(second):
                line.is_down = True
                line.drop()
                await first.log.seen("node_cut_off")
                await second.log.seen("route_taken_over")
                put(first, "r-1.dat", b"one")
                await second.log.seen("file_carried")
                line.is_down = False
                await first.log.seen("node_joined", 2)
            await carried(one, {"r": "a"})
    assert first.arrived() == {"r-1.dat": b"one"}


async def test_nodes_go_on_with_the_second_database_server_when_the_first_one_is_lost(tmp_path):
    with postgres.postgres() as server, tempfile.TemporaryDirectory(prefix="lgw-standby-") as home:
        url = server.new_database()
        other = server.standby(Path(home))
        both = url.replace(f":{server.port}/", f":{server.port},127.0.0.1:{other.port}/")
        first, second = machines(
            tmp_path, f"{both}?target_session_attrs=read-write", "a", "b", routes=("r", "s")
        )
        try:
            async with running(first) as one, running(second):
                put(first, "r-1.dat", b"before")

                async def arrived(*names):
                    return set(first.arrived()) == set(names)

                await until(lambda: arrived("r-1.dat"))
                await asyncio.to_thread(server.stop)
                put(first, "s-1.dat", b"meanwhile")
                await asyncio.to_thread(other.promote)
                put(first, "r-2.dat", b"after")
                await until(lambda: arrived("r-1.dat", "s-1.dat", "r-2.dat"))

                async def settled():
                    try:
                        return len(await one.journal.recent("r", 9)) == 2
                    except JournalUnusable:
                        return False

                await until(settled)
        finally:
            other.stop()
    assert first.arrived() == {"r-1.dat": b"before", "s-1.dat": b"meanwhile", "r-2.dat": b"after"}


WAVE = """
systems:
  old: {{vendor: v, standard_from: never}}
  new: {{vendor: v}}
waves:
  spring: {{members: [new], at: {at}, require: []}}
"""


async def test_all_ends_of_a_wave_pass_on_one_node_and_its_routes_are_shared_again_after_it(tmp_path, url):
    at = datetime.now(UTC) + timedelta(seconds=8)
    towns = machines(tmp_path, url, "a", "b", routes=("r", "s"))
    for town in towns:
        for folder, text in (
            ("layouts/fixed", FIXED),
            ("layouts/csv", CSV),
            ("mappings/fixed-to-csv", MAPPING),
        ):
            town.write(f"{folder}.yaml", text)
        town.write("systems.yaml", WAVE.format(at=at.isoformat()))
        for route in "rs":
            text = TO_NEW.replace("every: 10m", "every: 1s").replace("*.dat", f"{route}-*.dat")
            town.write(f"routes/v/{route}.yaml", text)
    first, second = towns
    async with running(first) as one, running(second):

        async def shared():
            found = await one.journal.switching.stands()
            passed = [flip.stand.format for (_, side), flip in found.items() if side == "to"]
            return passed == [Format.STANDARD] * 2 and sorted((await carriers(one)).values()) == ["a", "b"]

        await until(shared)
        for route in "rs":
            put(first, f"{route}-1.dat", RECORD)

        async def arrived():
            return set(first.arrived()) == {"r-1.csv", "s-1.csv"}

        await until(arrived)
    (passed,) = [*first.log.events("end_passed"), *second.log.events("end_passed")]
    assert passed["reason"] == "r/to, s/to"
    assert set(first.arrived().values()) == {ROW}
