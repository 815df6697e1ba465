"""The pictures of the status page follow people's word and the journal, not the dates alone."""

import pytest

from gateway.cutover import Override
from gateway.journal.switching import Said
from gateway.model import Format
from gateway.times.clock import SystemClock
from tests.integration.test_status_page import opened, town

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
