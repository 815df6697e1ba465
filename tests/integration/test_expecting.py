"""Files that have not come: people hear of it before the deadline, at it, once each, and when they come after all."""

import asyncio
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.app import Gateway
from gateway.errors import Reason
from gateway.evidence.expecting import Expecting
from gateway.times.clock import SystemClock
from tests.integration.test_clear_errors import record
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town

TOKYO = ZoneInfo("Asia/Tokyo")


class Clock(SystemClock):
    """A clock that shows what a test says; durations stay real."""

    at = datetime(2027, 1, 4, tzinfo=TOKYO)

    def now(self):
        return self.at


class Watched:
    """A town's gateway whose clock is set, and its watch over expected files."""

    def __init__(self, town):
        self.town = town
        self.clock = Clock()

    @asynccontextmanager
    async def gateway(self, *parts):
        self.clock.at = datetime(*parts, tzinfo=TOKYO)
        async with Gateway(self.town.load(), clock=self.clock, report=self.town.report()) as gateway:
            yield gateway

    async def look(self, *parts):
        """A look at a time, by a gateway that was started for it."""
        async with self.gateway(*parts) as gateway:
            await Expecting(gateway._journeys, self.clock).look(self.clock.now())

    async def comes(self, name, *parts, content=b"one"):
        (self.town.here / name).write_bytes(content)
        async with self.gateway(*parts) as gateway:
            return (await gateway.once(["r"], patience=timedelta(seconds=5)))[0]

    def told(self, event="file_missing"):
        return [line["reason"] for line in self.town.log.events(event)]


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path)


@pytest.fixture
def watched(town):
    return Watched(town)


async def test_a_file_that_does_not_come_is_a_warning_then_an_alarm_each_once(town, watched):
    town.route(rest='expect: {by: "06:30"}')
    await watched.look(2027, 1, 3, 12)
    await watched.look(2027, 1, 4, 5, 59)
    assert (watched.told("file_due_soon"), watched.told()) == ([], [])
    for minute in (1, 2):
        await watched.look(2027, 1, 4, 6, minute)
    assert watched.told("file_due_soon") == ["by 2027-01-04 06:30: 0 of 1"]
    for minute in (30, 31):
        await watched.look(2027, 1, 4, 6, minute)
    assert watched.told() == ["by 2027-01-04 06:30: 0 of 1"]


async def test_a_file_that_comes_in_time_is_no_alarm_and_one_that_comes_late_ends_it(town, watched):
    town.route(rest='expect: {by: "06:30"}')
    await watched.look(2027, 1, 3, 12)
    await watched.comes("a.dat", 2027, 1, 4, 6, 0)
    await watched.look(2027, 1, 4, 6, 30)
    assert watched.told() == []
    await watched.look(2027, 1, 5, 6, 30)
    assert watched.told() == ["by 2027-01-05 06:30: 0 of 1"]
    await watched.comes("b.dat", 2027, 1, 5, 7, 0)
    for _ in range(2):
        await watched.look(2027, 1, 5, 7, 1)
    assert watched.told("file_came") == ["by 2027-01-05 06:30: 1 of 1"]


async def test_the_second_part_that_never_comes_is_an_alarm(town, watched):
    """A delivery came as two files; the second was never imported, and nobody noticed for six months."""
    town.route(rest='expect: {by: "06:30", parts: 2}')
    await watched.look(2027, 1, 3, 12)
    await watched.comes("part1.dat", 2027, 1, 4, 6, 0)
    await watched.look(2027, 1, 4, 6, 30)
    assert watched.told() == ["by 2027-01-04 06:30: 1 of 2"]


async def test_the_same_part_twice_is_not_two_parts(town, watched):
    town.route(rest='expect: {by: "06:30", parts: 2}')
    await watched.look(2027, 1, 3, 12)
    await watched.comes("part1.dat", 2027, 1, 4, 6, 0)
    await watched.comes("part1.dat", 2027, 1, 4, 6, 1, content=b"again")
    await watched.look(2027, 1, 4, 6, 30)
    assert watched.told() == ["by 2027-01-04 06:30: 1 of 2"]


