"""A route changes its format at its instant: with evidence before, certainty at the instant, and nothing lost."""

import json
from datetime import timedelta

import pytest

from gateway.journal.switching import Ruling
from gateway.switching.orders import Order
from tests.integration.test_numbers import HEADED
from tests.integration.test_switching_by_hand import ran
from tests.support.cutovers import FROM_NEW, RECORD, ROW, SYSTEMS, TO_NEW, L, S, T, day, prepared


@pytest.fixture
def town(tmp_path):
    return prepared(tmp_path)


async def test_a_file_before_the_instant_goes_in_the_old_format_and_one_after_it_in_the_new(town):
    town.write("routes/v/r.yaml", TO_NEW)
    async with day(town, T - timedelta(seconds=1)) as today:
        (town.here / "a.dat").write_bytes(RECORD)
        await today.once()
        today.clock.move(seconds=1)
        (town.here / "b.dat").write_bytes(RECORD)
        await today.once()
    assert town.arrived().keys() == {"a.dat", "b.csv"}
    assert town.arrived()["a.dat"] == RECORD


async def test_the_journal_says_the_planned_and_the_actual_instant(town):
    town.write("routes/v/r.yaml", TO_NEW)
    async with day(town, T - timedelta(hours=1)) as today:
        await today.once()
        today.clock.move(hours=3)
        await today.once()
        flips = [
            (one.side, one.stand.format, one.planned, one.actual)
            for one in await today.gateway.journal.switching.flips("r")
        ]
        assert flips[2:] == [("to", S, T, T + timedelta(hours=2))]


async def test_an_instant_that_is_past_at_the_first_start_needs_no_gate(town):
    town.write("systems.yaml", SYSTEMS % "{require: [approved]}")
    town.write("routes/v/r.yaml", TO_NEW)
    async with day(town, T + timedelta(days=1)) as today:
        assert today.formats == (L, S)
    assert town.log.events("end_passed") == []


@pytest.mark.parametrize("restart", [-1, 1])
async def test_a_restart_about_the_instant_changes_nothing(town, restart):
    town.write("routes/v/r.yaml", TO_NEW)
    async with day(town, T - timedelta(days=1)) as today:
        await today.once()
    async with day(town, T + timedelta(seconds=restart)) as today:
        await today.once()
        assert today.formats == ((L, L) if restart < 0 else (L, S))


async def test_a_gate_that_is_not_met_holds_the_old_format_until_a_person_waives_it(town):
    town.write("systems.yaml", SYSTEMS % "{require: [approved]}")
    town.write("routes/v/r.yaml", TO_NEW)
    async with day(town, T - timedelta(hours=1)) as today:
        await today.once()
        today.clock.move(hours=2)
        (town.here / "a.dat").write_bytes(RECORD)
        await today.once()
        assert today.formats == (L, L)
        assert town.arrived().keys() == {"a.dat"}
        [closed] = town.log.events("gate_closed")
        assert "approved" in closed["reason"]
        await waived(today, "approved")
        today.clock.move(minutes=2)
        (town.here / "b.dat").write_bytes(RECORD)
        await today.once()
    assert town.arrived().keys() == {"a.dat", "b.csv"}


async def waived(today, condition):
    found = await today.gateway.journal.switching.gates()
    [cutover] = found
    ruling = Ruling(cutover=cutover, kind="waive", subject=condition, who="tanaka", reason="承知")
    await today.gateway.journal.switching.ruled(ruling)


async def test_a_gate_in_a_freeze_does_not_open_even_if_it_is_waived(town):
    town.write(
        "systems.yaml", SYSTEMS % "{require: []}" + "freezes:\n  - {from: 2027-01-05, to: 2027-01-10}\n"
    )
    town.write("routes/v/r.yaml", TO_NEW)
    async with day(town, T - timedelta(hours=1)) as today:
        await today.once()
        today.clock.move(days=2)
        await today.once()
        assert today.formats == (L, L)
        await waived(today, "not-frozen")
        today.clock.move(minutes=2)
        await today.once()
        assert today.formats == (L, L)
        today.clock.move(days=7)
        await today.once()
        assert today.formats == (L, S)


