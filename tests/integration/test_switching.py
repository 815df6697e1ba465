"""A route changes its format at its instant: with evidence before, certainty at the instant, and nothing lost."""

from datetime import datetime, timedelta, timezone

import pytest

from gateway.app import Gateway
from gateway.model import Format
from tests.integration.test_clear_errors import record
from tests.support.city import CSV, FIXED, MAPPING, Town
from tests.support.clock import HandClock

JST = timezone(timedelta(hours=9))
T = datetime(2027, 1, 4, tzinfo=JST)
L, S = Format.LEGACY, Format.STANDARD

SYSTEMS = """
systems:
  old: {vendor: v, standard_from: never}
  new: {vendor: v, standard_from: 2027-01-04T00:00:00+09:00, gate: %s}
  moved: {vendor: v, standard_from: always}
"""
TO_NEW = """
from:
  system: old
  legacy: {endpoint: here, path: "*.dat", ready: at-once, layout: fixed}
to:
  system: new
  legacy: {endpoint: there, path: "{stem}.dat", layout: fixed}
  standard: {endpoint: there, path: "{stem}.csv", layout: csv}
convert: fixed-to-csv
schedule: {every: 10m}
after: delete
"""
FROM_NEW = """
from:
  system: new
  legacy: {endpoint: here, path: "*.dat", ready: at-once, layout: fixed}
  standard: {endpoint: here, path: "new/{date:%Y%m%d}_*.csv", ready: at-once, layout: csv}
to:
  system: old
  legacy: {endpoint: there, path: "{name}", layout: fixed}
convert: fixed-to-csv
schedule: {every: 10m}
after: delete
"""
RECORD = record("00001", "山田太郎", b"00012")
ROW = "00100001,00100002,00100003\n00001,山田太郎,12\n".replace("\n", "\r\n").encode()


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    made.write("layouts/fixed.yaml", FIXED)
    made.write("layouts/csv.yaml", CSV)
    made.write("mappings/fixed-to-csv.yaml", MAPPING)
    made.write("systems.yaml", SYSTEMS % "{}")
    (made.here / "new").mkdir()
    return made


class Day:
    """A gateway over a cutover, on a clock of its own."""

    def __init__(self, town, clock):
        self.town, self.clock = town, clock

    async def __aenter__(self):
        self.gateway = Gateway(self.town.load(), clock=self.clock, report=self.town.report())
        await self.gateway.__aenter__()
        return self

    async def __aexit__(self, *exc):
        await self.gateway.__aexit__(*exc)

    async def once(self):
        return (await self.gateway.once(["r"], patience=timedelta(seconds=0)))[0]

    @property
    def formats(self):
        return self.gateway._journeys["r"].standing.formats


def day(town, at):
    return Day(town, HandClock(at))


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
