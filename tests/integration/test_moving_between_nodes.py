"""A file that one node began goes on at another: its bytes come from the source again, and nothing is sent twice."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from adapters.errors import InDoubt, Transient
from adapters.local.adapter import _aside
from gateway.app import Around
from gateway.errors import Reason
from gateway.journal.audit import Act
from gateway.lifecycle import State
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING
from tests.support.cutovers import RECORD
from tests.support.nodes import breaking, carried, command, machines, running


@pytest.fixture
def url(postgres_server):
    return postgres_server.new_database()


@asynccontextmanager
async def begun(town, around, event="attempt_failed"):
    """A node that comes to a fault with its first file, and then is gone."""
    async with running(town, around):
        await town.log.seen(event)
    yield


async def delivered(town):
    await town.log.seen("file_carried")
    return town


AWAY = Transient("the place is away")


@pytest.mark.parametrize("rest", ["", "after: delete"])
async def test_a_file_that_waits_for_its_destination_is_fetched_again_and_keeps_its_name(tmp_path, url, rest):
    first, second = machines(tmp_path, url, "a", "b")
    for town in (first, second):
        path = town.root / "config/routes/v/r.yaml"
        path.write_text(path.read_text() + rest)
    (first.here / "r-1.dat").write_bytes(b"one")
    async with begun(first, breaking("there", "write", AWAY)):
        pass
    async with running(second) as node:
        await delivered(second)
        (transfer,) = await node.journal.recent("r", 9)
        assert (transfer.state, transfer.node) == (State.SETTLED, "b")
        claims = [one for one in await node.journal.history(transfer.id) if one.event == "claim"]
        assert len(claims) == 1, "the name was fixed once"
    assert first.arrived() == {"r-1.dat": b"one"}
    assert (first.here / "r-1.dat").exists() == (rest == "")


async def test_what_was_converted_is_made_again_and_must_come_out_the_same(tmp_path, url):
    first, second = machines(tmp_path, url, "a", "b")
    for town in (first, second):
        town.write("layouts/fixed.yaml", FIXED)
        town.write("layouts/csv.yaml", CSV)
        town.write("mappings/fixed-to-csv.yaml", MAPPING)
        town.write("routes/v/r.yaml", CONVERTING + "retry: {fast: {times: 5, within: 5s}}\n")
    record = b"00001" + "山田".encode("cp932").ljust(10) + b"00120"
    (first.here / "r-1.dat").write_bytes(record)
    async with begun(first, breaking("there", "write", AWAY)):
        pass
    async with running(second):
        await delivered(second)
    assert first.arrived() == {"0001.csv": "番号,氏名,金額\n00001,山田,120\n".encode()}


async def test_a_file_whose_source_is_gone_waits_for_the_node_that_has_it(tmp_path, url):
    first, second = machines(tmp_path, url, "a", "b")
    (first.here / "r-1.dat").write_bytes(b"one")
    async with begun(first, breaking("there", "write", AWAY)):
        pass
    (first.here / "r-1.dat").unlink()
    async with running(second) as two:
        (held,) = await second.log.seen("file_held")
        assert held["reason"] == Reason.ELSEWHERE
        assert "lies on node a alone" in held["error"]
        async with running(first):
            moved = await asyncio.to_thread(
                command, second, "cluster", "move", "r", "--to", "a", "--reason", "原本"
            )
            assert moved.returncode == 0, moved.stderr
            await carried(two, {"r": "a"})
            words = ("release", held["transfer_id"], "--reason", "a is back", "--json")
            released = await asyncio.to_thread(command, first, *words)
            assert released.returncode == 0, released.stderr
            await delivered(first)
    assert first.arrived() == {"r-1.dat": b"one"}


async def test_a_source_that_shows_another_file_is_not_taken_for_the_one_that_was_read(tmp_path, url):
    first, second = machines(tmp_path, url, "a", "b")
    (first.here / "r-1.dat").write_bytes(b"one")
    async with begun(first, breaking("there", "write", AWAY)):
        pass
    (first.here / "r-1.dat").write_bytes(b"another one")
    async with running(second):
        (held,) = await second.log.seen("file_held")
        assert held["reason"] == Reason.ELSEWHERE
        await delivered(second)
    assert b"one" not in first.arrived().values()


async def test_a_file_that_became_visible_without_an_answer_is_adopted_and_not_sent_again(tmp_path, url):
    first, second = machines(tmp_path, url, "a", "b")
    (first.here / "r-1.dat").write_bytes(b"one")
    async with begun(first, breaking("there", "write", InDoubt("no answer"), before=False)):
        pass
    stamp = (first.there / "r-1.dat").stat().st_mtime_ns
    async with running(second):
        await delivered(second)
    assert first.arrived() == {"r-1.dat": b"one"}
    assert (first.there / "r-1.dat").stat().st_mtime_ns == stamp


def taken_by_removing(*towns):
    for town in towns:
        path = town.root / "config/routes/v/r.yaml"
        path.write_text(path.read_text().replace('{suffix}"', '{suffix}", taken: {by: removed}'))


async def test_a_file_that_may_have_been_collected_is_held_and_not_sent_again(tmp_path, url):
    first, second = machines(tmp_path, url, "a", "b")
    taken_by_removing(first, second)
    (first.here / "r-1.dat").write_bytes(b"one")
    async with begun(first, breaking("there", "write", InDoubt("no answer"), before=False)):
        pass
    (first.there / "r-1.dat").unlink()
    async with running(second):
        (held,) = await second.log.seen("file_held")
    assert held["reason"] == Reason.PERHAPS_COLLECTED
    assert first.arrived() == {}


async def test_a_file_whose_unfinished_one_was_removed_was_not_collected_and_is_sent(tmp_path, url):
    first, second = machines(tmp_path, url, "a", "b")
    taken_by_removing(first, second)
    (first.here / "r-1.dat").write_bytes(b"one")
    async with begun(first, unpublished()):
        assert [name for name in first.arrived() if name.startswith(".lgw-")], "it was staged"
    async with running(second):
        await delivered(second)
    assert first.arrived() == {"r-1.dat": b"one"}


def unpublished():
    """A place whose last step never comes: what was staged stays, as after a power cut."""

    def wrapped(name, adapter):
        async def lost(_):
            raise InDoubt("no answer")

        async def kept(*_):
            return False

        if name == "there":
            adapter._publish, adapter.discard = lost, kept
        return adapter

    return Around(adapter=wrapped)


async def test_a_delivered_file_is_put_away_by_whoever_takes_over_with_its_original_kept_there(tmp_path, url):
    first, second = machines(tmp_path, url, "a", "b")
    for town in (first, second):
        path = town.root / "config/routes/v/r.yaml"
        path.write_text(path.read_text() + "after: delete\n")
    (first.here / "r-1.dat").write_bytes(b"one")
    async with begun(first, breaking("here", "remove", AWAY)):
        pass
    async with running(second) as node:
        await delivered(second)
        (transfer,) = await node.journal.recent("r", 9)
        assert [kept.sha256 for kept in await node.journal.evidence.all()] == [transfer.sha256]
    assert not (first.here / "r-1.dat").exists()
    assert list((second.root / "state/originals").rglob(f"{transfer.sha256}*"))


async def test_what_a_node_still_has_of_files_that_another_one_ended_is_taken_away(tmp_path, url):
    first, second = machines(tmp_path, url, "a", "b")
    (first.here / "r-1.dat").write_bytes(b"one")
    async with running(first, breaking("there", "write", AWAY)) as one:
        await first.log.seen("attempt_failed")
        await one.journal.nodes.drain("a", Act(who="tanaka", act="drain-node", subject="a"), draining=True)
        await one._tidying.look()
        assert first.spooled(), "it is still open"
        async with running(second):
            await delivered(second)
            await one._tidying.look()
    assert first.spooled() == []


async def test_a_source_that_another_node_began_to_put_away_is_put_away(tmp_path, url):
    first, second = machines(tmp_path, url, "a", "b")
    for town in (first, second):
        path = town.root / "config/routes/v/r.yaml"
        path.write_text(path.read_text() + "after: delete\n")
    (first.here / "r-1.dat").write_bytes(b"one")
    async with begun(first, breaking("here", "remove", AWAY)):
        pass
    (first.here / "r-1.dat").rename(first.here / _aside("r-1.dat"))  # the first step of removing it
    async with running(second) as node:
        await delivered(second)
        (transfer,) = await node.journal.recent("r", 9)
        assert transfer.state is State.SETTLED
    assert list(first.here.iterdir()) == []
    assert first.arrived() == {"r-1.dat": b"one"}


async def test_a_converted_file_is_put_away_although_the_lost_node_alone_had_what_it_became(tmp_path, url):
    first, second = machines(tmp_path, url, "a", "b")
    for town in (first, second):
        town.write("layouts/fixed.yaml", FIXED)
        town.write("layouts/csv.yaml", CSV)
        town.write("mappings/fixed-to-csv.yaml", MAPPING)
        town.write("routes/v/r.yaml", CONVERTING + "retry: {fast: {times: 5, within: 5s}}\n")
    (first.here / "r-1.dat").write_bytes(RECORD)
    async with begun(first, breaking("here", "remove", AWAY)):
        pass
    async with running(second) as node:
        await delivered(second)
        (transfer,) = await node.journal.recent("r", 9)
        assert [kept.sha256 for kept in await node.journal.evidence.all()] == [transfer.sha256]
    assert not (first.here / "r-1.dat").exists()
