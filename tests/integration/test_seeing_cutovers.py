"""What people see of cutovers at the terminal and on the page: what is announced, what is held, and what is by hand."""

import json
from datetime import timedelta

import pytest

from gateway.cli.audit import detail_of
from tests.integration.test_status_page import opened
from tests.integration.test_switching_by_hand import PAST, ran
from tests.support.cutovers import FROM_NEW, ROW, SYSTEMS, TO_NEW, L, S, day, prepared

APPROVAL = "approved: nobody approved it yet"
APPROVAL_JA = "承認: まだ承認されていません"


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
    assert f"r: 切替 2026-01-04 00:00 切替条件を待って現行のまま: {APPROVAL_JA}" in said
    [row] = await rows(town)
    assert (row["state"], row["why"]) == ("waiting", f"its cutover waits: {APPROVAL}")
    assert (row["next_cutover"], row["cutover_due"]) == ("2026-01-04T00:00:00+09:00", True)
    assert row["gate"] == [APPROVAL]


async def test_an_announced_cutover_says_what_it_still_lacks_and_the_route_runs(town):
    text = (SYSTEMS % "{require: [approved], announce: 36000d}").replace("2027-01-04", "2097-01-04")
    town.write("systems.yaml", text)
    await seen_before_and_after(town)
    said = (await ran(town, "status"))[1]
    assert f"r: 切替 2097-01-04 00:00 これから満たす切替条件: {APPROVAL_JA}" in said
    [row] = await rows(town)
    assert (row["state"], row["cutover_due"]) == ("running", False)


async def test_a_word_by_hand_stands_beside_the_phase_with_who_and_why(town):
    await seen_before_and_after(town)
    assert (await ran(town, "switch", "r:to", "--to", "legacy", "--reason", "延期"))[0] == 0
    said = (await ran(town, "status"))[1]
    assert "r: 手動の指定: 送信先 現行形式 " in said
    assert ": 延期)" in said
    [row] = await rows(town)
    [word] = row["by_hand"]
    assert (word["end"], word["format"], word["reason"]) == ("to", "legacy", "延期")
    [told] = json.loads((await ran(town, "switch", "--show", "--json"))[1])["by_hand"]
    assert (told["scope"], told["format"], told["reason"]) == ("end:r:to", "legacy", "延期")
    assert (await ran(town, "switch", "r", "--clear", "--reason", "再開"))[0] == 0
    assert "手動の指定" not in (await ran(town, "status"))[1]


async def test_what_is_coming_is_shown_before_the_first_start_too(town):
    town.write("systems.yaml", (SYSTEMS % "{require: [approved]}").replace("2027-01-04", "2097-01-04"))
    code, said = await ran(town, "switch", "--show")
    assert code == 0
    assert "2097-01-04 00:00" in said
    assert "r/to → 標準形式" in said


async def test_the_audit_log_says_in_one_line_what_changed_to_which_format_and_when_it_was_planned(town):
    await seen_before_and_after(town)
    code, said = await ran(town, "switch", "r", "--approve", "--reason", "承認")
    assert code == 0
    assert "予定 2026-01-04 00:00" in said
    async with day(town, PAST + timedelta(hours=2)) as today:
        await today.once()
    assert detail_of((await entries(town))[-1]["detail"]).startswith("ends: r/to standard; planned: ")
    assert "r/to standard" in (await ran(town, "audit"))[1]


async def test_of_several_words_by_hand_the_one_that_decides_is_shown_and_those_to_come(town):
    await seen_before_and_after(town)
    for reason, more in (("一", ()), ("二", ()), ("三", ("--at", "2097-01-04T00:00"))):
        done = await ran(town, "switch", "r:to", "--to", "legacy", *more, "--reason", reason)
        assert done[0] == 0, done[1]
    [row] = await rows(town)
    assert [one["reason"] for one in row["by_hand"]] == ["二", "三"]


async def test_a_switch_to_what_an_end_speaks_already_is_said_to_be_needless(town):
    town.write("systems.yaml", (SYSTEMS % "{require: []}").replace("2027-01-04", "2026-01-04"))
    async with day(town, PAST + timedelta(hours=1)) as today:
        await today.once()
        assert today.formats == (L, S)
    code, said = await ran(town, "switch", "r:to", "--to", "standard", "--reason", "切替")
    assert code == 1
    assert "すべて standard の形式になっています" in said
    assert await entries(town) == []
    assert (await ran(town, "switch", "r:to", "--back", "--reason", "戻す"))[0] == 0
    code, said = await ran(town, "switch", "r:to", "--to", "standard", "--reason", "やはり切替")
    assert code == 0, "it was ordered back, and speaks standard still"


async def test_a_file_that_came_early_is_said_to_wait_for_its_sources_cutover(town):
    town.write("routes/v/r.yaml", FROM_NEW.replace("  system: new\n", "  system: new\n  early: wait\n"))
    async with day(town, PAST - timedelta(hours=1)) as today:
        (town.here / "new/20260104_1.csv").write_bytes(ROW)
        await today.once()
    said = json.JSONDecoder().raw_decode((await ran(town, "plan", "--files", "--json"))[1])[0]
    [file] = [one for one in said[0]["files"] if one["file"].endswith(".csv")]
    assert file["note"] == "came early: waits for its source's cutover"


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


OWN = "to:\n  system: new\n  standard_from: 2097-02-01T00:00:00+09:00\n"
ACCEPTED = (
    "accepted:\n  - {route: r, end: to, standard_from: 2097-02-01T00:00:00+09:00, reason: 相手先の都合}\n"
)
WAVES = "waves:\n  spring: {members: [new], at: 2097-01-04T00:00:00+09:00}\n"


@pytest.mark.parametrize(
    ("route", "systems", "word", "told"),
    [
        (TO_NEW, "", (), "根拠：システムの移行日"),
        (TO_NEW.replace("to:\n  system: new\n", OWN), ACCEPTED, (), "根拠：経路の記載"),
        (TO_NEW, WAVES, (), "根拠：一斉切替 spring"),
        (TO_NEW, "", ("--to", "standard", "--at", "2096-12-25T00:00"), "根拠：運用者の指定"),
    ],
    ids=["system", "route end", "wave", "override"],
)
async def test_the_page_says_where_the_date_of_a_coming_cutover_comes_from(town, route, systems, word, told):
    town.write("routes/v/r.yaml", route)
    town.write("systems.yaml", (SYSTEMS % "{}").replace("2027-", "2097-") + systems)
    async with day(town, PAST) as today:
        await today.once()
    if word:
        assert (await ran(town, "switch", "r:to", *word, "--reason", "先行"))[0] == 0
    async with opened(town) as (_, page):
        for path in ("/routes/r", "/plan"):
            text = (await page.get(path))[1]
            assert told in text
            assert text.count("根拠：") == 1
