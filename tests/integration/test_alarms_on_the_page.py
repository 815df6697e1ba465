"""What the status page says of alarms, to whom, and where it leads."""

import asyncio
import re

import pytest

from gateway.journal import Raised
from tests.integration.test_status_page import held, opened, people, town

__all__ = ["town"]  # the fixture


async def test_a_vendor_and_whoever_looks_for_it_find_the_alarm_of_its_route_that_does_not_run(
    town, tmp_path, monkeypatch
):
    """Also where the vendor's folder has another name than the vendor."""
    roles = {name: {"role": "vendor", "vendor": name} for name in ("v", "company")} | {
        "a": {"role": "viewer"}
    }
    company = "company: {routes: routes/w, contact: {desk: 保守窓口, telephone: 内線 123}}"
    written = (town.root / "config/gateway.yaml").read_text()
    town.write("gateway.yaml", written.replace("{v: {}}", f"{{v: {{}}, {company}}}"))
    stop = asyncio.Event()
    async with opened(town, people=people(tmp_path, monkeypatch, **roles)) as (gateway, page):
        async with asyncio.TaskGroup() as group:
            group.create_task(gateway.run(stop))
            await town.log.seen("route_rejected")
            stop.set()
        await gateway._desk.look()
        for who, seen in (("company", True), ("a", True), ("v", False)):
            await page.sign_in(who)
            text = (await page.get("/alarms"))[1]
            assert (who, "LGW-2101-E" in text, "保守窓口" in text) == (who, seen, seen)


async def test_the_day_names_the_route_of_each_alarm_and_what_exactly_is_wrong(town):
    async with opened(town) as (gateway, page):
        file = await held(gateway, town)
        await page.get("/language/en")
        (alarm,) = re.findall(r"<li>.*LGW-1201-E.*?</li>", (await page.get("/daily"))[1])
        assert '<a href="/routes/r">r</a>' in alarm
        assert file.id in alarm
        assert "record 1" in alarm
        assert "機密" not in alarm


@pytest.mark.parametrize("event", ["file_held_long", "attempt_failed", "file_not_taken", "receipt_differs"])
async def test_an_alarm_about_a_file_leads_to_the_file(town, event):
    async with opened(town) as (gateway, page):
        file = await held(gateway, town)
        await gateway.journal.released(file, who="田中", why="確認済み")
        await gateway._desk.look()
        await gateway.journal.people.raised(Raised(event=event, subject=file.id, route="r", vendor="v"))
        link = re.search(r'class="button" href="([^"]+)"', (await page.get("/alarms"))[1]).group(1)
        status, text, _ = await page.get(link)
        assert (link, status, "a.dat" in text) == (f"/transfers/{file.id}", 200, True)
