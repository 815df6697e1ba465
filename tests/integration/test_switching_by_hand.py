"""What a person orders about cutovers at the terminal, beside a gateway that is not running or running."""

import asyncio
import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.cutover import Override
from gateway.journal.switching import Said
from tests.support.cutovers import RECORD, SYSTEMS, TO_NEW, L, S, T, day, prepared


@pytest.fixture
def town(tmp_path):
    made = prepared(tmp_path)
    made.write("routes/v/r.yaml", TO_NEW)
    made.read_in("en")
    return made


PAST = T.replace(year=2026)
"""Past for the commands as well, which go by the system's clock."""


async def ran(town, *words):
    """The exit code, and what a command says on both streams."""
    words = ["--config", str(town.root / "config"), *words]
    done = await asyncio.to_thread(CliRunner().invoke, main, words)
    return done.exit_code, done.stdout + done.stderr


async def formats(town, *, at):
    async with day(town, at) as today:
        await today.once()
        return today.formats


@pytest.mark.parametrize("first_seen", [PAST - timedelta(hours=1), PAST + timedelta(days=30)])
async def test_a_date_changed_after_the_cutover_is_an_error_that_names_the_way_back(town, first_seen):
    town.write("systems.yaml", (SYSTEMS % "{}").replace("2027-01-04", "2026-01-04"))
    async with day(town, first_seen) as today:
        await today.once()
        today.clock.move(hours=2)
        await today.once()
        assert today.formats == (L, S)
    assert (await ran(town, "check"))[0] == 0
    town.write("systems.yaml", (SYSTEMS % "{}").replace("2027-01-04", "2097-06-01"))
    code, said = await ran(town, "check")
    assert code == 2
    assert "systems.yaml:4:35: r (to) has spoken standard since 2026-" in said, said
    assert "linkage-gateway switch r:to --back --reason ..." in said
    assert (await ran(town, "switch", "r:to", "--back", "--reason", "延期"))[0] == 0
    async with day(town, T) as today:
        await today.once()
        assert today.formats == (L, L)
    assert (await ran(town, "check"))[0] == 0


@pytest.mark.parametrize("by_hand", [False, True])
async def test_a_date_moved_within_the_past_is_an_error_too_unless_a_person_had_switched(town, by_hand):
    town.write("systems.yaml", (SYSTEMS % "{}").replace("2027-01-04", "2026-01-04"))
    async with day(town, PAST - timedelta(hours=1)) as today:
        await today.once()
        if by_hand:
            word = Override(format=S, holds_from=PAST - timedelta(minutes=30), own=True)
            said = Said(
                scope="end:r:to", override=word, who="tanaka", reason="先行", made_at=today.clock.now()
            )
            await today.gateway.journal.switching.overridden([said])
        today.clock.move(minutes=45)
        await today.once()
        assert today.formats == (L, S if by_hand else L)
        await today.gateway.journal.switching.cleared(["end:r:to"], who="tanaka", reason="済")
        today.clock.move(minutes=45)
        await today.once()
        assert today.formats == (L, S)
    assert (await ran(town, "check"))[0] == 0
    town.write("systems.yaml", (SYSTEMS % "{}").replace("2027-01-04", "2026-01-03"))
    code, said = await ran(town, "check")
    assert (code == 0) is by_hand, said
    told = "write the former date (2026-01-04T00:00:00+09:00), and go back with: linkage-gateway switch r:to --back"
    assert (told in said) is not by_hand


async def test_an_end_stays_legacy_by_a_persons_word_until_it_is_taken_back(town):
    await formats(town, at=T - timedelta(hours=1))
    assert (await ran(town, "switch", "new", "--to", "legacy", "--reason", "延期"))[0] == 0
    assert await formats(town, at=T + timedelta(hours=1)) == (L, L)
    assert (await ran(town, "switch", "new", "--clear", "--reason", "再開"))[0] == 0
    assert await formats(town, at=T + timedelta(hours=2)) == (L, S)
    code, said = await ran(town, "switch", "r", "--to", "legacy", "--reason", "戻す")
    assert (code, "r:to speaks standard; going back to legacy is --back" in said) == (2, True)


async def test_what_is_said_of_a_member_of_a_wave_names_the_wave(town):
    wave = "waves:\n  spring: {members: [new], at: 2097-01-04T00:00:00+09:00, require: [approved]}\n"
    town.write("systems.yaml", (SYSTEMS % "{}").replace("2027-01-04", "2097-01-04") + wave)
    await formats(town, at=T)
    for member in ("new", "r"):
        code, said = await ran(town, "switch", member, "--approve", "--reason", "可")
        assert code != 0
        assert "its cutover is that of a wave: --wave spring" in said
    assert (await ran(town, "switch", "--wave", "spring", "--approve", "--reason", "可"))[0] == 0


STAYING = """
systems:
  old: {vendor: v, standard_from: never}
  new: {vendor: v, standard_from: 2097-01-04T00:00:00+09:00}
accepted:
  - {route: r, end: to, standard_from: never, reason: 相手先の都合}
"""