async def test_a_deadline_that_passed_while_the_gateway_was_down_is_told_at_its_start(town, watched):
    town.route(rest='expect: {by: "06:30"}')
    await watched.look(2027, 1, 3, 12)
    await watched.look(2027, 1, 5, 5, 0)
    assert watched.told() == ["by 2027-01-04 06:30: 0 of 1"]


async def test_deadlines_before_the_route_was_there_are_not_missed(town, watched):
    town.route(rest='expect: {by: "06:30"}')
    await watched.look(2027, 1, 4, 12)
    assert watched.told() == []


async def test_no_file_may_be_right_but_half_a_delivery_is_not(town, watched):
    town.route(rest='expect: {by: "06:30", none: allowed, parts: 2}')
    await watched.look(2027, 1, 3, 12)
    await watched.look(2027, 1, 4, 7)
    assert watched.told() == []
    await watched.comes("part1.dat", 2027, 1, 5, 6)
    await watched.look(2027, 1, 5, 7)
    assert watched.told() == ["by 2027-01-05 06:30: 1 of 2"]


async def test_on_a_closed_day_nothing_is_expected_with_the_days_of_the_citys_own_file(town, watched):
    town.write(
        "gateway.yaml",
        f"""
        gateway: {{name: test, state_dir: {town.root / "state"}}}
        vendors: {{v: {{}}}}
        calendar: {{closed: ["12-29/01-03"], extra: calendars/city.yaml}}
        """,
    )
    town.write("calendars/city.yaml", 'open: ["2027-01-11"]\nclosed: ["2027-01-12"]')
    town.route(rest='expect: {by: "06:30", on: business-days}')
    await watched.look(2027, 1, 1, 0)
    for day in range(2, 14):
        await watched.look(2027, 1, day, 7)
    days = [reason.split()[1] for reason in watched.told()]
    assert days == [f"2027-01-{day:02}" for day in (4, 5, 6, 7, 8, 11, 13)]


async def test_a_source_that_falls_silent_in_office_hours_is_an_alarm_once_for_each_silence(town, watched):
    town.route(rest='expect: {silence: 2h, during: "08:30-17:15", on: business-days}')
    await watched.comes("a.dat", 2027, 1, 4, 16, 15)
    await watched.look(2027, 1, 4, 16, 15)
    await watched.look(2027, 1, 5, 9, 29)
    assert watched.told("source_silent") == []
    for minute in (30, 31):
        await watched.look(2027, 1, 5, 9, minute)
    assert watched.told("source_silent") == ["last 2027-01-04 16:15"]
    await watched.comes("b.dat", 2027, 1, 5, 10, 0)
    await watched.look(2027, 1, 5, 10, 1)
    assert len(town.log.events("source_heard")) == 1
    await watched.look(2027, 1, 5, 12, 0)
    assert watched.told("source_silent") == ["last 2027-01-04 16:15", "last 2027-01-05 10:00"]


@pytest.mark.parametrize(("allowed", "reason"), [("refused", Reason.EMPTY), ("allowed", None)])
async def test_a_file_without_records_is_held_unless_it_may_come(town, watched, allowed, reason):
    town.write("layouts/fixed.yaml", FIXED)
    town.write("layouts/csv.yaml", CSV)
    town.write("mappings/fixed-to-csv.yaml", MAPPING)
    town.write(
        "routes/v/r.yaml",
        CONVERTING.replace("from: fixed", "from: fixed") + f"expect: {{empty: {allowed}}}\n",
    )
    marker = (
        (town.root / "config/routes/v/r.yaml")
        .read_text()
        .replace("ready: at-once", 'ready: {marker: "{name}.ok"}')
    )
    town.write("routes/v/r.yaml", marker)
    (town.here / "a.dat.ok").write_bytes(b"")
    result = await watched.comes("a.dat", 2027, 1, 4, 6, content=b"")
    assert [one.reason for one in result.transfers] == [reason]
    (town.here / "b.dat.ok").write_bytes(b"")
    (town.there / "0001.csv").unlink(missing_ok=True)
    result = await watched.comes("b.dat", 2027, 1, 4, 7, content=record("00001", "山田太郎", b"00012"))
    assert [one.reason for one in result.transfers if one.entry.path == "b.dat"] == [None]


