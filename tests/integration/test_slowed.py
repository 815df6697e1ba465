"""A vendor, or a route, that may use the line only so fast leaves it to the others."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from gateway.app import Gateway
from gateway.load.folder import read
from gateway.times.clock import SystemClock
from tests.support.city import Town

ROUTE = """
from: {{system: old, legacy: {{endpoint: here, path: "{vendor}/*.dat", ready: at-once}}}}
to: {{system: old, legacy: {{endpoint: there, path: "{vendor}/{{name}}"}}}}
schedule: {{every: 1s}}
{rest}
"""
LARGE = bytes(3 << 20)


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    for vendor in ("v", "w"):
        for folder in (made.here, made.there):
            (folder / vendor).mkdir()
        made.write(f"routes/{vendor}/of-{vendor}.yaml", ROUTE.format(vendor=vendor, rest=""))
    return made


def vendors(town, text):
    file = town.root / "config/gateway.yaml"
    lines = [line for line in file.read_text().splitlines() if not line.startswith("vendors")]
    file.write_text("\n".join(lines).replace("drain: 10s", "drain: 0s") + f"\nvendors: {text}\n")


@asynccontextmanager
async def running(town):
    stop = asyncio.Event()
    async with Gateway(read(town.root / "config"), clock=SystemClock(), report=town.report()) as gateway:
        task = asyncio.create_task(gateway.run(stop))
        try:
            yield gateway
        finally:
            stop.set()
            await task


async def others_pass(town):
    """Files of the vendor w arrive that were put after a file of the vendor v, and that one does not."""
    (town.here / "v/first.dat").write_bytes(LARGE)
    await town.log.seen("file_admitted")
    for number in range(3):
        (town.here / f"w/{number}.dat").write_bytes(LARGE)
        async with asyncio.timeout(60):
            while not (town.there / f"w/{number}.dat").exists():
                await asyncio.sleep(0.05)
    assert not (town.there / "v/first.dat").exists()


async def test_a_vendor_uses_its_rate_and_others_use_the_rest(town):
    vendors(town, "{v: {may_use: {rate: 1KiB/s}}, w: {}}")
    async with running(town):
        await others_pass(town)


async def test_a_route_uses_its_own_bandwidth_and_others_use_the_rest(town):
    vendors(town, "{v: {}, w: {}}")
    town.write("routes/v/of-v.yaml", ROUTE.format(vendor="v", rest="limits: {bandwidth: 1KiB/s}"))
    async with running(town):
        await others_pass(town)


async def test_a_rate_is_that_of_all_routes_of_the_vendor_together_and_follows_the_configuration(town):
    vendors(town, "{v: {may_use: {rate: 1KiB/s}}, w: {}}")
    (town.here / "second").mkdir()
    town.write("routes/v/second.yaml", ROUTE.format(vendor="second", rest=""))
    async with running(town) as gateway:
        await town.log.seen("route_started", 3)
        journeys = gateway._roster.journeys
        assert journeys["of-v"].places.rates[0] is journeys["second"].places.rates[0]
        vendors(town, "{v: {may_use: {rate: 900MiB/s}}, w: {}}")
        gateway.renew()
        await town.log.seen("configuration_read")
        (town.here / "v/first.dat").write_bytes(LARGE)
        async with asyncio.timeout(60):
            while not (town.there / "v/first.dat").exists():
                await asyncio.sleep(0.05)
