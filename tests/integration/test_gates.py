"""Every condition of a gate as a value: what is missing is said, and when it is there the gate opens."""

import re
from datetime import timedelta

import pytest

from gateway.cutover import Override
from gateway.journal.switching import Ruling, Said
from tests.support.city import MAPPING
from tests.support.cutovers import FROM_NEW, RECORD, SYSTEMS, TO_NEW, L, S, T, day, prepared

GOLDEN = """
golden:
  - given: {番号: "00001", 氏名: 山田太郎, 金額: 12}
    expect: {"00100001": "00001", "00100002": 山田太郎, "00100003": %s}
"""


@pytest.fixture
def town(tmp_path):
    made = prepared(tmp_path)
    made.write("routes/v/r.yaml", TO_NEW)
    return made


AT_T = "r@2027-01-03T15:00:00Z"
"""The cutover of the one route at ``T``."""


async def looked(today, **later):
    today.clock.move(**later)
    await today.once()


async def gate(today):
    """The gate of the cutover at ``T`` as it was found last: its verdict and what was said of each unmet condition."""
    seen = (await today.gateway.journal.switching.gates())[AT_T]
    for one in seen.conditions:
        assert not one.says or re.search("[ぁ-ん一-龠]", one.says_ja), (
            f"{one.name} is said in Japanese as well"
        )
    return seen.verdict, {one.name: one.says for one in seen.conditions if not one.passes}


async def say(today, kind, subject=""):
    ruling = Ruling(cutover=AT_T, kind=kind, subject=subject, who="tanaka", reason="可")
    await today.gateway.journal.switching.ruled(ruling)


async def test_a_new_place_that_cannot_be_written_keeps_the_gate_closed(town):
    town.write("systems.yaml", SYSTEMS % "{require: [reachable]}")
    town.write("routes/v/r.yaml", TO_NEW.replace('"{stem}.csv"', '"new/{stem}.csv"'))
    (town.there / "new").write_bytes(b"a file, where a folder has to be")
    async with day(town, T - timedelta(hours=1)) as today:
        await looked(today)
        await looked(today, hours=2)
        verdict, unmet = await gate(today)
        assert (verdict, today.formats) == ("closed", (L, L))
        assert unmet["reachable"].startswith("r to (there): ")
        (town.there / "new").unlink()
        await looked(today, minutes=2)
        assert today.formats == (L, S)
    assert not list((town.there / "new").glob("*")), "the probe leaves nothing"


async def test_what_a_gate_lacks_is_shown_from_the_announcement_on_and_decides_nothing_before_the_instant(
    town,
):
    town.write("systems.yaml", SYSTEMS % "{require: [approved, reachable, drained]}")
    town.write("routes/v/r.yaml", TO_NEW.replace('"{stem}.csv"', '"new/{stem}.csv"'))
    (town.there / "new").write_bytes(b"a file, where a folder has to be")
    async with day(town, T - timedelta(days=8)) as today:
        await looked(today)
        assert await today.gateway.journal.switching.gates() == {}, "it is announced seven days before"
        await looked(today, days=2)
        verdict, unmet = await gate(today)
        assert (verdict, unmet.keys()) == ("announced", {"approved", "reachable"})
        await say(today, "approve")
        await looked(today, seconds=1)
        assert (await gate(today))[1].keys() == {"reachable"}, "a person's word is seen at once"
        (town.there / "new").unlink()
        await looked(today, hours=2)
        assert await gate(today) == ("announced", {})
        assert today.formats == (L, L)
        told = [one.get("reason", "") for one in town.log.events("cutover_announced")]
        assert told[0].startswith("reachable: r to (there): ")
        assert told[0].endswith("; approved: nobody approved it yet")
        assert told[-1] == ""
        await looked(today, days=6)
        assert (today.formats, (await gate(today))[0]) == ((L, S), "open")


@pytest.mark.parametrize(("amount", "told"), [("12", ""), (None, "mapping fixed-to-csv has no golden case")])
async def test_samples_that_are_there_must_convert_both_ways(town, amount, told):
    town.write("systems.yaml", SYSTEMS % "{require: [round-trip]}")
    if amount:
        town.write("mappings/fixed-to-csv.yaml", MAPPING + GOLDEN % amount)
    async with day(town, T - timedelta(hours=1)) as today:
        await looked(today)
        await looked(today, hours=2)
        verdict, unmet = await gate(today)
        assert verdict == ("closed" if told else "open")
        assert told in unmet.get("round-trip", "")
        assert today.formats == ((L, L) if told else (L, S))


async def test_changes_alone_need_the_word_that_the_consumer_holds_the_state_before_them(town):
    town.write("systems.yaml", SYSTEMS % "{require: [baseline]}")
    changing = TO_NEW.replace("layout: fixed}", "layout: fixed, content: differential}")
    town.write("routes/v/r.yaml", changing.replace("layout: csv}", "layout: csv, content: differential}"))
    async with day(town, T - timedelta(hours=1)) as today:
        await looked(today)
        await looked(today, hours=2)
        verdict, unmet = await gate(today)
        assert verdict == "closed"
        assert unmet["baseline"].endswith("before the changes: r")
        await say(today, "baseline", "r")
        await looked(today, minutes=2)
        assert today.formats == (L, S)


