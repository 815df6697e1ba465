"""A gateway that runs follows its configuration folder, route by route, and is never worse off for it."""

import asyncio
import json
import signal
import stat
import subprocess
import sys
from contextlib import asynccontextmanager

import pytest

from gateway.app import Gateway
from gateway.load.folder import read
from gateway.model import Format
from gateway.times.clock import SystemClock
from tests.support.city import Town


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    (made.here / "other").mkdir()
    made.route("r")
    made.write("routes/v/other.yaml", ROUTE.format(source="other/*.txt", to="{stem}{revision}.out", rest=""))
    return made


ROUTE = """
from: {{system: old, legacy: {{endpoint: here, path: "{source}", ready: at-once}}}}
to: {{system: old, legacy: {{endpoint: there, path: "{to}"}}}}
schedule: {{every: 1s}}
{rest}
"""


@asynccontextmanager
async def running(town):
    """A gateway that follows the town's folder."""
    stop = asyncio.Event()
    async with Gateway(read(town.root / "config"), clock=SystemClock(), report=town.report()) as gateway:
        task = asyncio.create_task(gateway.run(stop))
        await town.log.seen("route_started", len(gateway.city.routes))
        try:
            yield gateway
        finally:
            stop.set()
            await task


async def reloaded(town, gateway):
    """Ask for the configuration to be read, and wait until it was."""
    before = len(town.log.events("configuration_read"))
    gateway.renew()
    await town.log.seen("configuration_read", before + 1)
    return gateway.city


async def arrives(town, name):
    async with asyncio.timeout(30):
        while not (town.there / name).exists():
            await asyncio.sleep(0.05)


async def test_a_changed_route_runs_by_its_new_file_and_no_other_route_is_touched(town):
    async with running(town) as gateway:
        others = gateway._runners["other"]
        town.route("r", to="", rest="after: delete\n")
        city = await reloaded(town, gateway)
        assert city.routes["r"].after.action == "delete"
        assert [line["route"] for line in town.log.events("route_renewed")] == ["r"]
        assert gateway._runners["other"] is others
        (town.here / "a.dat").write_bytes(b"1")
        await arrives(town, "a.dat")
        async with asyncio.timeout(30):
            while (town.here / "a.dat").exists():
                await asyncio.sleep(0.05)


async def test_a_file_that_changes_is_seen_without_anybody_asking(town):
    async with running(town) as gateway:
        town.route("r", rest="title: changed\n")
        await town.log.seen("route_renewed")
        assert gateway.city.routes["r"].title == "changed"
        town.route("r", rest="title: changed again\n")
        await town.log.seen("route_renewed", 2)
        assert gateway.city.routes["r"].title == "changed again"


async def test_a_new_file_is_a_new_route_and_a_file_that_goes_ends_its_route(town):
    async with running(town) as gateway:
        (town.here / "third").mkdir()
        town.write("routes/v/third.yaml", ROUTE.format(source="third/*.csv", to="{stem}.csv", rest=""))
        (town.root / "config/routes/v/other.yaml").unlink()
        city = await reloaded(town, gateway)
        assert set(city.routes) == {"r", "third"} == set(gateway._runners)
        assert [line["route"] for line in town.log.events("route_removed")] == ["other"]
        (town.here / "third/x.csv").write_bytes(b"1")
        await arrives(town, "x.csv")
        await gateway.board.look()
        assert set(gateway.board.rows) == {"r", "third"}


async def test_a_route_whose_file_becomes_faulty_goes_on_as_it_was_until_it_is_mended(town):
    async with running(town) as gateway:
        town.route("r", rest="shedule: {every: 2s}\n")
        city = await reloaded(town, gateway)
        (told,) = town.log.events("route_outdated")
        assert told["route"] == "r"
        assert "routes/v/r.yaml:9:1: unknown key shedule" in told["error"]
        assert "r" in city.outdated
        (town.here / "a.dat").write_bytes(b"1")
        await arrives(town, "a.dat")
        town.route("r", rest="title: mended\n")
        city = await reloaded(town, gateway)
        assert not city.outdated
        assert city.routes["r"].title == "mended"


