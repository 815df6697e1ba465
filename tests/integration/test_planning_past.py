"""``plan`` and ``inventory`` beside a journal: what ends did and what people said comes before any date."""

import json
from datetime import datetime, timedelta, timezone

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.cli.timetable import Timetable
from gateway.cutover import Override
from gateway.journal import open_journal
from gateway.journal.switching import Said
from gateway.load import load
from gateway.model import Format
from gateway.planning.plan import Planner, remembered
from gateway.timeline import Origin
from tests.integration.test_switching import SYSTEMS, TO_NEW, day, town

__all__ = ["town"]

JST = timezone(timedelta(hours=9))
T = datetime(2027, 1, 4, tzinfo=JST)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def switched(town):
    town.write("routes/v/r.yaml", TO_NEW)
    return town


async def planner(town, now):
    city = load(town.root / "config", environment={}, now=now)
    journal = await open_journal(town.root / "state/journal.db", day(town, now).clock)
    try:
        return Planner(city=city, history=await remembered(journal, now))
    finally:
        await journal.close()


async def test_a_cutover_that_was_made_is_shown_as_an_outcome(switched):
    async with day(switched, T - HOUR) as today:
        await today.once()
    async with day(switched, T + HOUR) as today:
        await today.once()
        assert today.formats == (Format.LEGACY, Format.STANDARD)
    plan = (await planner(switched, T + 2 * HOUR)).timeline(T - timedelta(days=9), T + timedelta(days=9))
    (turn,) = plan.turns
    assert (turn.at, turn.side, turn.origin) == (T + HOUR, "to", Origin.OUTCOME)


async def test_a_persons_word_is_shown_as_an_override_with_its_instant(switched):
    async with day(switched, T - HOUR) as today:
        await today.once()
        later = T + 24 * HOUR
        word = Override(format=Format.LEGACY, holds_from=T - HOUR, own=True)
        then = Override(format=Format.STANDARD, holds_from=later, own=True)
        said = [
            Said(scope="end:r:to", override=one, who="係", reason="延期", made_at=T - HOUR)
            for one in (word, then)
        ]
        await today.gateway.journal.switching.overridden(said)
    plan = (await planner(switched, T - HOUR / 2)).timeline(T - timedelta(days=9), T + timedelta(days=9))
    (turn,) = plan.turns
    assert (turn.at, turn.origin) == (later, Origin.OVERRIDE)


def test_the_commands_read_the_journal_and_leave_no_trace_beside_it(switched):
    switched.write(
        "systems.yaml",
        (switched.root / "config/systems.yaml")
        .read_text()
        .replace("2027-01-04T00:00:00+09:00", "2020-01-04T00:00:00+09:00"),
    )
    config = ["--config", str(switched.root / "config")]
    CliRunner().invoke(main, [*config, "once"])
    before = sorted(path.name for path in (switched.root / "state").iterdir())
    (row,) = json.loads(CliRunner().invoke(main, [*config, "inventory", "--json"]).stdout)
    assert (row["phase"], row["to_format"]) == ("過渡期", "標準形式")
    assert CliRunner().invoke(main, [*config, "plan"]).exit_code == 0
    assert sorted(path.name for path in (switched.root / "state").iterdir()) == before


async def test_a_closed_gate_is_shown_with_what_was_found(switched):
    switched.write("systems.yaml", SYSTEMS % "{require: [approved]}")
    async with day(switched, T - HOUR) as today:
        await today.once()
    async with day(switched, T + HOUR) as today:
        await today.once()
        assert today.formats == (Format.LEGACY, Format.LEGACY)
    now = T + 2 * HOUR
    found = await planner(switched, now)
    table = Timetable(planner=found, now=now, plan=found.timeline(T - 9 * DAY, T + 9 * DAY))
    (cutover,) = table.document()["cutovers"]
    assert (cutover["at"], cutover["note"]) == (now, "due since 2027-01-04, its gate is closed")
    assert cutover["gate"].startswith("approved not met")
    assert [one["met"] for one in cutover["conditions"] if one["name"] == "approved"] == [False]
