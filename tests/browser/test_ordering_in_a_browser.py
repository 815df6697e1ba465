"""Cutovers, replays, decisions and the ledger in Chromium, with a gateway that runs its routes behind."""

import asyncio
import csv
import io
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.errors import InDoubt
from gateway.app import Around, Gateway
from gateway.lifecycle import State
from gateway.model import Format
from gateway.times.clock import SystemClock
from tests.browser.test_in_a_browser import PATIENCE, faults_of
from tests.integration.test_status_page import PASSWORD, people
from tests.support.city import CSV, FIXED, MAPPING, Town
from tests.support.cutovers import RECORD, TO_NEW
from tests.support.screens import bench

SYSTEMS = """
systems:
  old: {vendor: v, standard_from: never}
  new: {vendor: v, standard_from: "%s", gate: {require: [%s], announce: 7d}}
"""


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("systems.yaml", SYSTEMS % ("2099-01-04T00:00:00+09:00", ""))
    made.write("routes/v/r.yaml", TO_NEW.replace("{stem}.", "{stem}{revision}.").replace("10m", "1s"))
    return made


@asynccontextmanager
async def opened(town, *, around=None, **console):
    """The page of the town's running gateway in a browser, on which serious faults of accessibility are looked for."""
    gateway = Gateway(town.load(), clock=SystemClock(), report=town.report(), around=around)
    async with gateway, bench(gateway, gateway.report, **console) as one, one.window() as page:
        page.set_default_timeout(PATIENCE)
        page.gateway, page.base = gateway, one.base
        yield page


async def at(page, path):
    await page.goto(page.base + path)
    assert (path, await faults_of(page)) == (path, [])


async def does(page, action, done, *, label="理由"):
    """Choose an action on the page, say who and why, and read that it was done."""
    await page.get_by_role("link", name=action, exact=True).click()
    assert (action, await faults_of(page)) == (action, [])
    await page.get_by_label("あなたの氏名").fill("田中")
    await page.get_by_label(label).fill("計画どおり")
    await page.get_by_role("button", name="実行する").click()
    await page.get_by_text(done, exact=True).wait_for()


async def stands(gateway, format_):
    async with asyncio.timeout(PATIENCE / 1000):
        while gateway._journeys["r"].standing.to.format is not format_:
            await asyncio.sleep(0.05)


async def settled(gateway, count):
    """The last of so many files that were delivered."""
    async with asyncio.timeout(PATIENCE / 1000):
        while True:
            found = [one for one in await gateway.journal.recent("r", 9) if one.state is State.SETTLED]
            if len(found) == count:
                return found[0]
            await asyncio.sleep(0.05)


async def test_an_operator_runs_a_route_that_is_not_due_yet(town):
    path = town.root / "config/routes/v/r.yaml"
    path.write_text(path.read_text().replace("every: 1s", "every: 24h"))
    async with opened(town) as page:
        await town.log.seen("route_started")
        (town.here / "a.dat").write_bytes(RECORD)
        await at(page, "/routes/r")
        await does(page, "今すぐ実行", "実行を指示しました")
        await settled(page.gateway, 1)
        await page.get_by_role("cell", name="送達").first.wait_for()


async def test_people_sign_in_and_who_only_looks_is_offered_no_action(town, tmp_path, monkeypatch):
    roles = people(tmp_path, monkeypatch, tanaka={"role": "operator"}, suzuki={"role": "viewer"})
    async with opened(town, people=roles) as page:
        for name, offered in (("suzuki", 0), ("tanaka", 1)):
            await at(page, "/routes/r")
            await page.get_by_label("名前").fill(name)
            await page.get_by_label("パスワード").fill("wrong")
            await page.get_by_role("button", name="ログイン").click()
            await page.get_by_role("alert").wait_for()
            await page.get_by_label("名前").fill(name)
            await page.get_by_label("パスワード").fill(PASSWORD)
            await page.get_by_role("button", name="ログイン").click()
            await page.get_by_text(name).first.wait_for()
            await at(page, "/routes/r")
            assert await page.get_by_role("link", name="一時停止").count() == offered
            if offered:
                await page.get_by_role("link", name="一時停止").click()
                assert await page.get_by_label("あなたの氏名").count() == 0
                await page.get_by_label("理由").fill("点検")
                await page.get_by_role("button", name="実行する").click()
                await page.get_by_text("一時停止しました").wait_for()
            await page.get_by_role("button", name="ログアウト").click()
            await page.get_by_label("パスワード").wait_for()
        (pause,) = await page.gateway.journal.people.pauses()
        assert (pause.who, pause.reason) == ("tanaka", "点検")


async def test_an_operator_switches_a_route_and_sends_it_back(town):
    async with opened(town) as page:
        await at(page, "/routes/r")
        await does(page, "標準形式へ切替", "切替を指示しました")
        await stands(page.gateway, Format.STANDARD)
        await page.locator(".phase", has_text="過渡期").first.wait_for()
        await at(page, "/routes/r")
        await does(page, "現行形式へ戻す", "現行形式へ戻す指示をしました")
        await stands(page.gateway, Format.LEGACY)


async def test_an_operator_takes_back_a_switch_that_was_ordered_for_later(town):
    async with opened(town) as page:
        await at(page, "/routes/r")
        await page.get_by_role("link", name="標準形式へ切替").click()
        await page.get_by_label("切替の日時").fill("2098-06-01T00:00")
        await page.get_by_label("あなたの氏名").fill("田中")
        await page.get_by_label("理由").fill("日程変更")
        await page.get_by_role("button", name="実行する").click()
        await does(page, "指示の取消", "指示を取り消しました")
        assert await page.gateway.journal.switching.overrides() == []


