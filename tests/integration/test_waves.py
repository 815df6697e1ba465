"""Waves: systems and routes that switch together, ends that follow them, and routes that are taken out before."""

import asyncio
import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from gateway.app import Gateway
from gateway.cli import main
from gateway.cli.status import seen_in
from gateway.cutover import Condition, Verdict
from gateway.journal.switching import Ruling
from gateway.load import load
from gateway.status import route_status
from gateway.switching.orders import Order
from gateway.switching.outlook import outlook
from tests.support.clock import HandClock
from tests.support.cutovers import TO_NEW, L, S, T, day, prepared

SYSTEMS = """
systems:
  old: {vendor: v, standard_from: never}
  new: {vendor: v}
  other: {vendor: v, standard_from: never}
waves:
  spring: {members: [%s], at: 2027-01-04T00:00:00+09:00, require: [approved]}
"""
FOLLOWING = """
accepted:
  - {route: s, end: to, standard_from: {after: spring}, reason: 相手先が後から移る}
"""


@pytest.fixture
def town(tmp_path):
    """Two routes: ``r`` to a system of the wave, ``s`` to another one."""
    made = prepared(tmp_path)
    made.write("systems.yaml", SYSTEMS % "new")
    made.write("routes/v/r.yaml", TO_NEW)
    made.write("routes/v/s.yaml", to_other())
    return made


def to_other(more=""):
    text = TO_NEW.replace("system: new\n", f"system: other\n{more}")
    return text.replace("{stem}", "s-{stem}").replace("*.dat", "*.bin")


async def stands(today):
    found = await today.gateway.journal.switching.stands()
    return found["r", "to"].stand.format, found["s", "to"].stand.format


async def look(today, **later):
    today.clock.move(**later)
    await today.gateway.once(["r", "s"], patience=timedelta(seconds=0))


async def approve(today):
    ruling = Ruling(
        cutover="wave:spring@2027-01-03T15:00:00Z", kind="approve", subject="r", who="tanaka", reason="可"
    )
    await today.gateway.journal.switching.ruled(ruling)


async def test_a_route_that_is_a_member_switches_with_the_systems_of_the_wave_at_its_instant(town):
    town.write("systems.yaml", SYSTEMS % "new, s")
    async with day(town, T - timedelta(hours=1)) as today:
        await look(today)
        await look(today, hours=2)
        assert await stands(today) == (L, L)
        await approve(today)
        await look(today, minutes=2)
        assert await stands(today) == (S, S)
    [passed] = town.log.events("end_passed")
    assert passed["reason"] == "r/to, s/to"


TO_SAME = TO_NEW.replace("{stem}", "s-{stem}").replace("*.dat", "*.bin")


@pytest.mark.parametrize(
    ("members", "whole", "broken", "waits"),
    [
        ("new, s", to_other(), to_other().replace("schedule:", "shedule:"), True),
        ("new", TO_SAME, TO_SAME.replace("schedule:", "shedule:"), True),
        ("new", TO_SAME, "from: {", True),
        ("new", to_other(), to_other().replace("schedule:", "shedule:"), False),
    ],
    ids=["a member", "of a member system", "of which nothing can be read", "of no member"],
)
async def test_a_wave_waits_for_a_route_that_its_file_keeps_from_running(town, members, whole, broken, waits):
    """It would stay behind in the old format, and the wave be half."""
    town.write("systems.yaml", (SYSTEMS % members).replace("[approved]", "[]"))
    town.write("routes/v/s.yaml", whole)
    async with day(town, T - timedelta(hours=1)) as today:
        await look(today)
    town.write("routes/v/s.yaml", broken)
    async with Gateway(load(town.root / "config"), clock=HandClock(T), report=town.report()) as gateway:
        await gateway.once(["r"], patience=timedelta(seconds=0))
        formats = {end: flip.stand.format for end, flip in (await gateway.journal.switching.stands()).items()}
        assert formats["r", "to"] is (L if waits else S)
        seen = (await gateway.journal.switching.gates())["wave:spring@2027-01-03T15:00:00Z"]
        unmet = {one.name: one.says for one in seen.conditions if not one.passes}
        told = {"complete": "these routes have faults and would stay behind; check says which: s"}
        assert unmet == (told if waits else {})
    town.write("routes/v/s.yaml", whole)
    async with day(town, T + timedelta(hours=1)) as today:
        await look(today)
        assert await stands(today) == (S, S if waits else L)


