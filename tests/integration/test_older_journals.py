"""A journal of any older release is brought up to date at the start: what it says of files holds on."""

import sqlite3
from contextlib import closing

import psycopg
import pytest
from psycopg.rows import dict_row

from adapters import ADAPTERS
from gateway.journal.postgres import ddl, native
from gateway.journal.postgres import version as version_of
from gateway.journal.restoring import faults
from gateway.journal.schema import connect, migrations
from gateway.lifecycle import State
from tests.support.city import Town

OLDER = [number for number, _ in migrations()][:-1]
TRANSFER = """
INSERT INTO transfers (id, route, endpoint, path, size, mtime, version, content, companion, stated_sha256, revision,
                       from_format, business_date, admitted_at, changed_at, state, held_from, reason, outcome, sha256)
VALUES (:id, 'r', 'here', :path, :size, :mtime, :version, '', '', '', 1, 'legacy', '2027-01-04',
        '2027-01-04T00:00:00.000000+00:00', '2027-01-04T00:00:00.000000+00:00', :state, :held_from, :reason, :outcome,
        'ab')"""
OUTPUT = """
INSERT INTO outputs (transfer_id, ordinal, to_format, spool_name, bytes, sha256, place, endpoint, path, temporary,
                     reserved, delivered_at)
VALUES ('20270104T000000-done', 1, 'legacy', 'original', 3, 'ab', 'there:x', 'there', 'new.dat', '', 1,
        '2027-01-04T00:00:00.000000+00:00')"""
STATES = {
    "done.dat": ("settled", None, None, "delivered"),
    "way.dat": ("admitted", None, None, None),
    "held.dat": ("held", "admitted", "revision", None),
}


@pytest.fixture
def town(tmp_path):
    return populated(tmp_path)


def populated(root):
    """A town whose source holds the files of ``STATES``."""
    made = Town(root)
    made.route()
    for name in STATES:
        (made.here / name).write_bytes(name.encode())
    return made


async def rows(town):
    """What an older release knew: one file carried, one on its way, one held."""
    local = ADAPTERS["local"]
    async with local.build(local.options(root=town.here), name="here") as adapter:
        entries = (await adapter.scan("*.dat")).entries
    for entry in entries:
        state, held_from, reason, outcome = STATES[entry.path]
        stem = entry.path.removesuffix(".dat")
        said = {"state": state, "held_from": held_from, "reason": reason, "outcome": outcome}
        known = {"path": entry.path, "size": entry.size, "mtime": entry.mtime, "version": entry.version}
        yield TRANSFER, {"id": f"20270104T000000-{stem}"} | known | said
    yield OUTPUT, {}
    yield "INSERT INTO sequences (series, last) VALUES ('r/legacy', 7)", {}


async def carried_on(town):
    """Each file goes on where the older release left it, and names that it gave away are not given again."""
    (town.here / "new.dat").write_bytes(b"its name belongs to a file of the older release")
    result = await town.once()
    states = {one.entry.path: (one.state, one.reason) for one in result.transfers}
    assert states["way.dat"] == (State.SETTLED, None)
    assert states["held.dat"] == (State.HELD, "revision")
    assert states["new.dat"] == (State.HELD, "name_taken")
    assert town.arrived() == {"way.dat": b"way.dat"}


@pytest.mark.parametrize("version", OLDER)
async def test_files_go_on_where_an_older_release_left_them_and_none_is_sent_twice(town, version):
    (town.root / "state").mkdir()
    with closing(sqlite3.connect(town.root / "state/journal.db", isolation_level=None)) as connection:
        for number, sql in migrations()[:version]:
            connection.executescript(f"{sql}; PRAGMA user_version = {number};")
        async for sql, values in rows(town):
            connection.execute(sql, values)
    await carried_on(town)
    with closing(connect(town.root / "state/journal.db", read_only=True)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == migrations()[-1][0]
        assert connection.execute("SELECT last FROM sequences").fetchone()[0] == 7
        assert faults(connection) == []


@pytest.mark.parametrize("version", OLDER)
async def test_a_journal_in_a_database_is_brought_up_to_date_as_well(
    tmp_path, postgres_server, monkeypatch, version
):
    url = postgres_server.new_database()
    monkeypatch.setattr(Town, "new_journal", lambda: url)
    town = populated(tmp_path)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE migrations (number BIGINT PRIMARY KEY)")
        for number, sql in migrations()[:version]:
            connection.execute(ddl(sql))
            connection.execute("INSERT INTO migrations (number) VALUES (%s)", (number,))
        async for sql, values in rows(town):
            connection.execute(native(sql), values)
    await carried_on(town)
    with psycopg.connect(url, row_factory=dict_row) as connection:
        assert version_of(connection) == migrations()[-1][0]
        assert connection.execute("SELECT last FROM sequences").fetchall() == [{"last": 7}]
