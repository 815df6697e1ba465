"""Kept files in ``kept_dir``: they outlive the machine that kept them, and every node finds them."""

import asyncio
import json
import os
import shutil
import time
from datetime import timedelta

import pytest

from adapters.errors import Transient
from gateway.errors import SpoolFailed
from gateway.journal import STORES
from gateway.lifecycle import State
from gateway.load import load
from gateway.sealing import TURN
from gateway.stores.originals import KeptFiles
from tests.integration.test_commands import ran
from tests.integration.test_keeping import SetClock
from tests.support.city import FIXED, MAPPING, Town
from tests.support.encrypted import encrypt
from tests.support.kept import keep_apart
from tests.support.nodes import breaking, carried, command, machines, running, until
from tests.support.states import CHANGES, ROUTE, Consumer, full_file

AWAY = Transient("the place is away")


def lost(town):
    """The machine's disk is gone."""
    shutil.rmtree(town.root / "state")


@pytest.fixture
def share(tmp_path):
    folder = tmp_path / "share"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def town(tmp_path, share):
    made = Town(tmp_path / "town")
    made.route(rest="after: delete")
    keep_apart(made, folder=share)
    return made


@pytest.fixture
def url(postgres_server):
    return postgres_server.new_database()


@pytest.fixture
def pair(tmp_path, url, share):
    """Two nodes that keep in one folder; what is delivered is deleted at its source."""
    made = machines(tmp_path, url, "a", "b")
    for one in made:
        path = one.root / "config/routes/v/r.yaml"
        path.write_text(path.read_text() + "after: delete\n")
    keep_apart(*made, folder=share)
    return made


def files_of(share, store="originals"):
    return sorted(path.name for path in (share / store).glob("*/*"))


async def test_a_replay_sends_what_a_lost_machine_had_kept(pair):
    first, second = pair
    (first.here / "r-1.dat").write_bytes(b"one" * 5000)
    async with running(first):
        await first.log.seen("file_carried")
    lost(first)
    (first.there / "r-1.dat").unlink()
    async with running(second):
        words = ("replay", "r", "--since", "2020-01-01", "--reason", "障害", "--json")
        done = await asyncio.to_thread(command, second, *words)
        assert [one["does"] for one in json.loads(done.stdout)] == ["replays"], done.stderr
        await second.log.seen("file_carried")
    assert b"one" * 5000 in first.arrived().values()


async def test_a_file_that_was_handed_in_at_a_machine_that_is_lost_is_carried_by_another(pair, tmp_path):
    first, second = pair
    async with running(first) as node:
        await carried(node, {"r": "a"})
    (tmp_path / "paper.dat").write_bytes(b"by hand")
    words = ("put", "r", str(tmp_path / "paper.dat"), "--as", "r-9.dat", "--reason", "紙で届いた")
    done = await asyncio.to_thread(command, first, *words)
    assert done.returncode == 0, done.stderr
    lost(first)
    async with running(second):
        await second.log.seen("file_carried")
    assert first.arrived() == {"r-9.dat": b"by hand"}


@pytest.fixture
def changing(pair):
    """The two nodes, with a route that makes differences and is bound to none of them."""
    for one in pair:
        one.write("layouts/fixed.yaml", FIXED)
        one.write("layouts/csv.yaml", CHANGES)
        one.write("mappings/fixed-to-csv.yaml", MAPPING)
        rest = "retry: {fast: {times: 5, within: 5s}}\n"
        one.write("routes/v/r.yaml", ROUTE.format(more="") + rest)
    return pair


FIRST = {"00001": ("山田", 10), "00002": ("佐藤", 20)}
NEXT = {"00001": ("山田", 10), "00002": ("佐藤", 25), "00003": ("鈴木", 30)}


async def test_differences_go_on_at_another_node_from_the_rows_that_a_lost_machine_had_kept(changing):
    first, second = changing
    consumer = Consumer(first)
    (first.here / "1.dat").write_bytes(full_file(FIRST))
    async with running(first):
        await first.log.seen("file_carried")
    assert consumer.take() == FIRST
    lost(first)
    (first.here / "2.dat").write_bytes(full_file(NEXT))
    consumer.told.clear()
    async with running(second):
        await second.log.seen("file_carried")
    assert consumer.take() == NEXT
    assert consumer.told == ["200002", "100003"]