async def test_a_faulty_file_put_back_as_it_was_ends_the_alarm(town):
    async with running(town) as gateway:
        town.route("r", rest="shedule: {every: 2s}\n")
        await reloaded(town, gateway)
        town.route("r")
        await reloaded(town, gateway)
        assert [line["route"] for line in town.log.events("route_renewed")] == ["r"]
        async with asyncio.timeout(30):  # the gateway's own look may be under way
            while "route_outdated" in {one.event for one in await gateway.journal.people.open_alarms()}:
                await gateway._desk.look()
                await asyncio.sleep(0.05)


async def test_a_route_that_would_not_come_up_is_rolled_back_and_goes_on_as_it_was(town):
    async with running(town) as gateway:
        town.endpoints("nowhere: {adapter: local, root: " + str(town.root / "not-there") + "}\n")
        text = (
            (town.root / "config/routes/v/r.yaml").read_text().replace("endpoint: here", "endpoint: nowhere")
        )
        town.write("routes/v/r.yaml", text)
        city = await reloaded(town, gateway)
        (told,) = town.log.events("route_rolled_back")
        assert told["route"] == "r"
        assert city.routes["r"].places("from", Format.LEGACY)[0].endpoint == "here"
        (town.here / "a.dat").write_bytes(b"1")
        await arrives(town, "a.dat")
        (town.root / "not-there").mkdir()
        (town.root / "not-there/b.dat").write_bytes(b"2")
        await reloaded(town, gateway)
        await arrives(town, "b.dat")


async def test_a_running_route_never_gives_way_to_a_changed_one(town):
    town.write("routes/v/other.yaml", ROUTE.format(source="other/*.txt", to="{seq:04}.out", rest=""))
    async with running(town) as gateway:
        town.write("routes/a/early.yaml", ROUTE.format(source="x/*", to="{seq:04}.out", rest=""))
        town.write(
            "gateway.yaml",
            (town.root / "config/gateway.yaml").read_text().replace("{v: {}}", "{a: {}, v: {}}"),
        )
        city = await reloaded(town, gateway)
        assert set(city.routes) == {"r", "other"}
        assert "the route other writes names of this form too" in str(city.rejected["early"][0])


async def test_an_endpoint_taken_from_a_vendor_ends_its_routes(town):
    async with running(town) as gateway:
        bounded = (town.root / "config/gateway.yaml").read_text()
        town.write("gateway.yaml", bounded.replace("{v: {}}", "{v: {may_use: {endpoints: [there]}}}"))
        city = await reloaded(town, gateway)
        assert not city.routes
        assert not gateway._runners
        assert {line["route"] for line in town.log.events("route_removed")} == {"r", "other"}
        assert "v may not use endpoint here" in str(city.rejected["r"][0])


async def test_a_faulty_file_of_the_operators_changes_nothing_and_routes_are_still_followed(town):
    async with running(town) as gateway:
        town.write("gateway.yaml", "gateway: {nam: test}\n")
        town.route("r", rest="title: followed\n")
        gateway.renew()
        await town.log.seen("configuration_refused")
        await town.log.seen("route_renewed")
        assert gateway.city.routes["r"].title == "followed"


async def test_what_needs_a_new_start_is_said_and_left_as_it_runs(town):
    async with running(town) as gateway:
        before = gateway.city.installation.limits
        text = (town.root / "config/gateway.yaml").read_text()
        town.write(
            "gateway.yaml", text.replace("spool: 1GiB", "spool: 2GiB") + "retention: {originals: 3d}\n"
        )
        city = await reloaded(town, gateway)
        assert city.installation.limits == before
        assert city.installation.retention.originals.days == 3
        assert [line["reason"] for line in town.log.events("configuration_waits")] == ["limits"]


