"""Single routes are logged in more or less detail for a while, while the gateway runs."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from gateway.app import Gateway
from gateway.cli import main
from gateway.logs.log import open_log
from gateway.observing.loudness import Loudness
from gateway.times.clock import SystemClock
from tests.support.city import Town
from tests.support.watching import Ahead, ran


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    for name in ("r", "other"):
        made.route(name)
        path = tmp_path / f"config/routes/v/{name}.yaml"
        path.write_text(
            path.read_text().replace("*.dat", f"{name}-*.dat").replace("{stem}", f"{{stem}}-{name}")
        )
    return made


@asynccontextmanager
async def logged(town, level="info", clock=None):
    """A gateway whose log is as ``log.level`` says, and what keeps it to people's word."""
    clock = clock or SystemClock()
    log = open_log(
        town.log, gateway="test", level=level, text=False, clock=SystemClock(), zone=ZoneInfo("Asia/Tokyo")
    )
    async with Gateway(town.load(), clock=clock, report=log, levels=log.levels) as gateway:
        yield gateway, Loudness(log.levels, journal=gateway.journal, clock=clock, report=gateway.report)


async def steps(town, gateway):
    """The routes of which the end of a run, a matter of DEBUG, is logged now."""
    town.log.lines.clear()
    await gateway.once(["r", "other"], patience=timedelta(0))
    return {line["route"] for line in town.log.events("route_run")}


def called(town, *words):
    return CliRunner().invoke(main, ["--config", str(town.root / "config"), "loglevel", *words])


async def test_one_route_is_logged_in_detail_until_somebody_takes_that_back(town):
    async with logged(town) as (gateway, loudness):
        assert await steps(town, gateway) == set()
        await ran(town, "loglevel", "r", "debug", "--reason", "A社と調査中")
        await loudness.look()
        (line,) = town.log.events("level_changed")
        assert (line["route"], line["reason"]) == ("r", "debug")
        assert await steps(town, gateway) == {"r"}
        await ran(town, "loglevel", "r", "--clear", "--reason", "調査終了")
        await loudness.look()
        assert await steps(town, gateway) == set()
        acts = [(one.act, one.subject, one.reason) for one in await gateway.journal.audit.entries(9)]
    assert acts == [("log-level", "route r", "A社と調査中"), ("log-level", "route r", "調査終了")]


async def test_what_was_said_of_a_route_is_over_with_its_time(town):
    async with logged(town) as (gateway, loudness):
        await ran(town, "loglevel", "r", "debug", "--until", "2h", "--reason", "調査中")
        await loudness.look()
        assert await steps(town, gateway) == {"r"}
    async with logged(town, clock=Ahead(timedelta(hours=3))) as (gateway, loudness):
        await loudness.look()
        assert await steps(town, gateway) == set()


async def test_a_route_that_is_too_loud_is_logged_less_and_all_others_as_before(town):
    async with logged(town, "debug") as (gateway, loudness):
        await ran(town, "loglevel", "r", "error", "--reason", "相手先の工事中")
        await loudness.look()
        assert await steps(town, gateway) == {"other"}


async def test_a_running_gateway_follows_by_itself_also_after_a_restart(town):
    for _ in range(2):
        stop = asyncio.Event()
        async with logged(town) as (gateway, _), asyncio.TaskGroup() as group:
            town.log.lines.clear()
            group.create_task(gateway.run(stop))
            await ran(town, "loglevel", "r", "debug", "--reason", "調査中")
            (line,) = await town.log.seen("level_changed")
            assert line["reason"] == "debug"
            await town.log.seen("route_run")
            stop.set()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rr", "debug", "--reason", "x"], "経路 rr はありません"),
        (["r", "loud", "--reason", "x"], "'loud' は使えません"),
        (["r", "debug"], "理由を --reason で"),
        (["r", "--reason", "x"], "ログの詳しさ（"),
        (["r", "debug", "--until", "2020-01-01", "--reason", "x"], "過去の日時です"),
    ],
)
def test_wrong_use_changes_nothing_and_says_what_is_meant(town, words, said):
    done = called(town, *words)
    assert (done.exit_code, said in done.output) == (2, True), done.output
    assert not (town.root / "state").exists()


async def test_which_routes_are_logged_otherwise_is_shown(town):
    async with town.gateway():
        assert json.loads((await asyncio.to_thread(called, town, "--json")).output) == []
        assert (await asyncio.to_thread(called, town, "r", "--clear", "--reason", "x")).exit_code == 1
        assert (await asyncio.to_thread(called, town, "r", "debug", "--reason", "調査中")).exit_code == 0
        (one,) = json.loads((await asyncio.to_thread(called, town, "--json")).output)
        assert (one["route"], one["level"], one["reason"]) == ("r", "debug", "調査中")