async def test_what_was_converted_before_the_instant_and_not_claimed_is_converted_anew(town):
    town.write("systems.yaml", SYSTEMS % "{require: []}")
    town.write("routes/v/r.yaml", TO_NEW)
    async with day(town, T - timedelta(seconds=1)) as today:
        await today.once()
        (town.here / "a.dat").write_bytes(RECORD)
        standing = today.gateway._journeys["r"].standing
        await standing.close(within=0)
        await today.once()
        assert town.arrived() == {}
        [waiting] = await today.gateway.journal.open_transfers("r")
        assert (waiting.state, waiting.output.to_format) == ("converted", L)
        today.clock.move(seconds=2)
        await today.once()
        await today.once()
    assert town.arrived() == {"a.csv": ROW}


async def test_pending_files_are_held_where_the_route_says_so_and_converted_when_released(town):
    town.write("systems.yaml", SYSTEMS % "{require: []}")
    town.write("routes/v/r.yaml", TO_NEW.replace("  system: new\n", "  system: new\n  pending: hold\n"))
    async with day(town, T - timedelta(seconds=1)) as today:
        await today.once()
        (town.here / "a.dat").write_bytes(RECORD)
        await today.gateway._journeys["r"].standing.close(within=0)
        await today.once()
        today.clock.move(seconds=2)
        await today.once()
        await today.once()
        [held] = await today.gateway.journal.open_transfers("r")
        assert held.reason == "format_changed"
        await today.gateway.journal.released(held, who="tanaka", why="承知")
        await today.once()
    assert town.arrived() == {"a.csv": ROW}


async def test_the_source_is_drained_before_it_passes(town):
    town.write("routes/v/r.yaml", FROM_NEW)
    async with day(town, T - timedelta(hours=1)) as today:
        await today.once()
        (town.here / "a.dat").write_bytes(RECORD)
        (town.there / "a.dat").mkdir()  # nothing can be delivered under this name
        today.clock.move(hours=1)
        await today.once()
        assert today.formats == (L, L)
        assert "drained" in town.log.events("gate_draining")[0]["reason"]
        (town.there / "a.dat").rmdir()
        today.clock.move(minutes=20)
        await today.once()
        await today.once()
        assert today.formats == (S, L)
    assert town.arrived() == {"a.dat": RECORD}


async def test_a_place_that_is_not_emptied_in_time_closes_the_gate(town):
    town.write("routes/v/r.yaml", FROM_NEW)
    async with day(town, T - timedelta(hours=1)) as today:
        await today.once()
        (town.here / "a.dat").write_bytes(RECORD)
        (town.there / "a.dat").mkdir()
        today.clock.move(hours=2)
        await today.once()
        assert today.formats == (L, L)
        assert "drained" in town.log.events("gate_closed")[0]["reason"]


async def test_a_legacy_file_after_the_cutover_is_held_and_not_silently_delivered(town):
    town.write("routes/v/r.yaml", FROM_NEW)
    async with day(town, T - timedelta(hours=1)) as today:
        await today.once()
        today.clock.move(hours=1)
        await today.once()
        await today.once()
        assert today.formats == (S, L)
        (town.here / "late.dat").write_bytes(RECORD)
        await today.once()
        [late] = await today.gateway.journal.open_transfers("r")
        assert (late.state, late.reason) == ("held", "late")
        assert town.arrived() == {}
        await today.gateway.journal.released(late, who="tanaka", why="まだ有効")
        await today.once()
        assert town.arrived() == {"late.dat": RECORD}


