"""Every alarm about a configuration that changes while the gateway runs, and what the person on duty does about it."""

from datetime import timedelta

import pytest

from tests.integration.test_reloading import reloaded, running
from tests.support.watching import Ahead, ran

ROUTE = """
from: {{system: old, legacy: {{endpoint: {source}, path: "*.dat", ready: at-once}}}}
to: {{system: old, legacy: {{endpoint: there, path: "{{name}}"}}}}
schedule: {{every: 1s}}
"""


def route(town, name="r", source="here", rest=""):
    town.write(f"routes/v/{name}.yaml", ROUTE.format(source=source) + rest)


@pytest.mark.provokes("route_removed")
async def test_a_route_whose_file_is_gone_is_told_of_until_the_file_is_put_back(town, alarm):
    route(town)
    async with running(town) as gateway:
        (town.root / "config/routes/v/r.yaml").unlink()
        await reloaded(town, gateway)
        assert (await alarm.raised(gateway)).subject == "r"
        route(town)
        await reloaded(town, gateway)
        await town.log.seen("route_started", 2)
        await alarm.over(gateway)


async def test_a_person_who_removed_a_route_on_purpose_says_so(town):
    route(town)
    async with running(town) as gateway:
        (town.root / "config/routes/v/r.yaml").unlink()
        await reloaded(town, gateway)
        await gateway._desk.look()
        (told,) = await gateway.journal.people.open_alarms()
        await ran(town, "ack", str(told.number), "--done", "--note", "廃止した経路")
        assert await gateway.journal.people.open_alarms() == ()


@pytest.mark.provokes("route_outdated")
async def test_a_faulty_change_of_a_route_is_told_of_until_its_file_is_mended(town, alarm):
    route(town)
    async with running(town) as gateway:
        route(town, rest="shedule: {every: 2s}\n")
        await reloaded(town, gateway)
        assert "shedule" in (await alarm.raised(gateway)).detail
        route(town, rest="title: 住民記録\n")
        await ran(town, "check")
        await reloaded(town, gateway)
        await alarm.over(gateway)


async def test_a_faulty_change_that_a_restart_meets_is_a_rejected_route_and_no_outdated_one(town):
    route(town)
    async with running(town) as gateway:
        route(town, rest="shedule: {every: 2s}\n")
        await reloaded(town, gateway)
        await gateway._desk.look()
    async with running(town) as gateway:
        await town.log.seen("route_rejected")
        gateway._desk._clock = Ahead(timedelta(days=366))
        await gateway._desk.look()
        assert [one.event for one in await gateway.journal.people.open_alarms()] == ["route_rejected"]


@pytest.mark.provokes("route_rolled_back")
async def test_a_change_that_does_not_come_up_is_told_of_until_its_place_is_there(town, alarm):
    town.endpoints("new-host: {adapter: local, root: " + str(town.root / "new-host") + "}\n")
    route(town)
    async with running(town) as gateway:
        route(town, source="new-host")
        await reloaded(town, gateway)
        assert "new-host" in (await alarm.raised(gateway)).detail
        (town.root / "new-host").mkdir()
        await reloaded(town, gateway)
        await alarm.over(gateway)


@pytest.mark.provokes("configuration_refused")
async def test_a_faulty_file_of_the_operators_is_told_of_until_it_is_mended(town, alarm):
    path = town.root / "config/systems.yaml"
    sound = path.read_text()
    async with running(town) as gateway:
        path.write_text("sistems: {}\n")
        gateway.renew()
        await town.log.seen("configuration_refused")
        assert "sistems" in (await alarm.raised(gateway)).detail
        path.write_text(sound)
        await ran(town, "check")
        await reloaded(town, gateway)
        await alarm.over(gateway)


@pytest.mark.provokes("configuration_waits")
async def test_what_needs_a_new_start_is_told_of_until_there_was_one(town, alarm):
    path = town.root / "config/gateway.yaml"
    async with running(town) as gateway:
        path.write_text(path.read_text().replace("spool: 1GiB", "spool: 2GiB"))
        await reloaded(town, gateway)
        assert "limits" in (await alarm.raised(gateway)).detail
    async with running(town) as gateway:
        await alarm.over(gateway)
