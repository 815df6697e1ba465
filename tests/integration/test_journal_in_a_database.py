"""The journal in PostgreSQL: one gateway owns it, another takes over, and a server that fails loses nothing."""

import json
import subprocess
import sys

import psycopg
import pytest

from gateway.errors import AlreadyRunning, JournalUnusable
from gateway.journal.postgres import OWNER
from gateway.lifecycle import State
from tests.support.city import QUICK, Town
from tests.support.servers import postgres


@pytest.fixture
def server():
    """A server of the test's own, which it may end and start."""
    with postgres.postgres() as started:
        yield started


@pytest.fixture
def url(server, monkeypatch):
    address = server.new_database()
    monkeypatch.setattr(Town, "new_journal", lambda: address)
    return address


def town_at(root, *, there=None):
    """A town with a state folder of its own; ``there``: the folders of another one."""
    made = Town(root)
    made.route()
    if there is not None:
        made.write("endpoints.yaml", (there.root / "config/endpoints.yaml").read_text())
    return made


def command(town, *words):
    done = [sys.executable, "-m", "gateway", "--config", str(town.root / "config"), *words]
    return subprocess.run(done, capture_output=True, text=True, timeout=120, check=False)


async def test_a_second_gateway_does_not_start_while_the_first_one_owns_the_journal(tmp_path, url):
    first, second = town_at(tmp_path / "a"), town_at(tmp_path / "b")
    async with first.gateway():
        with pytest.raises(AlreadyRunning, match="owns the journal"):
            async with second.gateway():
                pass
    async with second.gateway() as gateway:
        assert await gateway.journal.generation() == 2


async def test_another_machine_goes_on_where_a_lost_one_stopped_and_sends_nothing_twice(tmp_path, url):
    first = town_at(tmp_path / "a")
    (first.here / "a.dat").write_bytes(b"one")
    await first.once()
    second = town_at(tmp_path / "b", there=first)
    (first.here / "b.dat").write_bytes(b"two")
    result = await second.once()
    assert [one.state for one in result.transfers] == [State.SETTLED]
    assert first.arrived() == {"a.dat": b"one", "b.dat": b"two"}


async def test_a_server_that_was_restarted_is_used_again_and_nothing_that_was_committed_is_lost(
    tmp_path, server, url
):
    town = town_at(tmp_path)
    async with town.gateway() as gateway:
        (town.here / "a.dat").write_bytes(b"one")
        await gateway.once(["r"], patience=QUICK)
        server.restart()
        with pytest.raises(JournalUnusable, match="could not be written"):
            await gateway.journal.runs()
        (town.here / "b.dat").write_bytes(b"two")
        await gateway.once(["r"], patience=QUICK)
        assert {one.entry.name for one in await gateway.journal.recent("r", 9)} == {"a.dat", "b.dat"}
    assert town.arrived() == {"a.dat": b"one", "b.dat": b"two"}


async def test_a_gateway_that_lost_the_journal_to_another_writes_nothing_any_more(tmp_path, server, url):
    town = town_at(tmp_path)
    async with town.gateway() as gateway:
        with psycopg.connect(url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            )
            other.execute("SELECT pg_advisory_lock(%s)", (OWNER,))  # waits for the end of the session
            for _ in range(2):
                with pytest.raises(JournalUnusable):
                    await gateway.journal.run_finished("r", outcome="ok")


async def test_commands_look_and_write_beside_the_gateway_and_leave_backups_to_the_database(tmp_path, url):
    town = town_at(tmp_path)
    (town.here / "a.dat").write_bytes(b"one")
    await town.once()
    async with town.gateway():
        assert json.loads(command(town, "status", "--json").stdout)[0]["route"] == "r"
        assert command(town, "pause", "r", "--reason", "試験").returncode == 0
        assert command(town, "resume", "r", "--reason", "試験").returncode == 0
        assert "it answers" in command(town, "doctor").stdout
    refused = command(town, "backup")
    assert (refused.returncode, "pg_dump" in refused.stderr) == (2, True)
    assert command(town, "restore", "--reason", "back from yesterday").returncode == 0
    (town.here / "b.dat").write_bytes(b"two")
    result = await town.once()
    assert [(one.state, str(one.reason)) for one in result.transfers] == [(State.HELD, "restored")]


def test_the_password_of_the_database_is_found_by_reference_and_never_shown(tmp_path, url, monkeypatch):
    monkeypatch.setenv("JOURNAL_PASSWORD", "himitsu-password")
    town = town_at(tmp_path)
    path = town.root / "config/gateway.yaml"
    path.write_text(path.read_text().replace(f'"{url}"', f'"{url}", password: {{env: JOURNAL_PASSWORD}}'))
    assert command(town, "once").returncode == 0
    path.write_text(path.read_text().replace("127.0.0.1", "127.0.0.2").replace("JOURNAL_PASSWORD", "NOT_SET"))
    said = command(town, "once")
    assert said.returncode != 0
    assert "NOT_SET" in said.stderr
    assert "himitsu" not in said.stderr + said.stdout