async def test_a_route_runs_only_within_its_windows_when_another_route_has_finished(town, watched):
    town.route("first")
    town.route("second", rest="")
    text = (town.root / "config/routes/v/second.yaml").read_text()
    town.write(
        "routes/v/second.yaml",
        text.replace("schedule: {every: 1s}", 'schedule: {after: first, windows: "08:00-20:00"}').replace(
            "{stem}", "second/{stem}"
        ),
    )
    nudged = []
    async with watched.gateway(2027, 1, 4, 21) as gateway:
        gateway._runners["second"].nudge = lambda: nudged.append(watched.clock.at.hour)
        for hour in (21, 9):
            watched.clock.at = datetime(2027, 1, 4, hour, tzinfo=TOKYO)
            await gateway.once(["first"], patience=timedelta(seconds=5))
    assert nudged == [9]


def _maintained(town, window):
    """The source's place is being maintained at these times of day."""
    town.endpoints("")
    text = (town.root / "config/endpoints.yaml").read_text(encoding="utf-8")
    maintained = f'root: {town.here}, maintenance: {{windows: "{window}"}}'
    town.write("endpoints.yaml", text.replace(f"root: {town.here}", maintained))


async def test_a_deadline_within_a_places_maintenance_is_put_off_until_after_it(town, watched):
    _maintained(town, "06:00-07:00")
    town.route(rest='expect: {by: "06:30", warn: 20m}')
    for minute in (0, 30, 59):
        await watched.look(2027, 1, 4, 6, minute)
    assert (watched.told("file_due_soon"), watched.told()) == ([], [])
    for minute in (0, 19):
        await watched.look(2027, 1, 4, 7, minute)
    assert (watched.told("file_due_soon"), watched.told()) == (["by 2027-01-04 07:20: 0 of 1"], [])
    await watched.look(2027, 1, 4, 7, 20)
    assert watched.told() == ["by 2027-01-04 07:20: 0 of 1"]


async def test_a_deadline_put_off_beyond_midnight_is_not_taken_for_the_next_days(town, watched):
    _maintained(town, "22:00-01:00")
    town.route(rest='expect: {by: "23:00", warn: 10m}')
    await watched.look(2027, 1, 4, 12)
    await watched.look(2027, 1, 5, 1, 10)
    _maintained(town, "03:00-04:00")
    await watched.look(2027, 1, 5, 23)
    assert watched.told() == ["by 2027-01-05 01:10: 0 of 1", "by 2027-01-05 23:00: 0 of 1"]


async def test_a_source_is_not_silent_while_its_place_is_being_maintained(town, watched):
    _maintained(town, "06:00-09:00")
    town.route(rest="expect: {silence: 1h}")
    async with watched.gateway(2027, 1, 4, 5, 30) as gateway:
        expecting = Expecting(gateway._journeys, watched.clock)
        for hour, minute in ((5, 30), (6, 45), (8, 59), (9, 30)):
            watched.clock.at = datetime(2027, 1, 4, hour, minute, tzinfo=TOKYO)
            await expecting.look(watched.clock.now())
        assert watched.told("source_silent") == []
        watched.clock.at = datetime(2027, 1, 4, 10, 0, tzinfo=TOKYO)
        await expecting.look(watched.clock.now())
    assert watched.told("source_silent") == ["none so far"]


DAILY = 'expect: {by: "06:30"}'
DATED = "D_{date:%Y%m%d}.dat"


def dated(town):
    """A route whose files say for which day they are."""
    town.route(rest=DAILY)
    file = town.root / "config/routes/v/r.yaml"
    file.write_text(file.read_text().replace('"*.dat"', f'"{DATED}"'))


async def test_what_fell_due_in_an_outage_of_days_is_told_of_when_the_gateway_is_back(town, watched):
    dated(town)
    await watched.look(2027, 1, 1, 12)
    await watched.comes("D_20270103.dat", 2027, 1, 5, 8)
    await watched.look(2027, 1, 5, 8)
    assert [reason.split()[1] for reason in watched.told()] == ["2027-01-02", "2027-01-04", "2027-01-05"]