async def test_a_changed_endpoint_swaps_the_routes_that_use_it_and_only_those(town):
    (town.root / "else").mkdir()
    town.endpoints("else: {adapter: local, root: " + str(town.root / "else") + "}\n")
    town.write(
        "routes/v/third.yaml",
        ROUTE.format(source="third/*.csv", to="x/{stem}.csv", rest="").replace("there", "else"),
    )
    (town.here / "third").mkdir()
    async with running(town) as gateway:
        moved = town.root / "moved"
        moved.mkdir()
        town.endpoints("else: {adapter: local, root: " + str(moved) + "}\n")
        await reloaded(town, gateway)
        assert [line["route"] for line in town.log.events("route_renewed")] == ["third"]
        (town.here / "third/x.csv").write_bytes(b"1")
        async with asyncio.timeout(30):
            while not (moved / "x/x.csv").exists():
                await asyncio.sleep(0.05)


async def test_every_event_carries_the_hash_of_the_configuration_that_held(town):
    async with running(town) as gateway:
        first = gateway.city.digest("r")[:12]
        town.route("r", rest="title: changed\n")
        await reloaded(town, gateway)
        second = gateway.city.digest("r")[:12]
    lines = [json.loads(line) for line in town.log.lines]
    assert all(len(line["configuration"]) == 12 for line in lines)
    started = [
        line["configuration"] for line in lines if line["event"] == "route_started" and line["route"] == "r"
    ]
    assert started == [first, second]
    whole = [
        line["configuration"] for line in lines if line["event"] in ("gateway_started", "configuration_read")
    ]
    assert len(set(whole)) == 2


async def test_what_was_taken_stands_in_the_audit_log(town):
    async with running(town) as gateway:
        town.route("r", rest="title: changed\n")
        (town.root / "config/routes/v/other.yaml").unlink()
        await reloaded(town, gateway)
        told = {(entry.act, entry.subject) for entry in await gateway.journal.audit.entries(10)}
        assert {("renew-route", "r"), ("remove-route", "other")} <= told


def command(town, *words):
    return [sys.executable, "-m", "gateway", "--config", str(town.root / "config"), *words]


def test_sighup_reloads_the_daemon_which_goes_on(town):
    town.write("gateway.yaml", (town.root / "config/gateway.yaml").read_text())
    with subprocess.Popen(command(town, "run"), stdout=subprocess.PIPE, text=True) as process:
        try:
            lines = iter(map(json.loads, process.stdout))
            next(line for line in lines if line["event"] == "route_started")
            town.route("r", rest="title: changed\n")
            process.send_signal(signal.SIGHUP)
            renewed = next(line for line in lines if line["event"] == "route_renewed")
            assert renewed["route"] == "r"
        finally:
            process.send_signal(signal.SIGTERM)
            process.stdout.read()
            assert process.wait(30) == 0


def difference(town, *words):
    return subprocess.run(
        command(town, "diff", *words), capture_output=True, text=True, check=False, timeout=60
    )


async def test_diff_tells_what_runs_from_what_is_on_disk_and_holds_no_secret(town):
    async with running(town):
        pass
    assert difference(town).returncode == 0
    other = town.root / "config/routes/v/other.yaml"
    other.write_text(other.read_text() + "# pass" + "word: hunter2\n")
    town.route("r", rest="shedule: {every: 2s}\n")
    town.write("routes/v/third.yaml", ROUTE.format(source="third/*.csv", to="{stem}.csv", rest=""))
    done = difference(town, "--json")
    shown = json.loads(done.stdout)
    assert done.returncode == 1
    assert [(row["route"], row["what"]) for row in shown["routes"]] == [("r", "faulty"), ("third", "new")]
    assert "unknown key shedule" in shown["routes"][0]["faults"][0]
    assert "+shedule: {every: 2s}" in shown["lines"]
    assert "hunter2" not in done.stdout
    one = difference(town, "third")
    assert one.returncode == 1
    assert "shedule" not in one.stdout
    assert stat.S_IMODE((town.root / "state/running.json").stat().st_mode) == 0o600


def test_diff_before_the_first_start_says_so(town):
    done = difference(town)
    assert done.returncode == 1
    assert "no gateway has run on this state folder yet" in done.stderr