async def test_differences_whose_name_was_fixed_at_a_lost_machine_are_made_again_the_same(changing):
    first, second = changing
    consumer = Consumer(first)
    (first.here / "1.dat").write_bytes(full_file(FIRST))
    async with running(first):
        await first.log.seen("file_carried")
    (first.here / "2.dat").write_bytes(full_file(NEXT))
    async with running(first, breaking("there", "write", AWAY)):
        await first.log.seen("attempt_failed")
    lost(first)
    async with running(second) as node:
        await second.log.seen("file_carried")
        (newest, _) = await node.journal.recent("r", 9)
        claims = [one for one in await node.journal.history(newest.id) if one.event == "claim"]
        assert len(claims) == 1
        assert newest.state is State.SETTLED
    assert consumer.take() == NEXT


async def test_one_node_erases_what_has_had_its_time_and_each_one_shows_the_proof(pair, share):
    first, second = pair
    (first.here / "r-1.dat").write_bytes(b"one")
    async with running(first) as one, running(second) as two:
        await until(lambda: _any_carried(first, second))
        await until(lambda: _leads(one, two))
        for node in (one, two):
            node._keeping._clock = SetClock()
            node._keeping._clock.ahead = timedelta(days=36)
        both = [await node._keeping.erase() for node in (one, two)]
        leader = 0 if one.leads else 1
        assert [(erased.store, erased.files) for erased in both[leader]] == [("originals", 1)]
        assert both[1 - leader] == []
    assert files_of(share) == []
    for town in pair:
        shown = json.loads(command(town, "purge", "--report", "--json").stdout)
        assert [(one["store"], one["files"]) for one in shown["erased"]] == [("originals", 1)]


async def _any_carried(*towns):
    return any(town.log.events("file_carried") for town in towns)


async def _leads(*nodes):
    return any(node.leads for node in nodes)


async def test_what_each_node_kept_for_itself_becomes_that_of_all_once_it_was_copied(tmp_path, url, share):
    first, second = machines(tmp_path, url, "a", "b")
    (first.here / "r-1.dat").write_bytes(b"one")
    async with running(first):
        await first.log.seen("file_carried")
    keep_apart(first, second, folder=share)
    with pytest.raises(SpoolFailed, match="still kept in") as refused:
        async with first.gateway():
            pass
    assert "copy the folders originals, outputs, states, undos of state_dir" in refused.value.hint
    for store in STORES:
        shutil.copytree(first.root / "state" / store, share / store)
        shutil.rmtree(first.root / "state" / store)
    async with running(first):
        pass
    async with running(second) as node:
        assert [one.store for one in await node.journal.evidence.all()] == ["originals"]
        (transfer,) = await node.journal.recent("r", 9)
        originals = node._keeping._stores["originals"]
        chunks = [chunk async for chunk in originals.open(transfer.sha256)]
    assert b"".join(chunks) == b"one"


async def test_the_folder_of_a_share_that_is_not_mounted_is_never_written_to(town, share, tmp_path):
    (town.here / "a.dat").write_bytes(b"one")
    await town.once()
    share.rename(tmp_path / "elsewhere")
    share.mkdir()
    (town.here / "b.dat").write_bytes(b"two")
    with pytest.raises(SpoolFailed, match="is not the folder in which files are kept") as refused:
        await town.once()
    assert "see that the share is mounted" in refused.value.hint
    replayed = ran(town, "replay", "r", "--since", "2020-01-01", "--reason", "x")
    assert replayed.returncode == 1
    assert "共有フォルダーがマウントされているか" in replayed.stderr
    assert list(share.iterdir()) == []
    share.rmdir()
    (tmp_path / "elsewhere").rename(share)
    await town.once()
    assert len(files_of(share)) == 2


async def test_a_share_that_goes_away_while_the_gateway_runs_keeps_the_source_until_it_is_back(
    town, share, tmp_path
):
    async with town.gateway() as gateway:
        share.rename(tmp_path / "elsewhere")
        share.mkdir()
        (town.here / "a.dat").write_bytes(b"one")
        await gateway.once(["r"], patience=timedelta())
        (failed,) = town.log.events("attempt_failed")
        assert "kept_dir" in failed["error"]
        assert (town.here / "a.dat").read_bytes() == b"one"
        assert list(share.iterdir()) == []
        share.rmdir()
        (tmp_path / "elsewhere").rename(share)
    await _settled(town)
    assert not (town.here / "a.dat").exists()
    assert town.arrived() == {"a.dat": b"one"}
    assert len(files_of(share)) == 1


