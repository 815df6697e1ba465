"""Which file goes before which, and what lets no other pass it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.errors import ConnectionLost, Misconfigured
from gateway.app import Around
from gateway.errors import Reason
from gateway.lifecycle import State
from tests.support.city import QUICK, Town


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path)


def failing_once(path, error):
    """The write of one file fails the first time."""
    failed = set()

    def around(name, adapter):
        write = adapter.write

        async def write_or_fail(target, chunks):
            if target.path == path and path not in failed:
                failed.add(path)
                raise error
            return await write(target, chunks)

        adapter.write = write_or_fail
        return adapter

    return around


async def test_changes_are_never_overtaken_by_later_ones(town):
    town.route(source="content: differential")
    for name in ("001", "002", "003"):
        (town.here / f"{name}.dat").write_bytes(name.encode())
    around = Around(adapter=failing_once("001.dat", ConnectionLost("cut")))
    async with town.gateway(around) as gateway:
        await gateway.once(["r"], patience=timedelta())
        await gateway.once(["r"], patience=timedelta())
        assert town.arrived() == {}
        for waiting in await gateway.journal.open_transfers("r"):
            if waiting.retry_at:
                await gateway.journal.failed(waiting, kind="", message="", retry_at=waiting.admitted_at)
        await gateway.once(["r"], patience=timedelta())
    written = sorted(town.there.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    assert [path.name for path in written] == ["001.dat", "002.dat", "003.dat"]


async def test_a_held_change_stops_those_behind_it(town):
    town.route(source="content: differential")
    (town.there / "001.dat").write_bytes(b"theirs")
    for name in ("001", "002"):
        (town.here / f"{name}.dat").write_bytes(name.encode())
    result = await town.once()
    assert [transfer.state for transfer in result.transfers] == [State.HELD, State.ADMITTED]
    assert town.arrived() == {"001.dat": b"theirs"}


async def test_files_of_a_mailbox_wait_behind_one_another(town):
    town.route(to="exists: wait", rest="after: delete")
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("{stem}{revision}{suffix}", "BOX"))
    for name in "abc":
        (town.here / f"{name}.dat").write_bytes(name.encode())
    result = await town.once()
    assert sorted(t.state for t in result.transfers) == [State.CLAIMED, State.CONVERTED, State.SETTLED]
    assert town.arrived() == {"BOX": b"a"}


async def test_one_file_without_rights_does_not_stop_the_others_of_its_route(town):
    town.route()
    for name in "ab":
        (town.here / f"{name}.dat").write_bytes(name.encode())
    around = Around(adapter=failing_once("a.dat", Misconfigured("the system refuses it")))
    await town.once(around=around)
    assert town.arrived() == {"b.dat": b"b"}
    assert town.log.events("endpoint_down") == []


async def test_a_file_that_the_gateway_itself_fails_on_is_held_and_the_others_go_on(town):
    town.route()
    for name in "ab":
        (town.here / f"{name}.dat").write_bytes(name.encode())
    around = Around(adapter=failing_once("a.dat", ZeroDivisionError("secret value 12345")))
    result = await town.once(around=around)
    assert {t.entry.name: t.reason for t in result.transfers} == {"a.dat": Reason.INTERNAL, "b.dat": None}
    assert "12345" not in "".join(town.log.lines)


async def test_a_newer_revision_on_its_way_keeps_an_older_content_from_counting_as_unchanged(town):
    town.route(to="exists: replace, content: full")
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("{stem}{revision}{suffix}", "FULL"))
    (town.here / "a.dat").write_bytes(b"A")
    await town.once()
    (town.here / "a.dat").write_bytes(b"B")
    around = Around(adapter=failing_once("FULL", ConnectionLost("cut")))
    async with town.gateway(around) as gateway:
        await gateway.once(["r"], patience=timedelta())
        (town.here / "a.dat").write_bytes(b"A")
        await gateway.once(["r"], patience=timedelta())
        for _ in range(2):
            for waiting in await gateway.journal.open_transfers("r"):
                if waiting.retry_at:
                    await gateway.journal.failed(waiting, kind="", message="", retry_at=waiting.admitted_at)
            await gateway.once(["r"], patience=timedelta())
    assert town.arrived() == {"FULL": b"A"}


async def test_a_file_that_came_back_as_it_was_after_it_was_withdrawn_is_carried(town):
    def changed_once(name, adapter):
        stat = adapter.stat
        lied = []

        async def lie_once(path):
            found = await stat(path)
            if name == "here" and path.endswith(".dat") and not lied:
                lied.append(path)
                return replace(found, mtime="another")
            return found

        adapter.stat = lie_once
        return adapter

    town.route()
    (town.here / "a.dat").write_bytes(b"one")
    first = await town.once(around=Around(adapter=changed_once))
    assert [transfer.state for transfer in first.transfers] == [State.WITHDRAWN]
    await town.once()
    assert town.arrived() == {"a.dat": b"one"}


async def test_an_empty_file_is_not_complete_by_itself(town):
    town.route()
    (town.here / "a.dat").touch()
    assert (await town.once()).transfers == ()
    town.route(rest="expect: {empty: allowed}")
    await town.once()
    assert town.arrived() == {"a.dat": b""}


async def test_a_file_that_stays_empty_is_told_of_once_and_not_called_nothing_new(town):
    town.route()
    (town.here / "a.dat").touch()
    async with town.gateway() as gateway:
        (first,) = await gateway.once(["r"], patience=QUICK)
        assert town.log.events("file_empty") == []  # it may be one that is being written
        for _ in range(3):
            (last,) = await gateway.once(["r"], patience=QUICK)
    assert first.not_ready == last.not_ready == ("a.dat",)
    assert [line["file"] for line in town.log.events("file_empty")] == ["here:a.dat"]


async def test_a_clock_that_once_was_ahead_stops_no_route(town):
    town.route()
    async with town.gateway() as gateway:
        await gateway.journal.slot_taken("r", datetime.now(UTC) + timedelta(days=365))
    (town.here / "a.dat").write_bytes(b"one")
    stop = asyncio.Event()
    async with town.gateway() as gateway, asyncio.TaskGroup() as group:
        running = group.create_task(gateway.run(stop))
        await town.log.seen("file_carried")
        stop.set()
        await running


async def test_a_run_that_was_cut_short_is_made_up_for_at_the_next_start(town):
    town.route()
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("{every: 1s}", '{cron: "0 3 1 1 *"}'))
    async with town.gateway() as gateway:
        await gateway.journal.slot_taken("r", datetime.now(UTC))
    (town.here / "a.dat").write_bytes(b"one")
    stop = asyncio.Event()
    async with town.gateway() as gateway, asyncio.TaskGroup() as group:
        running = group.create_task(gateway.run(stop))
        await town.log.seen("file_carried")
        stop.set()
        await running


async def test_routes_that_stream_against_each_other_do_not_wait_for_each_other_for_ever(town):
    """Each place has one connection, and each route holds one of its own while it wants the other's."""
    town.write(
        "endpoints.yaml",
        f"""
        endpoints:
          here: {{adapter: local, owner_object: false, root: {town.here}, limits: {{connections: 1}}}}
          there: {{adapter: local, owner_object: false, root: {town.there}, limits: {{connections: 1}}}}
        """,
    )
    town.route("forth", rest="after: delete")
    town.write(
        "routes/v/back.yaml",
        """
        from: {system: old, legacy: {endpoint: there, path: "out/*.up", ready: at-once}}
        to: {system: old, legacy: {endpoint: here, path: "in/{name}"}}
        schedule: {every: 1s}
        after: delete
        """,
    )
    (town.there / "out").mkdir()
    for number in range(3):
        (town.here / f"{number}.dat").write_bytes(bytes(5 << 20))
        (town.there / "out" / f"{number}.up").write_bytes(bytes(5 << 20))
    async with asyncio.timeout(60), town.gateway() as gateway:
        await gateway.once(["forth", "back"], patience=timedelta())
    assert sorted(path.name for path in (town.here / "in").iterdir()) == ["0.up", "1.up", "2.up"]
    assert sorted(path.name for path in town.there.glob("*.dat")) == ["0.dat", "1.dat", "2.dat"]


async def test_a_file_is_held_when_its_next_try_would_come_after_the_deadline_of_its_route(town):
    now = datetime.now(town.load().installation.zone) + timedelta(minutes=2)
    slow = f'{{every: 12h, until: "{now:%H:%M}"}}'
    town.route(rest=f"after: delete\nretry: {{fast: {{times: 0}}, slow: {slow}}}")
    (town.here / "a.dat").write_bytes(b"one")
    around = Around(adapter=failing_once("a.dat", ConnectionLost("cut")))
    result = await town.once(around=around)
    assert [transfer.reason for transfer in result.transfers] == [Reason.RETRIES_ENDED]
    assert (town.here / "a.dat").exists()
