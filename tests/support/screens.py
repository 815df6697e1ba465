"""The sample city with its status page in a real browser: for the tests of the page, and for the manual's pictures.

``python -m tests.support.screens docs/screens`` takes the pictures anew, with what each of them shows beside them.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from gateway.app import Gateway
from gateway.config import Console
from gateway.console.server import ConsoleServer
from gateway.demo import play
from gateway.logs.log import Reporter
from gateway.times.clock import SystemClock

CHROMIUM = "/usr/bin/chromium"
WIDTH, HEIGHT = 1280, 860
ROUTE = "kaigo-to-atena"

PAGES = {
    "overview": "/",
    "alarms": "/alarms",
    "held": "/held",
    "route": f"/routes/{ROUTE}",
    "transfer": "/transfers/{held}",
    "plan": "/plan",
    "map": "/map",
    "daily": "/daily",
    "audit": "/audit",
    "ledger": "/ledger",
    "search": "/search?q=juki",
    "pause": f"/act/pause/route:{ROUTE}?back=/routes/{ROUTE}",
    "release": "/act/release/{held}?back=/held",
    "sent": "/transfers/{sent}",
    "replay": "/act/replay/{sent}?back=/transfers/{sent}",
    "switch": f"/act/switch/route:{ROUTE}?back=/routes/{ROUTE}",
}
"""Every page that has a picture; {held} is a held file, {sent} one that was delivered."""

SHOWN = "h1, h2, h3, th, dt, label, nav a, button, .button"
"""What a picture is told by: headings, columns, fields and buttons, not the data."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A running gateway and a browser before its page."""

    gateway: Gateway
    browser: Browser
    base: str

    @asynccontextmanager
    async def window(self, **more: object) -> AsyncIterator[Page]:
        given = {"viewport": {"width": WIDTH, "height": HEIGHT}, "locale": "ja-JP"} | more
        context = await self.browser.new_context(**given)
        try:
            yield await context.new_page()
        finally:
            await context.close()


@dataclass(frozen=True, kw_only=True)
class Screen(Bench):
    """The sample city. ``held`` is a file that waits for a person, ``sent`` one that was delivered."""

    held: str
    sent: str
    servers: Path

    def address(self, name: str) -> str:
        return self.base + PAGES[name].format(held=self.held, sent=self.sent)


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    """A browser without a window."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def bench(gateway: Gateway, report: Reporter, **more: object) -> AsyncIterator[Bench]:
    """A gateway that runs its routes, before a browser whose user is an operator; ``more`` is of its console."""
    console = Console.model_validate({"listen": "127.0.0.1:0", "local_role": "operator"} | more)
    stop = asyncio.Event()
    async with (
        browsing() as browser,
        ConsoleServer(gateway, console, clock=gateway.clock, report=report) as server,
        asyncio.TaskGroup() as group,
    ):
        group.create_task(gateway.run(stop))
        try:
            yield Bench(gateway=gateway, browser=browser, base=server.address.rstrip("/"))
        finally:
            stop.set()


@asynccontextmanager
async def screen(folder: Path) -> AsyncIterator[Screen]:
    """The sample city with a few files carried, one held, and every route running."""
    async with play._stage(folder) as stage:
        await asyncio.to_thread(stage.seeder.seed, 0, now=SystemClock().now(), files=2)
        carried = await stage.gateway.once(list(stage.gateway.city.routes), patience=play.PATIENCE)
        bad = folder / "servers/sftp/kaigo/out/ATENA_20261124_900001.dat"
        bad.write_bytes(b"X" * 100)
        (result,) = await stage.gateway.once([ROUTE], patience=play.PATIENCE)
        (sent, *_) = [one.id for each in carried for one in each.transfers if each.route == ROUTE]
        async with bench(stage.gateway, stage.board) as made:
            await _told(stage.gateway)
            yield Screen(
                gateway=made.gateway,
                browser=made.browser,
                base=made.base,
                held=result.transfers[-1].id,
                sent=sent,
                servers=folder / "servers",
            )


async def _told(gateway: Gateway) -> None:
    """Until the held file is in the book of alarms."""
    async with asyncio.timeout(60):
        while not await gateway.journal.people.open_alarms():
            await asyncio.sleep(0.1)


async def shown(page: Page) -> list[str]:
    """What the page shows whatever the data are, each once, in order."""
    texts = await page.locator(SHOWN).all_inner_texts()
    return list(dict.fromkeys(text.strip() for text in texts if text.strip()))


async def take(folder: Path, pictures: Path) -> None:
    """Take every picture, and note beside them what they show."""
    async with screen(folder) as one, one.window(device_scale_factor=1) as page:
        await one.gateway.journal.people.pause(
            "route", "kyushoku-to-zaimu", who="田中", reason="送信元サーバーの更新作業のため"
        )
        notes = {}
        for name in PAGES:
            await page.goto(one.address(name))
            await page.wait_for_timeout(500)
            await page.screenshot(path=pictures / f"{name}.png", full_page=True)
            notes[name] = await told(one, page, name)
    text = json.dumps(notes, ensure_ascii=False, indent=1) + "\n"
    (pictures / "screens.json").write_text(text, encoding="utf-8")


async def told(one: Screen, page: Page, name: str) -> list[str]:
    """What a page shows, without the names of routes and files."""
    await page.goto(one.address(name))
    return [
        text
        for text in await shown(page)
        if not any(sign in text for sign in ("2026", "T0", one.held, one.sent))
    ]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        target = Path(sys.argv[1])
        os.makedirs(target, exist_ok=True)  # noqa: PTH103 - one line
        asyncio.run(take(Path(temporary), target))
