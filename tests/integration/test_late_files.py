"""A file that its old system still puts into the old place after the cutover: found whenever it comes, and held."""

from datetime import timedelta

import pytest

from tests.support.cutovers import FROM_NEW, RECORD, L, S, T, day, prepared

OLD = FROM_NEW.replace('endpoint: here, path: "*.dat"', 'endpoint: here, path: "old/*.dat"')


@pytest.fixture
def town(tmp_path):
    town = prepared(tmp_path)
    town.write("routes/v/r.yaml", OLD)
    (town.here / "old").mkdir()
    return town


async def over(today):
    """Go over the cutover."""
    await today.once()
    today.clock.move(hours=1)
    await today.once()
    await today.once()
    assert today.formats == (S, L)


async def held(today):
    """What is held, and why."""
    return [(one.entry.name, one.reason) for one in await today.gateway.journal.open_transfers("r")]


async def test_a_file_that_comes_weeks_after_the_old_place_was_empty_is_held(town):
    async with day(town, T - timedelta(hours=1)) as today:
        await over(today)
        for _ in range(3):
            today.clock.move(days=7)
            await today.once()
        (town.here / "old/a.dat").write_bytes(RECORD)
        await today.once()
        assert await held(today) == [("a.dat", "late")]
    assert town.arrived() == {}


async def test_an_old_place_that_is_away_is_asked_again_once_it_may_be_back(town):
    async with day(town, T - timedelta(hours=1)) as today:
        await over(today)
        (town.here / "old").rename(town.here / "away")
        (town.here / "away/a.dat").write_bytes(RECORD)
        today.clock.move(minutes=10)
        await today.once()
        (town.here / "away").rename(town.here / "old")
        await today.once()
        assert await held(today) == [], "it is left alone for as long as a place may take to be emptied"
        today.clock.move(minutes=30)
        await today.once()
        assert await held(today) == [("a.dat", "late")]