async def test_nothing_counts_as_erased_while_the_share_is_away(town, share, tmp_path):
    (town.here / "a.dat").write_bytes(b"one")
    await town.once()
    async with town.gateway() as gateway:
        gateway._keeping._clock = SetClock()
        gateway._keeping._clock.ahead = timedelta(days=36)
        share.rename(tmp_path / "elsewhere")
        share.mkdir()
        with pytest.raises(SpoolFailed, match="the disk of kept_dir failed"):
            await gateway._keeping.erase()
        share.rmdir()
        (tmp_path / "elsewhere").rename(share)
        assert len(files_of(share)) == 1
        assert [one.store for one in await gateway._keeping.erase()] == ["originals"]
    assert files_of(share) == []


async def _settled(town):
    async def settled():
        await town.once()
        return not (town.here / "a.dat").exists()

    await until(settled)


async def test_a_folder_in_which_another_gateway_keeps_is_refused(town, share, tmp_path):
    await town.once()
    other = Town(tmp_path / "other")
    other.route()
    keep_apart(other, folder=share)
    with pytest.raises(SpoolFailed, match="another gateway keeps its files in"):
        await other.once()


async def test_kept_files_are_encrypted_there_and_their_key_is_changed_there(town, share):
    encrypt(town, "2026-04")
    (town.here / "a.dat").write_bytes(b"personal" * 1000)
    await town.once()
    assert [name[64:] for name in files_of(share)] == [".zst.age"]
    assert all(b"personal" not in path.read_bytes() for path in share.rglob("*") if path.is_file())
    encrypt(town, "2027-04", "2026-04")
    assert ran(town, "encryption", "status").returncode == 1
    assert ran(town, "encryption", "renew").returncode == 0
    encrypt(town, "2027-04")
    assert ran(town, "encryption", "status").returncode == 0
    replayed = ran(town, "replay", "r", "--since", "2020-01-01", "--reason", "x")
    assert replayed.returncode == 0, replayed.stderr
    await town.once()
    assert list(town.arrived().values()) == [b"personal" * 1000] * 2


async def test_the_stores_are_for_their_owner_alone(town, share):
    share.rmdir()
    (town.here / "a.dat").write_bytes(b"one")
    await town.once()
    modes = {oct(path.stat().st_mode & 0o777) for path in share.rglob("*") if path.is_file()}
    folders = {oct(path.stat().st_mode & 0o777) for path in (share, *share.rglob("*")) if path.is_dir()}
    assert (modes, folders) == ({"0o600"}, {"0o700"})


async def test_nodes_that_keep_one_content_at_one_time_keep_it_once(tmp_path):
    content, sha256 = os.urandom(3 << 20), "ab" * 32
    (tmp_path / "common").mkdir()
    (tmp_path / "common" / TURN).touch()
    paths = [tmp_path / f"spooled-{number}" for number in range(4)]
    for path in paths:
        path.write_bytes(content)
    stores = [KeptFiles(tmp_path / "common", common=True) for _ in paths]
    await asyncio.gather(*(store.keep(path, sha256) for store, path in zip(stores, paths, strict=True)))
    assert [path.name for path in (tmp_path / "common").glob("*/*")] == [f"{sha256}.zst"]


async def test_an_unfinished_file_of_another_node_is_left_until_it_is_a_day_old(tmp_path):
    store = KeptFiles(tmp_path, common=True)
    (tmp_path / "ab").mkdir()
    young, old = tmp_path / "ab/1.zst.part", tmp_path / "ab/2.zst.part"
    young.touch()
    old.touch()
    past = time.time() - 25 * 3600
    os.utime(old, (past, past))
    store.sweep()
    assert (young.exists(), old.exists()) == (True, False)


@pytest.mark.parametrize(
    ("folder", "says"), [("state/kept", "lies in state_dir"), ("config/kept", "lies in the folder of the")]
)
def test_a_folder_on_the_same_disk_is_refused_by_name(tmp_path, folder, says):
    town = Town(tmp_path)
    town.route()
    keep_apart(town, folder=tmp_path / folder)
    (fault,) = load(tmp_path / "config").errors
    assert "kept_dir" in str(fault)
    assert says in str(fault)
