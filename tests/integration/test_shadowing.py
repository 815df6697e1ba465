"""A shadow gets the other format after a delivery is done, and never keeps a delivery from being done."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from adapters.errors import Refused
from gateway.app import Around, Gateway
from gateway.evidence.shadowing import shadow_all
from tests.integration.test_clear_errors import record
from tests.integration.test_comparing import put_new, put_old
from tests.support.city import CSV, FIXED, MAPPING, Town
from tests.support.clock import HandClock

ROUTE = """
from:
  system: old
  legacy: {endpoint: here, path: "*.dat", ready: at-once, layout: fixed}
to:
  system: old
  legacy: {endpoint: there, path: "{name}", layout: fixed}
shadow: {endpoint: beside, path: "trial/{stem}.csv", layout: csv}
convert: fixed-to-csv
schedule: {every: 1s}
after: delete
"""
BOTH = """
from:
  system: new
  legacy: {endpoint: here, path: "{date:%Y%m%d}*.dat", ready: at-once, layout: fixed}
  standard: {endpoint: here, path: "new/{date:%Y%m%d}*.csv", ready: at-once, layout: csv}
to:
  system: old
  legacy: {endpoint: there, path: "{name}", layout: fixed}
shadow: {endpoint: beside, path: "trial/{stem}.csv", layout: csv}
convert: fixed-to-csv
compare: {key: "00100001", with: shadow}
schedule: {every: 1s}
after: delete
"""


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("routes/v/r.yaml", ROUTE)
    made.endpoints(f"beside: {{adapter: local, owner_object: false, root: {tmp_path / 'beside'}}}\n")
    (tmp_path / "beside/trial").mkdir(parents=True)
    (made.here / "new").mkdir()
    return made


def shadow_of(town):
    return {path.name: path.read_text(encoding="utf-8") for path in (town.root / "beside/trial").iterdir()}


async def shadowed(town, around=None, times=1):
    async with town.gateway(around) as gateway:
        await gateway.once(["r"], patience=timedelta(seconds=5))
        journey = gateway._journeys["r"]
        for _ in range(times):
            await shadow_all(journey, journey.route.shadow)


async def test_a_delivery_is_also_written_in_the_other_format_and_once(town):
    (town.here / "a.dat").write_bytes(record("00001", "山田太郎", b"00012"))
    await shadowed(town, times=2)
    await shadowed(town)
    assert town.arrived().keys() == {"a.dat"}
    assert shadow_of(town) == {"a.csv": "番号,氏名,金額\n00001,山田太郎,12\n"}
    assert len(town.log.events("shadow_written")) == 1


async def test_a_shadow_that_cannot_be_written_is_given_up_after_some_tries_and_said_once(town):
    tries, clock = [], HandClock(datetime(2027, 1, 4, 6, tzinfo=UTC))

    def around(name, adapter):
        async def refuse(target, chunks):
            tries.append(clock.now())
            raise Refused("not allowed")

        if name == "beside":
            adapter.write = refuse
        return adapter

    (town.here / "a.dat").write_bytes(record("00001", "山田太郎", b"00012"))
    gateway = Gateway(town.load(), clock=clock, report=town.report(), around=Around(adapter=around))
    async with gateway:
        await gateway.once(["r"], patience=timedelta(0))
        journey = gateway._journeys["r"]
        for _ in range(20 * 60):
            await shadow_all(journey, journey.route.shadow)
            clock.move(minutes=1)
    assert town.arrived().keys() == {"a.dat"}
    assert [(at - tries[0]) / timedelta(minutes=1) for at in tries] == [0, 5, 25, 105, 425]
    (failed,) = town.log.events("shadow_failed")
    assert failed["level"] == "warning"
    assert "山田" not in "".join(town.log.lines)


async def test_a_shadow_waits_while_a_file_of_its_route_is_on_its_way(town):
    (town.here / "a.dat").write_bytes(record("00001", "山田太郎", b"00012"))
    async with town.gateway() as gateway:
        await gateway.once(["r"], patience=timedelta(seconds=5))
        journey = gateway._journeys["r"]
        (town.here / "b.dat").write_bytes(record("00002", "見本花子", b"00034"))
        await gateway._runners["r"]._source().admit()
        await shadow_all(journey, journey.route.shadow)
        assert shadow_of(town) == {}
        await gateway.once(["r"], patience=timedelta(seconds=5))
        await shadow_all(journey, journey.route.shadow)
    assert shadow_of(town).keys() == {"a.csv", "b.csv"}


async def test_a_shadow_place_that_stalls_for_ever_delays_no_delivery(town):
    stalled, stop = asyncio.Event(), asyncio.Event()

    def around(name, adapter):
        async def stall(target, chunks):
            stalled.set()
            await asyncio.Event().wait()

        if name == "beside":
            adapter.write = stall
        return adapter

    (town.here / "a.dat").write_bytes(record("00001", "山田太郎", b"00012"))
    async with town.gateway(Around(adapter=around)) as gateway:
        await gateway.once(["r"], patience=timedelta(seconds=5))
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(gateway.run(stop))
            await stalled.wait()
            for name in ("b", "c"):
                (town.here / f"{name}.dat").write_bytes(record("00002", "見本花子", b"00034"))
            await town.log.seen("file_carried", 3)
            stop.set()
    assert town.arrived().keys() == {"a.dat", "b.dat", "c.dat"}
    assert shadow_of(town) == {}


async def test_the_daemon_compares_by_itself_what_the_shadow_got_with_what_the_new_system_sends(town):
    at = (datetime.now(UTC) + timedelta(days=2)).isoformat(timespec="seconds")
    town.write(
        "systems.yaml",
        f"""
        systems:
          old: {{vendor: v, standard_from: never}}
          new: {{vendor: v, standard_from: "{at}"}}
        """,
    )
    town.write("routes/v/r.yaml", BOTH)
    put_old(town, 5)
    put_new(town, 5, (("00001", "山田太郎", 12), ("00002", "別人", 34)))
    stop = asyncio.Event()
    async with town.gateway() as gateway:
        await gateway.once(["r"], patience=timedelta(seconds=5))
        async with asyncio.timeout(90), asyncio.TaskGroup() as group:
            group.create_task(gateway.run(stop))
            (differs,) = await town.log.seen("comparison_differs")
            stop.set()
        (row,) = await gateway.journal.comparisons.latest("r", 5)
    assert (row.result, row.against, row.changed) == ("different", "shadow", 1)
    assert differs["reason"] == "2027-01-05: different"
    assert shadow_of(town).keys() == {"20270105.csv"}
    assert "別人" not in "".join(town.log.lines)
