"""The way back after a cutover: what was sent since is sent again, or the city is told that files cannot undo it."""

from datetime import timedelta

import pytest

from gateway.cutover import Override
from gateway.journal.switching import Said
from tests.support.cutovers import RECORD, SYSTEMS, TO_NEW, L, T, day, prepared


@pytest.fixture
def town(tmp_path):
    return prepared(tmp_path)


FULL = TO_NEW.replace('path: "{stem}.dat",', 'path: "{stem}{revision}.dat", content: full,').replace(
    'path: "{stem}.csv",', 'path: "{stem}{revision}.csv", content: full,'
)


async def switched_back(town, content, after=()):
    """A day over a cutover with two deliveries in the new format, and then back; gives what arrived."""
    town.write("systems.yaml", SYSTEMS % "{require: []}")
    town.write("routes/v/r.yaml", FULL.replace("content: full", f"content: {content}"))
    async with day(town, T - timedelta(hours=1)) as today:
        await today.once()
        today.clock.move(hours=2)
        await today.once()
        for name in ("a", "b"):
            (town.here / f"{name}.dat").write_bytes(RECORD)
            today.clock.move(minutes=1)
            await today.once()
        back = Override(format=L, holds_from=today.clock.now(), back=True)
        said = Said(scope="end:r:to", override=back, who="tanaka", reason="不具合", made_at=today.clock.now())
        await today.gateway.journal.switching.overridden([said])
        today.clock.move(minutes=1)
        await today.once()
        await today.once()
        assert today.formats == (L, L)
        for name in after:
            (town.here / name).write_bytes(RECORD)
            await today.once()
        lists = sorted((town.root / "state/rollbacks").glob("*.csv"))
        return town.arrived(), [path.read_text(encoding="utf-8-sig").splitlines() for path in lists]


async def test_the_way_back_sends_the_newest_full_file_again_in_the_old_format(town):
    arrived, [[_, first, second]] = await switched_back(town, "full")
    assert arrived.keys() == {"a.csv", "b.csv", "b-r2.dat"}
    assert arrived["b-r2.dat"] == RECORD
    assert (first.split(",")[0], second.split(",")[0]) == ("a.csv", "b.csv")
    assert len(town.log.events("end_went_back")) == 1


async def test_the_way_back_of_differences_says_that_files_cannot_undo_it(town):
    arrived, [[_, *discard]] = await switched_back(town, "differential")
    assert arrived.keys() == {"a.csv", "b.csv"}
    assert len(discard) == 2
    [told] = town.log.events("undo_impossible")
    assert "a full extraction from old is needed" in told["reason"]
    async with town.gateway() as gateway:
        [pause] = await gateway.journal.people.pauses()
        assert (pause.kind, pause.name) == ("route", "r")


async def test_after_the_way_back_files_go_in_the_old_format(town):
    arrived, _ = await switched_back(town, "full", after=["c.dat"])
    assert arrived.keys() == {"a.csv", "b.csv", "b-r2.dat", "c.dat"}