async def test_files_that_come_days_late_end_their_alarm_and_not_that_of_another_day(town, watched):
    dated(town)
    async with watched.gateway(2027, 1, 3, 12) as gateway:
        watch = Expecting(gateway._journeys, watched.clock)

        async def alarms(*parts):
            watched.clock.at = datetime(*parts, tzinfo=TOKYO)
            await watch.look(watched.clock.now())
            await gateway._desk.look()
            found = [(one.event, one.subject) for one in await gateway.journal.people.open_alarms()]
            return [one for one in found if one[0].startswith("file_")]

        missing = [("file_missing", "r 2027-01-04")]
        await alarms(2027, 1, 3, 12)
        assert await alarms(2027, 1, 4, 6, 30) == missing
        assert await alarms(2027, 1, 5, 6, 10) == [*missing, ("file_due_soon", "r 2027-01-05")]
        (town.here / "D_20270105.dat").write_bytes(b"one")
        await gateway.once(["r"], patience=timedelta(seconds=5))
        assert await alarms(2027, 1, 5, 6, 20) == missing
        (town.here / "D_20270106.dat").write_bytes(b"two")
        (town.here / "D_20270107.dat").write_bytes(b"three")
        await gateway.once(["r"], patience=timedelta(seconds=5))
        assert await alarms(2027, 1, 7, 8) == missing
        (town.here / "D_20270104.dat").write_bytes(b"four")
        await gateway.once(["r"], patience=timedelta(seconds=5))
        assert await alarms(2027, 1, 7, 9) == []


async def test_what_fell_due_in_a_pause_of_days_is_told_of_for_the_last_two_alone(town, watched):
    dated(town)
    await watched.look(2027, 1, 1, 12)
    async with watched.gateway(2027, 1, 1, 13) as gateway:
        await gateway.journal.people.pause("route", "r", who="tester", reason="work")
    await watched.look(2027, 1, 6, 8)
    async with watched.gateway(2027, 1, 6, 9) as gateway:
        await gateway.journal.people.resume("route", "r", who="tester", reason="done")
    await watched.look(2027, 1, 6, 10)
    assert [reason.split()[1] for reason in watched.told()] == ["2027-01-05", "2027-01-06"]


async def test_what_lies_at_the_source_when_the_gateway_starts_has_not_failed_to_come(town, watched):
    dated(town)
    await watched.look(2027, 1, 3, 12)
    (town.here / "D_20270104.dat").write_bytes(b"one")
    async with watched.gateway(2027, 1, 4, 8) as gateway:
        watch = Expecting(gateway._journeys, watched.clock)
        stop, looking = asyncio.Event(), asyncio.Event()

        async def run_once_waited_for(*_args, **_kwargs):
            if not looking.is_set():
                looking.set()
                await gateway.once(["r"], patience=timedelta(seconds=5))
            else:
                stop.set()

        watched.clock.wait = run_once_waited_for
        await watch.run(stop)
        assert looking.is_set()
    assert watched.told() == []


async def test_another_rule_is_not_held_against_days_that_are_over(town, watched):
    dated(town)
    await watched.look(2027, 1, 3, 12)
    for day in (4, 5, 6, 7):
        await watched.comes(f"D_202701{day:02}.dat", 2027, 1, day, 6)
        await watched.look(2027, 1, day, 6, 30)
    file = town.root / "config/routes/v/r.yaml"
    file.write_text(file.read_text().replace('"06:30"', '"06:30", parts: 2'))
    await watched.look(2027, 1, 7, 12)
    assert [reason.split()[1] for reason in watched.told()] == []
    await watched.look(2027, 1, 8, 8)
    assert [reason.split()[1] for reason in watched.told()] == ["2027-01-08"]


async def test_what_fell_due_in_a_pause_that_an_older_journal_knows_nothing_of_is_not_told_of(town, watched):
    dated(town)
    await watched.look(2027, 1, 1, 12)
    async with watched.gateway(2027, 1, 1, 13) as gateway:
        await gateway.journal.evidence._run(
            lambda db: db.changed("DELETE FROM expectations", {})
        )  # as one has it that was written before days were noted
    await watched.look(2027, 1, 6, 10)
    assert [reason.split()[1] for reason in watched.told()] == ["2027-01-05", "2027-01-06"]
