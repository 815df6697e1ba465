import sqlite3
from contextlib import closing
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from gateway.journal import open_journal
from gateway.journal.audit import FIRST, Act, digest_of, first_broken, record
from gateway.journal.schema import migrations
from gateway.journal.sqlite import SqliteTransaction
from gateway.times.clock import SystemClock

FIELDS = ("at", "who", "act", "subject", "reason", "detail")


def in_memory():
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    for _, sql in migrations():
        connection.executescript(sql)
    return connection


def written(connection, count):
    db = SqliteTransaction(connection, datetime(2027, 1, 4, tzinfo=UTC))
    for number in range(count):
        record(db, Act(who=f"p{number}", act="switch", subject="juki", reason="の為", detail={"n": number}))
    return db


def test_an_entry_is_hashed_as_the_documented_line_of_json():
    entry = {
        "at": "2027-01-03T15:00:00.000000+00:00",
        "who": "tanaka",
        "act": "switch",
        "subject": "juki",
        "reason": "切替",
        "detail": "{}",
        "previous": FIRST,
    }
    # printf '%s' '{"act":"switch",...}' | sha256sum, with the keys in alphabetical order
    assert digest_of(entry) == "05bf563ead20971193f8954f631702d2eda8d26e4177452b0cca75b57284ba5d"


@given(count=st.integers(1, 6), field=st.sampled_from(FIELDS), data=st.data())
def test_a_changed_entry_is_found(count, field, data):
    with closing(in_memory()) as connection:
        db = written(connection, count)
        number = data.draw(st.integers(1, count))
        assert first_broken(db) is None
        connection.execute(f"UPDATE audit SET {field} = {field} || 'x' WHERE number = ?", (number,))
        assert first_broken(db) == number


@given(count=st.integers(2, 6), data=st.data())
def test_a_removed_entry_is_found_by_the_one_after_it(count, data):
    with closing(in_memory()) as connection:
        db = written(connection, count)
        number = data.draw(st.integers(1, count - 1))
        connection.execute("DELETE FROM audit WHERE number = ?", (number,))
        assert first_broken(db) == number + 1


def test_an_entry_cut_off_at_the_end_shows_in_the_head_alone():
    with closing(in_memory()) as connection:
        db = written(connection, 3)
        head = connection.execute("SELECT hash FROM audit ORDER BY number DESC").fetchone()[0]
        connection.execute("DELETE FROM audit WHERE number = 3")
        assert first_broken(db) is None
        assert head != connection.execute("SELECT hash FROM audit ORDER BY number DESC").fetchone()[0]


async def test_entries_outlive_the_gateway(tmp_path):
    journal = await open_journal(tmp_path / "journal.db", SystemClock())
    first = await journal.audit.record(Act(who="tanaka", act="release", subject="t1", reason="checked"))
    await journal.close()
    journal = await open_journal(tmp_path / "journal.db", SystemClock())
    try:
        assert await journal.audit.head() == first
        (entry,) = await journal.audit.entries(5)
        assert (entry.who, entry.act, entry.subject, entry.reason) == ("tanaka", "release", "t1", "checked")
        assert await journal.audit.first_broken() is None
    finally:
        await journal.close()
