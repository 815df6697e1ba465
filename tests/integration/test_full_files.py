"""Files that hold everything: the newest one counts, and none that is older follows it."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from click.testing import CliRunner

from adapters.errors import ConnectionLost
from gateway.app import Around
from gateway.cli import main
from gateway.errors import Reason
from gateway.lifecycle import State
from tests.support.city import Town


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path)


def of_days(town, *, more=""):
    """A route whose full files tell their day in their names."""
    town.route(source=f"content: full{more}")
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("*.dat", "F_{date:%Y%m%d}.dat"))


def outcomes(result):
    return {one.entry.name: one.outcome for one in result.transfers}


def command(town, *arguments):
    return CliRunner().invoke(main, ["--config", str(town.root / "config"), *arguments])


async def test_of_several_full_files_that_wait_the_newest_alone_is_sent(town):
    town.route(to="content: full", rest="after: delete")
    for name in "abc":
        (town.here / f"{name}.dat").write_bytes(name.encode())
    assert outcomes(await town.once()) == {
        "a.dat": "superseded", "b.dat": "superseded", "c.dat": "delivered",
    }  # fmt: skip
    assert town.arrived() == {"c.dat": b"c"}
    assert list(town.here.iterdir()) == []
    assert len(town.log.events("file_superseded")) == 2


async def test_full_files_of_parts_are_all_sent(town):
    town.route(to="content: full, supersede: false")
    for name in "ab":
        (town.here / f"{name}.dat").write_bytes(name.encode())
    await town.once()
    assert town.arrived() == {"a.dat": b"a", "b.dat": b"b"}


async def test_files_that_say_nothing_of_their_content_are_all_sent(town):
    town.route()
    for name in "ab":
        (town.here / f"{name}.dat").write_bytes(name.encode())
    await town.once()
    assert town.arrived() == {"a.dat": b"a", "b.dat": b"b"}


async def test_a_full_file_older_than_the_last_delivered_needs_force(town):
    of_days(town)
    (town.here / "F_20270105.dat").write_bytes(b"5")
    await town.once()
    (town.here / "F_20270104.dat").write_bytes(b"4")
    (held,) = (await town.once()).transfers
    assert (held.state, held.reason) == (State.HELD, Reason.OLDER)
    refused = await asyncio.to_thread(command, town, "release", held.id, "--reason", "x")
    assert refused.exit_code == 2
    assert "--force-older" in refused.output
    let_go = await asyncio.to_thread(
        command, town, "release", held.id, "--reason", "it is right", "--force-older", "--json"
    )
    assert json.loads(let_go.output)["transfer_id"] == held.id
    await town.once()
    assert town.arrived() == {"F_20270105.dat": b"5", "F_20270104.dat": b"4"}


async def test_parts_of_one_day_follow_one_another_and_those_of_an_older_day_do_not(town):
    town.route(source="content: full, supersede: false")
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("*.dat", "F_{date:%Y%m%d}_*.dat"))
    for name in ("F_20270105_b.dat", "F_20270105_a.dat"):
        (town.here / name).write_bytes(b"x")
        await town.once()
    (town.here / "F_20270104_a.dat").write_bytes(b"y")
    (held,) = (await town.once()).transfers
    assert held.reason is Reason.OLDER
    assert sorted(town.arrived()) == ["F_20270105_a.dat", "F_20270105_b.dat"]


async def test_a_full_file_that_is_on_its_way_arrives_before_a_newer_one(town):
    """Its name is fixed and something of it may be there: it is not superseded, and nothing passes it."""
    town.route(to="content: full, exists: replace")
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("{stem}{revision}{suffix}", "FULL"))
    order = []

    def around(name, adapter):
        write = adapter.write

        async def write_or_fail(target, chunks):
            if not order:
                order.append("cut")
                raise ConnectionLost("cut")
            written = await write(target, chunks)
            order.append((town.there / "FULL").read_bytes())
            return written

        adapter.write = write_or_fail
        return adapter

    (town.here / "a.dat").write_bytes(b"a")
    async with town.gateway(Around(adapter=around)) as gateway:
        await gateway.once(["r"], patience=timedelta())
        (town.here / "b.dat").write_bytes(b"b")
        await gateway.once(["r"], patience=timedelta())
        assert order == ["cut"]
        for waiting in await gateway.journal.open_transfers("r"):
            if waiting.retry_at:
                await gateway.journal.failed(waiting, kind="", message="", retry_at=waiting.admitted_at)
        await gateway.once(["r"], patience=timedelta())
    assert order == ["cut", b"a", b"b"]


async def test_a_full_file_that_was_passed_while_it_waited_for_its_next_try_troubles_nobody(town):
    """What it holds is in the newer one as well, which was there after it."""
    town.route(source="content: full", rest="after: delete\nretry: {fast: {times: 3, within: 1h}}\n")
    failed = []

    def around(name, adapter):
        read = adapter.read

        @asynccontextmanager
        async def once_cut(entry):
            if entry.path == "a.dat" and not failed:
                failed.append(entry)
                raise ConnectionLost("cut")
            async with read(entry) as chunks:
                yield chunks

        adapter.read = once_cut
        return adapter

    async with town.gateway(Around(adapter=around)) as gateway:
        for name in "ab":
            (town.here / f"{name}.dat").write_bytes(name.encode())
            await gateway.once(["r"], patience=timedelta())
        assert town.arrived() == {"b.dat": b"b"}
        (waiting,) = await gateway.journal.open_transfers()
        await gateway.journal.failed(waiting, kind="", message="", retry_at=waiting.admitted_at)
        (passed,) = (await gateway.once(["r"], patience=timedelta()))[0].transfers
        assert (passed.entry.path, passed.outcome) == ("a.dat", "superseded")
    assert (town.arrived(), list(town.here.iterdir())) == ({"b.dat": b"b"}, [])


async def test_a_held_full_file_lets_a_newer_one_pass_and_then_needs_force(town):
    town.route(to="content: full")
    (town.there / "a.dat").write_bytes(b"theirs")
    (town.here / "a.dat").write_bytes(b"a")
    (held,) = (await town.once()).transfers
    assert held.reason is Reason.NAME_TAKEN
    (town.here / "b.dat").write_bytes(b"b")
    await town.once()
    assert town.arrived()["b.dat"] == b"b"
    (town.there / "a.dat").unlink()
    async with town.gateway() as gateway:
        await gateway.journal.released(held, who="tester", why="mended")
        (again,) = (await gateway.once(["r"], patience=timedelta()))[0].transfers
    assert again.reason is Reason.OLDER
    assert town.arrived() == {"b.dat": b"b"}


async def test_a_large_full_file_is_not_streamed_when_a_newer_one_waits(town):
    town.route(to="content: full")
    for name in "ab":
        (town.here / f"{name}.dat").write_bytes(name.encode() * (5 << 20))
    await town.once()
    assert list(town.arrived()) == ["b.dat"]
