"""A clock that may be wrong switches nothing; files go on all the same."""

from datetime import timedelta

import pytest

from tests.support.cutovers import RECORD, SYSTEMS, TO_NEW, L, S, T, day, prepared


@pytest.fixture
def town(tmp_path):
    return prepared(tmp_path)


async def test_a_clock_that_jumps_switches_nothing_and_files_go_on(town):
    town.write("systems.yaml", SYSTEMS % "{require: []}")
    town.write("routes/v/r.yaml", TO_NEW)
    async with day(town, T - timedelta(days=100)) as today:
        await today.once()
        today.clock.jump(days=200)
        (town.here / "a.dat").write_bytes(RECORD)
        await today.once()
        assert today.formats == (L, L)
        assert town.arrived().keys() == {"a.dat"}
        assert len(town.log.events("clock_stepped")) == 1


async def test_a_clock_that_no_time_service_keeps_right_switches_nothing_where_one_is_required(town):
    gateway = town.root / "config/gateway.yaml"
    gateway.write_text(gateway.read_text() + "clock: {synchronised: required}\n")
    town.write("systems.yaml", SYSTEMS % "{require: []}")
    town.write("routes/v/r.yaml", TO_NEW)
    async with day(town, T - timedelta(hours=1)) as today:
        await today.once()
        today.clock.synchronised = False
        today.clock.move(hours=2)
        (town.here / "a.dat").write_bytes(RECORD)
        await today.once()
        assert today.formats == (L, L)
        assert town.arrived().keys() == {"a.dat"}
        assert len(town.log.events("clock_unsynchronised")) == 1
        today.clock.synchronised = True
        today.clock.move(minutes=2)
        await today.once()
        assert today.formats == (L, S)
