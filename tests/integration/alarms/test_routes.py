"""Every alarm about routes, cutovers and comparisons, and what the person on duty does about it."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from adapters.errors import Refused, Transient
from gateway.app import Around, Gateway
from gateway.cutover import Override
from gateway.evidence.expecting import Expecting
from gateway.evidence.shadowing import Shadowing, shadow_all
from gateway.journal.switching import Ruling, Said
from gateway.load import load
from gateway.times.clock import SystemClock
from tests.integration.test_comparing import put_new, put_old
from tests.integration.test_expecting import TOKYO, Clock
from tests.integration.test_going_back import FULL, sent_back
from tests.integration.test_shadowing import BOTH, ROUTE
from tests.support.city import CSV, FIXED, MAPPING, Town
from tests.support.cutovers import FROM_NEW, RECORD, SYSTEMS, TO_NEW, L, S, T, day, prepared
from tests.support.watching import Ahead, ran

ORDER = r'order: {sequence: "_(?P<seq>\\d{4})\\."%s}'
CHANGES = "content: differential"
NOW = timedelta(0)


async def once(gateway):
    return (await gateway.once(["r"], patience=NOW))[0]


@asynccontextmanager
async def running(gateway):
    """The gateway with every part beside its routes at work."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(gateway.run(stop))
        try:
            yield
        finally:
            stop.set()


@pytest.mark.provokes("route_rejected")
async def test_a_faulty_route_is_told_of_until_its_file_is_mended(town, alarm):
    town.write("routes/v/broken.yaml", "title: 誤り\nschedul: {every: 1s}\n")
    async with Gateway(load(town.root / "config"), clock=SystemClock(), report=town.report()) as gateway:
        async with running(gateway):
            await town.log.seen("route_rejected")
        await alarm.raised(gateway)
    (town.root / "config/routes/v/broken.yaml").unlink()
    await ran(town, "check")
    async with town.gateway() as gateway:
        await alarm.over(gateway)


@pytest.mark.provokes("scan_failed")
async def test_a_source_that_cannot_be_listed_is_told_of_until_it_can(town, alarm):
    failing = [True]

    def around(name, adapter):
        scan = adapter.scan

        async def fail(pattern):
            if failing:
                raise Transient("the line went")
            return await scan(pattern)

        if name == "here":
            adapter.scan = fail
        return adapter

    async with town.gateway(Around(adapter=around)) as gateway:
        await once(gateway)
        await alarm.raised(gateway)
        failing.clear()
        gateway._runners["r"]._scan_again = None
        await once(gateway)
        await alarm.over(gateway)


@pytest.mark.provokes("route_faulted")
async def test_a_fault_of_the_gateway_itself_is_told_of_until_it_was_reported(town, alarm):
    def around(name, adapter):
        async def broken(target, chunks):
            raise RuntimeError("a fault")

        if name == "there":
            adapter.write = broken
        return adapter

    town.route()
    (town.here / "a.dat").write_bytes(b"one")
    async with town.gateway(Around(adapter=around)) as gateway:
        await once(gateway)
        await alarm.raised(gateway)
        await alarm.closed(gateway)


@pytest.mark.provokes("slots_missed")
async def test_missed_runs_are_told_of_until_somebody_has_seen_it(town, alarm):
    town.route()
    async with town.gateway() as gateway:
        await gateway.journal.slot_taken("r", datetime(2026, 1, 1, tzinfo=UTC))
        async with running(gateway):
            await town.log.seen("slots_missed")
        await alarm.raised(gateway)
        await alarm.closed(gateway)


@asynccontextmanager
async def expecting(town, *parts):
    """A gateway at a time of a test, and a look at what is expected."""
    clock = Clock()
    clock.at = datetime(*parts, tzinfo=TOKYO)
    async with Gateway(town.load(), clock=clock, report=town.report()) as gateway:
        watch = Expecting(gateway._journeys, clock)
        await watch.look(clock.now())

        async def look(*at):
            clock.at = datetime(*at, tzinfo=TOKYO)
            await watch.look(clock.now())

        yield gateway, look


@pytest.mark.provokes("file_due_soon")
async def test_a_file_that_is_due_soon_is_told_of_until_it_comes(town, alarm):
    town.route(rest='expect: {by: "06:30", warn: 30m}')
    async with expecting(town, 2027, 1, 4, 5) as (gateway, look):
        await look(2027, 1, 4, 6, 5)
        await alarm.raised(gateway)
        (town.here / "a.dat").write_bytes(b"one")
        await once(gateway)
        await look(2027, 1, 4, 6, 10)
        await alarm.over(gateway)


