"""The sample city on its mainframe, SFTP host and object store, while its gateway is killed again and again."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from gateway.demo.play import sample_city
from gateway.demo.seed import Seeder
from gateway.demo.servers import DemoServers
from gateway.demo.verify import verify
from tests.support.crashing import run_once

pytestmark = [pytest.mark.crash, pytest.mark.timeout(900)]

KILLS = int(os.environ.get("KILLS", "6"))
"""How often the daemon is killed; ``KILLS=50`` for the long run."""

STRIDE = int(os.environ.get("STRIDE", "29"))
"""Every so many side effects the gateway dies once; ``STRIDE=1`` for all of them."""


@pytest.fixture
def servers(tmp_path):
    with DemoServers(tmp_path / "servers") as running:
        yield running


@pytest.fixture
def environment(servers, tmp_path):
    return servers.environment() | {"GATEWAY_STATE": str(tmp_path / "state")}


@pytest.fixture
def seeder(servers):
    seeding = Seeder(servers.places)
    yield seeding
    seeding.close()


def open_transfers(tmp_path):
    """What the journal still has to do, for the message of a failure."""
    journal = sqlite3.connect(tmp_path / "state/journal.db")
    try:
        return journal.execute(
            "SELECT route, path, state, message FROM transfers WHERE state <> 'settled'"
        ).fetchall()
    finally:
        journal.close()


def assert_exactly_once(servers, seeder, tmp_path):
    found = verify(servers.places, seeder.sent)
    wrong = [verdict for verdict in found.verdicts if not verdict.ok]
    assert (wrong, found.strange, found.unfinished) == ([], (), ()), open_transfers(tmp_path)
    assert len(found.verdicts) == 5
    assert list((tmp_path / "state/spool").iterdir()) == []


def test_files_arrive_exactly_once_when_the_gateway_dies_at_any_message_it_sends(
    servers, seeder, environment, tmp_path
):
    """Each batch meets one death, at a side effect further on than the last."""
    number, batch, deaths = 1 + STRIDE // 2, 0, 0
    while True:
        seeder.seed(batch, now=datetime.now(UTC), files=1, records=5)
        effects = run_once(sample_city(), crash_at=number, environment=environment)
        if effects:
            break
        deaths += 1
        batch, number = batch + 1, number + STRIDE
    assert run_once(sample_city(), environment=environment) > 0
    assert_exactly_once(servers, seeder, tmp_path)
    assert deaths >= 5


def test_files_arrive_exactly_once_when_the_daemon_is_killed_at_random_moments(
    servers, seeder, environment, tmp_path
):
    moments = random.Random(20270104)
    command = [sys.executable, "-m", "gateway", "--config", str(sample_city()), "run", "--now"]
    for batch in range(KILLS):
        seeder.seed(batch, now=datetime.now(UTC), files=1, records=5)
        log = (tmp_path / "gateway.log").open("ab")
        daemon = subprocess.Popen(command, env=os.environ | environment, stdout=log, stderr=log)
        wait_for_line(tmp_path / "gateway.log", "gateway_started", batch + 1)
        time.sleep(moments.uniform(0, 1.5))  # the moment is what is tried
        daemon.send_signal(signal.SIGKILL)
        assert daemon.wait() == -signal.SIGKILL
        log.close()
    assert run_once(sample_city(), environment=environment) > 0
    assert_exactly_once(servers, seeder, tmp_path)


def wait_for_line(path, event, count):
    deadline = time.monotonic() + 30
    while path.read_text().count(f'"event": "{event}"') < count:
        assert time.monotonic() < deadline, path.read_text()[-2000:]
        time.sleep(0.02)  # another process's file: nothing to await
