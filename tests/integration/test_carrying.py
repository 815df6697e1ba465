"""What becomes of files on their way between two folders: the gateway whole, on a real disk."""

import asyncio
import json
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest

from gateway.app import Around
from gateway.errors import AlreadyRunning, Reason
from gateway.lifecycle import State
from tests.support.city import Town


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path)


def grown_at_each_scan(file):
    """The source's writer writes on between any two looks of the gateway."""

    def around(name, adapter):
        scan = adapter.scan

        async def growing_scan(pattern):
            file.write(b"x" * 10)
            return await scan(pattern)

        if name == "here":
            adapter.scan = growing_scan
        return adapter

    return around


def states(result):
    return [transfer.state for transfer in result.transfers]


def reasons(result):
    return [transfer.reason for transfer in result.transfers]


async def test_a_file_arrives_byte_for_byte_and_the_spool_is_empty(town):
    town.route()
    content = bytes(range(256)) * 5000
    (town.here / "a.dat").write_bytes(content)
    result = await town.once()
    assert states(result) == [State.SETTLED]
    assert town.arrived() == {"a.dat": content}
    assert town.spooled() == []
    assert (town.here / "a.dat").exists()


async def test_the_same_file_found_again_is_not_sent_again(town):
    town.route()
    (town.here / "a.dat").write_bytes(b"one")
    await town.once()
    (town.there / "a.dat").unlink()
    assert states(await town.once()) == []
    assert town.arrived() == {}


async def test_the_same_name_with_new_content_is_a_new_revision(town):
    town.route()
    (town.here / "a.dat").write_bytes(b"one")
    await town.once()
    (town.here / "a.dat").write_bytes(b"other")
    result = await town.once()
    assert [transfer.revision for transfer in result.transfers] == [2]
    assert town.arrived() == {"a.dat": b"one", "a-r2.dat": b"other"}


async def test_a_file_touched_without_new_content_is_not_sent_again(town):
    town.route()
    (town.here / "a.dat").write_bytes(b"one")
    await town.once()
    (town.here / "a.dat").write_bytes(b"one")
    result = await town.once()
    assert [transfer.outcome for transfer in result.transfers] == ["unchanged"]
    assert town.arrived() == {"a.dat": b"one"}


async def test_a_differential_file_is_sent_again_even_with_the_same_content(town):
    town.route(source="content: differential")
    for _ in range(2):
        (town.here / "a.dat").write_bytes(b"one")
        await town.once()
    assert town.arrived() == {"a.dat": b"one", "a-r2.dat": b"one"}


async def test_a_revision_is_held_where_the_route_says_so(town):
    town.route(rest="revisions: hold")
    for content in (b"one", b"two"):
        (town.here / "a.dat").write_bytes(content)
        result = await town.once()
    assert reasons(result) == [Reason.REVISION]
    assert town.arrived() == {"a.dat": b"one"}


async def test_a_file_still_growing_is_not_taken_until_it_is_quiet(town):
    town.route()
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("at-once", "{stable: {polls: 2, quiet: 1s}}"))
    growing = (town.here / "a.dat").open("wb", buffering=0)

    async with town.gateway(Around(adapter=grown_at_each_scan(growing))) as gateway:
        looked = await gateway.once(["r"], patience=timedelta(seconds=3))
    assert looked[0].not_ready == ("a.dat",)
    assert town.arrived() == {}
    growing.close()
    assert states(await town.once()) == [State.SETTLED]
    assert town.arrived() == {"a.dat": (town.here / "a.dat").read_bytes()}


@pytest.mark.parametrize("name", ["a.dat", "\u30ab\u3099.dat"])
async def test_a_file_waits_for_its_marker_and_both_are_put_away(town, name):
    """The second as a Mac writes ガ: it goes out in one piece, and its marker is spelt as it is itself."""
    town.route(rest="after: archive")
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("at-once", '{marker: "{name}.done"}'))
    (town.here / name).write_bytes(b"one")
    async with town.gateway() as gateway:
        result = (await gateway.once(["r"], patience=timedelta()))[0]
    assert result.not_ready == (name,)
    (town.here / f"{name}.done").touch()
    await town.once()
    assert town.arrived() == {unicodedata.normalize("NFC", name): b"one"}
    left = sorted(str(path.relative_to(town.here)) for path in town.here.rglob("*") if path.is_file())
    assert left == [f"archive/{name}", f"archive/{name}.done"]


