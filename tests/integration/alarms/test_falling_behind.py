"""Every alarm about routes that fall behind, and what ends it."""

from datetime import timedelta

import pytest

from adapters.errors import ConnectionLost
from gateway.app import Around
from tests.integration.alarms.test_places import NOW, once
from tests.support.watching import Ahead


@pytest.mark.provokes("route_overdue")
async def test_a_route_that_is_late_is_told_of_until_a_run_ends_well(town, alarm):
    async with town.gateway() as gateway:
        await once(gateway)
        gateway.board._clock = Ahead(timedelta(minutes=6))
        await alarm.raised(gateway)
        gateway.board._clock.by = NOW
        await once(gateway)
        gateway.board._made_at = None
        await alarm.over(gateway)


@pytest.mark.provokes("route_backed_up")
@pytest.mark.parametrize(
    ("backlog", "ahead"),
    [("", timedelta(hours=1, minutes=1)), ("backlog: {age: 2d, files: 1}", timedelta())],
    ids=["a file that waits for an hour", "more files than the route names"],
)
async def test_files_that_back_up_are_told_of_until_they_are_through(town, alarm, backlog, ahead):
    down = [True]

    def around(name, adapter):
        write = adapter.write

        async def write_or_fail(target, chunks):
            if down:
                raise ConnectionLost("the line is down")
            return await write(target, chunks)

        adapter.write = write_or_fail
        return adapter

    town.route(rest=f"retry: {{fast: {{times: 1, within: 1s}}}}\n{backlog}")
    for name in ("a.dat", "b.dat"):
        (town.here / name).write_bytes(name.encode())
    async with town.gateway(Around(adapter=around)) as gateway:
        await once(gateway)
        await gateway._desk.look()
        assert not (ahead and town.log.events("route_backed_up"))
        gateway._desk._clock = Ahead(ahead)
        raised = await alarm.raised(gateway)
        assert (raised.subject, "2 on their way since" in raised.detail) == ("r", True)
        down.clear()
        for waiting in await gateway.journal.open_transfers("r"):
            if waiting.retry_at:
                await gateway.journal.failed(waiting, kind="", message="", retry_at=waiting.admitted_at)
        await once(gateway)
        await alarm.over(gateway)