@pytest.mark.provokes("file_missing")
async def test_a_file_that_has_not_come_is_told_of_until_it_does(town, alarm):
    town.route(rest='expect: {by: "06:30"}')
    async with expecting(town, 2027, 1, 4, 5) as (gateway, look):
        await look(2027, 1, 4, 6, 31)
        await alarm.raised(gateway)
        (town.here / "a.dat").write_bytes(b"one")
        await once(gateway)
        await look(2027, 1, 4, 6, 40)
        await alarm.over(gateway)


@pytest.mark.provokes("source_silent")
async def test_a_source_that_is_silent_is_told_of_until_it_is_heard(town, alarm):
    town.route(rest="expect: {silence: 2h}")
    async with expecting(town, 2027, 1, 4, 9) as (gateway, look):
        await look(2027, 1, 4, 11, 1)
        await alarm.raised(gateway)
        (town.here / "a.dat").write_bytes(b"one")
        await once(gateway)
        await look(2027, 1, 4, 11, 5)
        await alarm.over(gateway)


def numbered(town, *numbers):
    for number in numbers:
        (town.here / f"a_{number:04}.dat").write_bytes(b"one")


@pytest.mark.provokes("sequence_gap")
async def test_a_missing_number_is_told_of_until_a_person_lets_the_route_go_on(town, alarm):
    town.route(to=CHANGES, rest=ORDER % "")
    async with town.gateway() as gateway:
        for numbers in ((1,), (3,)):
            numbered(town, *numbers)
            await once(gateway)
        await alarm.raised(gateway)
        await ran(town, "skip", "r", "--to", "3", "--reason", "A社に確認、2番は存在しない")
        await once(gateway)
        await alarm.over(gateway)
    assert town.arrived().keys() == {"a_0001.dat", "a_0003.dat"}


@pytest.mark.provokes("sequence_gap_passed")
async def test_a_missing_number_that_was_passed_is_told_of_until_the_source_was_asked(town, alarm):
    town.route(to=CHANGES, rest=ORDER % ", on_gap: warn")
    async with town.gateway() as gateway:
        for numbers in ((1,), (3,), (4,)):
            numbered(town, *numbers)
            await once(gateway)
            if numbers == (3,):
                await alarm.raised(gateway)
        await alarm.over(gateway)


async def before_and_after(today, **span):
    await today.once()
    today.clock.move(**span)
    await today.once()


@pytest.mark.provokes("gate_closed")
async def test_a_gate_that_is_closed_is_told_of_until_its_condition_is_waived(tmp_path, alarm):
    town = prepared(tmp_path)
    town.write("systems.yaml", SYSTEMS % "{require: [approved]}")
    town.write("routes/v/r.yaml", TO_NEW)
    async with day(town, T - timedelta(hours=1)) as today:
        await before_and_after(today, hours=2)
        await alarm.raised(today.gateway)
        (coming,) = await today.gateway.journal.switching.gates()
        await waived(today.gateway, coming)
        today.clock.move(minutes=2)
        await today.once()
        await alarm.over(today.gateway)
        assert today.formats == (L, S)


async def waived(gateway, cutover):
    ruling = Ruling(cutover=cutover, kind="waive", subject="approved", who="田中", reason="課長承認済み")
    await gateway.journal.switching.ruled(ruling)


async def went_back(town, alarm, content):
    town.write("systems.yaml", SYSTEMS % "{require: []}")
    town.write("routes/v/r.yaml", FULL.replace("content: full", f"content: {content}"))
    async with day(town, T - timedelta(hours=1)) as today:
        await before_and_after(today, hours=2)
        (town.here / "a.dat").write_bytes(RECORD)
        today.clock.move(minutes=1)
        await today.once()
        await sent_back(today)
        await alarm.raised(today.gateway)
        assert list((town.root / "state/rollbacks").glob("*.csv"))
        if content == "differential":
            await today.gateway.journal.people.resume("route", "r", who="田中", reason="全件を受領")
        await alarm.closed(today.gateway)


@pytest.mark.provokes("end_went_back")
async def test_a_way_back_is_told_of_until_the_consumer_has_the_list(tmp_path, alarm):
    await went_back(prepared(tmp_path), alarm, "full")


@pytest.mark.provokes("undo_impossible")
async def test_what_files_cannot_undo_is_told_of_until_a_full_extraction_came(tmp_path, alarm):
    await went_back(prepared(tmp_path), alarm, "differential")


@pytest.mark.provokes("cutover_contradicted")
async def test_a_date_that_was_moved_too_late_is_told_of_until_it_is_restored(tmp_path, alarm):
    town = prepared(tmp_path)
    town.write("routes/v/r.yaml", TO_NEW)
    async with day(town, T + timedelta(hours=1)) as today:
        await today.once()
    town.write("systems.yaml", (SYSTEMS % "{}").replace("2027-01-04", "2027-06-01"))
    async with day(town, T + timedelta(hours=2)) as today:
        await today.once()
        await alarm.raised(today.gateway)
    town.write("systems.yaml", SYSTEMS % "{}")
    async with day(town, T + timedelta(hours=3)) as today:
        await today.once()
        today.clock.move(minutes=3)
        await alarm.over(today.gateway)