@pytest.mark.parametrize(("content", "confirmed"), [("full", True), ("differential", False)])
async def test_a_full_file_that_was_delivered_is_the_state_before_the_changes_of_a_new_source(
    town, content, confirmed
):
    town.write("systems.yaml", SYSTEMS % "{require: [baseline]}")
    changing = FROM_NEW.replace("layout: fixed}", f"layout: fixed, content: {content}}}", 1)
    town.write("routes/v/r.yaml", changing.replace("layout: csv}", "layout: csv, content: differential}"))
    async with day(town, T - timedelta(hours=1)) as today:
        await looked(today)
        assert (await gate(today))[1].keys() == {"baseline"}, "nothing was delivered yet"
        (town.here / "a.dat").write_bytes(RECORD)
        await looked(today, minutes=10)
        assert town.arrived().keys() == {"a.dat"}
        await looked(today, hours=2)
        assert (today.formats == (S, L)) is confirmed


async def test_what_was_said_before_a_way_back_lets_no_later_try_pass(town):
    town.write("systems.yaml", SYSTEMS % "{require: [baseline, approved, {compared: 2}]}")
    changing = TO_NEW.replace("layout: fixed}", "layout: fixed, content: differential}")
    town.write("routes/v/r.yaml", changing.replace("layout: csv}", "layout: csv, content: differential}"))
    words = [("baseline", "r"), ("approve", "r"), ("waive", "compared")]
    async with day(town, T - timedelta(hours=1)) as today:
        await looked(today)
        for kind, subject in words:
            await say(today, kind, subject)
        await looked(today, hours=2)
        assert today.formats == (L, S)
        (town.here / "a.dat").write_bytes(RECORD)
        await looked(today, minutes=1)
        assert town.arrived().keys() == {"a.csv"}
        await went_back(today)
        assert today.formats == (L, L)
        await today.gateway.journal.switching.cleared(["end:r:to"], who="tanaka", reason="もう一度")
        await today.gateway.journal.people.resume("route", "r", who="tanaka", reason="もう一度")
        await looked(today, minutes=2)
        verdict, unmet = await gate(today)
        assert (verdict, unmet.keys()) == ("closed", {"baseline", "approved", "compared"})
        for kind, subject in words:
            await say(today, kind, subject)
        await looked(today, minutes=2)
        assert today.formats == (L, S)


async def went_back(today):
    """A person says that the destination goes back, and it does."""
    now = today.clock.now()
    word = Override(format=L, holds_from=now, back=True, own=True)
    said = Said(scope="end:r:to", override=word, who="tanaka", reason="不具合", made_at=now)
    await today.gateway.journal.switching.overridden([said])
    await looked(today, minutes=2)


async def test_an_approval_is_shown_with_the_persons_name(town):
    town.write("systems.yaml", SYSTEMS % "{require: [approved]}")
    async with day(town, T - timedelta(hours=1)) as today:
        await looked(today)
        await looked(today, hours=2)
        assert (await gate(today))[1] == {"approved": "nobody approved it yet"}
        await say(today, "approve")
        await looked(today, minutes=2)
        [seen] = (await today.gateway.journal.switching.gates()).values()
        assert [(one.name, one.says) for one in seen.conditions if one.name == "approved"] == [
            ("approved", "by tanaka")
        ]
        assert today.formats == (L, S)


async def test_a_gate_that_says_go_switches_once_the_time_to_settle_is_over(town):
    town.write("systems.yaml", SYSTEMS % "{require: [drained, approved], if_closed: go, settle: 10m}")
    town.write("routes/v/r.yaml", FROM_NEW + "revisions: hold\n")
    async with day(town, T - timedelta(hours=1)) as today:
        for content in (RECORD, RECORD * 2):
            (town.here / "a.dat").write_bytes(content)
            await looked(today, minutes=10)
        [held] = await today.gateway.journal.open_transfers("r")
        assert held.state == "held"
        await looked(today, minutes=40)
        assert today.formats == (L, L), "what is in the old place has its time"
        await looked(today, minutes=11)
        assert today.formats == (S, L)


async def test_a_gate_that_a_person_reopens_stays_closed_although_its_conditions_are_met(town):
    town.write("systems.yaml", SYSTEMS % "{require: [approved], reopen: manual}")
    async with day(town, T - timedelta(hours=1)) as today:
        await looked(today)
        await looked(today, hours=2)
        await say(today, "approve")
        await looked(today, minutes=2)
        assert today.formats == (L, L)
        assert "switch --reopen" in (await gate(today))[1]["reopened"]
        await say(today, "reopen")
        await looked(today, minutes=2)
        assert today.formats == (L, S)


MOVED = TO_NEW.replace('  standard: {endpoint: there, path: "{stem}.csv", layout: csv}\n', "").replace(
    'legacy: {endpoint: there, path: "{stem}.dat", layout: fixed}',
    'legacy:\n    - {endpoint: there, path: "{stem}.dat", layout: fixed}\n'
    '    - {endpoint: there, path: "moved/{stem}.dat", layout: fixed, from: 2027-01-04T00:00:00+09:00}',
)


async def test_a_move_within_one_format_passes_a_gate_and_converts_nothing(town):
    town.write(
        "systems.yaml", (SYSTEMS % "{require: [reachable]}").replace("2027-01-04T00:00:00+09:00", "never")
    )
    town.write("routes/v/r.yaml", MOVED.replace("convert: fixed-to-csv\n", ""))
    (town.there / "moved").write_bytes(b"a file, where a folder has to be")
    async with day(town, T - timedelta(hours=1)) as today:
        for name, later in (("a", 0), ("b", 2)):
            (town.here / f"{name}.dat").write_bytes(RECORD)
            await looked(today, hours=later)
        assert town.arrived().keys() == {"a.dat", "b.dat", "moved"}
        (town.there / "moved").unlink()
        await looked(today, minutes=2)
        (town.here / "c.dat").write_bytes(RECORD)
        await looked(today, minutes=10)
        assert today.formats == (L, L)
    assert (town.there / "moved/c.dat").read_bytes() == RECORD
    [passed] = town.log.events("end_passed")
    assert passed["reason"] == "r/to"