@pytest.mark.parametrize("early", ["compare", "wait", "ignore"])
async def test_a_file_in_the_new_place_before_the_cutover_is_never_delivered_by_itself(town, early):
    route = FROM_NEW.replace("  system: new\n", f"  system: new\n  early: {early}\n")
    town.write("routes/v/r.yaml", route)
    async with day(town, T - timedelta(days=1)) as today:
        (town.here / "new/20270104_1.csv").write_bytes(ROW)
        (town.here / "new/20270103_1.csv").write_bytes(ROW)
        await today.once()
        assert town.arrived() == {}
        await today.gateway.board.look()
        assert today.gateway.board.rows["r"].early == (2 if early == "wait" else 0)
        said = (await ran(town, "status"))[1]
        assert ("r: 切替前に届き、送信元の切替を待つファイル: 2 (" in said) == (early == "wait")
        today.clock.move(days=1)
        await today.once()
        await today.once()
        assert today.formats == (S, L)
        (town.here / "new/20270104_2.csv").write_bytes(ROW)
        await today.once()
        held = [one.entry.name for one in await today.gateway.journal.open_transfers("r")]
    expected = {
        "compare": {"20270104_2.csv"},
        "wait": {"20270104_1.csv", "20270104_2.csv"},
        "ignore": {"20270104_1.csv", "20270104_2.csv"},
    }
    assert town.arrived().keys() == expected[early]
    assert held == ([] if early == "compare" else ["20270103_1.csv"])


async def test_the_first_file_that_counts_can_be_stated(town):
    stated = '  system: new\n  start_from: {name: "20270104_2.csv"}\n'
    town.write("routes/v/r.yaml", FROM_NEW.replace("  system: new\n", stated))
    async with day(town, T - timedelta(days=1)) as today:
        for name in ("20270104_1.csv", "20270104_2.csv"):
            (town.here / "new" / name).write_bytes(ROW)
        await today.once()
        today.clock.move(days=1)
        await today.once()
        await today.once()
        entries = await today.gateway.journal.audit.entries(10)
    assert town.arrived().keys() == {"20270104_2.csv"}
    [flip] = [json.loads(one.detail) for one in entries if one.act == "flip"]
    assert flip["start_from"] == {"r": "name 20270104_2.csv"}, "the flip records it"


BY_SEQUENCE = FROM_NEW.replace("  system: new\n", "  system: new\n  start_from: {sequence: 2}\n")
CHANGING = BY_SEQUENCE.replace("layout: csv}", "layout: csv, content: differential}").replace(
    "layout: fixed}", "layout: fixed, content: differential}"
)
BY_TIME = BY_SEQUENCE.replace("{sequence: 2}", "{time: 2027-01-04T00:00:02+09:00}")


@pytest.mark.parametrize(
    "route",
    [
        BY_SEQUENCE.replace("_*.csv", "_{seq}.csv"),
        CHANGING + 'order: {sequence: "_(?P<seq>[0-9]+)[.]"}\n',
        BY_TIME.replace("_*.csv", "_{time:%H%M%S}.csv"),
    ],
    ids=["sequence in the pattern", "sequence as order says", "time"],
)
async def test_the_first_file_that_counts_is_told_by_its_number_or_time(town, route):
    town.write("routes/v/r.yaml", route.replace('"*.dat"', '"{seq}.dat"') if "{seq}" in route else route)
    async with day(town, T - timedelta(days=1)) as today:
        for number in (1, 2, 3):
            (town.here / f"new/20270104_{number:06}.csv").write_bytes(ROW)
        await today.once()
        assert town.arrived() == {}
        today.clock.move(days=1)
        await today.once()
        await today.once()
    assert town.arrived().keys() == {"20270104_000002.csv", "20270104_000003.csv"}


async def test_the_first_file_of_a_moved_place_is_told_by_the_number_in_its_header(town):
    town.write("systems.yaml", (SYSTEMS % "{}").replace("2027-01-04T00:00:00+09:00", "never"))
    town.write("layouts/headed.yaml", HEADED)
    town.write("routes/v/r.yaml", MOVED)
    (town.here / "moved").mkdir()
    async with day(town, T - timedelta(days=1)) as today:
        put_headed(town.here, "moved/c.dat", 11)
        put_headed(town.here, "moved/b.dat", 12)
        put_headed(town.here, "moved/a.dat", 13)
        await today.once()
        put_headed(town.here, "z.dat", 11)
        await today.once()
        assert town.arrived().keys() == {"z.dat"}, (
            "what lies in the place to come stops nobody, and uses no number"
        )
        today.clock.move(days=1)
        await today.once()
        await today.once()
        put_headed(town.here, "late.dat", 14)
        await today.once()
        waiting = {one.entry.name: one.reason for one in await today.gateway.journal.open_transfers("r")}
    assert town.arrived().keys() == {"z.dat", "b.dat", "a.dat"}
    assert waiting == {"c.dat": "early", "late.dat": "late"}


