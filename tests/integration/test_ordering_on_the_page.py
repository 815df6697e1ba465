"""Cutovers, replays, closing alarms and the ledger on the status page, with a real gateway behind."""

import asyncio
import csv
import io
from datetime import timedelta

import pytest

from gateway.cutover import Condition, Verdict
from gateway.journal.people import Raised
from gateway.model import Format
from tests.integration.test_status_page import opened
from tests.support.city import CSV, FIXED, MAPPING, Town
from tests.support.cutovers import RECORD, TO_NEW

SAID = {"who": "田中", "reason": "計画どおり"}
SYSTEMS = """
systems:
  old: {vendor: v, standard_from: never}
  new: {vendor: v, standard_from: 2099-01-04T00:00:00+09:00, gate: {require: []}}
"""


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("systems.yaml", SYSTEMS)
    made.write("routes/v/r.yaml", TO_NEW.replace("{stem}.", "{stem}{revision}."))
    return made


async def stands(gateway, format_):
    """Wait until the destination of the route speaks a format."""
    async with asyncio.timeout(30):
        while gateway._journeys["r"].standing.to.format is not format_:
            await asyncio.sleep(0.05)


async def test_an_operator_switches_a_route_to_standard_and_back_from_its_page(town):
    stop = asyncio.Event()
    async with opened(town) as (gateway, page), asyncio.TaskGroup() as group:
        group.create_task(gateway.run(stop))
        await stands(gateway, Format.LEGACY)
        text = (await page.get("/routes/r"))[1]
        assert ("/act/switch/route%3Ar" in text, "/act/back/route%3Ar" in text) == (True, False)
        assert "経路 r の送信先" in (await page.get("/act/switch/route:r"))[1]
        assert (await page.act("switch", "route:r", **SAID))[0] == 303
        await stands(gateway, Format.STANDARD)
        text = (await page.get("/routes/r"))[1]
        assert ("/act/switch/route%3Ar" in text, "/act/back/route%3Ar" in text) == (False, True)
        assert (await page.act("back", "route:r", **SAID))[0] == 303
        await stands(gateway, Format.LEGACY)
        entries = await gateway.journal.audit.entries(9)
        stop.set()
    assert {one.who for one in entries if one.who != "gateway"} == {"田中 (status page)"}
    assert [one.reason for one in entries if one.who != "gateway"] == ["計画どおり"] * 2


async def test_a_switch_that_makes_no_sense_is_refused_with_what_the_gateway_says_of_it(town):
    town.write("systems.yaml", SYSTEMS + "freezes: [{from: 2000-01-01, to: 2098-12-31, reason: 異動期}]\n")
    async with opened(town) as (gateway, page):
        status, text, _ = await page.get("/act/switch/route:r")
        assert (status, "a freeze holds from 2000-01-01" in text, "実行できません" in text) == (
            409,
            True,
            True,
        )
        assert (await page.act("back", "route:r", **SAID))[0] == 409
        assert (await page.get("/act/switch/route:none"))[0] == 409
        assert await gateway.journal.switching.overrides() == []


async def test_an_operator_takes_back_a_switch_that_has_not_been_made(town):
    async with opened(town) as (gateway, page):
        later = {"until": "2098-06-01T00:00"}
        asked = (await page.get("/act/switch/route:r"))[1]
        assert ("経路 r の送信先" in asked, "切替条件を満たした時点で標準形式" in asked) == (True, True)
        assert (await page.act("switch", "route:r", **SAID, **later))[0] == 303
        (said,) = await gateway.journal.switching.overrides()
        assert (said.scope, said.override.holds_from.year) == ("end:r:to", 2098)
        assert "/act/clear/route%3Ar" in (await page.get("/routes/r"))[1]
        assert (await page.act("clear", "route:r", **SAID))[0] == 303
        assert await gateway.journal.switching.overrides() == []


async def test_an_operator_approves_a_cutover_and_waives_a_condition_that_is_not_met(town):
    town.write("systems.yaml", SYSTEMS.replace("[]", "[approved, {compared: 2}]"))
    async with opened(town) as (gateway, page):
        name = "new@2099-01-03T15:00:00Z"
        (coming,) = {one.name for one in (await _coming(gateway))}
        conditions = [Condition(name="approved", met=False), Condition(name="compared", met=False)]
        await gateway.journal.switching.gate_seen(coming, Verdict.CLOSED, conditions)
        subject = coming.partition("@")[0]
        text = (await page.get("/routes/r"))[1]
        assert all(f"/act/{word}/route%3A{subject}" in text for word in ("approve", "waive", "reopen")), name
        asked = (await page.get(f"/act/waive/route:{subject}"))[1]
        assert '<option value="compared">' in asked
        assert (await page.act("waive", f"route:{subject}", **SAID))[0] == 409
        assert (await page.act("waive", f"route:{subject}", **SAID, condition="compared"))[0] == 303
        assert (await page.act("approve", f"route:{subject}", **SAID))[0] == 303
        assert [one.act for one in await gateway.journal.audit.entries(9)] == ["waive", "approve"]


