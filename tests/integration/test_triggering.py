"""Files that a host's own job takes over: what the gateway knows of them, and what it never does twice."""

import asyncio

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


async def test_a_job_whose_answer_is_lost_is_held_and_never_sent_again_blindly(town, tmp_path):
    with mainframe(tmp_path, runs_jobs=False) as host:
        async with ToxicLine(host.port, ftp=True) as line:
            line.fault.answers_lost_after = b"FILETYPE=JES"
            town.endpoints(HOST.format(port=line.listening))
            (town.here / "a.dat").write_bytes(b"one")
            await town.once()
            line.heal()
            held = await _decided(town)
    assert (held.state, held.reason) == (State.HELD, Reason.PERHAPS_COLLECTED)
    assert [text for text in host.sited if "JES" in text] == ["FILETYPE=JES"]