async def test_a_word_on_a_system_goes_before_an_ends_own_date_and_says_so(town):
    town.write("systems.yaml", STAYING)
    town.write(
        "routes/v/r.yaml",
        TO_NEW.replace("to:\n  system: new\n", "to:\n  system: new\n  standard_from: never\n"),
    )
    await formats(town, at=T)
    code, said = await ran(town, "switch", "new", "--to", "standard", "--reason", "統一")
    assert code == 0
    assert (
        "r:to has a date of its own, and goes by this word all the same; to leave it out: switch r:to" in said
    )
    assert await formats(town, at=T + timedelta(hours=1)) == (L, S)
    assert (await ran(town, "switch", "new", "--back", "--reason", "戻す"))[0] == 0
    assert await formats(town, at=T + timedelta(hours=2)) == (L, L)


@pytest.mark.parametrize(
    ("waived", "told"),
    [
        ("comparde", "no gate has a condition comparde; did you mean compared?"),
        ("not-frozen", "a freeze cannot be waived"),
        ("finished", "no gate has a condition finished"),
    ],
)
async def test_only_conditions_that_a_gate_has_are_waived(town, waived, told):
    await formats(town, at=T - timedelta(hours=1))
    code, said = await ran(town, "switch", "r", "--waive", waived, "--reason", "承知")
    assert (code, told in said) == (2, True)


async def test_the_way_back_is_planned_with_counts_and_changes_nothing(town):
    text = TO_NEW.replace("layout: fixed}\nconvert", "layout: fixed}\nconvert")
    text = text.replace('.dat", layout', '{revision}.dat", content: full, layout')
    town.write("routes/v/r.yaml", text.replace('.csv", layout', '{revision}.csv", content: full, layout'))
    async with day(town, T - timedelta(hours=1)) as today:
        await today.once()
        today.clock.move(hours=2)
        await today.once()
        for number in (1, 2):
            (town.here / f"{number}.dat").write_bytes(RECORD * number)
            today.clock.move(minutes=1)
            await today.once()
    code, said = await ran(town, "switch", "r", "--back", "--plan")
    assert code == 0
    assert "r/to: the newest full file is sent again" in said
    assert "for the consumer to discard: 2 (3 records)" in said
    [plan] = json.loads((await ran(town, "switch", "r", "--back", "--plan", "--json"))[1])
    counts = {key: plan[key] for key in ("route", "end", "way", "files_to_discard", "records_to_discard")}
    assert counts == {
        "route": "r",
        "end": "to",
        "way": "republish",
        "files_to_discard": 2,
        "records_to_discard": 3,
    }
    assert await formats(town, at=T + timedelta(hours=3)) == (L, S)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("differential", "standard gets changes alone, so this cutover could not be undone by files"),
        (None, "standard is not said to get full files, so this cutover could not be undone by files"),
        ("full", None),
    ],
)
async def test_check_says_before_the_cutover_that_files_could_not_undo_it(town, content, said):
    town.write("systems.yaml", (SYSTEMS % "{}").replace("2027-01-04", "2097-01-04"))
    stated = f"layout: fixed, content: {content}}}" if content else "layout: fixed}"
    text = TO_NEW.replace("layout: fixed}", stated).replace("layout: csv}", stated.replace("fixed", "csv"))
    town.write("routes/v/r.yaml", text)
    told = (await ran(town, "check"))[1]
    assert ("could not be undone by files" in told) == (said is not None)
    assert said is None or said in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("r", "--to", "standard", "--at", "2026-01-04T00:00"), "--at 2026-01-04T00:00 is past"),
        (
            ("r", "--waive", "approved"),
            "the gate of r does not look at approved; it requires: drained, reachable",
        ),
        (("kept", "--to", "standard"), "no end of these has a place in both formats"),
        (("nobody", "--to", "standard"), "known here: kept, moved, new, old, r"),
        (("r", "kept", "--wave", "w", "--without"), "kept: not a route in the coming cutover of wave w"),
    ],
)
async def test_an_order_that_cannot_be_meant_so_is_refused_and_changes_nothing(town, words, told):
    kept = TO_NEW.replace("new", "moved").replace(
        '  legacy: {endpoint: there, path: "{stem}.dat", layout: fixed}\n', ""
    )
    town.write("routes/v/kept.yaml", kept.replace("*.dat", "kept/*.dat"))
    wave = "waves: {w: {members: [new], at: 2097-01-04T00:00:00+09:00}}\n"
    if "--wave" in words:
        town.write("systems.yaml", (SYSTEMS % "{}").replace("2027-", "2097-") + wave)
    async with day(town, T - timedelta(hours=1)) as today:
        await today.once()
    code, said = await ran(town, "switch", *words, "--reason", "確認")
    assert (code, told in said) == (2, True), said
    assert json.loads((await ran(town, "audit", "--json"))[1]) == []


async def test_the_gate_of_a_change_of_place_alone_is_ruled_by_the_routes_name(town):
    places = (
        '[{endpoint: there, path: "{stem}.dat", until: 2097-01-04T00:00:00+09:00},'
        ' {endpoint: there, path: "moved/{stem}.dat", from: 2097-01-04T00:00:00+09:00}]'
    )
    town.write(
        "routes/v/r.yaml",
        f"""
        from: {{system: old, legacy: {{endpoint: here, path: "*.dat", ready: at-once}}}}
        to: {{system: old, legacy: {places}}}
        schedule: {{every: 10m}}
        after: delete
        """,
    )
    async with day(town, T - timedelta(hours=1)) as today:
        await today.once()
    code, said = await ran(town, "switch", "r", "--waive", "reachable", "--reason", "回線工事")
    assert (code, "waive: r, planned 2097-01-04" in said) == (0, True), said