@pytest.mark.parametrize(
    ("after", "left"),
    [
        ("keep", ["a.dat"]),
        ("delete", []),
        ("archive", ["archive/a.dat"]),
        ("{move_to: 'sumi/{name}'}", ["sumi/a.dat"]),
    ],
)
async def test_the_source_is_settled_as_the_route_says(town, after, left):
    town.route(rest=f"after: {after}")
    (town.here / "a.dat").write_bytes(b"one")
    await town.once()
    assert sorted(str(p.relative_to(town.here)) for p in town.here.rglob("*") if p.is_file()) == left


async def test_two_archived_files_of_one_name_are_both_kept(town):
    town.route(rest="after: archive")
    for content in (b"one", b"two"):
        (town.here / "a.dat").write_bytes(content)
        await town.once()
    assert sorted(path.read_bytes() for path in (town.here / "archive").iterdir()) == [b"one", b"two"]


async def test_a_name_that_is_taken_at_the_destination_holds_the_file_and_changes_nothing(town):
    town.route(rest="after: delete")
    (town.here / "a.dat").write_bytes(b"ours")
    (town.there / "a.dat").write_bytes(b"theirs")
    result = await town.once()
    assert reasons(result) == [Reason.NAME_TAKEN]
    assert town.arrived() == {"a.dat": b"theirs"}
    assert (town.here / "a.dat").read_bytes() == b"ours"


async def test_a_mailbox_gets_the_next_file_when_the_last_was_taken(town):
    town.route(to="exists: wait", rest="after: delete")
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("{stem}{revision}{suffix}", "BOX"))
    (town.here / "a.dat").write_bytes(b"one")
    (town.here / "b.dat").write_bytes(b"two")
    await town.once()
    assert town.arrived() == {"BOX": b"one"}
    (town.there / "BOX").unlink()
    async with town.gateway() as gateway:
        waiting = (await gateway.journal.open_transfers())[0]
        assert waiting.retry_at is not None
        await gateway.journal.failed(waiting, kind="test", message="", retry_at=waiting.admitted_at)
        await gateway.once(["r"], patience=timedelta())
    assert town.arrived() == {"BOX": b"two"}


async def test_a_full_file_replaces_the_last_one_where_the_route_says_so(town):
    town.route(to="exists: replace, content: full")
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("{stem}{revision}{suffix}", "FULL"))
    for content in (b"one", b"two"):
        (town.here / "a.dat").write_bytes(content)
        await town.once()
    assert town.arrived() == {"FULL": b"two"}


async def test_files_go_in_the_order_of_their_names(town):
    town.route()
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("{stem}{revision}{suffix}", "{seq:03}"))
    for name in ("c", "a", "b"):
        (town.here / f"{name}.dat").write_bytes(name.encode())
    await town.once()
    assert town.arrived() == {"001": b"a", "002": b"b", "003": b"c"}


async def test_one_bad_file_does_not_stop_the_others(town):
    town.route()
    (town.there / "b.dat").write_bytes(b"theirs")
    for name in "abc":
        (town.here / f"{name}.dat").write_bytes(name.encode())
    result = await town.once()
    assert sorted(t.state for t in result.transfers) == [State.HELD, State.SETTLED, State.SETTLED]
    assert town.arrived() == {"a.dat": b"a", "b.dat": b"theirs", "c.dat": b"c"}


async def test_a_destination_that_is_away_leaves_the_file_where_it_was_and_is_tried_again(town):
    town.route(rest="after: delete")
    (town.here / "a.dat").write_bytes(b"one")
    town.there.rename(town.root / "away")
    result = await town.once()
    assert result.error is not None
    assert (town.here / "a.dat").exists()
    assert result.transfers[0].retry_at is not None
    (town.root / "away").rename(town.there)
    async with town.gateway() as gateway:
        waiting = (await gateway.journal.open_transfers())[0]
        await gateway.journal.failed(waiting, kind="test", message="", retry_at=waiting.admitted_at)
        await gateway.once(["r"], patience=timedelta())
    assert town.arrived() == {"a.dat": b"one"}


