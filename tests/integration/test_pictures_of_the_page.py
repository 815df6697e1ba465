"""The pictures of the status page follow people's word and the journal, not the dates alone."""

import pytest

from gateway.cutover import Override
from gateway.journal.switching import Said
from gateway.model import Format
from gateway.times.clock import SystemClock
from tests.integration.test_status_page import opened, people, town

__all__ = ["town"]


@pytest.fixture
def word():
    now = SystemClock().now()
    said = Override(format=Format.LEGACY, holds_from=now, back=True, own=True)
    return Said(scope="end:r:to", override=said, who="係", reason="試し", made_at=now)


async def test_the_timeline_shows_a_persons_word(town, word):
    async with opened(town) as (gateway, page):
        assert "override" not in (await page.get("/plan.svg"))[1]
        await gateway.journal.switching.overridden([word])
        assert "override" in (await page.get("/plan.svg"))[1]


async def test_the_map_counts_a_route_where_it_stands_until_its_end_has_passed(town, word):
    async with opened(town) as (gateway, page):
        await gateway.journal.switching.overridden([word])
        drawn = (await page.get("/map.svg"))[1]
    assert "現行 0" in drawn
    assert "過渡期 2" in drawn


SYSTEMS = """
systems:
  old: {vendor: v, standard_from: never, title: 汎用機}
  new: {vendor: v, standard_from: 2097-01-04T00:00:00+09:00}
  theirs: {vendor: v, standard_from: 2097-02-04T00:00:00+09:00, title: 他社の業務}
waves:
  secret-wave: {members: [theirs], at: 2097-02-04T00:00:00+09:00}
  common: {members: [s], at: 2097-03-04T00:00:00+09:00}
freezes: [{from: 2097-02-20, to: 2097-03-01, reason: 機密商会の切替}]
"""


@pytest.fixture
def shared(town):
    """A city in which ``w`` has the route ``s``, and ``v`` (機密商会) one with a system of its own."""
    file = town.root / "config/gateway.yaml"
    file.write_text(file.read_text().replace("{v: {}}", "{v: {title: 機密商会}, w: {title: 自社}}"))
    town.write("systems.yaml", SYSTEMS)
    for path in (town.root / "config/routes").rglob("[rs].yaml"):
        system = {"r": "theirs", "s": "new"}[path.stem]
        legacy = f'  legacy: {{endpoint: there, path: "{{stem}}.{path.stem}", layout: fixed}}'
        path.write_text(path.read_text().replace("  system: new\n", f"  system: {system}\n{legacy}\n"))
    return town


OTHERS = ("機密商会", "他社の業務", "theirs", "secret-wave", "の切替", ">r<", "r.yaml")


@pytest.mark.parametrize("path", ["/plan.svg", "/map.svg"])
async def test_a_vendor_sees_the_pictures_of_its_own_routes_and_no_name_of_another_one(
    shared, tmp_path, monkeypatch, path
):
    roles = {"w-sha": {"role": "vendor", "vendor": "w"}, "city": {"role": "viewer"}}
    async with opened(shared, people=people(tmp_path, monkeypatch, **roles)) as (_, page):
        await page.sign_in("city")
        _, whole, headers = await page.get(path)
        assert "他社の業務" in whole
        assert headers["Vary"] == "Cookie", (
            "who signs in after that with the same browser is shown no kept picture"
        )
        await page.sign_in("w-sha")
        status, own, _ = await page.get(path)
        assert (status, [name for name in OTHERS if name in own]) == (200, [])
        assert "new" in own
        assert "システム 2、経路 1" in own or path == "/plan.svg"
        assert "汎用機" in own or path == "/plan.svg"
        assert f'src="{path}"' in (await page.get(path.removesuffix(".svg")))[1]


async def test_a_vendor_without_a_route_sees_empty_pictures(shared, tmp_path, monkeypatch):
    roles = people(tmp_path, monkeypatch, **{"x-sha": {"role": "vendor", "vendor": "x"}})
    async with opened(shared, people=roles) as (_, page):
        await page.sign_in("x-sha")
        for path in ("/plan.svg", "/map.svg"):
            status, drawn, _ = await page.get(path)
            assert (status, [name for name in OTHERS if name in drawn]) == (200, [])
