"""Leases in the journal: one holder at a time, a generation for each, and nothing by any clock."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.errors import GatewayError, LeaseLost
from gateway.journal import Lease, Node
from gateway.journal.audit import Act
from gateway.journal.postgres import PostgresHome
from gateway.journal.schema import connect, migrate, migrations
from gateway.journal.sqlite import SqliteHome

T0 = datetime(2027, 1, 4, tzinfo=UTC)


class BackwardClock:
    """A clock that is set back by an hour at each look: leases must not mind."""

    def __init__(self):
        self.at = T0

    def now(self):
        self.at -= timedelta(hours=1)
        return self.at


@pytest.fixture(params=["sqlite", "postgres"])
async def journal(request, tmp_path):
    if request.param == "sqlite":
        home = SqliteHome(file=tmp_path / "journal.db")
    else:
        home = PostgresHome(url=request.getfixturevalue("postgres_server").new_database(), node="a")
    opened = await home.open(BackwardClock())
    yield opened
    await opened.close()


def node(name, session="1"):
    return Node(node=name, home=f"home of {name}", session=session, host="h", version="1", beat=0, seen_at=T0)


ACT = Act(who="tanaka", act="drain-node", subject="a", reason="更新")


async def test_a_lease_has_one_holder_and_each_holder_a_greater_generation(journal):
    nodes = journal.nodes
    for name in "ab":
        await nodes.join(node(name))
    (first,) = await nodes.take("a", "1", ["r"])
    assert await nodes.take("b", "1", ["r"]) == []
    await nodes.let_go(first)
    (second,) = await nodes.take("b", "1", ["r"])
    assert (second.node, second.former, second.generation > first.generation) == ("b", "a", True)
    await nodes.let_go(first)  # late
    assert [one.node for one in (await nodes.cluster()).leases] == ["b"]


async def test_a_silent_node_loses_all_unless_it_spoke_meanwhile(journal):
    nodes = journal.nodes
    await nodes.join(node("a"))
    leases = await nodes.take("a", "1", ["r", "s"])
    seen = (await nodes.cluster()).node("a")
    assert (await nodes.beat("a", "1")).node("a").beat > seen.beat
    assert not await nodes.oust(seen)
    assert len((await nodes.cluster()).held_by("a")) == 2
    assert await nodes.oust((await nodes.cluster()).node("a"))
    assert (await nodes.cluster()).held_by("a") == ()
    assert await nodes.beat("a", "1") is None
    with pytest.raises(LeaseLost):
        await nodes.take("a", "1", ["r"])
    with pytest.raises(LeaseLost):
        await journal.under(leases[0]).run_finished("r", outcome="ok")
    assert await journal.runs() == {}


async def test_a_node_that_starts_anew_begins_without_what_its_former_start_held(journal):
    await journal.nodes.join(node("a"))
    (former,) = await journal.nodes.take("a", "1", ["r"])
    await journal.nodes.join(node("a", session="2"))
    with pytest.raises(LeaseLost):
        await journal.under(former).run_finished("r", outcome="ok")
    (again,) = await journal.nodes.take("a", "2", ["r"])
    await journal.under(again).run_finished("r", outcome="ok")
    with pytest.raises(LeaseLost):
        await journal.under(replace(again, generation=former.generation)).run_finished("r", outcome="ok")


async def test_a_former_start_lets_nothing_go_that_the_present_one_holds(journal):
    await journal.nodes.join(node("a"))
    await journal.nodes.join(node("a", session="2"))
    await journal.nodes.take("a", "2", ["r"])
    await journal.nodes.leave("a", "1")
    assert len((await journal.nodes.cluster()).held_by("a")) == 1
    await journal.nodes.leave("a", "2")
    assert (await journal.nodes.cluster()).held_by("a") == ()


async def test_what_people_say_of_nodes_is_audited_and_needs_a_node(journal):
    await journal.nodes.join(node("a"))
    await journal.nodes.drain("a", ACT, draining=True)
    assert (await journal.nodes.cluster()).node("a").draining
    with pytest.raises(GatewayError, match="there is no node z"):
        await journal.nodes.drain("z", ACT, draining=True)
    await journal.nodes.bind("r", "b", replace(ACT, act="move-route"))
    await journal.nodes.bind("r", "c", replace(ACT, act="move-route"))
    assert (await journal.nodes.cluster()).bindings == (("r", "c"),)
    assert await journal.audit.has(act="drain-node", subject="a")


async def test_nobody_holds_a_lease_that_was_never_taken(journal):
    lease = Lease(work="r", node="", generation=0, former="", taken_at=T0)
    with pytest.raises(LeaseLost):
        await journal.under(lease).run_finished("r", outcome="ok")


def test_what_one_gateway_kept_before_is_still_its_own_after_the_upgrade(tmp_path):
    path = tmp_path / "journal.db"
    with sqlite3.connect(path) as old:
        for number, sql in migrations():
            if number < 16:
                old.executescript(sql)
        old.execute("INSERT INTO kept VALUES ('originals', 'ab', 3, 3, 0, 'then', 'then')")
        old.execute("PRAGMA user_version = 15")
    old.close()
    new = connect(path)
    migrate(new, path)
    rows = new.execute("SELECT node, sha256, used_at FROM kept").fetchall()
    new.close()
    assert [tuple(row) for row in rows] == [("", "ab", "then")]
