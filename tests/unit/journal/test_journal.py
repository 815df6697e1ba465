"""The journal: what it promises about states, names, revisions and slots, on its real database."""

import asyncio
import sqlite3
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from adapters.base import Entry
from gateway.errors import Held, IllegalMove, JournalUnusable, Reason, Stale
from gateway.journal import open_journal
from gateway.journal.postgres import PostgresHome
from gateway.journal.schema import migrations
from gateway.lifecycle import State
from gateway.model import Format
from tests.support.journals import ENTRY, T0, StillClock, admission, claim, converted, delivered


async def test_the_same_file_found_again_is_not_admitted_again(journal):
    assert await journal.admit(admission()) is not None
    assert await journal.admit(admission()) is None


async def test_a_file_without_size_or_time_is_still_recognized(journal):
    bare = Entry(path="HLQ.A", size=None)
    assert await journal.admit(admission(bare)) is not None
    assert await journal.admit(admission(bare)) is None
    assert await journal.unknown("r", "bucket", [bare]) == []


async def test_the_same_name_with_new_content_is_a_new_revision(journal):
    first = await journal.admit(admission())
    second = await journal.admit(admission(replace(ENTRY, mtime="2")))
    assert (first.revision, second.revision) == (1, 2)


async def test_two_routes_that_read_one_file_have_a_transfer_each(journal):
    assert await journal.admit(admission(route="a")) is not None
    assert await journal.admit(admission(route="b")) is not None


async def test_only_unknown_contents_are_given_back_from_a_long_listing(journal):
    entries = [replace(ENTRY, path=f"out/{number}.csv") for number in range(1000)]
    for entry in entries[::100]:
        await journal.admit(admission(entry))
    unknown = await journal.unknown("r", "bucket", entries)
    assert [entry.path for entry in unknown] == [e.path for n, e in enumerate(entries) if n % 100]


async def test_a_transfer_survives_the_journal_being_closed(home):
    first = await home.open(StillClock())
    transfer = await converted(first)
    await first.close()
    second = await home.open(StillClock())
    assert await second.find(transfer.id) == transfer
    await second.close()


async def test_a_stale_transfer_changes_nothing(journal):
    old = await journal.admit(admission())
    await journal.spooled(old, size=3, sha256="cd")
    with pytest.raises(Stale):
        await journal.spooled(old, size=9, sha256="ee")
    assert (await journal.find(old.id)).bytes == 3
    assert [o.event for o in await journal.history(old.id)] == ["admit", "spool"]


async def test_an_illegal_move_changes_nothing(journal):
    transfer = await journal.admit(admission())
    with pytest.raises(IllegalMove):
        await journal.delivered(transfer, keep_name=True)
    assert (await journal.find(transfer.id)).state is State.ADMITTED


async def test_every_move_leaves_one_row_of_history(journal):
    transfer = await delivered(journal, await converted(journal), "IN.A")
    transfer = await journal.settled(transfer, "kept")
    rows = [(row.event, row.to_state) for row in await journal.history(transfer.id)]
    assert rows == [
        ("admit", "admitted"),
        ("spool", "spooled"),
        ("convert", "converted"),
        ("claim", "claimed"),
        ("publish", "publishing"),
        ("deliver", "delivered"),
        ("settle", "settled"),
    ]


async def test_two_transfers_never_get_one_name(journal):
    one = await journal.claimed(await converted(journal), claim("IN.A", "IN.B"))
    two = await journal.claimed(await converted(journal, replace(ENTRY, mtime="2")), claim("IN.A", "IN.B"))
    assert (one.output.path, two.output.path) == ("IN.A", "IN.B")
    assert two.output.temporary == ".IN.B"


async def test_a_file_without_a_free_name_is_held_and_stays_converted(journal):
    await journal.claimed(await converted(journal), claim("IN.A"))
    second = await converted(journal, replace(ENTRY, mtime="2"))
    with pytest.raises(Held) as held:
        await journal.claimed(second, claim("IN.A"))
    assert held.value.reason is Reason.NAME_TAKEN
    assert (await journal.find(second.id)).state is State.CONVERTED