async def test_a_closed_gate_is_approved_and_its_other_condition_waived_and_the_cutover_is_made(town):
    instant = (SystemClock().now() + timedelta(seconds=3)).isoformat()
    town.write("systems.yaml", SYSTEMS % (instant, "approved, {compared: 1}"))
    async with opened(town) as page:
        await town.log.seen("gate_closed")
        await at(page, "/routes/r")
        await does(page, "承認", "承認しました")
        await at(page, "/routes/r")
        await page.get_by_role("link", name="条件の免除").click()
        offered = await page.get_by_label("免除する条件").locator("option").all_inner_texts()
        assert "比較の一致" in offered
        await page.get_by_label("免除する条件").select_option(label="比較の一致")
        await page.get_by_label("あなたの氏名").fill("田中")
        await page.get_by_label("理由").fill("比較は手作業で確認済み")
        await page.get_by_role("button", name="実行する").click()
        await page.get_by_text("条件を免除しました").wait_for()
        await stands(page.gateway, Format.STANDARD)
        told = {one.act for one in await page.gateway.journal.audit.entries(20) if one.who != "gateway"}
        assert told == {"approve", "waive"}


async def test_a_gate_that_was_closed_and_waits_for_a_word_is_reopened_and_the_cutover_is_made(town):
    instant = (SystemClock().now() + timedelta(seconds=3)).isoformat()
    by_hand = SYSTEMS.replace("announce: 7d", "announce: 7d, reopen: manual")
    town.write("systems.yaml", by_hand % (instant, "approved"))
    async with opened(town) as page:
        await town.log.seen("gate_closed")
        await at(page, "/routes/r")
        await does(page, "承認", "承認しました")
        async with asyncio.timeout(PATIENCE / 1000):
            while not await page.get_by_text("再判定には操作者の許可").count():
                await at(page, "/routes/r")
        assert page.gateway._journeys["r"].standing.to.format is Format.LEGACY
        await does(page, "再判定を許可", "再判定を許可しました")
        await stands(page.gateway, Format.STANDARD)
        told = [one.act for one in await page.gateway.journal.audit.entries(20) if one.who != "gateway"]
        assert sorted(told) == ["approve", "reopen"]


async def test_a_delivered_file_is_sent_again_once_and_a_second_time_only_if_that_is_meant(town):
    (town.here / "a.dat").write_bytes(RECORD)
    async with opened(town) as page:
        sent = await settled(page.gateway, 1)
        await at(page, f"/transfers/{sent.id}")
        await does(page, "再送", "再送を指示しました")
        await settled(page.gateway, 2)
        assert town.arrived().keys() == {"a.dat", "a-r2.dat"}
        await page.get_by_role("link", name="再送", exact=True).click()
        await page.get_by_label("あなたの氏名").fill("田中")
        await page.get_by_label("理由").fill("もう一度")
        await page.get_by_role("button", name="実行する").click()
        await page.get_by_role("alert").wait_for()
        assert await faults_of(page) == []
        await page.get_by_label("以前に再送したものも").check()
        await page.get_by_label("あなたの氏名").fill("田中")
        await page.get_by_label("理由").fill("もう一度")
        await page.get_by_role("button", name="実行する").click()
        await page.get_by_text("再送を指示しました").wait_for()
        await settled(page.gateway, 3)


async def test_a_file_that_was_perhaps_collected_counts_as_delivered_once_its_consumer_says_so(town):
    def around(name, adapter):
        write = adapter.write

        async def collected_at_once(target, chunks):
            await write(target, chunks)
            (town.there / target.path).unlink()
            raise InDoubt("the connection went after the last byte")

        if name == "there":
            adapter.write = collected_at_once
        return adapter

    town.route(to="taken: {by: removed}", rest="after: delete\nretry: {fast: {times: 5, within: 1s}}\n")
    (town.here / "a.dat").write_bytes(b"one")
    async with opened(town, around=Around(adapter=around)) as page:
        await town.log.seen("file_held")
        await at(page, "/held")
        await page.get_by_text("perhaps_collected").wait_for()
        await does(page, "引取済みとする", "配信済みとしました")
        sent = await settled(page.gateway, 1)
        assert (sent.outcome, list(town.here.glob("*.dat")), town.arrived()) == ("delivered", [], {})


async def test_an_alarm_that_nothing_ends_is_closed_with_what_was_done(town):
    (town.here / "a\tb.dat").write_bytes(RECORD)
    async with opened(town) as page:
        await town.log.seen("name_refused")
        await page.gateway._desk.look()
        await at(page, "/alarms")
        await does(page, "対応済みにする", "対応済みにしました", label="行った対処")
        assert await page.locator(".alarm").count() == 0
        assert await page.gateway.journal.people.open_alarms() == ()


async def test_the_ledger_is_read_for_a_day_and_taken_away_as_a_sheet(town):
    (town.here / "a.dat").write_bytes(RECORD)
    async with opened(town) as page:
        await settled(page.gateway, 1)
        await at(page, "/ledger")
        assert await page.get_by_role("row", name="r").get_by_text("一致").count() == 1
        async with page.expect_download() as started:
            await page.get_by_role("button", name="CSV").click()
        path = await (await started.value).path()
        rows = list(csv.DictReader(io.StringIO(Path(path).read_text(encoding="utf-8-sig"))))
        (records,) = [row for row in rows if row["単位"] == "records"]
        assert (records["受入"], records["送達"], records["差"]) == ("1", "1", "0")
        await page.get_by_label("はじめの日").fill("2020-01-01")
        await page.get_by_label("おわりの日").fill("2020-01-02")
        await page.get_by_role("button", name="表示").click()
        await page.get_by_text("受渡しはまだありません").wait_for()
