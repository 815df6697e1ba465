"""A mainframe tells no size: a file that a proxy on the way ends early looks whole, unless it is read twice."""

import asyncio

import pytest

from gateway.app import Gateway
from gateway.demo.ftp_mainframe import MainframeFtp, MainframeHabits
from gateway.times.clock import SystemClock
from tests.support.city import Town
from tests.support.toxic import Fault, ToxicLine

DATA = b"".join(b"%07d\n" % number for number in range(20_000))

HOST = """
host:
  adapter: ftp
  zone: on-prem
  tls: none
  dialect: mvs
  host: 127.0.0.1
  port: {port}
  owner_object: false
  limits: {{connections: 1}}
  login: {{user: RENKEI, password: {{env: TWICE_TEST_PASSWORD}}}}
"""


def laid(tmp_path, port):
    town = Town(tmp_path / "town")
    town.endpoints(HOST.format(port=port))
    town.write(
        "routes/v/r.yaml",
        """
        from: {system: old, legacy: {endpoint: host, path: "RENKEI.JUKI.*", ready: at-once, identity: content}}
        to: {system: old, legacy: {endpoint: there, path: "juki.dat"}}
        schedule: {every: 1s}
        after: delete
        """,
    )
    return town


@pytest.mark.parametrize("spared", [0, 1], ids=["the first reading", "the second"])
async def test_a_file_that_is_ended_early_on_the_way_is_read_again_and_arrives_whole_and_once(
    tmp_path, monkeypatch, spared
):
    monkeypatch.setenv("TWICE_TEST_PASSWORD", "twice-test-password")
    habits = MainframeHabits(accounts={"RENKEI": "twice-test-password"})
    with MainframeFtp(tmp_path / "datasets", habits) as server:
        (tmp_path / "datasets" / "RENKEI.JUKI.A").write_bytes(DATA)
        async with ToxicLine(server.port, ftp=True) as line:
            town, stop = laid(tmp_path, line.listening), asyncio.Event()
            line.fault = Fault(half_close_down=50_000, half_close_spares=spared, control=False)
            async with (
                Gateway(town.load(), clock=SystemClock(), report=town.report()) as gateway,
                asyncio.TaskGroup() as group,
            ):
                group.create_task(gateway.run(stop))
                await town.log.seen("file_carried")
                stop.set()
            assert line.met["half closed"] == 1
    assert {file.name: file.read_bytes() for file in town.there.iterdir()} == {"juki.dat": DATA}
    assert list((tmp_path / "datasets").iterdir()) == []
    assert len(town.log.events("file_withdrawn")) == 1
