"""A place that does not answer, or lets nobody in, is left alone also by the gateway that is started next."""

import asyncio
from datetime import timedelta

import pytest

from adapters.errors import ConnectionLost, NoAccess
from gateway.app import Around, Gateway
from tests.integration.test_keeping import SetClock
from tests.support.city import Town

FAILURES = 5


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.route(rest="retry: {fast: {times: 5, within: 1s}}")
    return made


class Source:
    """The place that the route reads; it counts who asks."""

    def __init__(self, error):
        self.error = error
        self.asked = 0

    def around(self, name, adapter):
        scan = adapter.scan

        async def asked(pattern):
            self.asked += 1
            if self.error:
                raise self.error
            return await scan(pattern)

        if name == "here":
            adapter.scan = asked
        return adapter


async def ran(town, source, event, count=1, *, ahead=timedelta()):
    """A gateway that is started, runs until an event was logged so often, and is stopped."""
    clock, stop, before = SetClock(), asyncio.Event(), len(town.log.events(event))
    clock.ahead = ahead
    around = Around(adapter=source.around)
    async with Gateway(town.load(), clock=clock, report=town.report(), around=around) as gateway:
        running = asyncio.create_task(gateway.run(stop))
        gateway.nudge("r")
        await town.log.seen(event, before + count)
        stop.set()
        await running


async def test_a_host_that_was_down_is_not_asked_by_a_new_start_before_its_time(town):
    source = Source(ConnectionLost("the connection went"))
    await ran(town, source, "endpoint_silent")
    assert source.asked == FAILURES
    await ran(town, source, "scan_failed", 2)
    assert source.asked == FAILURES
    source.error = None
    await ran(town, source, "endpoint_up", ahead=timedelta(seconds=31))
    assert source.asked > FAILURES
    await ran(town, source, "route_run")


async def test_starts_one_after_the_other_do_not_lock_an_account(town):
    source = Source(NoAccess("the login was refused", hint="see login"))
    for _ in range(4):
        await ran(town, source, "scan_failed")
    assert source.asked == 1
    assert [line["error"] for line in town.log.events("scan_failed")] == ["the login was refused"] * 4
    source.error = None
    await ran(town, source, "endpoint_up", ahead=timedelta(minutes=16))


async def test_an_endpoint_that_was_mended_while_the_gateway_was_down_is_asked_at_once(town):
    source = Source(NoAccess("the login was refused", hint="see login"))
    await ran(town, source, "scan_failed")
    path = town.root / "config/endpoints.yaml"
    path.write_text(path.read_text().replace("here: {", "here: {limits: {connections: 2}, "))
    source.error = None
    await ran(town, source, "route_run")
    assert source.asked >= 2


async def test_who_asks_for_a_run_by_hand_has_the_place_asked(town):
    source = Source(NoAccess("the login was refused", hint="see login"))
    await ran(town, source, "scan_failed")
    source.error = None
    result = await town.once(around=Around(adapter=source.around))
    assert (result.error, source.asked) == (None, 2)


async def test_a_clock_that_was_far_ahead_leaves_no_host_alone_for_long(town):
    source = Source(ConnectionLost("the connection went"))
    await ran(town, source, "endpoint_silent", ahead=timedelta(days=400))
    async with town.gateway() as gateway:
        await gateway._places.recall()
        circuit = gateway._places._circuits["here"]
        assert circuit.until - gateway.clock.monotonic() <= gateway._places._rule.wait
