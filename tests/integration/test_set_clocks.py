"""A machine whose clock is set back: nothing waits for the time that it showed before."""

import asyncio
from datetime import timedelta

import pytest

from adapters.errors import Transient
from gateway.app import Around, Gateway
from gateway.times.clock import SystemClock
from tests.support.city import Town

AHEAD = timedelta(minutes=40)


class SetBack(SystemClock):
    """Ahead of the machine's clock, until it is set."""

    ahead = AHEAD

    def now(self):
        return super().now() + self.ahead


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.route(rest="after: delete")
    return made


def opened(town, clock, around=None):
    return Gateway(town.load(), clock=clock, report=town.report(), around=around)


async def test_a_wait_ends_when_as_much_time_has_passed_as_was_left(tmp_path):
    clock = SetBack()
    waiting = asyncio.ensure_future(clock.wait(asyncio.Event(), until=clock.now() + timedelta(seconds=0.2)))
    await asyncio.sleep(0)
    clock.ahead = timedelta()
    async with asyncio.timeout(30):
        assert not await waiting


async def test_a_running_route_goes_on_at_its_own_pace_when_the_clock_is_set_back(town):
    clock, stop = SetBack(), asyncio.Event()
    (town.here / "a.dat").write_bytes(b"one")
    async with opened(town, clock) as gateway, asyncio.TaskGroup() as group:
        group.create_task(gateway.run(stop))
        await town.log.seen("file_carried")
        clock.ahead = timedelta()
        (town.here / "b.dat").write_bytes(b"two")
        await town.log.seen("file_carried", 2)
        stop.set()


async def test_a_route_whose_gateway_starts_after_the_clock_was_set_back_goes_on_as_well(town):
    clock, stop = SetBack(), asyncio.Event()
    (town.here / "a.dat").write_bytes(b"one")
    async with opened(town, clock) as gateway, asyncio.TaskGroup() as group:
        group.create_task(gateway.run(stop))
        await town.log.seen("file_carried")
        stop.set()
    clock.ahead, stop = timedelta(), asyncio.Event()
    async with opened(town, clock) as gateway, asyncio.TaskGroup() as group:
        group.create_task(gateway.run(stop))
        await town.log.seen("route_run", 2)
        (town.here / "b.dat").write_bytes(b"two")
        await town.log.seen("file_carried", 2)
        stop.set()


async def test_a_file_that_failed_before_the_clock_was_set_back_is_tried_again_at_once(town):
    clock, tries = SetBack(), []

    def around(name, adapter):
        write = adapter.write

        async def once_away(target, chunks):
            tries.append(target.path)
            if len(tries) == 1:
                raise Transient("away")
            return await write(target, chunks)

        if name == "there":
            adapter.write = once_away
        return adapter

    (town.here / "a.dat").write_bytes(b"one")
    async with opened(town, clock, Around(adapter=around)) as gateway:
        await gateway.once(["r"], patience=timedelta())
        assert town.arrived() == {}
        clock.ahead = timedelta()
        await gateway.once(["r"], patience=timedelta())
    assert town.arrived() == {"a.dat": b"one"}