def put_headed(folder, name, number):
    row = b"2" + b"%05d" % number + "山田".encode("cp932").ljust(14)
    (folder / name).write_bytes(b"1%06d" % number + b" " * 13 + row)


MOVED = """
from:
  system: new
  legacy:
    - {endpoint: here, path: "*.dat", ready: at-once, layout: headed, content: differential}
    - {endpoint: here, path: "moved/*.dat", ready: at-once, layout: headed, content: differential,
       from: 2027-01-04T00:00:00+09:00}
  early: wait
  start_from: {sequence: 12}
to:
  system: old
  legacy: {endpoint: there, path: "{name}", layout: headed, content: differential}
schedule: {every: 10m}
order: {header: 連番}
after: delete
"""


async def test_a_date_moved_back_after_the_cutover_is_told_and_changes_nothing(town):
    town.write("routes/v/r.yaml", TO_NEW)
    async with day(town, T + timedelta(hours=1)) as today:
        await today.once()
    town.write("systems.yaml", (SYSTEMS % "{}").replace("2027-01-04", "2027-06-01"))
    async with day(town, T + timedelta(hours=2)) as today:
        await today.once()
        assert today.formats == (L, S)
    [told] = town.log.events("cutover_contradicted")
    assert "switch --back" in told["next_action"]


WAVE = """
systems:
  old: {vendor: v, standard_from: never}
  new: {vendor: v}
  other: {vendor: v}
waves:
  spring: {members: [new, other], at: 2027-01-04T00:00:00+09:00, require: [reachable]}
"""


async def test_a_wave_passes_as_a_whole_or_not_at_all(town):
    town.write("systems.yaml", WAVE)
    town.write("routes/v/r.yaml", TO_NEW)
    town.write(
        "routes/v/s.yaml",
        TO_NEW.replace("system: new", "system: other")
        .replace("{stem}", "s/{stem}")
        .replace("*.dat", "*.bin"),
    )
    (town.there / "s").write_bytes(b"a file, where a folder has to be")
    async with day(town, T - timedelta(hours=1)) as today:
        await today.once()
        today.clock.move(hours=1)
        await today.once()
        stands = {
            end: flip.stand.format for end, flip in (await today.gateway.journal.switching.stands()).items()
        }
        assert stands["r", "to"] is stands["s", "to"] is L
        (town.there / "s").unlink()
        today.clock.move(minutes=2)
        await today.once()
        stands = {
            end: flip.stand.format for end, flip in (await today.gateway.journal.switching.stands()).items()
        }
        assert stands["r", "to"] is stands["s", "to"] is S
        assert len(town.log.events("end_passed")) == 1


async def test_a_wave_goes_back_in_one_go_as_it_went_forward(town):
    town.write("systems.yaml", WAVE)
    town.write("routes/v/r.yaml", TO_NEW)
    town.write("routes/v/s.yaml", TO_NEW.replace("system: new", "system: other").replace("*.dat", "*.bin"))
    async with day(town, T - timedelta(hours=1)) as today:
        await today.once()
        today.clock.move(hours=1)
        await today.once()
        order = Order(
            city=today.town.load(), clock=today.clock, verb="back", wave="spring", who="t", reason="不具合"
        )
        await order.carry_out(today.gateway.journal)
        today.clock.move(minutes=1)
        await today.once()
        entries = await today.gateway.journal.audit.entries(10)
    flips = [json.loads(one.detail)["ends"] for one in entries if one.act == "flip"]
    assert sorted(flips, key=str) == [
        {"r/to": "legacy", "s/to": "legacy"},
        {"r/to": "standard", "s/to": "standard"},
    ], "each a single transaction: a crash leaves the wave wholly before or wholly after"
