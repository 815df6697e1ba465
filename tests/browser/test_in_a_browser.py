"""The status page in Chromium, with the sample city running behind it."""

import asyncio
import json
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe

from tests.support.screens import PAGES, ROUTE, screen, shown

SCREENS = Path(__file__).resolve().parents[2] / "docs/screens"
PATIENCE = 20_000  # milliseconds


@pytest.fixture
async def one(tmp_path):
    async with screen(tmp_path) as made:
        yield made


async def faults_of(page):
    found = await Axe().run(page)
    return [
        (fault["id"], [node["html"][:120] for node in fault["nodes"]])
        for fault in found.response["violations"]
        if fault["impact"] in ("serious", "critical")
    ]


async def test_no_page_has_a_serious_fault_of_accessibility_or_is_wider_than_its_window(one):
    await one.gateway.journal.people.pause("route", "kyushoku-to-zaimu", who="田中", reason="更新作業")
    for scheme in ("light", "dark"):
        async with one.window(color_scheme=scheme) as page:
            for name in PAGES:
                await page.goto(one.address(name))
                assert (scheme, name, await faults_of(page)) == (scheme, name, [])
                wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert (name, wide <= 0) == (name, True)


async def test_no_page_asks_another_server_for_anything_or_breaks_its_own_rules(one):
    asked, said = set(), []
    async with one.window() as page:
        page.on("request", lambda request: asked.add("/".join(request.url.split("/")[:3])))
        page.on("console", lambda line: said.append(line.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        for name in PAGES:
            await page.goto(one.address(name))
        await page.goto(one.base)
        await page.wait_for_function("document.querySelector('.link.on')")
    assert (asked, said) == ({one.base}, [])


async def test_an_operator_pauses_and_resumes_a_route_with_the_keyboard_alone(one):
    async with one.window() as page:
        await page.goto(one.address("route"))
        await page.get_by_role("link", name="一時停止").focus()
        await page.keyboard.press("Enter")
        await page.get_by_label("あなたの氏名").focus()
        await page.keyboard.type("田中")
        await page.keyboard.press("Tab")
        await page.keyboard.type("送信元の点検")
        await page.get_by_role("button", name="実行する").focus()
        await page.keyboard.press("Enter")
        await page.get_by_text("一時停止しました").wait_for(timeout=PATIENCE)
        await page.locator(".facts .chip.paused").wait_for(timeout=PATIENCE)
        (pause,) = await one.gateway.journal.people.pauses()
        assert (pause.name, pause.who, pause.reason) == (ROUTE, "田中 (status page)", "送信元の点検")
        await page.get_by_role("link", name="再開").click()
        await page.get_by_label("あなたの氏名").fill("田中")
        await page.get_by_label("理由").fill("点検終了")
        await page.get_by_role("button", name="実行する").click()
        await page.locator(".facts .chip.running").wait_for(timeout=PATIENCE)
        assert await one.gateway.journal.people.pauses() == ()


async def test_what_happens_shows_on_the_open_page_without_a_reload(one):
    async with one.window() as page:
        await page.goto(one.base)
        assert await page.locator(".alarm").count() == 1
        row = page.locator(f"tr[data-route='{ROUTE}']")
        assert "wrong" in (await row.get_attribute("class"))
        await page.evaluate("window.kept = true")
        await one.gateway.journal.people.pause("route", ROUTE, who="田中", reason="点検")
        await page.locator(f"tr[data-route='{ROUTE}'] .chip.paused").wait_for(timeout=PATIENCE)
        await page.locator(".pauses li").wait_for(timeout=PATIENCE)
        assert await page.evaluate("window.kept")


async def test_an_operator_takes_an_alarm_on_and_the_next_shift_reads_the_note(one):
    async with one.window() as page:
        await page.goto(one.base)
        await page.locator(".alarm").get_by_role("link", name="引き受ける").click()
        await page.get_by_label("あなたの氏名").fill("田中")
        await page.get_by_label("メモ").fill("B社に再送を依頼済み")
        await page.get_by_role("button", name="実行する").click()
        await page.get_by_text("B社に再送を依頼済み").wait_for(timeout=PATIENCE)
        assert await page.locator(".tile", has_text="要対応").locator("b").inner_text() == "0"


async def test_a_held_file_is_released_from_its_page_and_held_again_as_it_is_still_bad(one):
    async with one.window() as page:
        await page.goto(one.address("held"))
        await page.get_by_role("link", name="保留解除").click()
        await page.get_by_label("あなたの氏名").fill("田中")
        await page.get_by_label("理由").fill("B社が確認済み")
        await page.get_by_role("button", name="実行する").click()
        await page.get_by_text("保留を解除しました").wait_for(timeout=PATIENCE)
        async with asyncio.timeout(PATIENCE / 1000):
            steps = []
            while steps[-2:] != ["release", "hold"]:
                steps = [step.event for step in await one.gateway.journal.history(one.held)]
                await asyncio.sleep(0.1)
        await page.goto(one.address("transfer"))
        assert await page.get_by_role("cell", name="保留解除").count() == 1


async def test_the_board_is_sifted_by_words_and_by_what_needs_a_person(one):
    async with one.window() as page:
        await page.goto(one.base)
        rows = page.locator("tr[data-route]:visible")
        assert await rows.count() == 5
        await page.get_by_label("絞り込み").fill("国民健康")
        assert await rows.count() == 1
        await page.get_by_label("絞り込み").fill("")
        await page.get_by_label("要対応のみ").check()
        assert await rows.count() == 1


async def test_everything_is_there_without_script(one):
    async with one.window(java_script_enabled=False) as page:
        for name in PAGES:
            await page.goto(one.address(name))
            assert await page.locator("h1").count() == 1
        await page.goto(one.address("pause"))
        await page.get_by_label("あなたの氏名").fill("田中")
        await page.get_by_label("理由").fill("点検")
        await page.get_by_role("button", name="実行する").click()
        assert [one.name for one in await one.gateway.journal.people.pauses()] == [ROUTE]


async def test_the_language_is_chosen_with_a_click_and_stays(one):
    async with one.window() as page:
        await page.goto(one.address("route"))
        await page.get_by_role("link", name="English").click()
        assert await page.locator("html").get_attribute("lang") == "en"
        await page.goto(one.base)
        assert "What needs a person" in await shown(page)


async def test_the_pictures_of_the_manual_show_the_page_as_it_is(one):
    """Otherwise run: make screens."""
    known = json.loads((SCREENS / "screens.json").read_text(encoding="utf-8"))
    assert known.keys() == PAGES.keys()
    await one.gateway.journal.people.pause(
        "route", "kyushoku-to-zaimu", who="田中", reason="送信元サーバーの更新作業のため"
    )
    async with one.window() as page:
        for name in PAGES:
            await page.goto(one.address(name))
            now = await shown(page)
            assert (name, [text for text in known[name] if text not in now]) == (name, [])
            assert (SCREENS / f"{name}.png").stat().st_size > 10_000