@pytest.mark.provokes("cutover_unplaced")
async def test_an_end_without_a_place_in_its_new_format_is_told_of_until_it_has_one(tmp_path, alarm):
    town = prepared(tmp_path)
    standard = '  standard: {endpoint: there, path: "{stem}.csv", layout: csv}\n'
    town.write("systems.yaml", (SYSTEMS % "{require: []}").replace("2027-01-04T00:00:00+09:00", "never"))
    town.write("routes/v/r.yaml", TO_NEW.replace(standard, "").replace("convert: fixed-to-csv\n", ""))
    async with day(town, T) as today:
        now = Override(format=S, holds_from=T)
        said = Said(scope="end:r:to", override=now, who="田中", reason="前倒し", made_at=T)
        await today.gateway.journal.switching.overridden([said])
        await today.once()
        await alarm.raised(today.gateway)
    town.write("routes/v/r.yaml", TO_NEW)
    async with day(town, T + timedelta(hours=2)) as today:
        await today.once()
        today.clock.move(minutes=3)
        await alarm.over(today.gateway)


@pytest.mark.provokes("aside_unseen")
async def test_a_new_place_that_is_not_there_is_told_of_until_somebody_made_it(tmp_path, alarm):
    town = prepared(tmp_path)
    town.write("systems.yaml", SYSTEMS % "{require: [], announce: 7d}")
    town.write("routes/v/r.yaml", FROM_NEW)
    (town.here / "new").rmdir()
    async with day(town, T - timedelta(days=2)) as today:
        await today.once()
        await today.once()
        await alarm.raised(today.gateway)
        (town.here / "new").mkdir()
        await alarm.closed(today.gateway)


@pytest.fixture
def beside(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.endpoints(f"beside: {{adapter: local, root: {tmp_path / 'beside'}}}\n")
    (tmp_path / "beside/trial").mkdir(parents=True)
    (made.here / "new").mkdir()
    return made


@pytest.mark.provokes("shadow_failed")
async def test_a_shadow_that_cannot_be_written_is_told_of_until_one_is(beside, alarm):
    refusing = [True]

    def around(name, adapter):
        write = adapter.write

        async def refuse(target, chunks):
            if refusing:
                raise Refused("not allowed")
            return await write(target, chunks)

        if name == "beside":
            adapter.write = refuse
        return adapter

    beside.write("routes/v/r.yaml", ROUTE)
    (beside.here / "a.dat").write_bytes(RECORD)
    clock = Ahead(NOW)
    made = Gateway(beside.load(), clock=clock, report=beside.report(), around=Around(adapter=around))
    async with made as gateway:
        await once(gateway)
        journey = gateway._journeys["r"]
        for minutes in (5, 20, 80, 320, 0):
            await shadow_all(journey, journey.route.shadow)
            clock.by += timedelta(minutes=minutes)
        clock.by = NOW
        await alarm.raised(gateway)
        refusing.clear()
        (beside.here / "b.dat").write_bytes(RECORD)
        await once(gateway)
        await shadow_all(journey, journey.route.shadow)
        await alarm.over(gateway)


@asynccontextmanager
async def comparing(beside):
    """A gateway that carries and compares what came on a day: the new system's files beside those of the old."""
    at = (datetime.now(UTC) + timedelta(days=2)).isoformat(timespec="seconds")
    beside.write(
        "systems.yaml",
        f"""
        systems:
          old: {{vendor: v, standard_from: never}}
          new: {{vendor: v, standard_from: "{at}"}}
        """,
    )
    beside.write("routes/v/r.yaml", BOTH)
    async with beside.gateway() as gateway:
        watch, journey = Shadowing(gateway._journeys, gateway.clock), gateway._journeys["r"]

        async def came(number, *new):
            put_old(beside, number)
            put_new(beside, number, *new)
            await once(gateway)
            await watch._look(journey)

        yield gateway, came


@pytest.mark.provokes("comparison_differs")
async def test_old_and_new_that_differ_are_told_of_until_they_agree(beside, alarm):
    async with comparing(beside) as (gateway, came):
        await came(5, (("00001", "山田太郎", 12), ("00002", "別人", 34)))
        await alarm.raised(gateway)
        await came(6)
        await alarm.over(gateway)


@pytest.mark.provokes("comparison_failed")
async def test_a_comparison_that_could_not_be_made_is_told_of_until_one_is(beside, alarm, monkeypatch):
    async with comparing(beside) as (gateway, came):
        with monkeypatch.context() as broken:
            broken.setattr("gateway.evidence.shadowing.sys.executable", "/bin/false")
            await came(5)
        await alarm.raised(gateway)
        await came(6)
        await alarm.over(gateway)