async def test_a_file_larger_than_the_spool_is_held_with_the_setting_to_change(town):
    town.route()
    gateway_yaml = town.root / "config/gateway.yaml"
    gateway_yaml.write_text(gateway_yaml.read_text().replace("1GiB", "1KiB"))
    (town.here / "a.dat").write_bytes(b"x" * 1000)
    result = await town.once()
    assert reasons(result) == [Reason.REFUSED]
    assert "limits.spool" in result.transfers[0].hint


async def test_a_second_gateway_on_the_same_state_is_refused_by_name(town):
    town.route()
    async with town.gateway():
        with pytest.raises(AlreadyRunning, match="gateway test"):
            async with town.gateway():
                pass
    async with town.gateway():
        pass


async def test_every_file_has_exactly_one_canonical_line_at_info(town):
    town.route()
    (town.here / "a.dat").write_bytes(b"one")
    await town.once()
    lines = [json.loads(line) for line in town.log.lines]
    canonical = [line for line in lines if line["level"] == "info" and line.get("file") == "here:a.dat"]
    assert [line["event"] for line in canonical] == ["file_carried"]
    line = canonical[0]
    assert line["message_id"] == "LGW-1006-I"
    assert line["destination"] == "there:a.dat"
    assert (line["bytes"], line["phase"], line["route"]) == (3, "current", "r")


async def test_a_file_whose_spooled_bytes_were_lost_is_held_at_start(town):
    town.route()
    (town.there / "a.dat").write_bytes(b"theirs")
    (town.here / "a.dat").write_bytes(b"ours")
    held = (await town.once()).transfers[0]
    async with town.gateway() as gateway:
        await gateway.journal.released(held, who="test", why="test")
    for path in (town.root / "state/spool" / held.id).iterdir():
        path.unlink()
    async with town.gateway() as gateway:
        assert (await gateway.journal.find(held.id)).reason is Reason.SPOOL_LOST


async def test_running_carries_what_arrives_and_drains_at_stop(town):
    town.route(rest="after: delete")
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("{every: 1s}", "{watch: true, poll: 1s}"))
    stop = asyncio.Event()
    async with town.gateway() as gateway, asyncio.TaskGroup() as group:
        running = group.create_task(gateway.run(stop))
        for number in range(5):
            (town.here / f".{number}.part").write_bytes(b"x" * 100_000)
            (town.here / f".{number}.part").rename(town.here / f"{number}.dat")
        await town.log.seen("file_carried", 5)
        stop.set()
        await running
        assert await gateway.journal.open_transfers() == []
    assert list(town.here.glob("*.dat")) == []
    assert town.spooled() == []


async def test_a_route_that_follows_another_runs_when_that_one_has_run(town):
    town.route("first")
    town.route("second")
    path = town.root / "config/routes/v/second.yaml"
    path.write_text(path.read_text().replace("every: 1s", "after: first").replace("*.dat", "*.csv"))
    (town.here / "b.csv").write_bytes(b"two")
    stop = asyncio.Event()
    async with town.gateway() as gateway, asyncio.TaskGroup() as group:
        running = group.create_task(gateway.run(stop))
        carried = await town.log.seen("file_carried")
        stop.set()
        await running
    assert carried[0]["route"] == "second"


async def test_missed_runs_are_one_run_at_start_and_are_said(town):
    town.route()
    async with town.gateway() as gateway:
        long_ago = (await gateway.journal.runs()).get("r")
        assert long_ago is None
        await gateway.journal.slot_taken("r", datetime(2026, 1, 1, tzinfo=UTC))
    (town.here / "a.dat").write_bytes(b"one")
    stop = asyncio.Event()
    async with town.gateway() as gateway, asyncio.TaskGroup() as group:
        running = group.create_task(gateway.run(stop))
        await town.log.seen("file_carried")
        stop.set()
        await running
    missed = town.log.events("slots_missed")
    assert missed[0]["reason"] == "run once now"
    assert missed[0]["count"] > 100


async def test_no_byte_goes_faster_than_the_endpoint_may(town):
    town.endpoints("")
    path = town.root / "config/endpoints.yaml"
    path.write_text(path.read_text().replace("there}", "there, limits: {bandwidth: 400KiB/s}}"))
    town.route()
    (town.here / "a.dat").write_bytes(b"x" * 400 * 1024 * 3)
    began = asyncio.get_running_loop().time()
    await town.once()
    assert asyncio.get_running_loop().time() - began > 1.5
