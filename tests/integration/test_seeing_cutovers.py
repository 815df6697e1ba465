"""What people see of cutovers at the terminal and on the page: what is announced, what is held, and what is by hand."""

import json
from datetime import timedelta

import pytest

from gateway.cli.audit import detail_of
from tests.integration.test_status_page import opened
from tests.integration.test_switching_by_hand import PAST, ran
from tests.support.cutovers import SYSTEMS, TO_NEW, L, day, prepared

APPROVAL = "approved: nobody approved it yet"


@pytest.fixture
def town(tmp_path):
    """A town whose cutover is past by every clock, and was not made: nobody approved it."""
    made = prepared(tmp_path)
    made.write("routes/v/r.yaml", TO_NEW)
    made.write("systems.yaml", (SYSTEMS % "{require: [approved]}").replace("2027-01-04", "2026-01-04"))
    return made


async def seen_before_and_after(town):
    async with day(town, PAST - timedelta(hours=1)) as today:
        await today.once()
        today.clock.move(hours=2)
        await today.once()
        assert today.formats == (L, L)


async def rows(town):
    """What ``status --json`` says on standard output; that no gateway runs follows on the other stream."""
    return json.JSONDecoder().raw_decode((await ran(town, "status", "--json"))[1])[0]


async def test_status_says_that_a_cutover_is_held_and_by_what(town):
    await seen_before_and_after(town)
    said = (await ran(town, "status"))[1]
    assert f"r: the cutover of 2026-01-04 00:00 is held: {APPROVAL}" in said
    [row] = await rows(town)
    assert (row["state"], row["why"]) == ("waiting", f"its cutover waits: {APPROVAL}")
    assert (row["next_cutover"], row["cutover_due"]) == ("2026-01-04T00:00:00+09:00", True)
    assert row["gate"] == [APPROVAL]


async def test_an_announced_cutover_says_what_it_still_lacks_and_the_route_runs(town):
    text = (SYSTEMS % "{require: [approved], announce: 36000d}").replace("2027-01-04", "2097-01-04")
    town.write("systems.yaml", text)
    await seen_before_and_after(town)
    said = (await ran(town, "status"))[1]
    assert f"r: the cutover of 2097-01-04 00:00 still lacks: {APPROVAL}" in said
    [row] = await rows(town)
    assert (row["state"], row["cutover_due"]) == ("running", False)


async def test_a_word_by_hand_stands_beside_the_phase_with_who_and_why(town):
    await seen_before_and_after(town)
    assert (await ran(town, "switch", "r:to", "--to", "legacy", "--reason", "延期"))[0] == 0
    said = (await ran(town, "status"))[1]
    assert "r: by hand: to speaks legacy from " in said
    assert ": 延期)" in said
    [row] = await rows(town)
    [word] = row["by_hand"]
    assert (word["end"], word["format"], word["reason"]) == ("to", "legacy", "延期")
    assert (await ran(town, "switch", "r", "--clear", "--reason", "再開"))[0] == 0
    assert "by hand" not in (await ran(town, "status"))[1]


async def test_what_is_coming_is_shown_before_the_first_start_too(town):
    town.write("systems.yaml", (SYSTEMS % "{require: [approved]}").replace("2027-01-04", "2097-01-04"))
    code, said = await ran(town, "switch", "--show")
    assert code == 0
    assert "2097-01-04 00:00" in said
    assert "r/to → standard" in said


async def test_the_audit_log_says_in_one_line_what_changed_to_which_format_and_when_it_was_planned(town):
    await seen_before_and_after(town)
    code, said = await ran(town, "switch", "r", "--approve", "--reason", "承認")
    assert (code, "planned 2026-01-04T00:00:00+09:00" in said) == (0, True)
    async with day(town, PAST + timedelta(hours=2)) as today:
        await today.once()
    assert detail_of((await entries(town))[-1]["detail"]).startswith("ends: r/to standard; planned: ")
    assert "r/to standard" in (await ran(town, "audit"))[1]


async def entries(town):
    return json.loads((await ran(town, "audit", "--json"))[1])


async def test_the_page_says_both_beside_the_route(town):
    await seen_before_and_after(town)
    async with opened(town) as (_, page):
        assert "切替条件を待って現行のまま" in (await page.get("/"))[1]
    assert (await ran(town, "switch", "r:to", "--to", "legacy", "--reason", "延期"))[0] == 0
    async with opened(town) as (_, page):
        text = (await page.get("/routes/r"))[1]
        assert "手動の指定" in text
        assert "延期" in text