async def test_a_kept_name_stays_taken_after_delivery_and_a_given_back_one_is_free(journal):
    await delivered(journal, await converted(journal), "KEPT")
    await delivered(journal, await converted(journal, replace(ENTRY, mtime="2")), "FREE", keep_name=False)
    third = await converted(journal, replace(ENTRY, mtime="3"))
    claimed = await journal.claimed(third, claim("KEPT", "FREE"))
    assert claimed.output.path == "FREE"


async def test_a_counter_has_no_gap_when_a_claim_is_refused(journal):
    first = await journal.claimed(await converted(journal), claim("N#", series="s"))
    refused = await converted(journal, replace(ENTRY, mtime="2"))
    with pytest.raises(Held):
        await journal.claimed(refused, claim(series="s"))
    third = await journal.claimed(
        await converted(journal, replace(ENTRY, mtime="3")), claim("N#", series="s")
    )
    assert (first.output.path, third.output.path) == ("N1", "N2")


async def test_a_failed_attempt_keeps_the_state_and_remembers_when_to_try_again(journal):
    transfer = await journal.admit(admission())
    at = T0 + timedelta(minutes=5)
    failed = await journal.failed(transfer, kind="Transient", message="cut", retry_at=at)
    again = await journal.failed(failed, kind="Transient", message="cut", retry_at=at)
    assert (again.state, again.attempt, again.retry_at) == (State.ADMITTED, 2, at)
    assert again.first_failed_at == failed.first_failed_at
    moved = await journal.spooled(again, size=3, sha256="cd")
    assert (moved.attempt, moved.retry_at) == (0, None)


async def test_a_held_transfer_goes_on_from_where_it_was_held(journal):
    transfer = await converted(journal)
    held = await journal.held(transfer, Reason.NAME_TAKEN, "taken", "do this")
    assert (held.state, held.held_from, held.reason) == (State.HELD, State.CONVERTED, Reason.NAME_TAKEN)
    released = await journal.released(held, who="tanaka", why="cleared")
    assert (released.state, released.held_from, released.reason) == (State.CONVERTED, None, None)


async def test_an_equal_digest_of_the_last_revision_is_recognized(journal):
    await journal.settled(await delivered(journal, await converted(journal), "A"), "kept")
    same = await journal.admit(admission(replace(ENTRY, mtime="2")))
    same = await journal.spooled(same, size=3, sha256="cd")
    other = await journal.admit(admission(replace(ENTRY, mtime="3")))
    other = await journal.spooled(other, size=3, sha256="ff")
    assert await journal.same_as_last(same, Format.LEGACY)
    assert not await journal.same_as_last(same, Format.STANDARD), "it never went there in that format"
    assert not await journal.same_as_last(other, Format.LEGACY), "the revision before it is still on its way"


async def test_a_slot_runs_once_even_if_the_clock_goes_back(journal):
    assert await journal.slot_taken("r", T0)
    assert not await journal.slot_taken("r", T0)
    assert await journal.slot_taken("r", T0 + timedelta(minutes=10))
    assert not await journal.slot_taken("r", T0 + timedelta(minutes=5))
    assert await journal.slot_taken("other", T0)


async def test_the_last_success_stays_when_a_run_fails(journal):
    await journal.run_finished("r", outcome="ok")
    success = (await journal.runs())["r"].last_success
    await journal.run_finished("r", outcome="failed", error="cut")
    record = (await journal.runs())["r"]
    assert (record.last_success, record.last_outcome, record.last_error) == (success, "failed", "cut")


async def test_a_call_that_is_refused_does_not_take_its_neighbours_with_it(journal):
    entries = [replace(ENTRY, path=f"{number}") for number in range(50)]
    stale = await journal.admit(admission())
    await journal.spooled(stale, size=3, sha256="cd")
    calls = [journal.admit(admission(entry)) for entry in entries]
    calls.insert(25, journal.spooled(stale, size=3, sha256="cd"))
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(answers.pop(25), Stale)
    assert all(answer.state is State.ADMITTED for answer in answers)