async def test_an_end_that_follows_a_wave_waits_for_it_and_not_for_its_instant_alone(town):
    town.write("systems.yaml", SYSTEMS % "new" + FOLLOWING)
    town.write("routes/v/s.yaml", to_other("  standard_from: {after: spring}\n"))
    async with day(town, T - timedelta(hours=1)) as today:
        await look(today)
        await look(today, hours=2)
        assert await stands(today) == (L, L)
        closed = {one["cutover"]: one["reason"] for one in town.log.events("gate_closed")}
        assert closed["s"] == "wave: wave spring has not switched r/to"
        await approve(today)
        await look(today, minutes=2)
        await look(today, minutes=2)
        assert await stands(today) == (S, S)
    assert [one["cutover"] for one in town.log.events("end_passed")] == ["wave:spring", "s"]


async def test_a_route_that_is_taken_out_before_the_instant_stays_and_the_wave_goes_without_it(town):
    town.write("systems.yaml", SYSTEMS % "new, s")
    async with day(town, T - timedelta(hours=1)) as today:
        await look(today)
        await approve(today)
    done = await asyncio.to_thread(
        switched, town, "s", "--wave", "spring", "--without", "--reason", "試験が済まない"
    )
    assert "経路 s の送信先：" in done
    async with day(town, T - timedelta(minutes=30)) as today:
        await look(today, hours=2)
        assert await stands(today) == (S, L)
    [word] = [line for line in await asyncio.to_thread(audited, town) if line["act"] == "switch"]
    assert (word["subject"], word["reason"]) == ("end:s:to", "試験が済まない")


def switched(town, *words):
    done = CliRunner().invoke(main, ["--config", str(town.root / "config"), "switch", *words])
    assert done.exit_code == 0, done.output
    return done.output


def audited(town):
    done = CliRunner().invoke(main, ["--config", str(town.root / "config"), "audit", "--json"])
    return json.loads(done.output)


async def test_a_wave_goes_without_a_route_that_has_faults_if_a_person_says_so(town):
    town.write("systems.yaml", (SYSTEMS % "new, s").replace("[approved]", "[]"))
    town.write("routes/v/s.yaml", to_other())
    async with day(town, T - timedelta(hours=1)) as today:
        await look(today)
    town.write("routes/v/s.yaml", to_other().replace("schedule:", "shedule:"))
    city, clock = load(town.root / "config"), HandClock(T)
    async with Gateway(city, clock=clock, report=town.report()) as gateway:
        await gateway.once(["r"], patience=timedelta(seconds=0))
        told = {"who": "tanaka", "reason": "s は後日"}
        order = Order(verb="waive", city=city, clock=clock, wave="spring", waive="complete", **told)
        await order.carry_out(gateway.journal)
        clock.move(minutes=2)
        await gateway.once(["r"], patience=timedelta(seconds=0))
        flips = await gateway.journal.switching.stands()
        assert {end: flip.stand.format for end, flip in flips.items()}["r", "to"] is S


async def test_status_says_what_the_way_back_of_one_route_of_a_wave_waits_for(town):
    town.write("systems.yaml", (SYSTEMS % "new").replace("[approved]", "[]"))
    async with day(town, T - timedelta(hours=1)) as today:
        await look(today)
        await look(today, hours=1)
        today.clock.move(days=1)
        city, journal = town.load(), today.gateway.journal
        order = Order(verb="back", city=city, clock=today.clock, ends=("r",), who="tanaka", reason="不具合")
        await order.carry_out(journal)
        (back,) = (await outlook(city, journal, today.clock)).cutovers
        assert back.subject == "r", "the wave itself stays"
        waits = Condition(name="finished", met=False, says="1 claimed deliveries are not at their end")
        await journal.switching.gate_seen(back.name, Verdict.DRAINING, [waits])
        row = route_status(city, "r", await seen_in(city, journal), today.clock.now())
        assert row.gate == ("finished: 1 claimed deliveries are not at their end",)