async def _coming(gateway):
    from gateway.switching.orders import outlook  # noqa: PLC0415 - where it is used

    return (await outlook(gateway.city, gateway.journal, gateway.clock)).cutovers


async def test_an_operator_sends_a_delivered_file_again_and_only_once_unless_asked_for(town):
    (town.here / "a.dat").write_bytes(RECORD)
    async with opened(town) as (gateway, page):
        await gateway.once(["r"], patience=timedelta(0))
        (sent,) = await gateway.journal.recent("r", 9)
        assert f"/act/replay/{sent.id}" in (await page.get(f"/transfers/{sent.id}"))[1]
        assert "a.dat → a.dat（1 レコード）" in (await page.get(f"/act/replay/{sent.id}"))[1]
        assert (await page.act("replay", sent.id, **SAID))[0] == 303
        await gateway.once(["r"], patience=timedelta(0))
        assert town.arrived().keys() == {"a.dat", "a-r2.dat"}
        assert (await page.act("replay", sent.id, **SAID))[0] == 409
        assert (await page.act("replay", sent.id, **SAID, again="yes"))[0] == 303
        assert (await page.act("replay", "none", **SAID))[0] == 409
        acts = [(one.act, one.subject) for one in await gateway.journal.audit.entries(9)]
    assert acts == [("replay", sent.id)] * 2


async def test_an_alarm_that_nothing_ends_is_closed_by_whoever_saw_to_it_and_no_other_alarm_is(town):
    async with opened(town) as (gateway, page):
        people = gateway.journal.people
        told = await people.raised(Raised(event="sign_in_failed", subject="192.0.2.1"))
        stands_still = await people.raised(Raised(event="file_held", subject="x", route="r", vendor="v"))
        text = (await page.get("/alarms"))[1]
        offered = [f"/act/close/{one.number}" in text for one in (told, stands_still)]
        assert offered == [True, False]
        assert (await page.act("close", told.number, **SAID))[0] == 303
        assert (await page.act("close", stands_still.number, **SAID))[0] == 409
        assert [one.number for one in await people.open_alarms()] == [stands_still.number]
        (entry,) = await gateway.journal.audit.entries(9)
        assert (entry.act, entry.reason) == ("close", "計画どおり")


async def test_the_ledger_shows_where_a_days_files_are_and_gives_them_as_csv(town):
    town.write("routes/w/s.yaml", TO_NEW.replace("*.dat", "*.dau").replace("{stem}.", "s-{stem}."))
    town.write(
        "gateway.yaml",
        f"gateway: {{name: test, state_dir: {town.root / 'state'}}}\nvendors: {{v: {{}}, w: {{}}}}\n",
    )
    (town.here / "a.dat").write_bytes(RECORD)
    (town.here / "b.dat").write_bytes(RECORD)
    (town.here / "c.dau").write_bytes(RECORD)
    async with opened(town) as (gateway, page):
        await gateway.once(["r", "s"], patience=timedelta(0))
        text = (await page.get("/ledger"))[1]
        assert ("/routes/r" in text, "/routes/s" in text, "不一致" in text) == (True, True, False)
        status, sheet, headers = await page.get("/ledger?as=csv&route=r")
        assert (status, headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
        rows = list(csv.DictReader(io.StringIO(sheet.removeprefix("\ufeff"))))
        (files,) = [row for row in rows if row["単位"] == "files"]
        assert (files["受入"], files["送達"], files["保留"], files["差"]) == ("2", "2", "0", "0")
        assert (await page.get("/ledger?since=x&day=2020-01-01"))[0] == 200
        _, sheet, _ = await page.get("/daily?as=csv")
        routes = {row["経路"]: row for row in csv.DictReader(io.StringIO(sheet.removeprefix("\ufeff")))}
        assert (routes["r"]["送達（件）"], routes["r"]["台帳"]) == ("2", "一致")