async def test_only_open_transfers_are_listed_in_order_of_admission(journal):
    first = await converted(journal)
    second = await journal.admit(admission(replace(ENTRY, path="b")))
    gone = await journal.withdrawn(await journal.admit(admission(replace(ENTRY, path="c"))))
    assert [t.id for t in await journal.open_transfers("r")] == [first.id, second.id]
    assert gone.state is State.WITHDRAWN


async def test_a_running_journal_can_be_read_beside(journal, home):
    transfer = await converted(journal)
    beside = await home.read(StillClock())
    assert [t.id for t in await beside.open_transfers()] == [transfer.id]
    with pytest.raises(JournalUnusable):
        await beside.run_finished("r", outcome="ok")
    await beside.close()


async def test_a_journal_of_a_newer_version_is_refused_with_what_to_do(tmp_path):
    path = tmp_path / "journal.db"
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {migrations()[-1][0] + 1}")
    connection.close()
    with pytest.raises(JournalUnusable, match="newer version"):
        await open_journal(path, StillClock())


async def test_a_file_that_is_no_journal_is_refused_and_left_as_it_is(tmp_path):
    path = tmp_path / "journal.db"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(JournalUnusable):
        await open_journal(path, StillClock())
    assert path.read_bytes() == b"no database at all" * 100


async def test_the_journal_is_readable_by_its_owner_alone(tmp_path):
    await (await open_journal(tmp_path / "journal.db", StillClock())).close()
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


async def test_each_start_is_a_new_generation_of_the_same_installation(home):
    for _ in range(2):
        await (await home.open(StillClock())).close()
    third = await home.open(StillClock())
    assert await third.generation() == 3
    await third.close()


async def test_a_command_writes_beside_the_gateway_that_owns_the_journal(journal, home):
    beside = await home.join(StillClock())
    transfer = await converted(beside)
    await beside.close()
    assert [t.id for t in await journal.open_transfers()] == [transfer.id]
    assert await journal.generation() == 1


async def test_a_place_says_whether_a_journal_was_begun_there_and_how_large_it_is(home):
    assert not home.is_there()
    with pytest.raises(JournalUnusable, match="start the gateway once"):
        await home.read(StillClock())
    await (await home.open(StillClock())).close()
    assert home.is_there()
    assert home.size() > 0


async def test_rows_that_nothing_needs_any_more_are_forgotten_with_proof(journal):
    for number in range(3):
        one = await delivered(
            journal, await converted(journal, replace(ENTRY, path=f"{number}")), f"IN.{number}"
        )
        await journal.settled(one, "delete")
    later, gone, rows = T0 + timedelta(days=1), [], journal.evidence.rows
    assert (await rows.known(), await rows.due(later)) == (3, 2)
    erased = await rows.forget(later, forget=gone.append)
    assert (erased.store, erased.files, len(gone), await rows.known()) == ("journal", 2, 2, 1)
    assert await rows.forget(later, forget=gone.append) is None
    assert [one.store for one in await journal.evidence.erasures(T0)] == ["journal"]
    (left,) = await journal.recent("r", 9)
    assert left.entry.path == "2"


async def test_a_journal_that_was_closed_is_free_before_its_server_saw_the_end(postgres_server, monkeypatch):
    """A gateway that is started anew right after its stop must not take its own old session for another gateway."""
    home = PostgresHome(url=postgres_server.new_database())
    first, ends = await home.open(StillClock()), psycopg.Connection.close
    left = []
    monkeypatch.setattr(psycopg.Connection, "close", lambda session: left.append(session))  # noqa: PLW0108 - bound
    await first.close()
    monkeypatch.setattr(psycopg.Connection, "close", ends)
    assert left, "its session is still there"
    await (await home.open(StillClock())).close()
    for session in left:
        session.close()
