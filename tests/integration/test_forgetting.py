"""Rows of finished transfers leave the journal when their time is over; what the gateway decides by stays."""

from datetime import timedelta

import pytest

from gateway.journal import audit
from gateway.lifecycle import State
from tests.integration.test_commands import ran
from tests.integration.test_keeping import Kept, carried, installed
from tests.support.city import CONVERTING, CSV, FIXED, MAPPING, Town

AFTER = timedelta(days=400, hours=1)


@pytest.fixture
def town(tmp_path):
    made = Town(tmp_path)
    installed(made, retention="{originals: 30d, journal: 400d}")
    return made


async def names(kept):
    """The files whose transfers the journal knows."""
    return sorted(one.entry.path for one in await kept.journal.recent("r", 100))


async def test_a_row_is_forgotten_when_its_time_is_over_and_not_before_and_the_newest_delivery_stays(town):
    town.route(rest="after: delete")
    for name in ("a.dat", "b.dat", "c.dat"):
        await carried(town, name.encode(), name=name)
    async with Kept(town) as kept:
        kept.clock.ahead = timedelta(days=399)
        await kept.keeping.erase()
        assert await names(kept) == ["a.dat", "b.dat", "c.dat"]
        kept.clock.ahead = AFTER
        erased = await kept.keeping.erase()
        assert [(one.store, one.files) for one in erased] == [("journal", 2)]
        assert await names(kept) == ["c.dat"]
        assert [one.store for one in await kept.journal.evidence.erasures(kept.clock.now() - AFTER)] == [
            "originals",
            "journal",
        ]


async def test_a_file_that_its_source_keeps_is_never_forgotten_and_so_never_sent_again(town):
    town.route(rest="after: keep")
    await carried(town, b"one")
    await carried(town, b"two", name="b.dat")
    async with Kept(town) as kept:
        kept.clock.ahead = AFTER
        await kept.keeping.erase()
        assert await names(kept) == ["a.dat", "b.dat"]
    assert (await town.once()).transfers == ()


async def test_a_file_that_is_held_is_never_forgotten(town):
    town.route(to="exists: refuse", rest="after: delete")
    (town.there / "a.dat").write_bytes(b"another")
    await carried(town, b"one")
    await carried(town, b"two", name="b.dat")
    async with Kept(town) as kept:
        kept.clock.ahead = AFTER
        await kept.keeping.erase()
        held, _ = sorted(await kept.journal.recent("r", 9), key=lambda one: one.entry.path)
    assert (held.entry.path, held.state) == ("a.dat", State.HELD)


async def test_rows_stay_while_their_originals_are_kept_because_a_replay_needs_them(town):
    installed(town, retention="{originals: 500d, journal: 400d}")
    town.route(rest="after: delete")
    for name in ("a.dat", "b.dat"):
        await carried(town, name.encode(), name=name)
    async with Kept(town) as kept:
        kept.clock.ahead = AFTER
        assert await kept.keeping.erase() == []
        assert await names(kept) == ["a.dat", "b.dat"]


async def test_a_sheet_of_diverted_records_is_erased_after_its_time_once_its_file_is_over(town):
    for path, text in (("fixed", FIXED), ("csv", CSV)):
        town.write(f"layouts/{path}.yaml", text)
    town.write("mappings/fixed-to-csv.yaml", MAPPING)
    town.write("routes/v/r.yaml", CONVERTING + "bad_records: divert\n")
    good = b"00001" + "\u5c71\u7530".encode("cp932").ljust(10) + b"00012"
    await carried(town, good + good.replace(b"00012", b"ABCDE"))
    (sheet,) = (town.root / "state/diverted").iterdir()
    async with Kept(town) as kept:
        kept.clock.ahead = timedelta(days=91)
        await kept.keeping.erase()
        assert sheet.exists(), "its records are held: somebody needs it yet"
        stray = sheet.with_name("19990101T000000-gone.xlsx")
        stray.write_bytes(b"of a transfer that the journal does not know")
        assert [(one.store, one.files) for one in await kept.keeping.erase()] == [("diverted", 1)]
    assert (sheet.exists(), stray.exists()) == (True, False)


async def test_a_trace_ends_where_the_journal_has_forgotten_what_was_before(town):
    town.route(rest="after: delete")
    await carried(town, b"one")
    async with Kept(town) as kept:
        (sent,) = await kept.journal.recent("r", 9)
    done = ran(town, "replay", "r", "--transfer", sent.id, "--reason", "届かなかった")
    assert done.returncode == 0, done.stderr
    await town.once()
    async with Kept(town) as kept:
        kept.clock.ahead = AFTER
        await kept.keeping.erase()
        (again,) = await kept.journal.recent("r", 9)
        assert again.replay_of == sent.id
        assert [leg.id for leg in await kept.journal.traces.trace(again.id)] == [again.id]
        corrected = {"original": "a" * 64, "corrected": "b" * 64, "items": 1}
        act = audit.Act(
            who="tester", act="correct", subject="19990101T000000-gone", reason="", detail=corrected
        )
        await kept.journal._run(audit.record, act)
        assert await kept.journal.traces.trace("a" * 64) == []
