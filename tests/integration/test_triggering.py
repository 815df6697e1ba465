"""Files that a host's own job takes over: what the gateway knows of them, and what it never does twice."""

import asyncio
import subprocess
import sys

import pytest

from gateway.demo.ftp_mainframe import MainframeFtp, MainframeHabits
from gateway.errors import Reason
from gateway.lifecycle import State
from tests.support.city import Town
from tests.support.toxic import ToxicLine

HOST = """
host:
  adapter: ftp
  host: 127.0.0.1
  port: {port}
  tls: none
  zone: on-prem
  dialect: mvs
  reply_timeout: 1s
  login: {{user: RENKEI, password: {{env: TRIGGER_TEST_PASSWORD}}}}
  limits: {{connections: 1}}
  publish: work_then_trigger
  trigger:
    text: "  ALTER '{{work}}' NEWNAME('{{path}}')"
    site: [FILETYPE=JES]
    site_after: [FILETYPE=SEQ]
"""


@pytest.fixture
def town(tmp_path, monkeypatch):
    monkeypatch.setenv("TRIGGER_TEST_PASSWORD", "trigger-test-password")
    town = Town(tmp_path)
    town.write(
        "routes/v/r.yaml",
        """
        from: {system: old, legacy: {endpoint: here, path: "*.dat", ready: at-once}}
        to: {system: old, legacy: {endpoint: host, path: "RENKEI.JUKI.D{date:%y%m%d}.T{time:%H%M%S}"}}
        schedule: {every: 1s}
        after: delete
        retry: {fast: {times: 5, within: 1s}}
        """,
    )
    return town


def mainframe(tmp_path, **habits):
    accounts = {"RENKEI": "trigger-test-password"}
    return MainframeFtp(tmp_path / "datasets", MainframeHabits(accounts=accounts, **habits))


async def _decided(town):
    """The transfer, once the wait before its next attempt is over and that was made."""
    async with asyncio.timeout(30):
        while True:
            (transfer,) = (await town.once()).transfers
            if transfer.state is not State.PUBLISHING:
                return transfer
            await asyncio.sleep(0.1)


async def test_a_file_is_delivered_when_the_host_took_the_job(town, tmp_path):
    with mainframe(tmp_path) as host:
        town.endpoints(HOST.format(port=host.port))
        (town.here / "a.dat").write_bytes(b"one")
        (transfer,) = (await town.once()).transfers
    assert transfer.outcome == "delivered"
    (dataset,) = (tmp_path / "datasets").iterdir()
    assert dataset.name.startswith("RENKEI.JUKI.D")
    assert dataset.read_bytes() == b"one"


async def _held_after_a_lost_answer(town, host):
    async with ToxicLine(host.port, ftp=True) as line:
        line.fault.answers_lost_after = b"FILETYPE=JES"
        town.endpoints(HOST.format(port=line.listening))
        (town.here / "a.dat").write_bytes(b"one")
        await town.once()
        line.heal()
        return await _decided(town)


async def test_a_job_whose_answer_is_lost_is_held_and_never_sent_again_blindly(town, tmp_path):
    with mainframe(tmp_path, runs_jobs=False) as host:
        held = await _held_after_a_lost_answer(town, host)
    assert (held.state, held.reason) == (State.HELD, Reason.PERHAPS_COLLECTED)
    assert [text for text in host.sited if "JES" in text] == ["FILETYPE=JES"]
    assert town.arrived() == {}
    assert (town.here / "a.dat").read_bytes() == b"one"


def ran(town, *words):
    command = [sys.executable, "-m", "gateway", "--config", str(town.root / "config"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


async def test_a_file_that_its_consumer_says_it_has_is_not_sent_again_and_its_source_is_put_away(
    town, tmp_path
):
    with mainframe(tmp_path, runs_jobs=False) as host:
        held = await _held_after_a_lost_answer(town, host)
        told = ran(town, "release", held.id, "--delivered", "--reason", "the log of the job shows it")
        assert told.returncode == 0, told.stderr
        (settled,) = (await town.once()).transfers
    assert (settled.id, settled.state, settled.outcome) == (held.id, State.SETTLED, "delivered")
    assert [text for text in host.sited if "JES" in text] == ["FILETYPE=JES"]
    assert [path.name for path in town.here.iterdir()] == []


async def test_a_file_that_is_held_for_another_reason_cannot_be_called_delivered(town, tmp_path):
    town.route(to="exists: refuse")
    (town.here / "a.dat").write_bytes(b"one")
    (town.there / "a.dat").write_bytes(b"another")
    (held,) = (await town.once()).transfers
    told = ran(town, "release", held.id, "--delivered", "--reason", "x")
    assert (told.returncode, "引取済みの可能性" in told.stderr) == (2, True)
    (same,) = (await town.once()).transfers
    assert (same.state, same.reason) == (State.HELD, Reason.NAME_TAKEN)
